//! Every kind of fault, told at its place.

use std::collections::HashSet;

use pixmill_engine::sheet::{FaultCode, Limits, Links, Options};

use super::{faults, in_short};

const HEAD: &str = "S. No.,Product Name,Input Image Urls\n";
const URLS: &str = "Input Image Urls";

/// Small limits, so that small sheets reach them; files may be named.
fn strict() -> Options {
    let limits = Limits {
        max_rows: 4,
        max_bytes: 5_000,
        max_row_bytes: 2_000,
        max_cell_bytes: 1_000,
        max_url_bytes: 50,
        max_images_per_row: 3,
    };
    Options { limits, links: Links::WebAndFiles }
}

/// Sheets and what is wrong in them.
fn cases() -> Vec<(Vec<u8>, Vec<String>)> {
    let under = |rows: &str| format!("{HEAD}{rows}").into_bytes();
    let at = |fault: &str| vec![fault.replace("URLS", URLS)];
    let long = |count| "x".repeat(count);
    vec![
        (vec![], at("1:empty_file")),
        (b"\xEF\xBB\xBF".to_vec(), at("1:empty_file")),
        (b"\xFF\xFE".to_vec(), at("1:empty_file")),
        (b"\r\n  \n,,,\n".to_vec(), at("1:empty_file")),
        (vec![b'a'; 5_001], at("1:too_large")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), at("1:not_csv")),
        (b"<!doctype html><p>a, b".to_vec(), at("1:not_csv")),
        (b"\x01\x02\x03".to_vec(), at("1:not_csv")),
        (b"Serial no;PRODUCT\n1;a\n".to_vec(), at("1:Input Image Urls:missing_column")),
        (
            b"sno,sno,product,image_urls,Product Name\n1,1,a,http://a,a\n".to_vec(),
            vec!["1:sno:duplicate_column".into(), "1:Product Name:duplicate_column".into()],
        ),
        (HEAD.into(), at("1:no_products")),
        (
            b"\nsep no,product,sno,url\n".to_vec(),
            vec!["2:Input Image Urls:missing_column".into(), "2:no_products".into()],
        ),
        (
            under(&(1..=6).map(|n| format!("{n},a,http://a\n")).collect::<String>()),
            at("6:too_many_rows"),
        ),
        (under("1,a,http://a,http://b\n"), at("2:URLS:ragged_row")),
        (under("1,a,\"http://a\",b,\n2,b\n"), vec!["2:ragged_row".into(), "3:ragged_row".into()]),
        (under("1,a,http://a\n2,\"b,http://a\n3,c,http://a\n"), at("3:unterminated_quote")),
        (under(&format!("1,{},http://a\n", long(2_001))), at("2:row_too_long")),
        (under(&format!("1,{},http://a\n", long(1_001))), at("2:Product Name:cell_too_long")),
        (
            [b"\xEF\xBB\xBF", HEAD.as_bytes(), b"1,\xE9,http://a\n"].concat(),
            at("2:Product Name:unreadable_text"),
        ),
        (under("1,\"a\nb\0\",http://a\n"), at("3:Product Name:nul_byte")),
        (b"sno,product,image urls,\0\n1,a,http://a,\n".to_vec(), at("1:nul_byte")),
        (
            under(" ,a,http://a\n2,,http://a\n"),
            vec!["2:S. No.:missing_field".into(), "3:Product Name:missing_field".into()],
        ),
        (under("1,a,http://a\n 1 ,b,http://a\n"), at("3:S. No.:duplicate_serial_number")),
        (under("1,a,\n"), at("2:URLS:no_url")),
        (under("1,a,\" ,\n,\"\n"), at("2:URLS:no_url")),
        (under("1,a,\"http://a,\nftp://b\"\n"), at("3:URLS:not_http_url")),
        (under("1,a,http://me:pass@a/x.jpg\n"), at("2:URLS:url_credentials")),
        (under(&format!("1,a,http://a/{}\n", long(42))), at("2:URLS:url_too_long")),
        (
            under("1,a,\"http://a\nhttp://b\nhttp://c\nhttp://d\nhttp://e\"\n"),
            at("5:URLS:too_many_images"),
        ),
        (under("1,a,../x.jpg\n"), at("2:URLS:file_outside")),
        (
            b"sno,product,image urls,Format,quality,MaxWidth,Max Height\n1,a,http://a,heic,0,2x,-1\n"
                .to_vec(),
            ["Format", "quality", "MaxWidth", "Max Height"]
                .map(|column| format!("2:{column}:bad_recipe"))
                .into(),
        ),
        (
            b"sno,product,image urls,Output Image Urls\n1,a,http://a,\"x,y\"\n".to_vec(),
            at("2:Output Image Urls:too_many_outputs"),
        ),
        (
            b"sno,product,image urls,Output Image Urls\n1,a,http://a,=x\n".to_vec(),
            at("2:Output Image Urls:bad_output"),
        ),
    ]
}

