//! Carries one request from one side to the other.
//!
//! 1. The sheet goes first, then the batches, each after the renditions that it names, and the
//!    request last: so what is seen is whole, wherever it is cut off.
//! 2. What is there already is not sent again: the passage says which batches will not change any
//!    more, and of the others only those go that differ.
//! 3. What a crash could still take back on one side is not shown on the other.

use std::{collections::HashMap, io};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{
    journal::Journal,
    passage::{Passage, Way},
    settled::{Batches, Settled},
    side::Side,
    trouble::{Result, Trouble, here, reading_here, there},
};
use crate::{
    error::Error,
    gallery::{GalleryError, RenditionName},
    model::{Batch, ImageState, Origin, Rendition, Request, RequestId},
    store::{Copying, Kept, Lasting},
};

/// How many batches are carried in one go.
const BATCHES_AT_ONCE: u32 = 16;
/// How many renditions are on their way at a time.
const IMAGES_AT_ONCE: usize = 4;
/// The largest rendition in bytes: it is held in memory, and comes from others.
const LARGEST_IMAGE: u64 = 256 << 20;

/// Carries requests from one side to the other.
pub(super) struct Courier<'a> {
    pub(super) from: &'a Side,
    pub(super) to: &'a Side,
    pub(super) way: Way,
    pub(super) journal: &'a Journal,
    /// What is known of batches besides.
    pub(super) settled: &'a Settled,
}

