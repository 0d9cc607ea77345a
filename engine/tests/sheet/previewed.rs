//! Sheets as they are shown before they are handed in, and written back with their faults.

use pixmill_engine::sheet::{FaultCode, Options, Preview, SheetError, preview, write_marked};

use super::file_of;

const HEADER: &str = "S. No.,Product Name,Input Image Urls\n";

fn shown(sheet: &str) -> Preview {
    preview(file_of(sheet), Options::default()).unwrap()
}

fn marked(sheet: &str) -> String {
    let mut out = Vec::new();
    write_marked(file_of(sheet), Options::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn good_rows(count: usize) -> String {
    (1..=count).map(|row| format!("{row},Mug,https://shop.example/{row}.jpg\n")).collect()
}

#[test]
fn the_first_rows_of_a_good_sheet_are_shown() {
    let preview = shown(&format!("{HEADER}{}", good_rows(200)));
    assert_eq!(preview.columns, ["S. No.", "Product Name", "Input Image Urls"]);
    assert_eq!((preview.summary.products, preview.summary.images), (200, 200));
    assert!(preview.faults.is_empty());
    assert_eq!(preview.rows.len(), 50);
    assert_eq!(preview.rows[49].line, 51);
    assert_eq!(preview.rows[49].cells, ["50", "Mug", "https://shop.example/50.jpg"]);
    assert!(preview.rows.iter().all(|row| !row.is_after_gap));
}

#[test]
fn of_a_faulty_sheet_the_rows_with_faults_are_shown() {
    let sheet = format!("{HEADER}{}998,,\n999,\"Two\nlines\",ftp://x\n", good_rows(100));
    let preview = shown(&sheet);
    let places: Vec<_> = preview.rows.iter().map(|row| (row.line, row.is_after_gap)).collect();
    assert_eq!(places, [(102, true), (103, false)]);
    let codes: Vec<_> = preview.faults.listed.iter().map(|f| (f.line, f.code)).collect();
    let expected =
        [(102, FaultCode::MissingField), (102, FaultCode::NoUrl), (104, FaultCode::NotHttpUrl)];
    assert_eq!(codes, expected);
}

#[test]
fn a_sheet_that_lacks_a_column_is_shown_with_those_it_has() {
    let preview = shown("S. No.,Title,Input Image Urls\n1,Mug,https://a.example/1.jpg\n");
    assert_eq!(preview.columns, ["S. No.", "Title", "Input Image Urls"]);
    assert_eq!(preview.faults.listed[0].code, FaultCode::MissingColumn);
}

#[test]
fn what_is_no_sheet_is_shown_as_its_fault_alone() {
    let preview = shown("");
    assert_eq!((preview.columns.len(), preview.rows.len()), (0, 0));
    assert_eq!(preview.faults.listed[0].code, FaultCode::EmptyFile);
}

#[test]
fn a_long_cell_is_cut_between_characters() {
    let preview = shown(&format!("{HEADER}1,{},https://a.example/1.jpg\n", "ä".repeat(900)));
    assert_eq!(preview.rows[0].cells[1].chars().count(), 401);
}

#[test]
fn faults_are_written_before_their_rows() {
    let sheet = format!("{HEADER}1,Mug,https://a.example/1.jpg\n1,,ftp://a.example/x\n");
    let lines: Vec<String> = marked(&sheet).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "Faults,S. No.,Product Name,Input Image Urls");
    assert_eq!(lines[1], ",1,Mug,https://a.example/1.jpg");
    assert!(lines[2].contains("S. No.: `1` is on line 2 already"), "{}", lines[2]);
    assert!(lines[2].contains("; Product Name: "), "{}", lines[2]);
    assert!(lines[2].ends_with(",1,,ftp://a.example/x"), "{}", lines[2]);
    assert_eq!(lines.len(), 3);
}

#[test]
fn every_fault_is_written_however_many_there_are() {
    let rows: String = (0..1_000).map(|row| format!("{row},Mug,\n")).collect();
    let marked = marked(&format!("{HEADER}{rows}"));
    assert_eq!(marked.lines().filter(|line| line.contains("Input Image Urls: ")).count(), 1_000);
}

#[test]
fn a_marked_sheet_is_marked_anew_and_not_twice() {
    let sheet = format!("{HEADER}1,,https://a.example/1.jpg\n");
    let once = marked(&sheet);
    assert_eq!(marked(&once), once);
    assert_eq!(shown(&once).faults.count(), 1);
}

#[test]
fn the_dialect_of_a_marked_sheet_stays() {
    let sheet = "\u{FEFF}S. No.;Product Name;Input Image Urls\r\n1;Mug;\r\n";
    let marked = marked(sheet);
    assert!(marked.starts_with("\u{FEFF}Faults;S. No.;Product Name;Input Image Urls\r\n"));
    assert!(marked.ends_with(";1;Mug;\r\n"));
}

#[test]
fn faults_of_the_header_stand_under_it_and_begin_no_formula() {
    let marked = marked("S. No.,S. No,=cmd,Input Image Urls\n1,2,Mug,https://a.example/1.jpg\n");
    let second = marked.lines().nth(1).unwrap();
    assert!(second.contains("line 1"), "{second}");
    assert!(!second.starts_with(['=', '+', '-', '@']));
}

#[test]
fn what_is_no_sheet_cannot_be_marked() {
    let error = write_marked(file_of(""), Options::default(), Vec::new()).unwrap_err();
    assert!(matches!(error, SheetError::Faults(_)));
}
