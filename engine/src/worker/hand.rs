//! One claimed batch: its images made, recorded as they come, the claim renewed meanwhile.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    task::{self, JoinSet},
    time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{
    Tools,
    cells::Cell,
    held::Held,
    image::{Place, Setback, twin},
    insist::insist,
};
use crate::model::{Batch, Claim, Failure, FailureCode, ImageState, Outcome, Request, TwinKey};

/// At most so many outcomes are recorded at once.
const RECORDED_AT_ONCE: usize = 16;
/// No outcome waits longer than this to be recorded.
const RECORDED_WITHIN: Duration = Duration::from_millis(250);
/// How long a batch is held back after the gallery has failed.
const AFTER_GALLERY_FAILURE: Duration = Duration::from_secs(5);

/// One claimed batch.
pub(super) struct Hand {
    pub(super) tools: Arc<Tools>,
    pub(super) request: Arc<Request>,
    pub(super) claim: Claim,
    pub(super) held: Arc<Held>,
    pub(super) batch: Arc<Batch>,
    /// Set when no more work is wanted: what is being compressed is finished, the rest is left.
    pub(super) stop: CancellationToken,
    /// Set when the process is being stopped.
    pub(super) stopping: CancellationToken,
}

/// The cell that an image shares with its twins, if it has any.
type Shared = Option<Cell<ImageState>>;

/// The images that are being worked on, each on a task of its own.
struct Making {
    tasks: JoinSet<Result<ImageState, Setback>>,
    places: HashMap<task::Id, (usize, usize, Shared)>,
}

impl Making {
    /// What has become of the next image that is ready; `None` when all have been.
    async fn next(&mut self) -> Option<(Result<Outcome, Setback>, Shared)> {
        let joined = self.tasks.join_next_with_id().await?;
        let (task, state) = match joined {
            Ok((task, state)) => (task, state),
            // Only a fault of ours panics here; the next claim would run into it again.
            Err(error) => {
                warn!(%error, "work on an image broke off");
                (error.id(), Ok(ImageState::Failed(broke_off())))
            }
        };
        let (product, image, cell) = self.places.remove(&task)?;
        Some((state.map(|state| Outcome { product, image, state }), cell))
    }
}

fn broke_off() -> Failure {
    Failure {
        code: FailureCode::Internal,
        message: "work on the image broke off".to_owned(),
        reason: "fault of Pixmill".to_owned(),
        is_retryable: true,
    }
}

impl Hand {
    /// Works on the batch until none of its images waits, or until something is in the way; then
    /// what has been done is recorded and the claim given back.
    pub(super) async fn work(self) -> Result<(), Setback> {
        let outcome = self.make_all().await;
        if let Err(setback) = &outcome {
            if let Setback::Gallery(_) = setback {
                // A gallery that fails at once is not asked again at once.
                tokio::select! {
                    () = sleep(AFTER_GALLERY_FAILURE) => {}
                    () = self.stopping.cancelled() => {}
                }
            }
            let is_lost = matches!(setback, Setback::Store(_));
            if !is_lost && let Err(error) = self.tools.requests.release(self.claim).await {
                // Nothing is lost: the claim runs out by itself.
                warn!(batch = %self.claim.batch, %error, "could not give a claim back");
            }
        }
        outcome
    }

    async fn make_all(&self) -> Result<(), Setback> {
        let mut making = self.begin();
        let mut done: Vec<(Outcome, Shared)> = Vec::new();
        let mut setback = None;
        let renewal = self.tools.lease / 3;
        let mut renewals = interval_at(Instant::now() + renewal, renewal);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut record_by = Instant::now() + RECORDED_WITHIN;
        loop {
            tokio::select! {
                made = making.next() => {
                    let Some((outcome, cell)) = made else { break };
                    if done.is_empty() {
                        record_by = Instant::now() + RECORDED_WITHIN;
                    }
                    match outcome {
                        Ok(outcome) => done.push((outcome, cell)),
                        Err(trouble) => {
                            self.stop.cancel();
                            // The first that goes wrong says why; the others follow from it.
                            setback = setback.or(Some(trouble));
                        }
                    }
                    if done.len() >= RECORDED_AT_ONCE {
                        self.record(&mut done).await?;
                    }
                }
                () = sleep_until(record_by), if !done.is_empty() => self.record(&mut done).await?,
                _ = renewals.tick() => self.renew().await?,
            }
        }
        self.record(&mut done).await?;
        setback.map_or(Ok(()), Err)
    }

    /// Starts work on all images that wait.
    fn begin(&self) -> Making {
        let mut making = Making { tasks: JoinSet::new(), places: HashMap::new() };
        for (product_place, product) in self.batch.products.iter().enumerate() {
            for (image_place, image) in product.images.iter().enumerate() {
                if image.state != ImageState::Waiting {
                    continue;
                }
                let shared = || (self.request.id, twin(&self.request, product, image));
                let cell = image.has_twin.then(|| self.tools.twins.cell(shared()));
                let (tools, stop) = (Arc::clone(&self.tools), self.stop.clone());
                let (request, batch) = (Arc::clone(&self.request), Arc::clone(&self.batch));
                let held = Arc::clone(&self.held);
                let (own_cell, counted) = (cell.clone(), self.tools.unfinished.count());
                let task = making.tasks.spawn(async move {
                    let _counted = counted;
                    let product = &batch.products[product_place];
                    let image = &product.images[image_place];
                    let place = Place {
                        tools: &tools,
                        stop: &stop,
                        held: &held,
                        request: &request,
                        product,
                        image,
                        number: image_place + 1,
                    };
                    place.make(own_cell.as_ref()).await
                });
                making.places.insert(task.id(), (product_place, image_place, cell));
            }
        }
        making
    }

    async fn record(&self, done: &mut Vec<(Outcome, Shared)>) -> Result<(), Setback> {
        if done.is_empty() {
            return Ok(());
        }
        let outcomes: Vec<Outcome> = done.iter().map(|(outcome, _)| outcome.clone()).collect();
        let twins = outcomes.iter().filter_map(|outcome| {
            let product = &self.batch.products[outcome.product];
            let image = &product.images[outcome.image];
            let key = || twin(&self.request, product, image);
            image.has_twin.then(|| (key(), outcome.state.clone()))
        });
        let twins: Vec<(TwinKey, ImageState)> = twins.collect();
        let requests = &self.tools.requests;
        insist(self.tools.lease, &self.stopping, || async {
            requests.record(self.claim, &outcomes).await?;
            // Only whoever holds the claim may say what others with the same link are to take.
            requests.keep_twins(&self.request, twins.clone()).await
        })
        .await?;
        done.clear();
        self.tools.tell_progress(self.request.id);
        Ok(())
    }

    /// Renews the claim, and finds out whether somebody has given the request up.
    async fn renew(&self) -> Result<(), Setback> {
        let (requests, lease) = (&self.tools.requests, self.tools.lease);
        let request = insist(lease, &self.stopping, || async {
            self.held.renew(requests).await?;
            requests.show(self.request.id).await
        });
        if !request.await?.status.is_open() {
            self.stop.cancel();
        }
        Ok(())
    }
}
