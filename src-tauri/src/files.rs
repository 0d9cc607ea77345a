//! Files that the app writes: whole when they are seen, and under names that lead nowhere else.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use pixmill_engine::model::RequestId;
use tempfile::NamedTempFile;
use tokio::{io::AsyncWriteExt, task::spawn_blocking};

/// How the names of files begin that are being written.
const ASIDE: &str = ".pixmill-";
/// The longest name that is made of what others call something, in bytes of UTF-8: with all that is
/// added to it, it is one that every file system holds.
const NAME_BYTES: usize = 160;

/// A file that is being written beside the place that it is meant for, so that there is never half of
/// one. Dropped, it is deleted.
pub(crate) struct Aside {
    file: NamedTempFile,
    path: PathBuf,
}

impl Aside {
    /// A new file for a place.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(ASIDE);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Aside { file: builder.tempfile_in(folder)?, path: path.to_owned() })
    }

    /// What is written to.
    ///
    /// # Errors
    /// Where the system has no more handles.
    pub(crate) fn writer(&self) -> io::Result<File> {
        self.file.as_file().try_clone()
    }

    /// Puts the file to its place, whole and on the disk.
    ///
    /// # Errors
    /// Where it cannot be.
    pub(crate) fn put(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(self.path)?;
        Ok(())
    }
}

/// Writes what is short to a file, whole or not at all.
pub(crate) fn write_now(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = Aside::of(path)?;
    aside.writer()?.write_all(bytes)?;
    aside.put()
}

/// Writes what comes as a stream to a file, whole or not at all.
pub(crate) async fn write_stream(
    path: &Path,
    mut body: impl Stream<Item = io::Result<Bytes>> + Unpin,
) -> io::Result<()> {
    let aside = Aside::of(path)?;
    let mut file = tokio::fs::File::from_std(aside.writer()?);
    while let Some(piece) = body.next().await {
        file.write_all(&piece?).await?;
    }
    file.flush().await?;
    spawn_blocking(move || aside.put()).await?
}

/// What somebody calls a file, as a name that every file system can hold and that leads nowhere.
pub(crate) fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_plain = |c: &char| !c.is_control() && !r#"<>:"|?*"#.contains(*c);
    let mut bytes = 0;
    let fits = |c: &char| {
        bytes += c.len_utf8();
        bytes <= NAME_BYTES
    };
    let plain: String = last.chars().filter(is_plain).take_while(fits).collect();
    let plain = plain.trim_matches(['.', ' ']);
    if plain.is_empty() { "sheet".to_owned() } else { plain.to_owned() }
}

/// A file's name without its ending.
pub(crate) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// What the results sheet of a sheet is called: `products.csv` becomes `products.results.csv`.
pub(crate) fn results_of(name: Option<&str>) -> String {
    format!("{}.results.csv", stem(&plain_name(name.unwrap_or("sheet.csv"))))
}

/// What the folder for images beside a results sheet is called. Other requests have other ones, so
/// no image ever takes the place of another.
pub(crate) fn images_of(results: &str, id: RequestId) -> String {
    let stem = stem(results).trim_end_matches(".results");
    format!("{stem}.images-{}", short(id))
}

/// The folder that the results of a request lie in, among those of others.
pub(crate) fn folder_of(out: &Path, name: Option<&str>, id: RequestId) -> PathBuf {
    let name = plain_name(name.unwrap_or("sheet.csv"));
    out.join(format!("{}-{}", stem(&name), short(id)))
}

/// The end of a request's name, which is all chance: enough to tell sheets of one name apart.
fn short(id: RequestId) -> String {
    let id = id.to_string();
    id[id.len() - 8..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_sheet_leads_out_of_a_folder() {
        for (name, plain) in [
            ("products.csv", "products.csv"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Windows\x.csv", "x.csv"),
            ("..", "sheet"),
            ("", "sheet"),
            ("a\0b\nc.csv", "abc.csv"),
            (r#"a<b>:"|?*.csv"#, "ab.csv"),
        ] {
            assert_eq!(plain_name(name), plain);
        }
    }

    #[test]
    fn a_long_name_is_cut_to_what_file_systems_hold() {
        let id = RequestId::fresh();
        let long = format!("{}.csv", "白い陶器のマグカップ".repeat(30));
        let results = results_of(Some(&long));
        let folder = folder_of(Path::new(""), Some(&long), id);
        for name in [&results, &images_of(&results, id), &folder.display().to_string()] {
            assert!(name.len() <= 200 && name.starts_with("白い陶器"), "{name}");
        }
    }

    #[test]
    fn results_are_named_after_their_sheet() {
        let id: RequestId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(results_of(Some("mugs.csv")), "mugs.results.csv");
        assert_eq!(images_of("mugs.results.csv", id), "mugs.images-099a8057");
        let folder = folder_of(Path::new("out"), Some("../mugs.csv"), id);
        assert_eq!(folder, Path::new("out").join("mugs-099a8057"));
    }
}
