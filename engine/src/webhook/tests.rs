//! Notices are passed on once, whatever happens in between; what is old is deleted.

mod clockwork;
mod idle;
mod late;

use clockwork::{Deed, clockwork};
use tempfile::TempDir;

use super::*;
use crate::{
    fetch::Access,
    model::{
        Accepted, Again, DeadBecause, DisabledBecause, Endpoint, EndpointId, EventType, Lane,
        MessageId, Queue, QueueId, Recipe, Request, RequestId, SheetFile, Sight, Tally, Timestamp,
    },
    store::{Embedded, Keys, Kind, Lasting, Mark},
    vault::{KeySource, SecretKey},
};

/// A store with an endpoint that hears of everything; nothing is delivered.
struct Desk {
    webhooks: Webhooks,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    endpoint: Endpoint,
    _folder: TempDir,
}

impl Desk {
    async fn open(terms: Terms) -> Self {
        Desk::open_to("https://shop.example/hook", terms).await
    }

    /// The same with another address; it may be on this machine.
    async fn open_to(url: &str, terms: Terms) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Embedded::open(folder.path(), 1 << 20).unwrap());
        let vault = Arc::new(Vault::open(KeySource::Given(SecretKey::fresh())).unwrap());
        let webhooks = process(Arc::clone(&store), Arc::clone(&vault), terms);
        let draft = Draft {
            name: "shop".parse().unwrap(),
            url: url.parse().unwrap(),
            events: EventType::REQUEST.to_vec(),
            is_enabled: true,
        };
        let (endpoint, _) = webhooks.create(None, Sight::All, draft).await.unwrap();
        Desk { webhooks, store, vault, endpoint, _folder: folder }
    }

    /// Another process of the deployment, which sees the store as `store`.
    fn process(&self, store: Arc<dyn Store>) -> Webhooks {
        process(store, Arc::clone(&self.vault), Terms::default())
    }

    /// Keeps a request that has been received and cancelled, and not been told of.
    async fn request(&self) -> Request {
        let accepted = Accepted {
            owner: None,
            recipe: Recipe::default(),
            sheet: SheetFile { name: None, bytes: 1, hash: String::new(), folder: None },
            products: 1,
            images: 1,
            batches: 1,
            hook: None,
        };
        let mut request = Request::new(RequestId::fresh(), accepted, Timestamp::EPOCH);
        request.cancel(&Tally::default(), Timestamp::EPOCH).unwrap();
        self.store.add(std::slice::from_ref(&request), Lasting::Now).await.unwrap();
        request
    }

    async fn queue(&self, request: &Request) -> Option<Queue> {
        let id = QueueId { endpoint: self.endpoint.id, request: Some(request.id) };
        self.store.load(&id.to_string()).await.unwrap().map(|kept| kept.value)
    }

    async fn events(&self, request: &Request) -> Vec<EventType> {
        let queue = self.queue(request).await.unwrap();
        queue.deliveries.iter().map(|delivery| delivery.event).collect()
    }

    async fn change_queue(&self, request: &Request, mut change: impl FnMut(&mut Queue) + Send) {
        let id = QueueId { endpoint: self.endpoint.id, request: Some(request.id) };
        let change = |queue: &mut Queue| {
            change(queue);
            Ok(())
        };
        self.store.change(&id.to_string(), Lasting::Now, change).await.unwrap().unwrap();
    }

    /// The ids of the requests with something to tell.
    async fn news(&self) -> Vec<String> {
        let all = Mark::values_from(String::new());
        let found = self.store.marked(Kind::Request, Mark::News, all, 100).await.unwrap();
        found.into_iter().map(|marked| marked.id).collect()
    }
}

fn process(store: Arc<dyn Store>, vault: Arc<Vault>, terms: Terms) -> Webhooks {
    let loopback = vec!["127.0.0.0/8".parse().unwrap()];
    let guard = Guard::new(Access { allowed: loopback, ..Access::default() });
    let keys = Keys::new(Arc::clone(&store));
    Webhooks::new(store, keys, vault, guard, terms).unwrap()
}

