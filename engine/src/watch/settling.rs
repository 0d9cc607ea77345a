//! When a file is whole: its size and its time have not changed for a while.
//!
//! A file that is being copied has its name long before its bytes, and the next of them may come late.
//! No system tells when it is whole; some tell of who has begun to write and has not closed it.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    time::{Duration, SystemTime},
};

/// How much longer an empty file is waited for: whoever made it is about to write.
const EMPTY_WAITS: u32 = 10;
/// How long a file is waited for that somebody has open to write in it, after the last change: he may
/// have been cut off in a way that the system does not notice, or never close it.
const OPEN_WAITS: Duration = Duration::from_secs(60);

/// What shows whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    pub(super) modified: SystemTime,
}

/// A file that looks whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) name: OsString,
    pub(super) stamp: Stamp,
}

/// The files of a folder, and since when each is as it is. Moments are told from any beginning.
#[derive(Debug)]
pub(super) struct Settling {
    settle: Duration,
    files: HashMap<OsString, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    stamp: Stamp,
    since: Duration,
    is_open: bool,
    is_given: bool,
}

impl Seen {
    fn due(&self, settle: Duration) -> Duration {
        let wait = if self.stamp.bytes == 0 { settle * EMPTY_WAITS } else { settle };
        self.since + if self.is_open { wait.max(OPEN_WAITS) } else { wait }
    }
}

impl Settling {
    /// Nothing has been seen yet; a file is whole when it has not changed for `settle`.
    pub(super) fn new(settle: Duration) -> Self {
        Settling { settle, files: HashMap::new() }
    }

    /// Takes in what is in the folder at a moment, and whether somebody has it open to write in it, as
    /// far as that is known. Gives the files that have become whole, each once for as long as it stays
    /// as it is: the oldest first, those of one moment by name.
    pub(super) fn look(
        &mut self,
        now: Duration,
        files: impl IntoIterator<Item = (OsString, Stamp)>,
        is_open: impl Fn(&OsStr, Stamp) -> bool,
    ) -> Vec<Whole> {
        let before = std::mem::take(&mut self.files);
        let mut whole = Vec::new();
        for (name, stamp) in files {
            let fresh = Seen { stamp, since: now, is_open: false, is_given: false };
            let mut seen =
                before.get(&name).copied().filter(|seen| seen.stamp == stamp).unwrap_or(fresh);
            seen.is_open = is_open(&name, stamp);
            if !seen.is_given && seen.due(self.settle) <= now {
                seen.is_given = true;
                whole.push(Whole { name: name.clone(), stamp });
            }
            self.files.insert(name, seen);
        }
        whole.sort_by(|a, b| (a.stamp.modified, &a.name).cmp(&(b.stamp.modified, &b.name)));
        whole
    }

    /// Has a file that was given settle anew: it was in use, or has changed.
    pub(super) fn again(&mut self, now: Duration, name: &OsStr) {
        if let Some(seen) = self.files.get_mut(name) {
            (seen.since, seen.is_given) = (now, false);
        }
    }

    /// Whether a file of a name was there at the last look.
    pub(super) fn knows(&self, name: &OsStr) -> bool {
        self.files.contains_key(name)
    }

    /// Forgets a file that has been moved away: one of the same name is another one.
    pub(super) fn forget(&mut self, name: &OsStr) {
        self.files.remove(name);
    }

    /// Has all that has not been given settle anew, as the folder could not be seen for a while.
    pub(super) fn lose_sight(&mut self, now: Duration) {
        for seen in self.files.values_mut().filter(|seen| !seen.is_given) {
            seen.since = now;
        }
    }

    /// When the next file may have become whole.
    pub(super) fn next(&self) -> Option<Duration> {
        let open = self.files.values().filter(|seen| !seen.is_given);
        open.map(|seen| seen.due(self.settle)).min()
    }

