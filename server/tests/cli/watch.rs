//! `pixmill watch`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use pixmill_engine::{
    Config, Engine,
    model::Sight,
    wire::{Limit, OutputLinks},
};
use tokio::time::{sleep, timeout};

use crate::{
    origin::{Answer, Origin},
    pixmill,
    server::PATIENCE,
};

const CAPS: &[u8] = include_bytes!("../../../examples/caps.jpg");

/// A folder that is watched by a process, which ends with this.
struct Watching {
    root: PathBuf,
    process: Child,
}

impl Watching {
    fn begin(root: &Path, arguments: &[&str]) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .arg("watch")
            .args(["--data", "data", "--settle", "100ms", "--allow-addresses", "127.0.0.0/8"])
            .args(arguments)
            .current_dir(root)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Watching { root: root.to_owned(), process }
    }

    async fn until(&self, is_so: impl Fn(&Path) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !is_so(&self.root) {
                sleep(Duration::from_millis(20)).await;
            }
        });
        waited.await.unwrap();
    }

    /// Tells it to stop; gives what it ended with, and what it has said.
    fn stop(self) -> (Option<i32>, String, String) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let ended = self.process.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn sheet(name: &str, link: &str) -> String {
    format!("S. No.,Product Name,Input Image Urls\n1,{name},{link}\n")
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_folder_is_watched_until_it_is_told_to_stop() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("in");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("caps.jpg"), CAPS).unwrap();
    fs::write(folder.join("before.csv"), sheet("Mug", "caps.jpg")).unwrap();
    fs::write(folder.join("wrong.csv"), sheet("Mug", "../caps.jpg")).unwrap();
    let watching = Watching::begin(
        root.path(),
        &["in", "--into", "out", "--format", "jpeg", "--max-width", "99"],
    );
    watching.until(|root| root.join("in/done/before.csv").exists()).await;
    watching.until(|root| root.join("in/failed/wrong.csv").exists()).await;
    fs::write(folder.join("same.csv"), sheet("Mug", "caps.jpg")).unwrap();
    watching.until(|root| root.join("in/done/same.csv").exists()).await;
    let (code, out, err) = watching.stop();
    assert_eq!(code, Some(0), "{err}");
    let real = folder.canonicalize().unwrap();
    for line in [
        format!("watching {}, results in {}", real.display(), root.path().join("out").display()),
        format!("{}/before.csv: taken", real.display()),
        format!("{}/before.csv: done, as before.results.csv", real.display()),
        format!("{}/same.csv: moved, as the same has been done before", real.display()),
    ] {
        assert!(out.lines().any(|said| said == line), "{line}: {out}");
    }
    assert!(err.contains("/wrong.csv: failed, see failed/wrong.faults.txt: line 2"), "{err}");
    assert_eq!(names(&root.path().join("out")), ["before.images", "before.results.csv"]);
    let image = fs::read(root.path().join("out/before.images/1-mug-1.jpg")).unwrap();
    assert_eq!(image::load_from_memory(&image).unwrap().width(), 99);
}

#[tokio::test]
async fn each_folder_of_a_list_has_its_own_recipe_and_destination() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["one", "two"] {
        fs::create_dir(root.path().join(folder)).unwrap();
        fs::write(root.path().join(folder).join("caps.jpg"), CAPS).unwrap();
        fs::write(root.path().join(folder).join("shop.csv"), sheet("Mug", "caps.jpg")).unwrap();
    }
    let list = "[[folder]]\npath = 'one'\nmax-width = 50\nformat = 'png'\n\
                [[folder]]\npath = 'two'\ninto = 'out'\npoll = '50ms'\nquality = 30\n";
    fs::write(root.path().join("folders.toml"), list).unwrap();
    let arguments = ["--folders", "folders.toml", "--max-width", "99", "--quiet"];
    let watching = Watching::begin(root.path(), &arguments);
    watching.until(|root| root.join("one/done/shop.csv").exists()).await;
    watching.until(|root| root.join("two/done/shop.csv").exists()).await;
    assert_eq!(watching.stop(), (Some(0), String::new(), String::new()));
    for (image, width) in
        [("one/shop.images/1-mug-1.png", 50), ("out/shop.images/1-mug-1.webp", 99)]
    {
        let image = fs::read(root.path().join(image)).unwrap();
        assert_eq!(image::load_from_memory(&image).unwrap().width(), width);
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_waited_for() {
    let root = tempfile::tempdir().unwrap();
    let watching = Watching::begin(root.path(), &["in", "--poll", "100ms"]);
    // It has the store once it is open, and a second call says so.
    watching.until(|root| root.join("data/watch/secret.key").exists()).await;
    let folder = root.path().join("in");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("caps.jpg"), CAPS).unwrap();
    fs::write(folder.join("shop.csv"), sheet("Mug", "caps.jpg")).unwrap();
    watching.until(|root| root.join("in/done/shop.csv").exists()).await;
    let second = pixmill(root.path(), &["watch", "in", "--data", "data"]);
    assert_eq!(second.code, 2);
    assert!(second.err.contains("another `pixmill watch` runs"), "{}", second.err);
    let (code, out, err) = watching.stop();
    assert_eq!(code, Some(0), "{out}{err}");
}

