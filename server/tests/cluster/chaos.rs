//! Four servers on one database, killed or made to stand still again and again, and the database
//! killed with them.
//!
//! It needs a database that keeps what it has acknowledged when it is killed and that is fast
//! enough: the one that `PIXMILL_TEST_MONGODB_BIN` names.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt};
use mongodb::{
    Client,
    bson::{Bson, Document, doc},
    options::FullDocumentType,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Server,
    deployment::{Database, program},
    member_with, path, picture,
    receiver::{Call, Manner, Receiver},
    server,
};
use crate::origin::{Answer, Origin};

const SERVERS: usize = 4;
const REQUESTS: usize = 10;
const IMAGES: usize = 200;
/// How often something happens to a server.
const EVERY: Duration = Duration::from_secs(2);
/// How long nothing may be heard of a server before others take over.
const LEASE: &str = "3 s";
/// For how many rounds a server stands still: longer than its lease.
const STILL_ROUNDS: usize = 3;
/// The rounds in which the database is killed as well.
const DATABASE_KILLS: [usize; 2] = [2, 5];
/// The longest that all may take.
const PATIENCE: Duration = Duration::from_secs(300);

async fn start(uri: &str, folder: &TempDir) -> Server {
    let retries = vec!["100 ms"; 300].join(",");
    member_with(uri, folder, &["--lease", LEASE, "--webhook-retries", &retries]).await
}

