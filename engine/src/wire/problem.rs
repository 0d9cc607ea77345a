//! An error as a host shows it (RFC 9457).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FaultView;

/// The body of every answer that is an error (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Problem", example = "ProblemView::example")]
pub struct ProblemView {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The words that HTTP has for the status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong, in a sentence for people.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    /// A stable word for programs, such as `not_found` or `sheet_refused`.
    pub code: String,
    /// What is wrong in the sheet: the first 100 faults, in order of line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Vec<FaultView>>,
    /// How many faults there are besides those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_faults: Option<u64>,
}

impl ProblemView {
    fn example() -> Self {
        let fault = FaultView {
            line: 3,
            column: Some("Input Image Urls".to_owned()),
            code: "no_url".to_owned(),
            message: "There is no link: put at least one in this cell.".to_owned(),
        };
        ProblemView {
            kind: "about:blank".to_owned(),
            title: "Unprocessable Entity".to_owned(),
            status: 422,
            detail: format!("line 3, Input Image Urls: {}", fault.message),
            instance: "/upload".to_owned(),
            code: "sheet_refused".to_owned(),
            faults: Some(vec![fault]),
            more_faults: Some(0),
        }
    }
}
