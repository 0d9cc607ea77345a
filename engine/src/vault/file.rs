//! The file that the secret key lies in: readable to its owner alone, made once, never half.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{SecretKey, VaultError};

/// The longest file that can hold a key and some white space, in bytes.
const FILE_BYTES: u64 = 1_024;

/// Reads the key from its file; where there is none, makes one.
pub(super) fn read_or_make(path: &Path) -> Result<SecretKey, VaultError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let key = SecretKey::fresh();
    match make(path, &key) {
        Ok(()) => Ok(key),
        // Another process was quicker: it has the key of both.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| failed("read", path)(error))
        }
        Err(error) => Err(failed("make", path)(error)),
    }
}

/// The key in a file; `None` where there is no file.
fn read(path: &Path) -> Result<Option<SecretKey>, VaultError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    if is_exposed(&file).map_err(failed("read", path))? {
        return Err(VaultError::Exposed(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    match file.take(FILE_BYTES).read_to_string(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(VaultError::Damaged(path.to_owned()));
        }
        Err(error) => return Err(failed("read", path)(error)),
    }
    text.parse().map(Some).map_err(|_| VaultError::Damaged(path.to_owned()))
}

/// Writes a key aside, syncs it and gives it its name, unless there is a file of that name.
fn make(path: &Path, key: &SecretKey) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // On Unix only its owner can read it from the first moment on.
    let mut file = NamedTempFile::with_prefix_in(".secret-", folder)?;
    file.write_all(key.written().as_bytes())?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Whether others than its owner may read or write a file.
#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere a file inherits who may read it from its folder.
#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}

fn failed(action: &'static str, path: &Path) -> impl Fn(io::Error) -> VaultError {
    move |source| VaultError::File { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/secret.key");
        let made = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap().bytes(), made.bytes());
        let in_folder = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(in_folder, 1, "nothing else is left");
    }

    #[test]
    fn many_that_make_the_file_at_once_have_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        let keys: Vec<SecretKey> = std::thread::scope(|scope| {
            let makers: Vec<_> =
                (0..16).map(|_| scope.spawn(|| read_or_make(&path).unwrap())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key.bytes() == keys[0].bytes()));
    }

    #[test]
    fn a_damaged_file_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        make(&path, &SecretKey::fresh()).unwrap();
        for bytes in [&b""[..], b"hunter2", &[0xff; 40], &[b'A'; 5_000]] {
            fs::write(&path, bytes).unwrap();
            let error = read_or_make(&path).unwrap_err();
            assert!(matches!(&error, VaultError::Damaged(named) if *named == path), "{error}");
            assert!(!error.to_string().contains("hunter2"));
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_file_or_it_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        read_or_make(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o622, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = read_or_make(&path).unwrap_err();
            assert!(matches!(&error, VaultError::Exposed(_)), "{mode:o}: {error}");
        }
    }
}
