//! `pixmill watch`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::{sleep, timeout};

use crate::{pixmill, server::PATIENCE};

pub(crate) const CAPS: &[u8] = include_bytes!("../../../examples/caps.jpg");

/// The file for what it tells of what goes wrong.
const TOLD: &str = "told.txt";

/// A folder that is watched by a process, which ends with this.
pub(crate) struct Watching {
    root: PathBuf,
    process: Child,
}

impl Watching {
    pub(crate) fn begin(root: &Path, arguments: &[&str]) -> Self {
        Watching::begin_with(root, arguments, &[])
    }

    /// The same with something in its environment.
    fn begin_with(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .arg("watch")
            .args(["--data", "data", "--settle", "100ms", "--allow-addresses", "127.0.0.0/8"])
            .args(arguments)
            .envs(environment.iter().copied())
            .current_dir(root)
            .stdout(Stdio::piped())
            .stderr(fs::File::create(root.join(TOLD)).unwrap())
            .spawn()
            .unwrap();
        Watching { root: root.to_owned(), process }
    }

    pub(crate) async fn until(&self, is_so: impl Fn(&Path) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !is_so(&self.root) {
                sleep(Duration::from_millis(20)).await;
            }
        });
        waited.await.unwrap();
    }

    /// Tells it to stop; gives what it ended with, and what it has said.
    pub(crate) fn stop(self) -> (Option<i32>, String, String) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let ended = self.process.wait_with_output().unwrap();
        let out = String::from_utf8(ended.stdout).unwrap();
        (ended.status.code(), out, fs::read_to_string(self.root.join(TOLD)).unwrap())
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

pub(crate) fn sheet(name: &str, link: &str) -> String {
    format!("S. No.,Product Name,Input Image Urls\n1,{name},{link}\n")
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
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
                [[folder]]\npath = 'two'\ninto = 'out'\npoll = '100ms'\nquality = 30\n";
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

#[tokio::test]
async fn a_computer_that_cannot_keep_copies_says_so_and_takes_no_sheet_for_gone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("in");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("caps.jpg"), CAPS).unwrap();
    fs::write(folder.join("shop.csv"), sheet("Mug", "caps.jpg")).unwrap();
    let temporary = root.path().join("tmp");
    let watching = Watching::begin_with(
        root.path(),
        &["in", "--poll", "100ms"],
        &[("TMPDIR", temporary.to_str().unwrap())],
    );
    watching.until(|root| root.join("in/failed").exists()).await;
    let waits = |root: &Path| fs::read_to_string(root.join(TOLD)).unwrap().contains("has to wait");
    watching.until(waits).await;
    assert!(folder.join("shop.csv").exists());
    fs::create_dir(&temporary).unwrap();
    watching.until(|root| root.join("in/done/shop.csv").exists()).await;
    let (code, out, err) = watching.stop();
    assert_eq!(code, Some(0), "{out}{err}");
    let told =
        "has to wait: cannot copy the sheet into the folder for temporary files: No such file";
    assert!(err.contains(told) && err.contains("can be used again"), "{err}");
}

#[test]
fn a_call_that_makes_no_sense_watches_nothing() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("wrong.toml"), "[[folder]]\npath = 'x'\nqualty = 1\n").unwrap();
    fs::write(root.path().join("busy.toml"), "[[folder]]\npath = 'x'\npoll = 0\n").unwrap();
    fs::write(root.path().join("worse.toml"), "[[folder]]\npath = 'x'\nquality = 101\n").unwrap();
    for (call, why) in [
        (&["watch"][..], "DIR"),
        (&["watch", "in", "--at-once", "0"], "at-once"),
        (&["watch", "in", "--poll", "0"], "every 100 ms at most"),
        (&["watch", "--folders", "busy.toml"], "every 100 ms at most"),
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
