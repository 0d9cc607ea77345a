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
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// How often a server is started that ends before it listens.
const TRIES: u32 = 10;

/// A MongoDB deployment.
pub(crate) struct Deployment {
    /// `mongodb://...`, without a database.
    uri: String,
    databases: AtomicUsize,
    /// The server, where it is ours.
    _database: Mutex<Option<Database>>,
}

impl Deployment {
    /// The deployment that all tests of this program share; `None` where there is none.
    pub(crate) fn shared() -> Option<&'static Deployment> {
        static SHARED: OnceLock<Option<Deployment>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| {
            let databases = AtomicUsize::new(0);
            if let Ok(uri) = env::var("PIXMILL_TEST_MONGODB_URI") {
                return Some(Deployment { uri, databases, _database: Mutex::default() });
            }
            let database = Database::start(program()?);
            Some(Deployment {
                uri: database.uri(),
                databases,
                _database: Mutex::new(Some(database)),
            })
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

/// The program of a server, whether it is the faster one, and whether it lets in everybody.
#[derive(Clone)]
pub(crate) struct Program {
    path: PathBuf,
    is_fast: bool,
    is_guarded: bool,
}

/// The server that is to be started, if there is one.
pub(crate) fn program() -> Option<Program> {
    if let Some(path) = env::var_os("PIXMILL_TEST_MONGODB_BIN") {
        return Some(Program { path: path.into(), is_fast: true, is_guarded: false });
    }
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-tools/bin");
    let path = tools.join("secantusd-py");
    path.exists().then_some(Program { path, is_fast: false, is_guarded: false })
}

/// A server with a folder of its own; it ends with this, and the folder is deleted.
pub(crate) struct Database {
    program: Program,
    folder: TempDir,
    address: String,
    running: Option<Running>,
}

impl Database {
    /// Starts a server on any free port.
    pub(crate) fn start(program: Program) -> Self {
        let folder = if Path::new("/dev/shm").is_dir() {
            tempfile::tempdir_in("/dev/shm")
        } else {
            tempfile::tempdir()
        };
        let folder = folder.expect("there is room for a folder");
        let running =
            (0..TRIES).find_map(|_| Running::start(&program, folder.path(), lasting_port()));
        let running = running.expect("the server ended before it listened");
        let address = running.address.clone();
        Database { program, folder, address, running: Some(running) }
    }

    pub(crate) fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Ends the server with SIGKILL, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    /// Starts the server again, where it was and with what it had, and has it let in only users that
    /// it knows from now on.
    pub(crate) fn restart_guarded(&mut self) {
        self.program.is_guarded = true;
        self.kill();
        self.restart();
    }

    /// Starts the server again, where it was and with what it had.
    pub(crate) fn restart(&mut self) {
        let port = self.address.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.expect("an address has a port");
        // The one before may have its files locked for a moment longer.
        let running = (0..TRIES).find_map(|n| {
            thread::sleep(n * Duration::from_millis(100));
            Running::start(&self.program, self.folder.path(), port)
        });
        self.running = Some(running.expect("the server ended before it listened"));
    }
}

/// A port that is free now and that no connection takes while the server is away, as those are given
/// ports from 32768 on.
fn lasting_port() -> u16 {
    loop {
        // A new one each time: the keys of the standard library's hashes are random.
        let chance = RandomState::new().hash_one(());
        let port = 10_000 + u16::try_from(chance % 20_000).unwrap_or_default();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A process of a server.
struct Running {
    address: String,
    end: mpsc::Sender<()>,
    ended: mpsc::Receiver<()>,
}

impl Running {
    /// Starts a server on a port, or on any that is free, and waits until it listens; `None` where it
    /// ends before that.
    fn start(program: &Program, folder: &Path, port: u16) -> Option<Self> {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL"])
            .arg(&program.path)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--storage-path"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if program.is_fast {
            command.args([
                "--log-file-max",
                "16MB",
                "--cache-size",
                "256MB",
                "--log-level",
                "WARNING",
            ]);
        } else {
            command.args(["--log-level", "INFO"]);
        }
        // Without this, writes that were acknowledged are lost when it is killed.
        command.arg("--sync-on-commit");
        command.args(program.is_guarded.then_some("--auth"));
        let (found, address) = mpsc::channel();
        let (end, told) = mpsc::channel();
        let (gone, ended) = mpsc::channel();
        // A thread of its own: the kernel ends the server when the thread that started it ends.
        thread::spawn(move || {
            let mut server = command.spawn().expect("the server starts");
            listen(server.stdout.take().expect("it is piped"), found.clone());
            listen(server.stderr.take().expect("it is piped"), found);
            // An error says that nobody is left who could tell: then it runs until the program ends.
            if told.recv().is_err() {
                thread::park();
            }
            server.kill().expect("the server can be ended");
            server.wait().expect("the server has ended");
            // Nobody may be left who waits for it.
            gone.send(()).unwrap_or_default();
        });
        let address = address.recv().ok()?;
        Some(Running { address, end, ended })
    }

    fn kill(self) {
        self.end.send(()).expect("somebody waits for the server");
        self.ended.recv().expect("somebody waits for the server");
    }
}

/// Looks for the address in what a server says, and reads on so that no pipe fills.
fn listen(said: impl Read + Send + 'static, found: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once("listening on ") {
                // Later lines may name it again.
                found.send(address.trim().to_owned()).unwrap_or_default();
            }
        }
    });
}
