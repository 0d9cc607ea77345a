//! A server that speaks just enough of MongoDB's protocol to be of a kind that cannot be had here:
//! too old, or standing alone.
//!
//! Source: the specification of OP_MSG.

use std::sync::{Arc, Mutex};

use mongodb::bson::{self, Bson as Value, Document as Bson, doc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::MongoUri;
use crate::model::SCHEMA_VERSION;

/// The code of messages.
const OP_MSG: i32 = 2_013;
/// The header of a message, its flags, and the kind of its first section.
const BEFORE_BODY: usize = 16 + 4 + 1;

/// A server that stands alone; it ends when it is dropped.
pub(super) struct Fake {
    port: u16,
    asked: Arc<Mutex<Vec<Bson>>>,
    serving: JoinHandle<()>,
}

impl Fake {
    /// Starts a server of some version.
    pub(super) async fn start(wire_version: i32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<Bson>>>::default();
        let noted = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let noted = Arc::clone(&noted);
                tokio::spawn(serve(stream, move |command: Bson| {
                    let answer = answer(&command, wire_version);
                    noted.lock().unwrap().push(command);
                    answer
                }));
            }
        });
        Fake { port, asked, serving }
    }

    pub(super) fn uri(&self) -> MongoUri {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port).parse().unwrap()
    }

    /// The commands of a name that came.
    pub(super) fn asked(&self, name: &str) -> Vec<Bson> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|command| command.contains_key(name)).cloned().collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn answer(command: &Bson, wire_version: i32) -> Bson {
    let cursor = |batch: Vec<Value>| {
        doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "pixmill.any", "firstBatch": batch } }
    };
    match command.keys().next().map(String::as_str) {
        Some("hello" | "isMaster" | "ismaster") => doc! {
            "ok": 1,
            "helloOk": true,
            "isWritablePrimary": true,
            "ismaster": true,
            "minWireVersion": 0,
            "maxWireVersion": wire_version,
            "maxBsonObjectSize": 16 << 20,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
            "localTime": bson::DateTime::from_millis(0),
        },
        Some("find") => {
            let schema = doc! { "_id": "schema", "version": i64::from(SCHEMA_VERSION) };
            cursor(vec![schema.into()])
        }
        Some("aggregate") => doc! {
            "ok": 0,
            "code": 40_573,
            "codeName": "Location40573",
            "errmsg": "The $changeStream stage is only supported on replica sets",
        },
        _ => doc! { "ok": 1, "n": 1, "nModified": 0 },
    }
}

/// Answers the messages of one connection until it ends.
async fn serve(mut stream: TcpStream, answer: impl Fn(Bson) -> Bson + Send) {
    while let Ok(length) = stream.read_i32_le().await {
        let mut rest = vec![0; usize::try_from(length).unwrap() - 4];
        if stream.read_exact(&mut rest).await.is_err() {
            return;
        }
        let number = i32::from_le_bytes(rest[..4].try_into().unwrap());
        // The length is not among the rest. Further sections, with what is to be written, follow.
        let mut body = &rest[BEFORE_BODY - 4..];
        let command = Bson::from_reader(&mut body).unwrap();
        let answer = bson::serialize_to_vec(&answer(command)).unwrap();
        let length = i32::try_from(BEFORE_BODY + answer.len()).unwrap();
        let mut message = Vec::new();
        for field in [length, 0, number, OP_MSG, 0] {
            message.extend_from_slice(&field.to_le_bytes());
        }
        message.push(0);
        message.extend_from_slice(&answer);
        if stream.write_all(&message).await.is_err() {
            return;
        }
    }
}
