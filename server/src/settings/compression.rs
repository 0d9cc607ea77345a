//! What compressing may cost.

use std::num::NonZeroUsize;

use clap::Args;
use pixmill_engine::{compress::Limits, worker::Work};
use serde::{Deserialize, Serialize};

use super::{Size, Span};

/// What compressing may cost.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Compression")]
#[serde(rename_all = "kebab-case")]
pub struct Compression {
    /// How many images are compressed at a time [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// How much memory decoded images take at a time, all together
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Work::default().decoded_bytes))]
    pub memory: Size,
    /// How much memory one image may take when it is decoded
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().max_decoded_bytes))]
    pub max_image_memory: Size,
    /// How many pixels an image may have
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_pixels)]
    pub max_pixels: u64,
    /// How many pixels the frames of an animation may have, all together
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_animation_pixels)]
    pub max_animation_pixels: u64,
    /// How many frames an animation may have
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_frames)]
    pub max_frames: u32,
    /// How many pixels the scans of a progressive JPEG may go over, all together
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_scan_pixels)]
    pub max_scan_pixels: u64,
    /// What packed metadata may unpack to
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().max_metadata_bytes))]
    pub max_metadata_size: Size,
    /// How long compressing one image may take
    #[arg(long, value_name = "TIME",
          default_value_t = Span(Work::default().time_limit))]
    pub compress_timeout: Span,
}

impl Compression {
    /// What one image may cost.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            max_pixels: self.max_pixels,
            max_decoded_bytes: self.max_image_memory.0,
            max_animation_pixels: self.max_animation_pixels,
            max_frames: self.max_frames,
            max_scan_pixels: self.max_scan_pixels,
            max_metadata_bytes: self.max_metadata_size.0,
        }
    }

    /// How the work is shared out.
    #[must_use]
    pub fn work(&self) -> Work {
        let usual = Work::default();
        Work {
            threads: self.threads.unwrap_or(usual.threads),
            decoded_bytes: self.memory.0,
            time_limit: self.compress_timeout.0,
            ..usual
        }
    }
}