impl Courier<'_> {
    /// Carries what has changed of a request, and notes in its passage how far it has come.
    pub(super) async fn carry(
        &self,
        kept: &Kept<Request>,
        origin: Origin,
        passage: &mut Passage,
    ) -> Result<Copying> {
        let request = &kept.value;
        passage.go_on_to(request, origin.revision);
        if !passage.has_sheet {
            passage.has_sheet = self.carry_sheet(request).await?;
            self.journal.save(passage, Lasting::WithNext).await?;
        }
        let mut known = self.settled.take(passage);
        self.carry_batches(request, passage, &mut known).await?;
        self.settled.put(request.id, known);
        self.flush().await?;
        let copying = self.to.requests.keep_copy(request, origin).await;
        let copying = copying.map_err(|error| self.unwritten(error))?;
        match copying {
            Copying::Kept | Copying::Late => {
                passage.revision = Some(origin.revision);
                passage.is_final = request.final_tally().is_some();
                passage.parked = None;
                self.journal.save(passage, Lasting::Now).await?;
            }
            Copying::Buried => {}
            Copying::Clash => {
                let told = "another request with the same id is there already";
                return Err(Trouble::Record(told.to_owned()));
            }
        }
        Ok(copying)
    }

    /// Carries the sheet; gives whether it is there now. What others have lost of theirs is no
    /// reason not to show the rest.
    async fn carry_sheet(&self, request: &Request) -> Result<bool> {
        let file = match self.from.gallery.open_sheet(request.id).await {
            Ok(file) => file,
            Err(error) => {
                return match (self.way, self.unread_file(error).await) {
                    (Way::Here, Trouble::Record(_)) => Ok(false),
                    (Way::Here | Way::There, trouble) => Err(trouble),
                };
            }
        };
        let spooled = spawn_blocking(move || spool(file)).await.map_err(io::Error::other);
        let spooled = spooled.and_then(|spooled| spooled);
        let (spooled, hash) = spooled.map_err(|error| here(Error::io("copy the sheet")(error)))?;
        if hash != request.sheet.hash {
            return Err(Trouble::Record("its sheet is not the one that came".to_owned()));
        }
        let kept = self.to.gallery.keep_sheet(request.id, spooled.path()).await;
        kept.map_err(|error| self.unwritten(error))?;
        Ok(true)
    }

    /// Carries the batches that have changed: those up to the cursor of the request that may still
    /// change, and those that were never carried.
    async fn carry_batches(
        &self,
        request: &Request,
        passage: &mut Passage,
        known: &mut Batches,
    ) -> Result<()> {
        let mut at = passage.settled;
        loop {
            at = known.next_open(at);
            if at >= request.batches {
                return Ok(());
            }
            if at >= request.next && at < passage.begun {
                at = passage.begun;
                continue;
            }
            let end = request.batches.min(at + BATCHES_AT_ONCE);
            let batches = self.from.requests.batches(request.id, at, end - at).await;
            let batches = batches.map_err(|error| self.unread(error))?;
            if batches.len() < (end - at) as usize {
                return Err(Trouble::Record("a part of it is missing".to_owned()));
            }
            self.flush().await?;
            let copies: Vec<Batch> = batches.iter().map(Batch::copy).collect();
            self.carry_some(request.id, at, &copies).await?;
            let before = (passage.settled, passage.begun);
            passage.begun = passage.begun.max(end);
            for batch in &batches {
                let stays = batch.unfinished_from().is_none_or(|from| from > passage.round);
                if stays {
                    known.settle(batch.id.seq, passage);
                }
            }
            if (passage.settled, passage.begun) != before {
                self.journal.save(passage, Lasting::WithNext).await?;
            }
            at = end;
        }
    }

    /// Carries those batches of a run that are not there as they are.
    async fn carry_some(&self, id: RequestId, from: u32, copies: &[Batch]) -> Result<()> {
        let known = self.to.requests.batches(id, from, BATCHES_AT_ONCE).await;
        let known = known.map_err(|error| self.unwritten(error))?;
        let known: HashMap<u32, &Batch> = known.iter().map(|batch| (batch.id.seq, batch)).collect();
        let is_new = |copy: &&Batch| known.get(&copy.id.seq) != Some(copy);
        let new: Vec<Batch> = copies.iter().filter(is_new).cloned().collect();
        if self.way == Way::There {
            let missing = new.iter().flat_map(|batch| missing(batch, known.get(&batch.id.seq)));
            if let Some(why) = self.carry_images(id, missing.collect()).await? {
                return Err(Trouble::Record(why));
            }
        }
        self.to.requests.keep_copied(&new).await.map_err(|error| self.unwritten(error))
    }

    /// Carries renditions, a few at a time. Gives why one is not to be had, where that is so: the
    /// others are carried all the same.
    pub(super) async fn carry_images<'b>(
        &'b self,
        id: RequestId,
        renditions: Vec<&'b Rendition>,
    ) -> Result<Option<String>> {
        let carried = renditions.into_iter().map(|made| self.carry_image(id, &made.name).boxed());
        let carried: Vec<BoxFuture<'_, Result<()>>> = carried.collect();
        let mut carried = stream::iter(carried).buffer_unordered(IMAGES_AT_ONCE);
        let mut missing = None;
        while let Some(outcome) = carried.next().await {
            match outcome {
                Err(Trouble::Record(why)) => missing = missing.or(Some(why)),
                outcome => outcome?,
            }
        }
        Ok(missing)
    }

    async fn carry_image(&self, id: RequestId, name: &str) -> Result<()> {
        let name: RenditionName =
            name.parse().map_err(|_| Trouble::Record(format!("`{name}` is no name")))?;
        let rendered = match self.from.gallery.open(id, &name, None).await {
            Ok(rendered) => rendered,
            Err(error) => return Err(self.unread_file(error).await),
        };
        if rendered.outline.size > LARGEST_IMAGE {
            return Err(Trouble::Record(format!("{name} is too large")));
        }
        let pieces: io::Result<Vec<Bytes>> = rendered.body.try_collect().await;
        let pieces = match pieces {
            Ok(pieces) => pieces,
            Err(source) => {
                let action = format!("read {name}");
                return Err(self.unread_file(GalleryError::Unavailable { action, source }).await);
            }
        };
        let kept = self.to.gallery.keep(id, &name, pieces.concat().into()).await;
        kept.map_err(|error| self.unwritten(error))
    }

    fn unread(&self, error: impl Into<Error>) -> Trouble {
        match self.way {
            Way::There => reading_here(error),
            Way::Here => there(error),
        }
    }

    /// The trouble with a file. Where one here cannot be read while others can be written, it is that
    /// file alone which is bad, and nothing is gained by waiting.
    async fn unread_file(&self, error: GalleryError) -> Trouble {
        let is_here = self.way == Way::There && matches!(error, GalleryError::Unavailable { .. });
        if is_here && self.from.gallery.probe().await.is_ok() {
            return Trouble::Record(error.to_string());
        }
        self.unread(error)
    }

    /// Has what was read on the one side outlast a crash, before it is shown on the other.
    async fn flush(&self) -> Result<()> {
        let flushed = self.from.store.flush().await;
        flushed.map_err(|error| match self.way {
            Way::There => here(error),
            Way::Here => there(error),
        })
    }

    fn unwritten(&self, error: impl Into<Error>) -> Trouble {
        match self.way {
            Way::There => there(error),
            Way::Here => here(error),
        }
    }
}

/// The renditions that a batch names.
pub(super) fn renditions(batch: &Batch) -> impl Iterator<Item = &Rendition> {
    let images = batch.products.iter().flat_map(|product| &product.images);
    images.filter_map(|image| match &image.state {
        ImageState::Done(made) => Some(made),
        ImageState::Waiting | ImageState::Failed(_) | ImageState::Kept { .. } => None,
    })
}

