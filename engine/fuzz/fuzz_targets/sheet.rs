//! Whatever bytes come as a sheet, nothing breaks, and what is faultless is so in every way.
//!
//! Run it with `cargo +nightly fuzz run sheet`, in `engine`.

#![no_main]

use std::{convert::Infallible, io::Write};

use libfuzzer_sys::fuzz_target;
use pixmill_engine::sheet::{
    ErrorsColumn, Limits, Links, Options, RowResult, Sheet, SheetError, Summary, write_results,
};

/// What makes a sheet of most bytes; the last one makes the first bytes count.
const HEADS: [&str; 4] = [
    "S. No.,Product Name,Input Image Urls\n",
    "sno;product;image urls;Output Image Urls;Errors\r\n",
    "\u{feff}sep=\t\rquality\tsno\tproduct\timage urls\tformat\tx\r",
    "",
];

fuzz_target!(|input: &[u8]| {
    let Some((&first, bytes)) = input.split_first() else { return };
    let head = HEADS[usize::from(first) % HEADS.len()];
    let links = if first & 0x80 == 0 { Links::Web } else { Links::WebAndFiles };
    let limits = Limits { max_row_bytes: 2_000, max_cell_bytes: 1_000, ..Limits::default() };
    let options = Options { limits, links };
    let Some((mut sheet, summary)) = faultless(&[head.as_bytes(), bytes].concat(), options) else {
        return;
    };
    let products: Result<Vec<_>, _> = sheet.products().unwrap().collect();
    let products = products.unwrap();
    assert_eq!(products.len() as u64, summary.products);
    assert_eq!(products.iter().map(|p| p.images.len() as u64).sum::<u64>(), summary.images);

    let rows = products.iter().map(|product| {
        let outputs = vec![Some("x.webp".to_owned()); product.images.len()];
        Ok::<_, Infallible>(RowResult { outputs, errors: vec![(1, "=cut off".to_owned())] })
    });
    let mut results = Vec::new();
    write_results(&mut sheet, ErrorsColumn::Present, rows, &mut results).unwrap();
    // The added columns may have made the rows longer than they may be here.
    let (_, again) = faultless(&results, Options { links, ..Options::default() }).unwrap();
    assert_eq!(again, summary);
});

/// The sheet in these bytes and what is in it; `None` where it has faults.
fn faultless(bytes: &[u8], options: Options) -> Option<(Sheet, Summary)> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let checked = Sheet::open(file, options).and_then(|mut sheet| {
        let summary = sheet.check()?;
        Ok((sheet, summary))
    });
    match checked {
        Ok(checked) => Some(checked),
        Err(SheetError::Faults(faults)) => {
            assert!(!faults.is_empty());
            None
        }
        Err(SheetError::Io(error)) => panic!("{error}"),
    }
}
