//! A proxy for tests that notes what is asked of a server and how much it answers.

use std::{
    io,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A proxy on the loopback address; it ends when it is dropped.
pub(crate) struct Meter {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    accepting: JoinHandle<()>,
}

/// What was asked, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The bytes of the answer, its head included.
    pub(crate) answered_bytes: u64,
}

impl Meter {
    /// Starts a proxy before the server at an address such as `http://127.0.0.1:5000`.
    pub(crate) async fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let asked = Arc::default();
        let server = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&asked)));
        Meter { address: format!("http://{address}"), asked, accepting }
    }

    /// Gives what was asked since it was last told, once each answer has ended.
    pub(crate) fn told(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().expect("no test panics while it holds the list"))
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: String, asked: Arc<Mutex<Vec<Asked>>>) {
    // Dropping the set, when the proxy is dropped, ends all connections.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (server, asked) = (server.clone(), Arc::clone(&asked));
        connections.spawn(async move { pass_on(client, &server, &asked).await });
        while connections.try_join_next().is_some() {}
    }
}

/// Passes one request on and its answer back: the server is told to end the connection then.
async fn pass_on(client: TcpStream, server: &str, asked: &Mutex<Vec<Asked>>) -> io::Result<()> {
    let (from_client, mut to_client) = client.into_split();
    let mut from_client = BufReader::new(from_client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from_client.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let (from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let (first, rest) = head.split_once("\r\n").unwrap_or((&head, ""));
    to_server.write_all(format!("{first}\r\nConnection: close\r\n{rest}").as_bytes()).await?;
    let body = tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let place = {
        let mut asked = asked.lock().expect("no test panics while it holds the list");
        asked.push(Asked { method, path, answered_bytes: 0 });
        asked.len() - 1
    };
    let mut from_server = BufReader::new(from_server);
    loop {
        let piece = from_server.fill_buf().await?;
        let count = piece.len();
        if count == 0 {
            break;
        }
        if let Some(asked) = asked.lock().expect("nobody panics with it").get_mut(place) {
            asked.answered_bytes += count as u64;
        }
        to_client.write_all(piece).await?;
        from_server.consume(count);
    }
    body.abort();
    Ok(())
}
