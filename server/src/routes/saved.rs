//! Answers that are saved as files.

use std::io::SeekFrom;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::response::{self, Responder, Response};
use rocket_okapi::{
    r#gen::OpenApiGenerator, okapi::openapi3::Responses, response::OpenApiResponderInner,
};
use serde_json::json;
use tokio::{fs::File, io::AsyncSeekExt};

use crate::{
    document,
    problem::{Problem, internal},
};

/// A whole sheet, to be saved as a file.
pub(super) struct Saved {
    file_name: String,
    file: File,
    bytes: usize,
}

impl Saved {
    /// All that was written to a file.
    pub(super) async fn sheet(file_name: String, mut file: File) -> Result<Self, Problem> {
        let bytes = file.seek(SeekFrom::End(0)).await.map_err(|error| internal(&error))?;
        file.rewind().await.map_err(|error| internal(&error))?;
        let bytes = usize::try_from(bytes).map_err(|error| internal(&error))?;
        Ok(Saved { file_name, file, bytes })
    }
}

impl<'r> Responder<'r, 'static> for Saved {
    fn respond_to(self, _: &'r rocket::Request<'_>) -> response::Result<'static> {
        Response::build()
            .raw_header("Content-Type", "text/csv; charset=utf-8")
            .raw_header("Content-Disposition", attachment(&self.file_name))
            .sized_body(self.bytes, self.file)
            .ok()
    }
}

impl OpenApiResponderInner for Saved {
    fn responses(_: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let schema = json!({ "type": "string" });
        let mut answer = document::answer("The sheet.", "text/csv", schema);
        let name = document::header("What to call the file (RFC 6266).");
        answer.headers.insert("Content-Disposition".to_owned(), name);
        Ok(document::only(200, answer))
    }
}

/// What RFC 8187 leaves as it is.
const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The header that has a file saved under a name (RFC 6266), once for all and once for readers
/// that know more than ASCII.
pub(super) fn attachment(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let full = utf8_percent_encode(name, &KEPT);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn a_file_name_cannot_break_out_of_its_header() {
        assert_eq!(
            attachment("Größe \"1\"\r\nX: y.csv"),
            "attachment; filename=\"Gr__e _1___X_ y.csv\"; \
             filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%0D%0AX%3A%20y.csv"
        );
    }
}
