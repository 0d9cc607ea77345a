//! What a run works on: a sheet, or images that a sheet is made of.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use pixmill_engine::{
    gather::{GatherError, Gathered, LeftOut, gather},
    sheet::{Limits, ends_like_image},
};

use super::{aside::write_whole, plain::plain};

/// The sheet that is made of images, in the folder for what is not a result.
const MADE: &str = "images.csv";

/// A sheet, and the folder that the files it names lie in.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) sheet: PathBuf,
    pub(super) folder: PathBuf,
}

impl Source {
    /// The sheet that the call names, or one that is made of the images and folders that it names and
    /// kept in the folder `own` of the folder `out`.
    ///
    /// # Errors
    /// [`GatherError`], where also what is wrong with `own` is told.
    pub(super) fn find(
        named: &[PathBuf],
        out: &Path,
        own: &Path,
        limits: &Limits,
    ) -> Result<Source, GatherError> {
        if let [sheet] = named
            && !sheet.is_dir()
            && !ends_like_image(&sheet.to_string_lossy())
        {
            let unreadable = |source| GatherError::Unreadable { path: sheet.clone(), source };
            let real = sheet.canonicalize().map_err(unreadable)?;
            let folder = real.parent().unwrap_or(&real).to_owned();
            return Ok(Source { sheet: sheet.clone(), folder });
        }
        // What an earlier call has made is not to be made anew of itself.
        let gathered = gather(named, &[out], limits)?;
        for LeftOut { path, why } in &gathered.left_out {
            eprintln!("{}", plain(&format!("left out {}: {why}", path.display())));
        }
        let sheet = own.join(MADE);
        let unwritable = |source| GatherError::Unreadable { path: sheet.clone(), source };
        keep(&gathered, own).map_err(unwritable)?;
        Ok(Source { sheet, folder: gathered.folder })
    }
}

fn keep(gathered: &Gathered, own: &Path) -> io::Result<()> {
    fs::create_dir_all(own)?;
    write_whole(own, MADE, |file| gathered.write(file))
}
