//! Names of renditions that people can read and every file system can hold.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::model::Format;

/// The most characters that a serial number gives to a name.
const SERIAL_CHARS: usize = 40;
/// The most characters that a product's name gives to a name.
const SLUG_CHARS: usize = 60;
/// The longest name there is: both of the above, a hash, a place, an ending.
const NAME_CHARS: usize = 160;

/// The name of a rendition within its request: `{serialNumber}-{product-slug}-{n}.{ending}`.
///
/// Only `a-z`, `0-9`, `.`, `_` and `-` occur, so a name is the same in a file system that tells
/// case apart and in one that does not, and needs no escaping in an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RenditionName(String);

/// Some text is not the name of a rendition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this is not the name of an image")]
pub struct InvalidName;

impl RenditionName {
    /// Names the rendition of the `place`th image (counted from 1) of a product.
    ///
    /// No two images of a sheet get the same name: serial numbers are unique, and one that cannot
    /// stand in a name as it is gets a hash of the original behind it.
    #[must_use]
    pub fn new(serial_number: &str, product_name: &str, place: usize, format: Format) -> Self {
        let serial = serial_part(serial_number);
        let slug = slug(product_name);
        let ending = format.extension();
        RenditionName(if slug.is_empty() {
            format!("{serial}-{place}.{ending}")
        } else {
            format!("{serial}-{slug}-{place}.{ending}")
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The media type that the name's ending stands for.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        let ending = self.0.rsplit('.').next().unwrap_or_default();
        [Format::Webp, Format::Jpeg, Format::Png, Format::Avif]
            .into_iter()
            .chain([Format::Gif, Format::Tiff, Format::Bmp])
            .find(|format| format.extension() == ending)
            .map_or("application/octet-stream", Format::media_type)
    }
}

impl FromStr for RenditionName {
    type Err = InvalidName;

    /// Reads a name that [`RenditionName::new`] may have made; nothing that could lead out of a
    /// folder is one.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-');
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if starts_well && text.len() <= NAME_CHARS && text.chars().all(is_plain) {
            Ok(RenditionName(text.to_owned()))
        } else {
            Err(InvalidName)
        }
    }
}

impl fmt::Display for RenditionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A serial number as the first part of a name. It holds no `-`, so that where it ends is plain,
/// and `_` only before a hash.
fn serial_part(serial_number: &str) -> String {
    let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.');
    let stands_as_it_is = !serial_number.is_empty()
        && !serial_number.starts_with('.')
        && serial_number.len() <= SERIAL_CHARS
        && serial_number.chars().all(is_plain);
    if stands_as_it_is {
        return serial_number.to_owned();
    }
    let hash = blake3::hash(serial_number.as_bytes()).to_hex();
    let readable: String =
        slug(serial_number).chars().take(SERIAL_CHARS).filter(|c| *c != '-').collect();
    let readable = if readable.is_empty() { "n".to_owned() } else { readable };
    format!("{readable}_{}", &hash.as_str()[..12])
}

/// A product's name in lower-case ASCII words joined by hyphens. Letters with marks lose them;
/// what has no like in ASCII is left out.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => slug.push_str(letters),
            None if c.is_ascii_alphanumeric() => slug.push(c),
            None if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            None => {}
        }
        if slug.len() >= SLUG_CHARS {
            break;
        }
    }
    slug.truncate(SLUG_CHARS);
    slug.trim_end_matches('-').to_owned()
}

/// The ASCII letters for a Latin letter with marks.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn name(serial: &str, product: &str, place: usize) -> String {
        RenditionName::new(serial, product, place, Format::Webp).to_string()
    }

    #[test]
    fn a_name_tells_serial_number_product_and_place() {
        assert_eq!(name("17", "Blue Mug, 0.3 l", 2), "17-blue-mug-0-3-l-2.webp");
        assert_eq!(name("17", "Crème Größe", 1), "17-creme-groesse-1.webp");
        assert_eq!(name("17", "马克杯", 1), "17-1.webp");
    }

    #[test]
    fn products_that_look_alike_have_names_of_their_own() {
        let alike =
            [("1", "2 x"), ("1-2", "x"), ("1 2", "x"), ("A1", "x"), ("a1", "x"), ("../1", "x")];
        let names: HashSet<String> = alike.iter().map(|(s, p)| name(s, p, 1)).collect();
        assert_eq!(names.len(), alike.len(), "{names:?}");
    }

    #[test]
    fn every_name_that_is_made_is_read_again() {
        let long = "ä".repeat(500);
        for serial in ["1", "=cmd|x", "../../etc/passwd", ".hidden", "CON", "", long.as_str()] {
            let made = RenditionName::new(serial, &long, 1_000_000, Format::Jpeg);
            assert_eq!(made.as_str().parse(), Ok(made.clone()), "{made}");
        }
    }

    #[test]
    fn nothing_that_leads_out_of_the_folder_is_a_name() {
        for text in ["", "..", ".env", "a/b", "a\\b", "%2e%2e", "a b", "A", "x.webp#1", "a\0"] {
            assert_eq!(text.parse::<RenditionName>(), Err(InvalidName), "{text:?}");
        }
    }
}
