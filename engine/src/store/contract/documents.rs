//! Documents are found, replaced, listed and deleted, whatever they mean.

use std::{collections::BTreeMap, sync::Arc};

use bson::rawdoc;

use super::Fixture;
use crate::{
    model::{Reasons, Tally},
    store::{Document, Kind, Lasting, Mark, Marked, Store, StoreError},
};

const KIND: Kind = Kind::Request;

fn document(id: &str) -> Document {
    Document {
        id: id.to_owned(),
        revision: 0,
        group: None,
        alias: None,
        marks: BTreeMap::new(),
        tally: None,
        reasons: Reasons::default(),
        body: rawdoc! { "of": id, "costs": "$5" },
    }
}

fn marked(id: &str, marks: &[(Mark, &str)]) -> Document {
    let marks = marks.iter().map(|(mark, value)| (*mark, (*value).to_owned()));
    Document { marks: marks.collect(), ..document(id) }
}

async fn insert(store: &dyn Store, documents: impl IntoIterator<Item = Document>) -> usize {
    store.insert(KIND, documents.into_iter().collect(), Lasting::Now).await.unwrap()
}

async fn find(store: &dyn Store, id: &str) -> Option<Document> {
    store.find(KIND, &[id.to_owned()]).await.unwrap().pop()
}

fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.id.as_str()).collect()
}

pub(in crate::store) async fn what_was_inserted_is_found_by_each_of_its_names(
    fixture: impl Fixture,
) {
    let store = fixture.store();
    let long = "x".repeat(100_000);
    let full = Document {
        group: Some("g".to_owned()),
        alias: Some("other".to_owned()),
        tally: Some(Tally { total: 7, ..Tally::default() }),
        reasons: [("HTTP 404", 7)].into_iter().collect(),
        body: rawdoc! { "long": long },
        ..marked("a", &[(Mark::Open, "m1"), (Mark::News, "m2")])
    };
    assert_eq!(insert(&*store, [full.clone(), document("b")]).await, 2);
    assert_eq!(insert(&*store, []).await, 0);
    drop(store);
    let fixture = fixture.reopened().await;
    let store = fixture.store();
    let asked = ["b", "nobody", "a"].map(str::to_owned);
    assert_eq!(store.find(KIND, &asked).await.unwrap(), [document("b"), full.clone()]);
    assert_eq!(store.find_alias(KIND, "other").await.unwrap(), Some(full));
    assert_eq!(store.find_alias(KIND, "a").await.unwrap(), None);
    assert_eq!(store.find(Kind::Trace, &asked).await.unwrap(), []);
    assert_eq!(store.count(KIND).await.unwrap(), 2);
}

pub(in crate::store) async fn an_id_or_alias_in_use_is_left_to_whoever_has_it(
    fixture: impl Fixture,
) {
    let store = fixture.store();
    let first = Document { alias: Some("word".to_owned()), ..document("a") };
    assert_eq!(insert(&*store, [first.clone()]).await, 1);
    let same_id = Document { body: rawdoc! { "of": "another" }, ..document("a") };
    let same_alias = Document { id: "b".to_owned(), ..first.clone() };
    assert_eq!(insert(&*store, [same_id, document("c"), same_alias]).await, 1);
    assert_eq!(find(&*store, "a").await, Some(first.clone()));
    assert_eq!(find(&*store, "b").await, None);
    store.delete(KIND, &["a".to_owned(), "nobody".to_owned()]).await.unwrap();
    let again = Document { id: "d".to_owned(), ..first };
    assert_eq!(insert(&*store, [again]).await, 1, "the alias is free again");
}

pub(in crate::store) async fn a_document_changed_meanwhile_is_not_replaced(fixture: impl Fixture) {
    let store = fixture.store();
    insert(&*store, [marked("a", &[(Mark::Open, "old")])]).await;
    let replace = async |revision, word: &str| {
        let new = Document {
            revision,
            body: rawdoc! { "is": word },
            ..marked("a", &[(Mark::Open, "new")])
        };
        store.replace(KIND, new, Lasting::Now).await.unwrap()
    };
    assert!(replace(0, "first").await);
    assert!(!replace(0, "second").await);
    assert!(replace(1, "third").await);
    let found = find(&*store, "a").await.unwrap();
    assert_eq!((found.revision, found.body), (2, rawdoc! { "is": "third" }));
    assert!(!store.replace(KIND, document("nobody"), Lasting::Now).await.unwrap());
    assert_eq!(find(&*store, "nobody").await, None);
}

