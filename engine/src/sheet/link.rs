//! Makes links out of what people write in cells, or says what is wrong with it.

use url::Url;

use super::{FaultCode, Links, cell, fault::shown};
use crate::model::Link;

/// Why some text is not a link: the code and the sentence of the fault.
pub(super) type Wrong = (FaultCode, String);

/// Reads one link.
pub(super) fn read(text: &str, links: Links, max_bytes: usize) -> Result<Link, Wrong> {
    if text.len() > max_bytes {
        return Err(too_long(text, max_bytes));
    }
    match (cell::scheme(text), links) {
        (Some(scheme), _) if is_web(scheme) && text[scheme.len()..].starts_with("://") => {
            web(text, max_bytes).map(Link::Web)
        }
        (Some(scheme), Links::WebAndFiles) if scheme.eq_ignore_ascii_case("file") => {
            Err(outside(text))
        }
        (None, Links::WebAndFiles) => file(text).map(Link::File),
        (Some(_) | None, Links::Web | Links::WebAndFiles) => Err(not_web(text)),
    }
}

/// Whether [`read`] certainly makes a web link of the text, told by its letters alone.
///
/// Most links are like that, and looking costs a tenth of parsing. `false` says nothing.
pub(super) fn is_plain(text: &str, max_bytes: usize) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_label = |label: &str| {
        let is_letter = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        !label.is_empty() && !label.starts_with("xn--") && label.bytes().all(is_letter)
    };
    let is_name = host.split('.').all(is_label);
    // A host whose last label begins with a digit may be an IPv4 address, and a wrong one.
    let last = host.rsplit('.').next().unwrap_or(host);
    let is_address = !last.starts_with(|char: char| char.is_ascii_lowercase());
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%=&+,?".contains(&byte);
    // A link without a path is written with one, which is one byte more.
    is_name && !is_address && path.bytes().all(is_kept) && text.len() < max_bytes
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn web(text: &str, max_bytes: usize) -> Result<Url, Wrong> {
    if holds_two(text) {
        let message = format!("`{}` is more than one link: put a comma between two.", shown(text));
        return Err((FaultCode::NotHttpUrl, message));
    }
    let mut url = Url::parse(text).map_err(|error| {
        let message = format!("`{}` is not a valid link: {error}.", shown(text));
        (FaultCode::NotHttpUrl, message)
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        let message = format!(
            "`{}` holds a user name or a password, which would be stored and shown: use a link \
             that works without.",
            shown(text)
        );
        return Err((FaultCode::UrlCredentials, message));
    }
    url.set_fragment(None);
    // Letters that a link cannot hold are three bytes or more each in its written form.
    if url.as_str().len() > max_bytes {
        return Err(too_long(text, max_bytes));
    }
    Ok(url)
}

/// Whether a second link begins in the first, behind what people use in a comma's place.
fn holds_two(text: &str) -> bool {
    let before_query = text.split('?').next().unwrap_or(text);
    before_query.match_indices("://").skip(1).any(|(at, _)| {
        let before = before_query[..at].trim_end_matches(|char: char| char.is_ascii_alphabetic());
        before.ends_with(|char: char| char.is_whitespace() || matches!(char, ';' | '|'))
    })
}

/// Reads the name of a file, relative to the sheet's folder and written with `/`.
fn file(text: &str) -> Result<String, Wrong> {
    let is_drive = text.as_bytes().get(1) == Some(&b':');
    if is_drive || text.starts_with(['/', '\\']) {
        return Err(outside(text));
    }
    if text.chars().any(char::is_control) {
        let message = format!("`{}` is not the name of a file.", shown(text));
        return Err((FaultCode::NotHttpUrl, message));
    }
    let mut parts = Vec::new();
    for part in text.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => return Err(outside(text)),
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err(not_web(text));
    }
    Ok(parts.join("/"))
}

fn outside(text: &str) -> Wrong {
    let message = format!(
        "`{}` is not in the sheet's folder: put the image there and write its name as seen from \
         the sheet, such as photos/shoe.jpg.",
        shown(text)
    );
    (FaultCode::FileOutside, message)
}

fn too_long(text: &str, max_bytes: usize) -> Wrong {
    let message =
        format!("The link `{}` has more than {max_bytes} letters: use a shorter one.", shown(text));
    (FaultCode::UrlTooLong, message)
}

fn not_web(text: &str) -> Wrong {
    let shown = shown(text);
    let message = if text.starts_with("//") {
        format!("`{shown}` lacks its beginning: write https:{shown}.")
    } else if text.as_bytes().get(1) == Some(&b':') {
        format!("`{shown}` is a file on a computer: put the image on the web and link to it.")
    } else if let Some(scheme) = cell::scheme(text).filter(|scheme| !scheme.contains('.')) {
        if is_web(scheme) {
            format!("`{shown}` is not a link: write {scheme}:// at its beginning.")
        } else {
            format!("`{shown}` cannot be downloaded: only http:// and https:// links can.")
        }
    } else if looks_like_host(text) {
        format!("`{shown}` lacks its beginning: write https://{shown}.")
    } else {
        format!("`{shown}` is not a link: links begin with http:// or https://.")
    };
    (FaultCode::NotHttpUrl, message)
}

