//! How images are to be compressed.

use std::{fmt, num::NonZeroU32, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How images are to be compressed: the format, the quality, the largest size, the metadata.
///
/// Default: WebP at its default quality, as large as the source, without metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    /// The format of the rendition. Default: WebP.
    pub format: FormatChoice,
    /// How much of the picture is kept. Default: the format's own, see `compress`.
    pub quality: Option<Quality>,
    /// The rendition is at most this wide; it is never wider than its source.
    pub max_width: Option<MaxSide>,
    /// The rendition is at most this high; it is never higher than its source.
    pub max_height: Option<MaxSide>,
    /// What becomes of EXIF, XMP and the like. Default: dropped.
    pub metadata: Metadata,
}

impl Recipe {
    /// This recipe with what `change` names put in its place.
    #[must_use]
    pub fn changed_by(self, change: &RecipeChange) -> Recipe {
        let RecipeChange { format, quality, max_width, max_height } = *change;
        Recipe {
            format: format.unwrap_or(self.format),
            quality: quality.or(self.quality),
            max_width: max_width.or(self.max_width),
            max_height: max_height.or(self.max_height),
            metadata: self.metadata,
        }
    }
}

/// What one row of a sheet, or one upload, wants otherwise than the recipe says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipeChange {
    /// The format, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<FormatChoice>,
    /// The quality, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// The largest width, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_width: Option<MaxSide>,
    /// The largest height, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_height: Option<MaxSide>,
}

impl RecipeChange {
    /// Whether the recipe stays as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == RecipeChange::default()
    }
}

/// Some text is not a value that a recipe can have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidRecipe {
    /// Not the name of a format.
    #[error("`{0}` is not a format: use webp, jpeg, png, avif or keep")]
    Format(String),
    /// Not a quality.
    #[error("`{0}` is not a quality: use a whole number from 1 to 100")]
    Quality(String),
    /// Not a largest width or height.
    #[error("`{0}` is not a size: use a whole number of pixels from 1 to 65535")]
    MaxSide(String),
    /// Not a way to treat metadata.
    #[error("`{0}` is not a way to treat metadata: use drop or keep")]
    Metadata(String),
}

/// At most 32 characters of what somebody typed, for a message.
fn shown(text: &str) -> String {
    text.chars().take(32).collect()
}

/// The format that a rendition is in.
///
/// A recipe asks for one of the first four; the others only come of [`FormatChoice::Keep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// WebP: small, with alpha and animation, shown by every current browser.
    Webp,
    /// JPEG, for whoever cannot show anything newer; alpha is laid on white.
    Jpeg,
    /// PNG: every pixel as it was, or a reduced palette below quality 100.
    Png,
    /// AVIF: smaller than WebP and many times slower to write.
    Avif,
    /// GIF, with animation.
    Gif,
    /// TIFF.
    Tiff,
    /// Windows bitmap.
    Bmp,
}

impl Format {
    /// The word for the format on the wire, in sheets and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Webp => "webp",
            Format::Jpeg => "jpeg",
            Format::Png => "png",
            Format::Avif => "avif",
            Format::Gif => "gif",
            Format::Tiff => "tiff",
            Format::Bmp => "bmp",
        }
    }

    /// The ending of a file's name, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Format::Jpeg => "jpg",
            Format::Tiff => "tif",
            Format::Webp | Format::Png | Format::Avif | Format::Gif | Format::Bmp => self.name(),
        }
    }

    /// The media type (IANA registry of image types).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Webp => "image/webp",
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Avif => "image/avif",
            Format::Gif => "image/gif",
            Format::Tiff => "image/tiff",
            Format::Bmp => "image/bmp",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The format that a recipe asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum FormatChoice {
    /// Every rendition is in this format.
    Convert(Format),
    /// Each rendition is in its source's own format.
    Keep,
}

impl FormatChoice {
    /// Every choice there is, in the order in which they are shown.
    pub const ALL: [FormatChoice; 5] = [
        FormatChoice::Convert(Format::Webp),
        FormatChoice::Convert(Format::Jpeg),
        FormatChoice::Convert(Format::Png),
        FormatChoice::Convert(Format::Avif),
        FormatChoice::Keep,
    ];