pub(in crate::store) async fn marks_are_found_in_order_and_go_with_their_documents(
    fixture: impl Fixture,
) {
    let store = fixture.store();
    let documents = [
        marked("a", &[(Mark::Open, "k3"), (Mark::News, "k2")]),
        marked("b", &[(Mark::Open, "k1")]),
        marked("c", &[(Mark::Open, "k2"), (Mark::News, "k9")]),
        document("d"),
    ];
    insert(&*store, documents).await;
    let within = async |mark, from: &str, to: &str, limit| {
        let values = from.to_owned()..to.to_owned();
        let marked = store.marked(KIND, mark, values, limit).await.unwrap();
        marked.into_iter().map(|Marked { value, id }| format!("{value} {id}")).collect::<Vec<_>>()
    };
    assert_eq!(within(Mark::Open, "", "z", 9).await, ["k1 b", "k2 c", "k3 a"]);
    assert_eq!(within(Mark::Open, "", "z", 2).await, ["k1 b", "k2 c"]);
    assert_eq!(within(Mark::Open, "k2", "k3", 9).await, ["k2 c"], "the end is not in a range");
    assert_eq!(within(Mark::News, "", "k9", 9).await, ["k2 a"]);
    let changed = marked("a", &[(Mark::Open, "k0")]);
    assert!(store.replace(KIND, changed, Lasting::Now).await.unwrap());
    store.delete(KIND, &["c".to_owned()]).await.unwrap();
    assert_eq!(within(Mark::Open, "", "z", 9).await, ["k0 a", "k1 b"]);
    assert_eq!(within(Mark::News, "", "z", 9).await, Vec::<String>::new());
}

pub(in crate::store) async fn documents_are_listed_from_the_highest_down(fixture: impl Fixture) {
    let store = fixture.store();
    let member =
        |(id, group): (&str, &str)| Document { group: Some(group.to_owned()), ..document(id) };
    let members = [("a1", "g"), ("a2", "h"), ("a3", "g"), ("b", "gg"), ("c", "g")];
    insert(&*store, members.map(member)).await;
    insert(&*store, [document("d")]).await;
    let list = async |group, before, limit| store.list(KIND, group, before, limit).await.unwrap();
    assert_eq!(ids(&list(None, None, 9).await), ["d", "c", "b", "a3", "a2", "a1"]);
    assert_eq!(ids(&list(None, Some("b"), 2).await), ["a3", "a2"]);
    assert_eq!(ids(&list(Some("g"), None, 9).await), ["c", "a3", "a1"]);
    assert_eq!(ids(&list(Some("g"), Some("c"), 1).await), ["a3"]);
    assert_eq!(ids(&list(Some("nobody"), None, 9).await), Vec::<&str>::new());
}

pub(in crate::store) async fn a_group_is_summed_up_and_deleted_together(fixture: impl Fixture) {
    let store = fixture.store();
    let member = |n: u64, group: &str| {
        let other = format!("reason {}", n % 2);
        let reasons = [("HTTP 404", 1), (other.as_str(), 1)].into_iter().collect();
        let tally = Tally { total: n, done: 1, failed: 2, bytes_in: 3, bytes_out: 4 };
        let (group, tally) = (Some(group.to_owned()), Some(tally));
        Document { group, tally, reasons, ..document(&format!("{n:04}")) }
    };
    insert(&*store, (0..500).map(|n| member(n, "g"))).await;
    insert(&*store, [member(9_000, "other")]).await;
    let sum = store.tally(KIND, "g").await.unwrap();
    assert_eq!((sum.total, sum.done, sum.failed), (499 * 250, 500, 1_000));
    assert_eq!((sum.bytes_in, sum.bytes_out), (1_500, 2_000));
    let reasons = store.reasons(KIND, "g").await.unwrap();
    let expected = [("HTTP 404", 500), ("reason 0", 250), ("reason 1", 250)];
    assert_eq!(reasons, expected.into_iter().collect());
    store.delete_group(KIND, "g").await.unwrap();
    assert_eq!(store.tally(KIND, "g").await.unwrap(), Tally::default());
    assert!(store.reasons(KIND, "g").await.unwrap().is_empty());
    assert_eq!(ids(&store.list(KIND, None, None, 9).await.unwrap()), ["9000"]);
}

pub(in crate::store) async fn of_many_changes_at_once_none_is_lost(fixture: impl Fixture) {
    let store = fixture.store();
    insert(&*store, [Document { body: rawdoc! { "n": 0 }, ..document("a") }]).await;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store: Arc<dyn Store> = Arc::clone(&store);
        writers.spawn(async move {
            for _ in 0..25 {
                loop {
                    let mut found = find(&*store, "a").await.unwrap();
                    let n = found.body.get_i32("n").unwrap();
                    found.body = rawdoc! { "n": n + 1 };
                    if store.replace(KIND, found, Lasting::WithNext).await.unwrap() {
                        break;
                    }
                }
            }
        });
    }
    writers.join_all().await;
    let found = find(&*store, "a").await.unwrap();
    assert_eq!((found.revision, found.body.get_i32("n").unwrap()), (100, 100));
}

pub(in crate::store) async fn a_store_is_held_to_the_key_it_was_first_used_with(
    fixture: impl Fixture,
) {
    fixture.store().hold_to_key("first").await.unwrap();
    let fixture = fixture.reopened().await;
    fixture.store().hold_to_key("first").await.unwrap();
    let error = fixture.store().hold_to_key("second").await.unwrap_err();
    assert!(matches!(error, StoreError::OtherKey), "{error}");
    assert!(!error.is_retryable());
    fixture.store().hold_to_key("first").await.unwrap();
}
