//! A bucket on a real server that speaks the protocol of S3.
//!
//! `make test` installs the server; where it is missing, tests that need it say so and are skipped,
//! unless `PIXMILL_TEST_REQUIRE_S3` is set. It is started once for each test program, on a port of
//! its own, and ends with it.

use std::{
    env,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use url::Url;

/// The longest that the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The address of a bucket that no other test uses, and what is needed to reach it, by the names
/// of the usual environment variables.
pub(crate) async fn fresh() -> Option<(Url, Vec<(String, String)>)> {
    static BUCKETS: AtomicUsize = AtomicUsize::new(0);
    let endpoint = server()?;
    let name = format!("bucket-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
    let client = reqwest::Client::new();
    let created =
        client.put(format!("{endpoint}/{name}")).send().await.expect("the server answers");
    assert!(created.status().is_success(), "{}", created.status());
    let options = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_NOT_AN_OPTION", "is passed over"),
    ];
    let url = format!("s3://{name}/some/prefix").parse().expect("it is an address");
    Some((url, options.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
}

/// The address of the server that all tests of this program share.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let server = SERVER.get_or_init(start).as_deref();
    if server.is_none() {
        let is_required = env::var_os("PIXMILL_TEST_REQUIRE_S3").is_some();
        assert!(!is_required, "there is no S3 to test with");
        eprintln!("SKIPPED: there is no S3 to test with; `make test` installs one");
    }
    server
}

fn start() -> Option<String> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-tools/bin");
    let program = tools.join("moto_server");
    if !program.exists() {
        return None;
    }
    let free = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let port = free.local_addr().expect("a bound listener has an address").port();
    drop(free);
    // A thread of its own: the kernel ends the server when the thread that started it ends.
    thread::spawn(move || {
        let server = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        server.expect("the server starts").wait().expect("the server ends with this program");
    });
    let give_up = Instant::now() + PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < give_up, "the server does not listen");
        thread::sleep(Duration::from_millis(50));
    }
    Some(format!("http://127.0.0.1:{port}"))
}
