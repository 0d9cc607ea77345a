//! What is heard of a request on a server: as a stream where there is one, else by asking again and
//! again.

use std::time::Duration;

use futures_util::{Stream, stream};
use pixmill_engine::{model::RequestId, wire::RequestView};
use reqwest::Method;
use tokio::{
    sync::mpsc::{self, Sender},
    time::sleep,
};

use super::{call::Caller, sse::Events};
use crate::{
    refusal::Refusal,
    wire::{Liveness, Watched},
};

/// The first pause before it is asked again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many views may wait for whoever follows.
const WAITING: usize = 8;

/// What is heard of a request until it has ended or cannot be seen.
pub(super) fn follow(call: Caller, id: RequestId) -> impl Stream<Item = Watched> + Send {
    let (say, heard) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        tokio::select! {
            () = run(&call, id, &say) => {}
            // Nobody listens any more.
            () = say.closed() => {}
        }
    });
    stream::unfold(heard, |mut heard| async move { Some((heard.recv().await?, heard)) })
}

/// Whether there is nothing more to be heard.
enum End {
    Over,
    Broken,
}

async fn run(call: &Caller, id: RequestId, say: &Sender<Watched>) {
    let mut pause = FIRST_PAUSE;
    loop {
        match listen(call, id, say).await {
            Ok(End::Over) => return,
            Ok(End::Broken) => pause = FIRST_PAUSE,
            Err(refusal) if is_gone(&refusal) => return tell(say, Watched::Gone).await,
            Err(_) => {}
        }
        // The stream ended, or there was none: ask, so that it goes on also without one.
        let path = format!("requests/{id}");
        match call.ask::<RequestView>(Method::GET, &path, |request| request).await {
            Ok(view) => {
                tell(say, Watched::Liveness { liveness: Liveness::Polling }).await;
                let is_open = view.is_open();
                tell(say, Watched::View { view: Box::new(view) }).await;
                if !is_open {
                    return;
                }
            }
            Err(refusal) if is_gone(&refusal) => return tell(say, Watched::Gone).await,
            Err(_) => {
                tell(say, Watched::Liveness { liveness: Liveness::Offline }).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        sleep(pause).await;
    }
}

/// Listens to the stream until it ends.
async fn listen(call: &Caller, id: RequestId, say: &Sender<Watched>) -> Result<End, Refusal> {
    let path = format!("requests/{id}/events");
    let mut response = call.send(Method::GET, &path, |request| request).await?;
    let mut events = Events::default();
    let mut is_live = false;
    loop {
        let piece = match response.chunk().await {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(End::Broken),
            Err(error) => return Err(call.unreachable(&error)),
        };
        let Ok(whole) = events.read(&piece) else { return Ok(End::Broken) };
        for event in whole {
            let Ok(view) = serde_json::from_str::<RequestView>(&event.data) else { continue };
            if !is_live {
                tell(say, Watched::Liveness { liveness: Liveness::Live }).await;
                is_live = true;
            }
            let is_over = event.name == "status" && !view.is_open();
            tell(say, Watched::View { view: Box::new(view) }).await;
            if is_over {
                return Ok(End::Over);
            }
        }
    }
}

async fn tell(say: &Sender<Watched>, watched: Watched) {
    // If nobody listens any more, nobody needs to know.
    drop(say.send(watched).await);
}

/// Whether a request is no more, or is not to be seen.
fn is_gone(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Problem { problem } => matches!(problem.status, 401 | 403 | 404),
        Refusal::Unreachable { .. } => false,
    }
}
