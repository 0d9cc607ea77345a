//! What crosses to pages, Swagger and webhooks: views made from the model.
//!
//! Fields are camelCase, ids and times are strings (RFC 9562, RFC 3339), sizes are in bytes. A view
//! is made of what is stored and of [`OutputLinks`], which only the host knows.

mod check;
mod problem;
mod report;
mod session;
mod key;
mod links;
mod page;
mod request;
mod signature;
mod status;
mod event;
mod folder;
mod sync;
mod webhook;
mod delivery;
mod download;
#[cfg(test)]
mod typescript;

pub use check::{CheckView, FaultView, RowView};
pub use delivery::{DeliveryList, DeliveryView, TryView};
pub use download::{Download, DownloadOrder, DownloadView, InvalidDownload};
pub use event::{EventBody, EventData};
pub use folder::{FolderState, FolderView, WatchedSheetState, WatchedSheetView};
pub use key::{InvalidOrder, KeyList, KeyOrder, KeyView, NewKeyView};
pub use links::OutputLinks;
pub use page::{
    InvalidCursor, InvalidLimit, Limit, Page, ProductCursor, ProductStart, ProductsWanted,
};
pub use problem::ProblemView;
pub use report::{FailureGroupView, HostView, ReportView, SavingView};
pub use request::{RecipeView, RequestList, RequestView};
pub use session::SessionView;
pub use signature::{BadLink, LinkSigner, Signing, end_of_life};
pub use status::{FailureView, ProductView, ProgressView, ReceivedView, RenditionView, StatusView};
pub use sync::{ParkedView, SyncState, SyncView};
pub use webhook::{WebhookChange, WebhookDraft, WebhookList, WebhookSecretView, WebhookView};
