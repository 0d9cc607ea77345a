//! `GET /requests/{id}/events`: progress as it happens (server-sent events, HTML standard 9.2).

use std::{pin::Pin, time::Duration};

use futures_util::Stream;
use pixmill_engine::{
    Engine,
    model::{Caller, RequestId},
    wire::RequestView,
    worker,
};
use rocket::{
    Shutdown, State, get,
    response::{
        self, Responder,
        stream::{Event, EventStream, stream},
    },
};
use rocket_okapi::{
    r#gen::OpenApiGenerator, okapi::openapi3::Responses, openapi, response::OpenApiResponderInner,
};
use serde_json::json;
use tokio::{sync::broadcast::Receiver, time::sleep};

use crate::{auth::CanView, document, params::Id, problem::Problem};

/// The least time between two events of a stream.
const PAUSE: Duration = Duration::from_millis(250);
/// How often is looked even if nothing is heard, as when another process does the work.
const LOOK: Duration = Duration::from_secs(2);
/// How often a silent stream shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After what time a reader that lost the stream is to open it again.
const REOPEN: Duration = Duration::from_secs(2);

pub(super) fn routes_and_docs() -> document::Part {
    document::part![events: [404]]
}

/// # Progress as it happens
///
/// A stream of server-sent events: `progress` at once and whenever something has changed, at most
/// four times a second, and `status` at once and when the status changes; the data of both is the
/// request. The stream ends when the request has: close it on the `status` that is neither
/// `received` nor `processing`.
#[openapi(tag = "requests")]
#[get("/requests/<id>/events")]
async fn events(
    viewer: CanView,
    id: Id,
    engine: &State<Engine>,
    shutdown: Shutdown,
) -> Result<RequestEvents, Problem> {
    let id = id.seen_by(&viewer, engine).await?;
    let heard = engine.events();
    let view = engine.show(id).await?;
    let watched = Watched { engine: Engine::clone(engine), id, by: viewer.0 };
    Ok(RequestEvents(Box::pin(watch(watched, view, heard, shutdown))))
}

/// A request, and who looks at it.
struct Watched {
    engine: Engine,
    id: RequestId,
    by: Caller,
}

/// The events of one request.
struct RequestEvents(Pin<Box<dyn Stream<Item = Event> + Send>>);

impl<'r> Responder<'r, 'r> for RequestEvents {
    fn respond_to(self, request: &'r rocket::Request<'_>) -> response::Result<'r> {
        EventStream::from(self.0).heartbeat(HEARTBEAT).respond_to(request)
    }
}

impl OpenApiResponderInner for RequestEvents {
    fn responses(_: &mut OpenApiGenerator) -> rocket_okapi::Result<Responses> {
        let event = json!({
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": { "type": "string", "enum": ["progress", "status"] },
                "data": { "type": "string", "description": "A `RequestView` as JSON." },
                "id": { "type": "string" },
                "retry": { "type": "integer", "description": "Milliseconds." },
            },
        });
        let answer = document::answer("Events like this one.", "text/event-stream", event);
        Ok(document::only(200, answer))
    }
}

/// The events from `view` on, until the request ends or is deleted, the key of whoever looks is no
/// longer good, or the server stops.
fn watch(
    watched: Watched,
    mut view: RequestView,
    mut heard: Receiver<worker::Event>,
    mut shutdown: Shutdown,
) -> impl Stream<Item = Event> + Send {
    stream! {
        let mut count = 0_u64;
        let mut next = |name: &'static str, view: &RequestView| {
            count += 1;
            Event::json(view).event(name).id(count.to_string()).with_retry(REOPEN)
        };
        yield next("progress", &view);
        yield next("status", &view);
        while view.is_open() {
            let changed = tokio::select! {
                () = &mut shutdown => break,
                changed = change(&watched, &view, &mut heard) => changed,
            };
            let Some(changed) = changed else { break };
            let is_new_status = changed.status != view.status;
            view = changed;
            yield next("progress", &view);
            if is_new_status {
                yield next("status", &view);
            }
        }
    }
}

/// Waits until a request is no longer what it was; `None` where it is no more or cannot be seen.
async fn change(
    watched: &Watched,
    was: &RequestView,
    heard: &mut Receiver<worker::Event>,
) -> Option<RequestView> {
    let Watched { engine, id, by } = watched;
    sleep(PAUSE).await;
    loop {
        if !engine.keys().is_still_good(*by).await.ok()? {
            return None;
        }
        let is = engine.show(*id).await.ok()?;
        if is != *was {
            return Some(is);
        }
        tokio::select! {
            () = worker::Event::heard(heard, |event| event.request() == *id) => {}
            () = sleep(LOOK) => {}
        }
    }
}
