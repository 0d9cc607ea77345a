//! Files that are there whole or not at all.

use std::{fs::File, io, path::Path};

use tempfile::NamedTempFile;

/// Writes a file aside, under a hidden name that ends by chance, syncs and renames it: a crash leaves
/// the one before or this one.
pub(super) fn write_whole(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = NamedTempFile::with_prefix_in(format!(".{name}-"), folder)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}
