//! Looks into a folder, which may be on a drive that takes its time or does not answer at all.

use std::{collections::HashSet, ffi::OsStr, io, pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{
    Hearing, disk,
    hand::blocking,
    hints::Hints,
    patrol::{Patrol, Waiting},
};
use crate::error::Error;

/// The least time between two looks, however many hints there are.
const LOOKS_APART: Duration = Duration::from_millis(100);
/// How much longer than a look took is waited at least before the next.
const LOOK_SHARE: u32 = 10;
/// The most that is waited for that reason.
const LONGEST_REST: Duration = Duration::from_secs(60);
/// How long an answer of a drive may take before that is told.
const PATIENCE: Duration = Duration::from_secs(10);

impl Patrol {
    /// Looks into the folder: what is whole there is to be taken.
    pub(super) async fn look(&mut self) {
        self.is_rung = false;
        let folder = self.hand.folder.clone();
        let begun = Instant::now();
        let (sight, neighbours) = (Arc::clone(&self.hand.sight), Arc::clone(&self.neighbours));
        let taken = Arc::clone(&folder);
        let scan = move || {
            let scanned = disk::scan(&sight)?;
            neighbours.grounds.take(&taken).map_err(io::Error::other)?;
            Ok(scanned)
        };
        let scanned = self.ask("look into the folder", scan).await;
        if self.hand.stop.is_cancelled() {
            return;
        }
        let now = Instant::now();
        self.not_before = now + rest(now - begun, scanned.is_ok(), folder.looks.every);
        self.next_look = now + folder.looks.every;
        match scanned {
            Ok((identity, sheets)) => {
                if folder.looks.hearing == Hearing::Hints && !self.hints.are_of(identity) {
                    // The one before is given up first: it watches what is no more.
                    self.hints = Hints::default();
                    let (path, bell) = (folder.path.clone(), Arc::clone(&self.bell));
                    let ask = move || Ok(Hints::ask(&path, identity, bell));
                    self.hints = self.ask("be told of changes", ask).await.unwrap_or_default();
                    // What came after this look and before the hints is found by another.
                    self.is_rung = true;
                }
                if !self.is_reachable {
                    self.is_reachable = true;
                    self.not_begun_before = now;
                    self.hand.status.note(|facts| facts.unreachable = None);
                }
                let there: HashSet<&OsStr> = sheets.iter().map(|(name, _)| &**name).collect();
                let is_there = |name: &OsStr| there.contains(name);
                self.hand.status.note(|facts| facts.left_alone.retain(|name, _| is_there(name)));
                let is_open = |name: &OsStr, stamp| self.hints.is_open(name, stamp);
                let whole = self.settling.look(now - self.begun, sheets, is_open);
                let waiting = whole.into_iter().map(|sheet| Waiting { sheet, seen: None });
                self.queue.extend(waiting);
            }
            Err(error) => {
                self.hints = Hints::default();
                self.settling.lose_sight(now - self.begun);
                let source =
                    if let Error::Io { source, .. } = &error { Some(source) } else { None };
                self.lose(source.map_or_else(|| error.to_string(), ToString::to_string));
            }
        }
    }

    /// Asks something of the file system. Where no answer comes for a while that is told, and nobody
    /// waits for it when all is to stop.
    pub(super) async fn ask<T: Send + 'static>(
        &mut self,
        action: &'static str,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let stop = self.hand.stop.clone();
        let mut answer = pin!(blocking(action, work));
        tokio::select! {
            answer = &mut answer => return answer,
            () = sleep(PATIENCE) => {}
            () = stop.cancelled() => return Err(Error::Stopped),
        }
        self.lose(format!("no answer for {} s to: {action}", PATIENCE.as_secs()));
        tokio::select! {
            answer = answer => answer,
            () = stop.cancelled() => Err(Error::Stopped),
        }
    }

    /// The folder cannot be used, until it is seen again.
    fn lose(&mut self, why: String) {
        (self.is_reachable, self.is_unsure) = (false, true);
        self.hand.status.note(|facts| facts.unreachable = Some(why));
    }
}

/// How long is waited at least after a look: a drive is not to be kept busy with looks. One that is
/// away, or was until it answered, is looked for as often as was asked for.
fn rest(took: Duration, is_there: bool, every: Duration) -> Duration {
    let is_slow = is_there && took < PATIENCE;
    let longest = if is_slow { LONGEST_REST } else { every.min(LONGEST_REST) };
    took.saturating_mul(LOOK_SHARE).min(longest).max(LOOKS_APART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_that_was_slow_to_say_that_it_is_away_is_looked_for_as_ever() {
        let (every, second) = (Duration::from_secs(5), Duration::from_secs(1));
        assert_eq!(rest(Duration::ZERO, true, every), LOOKS_APART);
        assert_eq!(rest(second, true, every), 10 * second);
        assert_eq!(rest(9 * second, true, every), LONGEST_REST);
        assert_eq!(rest(1_000 * second, true, every), every);
        assert_eq!(rest(9 * second, false, every), every);
    }
}