/// What happens to whom is by chance: `PIXMILL_TEST_SEED` has the same happen again.
fn chance() -> StdRng {
    let seed = env::var("PIXMILL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    eprintln!("PIXMILL_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// What was written to batches, as the database tells it.
#[derive(Clone, Default)]
struct Audit(Arc<Mutex<BTreeMap<String, BTreeMap<i64, Document>>>>);

impl Audit {
    /// Listens until dropped; what the database tells while it is away is not heard.
    async fn listen(self, uri: String) {
        loop {
            if let Ok(client) = Client::with_uri_str(&uri).await {
                let batches = client.default_database().unwrap().collection::<Document>("batches");
                let watch = batches.watch().full_document(FullDocumentType::UpdateLookup);
                if let Ok(mut stream) = watch.await {
                    while let Some(Ok(event)) = stream.next().await {
                        self.note(event.full_document);
                    }
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn note(&self, document: Option<Document>) {
        let Some(document) = document else { return };
        let id = document.get_str("_id").unwrap().to_owned();
        let revision = document.get_i64("revision").unwrap();
        self.0.lock().unwrap().entry(id).or_default().insert(revision, document);
    }

    /// No write of a claim came after one of a later claim, and no image was recorded twice.
    fn check(&self) -> usize {
        let written = self.0.lock().unwrap();
        for (id, revisions) in &*written {
            let mut token = 0;
            let mut recorded: BTreeMap<(usize, usize), &Bson> = BTreeMap::new();
            for (revision, document) in revisions {
                let body = document.get_document("body").unwrap();
                let now = body.get_i64("token").unwrap();
                assert!(now >= token, "{id}: claim {now} wrote revision {revision} after {token}");
                token = now;
                for (place, state) in states(body) {
                    if state.as_document().unwrap().get_str("is").unwrap() != "waiting" {
                        let before = recorded.entry(place).or_insert(state);
                        assert_eq!(*before, state, "{id}: image {place:?} was recorded twice");
                    } else {
                        assert!(!recorded.contains_key(&place), "{id}: {place:?} was forgotten");
                    }
                }
            }
        }
        written.values().map(BTreeMap::len).sum()
    }
}

/// How large each rendition is as its record says, by request and name.
async fn recorded(uri: &str) -> BTreeMap<(String, String), u64> {
    let client = Client::with_uri_str(uri).await.unwrap();
    let batches = client.default_database().unwrap().collection::<Document>("batches");
    let batches: Vec<Document> = batches.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    let mut recorded = BTreeMap::new();
    for batch in &batches {
        let request = batch.get_str("group").unwrap();
        for (_, state) in states(batch.get_document("body").unwrap()) {
            let state = state.as_document().unwrap();
            let name = state.get_str("name").unwrap().to_owned();
            let bytes = state.get_i64("bytes").unwrap() as u64;
            recorded.insert((request.to_owned(), name), bytes);
        }
    }
    recorded
}

/// The images of a batch, by product and place, with what has become of them.
fn states(batch: &Document) -> impl Iterator<Item = ((usize, usize), &Bson)> {
    let products = batch.get_array("products").unwrap().iter().enumerate();
    products.flat_map(|(row, product)| {
        let images = product.as_document().unwrap().get_array("images").unwrap();
        images.iter().enumerate().map(move |(place, image)| {
            ((row, place), image.as_document().unwrap().get("state").unwrap())
        })
    })
}

/// Every change of status was heard of, in order, with a good signature.
fn check_events(receiver: &Receiver, ids: &[String], secret: &str) {
    for call in receiver.calls("/hook") {
        assert!(call.is_signed(secret), "{call:?}");
    }
    let accepted = receiver.accepted("/hook");
    for id in ids {
        let events: Vec<String> =
            accepted.iter().filter(|call| call.request() == *id).map(Call::event).collect();
        let expected = ["request.received", "request.processing", "request.completed"];
        assert_eq!(events, expected, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_servers_and_their_database_are_killed_and_nothing_is_lost_or_done_twice() {
    if env::var_os("PIXMILL_TEST_MONGODB_BIN").is_none() {
        eprintln!("SKIPPED: PIXMILL_TEST_MONGODB_BIN names no database that can be killed");
        return;
    }
    let mut database = Database::start(program().unwrap());
    let uri = database.uri().replace("/?", "/chaos?");
    let (origin, receiver) = (Origin::start().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::HalfBad]);
    let folders: Vec<TempDir> = (0..SERVERS).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut servers = Vec::new();
    for folder in &folders {
        servers.push(start(&uri, folder).await);
    }
    let audit = Audit::default();
    let listening = tokio::spawn(audit.clone().listen(uri.clone()));
    let draft = json!({ "name": "Shop", "url": receiver.url("/hook") });
    let made = servers[0].ask(Method::POST, "/webhooks").json(&draft).send().await.unwrap();
    let made: Value = made.json().await.unwrap();
    let secret = made["secret"].as_str().unwrap();

    let mut ids = Vec::new();
    for request in 0..REQUESTS {
        let photos: Vec<usize> = (request * IMAGES..(request + 1) * IMAGES).collect();
        for n in &photos {
            origin.serve(&path(*n), [Answer::ok(picture(*n))]);
        }
        let links: Vec<String> = photos.iter().map(|n| origin.url(&path(*n))).collect();
        let sheet = Server::sheet(links.iter().map(String::as_str));
        ids.push(servers[request % SERVERS].accepted(&sheet).await);
    }

    let begun = Instant::now();
    let mut chance = chance();
    let (mut round, mut kills, mut pauses) = (0, 0, 0);
    // Who stands still, and until when.
    let mut still: Option<(usize, usize)> = None;
    loop {
        sleep(EVERY).await;
        if let Some((late, _)) = still.take_if(|(_, until)| *until <= round) {
            servers[late].go_on();
        }
        let is_database_killed = DATABASE_KILLS.contains(&round);
        if is_database_killed {
            database.kill();
            sleep(Duration::from_millis(700)).await;
            database.restart();
        }
        let victim = chance.random_range(0..SERVERS);
        if still.is_none() && chance.random_bool(0.5) {
            servers[victim].stand_still();
            still = Some((victim, round + STILL_ROUNDS));
            pauses += 1;
        } else {
            still.take_if(|(late, _)| *late == victim);
            servers.remove(victim).kill().await;
            servers.insert(victim, start(&uri, &folders[victim]).await);
            kills += 1;
        }
        round += 1;
        let awake = (0..SERVERS).find(|server| still.is_none_or(|(late, _)| late != *server));
        let mut open = 0;
        for id in &ids {
            let view = timeout(PATIENCE, servers[awake.unwrap()].request(id)).await.unwrap();
            open += usize::from(["received", "processing"].contains(&view.status.as_str()));
        }
        if open == 0 && round > DATABASE_KILLS[1] && pauses > 0 {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{open} requests are open after {kills} kills");
    }

    // What it had in hand has long been finished by others.
    if let Some((late, _)) = still {
        servers[late].go_on();
    }
    receiver.until_accepted("/hook", REQUESTS * 3).await;
    check_events(&receiver, &ids, secret);
    let recorded = recorded(&uri).await;
    for id in &ids {
        let ended = servers[0].until_ended(id).await;
        assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
        assert_eq!((ended.progress.done, ended.progress.failed), (IMAGES as u64, 0));
        let outputs: BTreeSet<String> = ended
            .processed_data
            .iter()
            .map(|product| product.output_image_urls[0].clone().unwrap())
            .collect();
        assert_eq!(outputs.len(), IMAGES);
        for output in outputs {
            let bytes = servers[1].bytes(&server::path(&output)).await;
            assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 320, "{output}");
            let name = output.rsplit('/').next().unwrap().to_owned();
            let size = recorded.get(&(id.clone(), name)).copied();
            assert_eq!(size, Some(bytes.len() as u64), "{output} is not what was recorded");
        }
    }
    listening.abort();
    let writes = audit.check();
    let calls = receiver.calls("/hook").len();
    eprintln!(
        "{kills} servers and {} databases killed, {pauses} servers late, in {:.0?}; {writes} writes \
         to batches and {calls} webhooks seen",
        DATABASE_KILLS.len(),
        begun.elapsed()
    );
    assert!(writes > REQUESTS * IMAGES / 64, "the database told of {writes} writes only");
}
