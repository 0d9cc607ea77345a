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
/// case apart and in one that does not, and needs no escaping in an address. For that, a serial
/// number is written in one of three ways, each of which shows in the name:
///
/// 1. Of `a-z`, `0-9` and `.` only, it stands as it is: `17-blue-mug-1.webp`.
/// 2. In capitals, it is written small and followed by two hyphens, which occur in no other name:
///    `SKU-001` gives `sku-001--blue-mug-1.webp`.
/// 3. Otherwise what can be read of it is followed by a hash of the whole:
///    `Sku 1` gives `sku1_0123456789ab-blue-mug-1.webp`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RenditionName(String);

/// Some text is not the name of a rendition.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this is not the name of an image")]
pub struct InvalidName;

impl RenditionName {
    /// Names the rendition of the `place`th image (counted from 1) of a product.
    ///
    /// No two images of a sheet get the same name, as serial numbers are unique.
    #[must_use]
    pub fn new(serial_number: &str, product_name: &str, place: usize, format: Format) -> Self {
        let start = start(serial_number);
        let slug = slug(product_name);
        let ending = format.extension();
        RenditionName(if slug.is_empty() {
            format!("{start}{place}.{ending}")
        } else {
            format!("{start}{slug}-{place}.{ending}")
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

/// How the names of a serial number's renditions begin, up to the slug.
///
/// Where the serial number ends is plain in each, as slugs hold no `--`: it is at `--` or else at
/// the first `-`. Only what has a hash holds a `_` and no `--`.
fn start(serial_number: &str) -> String {
    if stands_as_it_is(serial_number) {
        format!("{serial_number}-")
    } else if stands_written_small(serial_number) {
        format!("{}--", serial_number.to_ascii_lowercase())
    } else {
        let hash = blake3::hash(serial_number.as_bytes()).to_hex();
        let readable: String =
            slug(serial_number).chars().take(SERIAL_CHARS).filter(|c| *c != '-').collect();
        let readable = if readable.is_empty() { "n".to_owned() } else { readable };
        format!("{readable}_{}-", &hash.as_str()[..12])
    }
}

fn stands_as_it_is(serial_number: &str) -> bool {
    let is_plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.');
    (1..=SERIAL_CHARS).contains(&serial_number.len())
        && !serial_number.starts_with('.')
        && serial_number.chars().all(is_plain)
}

fn stands_written_small(serial_number: &str) -> bool {
    const MARKS: [char; 3] = ['.', '_', '-'];
    let is_plain = |c: char| matches!(c, 'A'..='Z' | '0'..='9') || MARKS.contains(&c);
    (1..=SERIAL_CHARS).contains(&serial_number.len())
        && !serial_number.starts_with(MARKS)
        && !serial_number.ends_with(MARKS)
        && !serial_number.contains("--")
        && serial_number.chars().all(is_plain)
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
    use std::collections::{HashMap, HashSet};

    use proptest::{collection::vec, prelude::*};

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
    fn a_serial_number_in_capitals_is_written_small_before_two_hyphens() {
        assert_eq!(name("SKU-001", "Blue Mug", 1), "sku-001--blue-mug-1.webp");
        assert_eq!(name("A.7_B", "马克杯", 12), "a.7_b--12.webp");
        assert_eq!(name("17-2", "Mug", 1), "17-2--mug-1.webp");
        assert_eq!(name(&"X".repeat(40), "Mug", 1), format!("{}--mug-1.webp", "x".repeat(40)));
    }

    #[test]
    fn a_serial_number_that_cannot_stand_in_a_name_has_a_hash_behind_it() {
        let long = "X".repeat(41);
        for serial in ["Sku-1", "sku-1", "A--1", "-A", "A-", ".A", "A.", "_A", "A_", "A 1", &long] {
            let name = name(serial, "Mug", 1);
            let (readable, rest) = name.split_once('_').unwrap();
            assert!(readable.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            let (hash, rest) = rest.split_once('-').unwrap();
            assert!(hash.len() == 12 && rest == "mug-1.webp", "{serial}: {name}");
        }
    }

    /// Serial numbers of all classes, those among them that look like another's part of a name.
    fn any_serial() -> impl Strategy<Value = String> {
        let any = prop_oneof!["[aB1._-]{0,5}", "[a1.]{1,4}", "[B1._-]{1,5}", "\\PC{0,6}"];
        (any, 0..4_u8).prop_map(|(serial, disguise)| match disguise {
            0 => start(&serial).trim_end_matches('-').to_uppercase(),
            1 => start(&serial).trim_end_matches('-').to_owned(),
            2 => format!("{}-1", serial.to_uppercase()),
            _ => serial,
        })
    }

    proptest! {
        #[test]
        fn no_two_images_of_a_sheet_share_a_name(
            images in vec((any_serial(), "([aB1-]{0,4}|\\PC{0,4})", 1..30_usize), 2..30),
        ) {
            let mut whose = HashMap::new();
            for (serial, product, place) in &images {
                let made = RenditionName::new(serial, product, *place, Format::Webp);
                prop_assert_eq!(made.as_str().parse(), Ok(made.clone()));
                let image = (serial, place);
                let first = *whose.entry(made.to_string()).or_insert(image);
                prop_assert_eq!(first, image, "{}", made);
            }
        }
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
