//! Cuts a cell of links into links, and outputs back into places.

use memchr::memchr3;

/// The links of a cell, each with its offset in bytes.
///
/// White space and commas around links do not count. What ends a link:
/// 1. a line break;
/// 2. a comma behind which a link with a scheme follows, or nothing more;
/// 3. a comma and white space, unless the comma is in a web link's query;
/// 4. a comma behind what ends like an image and has no scheme: a file, or something wrong.
///
/// What stands in angle brackets is one link whatever is in it (RFC 3986, appendix C).
///
/// So the commas of `http://a/w_100,h_200/x.jpg?t=1, 2` and of `mug,blue.jpg` are their own.
pub(super) fn split(cell: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + gap(&cell[at..]);
        if start == cell.len() {
            return None;
        }
        if let Some(link) = bracketed(&cell[start..]) {
            at = start + link.len() + 2;
            return Some((start + 1, link));
        }
        let length = link_length(&cell[start..]);
        at = start + length;
        let link = cell[start..at].trim_end_matches(is_gap);
        Some((start, link))
    })
}

/// The output links of a cell, one place for each input link; an empty place has none yet.
pub(super) fn split_places(cell: &str) -> impl Iterator<Item = Option<&str>> {
    cell.split(',').map(str::trim).map(|place| (!place.is_empty()).then_some(place))
}

/// The scheme that the text begins with (RFC 3986, 3.1), such as `https`; a single letter is the
/// name of a drive.
pub(super) fn scheme(text: &str) -> Option<&str> {
    const LONGEST: usize = 32;
    let bytes = text.as_bytes();
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let end = bytes.iter().take(LONGEST).position(|byte| !is_scheme(byte))?;
    let is_one = end > 1 && bytes[end] == b':' && bytes[0].is_ascii_alphabetic();
    is_one.then(|| &text[..end])
}

/// The link in angle brackets that the text begins with.
fn bracketed(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('<')?;
    let end = rest.find(['<', '>', '\r', '\n'])?;
    rest[end..].starts_with('>').then(|| &rest[..end])
}

/// How long the link is that the text begins with, and what trails it.
fn link_length(text: &str) -> usize {
    let has_scheme = scheme(text).is_some();
    let mut is_in_query = false;
    let mut from = 0;
    while let Some(found) = memchr3(b',', b'\r', b'\n', &text.as_bytes()[from..]) {
        let comma = from + found;
        if text.as_bytes()[comma] != b',' {
            return comma;
        }
        is_in_query = is_in_query || text[from..comma].contains('?');
        let next = comma + gap(&text[comma..]);
        let follows = &text[next..];
        let is_spaced = text[comma + 1..].starts_with(char::is_whitespace);
        let ends = if has_scheme {
            is_spaced && !is_in_query
        } else {
            is_spaced || ends_like_image(text[..comma].trim_end())
        };
        if ends || begins_anew(follows) {
            return comma;
        }
        // The whole gap is passed at once, so that a cell of commas takes no more than one look at
        // each; a line break in it still ends the link.
        if let Some(end) = text[comma..next].find(['\r', '\n']) {
            return comma + end;
        }
        from = next;
    }
    text.len()
}

/// Whether a new link begins here, or nothing more comes.
fn begins_anew(text: &str) -> bool {
    text.is_empty() || scheme(text).is_some_and(|scheme| text[scheme.len()..].starts_with("://"))
}

/// How the names of images end, those included that cannot be compressed: they are links too.
const ENDINGS: [&str; 16] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "avif",
    "heic", "heif", "svg", "jxl",
];

/// Whether a text ends like the name of an image.
#[must_use]
pub fn ends_like_image(text: &str) -> bool {
    let ending = text.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

fn gap(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_gap).len()
}

