//! Makes a sheet of files, where somebody has images and no sheet.

use std::io::{self, Write};

use super::{
    Dialect, Encoding, LineEnding, Links, Role, cell, cells::Cells, link, write::FORMULA_STARTS,
};
use crate::model::Link;

/// What a cell holds for a file, whose path is relative to the sheet's folder and written with `/`:
/// read again, it is that file and nothing else. `None` where no cell can name it, as when there is
/// a line break in its name.
#[must_use]
pub fn link_to_file(path: &str, max_url_bytes: usize) -> Option<String> {
    let is_read_again = |text: &String| {
        let mut links = cell::split(text);
        let (first, more) = (links.next(), links.next());
        let first = first.map(|(_, text)| link::read(text, Links::WebAndFiles, max_url_bytes));
        let is_same =
            first.and_then(Result::ok).is_some_and(|link| link == Link::File(path.to_owned()));
        is_same && more.is_none() && !text.starts_with(FORMULA_STARTS)
    };
    let ways = [path.to_owned(), format!("./{path}"), format!("<{path}>"), format!("<./{path}>")];
    ways.into_iter().find(is_read_again)
}

/// Writes a sheet with a product for each image: its name, and the link to its file as
/// [`link_to_file`] gives it. The serial numbers count from 1.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write_files<'a>(
    products: impl IntoIterator<Item = (&'a str, &'a str)>,
    out: impl Write,
) -> io::Result<()> {
    let dialect = Dialect {
        encoding: Encoding::Utf8,
        has_bom: false,
        has_sep_line: false,
        delimiter: b',',
        line_ending: LineEnding::Lf,
    };
    let mut cells = Cells::new(out, dialect);
    for role in [Role::SerialNumber, Role::ProductName, Role::InputImageUrls] {
        cells.cell(role.name())?;
    }
    cells.end_row()?;
    for (number, (name, link)) in (1_u64..).zip(products) {
        cells.cell(&number.to_string())?;
        cells.cell(&product_name(name))?;
        cells.cell(link)?;
        cells.end_row()?;
    }
    cells.finish()
}

/// What a product is called after a file: never nothing, and never a formula.
fn product_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let is_idle = |c: char| c.is_whitespace() || FORMULA_STARTS.contains(&c);
    match plain.trim_start_matches(is_idle).trim_end() {
        "" => "Image".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::sheet::{Options, Sheet};

    #[test]
    fn the_name_of_a_file_is_written_so_that_it_is_read_again() {
        let written = |path| link_to_file(path, 100);
        assert_eq!(written("photos/mug.jpg").as_deref(), Some("photos/mug.jpg"));
        assert_eq!(written("mug, blue.jpg").as_deref(), Some("<mug, blue.jpg>"));
        assert_eq!(written("=1.jpg").as_deref(), Some("./=1.jpg"));
        assert_eq!(written("a:b.jpg").as_deref(), Some("./a:b.jpg"));
        assert_eq!(written("http:x.jpg").as_deref(), Some("./http:x.jpg"));
        for path in ["a\nb.jpg", "a\\b.jpg", "../a.jpg", "", &"x".repeat(101)] {
            assert_eq!(written(path), None, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            files in vec(("\\PC{0,6}[=\n]?\\PC{0,4}", "[-=a,. /<>:;?\"']{0,9}(jpg)?"), 1..8),
        ) {
            let links: Vec<_> = files
                .iter()
                .filter_map(|(name, path)| Some((name, path, link_to_file(path, 100)?)))
                .collect();
            prop_assume!(!links.is_empty());
            let mut file = tempfile::tempfile().unwrap();
            let rows = links.iter().map(|(name, _, link)| (name.as_str(), link.as_str()));
            write_files(rows, &mut file).unwrap();
            let options = Options { links: Links::WebAndFiles, ..Options::default() };
            let mut sheet = Sheet::open(file, options).unwrap();
            let products: Vec<_> = sheet.products().unwrap().map(Result::unwrap).collect();
            let read: Vec<_> =
                products.iter().map(|p| p.images.iter().map(|image| image.link.clone()).collect::<Vec<_>>()).collect();
            let expected: Vec<_> =
                links.iter().map(|(_, path, _)| vec![Link::File((*path).clone())]).collect();
            prop_assert_eq!(read, expected);
            prop_assert!(products.iter().all(|p| !p.product_name.starts_with(FORMULA_STARTS)));
        }
    }
}
