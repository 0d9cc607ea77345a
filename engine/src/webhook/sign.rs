//! Signatures by which a receiver knows that a delivery is ours (Standard Webhooks 1.0).

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::Rng;
use standardwebhooks::Webhook;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::model::{MessageId, Timestamp};

/// How a written secret begins.
const PREFIX: &str = "whsec_";
/// The length of a secret that is made here, in bytes.
const SECRET_BYTES: usize = 32;
/// The lengths that a secret may have, in bytes (Standard Webhooks, "Signature scheme").
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// What deliveries to a receiver are signed with, written `whsec_` and base64. It is shown once, to
/// whoever makes the endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Some text is not a secret; it is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a webhook secret is whsec_ and 24 to 64 bytes in base64")]
pub struct InvalidSecret;

impl Secret {
    /// A new secret, made of chance.
    #[must_use]
    pub fn fresh() -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        rand::rng().fill_bytes(&mut bytes);
        Secret(bytes)
    }

    /// The written form, for whoever is to be shown it.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&*self.0))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Secret(bytes)
    }

    /// The signature of a message.
    fn sign(&self, message: MessageId, seconds: i64, body: &str) -> String {
        let webhook = Webhook::from_bytes(self.0.to_vec());
        let signed = webhook
            .and_then(|webhook| webhook.sign(&message.to_string(), seconds, body.as_bytes()));
        signed.expect("any bytes can be a secret, and the body is UTF-8")
    }
}

impl FromStr for Secret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        let bytes = STANDARD.decode(encoded).map(Zeroizing::new).map_err(|_| InvalidSecret)?;
        if LENGTHS.contains(&bytes.len()) { Ok(Secret(bytes)) } else { Err(InvalidSecret) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The headers that tell what a message is, when it was sent, and that it is ours; with a signature
/// for each secret.
pub(super) fn headers(
    message: MessageId,
    at: Timestamp,
    body: &str,
    secrets: &[Secret],
) -> [(&'static str, String); 3] {
    let seconds = at.as_millis().div_euclid(1_000);
    let signatures: Vec<String> =
        secrets.iter().map(|secret| secret.sign(message, seconds, body)).collect();
    [
        (standardwebhooks::HEADER_WEBHOOK_ID, message.to_string()),
        (standardwebhooks::HEADER_WEBHOOK_TIMESTAMP, seconds.to_string()),
        (standardwebhooks::HEADER_WEBHOOK_SIGNATURE, signatures.join(" ")),
    ]
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;
    use crate::model::TestId;

    fn signed(secrets: &[Secret], at: Timestamp, body: &str) -> HeaderMap {
        let headers = headers(MessageId::Test(TestId::fresh()), at, body, secrets);
        headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(bson::DateTime::now().timestamp_millis())
    }

    fn is_valid(secret: &Secret, headers: &HeaderMap, body: &str) -> bool {
        Webhook::new(&secret.reveal()).unwrap().verify(body.as_bytes(), headers).is_ok()
    }

    #[test]
    fn a_receiver_with_the_secret_accepts_what_was_signed_and_nothing_else() {
        let (secret, other, body) = (Secret::fresh(), Secret::fresh(), r#"{"type":"x"}"#);
        let headers = signed(std::slice::from_ref(&secret), now(), body);
        assert!(is_valid(&secret, &headers, body));
        assert!(!is_valid(&other, &headers, body));
        assert!(!is_valid(&secret, &headers, r#"{"type":"y"}"#));
        let old = signed(std::slice::from_ref(&secret), Timestamp::from_millis(0), body);
        assert!(!is_valid(&secret, &old, body), "what is too old could be a replay");
    }

    #[test]
    fn with_two_secrets_a_receiver_needs_either() {
        let (new, old) = (Secret::fresh(), Secret::fresh());
        let headers = signed(&[new.clone(), old.clone()], now(), "{}");
        assert!(is_valid(&new, &headers, "{}") && is_valid(&old, &headers, "{}"));
        assert!(!is_valid(&Secret::fresh(), &headers, "{}"));
    }

    #[test]
    fn a_secret_is_read_as_it_is_written_and_never_shown_by_chance() {
        let secret = Secret::fresh();
        assert!(secret.reveal().starts_with("whsec_"));
        assert_eq!(secret.reveal().parse(), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for text in ["", "whsec_", "hunter2", "whsec_hunter2", &short, &long] {
            assert_eq!(text.parse::<Secret>(), Err(InvalidSecret), "{text}");
        }
    }

    /// The example of the specification's own reference libraries.
    #[test]
    fn the_signature_is_that_of_the_reference_libraries() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let webhook = Webhook::from_bytes(secret.bytes().to_vec()).unwrap();
        let signature =
            webhook.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
