//! What has become of a number of images, counted.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::ImageState;

/// What has become of a number of images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// How many images there are.
    pub total: u64,
    /// How many have a rendition, be it from this request or from an earlier one.
    pub done: u64,
    /// How many have none and will get none.
    pub failed: u64,
    /// Bytes of the sources that have a rendition from this request.
    pub bytes_in: u64,
    /// Bytes of those renditions.
    pub bytes_out: u64,
}

impl Tally {
    /// How many images wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.total.saturating_sub(self.done + self.failed)
    }

    /// Adds the counts of `other` to these.
    pub fn add(&mut self, other: &Tally) {
        let Tally { total, done, failed, bytes_in, bytes_out } = *other;
        self.total += total;
        self.done += done;
        self.failed += failed;
        self.bytes_in += bytes_in;
        self.bytes_out += bytes_out;
    }

    /// This tally and one more image.
    pub(super) fn with(mut self, state: &ImageState) -> Self {
        self.total += 1;
        match state {
            ImageState::Waiting => {}
            ImageState::Kept { .. } => self.done += 1,
            ImageState::Done(rendition) => {
                self.done += 1;
                self.bytes_in += rendition.source_bytes;
                self.bytes_out += rendition.bytes;
            }
            ImageState::Failed(_) => self.failed += 1,
        }
        self
    }
}

/// How many images failed for which reason; see [`Failure::reason`](super::Failure::reason).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reasons(BTreeMap<String, u64>);

impl Reasons {
    /// Whether nothing failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts that many more images that failed for a reason.
    pub fn add(&mut self, reason: &str, images: u64) {
        match self.0.get_mut(reason) {
            Some(count) => *count += images,
            None => drop(self.0.insert(reason.to_owned(), images)),
        }
    }

    /// Adds the counts of `other` to these.
    pub fn add_all(&mut self, other: &Reasons) {
        other.0.iter().for_each(|(reason, count)| self.add(reason, *count));
    }

    /// What went wrong in one sentence, such as `3 of 120 images failed: 2x HTTP 404, 1x timeout`;
    /// the commonest reasons come first and at most five are named. `None` where nothing did.
    #[must_use]
    pub fn error_message(&self, tally: &Tally) -> Option<String> {
        let Tally { failed, total, .. } = *tally;
        if failed == 0 {
            return None;
        }
        let mut reasons: Vec<(&String, &u64)> = self.0.iter().collect();
        reasons.sort_by_key(|(reason, count)| (Reverse(**count), *reason));
        let mut named: Vec<String> =
            reasons.iter().take(5).map(|(reason, count)| format!("{count}x {reason}")).collect();
        let others: u64 = reasons.iter().skip(5).map(|(_, count)| **count).sum();
        if others > 0 {
            named.push(format!("{others}x for other reasons"));
        }
        let images = if total == 1 { "image" } else { "images" };
        Some(format!("{failed} of {total} {images} failed: {}", named.join(", ")))
    }
}

impl<'a> FromIterator<(&'a str, u64)> for Reasons {
    fn from_iter<T: IntoIterator<Item = (&'a str, u64)>>(counts: T) -> Self {
        let mut reasons = Reasons::default();
        counts.into_iter().for_each(|(reason, images)| reasons.add(reason, images));
        reasons
    }
}
