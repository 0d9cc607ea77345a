//! Links to images that let their bearer in for a time, whoever that is.

use std::{fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::model::{RequestId, Timestamp};

/// Links with a life of this or more end with a full hour, so that asking twice gives the same link
/// and caches are of use.
const HOUR: Duration = Duration::from_secs(3_600);

/// When links to images are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// Never: whoever needs a key to see them needs it for the links too. Default: this one.
    #[default]
    Never,
    /// Always; each link is good for at least this time.
    Always(Duration),
    /// Once there are keys; each link is good for at least this time.
    WithKeys(Duration),
}

/// Signs links to images, and tells its own signatures from others.
///
/// The signature is HMAC-SHA256 (RFC 2104) over the request, the image's name and the end of the
/// link's life, in Base64 for URLs. It takes no account of the address that the server is known by.
#[derive(Clone)]
pub struct LinkSigner(Zeroizing<[u8; 32]>);

/// A link that lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadLink {
    /// It was not signed here, or has been changed.
    #[error("this link was not made by this server, or has been changed: take it as it was given")]
    Forged,
    /// Its time is over.
    #[error("this link expired at {0}: fetch the results sheet again for a new one")]
    Expired(Timestamp),
}

impl LinkSigner {
    /// Signs with a key that is used for nothing else.
    #[must_use]
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        LinkSigner(key)
    }

    /// The query that makes a link good until a moment.
    #[must_use]
    pub fn query(&self, id: RequestId, name: &str, until: Timestamp) -> String {
        let expires = until.as_millis() / 1_000;
        let signature = self.mac(id, name, expires).finalize().into_bytes();
        format!("expires={expires}&signature={}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Finds out until when a link is good that has this query.
    ///
    /// # Errors
    /// [`BadLink`]; that a link has expired is told only of one that was signed here.
    pub fn check(
        &self,
        id: RequestId,
        name: &str,
        (expires, signature): (&str, &str),
        now: Timestamp,
    ) -> Result<Timestamp, BadLink> {
        let seconds: i64 = expires.parse().map_err(|_| BadLink::Forged)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadLink::Forged)?;
        // The comparison takes the same time wherever the first difference is.
        self.mac(id, name, seconds).verify_slice(&signature).map_err(|_| BadLink::Forged)?;
        let until = Timestamp::from_millis(seconds.saturating_mul(1_000));
        // One link has one spelling.
        if seconds.to_string() != expires {
            return Err(BadLink::Forged);
        }
        if now < until { Ok(until) } else { Err(BadLink::Expired(until)) }
    }

    fn mac(&self, id: RequestId, name: &str, expires: i64) -> Hmac<Sha256> {
        let mac = Hmac::new_from_slice(&*self.0);
        let mut mac: Hmac<Sha256> = mac.expect("HMAC takes keys of any length");
        mac.update(format!("{id}/{name}\n{expires}").as_bytes());
        mac
    }
}

impl PartialEq for LinkSigner {
    fn eq(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for LinkSigner {}

impl fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSigner(..)")
    }
}

/// The end of a life that begins now.
#[must_use]
pub fn end_of_life(now: Timestamp, life: Duration) -> Timestamp {
    let step = if life < HOUR { 1_000 } else { 3_600_000 };
    let millis = now.after(life).as_millis();
    let ends = millis.div_euclid(step).saturating_add(1).saturating_mul(step);
    Timestamp::from_millis(if millis % step == 0 { millis } else { ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::EPOCH;

    fn signer(byte: u8) -> LinkSigner {
        LinkSigner::new(Zeroizing::new([byte; 32]))
    }

    /// The values of a query.
    fn parts(query: &str) -> (String, String) {
        let (expires, signature) = query.split_once("&signature=").unwrap();
        (expires.strip_prefix("expires=").unwrap().to_owned(), signature.to_owned())
    }

    #[test]
    fn a_link_is_good_until_it_expires() {
        let (id, until) = (RequestId::fresh(), NOW.after(HOUR));
        let (expires, signature) = parts(&signer(1).query(id, "1-mug-1.webp", until));
        let check = |now| signer(1).check(id, "1-mug-1.webp", (&expires, &signature), now);
        assert_eq!(check(NOW), Ok(until));
        assert_eq!(check(until.before(Duration::from_millis(1))), Ok(until));
        assert_eq!(check(until), Err(BadLink::Expired(until)));
    }

    #[test]
    fn a_link_that_was_changed_is_good_for_nothing() {
        let (id, name) = (RequestId::fresh(), "1-mug-1.webp");
        let (expires, signature) = parts(&signer(1).query(id, name, NOW.after(HOUR)));
        let later = (expires.parse::<i64>().unwrap() + 1).to_string();
        let longer = format!("{expires}0");
        let padded = format!("0{expires}");
        let signed = format!("+{expires}");
        let cut = &signature[..signature.len() - 1];
        for (id, name, expires, signature) in [
            (RequestId::fresh(), name, expires.as_str(), signature.as_str()),
            (id, "2-mug-1.webp", &expires, &signature),
            (id, name, &later, &signature),
            (id, name, &longer, &signature),
            (id, name, &padded, &signature),
            (id, name, &signed, &signature),
            (id, name, "", &signature),
            (id, name, "9999999999999999999999", &signature),
            (id, name, &expires, cut),
            (id, name, &expires, ""),
            (id, name, &expires, "AAAA"),
        ] {
            let checked = signer(1).check(id, name, (expires, signature), NOW);
            assert_eq!(checked, Err(BadLink::Forged), "{name} {expires} {signature}");
        }
        let other_key = signer(2).check(id, name, (&expires, &signature), NOW);
        assert_eq!(other_key, Err(BadLink::Forged));
    }

    #[test]
    fn a_long_life_ends_with_a_full_hour_and_a_short_one_with_a_second() {
        let seconds = Duration::from_secs;
        let now = Timestamp::from_millis(7_000_001);
        assert_eq!(end_of_life(now, seconds(3_600)).as_millis(), 3 * 3_600_000);
        assert_eq!(end_of_life(now, seconds(10)).as_millis(), 7_011_000);
        assert_eq!(end_of_life(NOW, seconds(7_200)).as_millis(), 7_200_000);
    }
}