    /// How many files have not become whole.
    pub(super) fn open(&self) -> usize {
        self.files.values().filter(|seen| !seen.is_given).count()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    const SETTLE: u64 = 5;

    fn stamp(bytes: u64) -> Stamp {
        Stamp { bytes, modified: SystemTime::UNIX_EPOCH }
    }

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    /// What happens to one of three files in a second.
    #[derive(Clone, Debug)]
    enum Step {
        Write(u8, u64),
        Remove(u8),
        Nothing,
        Miss,
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..3_u8, 1..4_u64).prop_map(|(file, bytes)| Step::Write(file, bytes)),
            (0..3_u8).prop_map(Step::Remove),
            Just(Step::Nothing),
            Just(Step::Nothing),
            Just(Step::Nothing),
            Just(Step::Miss),
        ]
    }

    proptest! {
        #[test]
        fn a_file_is_given_once_for_each_time_it_settles_and_never_too_early(
            steps in vec(any_step(), 1..120),
        ) {
            let mut settling = Settling::new(seconds(SETTLE));
            // What each file is, since when somebody could have seen it so, and whether it was given.
            let mut files: BTreeMap<OsString, (u64, u64, bool)> = BTreeMap::new();
            for (now, step) in (0..).zip(steps) {
                let name = |file: u8| OsString::from(file.to_string());
                match step {
                    Step::Write(file, bytes) => {
                        let entry = files.entry(name(file)).or_insert((0, now, false));
                        if entry.0 != bytes {
                            *entry = (bytes, now, false);
                        }
                    }
                    Step::Remove(file) => {
                        files.remove(&name(file));
                    }
                    Step::Nothing => {}
                    Step::Miss => {
                        settling.lose_sight(seconds(now));
                        files.values_mut().filter(|file| !file.2).for_each(|file| file.1 = now);
                        continue;
                    }
                }
                let seen = files.iter().map(|(name, (bytes, ..))| (name.clone(), stamp(*bytes)));
                let seen = seen.collect::<Vec<_>>();
                let given = settling.look(seconds(now), seen, |_, _| false);
                let mut expected = Vec::new();
                for (name, (bytes, since, was_given)) in &mut files {
                    if !*was_given && now - *since >= SETTLE {
                        *was_given = true;
                        expected.push(Whole { name: name.clone(), stamp: stamp(*bytes) });
                    }
                }
                prop_assert_eq!(given, expected);
            }
        }
    }

    #[test]
    fn the_oldest_comes_first_and_an_empty_one_late() {
        let mut settling = Settling::new(seconds(1));
        let at = |seconds_old: u64| SystemTime::UNIX_EPOCH + seconds(100 - seconds_old);
        let files = [("c", 1, 9), ("b", 1, 2), ("a", 1, 2), ("empty", 0, 50)];
        let files = files
            .map(|(name, bytes, old)| (OsString::from(name), Stamp { bytes, modified: at(old) }));
        let mut look = |now| {
            let whole = settling.look(seconds(now), files.clone(), |_, _| false);
            whole.into_iter().map(|whole| whole.name).collect::<Vec<_>>()
        };
        assert_eq!(look(0), [""; 0]);
        assert_eq!(look(1), ["c", "a", "b"]);
        assert_eq!(look(9), [""; 0]);
        assert_eq!(look(10), ["empty"]);
    }

    #[test]
    fn what_was_in_use_settles_anew_and_what_was_moved_away_is_another() {
        let mut settling = Settling::new(seconds(1));
        let look = |settling: &mut Settling, now| {
            settling.look(seconds(now), [(OsString::from("a"), stamp(1))], |_, _| false).len()
        };
        assert_eq!((look(&mut settling, 0), look(&mut settling, 1)), (0, 1));
        settling.again(seconds(1), OsStr::new("a"));
        assert_eq!(settling.next(), Some(seconds(2)));
        assert_eq!((look(&mut settling, 1), look(&mut settling, 2)), (0, 1));
        settling.forget(OsStr::new("a"));
        assert_eq!((look(&mut settling, 3), look(&mut settling, 4)), (0, 1));
        assert_eq!((settling.open(), settling.next()), (0, None));
    }

    #[test]
    fn what_is_open_is_waited_for_until_it_is_closed_and_not_for_ever() {
        let mut settling = Settling::new(seconds(1));
        let mut look = |now, bytes, is_open| {
            settling.look(seconds(now), [("a".into(), stamp(bytes))], |_, _| is_open).len()
        };
        assert_eq!((look(0, 1, true), look(59, 1, true)), (0, 0));
        assert_eq!(look(59, 1, false), 1, "it has been closed");
        assert_eq!((look(60, 2, true), look(119, 2, true), look(120, 2, true)), (0, 0, 1));
    }
}
