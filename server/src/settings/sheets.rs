//! How large a sheet may be.

use clap::Args;
use pixmill_engine::sheet::Limits;
use serde::{Deserialize, Serialize};

use super::Size;

/// How large a sheet may be.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Sheets")]
#[serde(rename_all = "kebab-case")]
pub struct Sheets {
    /// How many products a sheet may have
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_rows)]
    pub max_rows: u64,
    /// The largest sheet
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().max_bytes))]
    pub max_sheet_size: Size,
    /// The longest row of a sheet
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().max_row_bytes as u64))]
    pub max_row_size: Size,
    /// The longest cell of a sheet
    #[arg(long, value_name = "SIZE",
          default_value_t = Size(Limits::default().max_cell_bytes as u64))]
    pub max_cell_size: Size,
    /// The longest link, in bytes
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_url_bytes)]
    pub max_link_length: usize,
    /// How many images a product may have
    #[arg(long, value_name = "N",
          default_value_t = Limits::default().max_images_per_row)]
    pub max_images_per_product: usize,
}

impl Sheets {
    /// How large a sheet may be, as the engine is told.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let in_memory = |size: Size| usize::try_from(size.0).unwrap_or(usize::MAX);
        Limits {
            max_rows: self.max_rows,
            max_bytes: self.max_sheet_size.0,
            max_row_bytes: in_memory(self.max_row_size),
            max_cell_bytes: in_memory(self.max_cell_size),
            max_url_bytes: self.max_link_length,
            max_images_per_row: self.max_images_per_product,
        }
    }
}
