//! A way to a database that can be away, and on which connections break in the midst of anything.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use rand::RngExt;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

/// The most bytes that pass along a connection that is to break.
const MOST_BYTES: u64 = 120_000;

/// A way to a server on the loopback address; it ends when it is dropped.
pub(crate) struct Network {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

struct State {
    server: String,
    is_up: AtomicBool,
    /// Whether connections break by themselves.
    is_bad: AtomicBool,
    broken: AtomicU64,
    /// Cancelled when all connections are to break now.
    cut: std::sync::Mutex<CancellationToken>,
}

impl Network {
    /// A way to the server at an address.
    pub(crate) async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State {
            server: server.to_owned(),
            is_up: AtomicBool::new(true),
            is_bad: AtomicBool::new(true),
            broken: AtomicU64::new(0),
            cut: std::sync::Mutex::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state)));
        Network { address, state, accepting }
    }

    /// Breaks all connections, and takes no more while it is down.
    pub(crate) fn set_up(&self, is_up: bool) {
        self.state.is_up.store(is_up, Ordering::SeqCst);
        std::mem::take(&mut *self.state.cut.lock().unwrap()).cancel();
    }

    /// Whether it takes connections.
    pub(crate) fn is_up(&self) -> bool {
        self.state.is_up.load(Ordering::SeqCst)
    }

    /// Has connections last from now on.
    pub(crate) fn mend(&self) {
        self.state.is_bad.store(false, Ordering::SeqCst);
        self.set_up(true);
    }

    /// How many connections have broken.
    pub(crate) fn broken(&self) -> u64 {
        self.state.broken.load(Ordering::SeqCst)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    // Dropping the set, when the network is dropped, ends all connections.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if state.is_up.load(Ordering::SeqCst) {
            connections.spawn(pass_on(client, Arc::clone(&state)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn pass_on(client: TcpStream, state: Arc<State>) -> io::Result<()> {
    let cut = state.cut.lock().unwrap().clone();
    let is_to_break = state.is_bad.load(Ordering::SeqCst) && rand::rng().random_bool(0.5);
    let bytes = if is_to_break { rand::rng().random_range(0..MOST_BYTES) } else { u64::MAX };
    let left = AtomicU64::new(bytes);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = TcpStream::connect(&state.server).await?.into_split();
    let broke = tokio::select! {
        () = cut.cancelled() => true,
        broke = copy(from_client, to_server, &left) => broke?,
        broke = copy(from_server, to_client, &left) => broke?,
    };
    state.broken.fetch_add(u64::from(broke), Ordering::SeqCst);
    Ok(())
}

/// Passes bytes on until one side ends or none are left; gives whether that is why.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    left: &AtomicU64,
) -> io::Result<bool> {
    let mut bytes = [0; 4_096];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return Ok(false);
        }
        let had = left.load(Ordering::SeqCst);
        let passed = count.min(usize::try_from(had).unwrap_or(usize::MAX));
        to.write_all(&bytes[..passed]).await?;
        left.store(had - passed as u64, Ordering::SeqCst);
        if passed < count {
            return Ok(true);
        }
    }
}