const BOTH: [EventType; 2] = [EventType::Received, EventType::Cancelled];

#[tokio::test]
async fn what_a_crash_has_passed_on_again_is_delivered_once() {
    let desk = Desk::open(Terms::default()).await;
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert!(desk.news().await.is_empty());
    // As it is after a crash before the notices were taken off.
    let undo = |now: &mut Request| {
        now.notices.clone_from(&request.notices);
        Ok(())
    };
    desk.store.change(&request.id.to_string(), Lasting::Now, undo).await.unwrap();
    assert_eq!(desk.news().await, [request.id.to_string()]);
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert!(desk.news().await.is_empty());
    assert_eq!(desk.events(&request).await, BOTH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_that_pass_on_at_once_make_one_delivery_of_each() {
    let desk = Desk::open(Terms::default()).await;
    let request = desk.request().await;
    let passing = (0..16).map(|_| desk.webhooks.pass_on(request.id));
    for passed in futures_util::future::join_all(passing).await {
        passed.unwrap();
    }
    assert_eq!(desk.events(&request).await, BOTH);
    assert!(desk.news().await.is_empty());
}

#[tokio::test]
async fn a_change_that_comes_while_others_are_passed_on_is_not_lost() {
    let desk = Desk::open(Terms::default()).await;
    let request = desk.request().await;
    let retry =
        |now: &mut Request| Ok(now.retry(Again::All, &Tally::default(), Timestamp::EPOCH)?);
    let id = request.id.to_string();
    let (passed, retried) = tokio::join!(
        desk.webhooks.pass_on(request.id),
        desk.store.change(&id, Lasting::Now, retry)
    );
    passed.unwrap();
    retried.unwrap();
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert_eq!(desk.events(&request).await, [BOTH[0], BOTH[1], EventType::Processing]);
}

#[tokio::test]
async fn all_endpoints_that_hear_of_everything_do_however_many_there_are() {
    let desk = Desk::open(Terms::default()).await;
    let others: Vec<Endpoint> =
        (0..1_200).map(|_| Endpoint { id: EndpointId::fresh(), ..desk.endpoint.clone() }).collect();
    desk.store.add(&others, Lasting::Now).await.unwrap();
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert_eq!(desk.store.count(Kind::Queue).await.unwrap(), 1_201);
}

#[tokio::test]
async fn nothing_is_put_into_a_queue_that_is_being_deleted() {
    let desk = Desk::open(Terms::default()).await;
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();
    desk.change_queue(&request, |queue| {
        queue.give_up(DeadBecause::Disabled(DisabledBecause::Asked), Timestamp::EPOCH);
        assert!(queue.close());
    })
    .await;
    let retry =
        |now: &mut Request| Ok(now.retry(Again::All, &Tally::default(), Timestamp::EPOCH)?);
    desk.store.change(&request.id.to_string(), Lasting::Now, retry).await.unwrap();
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert_eq!(desk.news().await.len(), 1, "it is still to be told");
    assert_eq!(desk.webhooks.0.sweep().await.unwrap(), 1);
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert_eq!(desk.events(&request).await, [EventType::Processing]);
    assert!(desk.news().await.is_empty());
}

#[tokio::test]
async fn the_receiver_of_all_that_somebody_deleted_is_made_again() {
    let server =
        ServerHook { url: "https://all.example/hook".parse().unwrap(), secret: Secret::fresh() };
    let id = server_endpoint(&server.url);
    let desk = Desk::open(Terms { server: Some(server), ..Terms::default() }).await;
    desk.webhooks.0.keep_server_hook().await.unwrap();
    // Another process, whose settings do not name it.
    let other = desk.process(Arc::clone(&desk.store));
    other.remove(Sight::All, id).await.unwrap();
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();
    assert!(desk.webhooks.show(Sight::All, id).await.unwrap().receiver.is_enabled());
    let queue = QueueId { endpoint: id, request: Some(request.id) };
    let queue: Queue = desk.store.load(&queue.to_string()).await.unwrap().unwrap().value;
    assert_eq!(queue.deliveries.len(), BOTH.len());
}

#[tokio::test]
async fn what_waits_takes_its_turn_among_those_of_where_its_receiver_is_now() {
    let desk = Desk::open(Terms::default()).await;
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();
    let before = desk.queue(&request).await.unwrap();
    let to =
        Change { url: Some("https://other.example/hook".parse().unwrap()), ..Change::default() };
    let endpoint = desk.webhooks.update(Sight::All, desk.endpoint.id, to).await.unwrap();
    let mut place = desk.webhooks.0.lanes.enter(before.id, before.lane.clone()).unwrap();
    desk.webhooks.0.work_off(before.id, &mut place).await.unwrap();
    let after = desk.queue(&request).await.unwrap();
    assert_eq!(after.lane, Lane::new(None, &endpoint.receiver.url));
    assert!(after.lease.is_none() && after.deliveries[0].tried == 0);
}

#[tokio::test]
async fn a_queue_that_is_made_while_the_secret_changes_has_the_new_one() {
    let desk = Desk::open(Terms::default()).await;
    let mut request = desk.request().await;
    let hook =
        desk.webhooks.hook(request.id, "https://shop.example/mine".parse().unwrap()).unwrap();
    request.hook = Some(hook);
    let keep = |now: &mut Request| {
        now.clone_from(&request);
        Ok(())
    };
    desk.store.change(&request.id.to_string(), Lasting::Now, keep).await.unwrap().unwrap();
    let rotating = clockwork(&desk.store, 0, Deed::Rotate(request.id));
    desk.process(rotating).pass_on(request.id).await.unwrap();
    let request: Request = desk.store.load(&request.id.to_string()).await.unwrap().unwrap().value;
    assert!(request.hook.as_ref().unwrap().secrets.previous.is_some());
    let queue = QueueId { endpoint: request.id.into(), request: Some(request.id) };
    let queue: Queue = desk.store.load(&queue.to_string()).await.unwrap().unwrap().value;
    assert_eq!(queue.hook.unwrap().secrets, request.hook.unwrap().secrets);
}

#[tokio::test]
async fn a_receiver_stays_disabled_when_what_is_to_be_sent_again_is_not_there() {
    let desk = Desk::open(Terms::default()).await;
    let request = desk.request().await;
    desk.webhooks.pass_on(request.id).await.unwrap();
    desk.change_queue(&request, |queue| {
        let mut hook = desk.endpoint.receiver.clone();
        hook.disable(DisabledBecause::Gone, Timestamp::EPOCH);
        queue.hook = Some(hook);
    })
    .await;
    let is_enabled = async || desk.queue(&request).await.unwrap().hook.unwrap().is_enabled();
    for (number, is_there) in [(99, false), (0, true)] {
        let message = MessageId::Notice { request: request.id, number };
        let sent = desk.webhooks.redeliver(Sight::All, desk.endpoint.id, message).await;
        assert_eq!((sent.is_ok(), is_enabled().await), (is_there, is_there));
    }
}

#[tokio::test]
async fn only_what_is_done_and_old_is_deleted() {
    let desk = Desk::open(Terms { kept: Duration::from_secs(3_600), ..Terms::default() }).await;
    let now = desk.store.now().await.unwrap();
    let (old, recent, waiting) = (desk.request().await, desk.request().await, desk.request().await);
    for (request, done_at) in
        [(&old, Some(Timestamp::EPOCH)), (&recent, Some(now)), (&waiting, None)]
    {
        desk.webhooks.pass_on(request.id).await.unwrap();
        if let Some(at) = done_at {
            desk.change_queue(request, |queue| {
                queue.give_up(DeadBecause::Disabled(DisabledBecause::Asked), at)
            })
            .await;
        }
    }
    assert_eq!(desk.webhooks.0.sweep().await.unwrap(), 1);
    assert!(desk.queue(&old).await.is_none());
    assert!(desk.queue(&recent).await.is_some() && desk.queue(&waiting).await.is_some());
}
