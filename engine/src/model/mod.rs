//! What Pixmill works on, as plain data, and the only ways in which it may change.
//!
//! Nothing here reads a clock, a network or a disk: time comes in as an argument. The types are
//! stored as BSON by every store and are what the views of the wire are made from.

mod batch;
mod caller;
mod delivery;
mod endpoint;
mod failure;
mod hook_url;
mod id;
mod key;
mod lane;
mod notice;
mod origin;
mod product;
mod queue;
mod receiver;
mod report;
mod recipe;
mod request;
mod remembered;
mod round;
mod sealed;
mod tally;
mod time;
mod token;
mod twin;

pub use batch::{Batch, BatchState, Claim, Outcome, Stale, Taken, Token};
pub use caller::{Caller, Sight};
pub use delivery::{
    DeadBecause, Delivery, DeliveryState, Fate, MessageId, TRIES_KEPT, Try, TryOutcome, WhichTry,
};
pub use endpoint::{Endpoint, EndpointName, InvalidEndpointName, Scope};
pub use failure::{Failure, FailureCode};
pub use hook_url::{HookUrl, InvalidHookUrl};
pub use id::{BatchId, EndpointId, InvalidId, KeyId, RequestId, StoreId, TestId, WorkerId};
pub use key::{
    InvalidKeyName, Key, KeyName, KeyState, MAX_KEY_NAME_CHARS, NewKey, Refused, Role, Rotation,
};
pub use lane::Lane;
pub use notice::{EventType, InvalidEventType, Notice};
pub use origin::Origin;
pub use product::{Image, ImageState, Link, Product, Rendition};
pub use queue::{Lease, Queue, QueueId};
pub use receiver::{DisabledBecause, Failing, Patience, Receiver, ReceiverState, Retired, Secrets};
pub use recipe::{
    Format, FormatChoice, InvalidRecipe, MaxSide, Metadata, Quality, Recipe, RecipeChange,
};
pub use remembered::{Remembered, SourceKey, Validators};
pub use report::{FailureReport, HostReport, Report};
pub use request::{Accepted, Idempotency, IllegalMove, Request, SCHEMA_VERSION, SheetFile, Status};
pub use round::{Again, Rounds};
pub use sealed::Sealed;
pub use tally::{Reasons, Tally};
pub use time::Timestamp;
pub use token::{InvalidToken, KeyToken, SecretHash};
pub use twin::{Repeated, Repeats, TwinKey};
