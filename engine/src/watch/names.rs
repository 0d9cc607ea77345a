//! Which files are sheets that may be taken, and what their results are called.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::grounds::plain;
use crate::gather::is_sheet;

/// The folder for sheets that are done.
pub(super) const DONE: &str = "done";
/// The folder for sheets that have failed.
pub(super) const FAILED: &str = "failed";
/// How the name of a results sheet ends: such a file is never taken for input.
const RESULTS: &str = ".results.csv";
/// The most bytes of a sheet's name that results are called by: room is left for what is added.
const STEM_BYTES: usize = 180;

/// Whether a file may be a sheet, told by its name: results of ours, what is hidden and what programs
/// call a file while they write it are none.
pub(super) fn may_be_sheet(name: &OsStr) -> bool {
    let text = name.to_string_lossy().to_lowercase();
    let is_temporary = text.starts_with(['.', '~', '#'])
        || [".part.", ".partial.", ".tmp.", ".temp.", ".crdownload.", ".download."]
            .iter()
            .any(|mark| text.contains(mark));
    is_sheet(Path::new(name)) && !is_temporary && !text.ends_with(RESULTS)
}

/// The name of a sheet without its ending, of a length that leaves room for what is added.
pub(super) fn stem(name: &OsStr) -> String {
    let stem = Path::new(name).file_stem().unwrap_or(name).to_string_lossy();
    let end = (0..=stem.len().min(STEM_BYTES)).rev().find(|end| stem.is_char_boundary(*end));
    stem[..end.unwrap_or(0)].to_owned()
}

/// The name of the results sheet.
pub(super) fn results(name: &str) -> String {
    format!("{name}{RESULTS}")
}

/// The name of the folder for images.
pub(super) fn images(name: &str) -> String {
    format!("{name}.images")
}

/// The name of the file that tells what was wrong.
pub(super) fn faults(name: &str) -> String {
    format!("{name}.faults.txt")
}

/// A path in a folder that nothing has: `shop.csv`, else `shop-2.csv` and so on.
pub(super) fn free_path(folder: &Path, name: &str, ending: &str) -> io::Result<PathBuf> {
    let path = |name: &str| folder.join(format!("{name}.{ending}"));
    Ok(path(&first_free(name, |name| is_there(&path(name)))?))
}

/// The ending of a sheet's name.
pub(super) fn ending(name: &OsStr) -> String {
    Path::new(name).extension().unwrap_or(OsStr::new("csv")).to_string_lossy().into_owned()
}

fn first_free(name: &str, is_taken: impl Fn(&str) -> io::Result<bool>) -> io::Result<String> {
    let mut candidate = name.to_owned();
    for number in 2_u64.. {
        if !is_taken(&candidate)? {
            break;
        }
        candidate = format!("{name}-{number}");
    }
    Ok(candidate)
}

/// Whether anything has a path, be it a link that leads nowhere. Where that cannot be told, nothing is
/// known to be free.
pub(super) fn is_there(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The names that results of sheets in hand have, in all folders.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<HashSet<(PathBuf, String)>>);

impl Names {
    /// Finds a name for the results of a sheet, by which nothing is there yet that could be lost, and
    /// keeps it from others until it is [given back](Self::give_back). Blocking.
    ///
    /// # Errors
    /// Where it cannot be told what is there, as where a folder is away.
    pub(super) fn choose(
        &self,
        stem: &str,
        sheet: &OsStr,
        from: &Path,
        to: &Path,
    ) -> io::Result<String> {
        // In a folder that is away everything seems to be free.
        for folder in [to, &from.join(DONE), &from.join(FAILED)] {
            if !fs::metadata(folder)?.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        let ending = ending(sheet);
        let is_taken = |name: &str| {
            let moved = format!("{name}.{ending}");
            Ok(is_there(&to.join(results(name)))?
                || is_there(&to.join(images(name)))?
                || is_there(&from.join(DONE).join(&moved))?
                || is_there(&from.join(FAILED).join(&moved))?
                || is_there(&from.join(FAILED).join(faults(name)))?)
        };
        // It is kept first and looked at then, so that nobody waits for a drive that does not answer.
        first_free(stem, |name| {
            if !self.keep(name, to) {
                return Ok(true);
            }
            let is_taken = is_taken(name);
            if !matches!(is_taken, Ok(false)) {
                self.give_back(name, to);
            }
            is_taken
        })
    }

    /// Keeps a name, such as one that was chosen before a restart; `false` where it is kept already.
    pub(super) fn keep(&self, name: &str, to: &Path) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry(to, name))
    }

    /// Gives a name back: what is there shows by itself from now on.
    pub(super) fn give_back(&self, name: &str, to: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry(to, name));
    }
}

