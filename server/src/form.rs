//! The form of an upload: its file goes to disk as it comes, its other fields make the recipe.

mod pieces;

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use multer::{Field, Multipart};
use pixmill_engine::model::{HookUrl, Recipe};
use rocket::{
    data::{self, Data, DataStream, FromData, ToByteUnit},
    http::{ContentType, Status},
    outcome::Outcome,
};
use tempfile::TempPath;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};

use pieces::{Allowance, pieces};

use crate::{
    auth::refusal,
    problem::{Problem, internal},
    settings::Size,
};

/// What a form may hold besides the file's own bytes, in bytes.
const OVERHEAD_BYTES: u64 = 1 << 20;
/// How much is taken from whoever has no key to hand anything in, in bytes.
const STRANGERS_BYTES: u64 = 16 << 20;
/// How many fields a form may have: more than there are names for.
const MAX_FIELDS: usize = 16;
/// The longest value of any other field, in bytes.
const VALUE_BYTES: usize = 2_048;
/// The longest file name that is kept, in characters.
const NAME_CHARS: usize = 200;
/// How much of the file is gathered before it is written, in bytes.
const BUFFER_BYTES: usize = 256 << 10;

/// Where uploads lie until the engine has taken them over.
pub(crate) struct Spool {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The largest sheet, in bytes.
    pub(crate) max_bytes: u64,
}

/// What a form said, or what is wrong with it.
pub(crate) struct UploadForm(pub(crate) Result<Filled, Problem>);

/// A form that was filled in rightly.
pub(crate) struct Filled {
    /// The file; it is deleted when this is dropped.
    pub(crate) sheet: TempPath,
    /// What the sender calls it.
    pub(crate) file_name: Option<String>,
    /// How its images are to be compressed.
    pub(crate) recipe: Recipe,
    /// Where to tell of each change of status, if anywhere.
    pub(crate) hook: Option<HookUrl>,
}

#[rocket::async_trait]
impl<'r> FromData<'r> for UploadForm {
    type Error = std::convert::Infallible;

    async fn from_data(
        request: &'r rocket::Request<'_>,
        data: Data<'r>,
    ) -> data::Outcome<'r, Self> {
        let spool: &Spool = request.rocket().state().expect("build puts it there");
        let longest = spool.max_bytes.saturating_add(OVERHEAD_BYTES);
        let mut body = data.open(longest.bytes());
        let length = request.headers().get_one("Content-Length").and_then(|n| n.parse().ok());
        let refusal = refusal(request);
        let boundary = match refusal {
            None => boundary(request.content_type()),
            Some(refusal) => Err(refusal.clone()),
        };
        let filled = match boundary {
            Ok(_) if length.is_some_and(|length: u64| length > longest) => Err(too_large(spool)),
            Ok(boundary) => read(&mut body, boundary, spool).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = &filled {
            // Many senders listen only after they have sent all: the rest is taken and thrown
            // away, as far as an upload may be long. What is no form need not be heard to its end.
            let rest = match refusal {
                Some(_) => STRANGERS_BYTES,
                None if problem.code == BAD_FORM => OVERHEAD_BYTES,
                None => u64::MAX,
            };
            // If they have left, nobody needs to know.
            drop(tokio::io::copy(&mut (&mut body).take(rest), &mut tokio::io::sink()).await);
        }
        Outcome::Success(UploadForm(filled))
    }
}

/// The line that separates a form's fields (RFC 2046, section 5.1.1).
fn boundary(content_type: Option<&ContentType>) -> Result<String, Problem> {
    let form = content_type.filter(|content_type| content_type.is_form_data());
    let boundary = form.and_then(|form| form.param("boundary")).filter(|text| !text.is_empty());
    boundary.map(str::to_owned).ok_or_else(|| {
        let detail = "send the sheet as the field `file` of a multipart/form-data form";
        Problem::new(Status::UnsupportedMediaType, "unsupported_media_type", detail)
    })
}

fn too_large(spool: &Spool) -> Problem {
    let detail = format!("the sheet is larger than {}", Size(spool.max_bytes));
    Problem::new(Status::PayloadTooLarge, "too_large", detail)
}

