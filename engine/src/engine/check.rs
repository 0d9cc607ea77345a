//! Looking at a sheet before it is handed in.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;

use super::{Engine, submit::ended_early};
use crate::{
    error::Error,
    sheet::{self, SheetError},
    wire::CheckView,
};

impl Engine {
    /// What a sheet holds and what is wrong in it, as [`submit`](Self::submit) would say it of one
    /// whose files lie in `folder`. Nothing of it is kept.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read.
    pub async fn check(&self, sheet: PathBuf, folder: Option<&Path>) -> Result<CheckView, Error> {
        let options = self.options(folder);
        let preview = spawn_blocking(move || sheet::preview(File::open(sheet)?, options));
        let preview = preview.await.map_err(ended_early)?;
        Ok(preview.map_err(Error::io("read the sheet"))?.into())
    }

    /// Writes a sheet, whose files lie in `folder`, to `out` with what is wrong in it.
    ///
    /// # Errors
    /// [`Error::Faults`] where the file is no sheet at all, [`Error::Io`].
    pub async fn mark(
        &self,
        sheet: PathBuf,
        folder: Option<&Path>,
        out: File,
    ) -> Result<(), Error> {
        let options = self.options(folder);
        let marked = spawn_blocking(move || {
            let sheet = File::open(sheet).map_err(SheetError::Io)?;
            sheet::write_marked(sheet, options, out)
        });
        Ok(marked.await.map_err(ended_early)??)
    }
}
