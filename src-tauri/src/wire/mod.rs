//! What crosses between the app and its page, besides the views of the engine.
//!
//! The page has all of it as TypeScript, in `ui/src/host/commands.ts`.

mod asked;
mod offer;
mod way;
mod folder;
mod said;

pub(crate) use asked::*;
pub(crate) use folder::{ChosenFolder, Destination, FolderSettingView};
pub(crate) use offer::{Handed, Offer, OfferKind, QueuedView, Saved};
pub(crate) use said::{Changed, Liveness, Said, Watched};
pub(crate) use way::{SettingsView, SyncSetting, Way, WayState, WayView};

#[cfg(test)]
pub(crate) use self::said::event_types;
