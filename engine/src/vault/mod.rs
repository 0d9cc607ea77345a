//! The one secret of a deployment: secrets that are kept are sealed with keys made from it.
//!
//! Whoever reads the store without it reads no secret. It is never stored beside what it seals,
//! never logged and never shown.

mod key;
mod file;

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::Rng;
use thiserror::Error;
use zeroize::Zeroizing;

pub use key::SecretKey;

use crate::model::Sealed;

/// What the key is for that secrets are sealed with.
const SEALING: &str = "pixmill 2026-11 sealed secrets";
/// What the word is for by which one key is told from another.
const TELLING: &str = "pixmill 2026-11 telling keys from each other";
/// The length of a nonce in bytes (draft-irtf-cfrg-xchacha, section 2.1).
const NONCE_BYTES: usize = 24;

/// Where the secret key comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// It is given.
    Given(SecretKey),
    /// It lies in a file that only its owner can read, which is made where there is none.
    File(PathBuf),
}

impl KeySource {
    /// Whether a key would be made.
    #[must_use]
    pub fn is_to_be_made(&self) -> bool {
        matches!(self, KeySource::File(path) if !path.exists())
    }
}

/// Seals secrets, and makes keys for other purposes.
pub struct Vault {
    key: SecretKey,
}

/// Why a secret key or a sealed secret is of no use.
#[derive(Debug, Error)]
pub enum VaultError {
    /// What was given is no key.
    #[error("the secret key is not 32 bytes in base64: make one with `openssl rand -base64 32`")]
    NotAKey,
    /// What is in the file is no key.
    #[error(
        "the key file {} does not hold 32 bytes in base64: bring it back from where it was saved",
        .0.display()
    )]
    Damaged(PathBuf),
    /// Others can read the file.
    #[error("others can read the key file {path}: forbid it with `chmod 600 {path}`", path = .0.display())]
    Exposed(PathBuf),
    /// The file cannot be read or made.
    #[error("cannot {action} the key file {}: {source}", path.display())]
    File {
        /// What was to be done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A sealed secret does not open.
    #[error("a secret was sealed with another key, or has been changed since")]
    NotOpened,
}

impl Vault {
    /// The vault of a key. This blocks.
    ///
    /// # Errors
    /// [`VaultError`] where the key file cannot be used.
    pub fn open(source: KeySource) -> Result<Self, VaultError> {
        let key = match source {
            KeySource::Given(key) => key,
            KeySource::File(path) => file::read_or_make(&path)?,
        };
        Ok(Vault { key })
    }

    /// Seals a secret. It opens only with the same label, which says what it belongs to, so that
    /// nobody can put one secret in the place of another.
    #[must_use]
    pub fn seal(&self, label: &str, secret: &[u8]) -> Sealed {
        let mut nonce = [0; NONCE_BYTES];
        // So long a nonce may be left to chance (draft-irtf-cfrg-xchacha, section 1).
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: secret, aad: label.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.expect("no secret is as long as 256 GiB");
        Sealed(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens a secret that was sealed with the same label.
    ///
    /// # Errors
    /// [`VaultError::NotOpened`]
    pub fn unseal(&self, label: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bytes = STANDARD.decode(&sealed.0).map_err(|_| VaultError::NotOpened)?;
        let (nonce, sealed) =
            bytes.split_first_chunk::<NONCE_BYTES>().ok_or(VaultError::NotOpened)?;
        let payload = Payload { msg: sealed, aad: label.as_bytes() };
        let secret = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        secret.map(Zeroizing::new).map_err(|_| VaultError::NotOpened)
    }

    /// A key for one purpose; no other purpose has it, and none leads back to the secret key.
    ///
    /// `purpose` is to be a constant that names this program, a date and what the key is for
    /// (BLAKE3, section 6.2).
    #[must_use]
    pub fn derive(&self, purpose: &'static str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(blake3::derive_key(purpose, self.key.bytes()))
    }

    /// A word by which this key can be told from others, and that leads nobody to it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let word = self.derive(TELLING);
        blake3::Hash::from_bytes(*word).to_string()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.derive(SEALING)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        let key = STANDARD.encode([byte; 32]).parse().unwrap();
        Vault::open(KeySource::Given(key)).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_its_label_and_key_and_no_other() {
        let (vault, secret) = (vault(1), b"whsec_abc");
        let sealed = vault.seal("endpoint 1", secret);
        assert_eq!(vault.unseal("endpoint 1", &sealed).unwrap().as_slice(), secret);
        assert!(vault.unseal("endpoint 2", &sealed).is_err());
        assert!(super::tests::vault(2).unseal("endpoint 1", &sealed).is_err());
        assert_ne!(vault.seal("endpoint 1", secret), sealed, "each has a nonce of its own");
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let vault = vault(1);
        let Sealed(text) = vault.seal("", b"secret");
        let bytes = STANDARD.decode(text).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            assert!(vault.unseal("", &Sealed(STANDARD.encode(changed))).is_err(), "byte {place}");
        }
        for text in ["", "AAAA", "no base64"] {
            assert!(vault.unseal("", &Sealed(text.to_owned())).is_err());
        }
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        assert_ne!(vault(1).derive("one purpose"), vault(1).derive("another"));
        assert_ne!(vault(1).derive("one purpose"), vault(2).derive("one purpose"));
        assert_eq!(vault(1).fingerprint(), vault(1).fingerprint());
        assert_ne!(vault(1).fingerprint(), vault(2).fingerprint());
    }
}
