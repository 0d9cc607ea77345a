//! What comes back: the sheet as it was, and what has become of its images.

use std::convert::Infallible;

use pixmill_engine::{
    model::ImageState,
    sheet::{ErrorsColumn, RowResult, WriteError, write_results},
};

use super::{open, products};

/// A row's result: each output, `-` where there is none, and the errors.
fn result(outputs: &[&str], errors: &[(usize, &str)]) -> RowResult {
    let output = |text: &&str| (*text != "-").then(|| (*text).to_owned());
    RowResult {
        outputs: outputs.iter().map(output).collect(),
        errors: errors.iter().map(|(place, text)| (*place, (*text).to_owned())).collect(),
    }
}

fn written(
    sheet: impl AsRef<[u8]>,
    errors: ErrorsColumn,
    rows: impl IntoIterator<Item = RowResult>,
) -> Result<String, WriteError<Infallible>> {
    let mut out = Vec::new();
    write_results(&mut open(sheet), errors, rows.into_iter().map(Ok), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn columns_order_and_delimiter_come_back_with_one_column_more() {
    let sheet = "sep=;\r\nColour;S. No.;Product;Image Urls\r\n\"a;b\";1;\"say \"\"x\"\"\";\
                 http://a\r\n\r\n=1+1;2;\"c\r\nd\";\"http://a, http://b\"\r\n";
    let rows = [result(&["images/1.webp"], &[]), result(&["-", "http://x/2.webp"], &[])];
    assert_eq!(
        written(sheet, ErrorsColumn::Absent, rows).unwrap(),
        "sep=;\r\nColour;S. No.;Product;Image Urls;Output Image Urls\r\n\"a;b\";1;\
         \"say \"\"x\"\"\";http://a;images/1.webp\r\n=1+1;2;\"c\r\nd\";http://a, http://b;\
         ,http://x/2.webp\r\n"
    );
}

#[test]
fn errors_have_a_column_where_some_image_failed() {
    let sheet = "sno,product,image urls\n1,a,\"http://a,http://b\"\n2,b,http://c\n";
    let rows = [
        result(&["-", "-"], &[(1, "HTTP 404"), (2, "no answer within 60 s")]),
        result(&["x.webp"], &[]),
    ];
    assert_eq!(
        written(sheet, ErrorsColumn::Present, rows).unwrap(),
        "sno,product,image urls,Output Image Urls,Errors\n1,a,\"http://a,http://b\",\",\",\
         1: HTTP 404; 2: no answer within 60 s\n2,b,http://c,x.webp,\n"
    );
}

#[test]
fn columns_of_an_earlier_run_are_filled_in_place() {
    let sheet = "Errors,sno,product,Output Image Urls,image urls,note\n\
                 1: HTTP 404,1,a,,http://a,n\n";
    let rows = [result(&["x.webp"], &[])];
    assert_eq!(
        written(sheet, ErrorsColumn::Absent, rows).unwrap(),
        "Errors,sno,product,Output Image Urls,image urls,note\n,1,a,x.webp,http://a,n\n"
    );
}

#[test]
fn the_errors_of_a_sheet_that_is_handed_in_again_and_again_are_always_the_latest() {
    let sheet = "sno,product,image urls\n1,a,\"http://a,http://b\"\n2,b,http://c\n";
    let rows = [
        result(&["-", "-"], &[(1, "HTTP 404"), (2, "HTTP 503")]),
        result(&["-"], &[(1, "HTTP 410")]),
    ];
    let first = written(sheet, ErrorsColumn::Present, rows).unwrap();
    let rows = [result(&["x.webp", "-"], &[(2, "HTTP 500")]), result(&["y.webp"], &[])];
    let second = written(&first, ErrorsColumn::Present, rows).unwrap();
    assert_eq!(
        second,
        "sno,product,image urls,Output Image Urls,Errors\n1,a,\"http://a,http://b\",\
         \"x.webp,\",2: HTTP 500\n2,b,http://c,y.webp,\n"
    );
    let rows = [result(&["x.webp", "z.webp"], &[]), result(&["y.webp"], &[])];
    assert_eq!(
        written(second, ErrorsColumn::Absent, rows).unwrap(),
        "sno,product,image urls,Output Image Urls,Errors\n1,a,\"http://a,http://b\",\
         \"x.webp,z.webp\",\n2,b,http://c,y.webp,\n"
    );
}

#[test]
fn what_stands_under_errors_is_no_fault_whatever_it_is() {
    let stale = "1: HTTP 404; 2: \"\"quoted\"\", =1+1\r\nand on";
    let sheet = format!("sno,product,image urls,ERRORS\n1,a,http://a,\"{stale}\"\n2,b,http://b,\n");
    assert_eq!(products(&sheet).len(), 2);
    let rows = [result(&["x.webp"], &[]), result(&["-"], &[(1, "HTTP 404")])];
    assert_eq!(
        written(&sheet, ErrorsColumn::Present, rows).unwrap(),
        "sno,product,image urls,ERRORS,Output Image Urls\n1,a,http://a,,x.webp\n\
         2,b,http://b,1: HTTP 404,\n"
    );
}

#[test]
fn a_results_sheet_keeps_what_it_has_and_waits_for_the_rest() {
    let sheet = "sno,product,image urls\n1,a,\"http://a,http://b,http://c\"\n2,b,http://d\n";
    let rows = [result(&["-", "x.webp", "-"], &[(1, "HTTP 404")]), result(&["-"], &[])];
    let again = products(written(sheet, ErrorsColumn::Present, rows).unwrap());
    let states: Vec<_> = again.iter().flat_map(|p| &p.images).map(|i| i.state.clone()).collect();
    let kept = ImageState::Kept { output: "x.webp".into() };
    let waiting = ImageState::Waiting;
    assert_eq!(states, [waiting.clone(), kept, waiting.clone(), waiting]);
}

#[test]
fn a_byte_order_mark_tells_that_the_results_are_utf8() {
    let rows = || [result(&["x.webp"], &[])];
    let text = "sno,product,image urls\n1,\u{e9},http://a\n";
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wanted = "sno,product,image urls,Output Image Urls\n1,\u{e9},http://a,x.webp\n";
    let with_mark = format!("\u{feff}{wanted}");
    assert_eq!(written(text, ErrorsColumn::Absent, rows()).unwrap(), wanted);
    assert_eq!(written(windows, ErrorsColumn::Absent, rows()).unwrap(), with_mark);
    assert_eq!(written(utf16, ErrorsColumn::Absent, rows()).unwrap(), with_mark);
    let marked = format!("\u{feff}{text}");
    assert_eq!(written(marked, ErrorsColumn::Absent, rows()).unwrap(), with_mark);
}

#[test]
fn nothing_that_we_write_begins_a_formula() {
    let sheet = "sno;product;image urls\n1;a;\"http://a,http://b,http://c\"\n";
    let errors = [(1, "got =cmd, \t-1;=x"), (3, "@a\r\n=b")];
    let rows = [result(&["=1+1", "a,=b;+c\r", "-@x"], &errors)];
    assert_eq!(
        written(sheet, ErrorsColumn::Present, rows).unwrap().lines().nth(1).unwrap(),
        "1;a;http://a,http://b,http://c;./=1+1,a%2C=b%3B+c%0D,./-@x;\
         \"1: got =cmd,  '-1;'=x; 3: @a  =b\""
    );
}

#[test]
fn there_has_to_be_one_result_for_each_row() {
    let sheet = "sno,product,image urls\n1,a,http://a\n\n2,b,http://b\n";
    let rows = |count| vec![result(&["x"], &[]); count];
    let errors = ErrorsColumn::Absent;
    assert!(matches!(written(sheet, errors, rows(1)), Err(WriteError::TooFew { line: 4 })));
    assert!(matches!(written(sheet, errors, rows(3)), Err(WriteError::TooMany)));
    assert!(written(sheet, errors, rows(2)).is_ok());
}