#[test]
fn every_fault_is_told_at_its_line_and_column() {
    for (sheet, wanted) in cases() {
        let text = String::from_utf8_lossy(&sheet).chars().take(200).collect::<String>();
        assert_eq!(in_short(&faults(&sheet, strict())), wanted, "{text:?}");
    }
}

#[test]
fn every_code_there_is_has_a_sheet_that_shows_it() {
    let shown: HashSet<String> = cases()
        .into_iter()
        .flat_map(|case| case.1)
        .filter_map(|fault| fault.rsplit(':').next().map(str::to_owned))
        .collect();
    for code in FaultCode::ALL {
        assert!(shown.contains(code.name()), "{code}");
    }
}

#[test]
fn every_message_is_a_sentence() {
    for (sheet, _) in cases() {
        for fault in faults(&sheet, strict()).listed {
            let is_sentence = fault.message.ends_with('.')
                && fault.message.starts_with(|char: char| char.is_uppercase() || char == '`');
            assert!(is_sentence, "{fault}");
        }
    }
}

#[test]
fn the_faults_of_a_sheet_that_lacks_a_column_come_with_those_of_its_rows() {
    let found = faults("S. No.,Product Name\n1,\n1,b\n", Options::default());
    assert_eq!(
        in_short(&found),
        [
            "1:Input Image Urls:missing_column",
            "2:Product Name:missing_field",
            "3:S. No.:duplicate_serial_number"
        ]
    );
}

#[test]
fn a_duplicate_serial_number_names_the_first_line() {
    let found = faults(format!("{HEAD}7,a,http://a\n8,b,http://a\n7,c,http://a\n"), strict());
    assert!(found.listed[0].message.contains("`7` is on line 2"), "{found}");
}

#[test]
fn a_file_that_is_no_csv_is_told_what_it_is() {
    let found = faults(b"PK\x03\x04\0\0\0\0\0\0", Options::default());
    assert!(found.listed[0].message.contains("an Excel workbook (.xlsx)"), "{found}");
}

#[test]
fn a_hundred_thousand_faulty_rows_list_a_hundred_faults() {
    let rows: String = (0..100_000).map(|n| format!("{n},,ftp://a\n")).collect();
    let found = faults(format!("{HEAD}{rows}"), Options::default());
    assert_eq!((found.listed.len(), found.more), (100, 199_900));
    assert!(found.listed.is_sorted_by_key(|fault| fault.line));
}

#[test]
fn what_people_may_do_is_no_fault() {
    for sheet in [
        format!("{HEAD}1,a,http://a,,,\n"),
        format!("{HEAD}\n\n1,a,http://a\n,,\n   \n"),
        "S. No.,Product Name,Input Image Urls,,\n1,a,http://a\n2,b,http://b,x,y\n".into(),
        format!("{HEAD}1,a,\"http://a\"\n2, \"b\" , \"http://a, http://b\"\n"),
        "sep=;\nsno;product;input_image_urls;format\n1;a;http://a;JPG".into(),
    ] {
        assert_eq!(in_short(&faults(&sheet, strict())), [""; 0], "{sheet}");
    }
}

#[test]
fn files_may_only_be_named_where_the_host_says_so() {
    let sheet = format!("{HEAD}1,a,\"photos/x.jpg,y.jpg\"\n");
    assert_eq!(in_short(&faults(&sheet, strict())), [""; 0]);
    let web = in_short(&faults(&sheet, Options::default()));
    assert_eq!(web, ["2:Input Image Urls:not_http_url", "2:Input Image Urls:not_http_url"]);
}
