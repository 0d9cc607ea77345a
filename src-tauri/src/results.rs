//! The results of sheets that were handed in on this computer, put where people look for them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use pixmill_engine::model::RequestId;

use crate::{
    files::{folder_of, results_of},
    host::{Here, Host},
    refusal::{Answer, Refusal},
};

/// Where results are put.
pub(crate) struct Results {
    here: Arc<Here>,
    out: PathBuf,
}

impl Results {
    /// Results of this computer, which are put into the folder `out`.
    pub(crate) fn new(here: Arc<Here>, out: PathBuf) -> Self {
        Results { here, out }
    }

    /// The folder that all results are put into, which is there from now on.
    pub(crate) fn out(&self) -> Answer<&Path> {
        fs::create_dir_all(&self.out).map_err(Refusal::failed("make the folder for results"))?;
        Ok(&self.out)
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
}
