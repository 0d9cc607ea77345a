//! `GET /requests/{id}/results.csv`: the sheet with its column of new links.

use std::io::{self, SeekFrom};

use futures_util::TryStreamExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pixmill_engine::{Engine, Results};
use rocket::{
    State, get,
    response::{self, Responder, Response},
};
use rocket_okapi::{
    r#gen::OpenApiGenerator, okapi::openapi3::Responses, openapi, response::OpenApiResponderInner,
};
use serde_json::json;
use tokio::{fs::File, io::AsyncSeekExt};
use tokio_util::io::StreamReader;

use crate::{
    auth::CanView,
    document,
    form::Spool,
    params::Id,
    problem::{Problem, internal},
};

pub(super) fn routes_and_docs() -> document::Part {
    document::part![results: [404]]
}

/// # The results sheet
///
/// The sheet as it was handed in, with the links to the compressed images that there are by now.
#[openapi(tag = "sheets")]
#[get("/requests/<id>/results.csv")]
async fn results(
    viewer: CanView,
    id: Id,
    engine: &State<Engine>,
    spool: &State<Spool>,
) -> Result<ResultsSheet, Problem> {
    let Results { file_name, body } = engine.results(id.seen_by(&viewer, engine).await?).await?;
    let spooled = tempfile::tempfile_in(&spool.folder).map_err(|error| internal(&error))?;
    // It is sent once it is whole: HTTP would show a sheet that breaks off as one that ends.
    let mut file = File::from_std(spooled);
    let copied = copy(body, &mut file).await;
    let bytes = copied.map_err(|error| internal(&error))?;
    Ok(ResultsSheet { file_name, file, bytes })
}

async fn copy(
    body: impl futures_util::Stream<Item = io::Result<bytes::Bytes>> + Unpin,
    file: &mut File,
) -> io::Result<usize> {
    let bytes =
        tokio::io::copy(&mut StreamReader::new(body.map_err(io::Error::from)), file).await?;
    file.seek(SeekFrom::Start(0)).await?;
    usize::try_from(bytes).map_err(io::Error::other)
}

/// A whole results sheet, to be saved as a file.
struct ResultsSheet {
    file_name: String,
    file: File,
    bytes: usize,
}

impl<'r> Responder<'r, 'static> for ResultsSheet {
    fn respond_to(self, _: &'r rocket::Request<'_>) -> response::Result<'static> {
        Response::build()
            .raw_header("Content-Type", "text/csv; charset=utf-8")
            .raw_header("Content-Disposition", attachment(&self.file_name))
            .sized_body(self.bytes, self.file)
            .ok()
    }
}

impl OpenApiResponderInner for ResultsSheet {
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
fn attachment(name: &str) -> String {
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
