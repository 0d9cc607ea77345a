//! The results of sheets that were handed in on this computer, put where people look for them.
//!
//! That they are still to be put there is noted in a file, so that they are also where the app was ended
//! before.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use pixmill_engine::model::RequestId;

use crate::{
    files::{folder_of, results_of, write_now},
    host::{Here, Host},
    refusal::{Answer, Refusal},
};

/// Where results are put, and which are still to be.
pub(crate) struct Results {
    here: Arc<Here>,
    out: PathBuf,
    note: PathBuf,
    waiting: Mutex<BTreeSet<RequestId>>,
}

impl Results {
    /// Reads which results are still to be put into the folder `out`.
    ///
    /// # Errors
    /// Where the note cannot be read.
    pub(crate) fn open(here: Arc<Here>, out: PathBuf, note: PathBuf) -> io::Result<Self> {
        let waiting = match fs::read(&note) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        Ok(Results { here, out, note, waiting: Mutex::new(waiting) })
    }

    /// The folder that all results are put into, which is there from now on.
    pub(crate) fn out(&self) -> Answer<&Path> {
        fs::create_dir_all(&self.out).map_err(Refusal::failed("make the folder for results"))?;
        Ok(&self.out)
    }

    /// Notes that the results of a request are to be put there once it has ended.
    pub(crate) fn expect(&self, id: RequestId) -> io::Result<()> {
        self.change(|waiting| waiting.insert(id))
    }

    /// The requests whose results are still to be put there.
    pub(crate) fn expected(&self) -> Vec<RequestId> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    /// Notes that nothing is to be put there for a request any more.
    pub(crate) fn forget(&self, id: RequestId) -> io::Result<()> {
        self.change(|waiting| waiting.remove(&id))
    }

    /// Puts there what has come of a request by now; gives the folder that it lies in. Doing it again
    /// changes nothing.
    pub(crate) async fn put_out(&self, id: RequestId) -> Answer<PathBuf> {
        let name = self.here.show(id).await?.file_name;
        let folder = self.folder_of(name.as_deref(), id)?;
        self.here.put_out(id, &folder, &results_of(name.as_deref())).await?;
        Ok(folder)
    }

    /// The folder for the results of a request, which is there from now on.
    pub(crate) fn folder_of(&self, name: Option<&str>, id: RequestId) -> Answer<PathBuf> {
        let folder = folder_of(&self.out, name, id);
        fs::create_dir_all(&folder).map_err(Refusal::failed("make the folder for results"))?;
        Ok(folder)
    }

    fn change(&self, change: impl FnOnce(&mut BTreeSet<RequestId>) -> bool) -> io::Result<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = waiting.clone();
        if change(&mut changed) {
            write_now(&self.note, &serde_json::to_vec(&changed)?)?;
            *waiting = changed;
        }
        Ok(())
    }
}