fn looks_like_host(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or(text);
    host.len() < text.len() && host.contains('.') && !host.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, links: Links) -> FaultCode {
        read(text, links, 100).unwrap_err().0
    }

    #[test]
    fn web_links_are_read_without_their_fragment() {
        let link = read("HTTPS://Shop.example/a b.jpg?c=1,2#top", Links::Web, 100).unwrap();
        assert_eq!(link.as_str(), "https://shop.example/a%20b.jpg?c=1,2");
    }

    #[test]
    fn what_is_no_web_link_is_refused_and_told_why() {
        for (text, part) in [
            ("not a url", "is not a link"),
            ("ftp://a/x.jpg", "cannot be downloaded"),
            ("javascript:alert(1)", "cannot be downloaded"),
            ("//a/x.jpg", "write https://a/x.jpg"),
            ("www.a.com/x.jpg", "write https://www.a.com/x.jpg"),
            ("a.com:80/x.jpg", "write https://a.com:80/x.jpg"),
            ("http:/a/x.jpg", "write http:// at"),
            ("C:\\x.jpg", "a file on a computer"),
            ("http://[::1/x.jpg", "not a valid link"),
            ("http://", "not a valid link"),
            ("http://a/x.jpg http://b/y.jpg", "put a comma"),
            ("http://a/x.jpg;https://b/y.jpg", "put a comma"),
        ] {
            let (code, message) = read(text, Links::Web, 100).unwrap_err();
            assert_eq!(code, FaultCode::NotHttpUrl, "{text}");
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn a_link_within_a_link_is_one_link() {
        assert!(read("https://proxy/https://a/x.jpg", Links::Web, 100).is_ok());
        assert!(read("https://proxy/?a;https://a/x.jpg", Links::Web, 100).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn what_looks_plain_is_a_link(
            text in "https?://([a-z0-9.-]{0,9}|xn--[a-z]{2}\\.a|[a-z]{3}\\.0x1)(/[!-~]{0,9})?",
            max_bytes in 8..40_usize,
        ) {
            if is_plain(&text, max_bytes) {
                proptest::prop_assert!(read(&text, Links::Web, max_bytes).is_ok());
            }
        }
    }

    #[test]
    fn most_links_look_plain() {
        assert!(is_plain("https://cdn.shop-1.example/a/w_100,h_200/x%20y.jpg?v=1&b=c", 100));
        assert!(!is_plain("http://127.0.0.1/x.jpg", 100));
        assert!(!is_plain("http://me@a/x.jpg", 100));
    }

    #[test]
    fn credentials_are_refused_and_not_repeated() {
        for text in ["http://me:secret@a/x.jpg", "http://secret@a/x.jpg", "http://:secret@a/x"] {
            let (code, message) = read(text, Links::Web, 100).unwrap_err();
            assert_eq!(code, FaultCode::UrlCredentials);
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_link_is_too_long_by_what_it_says_or_by_how_it_is_written() {
        assert_eq!(
            code(&format!("http://a/{}", "x".repeat(92)), Links::Web),
            FaultCode::UrlTooLong
        );
        assert!(read(&format!("http://a/{}", "x".repeat(91)), Links::Web, 100).is_ok());
        let umlauts = format!("http://a/{}", "\u{e4}".repeat(40));
        assert_eq!(code(&umlauts, Links::Web), FaultCode::UrlTooLong);
    }

    #[test]
    fn files_stay_in_the_folder_of_the_sheet() {
        let file = |text| read(text, Links::WebAndFiles, 100);
        assert_eq!(file("./a\\b c/x.jpg").unwrap(), Link::File("a/b c/x.jpg".into()));
        assert_eq!(file("..a/x..jpg").unwrap(), Link::File("..a/x..jpg".into()));
        for text in [
            "/etc/passwd",
            "\\\\host\\x",
            "C:\\x",
            "c:x",
            "../x",
            "a/../../x",
            "a\\..\\x",
            "file:///etc/passwd",
            "//host/x",
        ] {
            assert_eq!(code(text, Links::WebAndFiles), FaultCode::FileOutside, "{text}");
        }
        for text in ["ftp://a/x", "a\0b", ".", "./", "data:image/gif;base64,R0lG"] {
            assert_eq!(code(text, Links::WebAndFiles), FaultCode::NotHttpUrl, "{text}");
        }
        assert_eq!(code("x.jpg", Links::Web), FaultCode::NotHttpUrl);
    }
}
