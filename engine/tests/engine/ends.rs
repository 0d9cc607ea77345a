//! How requests end before their time, and begin again.

use pixmill_engine::Error;
use pixmill_engine::model::Again;

use super::{Answer, House, Origin, picture, pictures, rows, sheet_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_tried_again_and_nothing_else() {
    let (house, origin) = (House::open().await, pictures(6).await);
    for path in ["/1.png", "/4.png"] {
        origin.serve(path, [Answer::status(404), Answer::ok(picture(1))]);
    }
    let id = house.submit(&sheet_of(&rows(&origin, 6))).await;
    assert_eq!(house.until_ended(id).await.progress.failed, 2);
    house.engine.retry(id, Again::All).await.unwrap();
    let ended = house.until_ended(id).await;
    assert_eq!((ended.status.as_str(), ended.progress.done), ("completed", 6));
    let hits: Vec<usize> = (0..6).map(|n| origin.hits(&format!("/{n}.png"))).collect();
    assert_eq!(hits, [1, 2, 1, 1, 2, 1]);
    assert!(matches!(house.engine.retry(id, Again::All).await, Err(Error::Illegal(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_request_stops_and_goes_on_when_it_is_retried() {
    let (house, origin) = (House::open().await, pictures(8).await);
    for n in 2..8 {
        origin.serve(&format!("/{n}.png"), [Answer::silent(), Answer::ok(picture(n))]);
    }
    let id = house.submit(&sheet_of(&rows(&origin, 8))).await;
    house.until(id, |view| view.progress.done == 2).await;
    assert_eq!(house.engine.cancel(id).await.unwrap().status, "cancelled");
    assert!(matches!(house.engine.cancel(id).await, Err(Error::Illegal(_))));
    house.engine.retry(id, Again::All).await.unwrap();
    let ended = house.until_ended(id).await;
    assert_eq!((ended.status.as_str(), ended.progress.done), ("completed", 8));
    assert_eq!(origin.hits("/0.png"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_request_leaves_no_file() {
    let (house, origin) = (House::open().await, pictures(4).await);
    let id = house.submit(&sheet_of(&rows(&origin, 4))).await;
    house.until_ended(id).await;
    assert_eq!(house.images(id).len(), 4);
    house.engine.remove(id).await.unwrap();
    assert_eq!(house.images(id).len(), 0);
    assert!(matches!(house.engine.show(id).await, Err(Error::NotFound(_))));
    assert!(matches!(house.engine.remove(id).await, Err(Error::NotFound(_))));
    assert!(matches!(house.engine.results(id).await, Err(Error::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_makes_one_request_of_one_sheet() {
    let (house, origin) = (House::open().await, pictures(2).await);
    let sheet = sheet_of(&rows(&origin, 2));
    let first = house.try_submit(&sheet, Some("key")).await.unwrap();
    let again = house.try_submit(&sheet, Some("key")).await.unwrap();
    assert_eq!((first.is_new, again.is_new, again.id), (true, false, first.id));
    let other = house.try_submit(&sheet_of(&rows(&origin, 1)), Some("key")).await;
    assert!(matches!(other, Err(Error::KeyReused(id)) if id == first.id));
    assert_ne!(house.try_submit(&sheet, None).await.unwrap().id, first.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_many_times_at_once_makes_one_request() {
    let house = House::open().await;
    let origin = Origin::start().await;
    let sheet = sheet_of(&rows(&origin, 1));
    let path = house.path("same.csv");
    std::fs::write(&path, sheet).unwrap();
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (engine, sheet) = (house.engine.clone(), path.clone());
        sending.spawn(async move {
            let recipe = Default::default();
            let idempotency_key = Some("key".to_owned());
            let upload = pixmill_engine::Upload {
                sheet,
                folder: None,
                file_name: None,
                recipe,
                owner: None,
                hook: None,
                idempotency_key,
            };
            engine.submit(upload).await.unwrap()
        });
    }
    let sent = sending.join_all().await;
    assert!(sent.iter().all(|submitted| submitted.id == sent[0].id));
    assert_eq!(sent.iter().filter(|submitted| submitted.is_new).count(), 1);
}
