//! Watched folders: real ones, on a real disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/house.rs"]
#[expect(dead_code, reason = "sheets come by themselves here")]
mod house;
#[path = "../support/origin.rs"]
#[expect(dead_code, reason = "little misbehaves here")]
mod origin;

mod come;
mod go_wrong;
mod never_twice;
mod restart;
mod scene;

use house::{House, PATIENCE, picture};
use origin::{Answer, Origin};
use scene::{Scene, file_sheet, names};
