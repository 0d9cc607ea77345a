//! A MongoDB deployment for tests.
//!
//! 1. `PIXMILL_TEST_MONGODB_URI` names a real one: everything runs against it.
//! 2. `PIXMILL_TEST_MONGODB_BIN` names a server that speaks MongoDB's protocol: it is started.
//! 3. Otherwise the server that `make test` installs is started, if it is there.
//!
//! A server is started on a port of its own with a folder of its own, once for each test program,
//! and ends with it. Where there is none, tests that need one say so and are skipped, unless
//! `PIXMILL_TEST_REQUIRE_MONGODB` is set.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use tempfile::TempDir;

/// A MongoDB deployment.
pub(crate) struct Deployment {
    /// `mongodb://...`, without a database.
    uri: String,
    databases: AtomicUsize,
}

impl Deployment {
    /// The deployment that all tests of this program share; `None` where there is none.
    pub(crate) fn shared() -> Option<&'static Deployment> {
        static SHARED: OnceLock<Option<Deployment>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| {
            let uri = match env::var("PIXMILL_TEST_MONGODB_URI") {
                Ok(uri) => Some(uri),
                Err(_) => program().map(|program| start(&program, None).uri()),
            };
            uri.map(|uri| Deployment { uri, databases: AtomicUsize::new(0) })
        });
        if shared.is_none() {
            assert!(
                env::var_os("PIXMILL_TEST_REQUIRE_MONGODB").is_none(),
                "there is no MongoDB to test with"
            );
            eprintln!("SKIPPED: there is no MongoDB to test with; `make test` installs one");
        }
        shared.as_ref()
    }

    /// The address of a database that no other test uses.
    pub(crate) fn fresh_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("pixmill_test_{}_{number}", std::process::id());
        let (hosts, options) = self.uri.split_once('?').unwrap_or((&self.uri, ""));
        let hosts = hosts.trim_end_matches('/');
        format!("{hosts}/{name}?{options}")
    }
}

/// The program of a server, and whether it is the faster one.
#[derive(Clone)]
pub(crate) struct Program {
    path: PathBuf,
    is_fast: bool,
}

/// The server that is to be started, if there is one.
pub(crate) fn program() -> Option<Program> {
    if let Some(path) = env::var_os("PIXMILL_TEST_MONGODB_BIN") {
        return Some(Program { path: path.into(), is_fast: true });
    }
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-tools/bin");
    let path = tools.join("secantusd-py");
    path.exists().then_some(Program { path, is_fast: false })
}

/// A server that has been started; it ends with this program or when it is told to.
pub(crate) struct Started {
    address: String,
    end: mpsc::Sender<()>,
    ended: mpsc::Receiver<()>,
}

impl Started {
    pub(crate) fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        let port = self.address.rsplit(':').next().expect("an address has a port");
        port.parse().expect("a port is a number")
    }

    /// Ends it with SIGKILL, and waits until it is gone.
    pub(crate) fn kill(self) {
        self.end.send(()).expect("somebody waits for the server");
        self.ended.recv().expect("somebody waits for the server");
    }
}

/// Starts a server, on any free port or on the one given, in a folder that is deleted with it.
pub(crate) fn start(program: &Program, port: Option<u16>) -> Started {
    let folder = if Path::new("/dev/shm").is_dir() {
        tempfile::tempdir_in("/dev/shm")
    } else {
        tempfile::tempdir()
    };
    start_in(program, port, folder.expect("there is room for a folder"))
}

fn start_in(program: &Program, port: Option<u16>, folder: TempDir) -> Started {
    let (program, port) = (program.clone(), port.unwrap_or(0));
    let (found, address) = mpsc::channel();
    let (end, told) = mpsc::channel();
    let (gone, ended) = mpsc::channel();
    // A thread of its own: the kernel ends the server when the thread that started it ends.
    thread::spawn(move || {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(&program.path)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--storage-path"])
            .arg(folder.path());
        let fast = ["--log-file-max", "16MB", "--cache-size", "256MB", "--sync-on-commit"];
        if program.is_fast {
            command.args(fast).args(["--log-level", "WARNING"]);
        } else {
            command.args(["--log-level", "INFO"]);
        }
        let mut server = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        listen(server.stdout.take().expect("it is piped"), found.clone());
        listen(server.stderr.take().expect("it is piped"), found);
        // Either it is told to end, or nobody is left who could tell.
        let was_told = told.recv().is_ok();
        if !was_told {
            thread::park();
        }
        server.kill().expect("the server can be ended");
        server.wait().expect("the server has ended");
        drop(folder);
        // Nobody may be left who waits for it.
        gone.send(()).unwrap_or_default();
    });
    let address = address.recv().expect("the server ended before it listened");
    Started { address, end, ended }
}

/// Looks for the address in what a server says, and reads on so that no pipe fills.
fn listen(said: impl Read + Send + 'static, found: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listening on ") {
                drop(found.send(address.trim().to_owned()));
            }
        }
    });
}
