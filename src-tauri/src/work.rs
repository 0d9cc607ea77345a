//! What is being worked on: how far all of it is, and what happens at the end of each request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::StreamExt;
use pixmill_engine::{
    model::RequestId,
    wire::{ProgressView, RequestView},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{
    around::{Around, Notice, Shown},
    host::Host,
    results::Results,
    wire::{Changed, Said, Watched},
};

/// What happens when a request has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtEnd {
    /// Its results are put where people look for them, and the person is told.
    PutOut,
    /// The person is told.
    Tell,
    /// Nothing: it came from a watched folder, which is told of by itself.
    Nothing,
}

/// What is being worked on.
pub(crate) struct Work {
    around: Arc<dyn Around>,
    results: Arc<Results>,
    open: Mutex<HashMap<RequestId, ProgressView>>,
    stop: CancellationToken,
}

impl Work {
    /// Nothing yet.
    pub(crate) fn new(around: Arc<dyn Around>, results: Arc<Results>) -> Self {
        Work { around, results, open: Mutex::default(), stop: CancellationToken::new() }
    }

    /// Whether anything is being worked on.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Follows a request until it has ended. One that is followed already is not followed twice.
    pub(crate) fn follow(self: &Arc<Self>, host: Arc<dyn Host>, id: RequestId, at_end: AtEnd) {
        let begun = ProgressView { total: 0, done: 0, failed: 0, bytes_in: 0, bytes_out: 0 };
        let was = self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, begun);
        if was.is_some() {
            return;
        }
        let work = Arc::clone(self);
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = work.see_through(&*host, id, at_end) => ended,
                // It is taken up again after the next start.
                () = work.stop.cancelled() => return,
            };
            work.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            work.show();
            work.end(id, ended, at_end).await;
        });
    }

    /// Follows nothing any more.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// How the request ended; none where it is no more.
    async fn see_through(
        &self,
        host: &dyn Host,
        id: RequestId,
        at_end: AtEnd,
    ) -> Option<Box<RequestView>> {
        let mut heard = host.follow(id);
        let mut last = None;
        while let Some(watched) = heard.next().await {
            match watched {
                Watched::View { view } => {
                    self.note(id, &view);
                    if at_end == AtEnd::Tell {
                        self.around.tell(Said::Changed(Changed { request_id: id }));
                    }
                    last = Some(view);
                }
                Watched::Gone => return None,
                Watched::Liveness { .. } => {}
            }
        }
        last
    }

    fn note(&self, id: RequestId, view: &RequestView) {
        let progress = view.progress.clone();
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, progress);
        self.show();
    }

    /// Shows how far all of it is.
    fn show(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = open.values().cloned().reduce(|sum, next| ProgressView {
            total: sum.total + next.total,
            done: sum.done + next.done,
            failed: sum.failed + next.failed,
            bytes_in: sum.bytes_in + next.bytes_in,
            bytes_out: sum.bytes_out + next.bytes_out,
        });
        self.around.show_progress(sum.as_ref());
    }

    async fn end(&self, id: RequestId, ended: Option<Box<RequestView>>, at_end: AtEnd) {
        match at_end {
            AtEnd::PutOut => {
                let was_done = ended.as_ref().is_none_or(|view| view.status == "cancelled");
                if !was_done && let Err(refusal) = self.results.put_out(id).await {
                    error!(request = %id, why = refusal.words(), "the results are not where they belong");
                }
                if let Err(error) = self.results.forget(id) {
                    warn!(request = %id, %error, "its results may be written once more");
                }
            }
            AtEnd::Tell => {}
            AtEnd::Nothing => return,
        }
        if let Some(view) = ended.filter(|view| view.status != "cancelled") {
            self.around.notify(notice(id, &view));
        }
    }
}

fn notice(id: RequestId, view: &RequestView) -> Notice {
    let ProgressView { total, done, failed, bytes_in, bytes_out } = view.progress;
    let saved = bytes_in.saturating_sub(bytes_out) * 100 / bytes_in.max(1);
    let images = if total == 1 { "image" } else { "images" };
    let body = match failed {
        0 => format!("{done} {images} compressed, {saved}% smaller."),
        failed => format!("{failed} of {total} {images} failed."),
    };
    let title = view.file_name.clone().unwrap_or_else(|| "A sheet is done".to_owned());
    Notice { title, body, shown: Shown::Results(id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_says_what_came_of_a_sheet() {
        let id = RequestId::fresh();
        let mut view: RequestView = serde_json::from_value(serde_json::json!({
            "requestId": id, "status": "completed", "errorMessage": null, "fileName": "mugs.csv",
            "recipe": {"format": "webp", "quality": null, "maxWidth": null, "maxHeight": null,
                       "metadata": "drop"},
            "products": 2, "createdAt": "", "updatedAt": "", "madeElsewhere": false,
            "progress": {"total": 4, "done": 4, "failed": 0, "bytesIn": 1000, "bytesOut": 370},
        }))
        .unwrap();
        let told = notice(id, &view);
        assert_eq!((&*told.title, &*told.body), ("mugs.csv", "4 images compressed, 63% smaller."));
        view.progress.failed = 1;
        assert_eq!(notice(id, &view).body, "1 of 4 images failed.");
    }
}
