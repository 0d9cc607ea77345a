//! A web server for tests, on a port of its own, that misbehaves as it is told.
//!
//! It speaks just enough HTTP/1.1 over real sockets to break its rules in every way that matters.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Barrier,
    task::{JoinHandle, JoinSet},
};

/// A web server on the loopback address; it ends when it is dropped.
pub(crate) struct Origin {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    running: AtomicUsize,
    busiest: AtomicUsize,
    bodies: AtomicUsize,
}

#[derive(Default)]
struct Page {
    answers: Vec<Answer>,
    requests: Vec<String>,
}

impl Origin {
    /// Starts a server that answers everything with 404.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Origin { address, shared, accepting }
    }

    /// The address of a path, which may have a query.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers a path with each answer in turn, and with the last one from then on.
    pub(crate) fn serve(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let answers = answers.into_iter().collect();
        self.shared.pages().entry(path.to_owned()).or_default().answers = answers;
    }

    /// How often a path was asked for.
    pub(crate) fn hits(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// The heads of all requests for a path, in lower case.
    pub(crate) fn requests(&self, path: &str) -> Vec<String> {
        self.shared.pages().get(path).map(|page| page.requests.clone()).unwrap_or_default()
    }

    /// How many answers had a body so far.
    pub(crate) fn bodies(&self) -> usize {
        self.shared.bodies.load(Ordering::SeqCst)
    }

    /// The largest number of requests that waited for their answers at a time.
    pub(crate) fn busiest(&self) -> usize {
        self.shared.busiest.load(Ordering::SeqCst)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// An answer, and what goes wrong with it.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    is_chunked: bool,
    gate: Option<Arc<Barrier>>,
    manner: Manner,
}

#[derive(Clone, Copy)]
enum Manner {
    Proper,
    HangUpAtOnce,
    Silent,
    CutOff(usize),
    Stall(usize),
    Endless,
    Drip(Duration),
}

impl Answer {
    /// 200 with a body.
    pub(crate) fn ok(body: impl Into<Bytes>) -> Self {
        Answer { body: body.into(), ..Answer::status(200) }
    }

    /// A status without a body.
    pub(crate) fn status(status: u16) -> Self {
        Answer {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            is_chunked: false,
            gate: None,
            manner: Manner::Proper,
        }
    }

    /// A redirect to an absolute or relative address.
    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Answer::status(302).header("Location", to)
    }

    /// The connection ends without an answer.
    pub(crate) fn hang_up() -> Self {
        Answer { manner: Manner::HangUpAtOnce, ..Answer::status(200) }
    }

    /// No answer ever comes.
    pub(crate) fn silent() -> Self {
        Answer { manner: Manner::Silent, ..Answer::status(200) }
    }

    /// 200 with a body that is repeated for ever.
    pub(crate) fn endless(body: impl Into<Bytes>) -> Self {
        Answer { manner: Manner::Endless, is_chunked: true, ..Answer::ok(body) }
    }

    /// Adds a header; a `Content-Length` takes the place of the right one.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends the body in chunks, without telling its length.
    pub(crate) fn chunked(self) -> Self {
        Answer { is_chunked: true, ..self }
    }

    /// Ends the connection after so many bytes of the body.
    pub(crate) fn cut_off_after(self, bytes: usize) -> Self {
        Answer { manner: Manner::CutOff(bytes), ..self }
    }

    /// Stands still after so many bytes of the body.
    pub(crate) fn stall_after(self, bytes: usize) -> Self {
        Answer { manner: Manner::Stall(bytes), ..self }
    }

    /// Sends the body one byte at a time.
    pub(crate) fn drip(self, every: Duration) -> Self {
        Answer { manner: Manner::Drip(every), ..self }
    }

    /// Answers only when as many requests wait as the barrier is for.
    pub(crate) fn behind(self, gate: &Arc<Barrier>) -> Self {
        Answer { gate: Some(Arc::clone(gate)), ..self }
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Told\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let tells_length = self.headers.iter().any(|(name, _)| name == "Content-Length");
        if self.is_chunked {
            head += "Transfer-Encoding: chunked\r\n";
        } else if !tells_length && !matches!(self.status, 204 | 304) {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head + "\r\n"
    }

    fn part(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.is_chunked {
            return bytes.to_vec();
        }
        [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
    }
}

impl Shared {
    fn pages(&self) -> std::sync::MutexGuard<'_, HashMap<String, Page>> {
        self.pages.lock().expect("no test panics while it holds the pages")
    }

    fn answer(&self, head: &str) -> Answer {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let mut pages = self.pages();
        let page = pages.entry(path.to_owned()).or_default();
        page.requests.push(head.to_ascii_lowercase());
        let turn = page.requests.len().min(page.answers.len());
        let answer = turn.checked_sub(1).map(|turn| page.answers[turn].clone());
        let answer = answer.unwrap_or_else(|| Answer::status(404));
        self.bodies.fetch_add(usize::from(!answer.body.is_empty()), Ordering::SeqCst);
        answer
    }
}

/// Counts a request as running until it is dropped.
struct Running<'a>(&'a Shared);

impl<'a> Running<'a> {
    fn new(shared: &'a Shared) -> Self {
        let running = shared.running.fetch_add(1, Ordering::SeqCst) + 1;
        shared.busiest.fetch_max(running, Ordering::SeqCst);
        Running(shared)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropping the set, when the origin is dropped, ends all connections.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        connections.spawn(async move { converse(stream, &shared).await });
        while connections.try_join_next().is_some() {}
    }
}

/// Answers the requests of one connection; ends where the client does, or where an answer's
/// manners want it.
async fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let answer = shared.answer(&head);
        let running = Running::new(shared);
        if let Some(gate) = &answer.gate {
            gate.wait().await;
        }
        match answer.manner {
            Manner::Proper => {
                // The client may ask for the next before we hear that it has got this one.
                drop(running);
                send(&mut stream, &answer, &answer.body).await?;
                if answer.is_chunked {
                    stream.write_all(b"0\r\n\r\n").await?;
                }
            }
            Manner::HangUpAtOnce => return Ok(()),
            Manner::Silent => std::future::pending().await,
            Manner::CutOff(after) => {
                return send(&mut stream, &answer, &answer.body[..after]).await;
            }
            Manner::Stall(after) => {
                send(&mut stream, &answer, &answer.body[..after]).await?;
                std::future::pending().await
            }
            Manner::Endless => {
                send(&mut stream, &answer, &answer.body).await?;
                loop {
                    stream.write_all(&answer.part(&answer.body)).await?;
                }
            }
            Manner::Drip(every) => {
                send(&mut stream, &answer, &[]).await?;
                for byte in &answer.body {
                    tokio::time::sleep(every).await;
                    stream.write_all(&answer.part(&[*byte])).await?;
                }
                return Ok(());
            }
        }
    }
}

/// Sends the head of an answer and the first part of its body.
async fn send(stream: &mut BufReader<TcpStream>, answer: &Answer, start: &[u8]) -> io::Result<()> {
    stream.write_all(answer.head().as_bytes()).await?;
    if !start.is_empty() {
        stream.write_all(&answer.part(start)).await?;
    }
    stream.flush().await
}
