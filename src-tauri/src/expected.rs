//! Requests that a person waits for, in a file: what comes of them is put out and told also where the
//! app was ended before.

use std::{
    collections::BTreeMap,
    fs, io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use pixmill_engine::model::RequestId;

use crate::{files::write_now, wire::Way};

/// Requests that a person waits for, each with where it is worked on.
pub(crate) struct Expected {
    file: PathBuf,
    requests: Mutex<BTreeMap<RequestId, Way>>,
}

impl Expected {
    /// Reads what is waited for.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(crate) fn open(file: PathBuf) -> io::Result<Self> {
        let requests = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Expected { file, requests: Mutex::new(requests) })
    }

    /// Notes that a request is waited for; where the file cannot be written, until the app ends.
    pub(crate) fn note(&self, id: RequestId, way: &Way) -> io::Result<()> {
        self.change(|requests| requests.insert(id, way.clone()).as_ref() != Some(way))
    }

    /// Where a request is worked on, if it is waited for.
    pub(crate) fn way_of(&self, id: RequestId) -> Option<Way> {
        self.requests().get(&id).cloned()
    }

    /// What is waited for of what is worked on somewhere.
    pub(crate) fn of(&self, way: &Way) -> Vec<RequestId> {
        let requests = self.requests();
        requests.iter().filter(|(_, of)| *of == way).map(|(id, _)| *id).collect()
    }

    /// Notes that nobody waits for a request any more.
    pub(crate) fn forget(&self, id: RequestId) -> io::Result<()> {
        self.change(|requests| requests.remove(&id).is_some())
    }

    /// Changes what is waited for, where `change` says that it does.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<RequestId, Way>) -> bool) -> io::Result<()> {
        let mut requests = self.requests();
        if change(&mut requests) {
            write_now(&self.file, &serde_json::to_vec(&*requests)?)?;
        }
        Ok(())
    }

    fn requests(&self) -> MutexGuard<'_, BTreeMap<RequestId, Way>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_known_after_a_restart_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Expected::open(folder.path().join("expected.json")).unwrap();
        let (here, there) = (RequestId::fresh(), RequestId::fresh());
        let server = Way::Server { address: "http://pixmill.test/".to_owned() };
        open().note(here, &Way::Here).unwrap();
        open().note(there, &server).unwrap();
        assert_eq!((open().of(&Way::Here), open().of(&server)), (vec![here], vec![there]));
        open().forget(there).unwrap();
        assert_eq!((open().of(&Way::Here), open().of(&server)), (vec![here], vec![]));
    }
}
