//! Hearing of what other processes write.
//!
//! A change stream tells at once, where the deployment has one; a standalone server has none. It
//! is a hint only: whoever waits for it looks by himself as well.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use mongodb::{
    Database,
    bson::{Document as Bson, doc},
    change_stream::ChangeStream,
    error::{Error, ErrorKind},
};
use tokio::{sync::Notify, task::AbortHandle, time::sleep};
use tracing::{debug, info};

use super::documents::field;
use crate::store::{Kind, Mark};

/// How long to wait before a stream that broke off is opened again.
const REOPEN: Duration = Duration::from_secs(5);
/// What a server says that has no change streams.
const NO_STREAMS: i32 = 40_573;

/// The ear at a database.
pub(super) struct Watch {
    heard: Arc<Notify>,
    listening: AbortHandle,
}

impl Watch {
    /// Listens until dropped.
    pub(super) fn start(database: Database) -> Self {
        let heard = Arc::new(Notify::new());
        let listening = tokio::spawn(listen(database, Arc::clone(&heard))).abort_handle();
        Watch { heard, listening }
    }

    /// Whether there is nothing to listen to.
    #[cfg(test)]
    pub(super) fn has_ended(&self) -> bool {
        self.listening.is_finished()
    }

    /// Listens no more.
    pub(super) fn stop(&self) {
        self.listening.abort();
    }

    /// Waits until something is heard.
    pub(super) async fn changed(&self) {
        self.heard.notified().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(database: Database, heard: Arc<Notify>) {
    loop {
        match listen_once(&database, &heard).await {
            Ok(()) => {}
            Err(error) if has_no_streams(&error) => {
                info!("this deployment has no change streams: work is looked for by polling");
                return;
            }
            Err(error) => debug!(%error, "the change stream broke off"),
        }
        sleep(REOPEN).await;
    }
}

/// Opens the stream of what gives others something to do: a request bears news whenever its status
/// has changed. That another batch has been handed out, which is most of what is written, does not
/// come.
pub(super) async fn open(database: &Database) -> Result<ChangeStream<Bson>, Error> {
    let of_interest = doc! { "$match": {
        "ns.coll": Kind::Request.name(),
        "operationType": { "$in": ["insert", "replace"] },
        format!("fullDocument.{}", field(Mark::News)): { "$exists": true },
    } };
    let only = doc! { "$project": { "documentKey": 1 } };
    Ok(database.watch().pipeline([of_interest, only]).await?.with_type::<Bson>())
}

/// Listens until the stream ends.
async fn listen_once(database: &Database, heard: &Notify) -> Result<(), Error> {
    let mut stream = open(database).await?;
    while let Some(event) = stream.next().await {
        event?;
        heard.notify_waiters();
    }
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
fn has_no_streams(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Command(command) => command.code == NO_STREAMS,
        _ => false,
    }
}
