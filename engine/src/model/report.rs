//! What became of the images of a request, looked at as a whole.

use std::collections::BTreeMap;

use super::{Batch, FailureCode, ImageState, Link};

/// In how many steps of ten percent savings are counted; one more counts what grew.
const STEPS: usize = 10;
/// How many hosts are told apart; a sheet may name a million.
const HOSTS: usize = 2_000;

/// What became of the images of a request, looked at as a whole: summed up batch by batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many images saved less than nothing, up to 10 percent of their bytes, up to 20, and so
    /// on.
    pub savings: [u64; STEPS + 1],
    /// What came of each host's images, for the first 2,000 hosts.
    pub hosts: BTreeMap<String, HostReport>,
    /// How many images lay with other hosts.
    pub elsewhere: u64,
    /// What failed, by its [reason](super::Failure::reason).
    pub failures: BTreeMap<String, FailureReport>,
}

/// What came of one host's images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostReport {
    /// How many images it had.
    pub images: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How many were downloaded.
    pub fetched: u64,
    /// How long these downloads took, in milliseconds.
    pub fetch_ms: u64,
    /// How long the slowest of them took, in milliseconds.
    pub slowest_ms: u64,
}

/// What failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureReport {
    /// What kind of failure it is.
    pub code: FailureCode,
    /// What is said of the first such image.
    pub message: String,
    /// How many images it is.
    pub images: u64,
    /// Whether trying again may help.
    pub is_retryable: bool,
}

impl Report {
    /// Adds what became of the images of a batch.
    pub fn add(&mut self, batch: &Batch) {
        for image in batch.products.iter().flat_map(|product| &product.images) {
            self.add_host(&image.link, &image.state);
            match &image.state {
                ImageState::Waiting | ImageState::Kept { .. } => {}
                ImageState::Done(made) => self.savings[step(made.source_bytes, made.bytes)] += 1,
                ImageState::Failed(failure) => {
                    let first = || FailureReport {
                        code: failure.code,
                        message: failure.message.clone(),
                        images: 0,
                        is_retryable: false,
                    };
                    let group = self.failures.entry(failure.reason.clone()).or_insert_with(first);
                    group.images += 1;
                    group.is_retryable |= failure.is_retryable;
                }
            }
        }
    }

    fn add_host(&mut self, link: &Link, state: &ImageState) {
        let Link::Web(url) = link else { return };
        let Some(host) = url.host_str() else { return };
        if !self.hosts.contains_key(host) {
            if self.hosts.len() == HOSTS {
                self.elsewhere += 1;
                return;
            }
            self.hosts.insert(host.to_owned(), HostReport::default());
        }
        let Some(report) = self.hosts.get_mut(host) else { return };
        report.images += 1;
        match state {
            ImageState::Waiting | ImageState::Kept { .. } => {}
            ImageState::Failed(_) => report.failed += 1,
            ImageState::Done(made) => {
                let Some(ms) = made.fetch_ms else { return };
                report.fetched += 1;
                report.fetch_ms += u64::from(ms);
                report.slowest_ms = report.slowest_ms.max(ms.into());
            }
        }
    }
}

/// The step that a saving counts in: 0 for what grew, 1 for up to 10 percent, and so on.
fn step(bytes_in: u64, bytes_out: u64) -> usize {
    let Some(saved) = bytes_in.checked_sub(bytes_out) else { return 0 };
    let tenth = u128::from(saved) * 10 / u128::from(bytes_in.max(1));
    usize::try_from(tenth).map_or(STEPS, |tenth| (tenth + 1).min(STEPS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn savings_are_counted_in_steps_of_ten_percent() {
        let steps = [(100, 101), (100, 100), (100, 91), (100, 90), (100, 50), (100, 1), (0, 0)]
            .map(|(bytes_in, bytes_out)| step(bytes_in, bytes_out));
        assert_eq!(steps, [0, 1, 1, 2, 6, 10, 1]);
    }
}
