//! How images are to be compressed, as options.

use clap::Args;
use pixmill_engine::model::{FormatChoice, MaxSide, Metadata, Quality, Recipe};

/// How images are to be compressed.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Images")]
pub(super) struct RecipeOptions {
    /// The format: webp, jpeg, png, avif, or keep for that of the source
    #[arg(long, env = "PIXMILL_FORMAT", default_value_t = FormatChoice::default())]
    format: FormatChoice,
    /// From 1, the smallest file, to 100, the best picture [default: the format's own]
    #[arg(long, env = "PIXMILL_QUALITY", value_name = "1-100")]
    quality: Option<Quality>,
    /// Images are made at most so many pixels wide
    #[arg(long, env = "PIXMILL_MAX_WIDTH", value_name = "PIXELS")]
    max_width: Option<MaxSide>,
    /// Images are made at most so many pixels high
    #[arg(long, env = "PIXMILL_MAX_HEIGHT", value_name = "PIXELS")]
    max_height: Option<MaxSide>,
    /// What becomes of EXIF and the like: drop or keep
    #[arg(long, env = "PIXMILL_METADATA", default_value_t = Metadata::default())]
    metadata: Metadata,
}

impl RecipeOptions {
    pub(super) fn recipe(&self) -> Recipe {
        let RecipeOptions { format, quality, max_width, max_height, metadata } = *self;
        Recipe { format, quality, max_width, max_height, metadata }
    }
}
