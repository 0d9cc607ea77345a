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
    expected::Expected,
    host::Host,
    refusal::Refusal,
    results::Results,
    wire::{Changed, Said, Watched, Way},
};

/// What is being worked on.
pub(crate) struct Work {
    around: Arc<dyn Around>,
    results: Arc<Results>,
    expected: Expected,
    open: Mutex<HashMap<RequestId, ProgressView>>,
    stop: CancellationToken,
}

impl Work {
    /// Nothing yet.
    pub(crate) fn new(around: Arc<dyn Around>, results: Arc<Results>, expected: Expected) -> Self {
        Work { around, results, expected, open: Mutex::default(), stop: CancellationToken::new() }
    }

    /// Whether anything is being worked on.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Follows a request that a person waits for until it has ended, and does then what is to be done,
    /// also after a restart.
    pub(crate) fn see_through(self: &Arc<Self>, host: Arc<dyn Host>, id: RequestId, way: &Way) {
        if let Err(error) = self.expected.note(id, way) {
            warn!(request = %id, %error, "after a restart nobody would be told of it");
        }
        self.follow(host, id);
    }

    /// The same with all that was waited for when the app was last ended.
    pub(crate) fn see_through_expected(self: &Arc<Self>, host: &Arc<dyn Host>, way: &Way) {
        for id in self.expected.of(way) {
            self.follow(Arc::clone(host), id);
        }
    }

    /// Follows a request until it has ended. One that is followed already is not followed twice.
    pub(crate) fn follow(self: &Arc<Self>, host: Arc<dyn Host>, id: RequestId) {
        let begun = ProgressView { total: 0, done: 0, failed: 0, bytes_in: 0, bytes_out: 0 };
        let was = self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id, begun);
        if was.is_some() {
            return;
        }
        let work = Arc::clone(self);
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = work.until_ended(&*host, id) => ended,
                // It is taken up again after the next start.
                () = work.stop.cancelled() => return,
            };
            work.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            work.show();
            work.end(id, ended).await;
        });
    }

    /// Follows nothing any more.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// How the request ended; none where it is no more.
    async fn until_ended(&self, host: &dyn Host, id: RequestId) -> Option<Box<RequestView>> {
        let mut heard = host.follow(id);
        let mut last = None;
        while let Some(watched) = heard.next().await {
            match watched {
                Watched::View { view } => {
                    self.note(id, &view);
                    if matches!(self.expected.way_of(id), Some(Way::Server { .. })) {
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

    async fn end(&self, id: RequestId, ended: Option<Box<RequestView>>) {
        // Who watches a folder is told of the folder.
        let Some(way) = self.expected.way_of(id) else { return };
        let told = ended.filter(|view| view.status != "cancelled");
        if let (Way::Here, Some(view)) = (way, &told)
            && let Err(refusal) = self.results.put_out(id).await
        {
            error!(request = %id, why = refusal.words(), "the results are not where they belong");
            // It is tried again at the next start, and when the person follows this.
            return self.around.notify(notice_of_unwritten(id, view, &refusal));
        }
        if let Err(error) = self.expected.forget(id) {
            warn!(request = %id, %error, "its end may be told once more");
        }
        if let Some(view) = told {
            self.around.notify(notice(id, &view));
        }
    }
}

fn notice_of_unwritten(id: RequestId, view: &RequestView, why: &Refusal) -> Notice {
    let body =
        format!("The images are compressed, but its results are not written: {}", why.words());
    Notice { title: title(view), body, shown: Shown::Results(id) }
}

fn title(view: &RequestView) -> String {
    view.file_name.clone().unwrap_or_else(|| "A sheet is done".to_owned())
}

fn notice(id: RequestId, view: &RequestView) -> Notice {
    let ProgressView { total, done, failed, bytes_in, bytes_out } = view.progress;
    let saved = bytes_in.saturating_sub(bytes_out) * 100 / bytes_in.max(1);
    let images = if total == 1 { "image" } else { "images" };
    let body = match failed {
        0 => format!("{done} {images} compressed, {saved}% smaller."),
        failed => format!("{failed} of {total} {images} failed."),
    };
    Notice { title: title(view), body, shown: Shown::Results(id) }
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
