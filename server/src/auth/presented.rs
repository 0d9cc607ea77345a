//! The key that comes with a request.

use pixmill_engine::model::{InvalidToken, KeyToken};
use rocket::http::HeaderMap;

/// What comes with a request to prove who sends it.
#[derive(Debug)]
pub(super) enum Presented {
    /// Nothing.
    Nothing,
    /// A token that may be a key's.
    Token(KeyToken),
    /// Something that is no token.
    Unreadable(InvalidToken),
    /// Keys that are not the same.
    Several,
}

/// Finds the key in `Authorization: Bearer` (RFC 6750, section 2.1) or `X-API-Key`. Another scheme
/// than Bearer is not for us: a proxy in front may ask for it.
pub(super) fn presented(headers: &HeaderMap<'_>) -> Presented {
    let bearer = headers.get("Authorization").filter_map(bearer);
    let mut keys = bearer.chain(headers.get("X-API-Key").map(str::trim));
    let Some(key) = keys.next() else { return Presented::Nothing };
    if keys.any(|other| other != key) {
        return Presented::Several;
    }
    match key.parse() {
        Ok(token) => Presented::Token(token),
        Err(invalid) => Presented::Unreadable(invalid),
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use rocket::http::Header;

    use super::*;

    const KEY: &str = "pxm_AZGQ";

    fn found(headers: &[(&'static str, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| map.add(Header::new(*name, *value)));
        match presented(&map) {
            Presented::Nothing => "nothing".to_owned(),
            Presented::Token(_) => "token".to_owned(),
            Presented::Unreadable(_) => "unreadable".to_owned(),
            Presented::Several => "several".to_owned(),
        }
    }

    #[test]
    fn a_key_is_found_in_either_header_and_what_is_none_is_left_alone() {
        for (headers, expected) in [
            (&[][..], "nothing"),
            (&[("Authorization", "Basic dXNlcjpwYXNz")], "nothing"),
            (&[("Authorization", "")], "nothing"),
            (&[("Authorization", "bearer pxm_AZGQ")], "unreadable"),
            (&[("Authorization", "Bearer")], "unreadable"),
            (&[("X-API-Key", "")], "unreadable"),
            (&[("X-API-Key", KEY), ("Authorization", "Basic dXNlcjpwYXNz")], "unreadable"),
            (&[("X-API-Key", KEY), ("Authorization", "Bearer pxm_AZGQ")], "unreadable"),
            (&[("X-API-Key", KEY), ("Authorization", "Bearer pxm_BBBB")], "several"),
            (&[("X-API-Key", KEY), ("X-API-Key", "other")], "several"),
        ] {
            assert_eq!(found(headers), expected, "{headers:?}");
        }
    }
}
