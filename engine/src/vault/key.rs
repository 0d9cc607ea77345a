//! The secret key itself.

use std::{fmt, str::FromStr};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rand::Rng;
use zeroize::Zeroizing;

use super::VaultError;

/// The length of a key in bytes.
const KEY_BYTES: usize = 32;

/// The secret key: 32 bytes, written in base64. What is shown of it is only that it is there.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

impl SecretKey {
    /// A new key, made of chance.
    #[must_use]
    pub fn fresh() -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rand::rng().fill_bytes(&mut *key);
        SecretKey(key)
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The written form.
    pub(super) fn written(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.0))
    }
}

impl FromStr for SecretKey {
    type Err = VaultError;

    /// Reads either alphabet of base64 (RFC 4648, sections 4 and 5), with padding or without.
    fn from_str(text: &str) -> Result<Self, VaultError> {
        let plain: Zeroizing<String> =
            Zeroizing::new(text.trim().trim_end_matches('=').replace('+', "-").replace('/', "_"));
        let bytes = URL_SAFE_NO_PAD.decode(&*plain).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| VaultError::NotAKey)?;
        let key = bytes.as_slice().try_into().map_err(|_| VaultError::NotAKey)?;
        Ok(SecretKey(Zeroizing::new(key)))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = SecretKey::fresh();
        let written = key.written();
        for text in [written.to_string(), format!("  {}\n", written.trim_end_matches('='))] {
            assert_eq!(text.parse::<SecretKey>().unwrap().bytes(), key.bytes());
        }
        let other_alphabet = written.replace('+', "-").replace('/', "_");
        assert_eq!(other_alphabet.parse::<SecretKey>().unwrap().bytes(), key.bytes());
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        for text in ["", "hunter2", &"A".repeat(42), &"A".repeat(44), "hunter2=================="] {
            let error = text.parse::<SecretKey>().unwrap_err().to_string();
            assert!(error.contains("openssl rand -base64 32"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert_eq!(format!("{:?}", SecretKey::fresh()), "SecretKey(..)");
    }
}