/// After how many sheets being done the process is killed the next time, by round.
const KILLS: usize = 12;
const SHEETS: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_again_and_again_does_each_sheet_once() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("in");
    fs::create_dir(&folder).unwrap();
    let origin = Origin::start().await;
    let mut expected = BTreeMap::new();
    for n in 0..SHEETS {
        let path = format!("/{n}.jpg");
        origin.serve(&path, [Answer::ok(CAPS)]);
        let sheet = sheet(&format!("Mug {n}"), &origin.url(&path));
        expected.insert(format!("{n:03}.csv"), sheet);
    }
    // Half of them lie there before, the others come in between.
    let mut coming = expected.iter();
    let mut come = |count: usize| {
        for (name, sheet) in coming.by_ref().take(count) {
            fs::write(folder.join(name), sheet).unwrap();
        }
    };
    come(SHEETS / 2);
    let arguments = ["in", "--quiet", "--max-width", "64", "--poll", "100ms"];
    let mut chance =
        blake3::Hasher::new().update(root.path().as_os_str().as_encoded_bytes()).finalize_xof();
    let mut random = |below: u64| {
        let mut bytes = [0; 8];
        chance.fill(&mut bytes);
        u64::from_le_bytes(bytes) % below
    };
    let mut progress = Vec::new();
    for _ in 0..KILLS {
        let watching = Watching::begin(root.path(), &arguments);
        let before = names(&folder.join("done")).len();
        let goal = (before + random(SHEETS as u64 / KILLS as u64) as usize).min(SHEETS - 1);
        watching
            .until(|root| {
                root.join("data/watch/secret.key").exists()
                    && names(&root.join("in/done")).len() >= goal
            })
            .await;
        sleep(Duration::from_millis(random(60))).await;
        watching.kill();
        progress.push(names(&folder.join("done")).len());
        come(SHEETS / 2 / KILLS);
    }
    come(SHEETS);
    let watching = Watching::begin(root.path(), &arguments);
    watching.until(|root| names(&root.join("in/done")).len() >= SHEETS).await;
    let (code, _, err) = watching.stop();
    assert_eq!((code, err.as_str()), (Some(0), ""), "{progress:?}");
    assert!(progress.iter().filter(|done| **done < SHEETS).count() > KILLS / 2, "{progress:?}");

    // Each sheet is there once, as it came, and has its own results.
    assert_eq!(names(&folder.join("done")), expected.keys().cloned().collect::<Vec<_>>());
    assert_eq!(names(&folder.join("failed")), [""; 0]);
    for (name, sheet) in &expected {
        assert_eq!(&fs::read_to_string(folder.join("done").join(name)).unwrap(), sheet);
        let name = name.trim_end_matches(".csv");
        let results = fs::read_to_string(folder.join(format!("{name}.results.csv"))).unwrap();
        let row = sheet.lines().nth(1).unwrap();
        let n: usize = name.parse().unwrap();
        assert!(results.ends_with(&format!("{row},{name}.images/1-mug-{n}-1.webp\n")), "{results}");
        assert_eq!(names(&folder.join(format!("{name}.images"))), [format!("1-mug-{n}-1.webp")]);
    }
    // Two things a sheet, `done` and `failed`: nothing half written is left, and nothing doubled.
    let left = names(&folder);
    assert_eq!(left.len(), 2 * SHEETS + 2, "{left:?}");
    let engine = Engine::open(Config::new(root.path().join("data/watch"))).await.unwrap();
    let limit: Limit = "1000".parse().unwrap();
    let requests = engine.list(Sight::All, None, limit).await.unwrap().requests;
    assert_eq!(requests.len(), SHEETS, "one request a sheet");
    engine.start(OutputLinks::BESIDE_SHEET).await.unwrap();
    engine.stop(PATIENCE).await;
}

#[test]
fn a_call_that_makes_no_sense_watches_nothing() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("wrong.toml"), "[[folder]]\npath = 'x'\nqualty = 1\n").unwrap();
    fs::write(root.path().join("worse.toml"), "[[folder]]\npath = 'x'\nquality = 101\n").unwrap();
    for (call, why) in [
        (&["watch"][..], "DIR"),
        (&["watch", "in", "--at-once", "0"], "at-once"),
        (&["watch", "in", "./in", "--data", "data"], "watched already"),
        (&["watch", "in", "in/done", "--data", "data"], "moved to"),
        (&["watch", "--folders", "none.toml"], "there is no file none.toml"),
        (&["watch", "--folders", "wrong.toml"], "qualty"),
        (&["watch", "--folders", "worse.toml"], "`101` is not a quality"),
    ] {
        let called = pixmill(root.path(), call);
        assert_eq!((called.code, called.out.lines().count() <= 1), (2, true), "{call:?}");
        assert!(called.err.contains(why), "{call:?}: {}", called.err);
    }
}

#[test]
fn the_help_tells_what_becomes_of_a_sheet() {
    let root = tempfile::tempdir().unwrap();
    let help = pixmill(root.path(), &["watch", "--help"]).out;
    for part in ["NAME.results.csv", "NAME.faults.txt", "--into", "--poll", "--folders", "--settle"]
    {
        assert!(help.contains(part), "{part}: {help}");
    }
}
