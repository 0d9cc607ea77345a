//! The token that proves a key, and what is kept of it.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::KeyId;

/// How every token begins, so that people and scanners of leaked secrets know one.
const PREFIX: &str = "pxm_";
const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 32;
/// With the others it makes 54 bytes, which Base64 writes without a remainder.
const CHECKSUM_BYTES: usize = 6;
const TOKEN_BYTES: usize = ID_BYTES + SECRET_BYTES + CHECKSUM_BYTES;

/// What proves a key: `pxm_` and 72 letters (RFC 4648, Base64 for URLs) that hold the key's id, 256
/// random bits, and a checksum.
///
/// By the checksum a mistyped token is known without a look into the store.
#[derive(Clone)]
pub struct KeyToken {
    key: KeyId,
    secret: [u8; SECRET_BYTES],
}

/// What is kept of a token's secret.
///
/// The secret is 256 random bits, so guessing it is hopeless however fast a hash is: a slow one, as
/// passwords need it, would only slow down every call. BLAKE3 cannot be turned back, so who reads
/// the store cannot use what it finds there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SecretHash([u8; 32]);

/// Some text is not a token. It is not told which, for it may be one that was mistyped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is not a key: keys begin with pxm_ and have 76 characters; check for a typing error")]
pub struct InvalidToken;

impl KeyToken {
    /// A new token for a key.
    #[must_use]
    pub fn fresh(key: KeyId, chance: &mut impl CryptoRng) -> Self {
        let mut secret = [0; SECRET_BYTES];
        chance.fill_bytes(&mut secret);
        KeyToken { key, secret }
    }

    /// The key that it is to prove.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(blake3::derive_key("Pixmill API key, what is kept", &self.secret))
    }

    /// The token as its bearer gets it. This is the only way in which the secret leaves.
    #[must_use]
    pub fn reveal(&self) -> String {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.extend_from_slice(&self.key.to_bytes());
        bytes.extend_from_slice(&self.secret);
        bytes.extend_from_slice(&self.checksum());
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    fn checksum(&self) -> [u8; CHECKSUM_BYTES] {
        let mut hasher = blake3::Hasher::new_derive_key("Pixmill API key, checksum");
        hasher.update(&self.key.to_bytes()).update(&self.secret);
        let mut checksum = [0; CHECKSUM_BYTES];
        hasher.finalize_xof().fill(&mut checksum);
        checksum
    }
}

impl std::str::FromStr for KeyToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let letters = text.strip_prefix(PREFIX).ok_or(InvalidToken)?;
        let mut bytes = [0; TOKEN_BYTES];
        // Longer ones do not fit; shorter ones are seen by what was written.
        match URL_SAFE_NO_PAD.decode_slice(letters, &mut bytes) {
            Ok(TOKEN_BYTES) => {}
            Ok(_) | Err(_) => return Err(InvalidToken),
        }
        let (id, rest) = bytes.split_first_chunk().ok_or(InvalidToken)?;
        let (secret, checksum) = rest.split_first_chunk().ok_or(InvalidToken)?;
        let token = KeyToken { key: KeyId::from_bytes(*id), secret: *secret };
        if token.checksum() == checksum { Ok(token) } else { Err(InvalidToken) }
    }
}

impl fmt::Debug for KeyToken {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyToken({})", self.key)
    }
}

impl SecretHash {
    /// Whether it is that of a token's secret; how long this takes tells nothing of either.
    #[must_use]
    pub fn is_of(&self, token: &KeyToken) -> bool {
        self.0.ct_eq(&token.hash().0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> String {
        blake3::Hash::from_bytes(hash.0).to_hex().to_string()
    }
}

impl TryFrom<String> for SecretHash {
    type Error = blake3::HexError;

    fn try_from(text: String) -> Result<Self, blake3::HexError> {
        Ok(SecretHash(*blake3::Hash::from_hex(text)?.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fresh() -> KeyToken {
        KeyToken::fresh(KeyId::fresh(), &mut rand::rng())
    }

    #[test]
    fn a_token_is_read_as_it_was_revealed_and_can_stand_in_a_url() {
        let token = fresh();
        let text = token.reveal();
        assert_eq!(text.len(), 76);
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{text}");
        let read: KeyToken = text.parse().unwrap();
        assert_eq!((read.key(), read.hash()), (token.key(), token.hash()));
    }

    #[test]
    fn a_token_with_one_letter_changed_left_out_or_doubled_is_none() {
        let text = fresh().reveal();
        for at in 0..text.len() {
            let (before, rest) = text.split_at(at);
            let (letter, after) = rest.split_at(1);
            let other = if letter == "A" { "B" } else { "A" };
            for wrong in [
                format!("{before}{other}{after}"),
                format!("{before}{after}"),
                format!("{before}{letter}{letter}{after}"),
            ] {
                assert!(wrong.parse::<KeyToken>().is_err(), "{at}: {wrong}");
            }
        }
    }

    #[test]
    fn nothing_tells_the_secret_but_revealing_it() {
        let token = fresh();
        let told = format!("{token:?} {:?} {}", token.hash(), String::from(token.hash()));
        let letters = token.reveal();
        assert!(!told.contains(&letters[26..60]), "{told}");
        assert!(!InvalidToken.to_string().contains("pxm_A"));
    }

    #[test]
    fn a_hash_is_kept_as_text_and_is_that_of_its_own_token_alone() {
        let token = fresh();
        let kept: SecretHash = String::from(token.hash()).try_into().unwrap();
        assert!(kept.is_of(&token));
        assert!(!kept.is_of(&KeyToken::fresh(token.key(), &mut rand::rng())));
        assert!(SecretHash::try_from("00".to_owned()).is_err());
    }

    proptest! {
        #[test]
        fn no_other_string_is_a_token(text in ".*") {
            prop_assert!(text.parse::<KeyToken>().is_err());
        }

        #[test]
        fn no_other_letters_behind_the_prefix_are_a_token(text in "pxm_[A-Za-z0-9_-]{72}") {
            prop_assert!(text.parse::<KeyToken>().is_err());
        }

        #[test]
        fn the_hash_is_that_of_no_other_secret(
            secret in any::<[u8; SECRET_BYTES]>(),
            bit in 0..SECRET_BYTES * 8,
        ) {
            let key = KeyId::fresh();
            let mut other = secret;
            other[bit / 8] ^= 1 << (bit % 8);
            let hash = KeyToken { key, secret }.hash();
            let is_of_other = hash.is_of(&KeyToken { key, secret: other });
            prop_assert!(!is_of_other);
        }
    }
}
