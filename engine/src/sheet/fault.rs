//! What is wrong at a line and column of a sheet.
//!
//! Faults are values and come together: a sheet is refused whole, with all that is wrong in it.

use std::fmt;

/// What is wrong at one place of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The physical line of the file, counted from 1: where the faulty thing itself begins, which
    /// is below the start of its row where a cell holds line breaks.
    pub line: u64,
    /// The column's header as the sheet spells it, trimmed; the expected one where it is missing.
    pub column: Option<String>,
    /// What kind of fault it is, for programs.
    pub code: FaultCode,
    /// The same in a sentence or two that a shop owner understands, and what to do about it.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, {column}: {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}

/// All that is wrong in a sheet: the first faults, and how many more there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first [`Faults::LISTED`] faults, in order of line.
    pub listed: Vec<Fault>,
    /// How many there are besides those listed.
    pub more: u64,
}

impl Faults {
    /// How many faults are listed at most.
    pub const LISTED: usize = 100;

    /// How many faults there are, listed or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.listed.len() as u64 + self.more
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// Adds a fault, which is only made where it is listed: a million of them cost no memory.
    pub(super) fn add(&mut self, fault: impl FnOnce() -> Fault) {
        if self.listed.len() < Self::LISTED {
            self.listed.push(fault());
        } else {
            self.more += 1;
        }
    }

    /// Gives `value` where nothing is wrong, else the faults in order of line.
    pub(super) fn or<T>(mut self, value: T) -> Result<T, Faults> {
        if self.is_empty() {
            return Ok(value);
        }
        self.sort();
        Err(self)
    }

    /// Puts the listed faults in order of line.
    pub(super) fn sort(&mut self) {
        self.listed.sort_by_key(|fault| fault.line);
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Faults { listed: vec![fault], more: 0 }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.listed.first(), self.count()) {
            (None, _) => f.write_str("the sheet has no faults"),
            (Some(first), 1) => first.fmt(f),
            (Some(first), count) => write!(f, "the sheet has {count} faults; the first: {first}"),
        }
    }
}

macro_rules! fault_codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// The stable names of all faults: this is the one table of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultCode {
            $($(#[doc = $doc])* $variant,)*
        }

        impl FaultCode {
            /// Every code there is.
            pub const ALL: &'static [FaultCode] = &[$(FaultCode::$variant,)*];

            /// The code as it is sent.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(FaultCode::$variant => $name,)* }
            }
        }
    };
}

fault_codes! {
    /// The file has no text in it.
    EmptyFile = "empty_file",
    /// The file has more bytes than is allowed.
    TooLarge = "too_large",
    /// The file is something else than a CSV, such as an Excel workbook or a picture.
    NotCsv = "not_csv",
    /// A column that every sheet needs is not in the header.
    MissingColumn = "missing_column",
    /// Two columns of the header mean the same.
    DuplicateColumn = "duplicate_column",
    /// There is a header and no row under it.
    NoProducts = "no_products",
    /// There are more rows than is allowed.
    TooManyRows = "too_many_rows",
    /// A row has more cells or fewer than the header.
    RaggedRow = "ragged_row",
    /// A cell begins with a quote that is never closed.
    UnterminatedQuote = "unterminated_quote",
    /// A row has more bytes than is allowed.
    RowTooLong = "row_too_long",
    /// A cell has more bytes than is allowed.
    CellTooLong = "cell_too_long",
    /// A row holds bytes that are no text in the sheet's encoding.
    UnreadableText = "unreadable_text",
    /// A cell holds a NUL byte.
    NulByte = "nul_byte",
    /// A cell that every row needs is empty.
    MissingField = "missing_field",
    /// Two rows have the same serial number.
    DuplicateSerialNumber = "duplicate_serial_number",
    /// A row names no image.
    NoUrl = "no_url",
    /// A link is not an http or https address.
    NotHttpUrl = "not_http_url",
    /// A link holds a user's name or password.
    UrlCredentials = "url_credentials",
    /// A link has more bytes than is allowed.
    UrlTooLong = "url_too_long",
    /// A row names more images than is allowed.
    TooManyImages = "too_many_images",
    /// A file lies, or may lie, outside the sheet's folder.
    FileOutside = "file_outside",
    /// A format, quality or size is not one that a recipe can have.
    BadRecipe = "bad_recipe",
    /// There are more output links than input links.
    TooManyOutputs = "too_many_outputs",
    /// An output link is nothing that was ever written by us.
    BadOutput = "bad_output",
}

impl fmt::Display for FaultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What somebody wrote in a cell, short enough for a message and without its secrets.
///
/// A user's name and password and the query of a link are left out: faults are logged and shown to
/// others than those who wrote the sheet.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown = String::new();
    let (mut rest, mut is_cut) = (text, false);
    if let Some((scheme, _)) = text.split_once(':') {
        let query = text.find('?').unwrap_or(text.len());
        is_cut = query < text.len();
        rest = match text.rfind('@') {
            None => &text[..query],
            Some(at) if at < query => {
                shown = format!("{scheme}:...@");
                &text[at + 1..query]
            }
            // A password may hold a question mark, and a query somebody's address.
            Some(_) => {
                shown = format!("{scheme}:");
                ""
            }
        };
    }
    for (count, char) in rest.chars().enumerate() {
        if count == LONGEST {
            is_cut = true;
            break;
        }
        shown.push(if char.is_control() { ' ' } else { char });
    }
    if is_cut {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_snake_case_word_and_no_two_are_the_same() {
        let mut names: Vec<_> = FaultCode::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|n| n.bytes().all(|b| b == b'_' || b.is_ascii_lowercase())));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FaultCode::ALL.len());
    }

    #[test]
    fn a_message_shows_no_password_and_no_query() {
        assert_eq!(shown("ftp://me:secret@host/x.jpg"), "ftp:...@host/x.jpg");
        assert_eq!(shown("ftp://host/x.jpg?key=secret"), "ftp://host/x.jpg...");
        assert_eq!(shown("http://me:secret?too@host/x"), "http:...");
        assert_eq!(shown("http://me:secret@too?secret@host/x"), "http:...");
        assert_eq!(shown("http:me:secret@host/x?secret"), "http:...@host/x...");
        assert_eq!(shown("http://a/x?mail=me@host&key=secret"), "http:...");
        assert_eq!(shown("what? no link"), "what? no link");
        assert_eq!(shown("shoe@2x.jpg"), "shoe@2x.jpg");
        assert_eq!(shown("a\tb\0c"), "a b c");
        assert_eq!(shown(&"é".repeat(90)), format!("{}...", "é".repeat(80)));
    }

    #[test]
    fn only_the_first_faults_are_listed_and_the_others_counted() {
        let mut faults = Faults::default();
        let fault = Fault { line: 1, column: None, code: FaultCode::NoUrl, message: "x".into() };
        for _ in 0..250 {
            faults.add(|| fault.clone());
        }
        assert_eq!((faults.listed.len(), faults.more, faults.count()), (100, 150, 250));
    }
}
