//! Each step goes by an index, whatever it asks and however much there is.
//!
//! What the store sends is listened to and put to the server again, to be explained.

use std::{collections::BTreeSet, sync::Arc};

use mongodb::{
    bson::{Bson as Value, Document as Bson, doc, rawdoc},
    event::{EventHandler, command::CommandEvent},
};
use tokio::sync::mpsc;

use super::{Mongo, connect};
use crate::{
    deployment::Deployment,
    model::{Reasons, Tally},
    store::{Document, Kind, Lasting, Mark, Store},
};

/// How many documents there are of each kind.
const FILLED: u32 = 400;
/// How many of them are in one group.
const GROUP: u32 = 4;
/// How many are asked for where there may be many.
const LIMIT: usize = 5;
/// The most keys and documents that a step may have to look at for what it finds.
const EXAMINED: i64 = 2 * LIMIT as i64;

fn id(n: u32) -> String {
    format!("{n:06}")
}

fn document(kind: Kind, n: u32) -> Document {
    Document {
        id: id(n),
        revision: 0,
        group: Some(id(n / GROUP)),
        alias: Some(format!("other {n}")),
        marks: kind.marks().iter().map(|mark| (*mark, id(n))).collect(),
        tally: Some(Tally { total: 1, failed: 1, ..Tally::default() }),
        reasons: Reasons::default(),
        body: rawdoc! { "n": i64::from(n) },
    }
}

/// A store, and what it sends.
struct Overheard {
    store: Mongo,
    sent: mpsc::UnboundedReceiver<Bson>,
}

impl Overheard {
    async fn open(deployment: &Deployment) -> Self {
        let uri = deployment.fresh_database().parse().unwrap();
        let mut options = connect::options(&uri).await.unwrap();
        let (sender, sent) = mpsc::unbounded_channel();
        let note = move |event| {
            if let CommandEvent::Started(started) = event {
                drop(sender.send(started.command));
            }
        };
        options.command_event_handler = Some(EventHandler::Callback(Arc::new(note)));
        Overheard { store: Mongo::with(options).await.unwrap(), sent }
    }

    /// What was sent since this was asked last.
    fn sent(&mut self) -> Vec<Bson> {
        std::iter::from_fn(|| self.sent.try_recv().ok()).collect()
    }
}

/// All that a store is asked while work is handed out, recorded and settled, deliveries are made and
/// keys are looked up: it is the same for each kind.
async fn ask_everything(store: &dyn Store, kind: Kind) {
    let (some, many) = ([id(7)], [id(8), id(9)]);
    store.find(kind, &some).await.unwrap();
    store.find(kind, &many).await.unwrap();
    store.find_alias(kind, "other 7").await.unwrap();
    let changed = Document { body: rawdoc! { "n": 7000 }, ..document(kind, 7) };
    assert!(store.replace(kind, changed, Lasting::Now).await.unwrap());
    for group in [None, Some(id(50))] {
        for before in [None, Some(id(201))] {
            let list = store.list(kind, group.as_deref(), before.as_deref(), LIMIT);
            assert!(!list.await.unwrap().is_empty());
        }
    }
    for mark in kind.marks() {
        for values in [Mark::values_from(String::new()), id(100)..id(102), id(390)..id(999)] {
            assert!(!store.marked(kind, *mark, values, LIMIT).await.unwrap().is_empty());
        }
    }
    assert_eq!(store.tally(kind, &id(60)).await.unwrap().total, u64::from(GROUP));
    store.reasons(kind, &id(60)).await.unwrap();
    store.delete(kind, &some).await.unwrap();
    store.delete(kind, &many).await.unwrap();
    store.delete_group(kind, &id(70)).await.unwrap();
}

