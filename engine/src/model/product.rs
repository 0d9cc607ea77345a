//! One row of a sheet and the images it names.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Failure, Format, RecipeChange};

/// One row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The physical line of the sheet on which the row begins, counted from 1.
    pub line: u64,
    /// What the sheet calls the row; no two rows share one.
    pub serial_number: String,
    /// The product's name, as the sheet has it.
    pub product_name: String,
    /// The images, in the order of the cell.
    pub images: Vec<Image>,
    /// What this row wants otherwise than the request's recipe.
    #[serde(default, skip_serializing_if = "RecipeChange::is_empty")]
    pub recipe_change: RecipeChange,
}

/// One image of a product: where it comes from and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Where the source is.
    pub link: Link,
    /// What has become of it.
    pub state: ImageState,
    /// Whether another image of the request has the same link and the same recipe.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_twin: bool,
}

impl Image {
    /// An image that has no twin, as far as is known.
    #[must_use]
    pub fn new(link: Link, state: ImageState) -> Self {
        Image { link, state, has_twin: false }
    }
}

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Link {
    /// An http or https address without credentials, as [`Url`] writes it.
    Web(Url),
    /// A file, relative to the folder that the sheet lies in; never leads out of that folder.
    File(String),
}

impl Link {
    /// The link as a sheet would hold it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Link::Web(url) => url.as_str(),
            Link::File(path) => path,
        }
    }
}

/// What has become of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum ImageState {
    /// Nothing yet.
    Waiting,
    /// It is compressed.
    Done(Rendition),
    /// It has no rendition.
    Failed(Failure),
    /// The sheet came with a link to a rendition from an earlier run; it stays as it is.
    #[serde(rename_all = "camelCase")]
    Kept {
        /// The output link, as the sheet has it.
        output: String,
    },
}

/// The compressed image that came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// The file's name in its request's place in the gallery.
    pub name: String,
    /// The format that it is in.
    pub format: Format,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// The source's size in bytes.
    pub source_bytes: u64,
    /// The format of the source.
    pub source_format: Format,
    /// How long the download took, in milliseconds; none where nothing was downloaded for this
    /// image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_ms: Option<u32>,
    /// The source's width in pixels, as it is shown (orientation applied).
    pub source_width: u32,
    /// The source's height in pixels, as it is shown (orientation applied).
    pub source_height: u32,
}
