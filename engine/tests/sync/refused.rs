//! Who is refused waits until somebody says so, and loses nothing.

use mongodb::{
    Client,
    bson::{Document, doc},
};
use pixmill_engine::{
    sync::Deployment,
    wire::{SyncState, SyncView},
};

use crate::{
    deployment::{Database, program},
    scene::{Computer, Scene},
};

const NAME: &str = "shared";

/// A database that lets in only users that it knows, and what its keeper does.
struct Guarded {
    database: Database,
    keeper: Client,
}

impl Guarded {
    /// One that knows the users `keeper`, `desk` and `reader`, with the password `good`.
    async fn start() -> Option<Self> {
        let mut database = Database::start(program()?);
        let open = Client::with_uri_str(database.uri()).await.unwrap();
        for user in ["keeper", "desk"] {
            let role = doc! { "role": "root", "db": "admin" };
            run(&open, doc! { "createUser": user, "pwd": "good", "roles": [role] }).await;
        }
        let role = doc! { "role": "read", "db": NAME };
        run(&open, doc! { "createUser": "reader", "pwd": "good", "roles": [role] }).await;
        open.shutdown().await;
        database.restart_guarded();
        let uri = uri_of(&database, "keeper", "good");
        let keeper = Client::with_uri_str(uri).await.unwrap();
        Some(Guarded { database, keeper })
    }

    fn deployment(&self, scene: &Scene, user: &str, password: &str) -> Deployment {
        let database = uri_of(&self.database, user, password).parse().unwrap();
        Deployment { database, ..scene.deployment() }
    }

    /// Gives `desk` another password, which counts from the next connection on: all end.
    async fn change_password(&mut self, password: &str) {
        run(&self.keeper, doc! { "updateUser": "desk", "pwd": password }).await;
        self.database.kill();
        self.database.restart();
    }

    async fn requests(&self) -> u64 {
        let requests = self.keeper.database(NAME).collection::<Document>("requests");
        requests.count_documents(doc! {}).await.unwrap()
    }
}

fn uri_of(database: &Database, user: &str, password: &str) -> String {
    let uri = database.uri();
    let (_, rest) = uri.split_once("://").unwrap();
    let (address, options) = rest.split_once("/?").unwrap();
    format!("mongodb://{user}:{password}@{address}/{NAME}?authSource=admin&{options}")
}

async fn run(client: &Client, command: Document) {
    client.database("admin").run_command(command).await.unwrap();
}

fn is_refused(view: &SyncView) -> bool {
    view.state == SyncState::Refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_waits_until_somebody_says_so_and_loses_nothing() {
    let Some(scene) = Scene::set().await else { return };
    let Some(mut guarded) = Guarded::start().await else { return };
    let computer = Computer::alone().await;
    let first = computer.house.submit(&scene.sheet(0..2)).await;
    computer.house.until_ended(first).await;
    for (user, password) in [("desk", "bad"), ("reader", "good")] {
        computer.sync.set(Some(guarded.deployment(&scene, user, password))).await.unwrap();
        let view = computer.until(is_refused).await;
        assert_eq!((view.waiting, view.parked), (1, vec![]));
        assert!(view.why.is_some_and(|why| !why.contains(password)));
    }
    assert_eq!(guarded.requests().await, 0);

    // With another address it goes on by itself.
    computer.sync.set(Some(guarded.deployment(&scene, "desk", "good"))).await.unwrap();
    computer.until_synced().await;
    assert_eq!(guarded.requests().await, 1);

    guarded.change_password("new").await;
    let second = computer.house.submit(&scene.sheet(2..4)).await;
    computer.house.until_ended(second).await;
    computer.until(|view| is_refused(view) && view.waiting == 1).await;
    assert_eq!(guarded.requests().await, 1);

    // It does not go on before somebody says so.
    guarded.change_password("good").await;
    let third = computer.house.submit(&scene.sheet(4..5)).await;
    computer.house.until_ended(third).await;
    computer.until(|view| is_refused(view) && view.waiting == 2).await;
    computer.sync.resume().await;
    computer.until_synced().await;
    assert_eq!(guarded.requests().await, 3);
    for id in [first, second] {
        assert_eq!(computer.house.status(id).await.progress.done, 2, "nothing is lost here");
    }
}