/// Some file systems do not tell case apart.
fn entry(folder: &Path, name: &str) -> (PathBuf, String) {
    (plain(folder), name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sheets_are_known_by_their_names() {
        for name in ["shop.csv", "SHOP.CSV", "shop.tsv", "a.b.csv", "results.csv", "tmp.csv"] {
            assert!(may_be_sheet(OsStr::new(name)), "{name}");
        }
        for name in [
            ".shop.csv",
            "~$shop.csv",
            "shop.csv.part",
            "shop.csv~",
            "shop.part.csv",
            "csv",
            "shop.tmp.csv",
            "shop.results.csv",
            "shop.RESULTS.csv",
            "shop.xlsx",
            "mug.jpg",
            ".csv",
            "shop.faults.txt",
            "#shop.csv#",
        ] {
            assert!(!may_be_sheet(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn nothing_that_is_there_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let names = Names::default();
        let choose = || names.choose("shop", OsStr::new("shop.csv"), folder, folder).unwrap();
        std::fs::create_dir(folder.join("done")).unwrap();
        std::fs::create_dir(folder.join("failed")).unwrap();
        assert_eq!(choose(), "shop");
        // It is in hand.
        assert_eq!(choose(), "shop-2");
        names.give_back("shop", folder);
        std::fs::create_dir(folder.join("shop.images")).unwrap();
        std::fs::write(folder.join("shop-3.results.csv"), "").unwrap();
        std::fs::write(folder.join("done/shop-4.csv"), "").unwrap();
        assert_eq!(choose(), "shop-5");
        assert_eq!(
            free_path(&folder.join("done"), "shop-4", "csv").unwrap(),
            folder.join("done/shop-4-2.csv")
        );
    }

    #[test]
    fn a_name_is_kept_however_the_folder_is_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for made in ["done", "failed", "x"] {
            std::fs::create_dir(folder.join(made)).unwrap();
        }
        let names = Names::default();
        let choose = |to: &Path| names.choose("shop", OsStr::new("shop.csv"), folder, to).unwrap();
        assert_eq!(
            (choose(folder), choose(&folder.join("x/.."))),
            ("shop".into(), "shop-2".into())
        );
        names.give_back("shop", &folder.join("x/../"));
        assert_eq!(choose(folder), "shop");
    }

    #[test]
    fn nothing_is_free_where_it_cannot_be_told_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, out) = (folder.path(), folder.path().join("out"));
        let names = Names::default();
        let choose = || names.choose("shop", OsStr::new("shop.csv"), folder, &out);
        std::fs::create_dir(folder.join("done")).unwrap();
        std::fs::create_dir(folder.join("failed")).unwrap();
        assert!(choose().is_err(), "the folder for results is away");
        std::fs::write(&out, "a file").unwrap();
        assert!(choose().is_err(), "nor can anything be told of what is in a file");
        std::fs::remove_file(&out).unwrap();
        std::fs::create_dir(&out).unwrap();
        assert_eq!(choose().unwrap(), "shop");
    }

    proptest! {
        #[test]
        fn results_stay_in_their_folder_and_are_never_taken(name in "\\PC{1,300}") {
            let sheet = format!("{}.csv", name.replace(['/', '\\'], "_"));
            let stem = stem(OsStr::new(&sheet));
            for made in [results(&stem), images(&stem), faults(&stem)] {
                prop_assert!(!may_be_sheet(OsStr::new(&made)), "{}", made);
                prop_assert!(made.len() < 255 && Path::new(&made).components().count() == 1);
                prop_assert_eq!(Path::new(&made).file_name(), Some(OsStr::new(&made)));
            }
        }
    }
}
