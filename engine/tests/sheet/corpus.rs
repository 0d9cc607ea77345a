//! The shared sheets, each with what is to come of it.

use std::{fs, path::Path};

use pixmill_engine::sheet::{Encoding, FaultCode, Options, Sheet};

use super::{faults, in_short, open, products};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/sheets");

/// The bytes of a shared sheet; `None`, and a word about it, where it is not here.
fn shared(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(FOLDER).join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not here", path.display());
        return None;
    }
    Some(fs::read(path).unwrap())
}

/// Products and images of each good sheet.
const GOOD: &[(&str, u64, u64)] = &[
    ("duplicate-urls.csv", 2, 6),
    ("excel-sep-line.csv", 10, 20),
    ("formula-injection.csv", 4, 4),
    ("header-variants.csv", 1, 1),
    ("newline-separated-urls.csv", 1, 3),
    ("shop-100-bom.csv", 40, 100),
    ("shop-100-semicolon.csv", 40, 100),
    ("shop-100.csv", 40, 100),
    ("urls-with-commas-in-query.csv", 1, 2),
    ("utf16le-bom.csv", 22, 44),
    ("windows-1252.csv", 20, 40),
];

/// The faults of each bad sheet.
const BAD: &[(&str, &[&str])] = &[
    (
        "bad-urls.csv",
        &[
            "2:Input Image Urls:not_http_url",
            "3:Input Image Urls:not_http_url",
            "4:Input Image Urls:not_http_url",
            "7:Input Image Urls:not_http_url",
            "9:Input Image Urls:not_http_url",
            "10:ragged_row",
            "11:Input Image Urls:not_http_url",
            "12:Input Image Urls:url_credentials",
        ],
    ),
    ("duplicate-serials.csv", &["3:S. No.:duplicate_serial_number"]),
    ("missing-column.csv", &["1:Input Image Urls:missing_column"]),
    ("ragged-rows.csv", &["2:ragged_row", "3:ragged_row", "4:ragged_row"]),
    ("unterminated-quote.csv", &["2:unterminated_quote"]),
    ("xlsx-as.csv", &["1:not_csv"]),
];

#[test]
fn every_good_sheet_is_read_whole() {
    for &(name, wanted_products, wanted_images) in GOOD {
        let Some(bytes) = shared(name) else { return };
        let summary = open(&bytes).check().unwrap();
        assert_eq!((summary.products, summary.images), (wanted_products, wanted_images), "{name}");
        assert_eq!(products(&bytes).len() as u64, wanted_products, "{name}");
    }
}

#[test]
fn every_bad_sheet_is_refused_with_all_its_faults() {
    for &(name, wanted) in BAD {
        let Some(bytes) = shared(name) else { return };
        assert_eq!(in_short(&faults(&bytes, Options::default())), wanted, "{name}");
    }
    let Some(bytes) = shared("urls-unquoted-spill.csv") else { return };
    let spilled = faults(&bytes, Options::default());
    assert!(spilled.listed.iter().all(|fault| fault.code == FaultCode::RaggedRow));
    assert!(spilled.listed.iter().all(|fault| fault.message.contains("in quotes")));
}

#[test]
fn every_shared_sheet_has_its_outcome_here() {
    if shared("shop-100.csv").is_none() {
        return;
    }
    for entry in fs::read_dir(FOLDER).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_named = name == "urls-unquoted-spill.csv"
            || GOOD.iter().any(|good| good.0 == name)
            || BAD.iter().any(|bad| bad.0 == name);
        assert!(is_named || !name.ends_with(".csv"), "{name}");
    }
}

#[test]
fn letters_are_read_in_the_encoding_of_the_file() {
    for (name, encoding) in
        [("windows-1252.csv", Encoding::Windows1252), ("utf16le-bom.csv", Encoding::Utf16Le)]
    {
        let Some(bytes) = shared(name) else { return };
        let sheet = Sheet::open(super::file_of(&bytes), Options::default()).unwrap();
        assert_eq!(sheet.dialect().encoding, encoding);
        let first = &products(&bytes)[0].product_name;
        assert!(first.starts_with("Caf\u{e9} Cr\u{e8}me"), "{first}");
    }
}