/// What is asked for in a command, without what is about who asks. What a change looks for is asked
/// for as a search: not every server explains changes.
fn question(command: &Bson) -> Bson {
    let changes = command.get_array("updates").or(command.get_array("deletes"));
    if let Ok([Value::Document(change)]) = changes.map(Vec::as_slice) {
        let collection = command.values().next().unwrap();
        return doc! { "find": collection, "filter": change.get_document("q").unwrap() };
    }
    let about = ["lsid", "$db", "$clusterTime", "txnNumber", "writeConcern", "readConcern"];
    let asked = command.iter().filter(|(name, _)| !about.contains(&name.as_str()));
    asked.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The part of a question that every server has a plan for, if there is one: the quickly installed
/// one has none for orders, nor for more than one field.
fn plain(question: &Bson) -> Option<Bson> {
    let filter = question.get_document("filter").ok()?;
    let is_plain = |(name, value): &(&String, &Value)| {
        *name != "_id" || !value.as_document().is_some_and(|range| range.contains_key("$lt"))
    };
    let (name, value) = filter.iter().find(is_plain)?;
    Some(doc! { "find": question.get("find"), "filter": { name: value } })
}

/// All values of fields of a name, however deep they lie.
fn all<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    for (key, value) in value.as_document().into_iter().flatten() {
        if key == name {
            found.push(value);
        }
        all(value, name, found);
    }
    value.as_array().into_iter().flatten().for_each(|value| all(value, name, found));
}

fn numbers(explained: &Value, name: &str) -> i64 {
    let mut found = Vec::new();
    all(explained, name, &mut found);
    let number = |value: &Value| value.as_i64().or(value.as_i32().map(i64::from));
    found.into_iter().filter_map(number).max().unwrap_or_else(|| panic!("no {name}: {explained}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_step_goes_by_an_index_and_looks_at_few_documents() {
    let Some(deployment) = Deployment::shared() else { return };
    let mut overheard = Overheard::open(deployment).await;
    let store = overheard.store.clone();
    for kind in Kind::ALL {
        let filling = (0..FILLED).map(|n| document(*kind, n)).collect();
        store.insert(*kind, filling, Lasting::Now).await.unwrap();
    }
    let hello = store.database().run_command(doc! { "hello": 1 }).await.unwrap();
    let level = if hello.contains_key("setName") { "majority" } else { "local" };
    let in_order = doc! { "find": Kind::Request.name(), "sort": { "_id": -1 }, "limit": 1 };
    let has_plans = Explained::of(&store, &in_order).await.is_quick();
    if !has_plans {
        eprintln!("this server has no plans for orders: only a part is checked");
    }
    overheard.sent();
    let mut seen = BTreeSet::new();
    for kind in Kind::ALL {
        ask_everything(&store, *kind).await;
        for command in overheard.sent() {
            let name = command.keys().next().unwrap().clone();
            // The ear listens all the while.
            let is_ours = name != "getMore" && !command.to_string().contains("$changeStream");
            if !is_ours {
                continue;
            }
            if ["find", "aggregate"].contains(&name.as_str()) {
                let concern = command.get_document("readConcern").unwrap();
                assert_eq!(concern.get_str("level").unwrap(), level, "{command}");
            }
            seen.insert(name);
            let question = question(&command);
            if has_plans {
                let explained = Explained::of(&store, &question).await;
                assert!(explained.is_quick(), "{question}: {explained:?}");
            } else if let Some(question) = plain(&question) {
                let explained = Explained::of(&store, &question).await;
                assert!(explained.is_indexed(), "{question}: {explained:?}");
            }
        }
        overheard.sent();
    }
    assert!(seen.iter().eq(["aggregate", "delete", "find", "update"]), "{seen:?}");
}

/// How a server answers a question: the stages of its plan, and how much it looks at.
#[derive(Debug)]
struct Explained {
    stages: Vec<String>,
    keys: i64,
    documents: i64,
}

impl Explained {
    async fn of(store: &Mongo, question: &Bson) -> Self {
        let explain = doc! { "explain": question, "verbosity": "executionStats" };
        let explained = Value::Document(store.database().run_command(explain).await.unwrap());
        let (mut plans, mut stages) = (Vec::new(), Vec::new());
        all(&explained, "winningPlan", &mut plans);
        plans.iter().for_each(|plan| all(plan, "stage", &mut stages));
        let stages = stages.into_iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let keys = numbers(&explained, "totalKeysExamined");
        Explained { stages, keys, documents: numbers(&explained, "totalDocsExamined") }
    }

    fn has(&self, kinds: &[&str]) -> bool {
        self.stages.iter().any(|stage| kinds.iter().any(|kind| stage.contains(kind)))
    }

    fn is_indexed(&self) -> bool {
        self.has(&["IXSCAN", "IDHACK", "EXPRESS"]) && !self.has(&["COLLSCAN", "SORT"])
    }

    fn is_quick(&self) -> bool {
        self.is_indexed() && self.keys.max(self.documents) <= EXAMINED
    }
}
