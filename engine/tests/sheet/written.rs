//! Any products, written as a sheet in any dialect.
//!
//! The writing here has nothing in common with the engine's own: it is the other tools.

use encoding_rs::WINDOWS_1252;
use pixmill_engine::sheet::{Encoding, LineEnding};
use proptest::{collection::vec, prelude::*, sample::select};

/// A sheet that somebody's tool has written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// How its letters are written as bytes.
    pub(super) encoding: Encoding,
    /// Whether it begins with a byte order mark.
    pub(super) has_bom: bool,
    /// Whether it begins with a `sep=` line.
    pub(super) has_sep_line: bool,
    /// What stands between cells.
    pub(super) delimiter: u8,
    /// What stands between rows.
    pub(super) line_ending: LineEnding,
    /// Which cells are quoted.
    pub(super) quoting: Quoting,
    /// Where the three columns are, and the other ones.
    pub(super) columns: Vec<Column>,
    /// The rows, each with one blank line or more before it, if any.
    pub(super) rows: Vec<(u8, Wanted)>,
}

/// Which cells are quoted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quoting {
    /// Every one.
    All,
    /// Those that need to be.
    Needed,
    /// Those that need to be, and white space stands around the quotes, as by hand.
    Spaced,
}

/// What a column holds.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// Serial numbers, product names or links, with this header.
    Serial(&'static str),
    /// The same for names.
    Name(&'static str),
    /// The same for links.
    Links(&'static str),
    /// Something of the user's own, the same in each row.
    Extra(String, String),
}

/// One product as it is to be read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// The serial number but for its end, which makes it unlike the others.
    pub(super) serial: String,
    /// The product's name.
    pub(super) name: String,
    /// The links and what stands behind each.
    pub(super) links: Vec<(String, &'static str)>,
}

impl Written {
    /// All cells, the header's first.
    pub(super) fn cells(&self) -> Vec<Vec<String>> {
        let header = self.columns.iter().map(|column| match column {
            Column::Serial(header) | Column::Name(header) | Column::Links(header) => {
                (*header).to_owned()
            }
            Column::Extra(header, _) => header.clone(),
        });
        let rows = self.rows.iter().enumerate().map(|(place, (_, row))| {
            let cell = |column: &Column| match column {
                Column::Serial(_) => row.serial_at(place),
                Column::Name(_) => row.name.clone(),
                Column::Links(_) => {
                    row.links.iter().map(|(link, behind)| format!("{link}{behind}")).collect()
                }
                Column::Extra(_, cell) => cell.clone(),
            };
            self.columns.iter().map(cell).collect()
        });
        std::iter::once(header.collect()).chain(rows).collect()
    }

    /// The file's bytes, and the line on which each row begins.
    pub(super) fn bytes(&self) -> (Vec<u8>, Vec<u64>) {
        let end = self.line_ending.as_str();
        let mut text = String::new();
        let mut lines = Vec::new();
        if self.has_sep_line {
            text.push_str(&format!("sep={}{end}", char::from(self.delimiter)));
        }
        for (place, row) in self.cells().iter().enumerate() {
            if place > 0 {
                text.push_str(&end.repeat(self.rows[place - 1].0.into()));
                lines.push(1 + breaks(&text));
            }
            let cells: Vec<String> = row.iter().map(|cell| self.cell(cell)).collect();
            text.push_str(&cells.join(&char::from(self.delimiter).to_string()));
            text.push_str(end);
        }
        (self.encoded(&text), lines)
    }

    fn cell(&self, cell: &str) -> String {
        let special = ['"', '\r', '\n', char::from(self.delimiter)];
        let quoted = format!("\"{}\"", cell.replace('"', "\"\""));
        match (self.quoting, cell.contains(special)) {
            (Quoting::All, _) | (Quoting::Needed, true) => quoted,
            (Quoting::Spaced, true) => format!("  {quoted} "),
            (Quoting::Needed | Quoting::Spaced, false) => cell.to_owned(),
        }
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        let mark = if self.has_bom { "\u{feff}" } else { "" };
        let text = format!("{mark}{text}");
        match self.encoding {
            Encoding::Utf8 => text.into_bytes(),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Windows1252 => WINDOWS_1252.encode(&text).0.into_owned(),
        }
    }
}

impl Wanted {
    /// The serial number of the row at that place.
    pub(super) fn serial_at(&self, place: usize) -> String {
        format!("{}{place}", self.serial)
    }
}

/// How many line ends of any kind there are.
fn breaks(text: &str) -> u64 {
    text.replace("\r\n", "\n").matches(['\r', '\n']).count() as u64
}

/// Any sheet that any tool may have written.
pub(super) fn any_written() -> impl Strategy<Value = Written> {
    let encodings =
        [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252].to_vec();
    select(encodings).prop_flat_map(|encoding| {
        let endings = [LineEnding::Lf, LineEnding::CrLf, LineEnding::Cr].to_vec();
        let quotings = [Quoting::All, Quoting::Needed, Quoting::Spaced].to_vec();
        let dialect = (
            any::<bool>(),
            any::<bool>(),
            select(vec![b',', b';', b'\t']),
            select(endings),
            select(quotings),
        );
        let rows = vec((0..3_u8, any_wanted(encoding)), 1..8);
        (dialect, any_columns(encoding), rows).prop_map(
            move |((has_bom, has_sep_line, delimiter, line_ending, quoting), columns, rows)| {
                let has_bom = has_bom && encoding != Encoding::Windows1252;
                Written {
                    encoding,
                    has_bom,
                    has_sep_line,
                    delimiter,
                    line_ending,
                    quoting,
                    columns,
                    rows,
                }
            },
        )
    })
}

fn any_columns(encoding: Encoding) -> impl Strategy<Value = Vec<Column>> {
    let serial = select(vec!["S. No.", "s no", "Serial Number", "SERIAL_NO"]);
    let name = select(vec!["Product Name", " product ", "product.name"]);
    let links = select(vec!["Input Image Urls", "image urls", "Input\nImage URL"]);
    let extra = (any_text(encoding), any_text(encoding))
        .prop_map(|(header, cell)| Column::Extra(format!("x{header}"), cell));
    (serial, name, links, vec(extra, 0..3)).prop_flat_map(|(serial, name, links, mut columns)| {
        columns.extend([Column::Serial(serial), Column::Name(name), Column::Links(links)]);
        Just(columns).prop_shuffle()
    })
}

fn any_wanted(encoding: Encoding) -> impl Strategy<Value = Wanted> {
    let link =
        "https?://[a-z]{1,9}\\.example/[a-zA-Z0-9_,./-]{0,20}[a-z](\\?[a-z]=[a-z0-9,]{0,9}[a-z])?";
    let behind = select(vec![",", ", ", "\n", ",\r\n", " , ,\n\n"]);
    (any_text(encoding), any_text(encoding), vec((link, behind), 1..5)).prop_map(
        |(serial, name, mut links)| {
            if let Some(last) = links.last_mut() {
                last.1 = last.1.trim_start_matches(|char| char != '\n');
            }
            let name = format!("n{name}").trim().to_owned();
            Wanted { serial: serial.trim_start().to_owned(), name, links }
        },
    )
}

/// Letters that the encoding has, with those among them that mean something in a sheet.
fn any_text(encoding: Encoding) -> impl Strategy<Value = String> {
    let plain = "[ -~\\r\\n\\t\",;'=+@-]{0,12}";
    match encoding {
        Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => {
            prop_oneof![plain.boxed(), "[^\\x00\\u{FEFF}\\u{FFFD}]{0,8}".boxed()].boxed()
        }
        Encoding::Windows1252 => {
            prop_oneof![plain, "[ -~\u{a0}-\u{ff}\u{20ac}\u{201c}\u{201d}\u{2013}]{0,8}"].boxed()
        }
    }
}