fn is_gap(char: char) -> bool {
    char == ',' || char.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(cell: &str) -> Vec<&str> {
        split(cell).map(|(_, link)| link).collect()
    }

    #[test]
    fn commas_and_line_breaks_separate_links() {
        assert_eq!(
            links("http://a/1, https://b/2 ,http://c/3"),
            ["http://a/1", "https://b/2", "http://c/3"]
        );
        assert_eq!(
            links("http://a/1\nhttp://b/2\r\n\r\nHTTP://c/3,\rhttp://d/4\n"),
            ["http://a/1", "http://b/2", "HTTP://c/3", "http://d/4"]
        );
        assert_eq!(links(" ,, \n"), [""; 0]);
        assert_eq!(links("http://a/1,,"), ["http://a/1"]);
    }

    #[test]
    fn a_comma_within_a_link_is_its_own() {
        assert_eq!(
            links("http://a/x.jpg?t=w_100,h_200,http://b/y.jpg"),
            ["http://a/x.jpg?t=w_100,h_200", "http://b/y.jpg"]
        );
        assert_eq!(links("http://a/w_1,h_2/x.jpg"), ["http://a/w_1,h_2/x.jpg"]);
        assert_eq!(links("http://a/x?c=1, 2, http://b"), ["http://a/x?c=1, 2", "http://b"]);
        assert_eq!(links("data:image/gif;base64,R0lG"), ["data:image/gif;base64,R0lG"]);
    }

    #[test]
    fn a_comma_and_a_space_begin_something_new() {
        assert_eq!(links("http://a/x.jpg, www.b.com/y.jpg"), ["http://a/x.jpg", "www.b.com/y.jpg"]);
        assert_eq!(
            links("http://a/x.jpg, photos/y.jpg,z.jpg"),
            ["http://a/x.jpg", "photos/y.jpg", "z.jpg"]
        );
    }

    #[test]
    fn a_comma_behind_an_image_file_begins_something_new() {
        assert_eq!(
            links("photos/a.jpg,photos/b.JPEG,c.png,d.WebP,e.gif,f.tif,g.tiff,h.bmp,i.avif,j"),
            [
                "photos/a.jpg",
                "photos/b.JPEG",
                "c.png",
                "d.WebP",
                "e.gif",
                "f.tif",
                "g.tiff",
                "h.bmp",
                "i.avif",
                "j"
            ]
        );
        assert_eq!(links("a.jpg ,b.jpg,\n"), ["a.jpg", "b.jpg"]);
        assert_eq!(links("a.jpg,http://b/c.jpg,d.jpg"), ["a.jpg", "http://b/c.jpg,d.jpg"]);
    }

    #[test]
    fn any_other_comma_in_the_name_of_a_file_is_its_own() {
        assert_eq!(links("photos/mug,blue.jpg,jug.jpg"), ["photos/mug,blue.jpg", "jug.jpg"]);
        assert_eq!(links("what?.jpg,a,b,https://c/d"), ["what?.jpg", "a,b", "https://c/d"]);
        assert_eq!(links("mug,\nblue"), ["mug", "blue"]);
        assert_eq!(links("mug, blue,"), ["mug", "blue"]);
    }

    #[test]
    fn what_stands_in_angle_brackets_is_one_link() {
        assert_eq!(
            links("<mug, blue.jpg>, <a.jpg,b.jpg> c.jpg"),
            ["mug, blue.jpg", "a.jpg,b.jpg", "c.jpg"]
        );
        assert_eq!(links("<http://a/x, http://b/y>"), ["http://a/x, http://b/y"]);
        assert_eq!(links("<a.jpg\nb.jpg>"), ["<a.jpg", "b.jpg>"]);
        assert_eq!(links("a<b>.jpg"), ["a<b>.jpg"]);
    }

    #[test]
    fn a_link_knows_where_it_begins() {
        let offsets: Vec<_> = split(" http://a,\n http://b").map(|(at, _)| at).collect();
        assert_eq!(offsets, [1, 12]);
    }

    #[test]
    fn a_drive_is_no_scheme() {
        assert_eq!(scheme("https://a"), Some("https"));
        assert_eq!(scheme("C:\\a"), None);
        assert_eq!(scheme("//a"), None);
        assert_eq!(scheme("1a:"), None);
        assert_eq!(scheme("photo.jpg"), None);
    }

    #[test]
    fn empty_places_of_outputs_are_kept() {
        let places: Vec<_> = split_places("a, ,b,").collect();
        assert_eq!(places, [Some("a"), None, Some("b"), None]);
    }
}
