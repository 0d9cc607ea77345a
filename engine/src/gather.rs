//! Makes a sheet of images and folders that somebody points at: with a product for each image, called
//! after its file. The images stay where they are and are only ever read.

mod natural;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    fs, io,
    io::Write,
    path::{Component, Path, PathBuf},
};

use thiserror::Error;

use crate::sheet::{self, Limits, ends_like_image, link_to_file};

/// Images, and the folder that all of them lie in or below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    /// The folder: the sheet names its images as seen from there.
    pub folder: PathBuf,
    /// The images, in the order in which they were named, and within a folder as people count.
    pub images: Vec<GatheredImage>,
    /// What was left out although somebody may have meant it.
    pub left_out: Vec<LeftOut>,
}

/// An image that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatheredImage {
    /// What the product is called: the file's name without its ending.
    pub name: String,
    /// What the sheet's cell holds.
    pub link: String,
}

/// A file or folder that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is.
    pub path: PathBuf,
    /// Why, in words for people.
    pub why: String,
}

/// Why no sheet can be made.
#[derive(Debug, Error)]
pub enum GatherError {
    /// One of the files is a sheet itself.
    #[error("{} is a sheet: name it alone", .0.display())]
    IsSheet(PathBuf),
    /// There is no such file or folder, or it cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// What was named.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No image was found.
    #[error("there are no images")]
    Nothing,
    /// There are more images than a sheet may have rows.
    #[error("there are more than {0} images")]
    TooMany(u64),
    /// There is no folder that all images lie in.
    #[error("the images lie on several drives: take those of one at a time")]
    Apart,
}

/// Whether a file is taken for a sheet by its name.
#[must_use]
pub fn is_sheet(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ["csv", "tsv"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Finds the images among files and folders, and in the folders below. Of what lies in a folder only
/// what ends like an image is taken, and neither what is hidden nor what links in the file system
/// lead to; a file that is named is taken at somebody's word. What lies in `except` is left out.
///
/// # Errors
/// See [`GatherError`].
pub fn gather(
    paths: &[PathBuf],
    except: &[&Path],
    limits: &Limits,
) -> Result<Gathered, GatherError> {
    let except = except.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut walk = Walk { except, ..Walk::default() };
    let mut common: Option<PathBuf> = None;
    for path in paths {
        let unreadable = |source| GatherError::Unreadable { path: path.clone(), source };
        let real = path.canonicalize().map_err(unreadable)?;
        let folder = if real.is_dir() {
            walk.folder(&real, limits)?;
            real
        } else if is_sheet(&real) {
            return Err(GatherError::IsSheet(path.clone()));
        } else {
            let folder = real.parent().unwrap_or(&real).to_owned();
            walk.add(real);
            folder
        };
        common = Some(match common {
            None => folder,
            Some(common) => shared(&common, &folder).ok_or(GatherError::Apart)?,
        });
    }
    let folder = common.ok_or(GatherError::Nothing)?;
    let Walk { found, mut left_out, .. } = walk;
    let mut images = Vec::with_capacity(found.len());
    for path in found {
        match image(&folder, &path, limits.max_url_bytes) {
            Some(image) => images.push(image),
            None => left_out.push(LeftOut { path, why: UNNAMEABLE.to_owned() }),
        }
    }
    if images.is_empty() {
        return Err(GatherError::Nothing);
    }
    Ok(Gathered { folder, images, left_out })
}

const UNNAMEABLE: &str = "no sheet can hold its name: rename it";

impl Gathered {
    /// Writes the sheet.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn write(&self, out: impl Write) -> io::Result<()> {
        let products = self.images.iter().map(|image| (image.name.as_str(), image.link.as_str()));
        sheet::write_files(products, out)
    }
}

/// What has been found so far.
#[derive(Default)]
struct Walk {
    except: Vec<PathBuf>,
    found: Vec<PathBuf>,
    seen: HashSet<PathBuf>,
    left_out: Vec<LeftOut>,
}

impl Walk {
    /// Adds the images in a folder and in those below, the folder's own first.
    fn folder(&mut self, folder: &Path, limits: &Limits) -> Result<(), GatherError> {
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            if self.except.contains(&folder) {
                continue;
            }
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    self.left_out.push(LeftOut { path: folder, why: error.to_string() });
                    continue;
                }
            };
            let (mut files, mut below) = (Vec::new(), Vec::new());
            for entry in entries.filter_map(Result::ok) {
                let (name, path) = (entry.file_name(), entry.path());
                let name = name.to_string_lossy();
                match entry.file_type() {
                    _ if name.starts_with('.') => {}
                    Ok(kind) if kind.is_dir() => below.push(path),
                    Ok(kind) if kind.is_file() && ends_like_image(&name) => files.push(path),
                    Ok(_) | Err(_) => {}
                }
            }
            files.sort_by_cached_key(|path| natural::key(&path.to_string_lossy()));
            // The last is looked into first.
            below.sort_by_cached_key(|path| {
                std::cmp::Reverse(natural::key(&path.to_string_lossy()))
            });
            folders.append(&mut below);
            files.into_iter().for_each(|file| self.add(file));
            if self.found.len() as u64 > limits.max_rows {
                return Err(GatherError::TooMany(limits.max_rows));
            }
        }
        Ok(())
    }

    fn add(&mut self, file: PathBuf) {
        if self.seen.insert(file.clone()) {
            self.found.push(file);
        }
    }
}

/// The folder that both lie in or below.
fn shared(one: &Path, other: &Path) -> Option<PathBuf> {
    one.ancestors().find(|folder| other.starts_with(folder)).map(Path::to_owned)
}

fn image(folder: &Path, path: &Path, max_url_bytes: usize) -> Option<GatheredImage> {
    let mut parts = Vec::new();
    for part in path.strip_prefix(folder).ok()?.components() {
        let Component::Normal(part) = part else { return None };
        parts.push(part.to_str()?);
    }
    let link = link_to_file(&parts.join("/"), max_url_bytes)?;
    let name = path.file_stem()?.to_str()?.to_owned();
    Some(GatheredImage { name, link })
}
