//! A receiver of webhooks for tests, on a port of its own, that misbehaves as it is told.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{JoinHandle, JoinSet},
    time::timeout,
};

/// The longest that a test waits for something that is to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A receiver on the loopback address; it ends when it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    doors: Mutex<HashMap<String, Door>>,
    changed: Notify,
}

/// What is behind one path.
#[derive(Default)]
struct Door {
    manners: Vec<Manner>,
    calls: Vec<Call>,
}

/// What a receiver does with a webhook.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// It answers with a status and a few words.
    Answer(u16),
    /// It answers 503 and asks to be left alone for so many seconds.
    RetryAfter(u64),
    /// It answers 302 with this address.
    Redirect(String),
    /// It answers 200 with a body that is repeated for ever.
    Huge,
    /// It never answers.
    Silent,
    /// It answers 200 to every second call, and 500 to the others.
    HalfBad,
}

/// A webhook that came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The headers, their names in lower case.
    pub(crate) headers: HashMap<String, String>,
    /// The body as it came.
    pub(crate) body: String,
    /// Whether it was answered with 2xx.
    pub(crate) is_accepted: bool,
}

impl Call {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The type of the event, such as `request.completed`.
    pub(crate) fn event(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// The request that it is about.
    pub(crate) fn request(&self) -> String {
        self.json()["data"]["requestId"].as_str().unwrap().to_owned()
    }

    /// Whether a receiver that knows a secret (`whsec_...`) takes it for ours.
    pub(crate) fn is_signed(&self, secret: &str) -> bool {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let webhook = Webhook::new(secret).unwrap();
        webhook.verify(self.body.as_bytes(), &headers.collect()).is_ok()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Receiver {
    /// Starts a receiver that answers everything with 200.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Receiver { address, shared, accepting }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Treats the calls of a path in each manner in turn, and in the last one from then on.
    pub(crate) fn behave(&self, path: &str, manners: impl IntoIterator<Item = Manner>) {
        let door = &mut self.shared.doors();
        let door = door.entry(path.to_owned()).or_default();
        // What is told now is for the calls from now on.
        door.manners = vec![Manner::Answer(200); door.calls.len()];
        door.manners.extend(manners);
    }

    /// All calls of a path.
    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        self.shared.doors().get(path).map(|door| door.calls.clone()).unwrap_or_default()
    }

    /// The calls of a path that were accepted, each message once.
    pub(crate) fn accepted(&self, path: &str) -> Vec<Call> {
        let mut seen = std::collections::HashSet::new();
        let mut calls = self.calls(path);
        calls.retain(|call| call.is_accepted && seen.insert(call.header("webhook-id").to_owned()));
        calls
    }

    /// Waits until the calls of a path are as they should be.
    pub(crate) async fn until(&self, path: &str, is_so: impl Fn(&[Call]) -> bool) -> Vec<Call> {
        let waited = timeout(PATIENCE, async {
            loop {
                let changed = self.shared.changed.notified();
                let calls = self.calls(path);
                if is_so(&calls) {
                    return calls;
                }
                changed.await;
            }
        });
        match waited.await {
            Ok(calls) => calls,
            Err(_) => panic!("{path} was called so far: {:#?}", self.calls(path)),
        }
    }

    /// Waits until so many different messages of a path were accepted.
    pub(crate) async fn until_accepted(&self, path: &str, count: usize) -> Vec<Call> {
        self.until(path, |_| self.accepted(path).len() >= count).await;
        self.accepted(path)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn doors(&self) -> MutexGuard<'_, HashMap<String, Door>> {
        self.doors.lock().expect("no test panics while it holds the doors")
    }

    /// Notes a call and tells how to answer it.
    fn take(&self, path: &str, headers: HashMap<String, String>, body: String) -> Manner {
        let mut doors = self.doors();
        let door = doors.entry(path.to_owned()).or_default();
        let turn = door.calls.len().min(door.manners.len().saturating_sub(1));
        let manner = door.manners.get(turn).cloned().unwrap_or(Manner::Answer(200));
        let is_every_second = !door.calls.len().is_multiple_of(2);
        let manner = if matches!(manner, Manner::HalfBad) {
            Manner::Answer(if is_every_second { 200 } else { 500 })
        } else {
            manner
        };
        let is_accepted = matches!(manner, Manner::Answer(200..=299) | Manner::Huge);
        door.calls.push(Call { headers, body, is_accepted });
        drop(doors);
        self.changed.notify_waiters();
        manner
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropping the set, when the receiver is dropped, ends all connections.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move { converse(stream, &shared).await });
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            lines.push(line.trim_end().to_owned());
        }
        let path = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
        let headers: HashMap<String, String> = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).await?;
        let body = String::from_utf8(body).map_err(io::Error::other)?;
        let (status, header) = match shared.take(&path, headers, body) {
            Manner::Answer(status) => (status, String::new()),
            Manner::RetryAfter(seconds) => (503, format!("Retry-After: {seconds}\r\n")),
            Manner::Redirect(to) => (302, format!("Location: {to}\r\n")),
            Manner::HalfBad | Manner::Silent => std::future::pending().await,
            Manner::Huge => {
                stream.write_all(b"HTTP/1.1 200 Told\r\n\r\n").await?;
                loop {
                    stream.write_all(&[b'x'; 4_096]).await?;
                }
            }
        };
        let words = "as it was told";
        let length = words.len();
        let answer =
            format!("HTTP/1.1 {status} Told\r\n{header}Content-Length: {length}\r\n\r\n{words}");
        stream.write_all(answer.as_bytes()).await?;
    }
}