/// The code of what is no form, or none that is taken.
const BAD_FORM: &str = "bad_form";

fn unreadable(error: multer::Error) -> Problem {
    let reason = if let multer::Error::StreamReadFailed(source) = &error {
        source.to_string()
    } else {
        error.to_string()
    };
    let detail = format!("the form cannot be read: {reason}");
    Problem::new(Status::BadRequest, BAD_FORM, detail)
}

async fn read(
    body: &mut DataStream<'_>,
    boundary: String,
    spool: &Spool,
) -> Result<Filled, Problem> {
    let allowance = Allowance::default();
    let mut form = Multipart::new(pieces(body, allowance.clone()), boundary);
    let mut file = None;
    let mut values = BTreeMap::new();
    loop {
        allowance.for_head();
        let Some(field) = form.next_field().await.map_err(unreadable)? else { break };
        allowance.for_value();
        if field.index() == MAX_FIELDS {
            let detail = format!("the form has more than {MAX_FIELDS} fields");
            return Err(Problem::new(Status::BadRequest, BAD_FORM, detail));
        }
        let name: String = field.name().unwrap_or_default().chars().take(64).collect();
        if name == "file" && file.is_none() {
            file = Some(keep(field, spool).await?);
        } else if name == "file" || values.contains_key(&name) {
            return Err(Problem::invalid(&name, "send it once"));
        } else {
            let text = text(&name, field).await?;
            values.insert(name, text);
        }
    }
    let hook = value(&mut values, "webhookUrl")?;
    let recipe = recipe(values)?;
    match file.flatten() {
        Some((sheet, file_name)) => Ok(Filled { sheet, file_name, recipe, hook }),
        None => {
            let detail = "there is no sheet: send it as the field `file`";
            Err(Problem::new(Status::BadRequest, "no_file", detail))
        }
    }
}

/// Writes the file to disk; `None` where no file was chosen.
async fn keep(
    mut field: Field<'_>,
    spool: &Spool,
) -> Result<Option<(TempPath, Option<String>)>, Problem> {
    let file_name = field.file_name().and_then(plain_name);
    let spooled = tempfile::Builder::new().prefix("upload-").tempfile_in(&spool.folder);
    let (file, path) = spooled.map_err(|error| internal(&error))?.into_parts();
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, tokio::fs::File::from_std(file));
    let mut bytes = 0;
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        bytes += chunk.len() as u64;
        if bytes > spool.max_bytes {
            return Err(too_large(spool));
        }
        file.write_all(&chunk).await.map_err(|error| internal(&error))?;
    }
    file.flush().await.map_err(|error| internal(&error))?;
    // A browser sends a nameless empty file where none was chosen.
    Ok((bytes > 0 || file_name.is_some()).then_some((path, file_name)))
}

/// The last part of a file's name, without what could mislead whoever reads it.
fn plain_name(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

async fn text(name: &str, mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > VALUE_BYTES {
            return Err(Problem::invalid(name, "the value is too long"));
        }
    }
    String::from_utf8(bytes).map_err(|_| Problem::invalid(name, "the value is not UTF-8"))
}

/// The recipe that the fields ask for; an empty one asks for nothing.
fn recipe(mut values: BTreeMap<String, String>) -> Result<Recipe, Problem> {
    let defaults = Recipe::default();
    let recipe = Recipe {
        format: value(&mut values, "format")?.unwrap_or(defaults.format),
        quality: value(&mut values, "quality")?,
        max_width: value(&mut values, "maxWidth")?,
        max_height: value(&mut values, "maxHeight")?,
        metadata: value(&mut values, "metadata")?.unwrap_or(defaults.metadata),
    };
    if values.is_empty() {
        return Ok(recipe);
    }
    let names: Vec<String> = values.into_keys().take(10).collect();
    let reason = "no such field: there are file, format, quality, maxWidth, maxHeight, metadata, \
                  webhookUrl";
    Err(Problem::invalid(&names.join(", "), reason))
}

fn value<T: FromStr<Err: std::fmt::Display>>(
    values: &mut BTreeMap<String, String>,
    name: &str,
) -> Result<Option<T>, Problem> {
    let text = values.remove(name).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error| Problem::invalid(name, error))
}
