//! The queue, with servers that say what a test has them say.

use std::sync::Arc;

use async_trait::async_trait;
use pixmill_engine::model::RequestId;

use super::*;

const SERVER: &str = "http://pixmill.test/";

struct Scene {
    queue: Queue,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(folder.path().join("queue")).unwrap();
        Scene { queue, folder }
    }

    /// The same after a restart.
    fn reopened(self) -> Self {
        let queue = Queue::open(self.folder.path().join("queue")).unwrap();
        Scene { queue, ..self }
    }

    fn add(&self, name: &str) -> QueuedView {
        self.add_for(SERVER, name)
    }

    fn add_for(&self, server: &str, name: &str) -> QueuedView {
        let path = self.folder.path().join(name);
        fs::write(&path, name).unwrap();
        let sheet = Sheet { path, folder: None, name: name.to_owned(), kind: OfferKind::Sheet };
        let idempotency_key = format!("key of {name}");
        let handing = Handing { sheet, recipe: Recipe::default(), idempotency_key };
        self.queue.add(server, &handing).unwrap()
    }

    fn waiting(&self) -> Vec<(String, Option<String>)> {
        self.queue.list().into_iter().map(|queued| (queued.file_name, queued.why)).collect()
    }
}

/// A server that answers as it is told, and notes name, key and bytes of what it is sent.
struct Scripted {
    answers: Mutex<Vec<Answer<ReceivedView>>>,
    sent: Mutex<Vec<(String, String, String)>>,
    /// What each answer waits for.
    gate: Arc<Turn<()>>,
    asked: Notify,
}

impl Scripted {
    fn new<const N: usize>(mut answers: [Answer<ReceivedView>; N]) -> Self {
        answers.reverse();
        let (answers, sent) = (Mutex::new(answers.into()), Mutex::default());
        Scripted { answers, sent, gate: Arc::default(), asked: Notify::new() }
    }

    fn sent(&self) -> Vec<(String, String, String)> {
        self.sent.lock().unwrap().clone()
    }
}

#[async_trait]
impl Takes for Scripted {
    async fn submit(&self, handing: &Handing) -> Answer<ReceivedView> {
        let Handing { sheet, recipe: _, idempotency_key } = handing;
        let bytes = fs::read_to_string(&sheet.path).unwrap();
        self.sent.lock().unwrap().push((sheet.name.clone(), idempotency_key.clone(), bytes));
        self.asked.notify_one();
        drop(self.gate.lock().await);
        self.answers.lock().unwrap().pop().expect("no more is to be sent")
    }
}

fn received() -> Answer<ReceivedView> {
    Ok(ReceivedView::new(RequestId::fresh(), None))
}

fn unreachable() -> Answer<ReceivedView> {
    Err(Refusal::Unreachable { words: "nobody is there".to_owned() })
}

#[tokio::test]
async fn sheets_are_sent_in_order_with_the_key_that_they_were_handed_in_with() {
    let scene = Scene::new();
    for name in ["a.csv", "b.csv", "c.csv"] {
        scene.add(name);
    }
    scene.add_for("http://other.test/", "d.csv");
    let scene = scene.reopened();
    let server = Scripted::new([received(), received(), received()]);
    let mut taken = 0;
    assert_eq!(scene.queue.send(SERVER, &server, |_| taken += 1).await, Sent::All);
    let sent = ["a.csv", "b.csv", "c.csv"]
        .map(|name| (name.to_owned(), format!("key of {name}"), name.to_owned()));
    assert_eq!((taken, server.sent()), (3, sent.to_vec()));
    assert_eq!(scene.reopened().waiting(), [("d.csv".to_owned(), None)]);
}

#[tokio::test]
async fn a_server_that_goes_away_is_waited_for_and_nothing_is_skipped() {
    let scene = Scene::new();
    scene.add("a.csv");
    scene.add("b.csv");
    let busy = Err(Refusal::new(503, "unavailable", "try again later"));
    let server = Scripted::new([unreachable(), busy, received(), unreachable(), received()]);
    for (sent, waiting) in [(Sent::Later, 2), (Sent::Later, 2), (Sent::Later, 1), (Sent::All, 0)] {
        assert_eq!(scene.queue.send(SERVER, &server, drop).await, sent);
        assert_eq!(scene.waiting().len(), waiting);
    }
    let names: Vec<_> = server.sent().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["a.csv", "a.csv", "a.csv", "b.csv", "b.csv"]);
}

#[tokio::test]
async fn a_sheet_that_is_refused_stays_with_its_reason_and_holds_up_no_other() {
    let scene = Scene::new();
    let refused = scene.add("a.csv");
    scene.add("b.csv");
    let server = Scripted::new([Err(Refusal::new(422, "sheet_refused", "no link")), received()]);
    assert_eq!(scene.queue.send(SERVER, &server, drop).await, Sent::All);
    let scene = scene.reopened();
    assert_eq!(scene.waiting(), [("a.csv".to_owned(), Some("no link".to_owned()))]);
    assert!(!scene.queue.is_waiting_for(SERVER));
    scene.queue.remove(&refused.id).await.unwrap();
    assert!(scene.queue.remove(&refused.id).await.is_err());
    assert_eq!(scene.reopened().waiting(), []);
}

#[tokio::test]
async fn a_sheet_that_a_server_fails_at_holds_up_no_other_and_is_sent_again() {
    let scene = Scene::new();
    scene.add("a.csv");
    scene.add("b.csv");
    let failed = || Err(Refusal::new(500, "internal", "something broke"));
    let server = Scripted::new([failed(), received(), received()]);
    assert_eq!(scene.queue.send(SERVER, &server, drop).await, Sent::Later);
    assert_eq!(scene.waiting(), [("a.csv".to_owned(), Some("something broke".to_owned()))]);
    assert!(scene.queue.is_waiting_for(SERVER));
    assert_eq!(scene.queue.send(SERVER, &server, drop).await, Sent::All);
    assert_eq!(scene.waiting(), []);
}

#[tokio::test]
async fn what_was_never_whole_is_cleared_away_and_what_cannot_be_read_is_left() {
    let scene = Scene::new();
    scene.add("a.csv");
    let queue = scene.folder.path().join("queue");
    fs::create_dir(queue.join("half")).unwrap();
    fs::write(queue.join("half").join(SHEET), "x").unwrap();
    fs::create_dir(queue.join("odd")).unwrap();
    fs::write(queue.join("odd").join(ENTRY), "{").unwrap();
    fs::write(queue.join(".DS_Store"), "left by a window for files").unwrap();
    let scene = scene.reopened();
    assert_eq!(scene.waiting(), [("a.csv".to_owned(), None)]);
    assert!(!queue.join("half").exists() && queue.join("odd").exists());
}

#[tokio::test]
async fn what_is_being_sent_is_not_taken_away_meanwhile() {
    let scene = Scene::new();
    let queued = scene.add("a.csv");
    let server = Scripted::new([received()]);
    let closed = Arc::clone(&server.gate).lock_owned().await;
    let sending = scene.queue.send(SERVER, &server, drop);
    let removing = async {
        server.asked.notified().await;
        // It is on its way: taking it back waits for what comes of that.
        let mut removing = Box::pin(scene.queue.remove(&queued.id));
        assert!(futures_util::poll!(&mut removing).is_pending());
        drop(closed);
        removing.await
    };
    let (sent, removed) = tokio::join!(sending, removing);
    assert_eq!(sent, Sent::All);
    assert!(removed.is_err(), "it was taken: there is nothing to take back");
}