    /// The word for the choice on the wire, in sheets and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FormatChoice::Convert(format) => format.name(),
            FormatChoice::Keep => "keep",
        }
    }
}

impl Default for FormatChoice {
    fn default() -> Self {
        FormatChoice::Convert(Format::Webp)
    }
}

impl FromStr for FormatChoice {
    type Err = InvalidRecipe;

    /// Reads a choice's name without regard to case; `jpg` is `jpeg`.
    fn from_str(text: &str) -> Result<Self, InvalidRecipe> {
        let text = text.trim();
        let name = if text.eq_ignore_ascii_case("jpg") { "jpeg" } else { text };
        FormatChoice::ALL
            .into_iter()
            .find(|choice| choice.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| InvalidRecipe::Format(shown(text)))
    }
}

impl TryFrom<String> for FormatChoice {
    type Error = InvalidRecipe;

    fn try_from(text: String) -> Result<Self, InvalidRecipe> {
        text.parse()
    }
}

impl From<FormatChoice> for String {
    fn from(choice: FormatChoice) -> String {
        choice.name().to_owned()
    }
}

impl fmt::Display for FormatChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much of the picture is kept, from 1 (smallest file) to 100 (best picture).
///
/// The scale is each encoder's own: 75 is a good web photograph in WebP and JPEG, 100 is lossless
/// in WebP and PNG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub struct Quality(u8);

impl TryFrom<u8> for Quality {
    type Error = InvalidRecipe;

    fn try_from(value: u8) -> Result<Self, InvalidRecipe> {
        match value {
            1..=100 => Ok(Quality(value)),
            _ => Err(InvalidRecipe::Quality(value.to_string())),
        }
    }
}

impl From<Quality> for u8 {
    fn from(quality: Quality) -> u8 {
        quality.0
    }
}

impl FromStr for Quality {
    type Err = InvalidRecipe;

    fn from_str(text: &str) -> Result<Self, InvalidRecipe> {
        let invalid = |_| InvalidRecipe::Quality(shown(text.trim()));
        text.trim().parse::<u8>().map_err(invalid)?.try_into()
    }
}

/// The largest width or height of a rendition, in pixels, from 1 to 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct MaxSide(NonZeroU32);

impl MaxSide {
    /// The number of pixels.
    #[must_use]
    pub fn pixels(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<u32> for MaxSide {
    type Error = InvalidRecipe;

    fn try_from(value: u32) -> Result<Self, InvalidRecipe> {
        NonZeroU32::new(value)
            .filter(|value| value.get() <= u32::from(u16::MAX))
            .map(MaxSide)
            .ok_or_else(|| InvalidRecipe::MaxSide(value.to_string()))
    }
}

impl From<MaxSide> for u32 {
    fn from(side: MaxSide) -> u32 {
        side.pixels()
    }
}

impl FromStr for MaxSide {
    type Err = InvalidRecipe;

    fn from_str(text: &str) -> Result<Self, InvalidRecipe> {
        let invalid = |_| InvalidRecipe::MaxSide(shown(text.trim()));
        text.trim().parse::<u32>().map_err(invalid)?.try_into()
    }
}

/// What becomes of a source's metadata (EXIF, XMP, IPTC, comments).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Metadata {
    /// Nothing of it is in the rendition: no place, no camera, no name.
    #[default]
    Drop,
    /// EXIF and XMP are carried over where the format has a place for them.
    Keep,
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Metadata::Drop => "drop",
            Metadata::Keep => "keep",
        })
    }
}

impl FromStr for Metadata {
    type Err = InvalidRecipe;

    fn from_str(text: &str) -> Result<Self, InvalidRecipe> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("drop") {
            Ok(Metadata::Drop)
        } else if text.eq_ignore_ascii_case("keep") {
            Ok(Metadata::Keep)
        } else {
            Err(InvalidRecipe::Metadata(shown(text)))
        }
    }
}
