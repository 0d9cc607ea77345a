//! A sheet as it is shown before it is handed in, and what is wrong in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::sheet::{Fault, Faults, Preview, PreviewRow};

/// What a sheet holds, and what is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(example = "CheckView::example")]
pub struct CheckView {
    /// How many rows it has.
    pub products: u64,
    /// How many images its good rows name.
    pub images: u64,
    /// The headers of its columns; none where the file is no sheet at all.
    pub header: Vec<String>,
    /// The first rows of a sheet without faults; otherwise those with the listed faults.
    pub rows: Vec<RowView>,
    /// What is wrong in it: the first 100 faults, in order of line.
    pub faults: Vec<FaultView>,
    /// How many faults there are besides those.
    pub more_faults: u64,
}

/// A row of a sheet as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RowView {
    /// The line of the file on which it begins, counted from 1.
    pub line: u64,
    /// Whether rows were left out before this one.
    pub is_after_gap: bool,
    /// The cells, each cut to 400 characters.
    pub cells: Vec<String>,
}

/// What is wrong at a line and column of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Fault")]
pub struct FaultView {
    /// The line of the file, counted from 1.
    pub line: u64,
    /// The header of the column as the sheet spells it; `null` where it is about the whole line.
    pub column: Option<String>,
    /// What kind of fault it is, such as `missing_field`.
    pub code: String,
    /// The same in words, and what to do about it.
    pub message: String,
}

impl FaultView {
    fn new(fault: &Fault) -> Self {
        FaultView {
            line: fault.line,
            column: fault.column.clone(),
            code: fault.code.name().to_owned(),
            message: fault.message.clone(),
        }
    }

    /// The views of the faults that are listed.
    #[must_use]
    pub fn all(faults: &Faults) -> Vec<Self> {
        faults.listed.iter().map(FaultView::new).collect()
    }
}

impl From<Preview> for CheckView {
    fn from(preview: Preview) -> Self {
        let Preview { summary, columns, rows, faults } = preview;
        let row = |row| {
            let PreviewRow { line, is_after_gap, cells } = row;
            RowView { line, is_after_gap, cells }
        };
        CheckView {
            products: summary.products,
            images: summary.images,
            header: columns,
            rows: rows.into_iter().map(row).collect(),
            faults: FaultView::all(&faults),
            more_faults: faults.more,
        }
    }
}

impl CheckView {
    fn example() -> Self {
        let header = ["S. No.", "Product Name", "Input Image Urls"].map(str::to_owned).to_vec();
        let cells = ["2", "Blue Mug", ""].map(str::to_owned).to_vec();
        let fault = FaultView {
            line: 3,
            column: Some("Input Image Urls".to_owned()),
            code: "no_url".to_owned(),
            message: "There is no link: put at least one in this cell.".to_owned(),
        };
        CheckView {
            products: 2,
            images: 1,
            header,
            rows: vec![RowView { line: 3, is_after_gap: true, cells }],
            faults: vec![fault],
            more_faults: 0,
        }
    }
}