/// The renditions of a batch that an earlier copy of it does not name: what it names was sent before it.
fn missing<'a>(batch: &'a Batch, earlier: Option<&&Batch>) -> Vec<&'a Rendition> {
    let sent = earlier.into_iter().flat_map(|earlier| renditions(earlier));
    let sent: HashMap<&str, &Rendition> = sent.map(|made| (&*made.name, made)).collect();
    renditions(batch).filter(|made| sent.get(&*made.name) != Some(made)).collect()
}

/// Copies a sheet into a file of its own; gives its hash as well.
fn spool(mut file: std::fs::File) -> io::Result<(NamedTempFile, String)> {
    let mut spooled = NamedTempFile::new()?;
    io::copy(&mut file, &mut spooled)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(spooled.path())?)?;
    Ok((spooled, hasher.finalize().to_string()))
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc, time::Duration};

    use super::*;
    use crate::{
        gallery::{Layout, Objects},
        model::{BatchId, Image, Link, Product, RecipeChange, Timestamp},
        store::{
            Claimed, Embedded, Kind,
            contract::{Spy, created, done, outcome},
        },
    };

    fn batch(images: [ImageState; 2]) -> Batch {
        let link = || Link::File("a.png".to_owned());
        let product = Product {
            line: 2,
            serial_number: "1".to_owned(),
            product_name: "Mug".to_owned(),
            images: images.map(|state| Image::new(link(), state)).into(),
            recipe_change: RecipeChange::default(),
        };
        let request = RequestId::fresh();
        Batch::new(BatchId { request, seq: 0 }, vec![product])
    }

    #[test]
    fn what_an_earlier_copy_names_is_not_sent_once_more() {
        let none = batch([ImageState::Waiting, ImageState::Waiting]);
        let one = batch([done("a.webp"), ImageState::Waiting]);
        let both = batch([done("a.webp"), done("b.webp")]);
        let mut anew = both.clone();
        if let ImageState::Done(made) = &mut anew.products[0].images[0].state {
            made.bytes += 1;
        }
        for (batch, earlier, names) in [
            (&one, None, vec!["a.webp"]),
            (&one, Some(&none), vec!["a.webp"]),
            (&both, Some(&one), vec!["b.webp"]),
            (&both, Some(&both), vec![]),
            (&anew, Some(&both), vec!["a.webp"]),
            (&none, Some(&both), vec![]),
        ] {
            let missing = missing(batch, earlier.as_ref());
            assert_eq!(missing.iter().map(|made| &*made.name).collect::<Vec<_>>(), names);
        }
    }
    /// A side in a folder, and who tells what is asked of its store.
    async fn side(folder: &Path) -> (Side, Arc<Spy>) {
        let store = Embedded::open(&folder.join("store"), 1 << 20).unwrap();
        let spy = Arc::new(Spy::on(Arc::new(store)));
        let gallery = Objects::folder(&folder.join("gallery"), Layout::default()).unwrap();
        (Side::of(spy.clone(), Arc::new(gallery), None).await.unwrap(), spy)
    }

    #[tokio::test]
    async fn what_has_settled_behind_a_slow_batch_is_not_read_again() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let ((from, asked), (to, _)) =
            (side(folders[0].path()).await, side(folders[1].path()).await);
        let id = created(&from.requests, 100).await;
        let lease = Duration::from_secs(600);
        while let Claimed::Batch(claim, batch) = from.requests.claim(id, lease).await.unwrap() {
            if batch.id.seq > 0 {
                from.requests.record(claim, &outcome(done("a.webp"))).await.unwrap();
            }
        }
        let kept = from.requests.read(id).await.unwrap();
        let journal = Journal::new(Arc::clone(&to.store));
        let settled = Settled::default();
        let courier =
            Courier { from: &from, to: &to, way: Way::Here, journal: &journal, settled: &settled };
        let mut passage = Passage::new(id, from.name, Way::Here);
        let origin = Origin { store: from.name, revision: 1, at: Timestamp::EPOCH };
        let mut reads = Vec::new();
        for _ in 0..3 {
            asked.forget();
            courier.carry(&kept, origin, &mut passage).await.unwrap();
            reads.push(asked.calls(Kind::Batch).len());
        }
        assert_eq!((passage.settled, &reads[1..]), (0, &[1, 1][..]), "{reads:?}");
        assert_eq!(to.requests.batches(id, 0, 200).await.unwrap().len(), 100);
    }
}
