//! What Pixmill works on, as plain data, and the only ways in which it may change.
//!
//! Nothing here reads a clock, a network or a disk: time comes in as an argument. The types are
//! stored as BSON by every store and are what the views of the wire are made from.

mod batch;
mod caller;
mod failure;
mod id;
mod key;
mod product;
mod recipe;
mod request;
mod remembered;
mod time;
mod token;

pub use batch::{Batch, BatchState, Claim, Outcome, Stale, Tally, Token, TwinKey};
pub use caller::{Caller, Sight};
pub use failure::{Failure, FailureCode};
pub use id::{BatchId, EndpointId, InvalidId, KeyId, RequestId, WorkerId};
pub use key::{
    InvalidKeyName, Key, KeyName, KeyState, MAX_KEY_NAME_CHARS, NewKey, Refused, Role, Rotation,
};
pub use product::{Image, ImageState, Link, Product, Rendition};
pub use recipe::{
    Format, FormatChoice, InvalidRecipe, MaxSide, Metadata, Quality, Recipe, RecipeChange,
};
pub use remembered::{Remembered, SourceKey, Validators};
pub use request::{Accepted, Idempotency, IllegalMove, Request, SCHEMA_VERSION, SheetFile, Status};
pub use time::Timestamp;
pub use token::{InvalidToken, KeyToken, SecretHash};
