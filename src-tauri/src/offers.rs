//! Files from outside, held for the page. It knows them by a random id and never names a path.

use std::{
    collections::VecDeque,
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use pixmill_engine::{
    gather::{GatherError, LeftOut, gather, is_sheet},
    sheet::Limits,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{
    files::{plain_name, write_now},
    refusal::{Answer, Refusal},
    wire::{ChosenFolder, Offer, OfferKind},
};

/// How many offers are held; the earliest are forgotten.
const HELD: usize = 500;

/// A sheet on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The file.
    pub(crate) path: PathBuf,
    /// The folder that the files lie in which it may name; none where it may not.
    pub(crate) folder: Option<PathBuf>,
    /// What it is called.
    pub(crate) name: String,
    /// Whether it came as a sheet, or was made of images.
    pub(crate) kind: OfferKind,
}

/// What is held for the page.
pub(crate) struct Offers {
    /// Where sheets lie that the app itself has written.
    folder: PathBuf,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    sheets: VecDeque<(Offer, Sheet)>,
    folders: VecDeque<(ChosenFolder, PathBuf)>,
    /// What the page has not been told of, until it has asked.
    untold: Option<Taken>,
}

/// What has come of taking in files and folders. What can be taken is taken beside what cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// What is held for the page.
    pub(crate) offers: Vec<Offer>,
    /// What was left out, each with the reason, in words for people.
    pub(crate) left_out: Vec<String>,
}

impl Taken {
    fn leave_out(&mut self, path: &Path, why: impl Display) {
        self.left_out.push(format!("{} was left out: {why}", path.display()));
    }
}

impl Offers {
    /// Holds nothing yet; what an earlier process has written into the folder is deleted.
    ///
    /// # Errors
    /// Where the folder cannot be used.
    pub(crate) fn new(folder: PathBuf) -> io::Result<Self> {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(&folder)?;
        let held = Held { untold: Some(Taken::default()), ..Held::default() };
        Ok(Offers { folder, held: Mutex::new(held) })
    }

    /// Takes in files and folders: each sheet is an offer of its own, all images and folders together
    /// are another one.
    pub(crate) async fn take(&self, paths: Vec<PathBuf>) -> Taken {
        let (sheets, images): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| is_sheet(path) && !path.is_dir());
        let mut taken = Taken::default();
        for path in sheets {
            match sheet_at(&path) {
                Ok(sheet) => taken.offers.push(self.hold(sheet, 1)),
                Err(error) => taken.leave_out(&path, error),
            }
        }
        if !images.is_empty() {
            match self.take_images(images, &mut taken).await {
                Ok(offer) => taken.offers.push(offer),
                Err(refusal) => taken.left_out.push(refusal.words().to_owned()),
            }
        }
        taken
    }

    async fn take_images(&self, named: Vec<PathBuf>, taken: &mut Taken) -> Answer<Offer> {
        let path = self.folder.join(format!("{}.csv", Uuid::new_v4()));
        let made = spawn_blocking(move || {
            let gathered = gather(&named, &[], &Limits::default())?;
            let mut sheet = Vec::new();
            let unwritable = |source| GatherError::Unreadable { path: path.clone(), source };
            gathered.write(&mut sheet).map_err(unwritable)?;
            write_now(&path, &sheet).map_err(unwritable)?;
            let name = name_of(&named, &gathered.folder);
            let sheet =
                Sheet { path, folder: Some(gathered.folder), name, kind: OfferKind::Images };
            Ok::<_, GatherError>((sheet, gathered.images.len(), gathered.left_out))
        });
        let made = made.await.map_err(|error| Refusal::failed("look for images")(error.into()))?;
        let (sheet, images, left_out) =
            made.map_err(|error| Refusal::new(422, "no_images", error.to_string()))?;
        left_out.iter().for_each(|LeftOut { path, why }| taken.leave_out(path, why));
        Ok(self.hold(sheet, images))
    }

    /// Takes in a sheet that was pasted: it names no files of this computer.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn take_text(&self, name: &str, content: &str) -> Answer<Offer> {
        let path = self.folder.join(format!("{}.csv", Uuid::new_v4()));
        write_now(&path, content.as_bytes()).map_err(Refusal::failed("keep the sheet"))?;
        let sheet = Sheet { path, folder: None, name: plain_name(name), kind: OfferKind::Sheet };
        Ok(self.hold(sheet, 1))
    }

    /// Holds a sheet under a new id.
    pub(crate) fn hold(&self, sheet: Sheet, files: usize) -> Offer {
        let id = Uuid::new_v4().to_string();
        let offer = Offer { id, name: sheet.name.clone(), kind: sheet.kind, files };
        let mut held = self.held();
        held.sheets.push_back((offer.clone(), sheet));
        if held.sheets.len() > HELD {
            held.sheets.pop_front();
        }
        offer
    }

    /// The sheet that is held under an id.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn sheet(&self, id: &str) -> Answer<Sheet> {
        let held = self.held();
        let found = held.sheets.iter().find(|(offer, _)| offer.id == id);
        let missing = || Refusal::not_found("this file is not held any more: choose it again");
        found.map(|(_, sheet)| sheet.clone()).ok_or_else(missing)
    }

    /// Holds a folder that somebody has chosen.
    pub(crate) fn hold_folder(&self, path: PathBuf) -> ChosenFolder {
        let shown = path.display().to_string();
        let chosen = ChosenFolder { id: Uuid::new_v4().to_string(), path: shown };
        let mut held = self.held();
        held.folders.push_back((chosen.clone(), path));
        if held.folders.len() > HELD {
            held.folders.pop_front();
        }
        chosen
    }

    /// The folder that is held under an id.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn chosen(&self, id: &str) -> Answer<PathBuf> {
        let held = self.held();
        let found = held.folders.iter().find(|(chosen, _)| chosen.id == id);
        let missing = || Refusal::not_found("this folder is not held any more: choose it again");
        found.map(|(_, path)| path.clone()).ok_or_else(missing)
    }

    /// Keeps what was taken until the page asks for it, unless it listens: then it is to be told, and
    /// comes back.
    pub(crate) fn tell(&self, taken: Taken) -> Option<Taken> {
        let mut held = self.held();
        let Some(untold) = &mut held.untold else { return Some(taken) };
        untold.offers.extend(taken.offers);
        untold.left_out.extend(taken.left_out);
        None
    }

    /// What the page has not been told of. It listens from now on.
    pub(crate) fn untold(&self) -> Taken {
        self.held().untold.take().unwrap_or_default()
    }

    /// Says that the page begins anew and does not listen yet.
    pub(crate) fn page_begins(&self) {
        self.held().untold.get_or_insert_default();
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sheet_at(path: &Path) -> io::Result<Sheet> {
    let real = path.canonicalize()?;
    if !real.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    // The files that it names lie beside the sheet itself, wherever a link to it lies.
    let folder = real.parent().map(Path::to_owned);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Sheet { path: real, folder, name, kind: OfferKind::Sheet })
}

/// What a sheet made of images is called: as the one thing that was named, or as the folder of all.
fn name_of(named: &[PathBuf], folder: &Path) -> String {
    let name = match named {
        [one] if one.is_dir() => one.file_name(),
        [one] => one.file_stem(),
        _ => folder.file_name(),
    };
    let name = name.map_or("images".into(), |name| name.to_string_lossy());
    format!("{name}.csv")
}

#[cfg(test)]
mod tests;
