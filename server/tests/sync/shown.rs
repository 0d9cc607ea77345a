//! What was made on a computer is shown by the servers of the deployment, and left alone.

use pixmill_engine::{model::Format, wire::StatusView};
use reqwest::Method;
use serde_json::Value;
use tokio::time::{Duration, sleep, timeout};

use crate::{
    computer::Computer,
    deployment::Deployment,
    member, path, pictures,
    server::{self, PATIENCE, Server},
};

/// Waits until a server knows a request and it has ended.
async fn until_shown(server: &Server, id: &str) {
    let shown = async {
        while !server.get(&format!("/status/{id}")).send().await.unwrap().status().is_success() {
            sleep(Duration::from_millis(50)).await;
        }
        server.until_ended(id).await;
    };
    timeout(PATIENCE, shown).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_shows_what_a_computer_has_made_and_refuses_to_change_it() {
    let Some(deployment) = Deployment::shared() else { return };
    let database = deployment.fresh_database();
    let origin = pictures().await;
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = member(&database, &data).await;
    let mut computer = Computer::start(folder.path(), &database);
    computer.tell(&format!("submit one {} {}", origin.url(&path(0)), origin.url(&path(1))));
    let answer = computer.answer().await;
    let id = answer.strip_prefix("accepted one ").unwrap();
    until_shown(&server, id).await;
    let status: StatusView = server.view(&format!("/status/{id}")).await;
    assert_eq!((status.status.as_str(), status.progress.done), ("completed", 2));
    for product in &status.processed_data {
        let link = product.output_image_urls[0].as_ref().unwrap();
        let bytes = server.bytes(&server::path(link)).await;
        assert_eq!(&bytes[8..12], b"WEBP", "{:?}", Format::Webp);
    }
    let results = server.bytes(&format!("/requests/{id}/results.csv")).await;
    assert_eq!(String::from_utf8(results).unwrap().lines().count(), 3);
    for verb in ["cancel", "retry"] {
        let answer = server.ask(Method::POST, &format!("/requests/{id}/{verb}")).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 409);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "made_elsewhere");
    }
    let deleted = server.ask(Method::DELETE, &format!("/requests/{id}")).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    let gone = async {
        while computer.look().await.1 > 0 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
    computer.stop();
    assert!(server.terminate().await.success());
}
