//! Whatever tool wrote a sheet, it is read right; whatever bytes come, nothing breaks.

use std::convert::Infallible;

use pixmill_engine::{
    model::{Image, ImageState, Link, Product},
    sheet::{Encoding, ErrorsColumn, Links, Options, RowResult, Sheet, SheetError, write_results},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use url::Url;

use super::{
    file_of, open,
    written::{Written, any_written},
};

/// What is to be read from the sheet, all of it waiting.
fn wanted(sheet: &Written, lines: &[u64]) -> Vec<Product> {
    let product = |(place, (_, row)): (usize, &(u8, super::written::Wanted))| Product {
        line: lines[place],
        serial_number: row.serial_at(place),
        product_name: row.name.clone(),
        images: row
            .links
            .iter()
            .map(|(link, _)| Image::new(Link::Web(Url::parse(link).unwrap()), ImageState::Waiting))
            .collect(),
        recipe_change: Default::default(),
    };
    sheet.rows.iter().enumerate().map(product).collect()
}

/// Windows-1252 that is UTF-8 by chance cannot be told from UTF-8.
fn is_ambiguous(sheet: &Written, bytes: &[u8]) -> bool {
    sheet.encoding == Encoding::Windows1252 && std::str::from_utf8(bytes).is_ok()
}

/// The cells of a results sheet, as another reader sees them.
fn cells_of(results: &[u8], sheet: &Written) -> Vec<Vec<String>> {
    let text = results.strip_prefix("\u{feff}".as_bytes()).unwrap_or(results);
    let end = sheet.line_ending.as_str();
    let sep_line = format!("sep={}{end}", char::from(sheet.delimiter));
    let text = if sheet.has_sep_line { &text[sep_line.len()..] } else { text };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(sheet.delimiter).has_headers(false).from_reader(text);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What an earlier run made of image `place`: every third one failed.
fn outcome(place: usize) -> Option<String> {
    (place % 3 != 1).then(|| format!("images/{place}.webp"))
}

proptest! {
    #[test]
    fn any_products_written_in_any_dialect_are_read_back_equal(sheet in any_written()) {
        let (bytes, lines) = sheet.bytes();
        prop_assume!(!is_ambiguous(&sheet, &bytes));
        let mut opened = open(&bytes);
        let dialect = opened.dialect();
        prop_assert_eq!(dialect.delimiter, sheet.delimiter);
        prop_assert_eq!(dialect.line_ending, sheet.line_ending);
        prop_assert_eq!(dialect.has_bom, sheet.has_bom);
        prop_assert_eq!(dialect.has_sep_line, sheet.has_sep_line);
        let read: Vec<_> = opened.products().unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read, wanted(&sheet, &lines));
    }

    #[test]
    fn results_of_any_sheet_hold_its_cells_unchanged_and_are_a_sheet_again(sheet in any_written()) {
        let (bytes, _) = sheet.bytes();
        prop_assume!(!is_ambiguous(&sheet, &bytes));
        let rows = sheet.rows.iter().map(|(_, row)| {
            let outputs = (0..row.links.len()).map(outcome).collect();
            let errors = if row.links.len() > 1 { vec![(2, "HTTP 404".into())] } else { vec![] };
            Ok::<_, Infallible>(RowResult { outputs, errors })
        });
        let mut results = Vec::new();
        write_results(&mut open(&bytes), ErrorsColumn::Present, rows, &mut results).unwrap();

        let width = sheet.columns.len();
        let mut cells = cells_of(&results, &sheet);
        cells.iter_mut().for_each(|row| row.truncate(width));
        prop_assert_eq!(cells, sheet.cells());

        let again: Vec<_> = open(&results).products().unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(again.len(), sheet.rows.len());
        for (product, (_, row)) in again.iter().zip(&sheet.rows) {
            prop_assert_eq!(&product.product_name, &row.name);
            prop_assert_eq!(product.images.len(), row.links.len());
            for (place, image) in product.images.iter().enumerate() {
                let state = outcome(place)
                    .map_or(ImageState::Waiting, |output| ImageState::Kept { output });
                prop_assert_eq!(&image.state, &state);
            }
        }

        let rows = again.iter().map(|product| {
            let kept = |image: &Image| match &image.state {
                ImageState::Kept { output } => Some(output.clone()),
                ImageState::Waiting | ImageState::Done(_) | ImageState::Failed(_) => None,
            };
            let outputs: Vec<_> = product.images.iter().map(kept).collect();
            let errors = if outputs.len() > 1 { vec![(2, "HTTP 404".into())] } else { vec![] };
            Ok::<_, Infallible>(RowResult { outputs, errors })
        });
        let mut twice = Vec::new();
        write_results(&mut open(&results), ErrorsColumn::Absent, rows, &mut twice).unwrap();
        prop_assert_eq!(twice, results);
    }

    #[test]
    fn no_bytes_break_a_reader(bytes in vec(any::<u8>(), 0..600)) {
        read_all(&bytes);
    }

    #[test]
    fn no_text_breaks_a_reader(
        text in "(sep=[,;]\n)?S\\. No\\.,Product,Image Urls(,Output Image Urls)?[\r\n]\
                 ([0-9]{0,2}[,;]([a-z\" =,;\r\n\0\u{e9}]|https?://|file:|\\.\\./|@){0,12}[\r\n]){0,9}",
    ) {
        read_all(text.as_bytes());
    }

    #[test]
    fn no_damage_to_a_sheet_breaks_a_reader(
        sheet in any_written(),
        damages in vec((any::<Index>(), 0..9_usize, vec(any::<u8>(), 0..4)), 1..5),
    ) {
        let (mut bytes, _) = sheet.bytes();
        for (at, length, with) in damages {
            let at = at.index(bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, with);
        }
        read_all(&bytes);
    }
}

/// Reads the bytes in every way there is; a faultless sheet has to be so in all of them.
fn read_all(bytes: &[u8]) {
    for links in [Links::Web, Links::WebAndFiles] {
        let options = Options { links, ..Options::default() };
        let mut sheet = match Sheet::open(file_of(bytes), options) {
            Ok(sheet) => sheet,
            Err(SheetError::Faults(faults)) => {
                assert!(!faults.is_empty());
                continue;
            }
            Err(SheetError::Io(error)) => panic!("{error}"),
        };
        let checked = sheet.check();
        let products: Result<Vec<_>, _> = sheet.products().unwrap().collect();
        let Ok(summary) = checked else { continue };
        let products = products.unwrap();
        assert_eq!(products.len() as u64, summary.products);
        assert_eq!(products.iter().map(|p| p.images.len() as u64).sum::<u64>(), summary.images);
        let rows = products.iter().map(|product| {
            let outputs = vec![Some("images/x.webp".to_owned()); product.images.len()];
            Ok::<_, Infallible>(RowResult { outputs, errors: Vec::new() })
        });
        let mut results = Vec::new();
        write_results(&mut sheet, ErrorsColumn::Absent, rows, &mut results).unwrap();
        let mut again = Sheet::open(file_of(&results), options).unwrap();
        assert_eq!(again.check().unwrap(), summary);
    }
}
