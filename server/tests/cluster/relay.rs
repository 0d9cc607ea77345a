//! A way to a database that breaks when some words come along it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A relay on the loopback address; it ends when it is dropped.
pub(crate) struct Relay {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    broken: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// Starts a relay before the server at an address, which hangs up instead of passing `words` on
    /// for the first so many times.
    pub(crate) async fn before(server: String, words: &'static str, times: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let broken = Arc::new(AtomicUsize::new(0));
        let noted = Arc::clone(&broken);
        let breaks = move |sent: &[u8]| {
            let has_words = sent.windows(words.len()).any(|part| part == words.as_bytes());
            has_words && noted.fetch_add(1, Ordering::SeqCst) < times
        };
        let accepting = tokio::spawn(accept(listener, server, breaks));
        Relay { address, broken, accepting }
    }

    /// How often the words came.
    pub(crate) fn seen(&self) -> usize {
        self.broken.load(Ordering::SeqCst)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    server: String,
    breaks: impl Fn(&[u8]) -> bool + Clone + Send + Sync + 'static,
) {
    // Dropping the set, when the relay is dropped, ends all connections.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(pass_on(client, server.clone(), breaks.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn pass_on(
    client: TcpStream,
    server: String,
    breaks: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    let asked = async {
        let mut sent = [0; 16_384];
        loop {
            let length = from_client.read(&mut sent).await?;
            if length == 0 || breaks(&sent[..length]) {
                return Ok::<(), io::Error>(());
            }
            to_server.write_all(&sent[..length]).await?;
        }
    };
    tokio::select! {
        ended = asked => ended,
        ended = copy(&mut from_server, &mut to_client) => ended.map(drop),
    }
}
