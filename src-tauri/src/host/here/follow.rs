//! What is heard of a request on this computer.

use std::time::Duration;

use futures_util::{Stream, stream};
use pixmill_engine::{Engine, Error, model::RequestId, wire::RequestView, worker};
use tokio::{sync::broadcast::Receiver, time::sleep};

use crate::wire::{Liveness, Watched};

/// The least time between two views.
const PAUSE: Duration = Duration::from_millis(250);

/// Where following stands.
enum At {
    Begin,
    View(Receiver<worker::Event>, Option<Box<RequestView>>),
    End,
}

/// A view at once and whenever something has changed, at most four times a second, until the request
/// has ended or is no more.
pub(super) fn follow(engine: Engine, id: RequestId) -> impl Stream<Item = Watched> + Send {
    stream::unfold(At::Begin, move |at| {
        let engine = engine.clone();
        async move {
            match at {
                At::Begin => {
                    let heard = engine.events();
                    let live = Watched::Liveness { liveness: Liveness::Live };
                    Some((live, At::View(heard, None)))
                }
                At::View(heard, was) => Some(next(&engine, id, heard, was).await),
                At::End => None,
            }
        }
    })
}

async fn next(
    engine: &Engine,
    id: RequestId,
    mut heard: Receiver<worker::Event>,
    was: Option<Box<RequestView>>,
) -> (Watched, At) {
    if was.is_some() {
        sleep(PAUSE).await;
    }
    loop {
        match engine.show(id).await {
            Ok(view) if was.as_ref().is_none_or(|was| **was != view) => {
                let view = Box::new(view);
                let is_open = view.is_open();
                let seen = Watched::View { view: view.clone() };
                let next = if is_open { At::View(heard, Some(view)) } else { At::End };
                return (seen, next);
            }
            Err(Error::NotFound(_)) => return (Watched::Gone, At::End),
            Ok(_) => worker::Event::heard(&mut heard, |event| event.request() == id).await,
            // It is asked again, however long the store cannot be read.
            Err(_) => sleep(PAUSE).await,
        }
    }
}
