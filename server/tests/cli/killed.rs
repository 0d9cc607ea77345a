//! `pixmill watch`, killed again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use pixmill_engine::{Config, Engine, model::Sight, wire::Limit};
use tokio::time::sleep;

use crate::{
    origin::{Answer, Origin},
    watch::{CAPS, Watching, names, sheet},
};

/// How often the process is killed.
const KILLS: usize = 20;
const SHEETS: usize = 120;

/// What becomes of a sheet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is done.
    Good,
    /// Its image is not to be had at first; it is put back later, and then it is.
    Late,
    /// It is refused.
    Faulty,
}

fn kind(n: usize) -> Kind {
    match n % 4 {
        0 | 1 => Kind::Good,
        2 => Kind::Late,
        _ => Kind::Faulty,
    }
}

fn path(n: usize) -> String {
    format!("/{n}.jpg")
}

/// What has been moved away by now.
fn moved(root: &Path) -> usize {
    let is_sheet = |name: &&String| name.ends_with(".csv");
    ["in/done", "in/failed"]
        .iter()
        .map(|folder| names(&root.join(folder)).iter().filter(is_sheet).count())
        .sum()
}

/// Puts the sheets back that have failed because of an image that can be had from now on; gives whether
/// there were any.
fn put_back(root: &Path, origin: &Origin) -> bool {
    let mut is_any = false;
    for name in names(&root.join("in/failed")) {
        let Some(n) = name.strip_suffix(".csv").and_then(|stem| stem.parse().ok()) else {
            continue;
        };
        if kind(n) == Kind::Late {
            origin.serve(&path(n), [Answer::ok(CAPS)]);
            let root = root.join("in");
            fs::rename(root.join("failed").join(&name), root.join(&name)).unwrap();
            is_any = true;
        }
    }
    is_any
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_again_and_again_does_each_sheet_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("in")).unwrap();
    let origin = Origin::start().await;
    let mut sheets = BTreeMap::new();
    for n in 0..SHEETS {
        let link = match kind(n) {
            Kind::Good | Kind::Late => origin.url(&path(n)),
            Kind::Faulty => "../caps.jpg".to_owned(),
        };
        if kind(n) == Kind::Good {
            origin.serve(&path(n), [Answer::ok(CAPS)]);
        }
        sheets.insert(format!("{n:03}"), sheet(&format!("Mug {n}"), &link));
    }
    // Half of them lie there before, the others come in between.
    let mut coming = sheets.iter();
    let mut come = |count: usize| {
        for (name, sheet) in coming.by_ref().take(count) {
            fs::write(root.join(format!("in/{name}.csv")), sheet).unwrap();
        }
    };
    come(SHEETS / 2);
    let arguments = ["in", "--into", "out", "--quiet", "--max-width", "64", "--poll", "100ms"];
    let mut chance =
        blake3::Hasher::new().update(root.as_os_str().as_encoded_bytes()).finalize_xof();
    let mut random = |below: usize| {
        let mut bytes = [0; 8];
        chance.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % below as u64) as usize
    };
    let mut progress = Vec::new();
    for round in 0..KILLS {
        let watching = Watching::begin(root, &arguments);
        // Half of the kills come at any moment after the start, half in the thick of the work.
        if round % 2 == 0 {
            let goal = (moved(root) + 1 + random(SHEETS / KILLS)).min(SHEETS * 3 / 4);
            watching.until(|root| moved(root) >= goal).await;
            sleep(Duration::from_millis(random(60) as u64)).await;
        } else {
            sleep(Duration::from_millis(random(500) as u64)).await;
        }
        watching.kill();
        progress.push(moved(root));
        put_back(root, &origin);
        come(SHEETS / 2 / KILLS);
    }
    assert!(progress.iter().filter(|moved| **moved < SHEETS).count() > KILLS / 2, "{progress:?}");
    come(SHEETS);
    let count = |wanted: Kind| (0..SHEETS).filter(|n| kind(*n) == wanted).count();
    let done = SHEETS - count(Kind::Faulty);
    // What was put back before it was noted that it had been moved is only moved once more.
    loop {
        let watching = Watching::begin(root, &arguments);
        watching.until(|root| moved(root) >= SHEETS).await;
        let (code, _, err) = watching.stop();
        assert_eq!(code, Some(0), "{err}");
        if !put_back(root, &origin) {
            break;
        }
    }
    assert_eq!(names(&root.join("in/done")).len(), done, "{progress:?}");

    // Each sheet is there once, as it came, and has results of its own.
    let mut expected: [BTreeSet<String>; 3] = Default::default();
    let [in_done, in_failed, in_out] = &mut expected;
    for (n, (name, sheet)) in sheets.iter().enumerate() {
        let (moved, results) = match kind(n) {
            Kind::Good => (format!("done/{name}.csv"), Some(name.clone())),
            Kind::Late => (format!("done/{name}-2.csv"), Some(format!("{name}-2"))),
            Kind::Faulty => (format!("failed/{name}.csv"), None),
        };
        assert_eq!(&fs::read_to_string(root.join("in").join(&moved)).unwrap(), sheet);
        let (folder, file) = moved.split_once('/').unwrap();
        if folder == "done" { &mut *in_done } else { &mut *in_failed }.insert(file.to_owned());
        if kind(n) != Kind::Good {
            in_failed.insert(format!("{name}.faults.txt"));
        }
        if kind(n) == Kind::Late {
            in_out.insert(format!("{name}.results.csv"));
        }
        let Some(results) = results else { continue };
        let sheet_of_results = format!("{results}.results.csv");
        let text = fs::read_to_string(root.join("out").join(&sheet_of_results)).unwrap();
        let row = sheet.lines().nth(1).unwrap();
        assert!(text.ends_with(&format!("{row},{results}.images/1-mug-{n}-1.webp\n")), "{text}");
        let images = format!("{results}.images");
        assert_eq!(names(&root.join("out").join(&images)), [format!("1-mug-{n}-1.webp")]);
        in_out.extend([sheet_of_results, images]);
    }
    // Nothing half written is left, and nothing doubled.
    let there = ["in/done", "in/failed", "out"].map(|folder| names(&root.join(folder)));
    assert_eq!(there, expected.map(|names| names.into_iter().collect::<Vec<_>>()), "{progress:?}");
    assert_eq!(names(&root.join("in")), ["done", "failed"]);
    let engine = Engine::open(Config::new(root.join("data/watch"))).await.unwrap();
    let limit: Limit = "1000".parse().unwrap();
    let requests = engine.list(Sight::All, None, limit).await.unwrap().requests;
    assert_eq!(requests.len(), done + count(Kind::Late), "one request a sheet and try");
    engine.close().await;
}
