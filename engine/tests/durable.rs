//! The embedded store is killed again and again while it writes, opens and makes its snapshots:
//! what it has acknowledged is there, and it always opens.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use bson::RawDocumentBuf;
use pixmill_engine::{
    model::Reasons,
    store::{Document, Embedded, Kind, Lasting, Mark, Marked, Store},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const ROUNDS: usize = 200;
const CACHE_BYTES: u64 = 16 << 20;
/// How many write at the same time.
const WRITERS: usize = 4;
/// Where the process that is to be killed finds the store.
const FOLDER: &str = "PIXMILL_TEST_DURABLE_FOLDER";
/// One whose documents may bear several marks.
const KIND: Kind = Kind::Queue;
/// Documents that are there from the beginning, so that a snapshot is large enough to be caught. They
/// are found by their ids only.
const LARGE: usize = 20_000;
/// How many groups are looked through after each kill.
const GROUPS_LOOKED_AT: usize = 20;

/// What follows from the name and the revision of a document by chance, but always the same.
fn seed(id: &str, revision: u64) -> [u8; 32] {
    *blake3::hash(format!("{id}/{revision}").as_bytes()).as_bytes()
}

/// A document of which all follows from its name and revision: of one piece or several, with marks
/// that change, and with a group and another name that stay.
fn document(id: &str, revision: u64) -> Document {
    let seed = seed(id, revision);
    let most_bytes = if seed[0] < 64 && !is_large(id) { 20_000 } else { 2_000 };
    let bytes = usize::from(u16::from_le_bytes([seed[1], seed[2]])) % most_bytes;
    let filler = blake3::Hash::from_bytes(seed).to_hex().repeat(bytes / 64 + 1);
    let mut body = RawDocumentBuf::new();
    body.append(bson::cstr!("filler"), filler.as_str());
    Document {
        id: id.to_owned(),
        revision,
        group: group(id),
        alias: alias(id),
        marks: marks(id, revision),
        tally: None,
        reasons: Reasons::default(),
        body,
    }
}

fn is_large(id: &str) -> bool {
    id.starts_with("large-")
}

fn group(id: &str) -> Option<String> {
    (!is_large(id)).then(|| format!("group {}", seed(id, 0)[3]))
}

fn alias(id: &str) -> Option<String> {
    (!is_large(id)).then(|| format!("alias of {id}"))
}

/// Some of the marks that there are, with values that others may bear as well.
fn marks(id: &str, revision: u64) -> BTreeMap<Mark, String> {
    let seed = seed(id, revision);
    let marks = KIND.marks().iter().zip(&seed[4..]);
    let borne = marks.filter(|(_, chance)| **chance < 128 && !is_large(id));
    borne.map(|(mark, chance)| (*mark, format!("{chance:03}"))).collect()
}

/// Writes until it is killed, and says of each write that it begins and that it is acknowledged.
#[test]
#[ignore = "the test below runs it in a process of its own"]
fn write_until_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let store = Embedded::open(Path::new(&folder), CACHE_BYTES).unwrap();
    say("open", "", None);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let writers = (0..WRITERS).map(|writer| runtime.spawn(write(store.clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        runtime.block_on(writer).unwrap();
    }
}

async fn write(store: Embedded, writer: usize) {
    let mut chance: StdRng = rand::make_rng();
    let mut mine: Vec<(String, u64)> = Vec::new();
    loop {
        let last = mine.len().saturating_sub(1);
        match chance.random_range(0..10) {
            0..4 if !mine.is_empty() => {
                let (id, revision) = mine[chance.random_range(0..=last)].clone();
                say("try", &id, Some(revision + 1));
                let next = Document { revision, ..document(&id, revision + 1) };
                let replaced = store.replace(KIND, next, Lasting::Now).await;
                assert!(replaced.unwrap());
                say("done", &id, Some(revision + 1));
                mine.iter_mut().find(|(other, _)| *other == id).unwrap().1 += 1;
            }
            4 if mine.len() > 3 => {
                let (id, _) = mine.swap_remove(chance.random_range(0..=last));
                say("try", &id, None);
                store.delete(KIND, std::slice::from_ref(&id)).await.unwrap();
                say("done", &id, None);
            }
            _ => {
                let id = format!("{writer}-{:016x}", chance.random::<u64>());
                say("try", &id, Some(0));
                let inserted = store.insert(KIND, vec![document(&id, 0)], Lasting::Now).await;
                assert_eq!(inserted.unwrap(), 1);
                say("done", &id, Some(0));
                mine.push((id, 0));
            }
        }
    }
}

/// One line, whole or not at all. A revision of `None` is a document that is deleted.
fn say(what: &str, id: &str, revision: Option<u64>) {
    let revision = revision.map_or_else(|| "-".to_owned(), |revision| revision.to_string());
    let line = format!("\n@{what} {id} {revision}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

/// What must be in the store: a document by its id, with its revision, or its absence.
#[derive(Default)]
struct Ledger {
    sure: BTreeMap<String, Option<u64>>,
    /// What was begun and has not been acknowledged: it may have happened or not.
    begun: BTreeMap<String, Option<u64>>,
    touched: BTreeSet<String>,
    acknowledged: usize,
}

impl Ledger {
    fn hear(&mut self, line: &str) {
        let Some(line) = line.strip_prefix('@') else { return };
        let [what, id, revision] = *line.split(' ').collect::<Vec<_>>() else { return };
        let revision = revision.parse().ok();
        match what {
            "try" => {
                self.begun.insert(id.to_owned(), revision);
                self.touched.insert(id.to_owned());
            }
            "done" => {
                self.begun.remove(id);
                self.sure.insert(id.to_owned(), revision);
                self.acknowledged += 1;
            }
            _ => {}
        }
    }

    /// Compares what has been touched since the last time, or everything, with what is there.
    async fn check(&mut self, store: &Embedded, everything: bool) {
        let mut ids = std::mem::take(&mut self.touched);
        if everything {
            ids.extend(self.sure.keys().cloned());
        }
        let ids: Vec<String> = ids.into_iter().collect();
        for ids in ids.chunks(500) {
            let found = store.find(KIND, ids).await.unwrap().into_iter();
            let found: BTreeMap<String, Document> =
                found.map(|document| (document.id.clone(), document)).collect();
            for id in ids {
                let there = found.get(id).map(|document| document.revision);
                let sure = self.sure.get(id).copied().flatten();
                let begun = self.begun.remove(id);
                assert!(there == sure || Some(there) == begun, "{id}: {there:?}, not {sure:?}");
                if let Some(found) = found.get(id) {
                    assert_eq!(*found, document(id, found.revision), "{id}");
                }
                self.sure.insert(id.clone(), there);
            }
        }
        self.check_aliases(store, &ids).await;
        let groups = ids.iter().filter_map(|id| group(id)).collect::<BTreeSet<_>>().into_iter();
        let looked_at = if everything { usize::MAX } else { GROUPS_LOOKED_AT };
        for group in groups.take(looked_at) {
            self.check_group(store, &group).await;
        }
        self.check_marks(store).await;
    }

    /// The documents that must be there, with their revisions.
    fn live(&self) -> impl Iterator<Item = (&str, u64)> {
        self.sure.iter().filter_map(|(id, revision)| Some((&**id, (*revision)?)))
    }

    async fn check_aliases(&self, store: &Embedded, ids: &[String]) {
        for id in ids {
            let found = store.find_alias(KIND, &alias(id).unwrap()).await.unwrap();
            let found = found.map(|found| (found.id, found.revision));
            let sure = self.sure[id].map(|revision| (id.clone(), revision));
            assert_eq!(found, sure, "by its alias");
        }
    }

    async fn check_group(&self, store: &Embedded, name: &str) {
        let found = store.list(KIND, Some(name), None, usize::MAX).await.unwrap();
        let found: Vec<(&str, u64)> =
            found.iter().rev().map(|found| (&*found.id, found.revision)).collect();
        let members = self.live().filter(|(id, _)| group(id).as_deref() == Some(name));
        assert_eq!(found, members.collect::<Vec<_>>(), "{name}");
    }

    async fn check_marks(&self, store: &Embedded) {
        let mut borne: BTreeMap<Mark, BTreeSet<Marked>> = BTreeMap::new();
        for (id, revision) in self.live() {
            for (mark, value) in marks(id, revision) {
                borne.entry(mark).or_default().insert(Marked { value, id: id.to_owned() });
            }
        }
        for mark in KIND.marks() {
            let all = Mark::values_from(String::new());
            let found = store.marked(KIND, *mark, all, usize::MAX).await.unwrap();
            let borne = borne.remove(mark).unwrap_or_default();
            assert!(found.iter().eq(&borne), "{mark:?}: {found:?}, not {borne:?}");
        }
    }
}

/// The process that is killed. Its end is seen to also where the test fails.
struct Victim {
    process: Child,
    lines: mpsc::Receiver<String>,
}

impl Victim {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["write_until_killed", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = process.stdout.take().unwrap();
        let (heard, lines) = mpsc::channel();
        std::thread::spawn(move || listen(out, &heard));
        Victim { process, lines }
    }

    /// SIGKILL, and then all that it has said.
    fn kill(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.lines.iter().collect()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn listen(out: ChildStdout, heard: &mpsc::Sender<String>) {
    for line in BufReader::new(out).lines() {
        let Ok(line) = line else { return };
        drop(heard.send(line));
    }
}

/// Whether a snapshot is being written.
fn is_snapping(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).unwrap().filter_map(Result::ok);
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".generating"))
}

#[tokio::test]
async fn two_hundred_kills_lose_nothing_and_the_store_always_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut chance = StdRng::seed_from_u64(7);
    let large = (0..LARGE).map(|n| document(&format!("large-{n}"), 0)).collect();
    let store = Embedded::open(path, CACHE_BYTES).unwrap();
    assert_eq!(store.insert(KIND, large, Lasting::Now).await.unwrap(), LARGE);
    drop(store);
    let mut ledger = Ledger::default();
    let mut snapshots_cut = 0;
    for round in 0..ROUNDS {
        let victim = Victim::start(path);
        let mut heard = Vec::new();
        match round % 3 {
            // In the thick of the writing.
            0 => {
                let wanted = chance.random_range(1..200);
                while heard.iter().filter(|line: &&String| line.starts_with("@done")).count()
                    < wanted
                {
                    heard.push(victim.lines.recv_timeout(Duration::from_secs(60)).unwrap());
                }
            }
            // While a snapshot is being written, if one is.
            1 => {
                let give_up = Instant::now() + Duration::from_secs(60);
                while !is_snapping(path)
                    && !heard.iter().any(|line: &String| line.starts_with("@open"))
                {
                    assert!(Instant::now() < give_up, "the store does not open");
                    heard.extend(victim.lines.try_iter());
                }
            }
            // At any moment after the start.
            _ => tokio::time::sleep(Duration::from_millis(chance.random_range(0..300))).await,
        }
        heard.extend(victim.kill());
        snapshots_cut += usize::from(is_snapping(path));
        heard.iter().for_each(|line| ledger.hear(line));
        let store = Embedded::open(path, CACHE_BYTES).unwrap();
        ledger.check(&store, round % 20 == 0 || round + 1 == ROUNDS).await;
    }
    eprintln!(
        "{ROUNDS} kills, {} writes acknowledged, {snapshots_cut} snapshots cut off",
        ledger.acknowledged
    );
    assert!(
        ledger.acknowledged > 50 * ROUNDS / 3,
        "too little was written: {}",
        ledger.acknowledged
    );
    assert!(snapshots_cut > 0, "no kill came while a snapshot was written");
    let store = Embedded::open(path, CACHE_BYTES).unwrap();
    let large: Vec<String> = (0..LARGE).map(|n| format!("large-{n}")).collect();
    assert_eq!(store.find(KIND, &large).await.unwrap().len(), LARGE);
}
