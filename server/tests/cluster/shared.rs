//! What one server accepts, any of them works on and serves.

use std::{collections::BTreeSet, time::Duration};

use super::{Server, bucket, deployment::Deployment, member, member_with_bucket, pictures};

const IMAGES: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_server_had_in_hand_another_finishes() {
    let Some(deployment) = Deployment::shared() else { return };
    let uri = deployment.fresh_database();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (_origin, sheet) = pictures(IMAGES).await;
    let first = member(&uri, &folders[0]).await;
    let second = member(&uri, &folders[1]).await;
    let id = first.accepted(&sheet).await;
    while first.request(&id).await.progress.done < 20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    first.kill().await;
    let ended = second.until_ended(&id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!(ended.progress.done, IMAGES as u64);
    let outputs: Vec<String> = ended
        .processed_data
        .iter()
        .map(|product| product.output_image_urls[0].clone().unwrap())
        .collect();
    assert_eq!(outputs.iter().collect::<BTreeSet<_>>().len(), IMAGES);
    for output in &outputs {
        let bytes = second.bytes(&super::server::path(output)).await;
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 320, "{output}");
    }
    let results = second.bytes(&format!("/requests/{id}/results.csv")).await;
    assert_eq!(String::from_utf8(results).unwrap().lines().count(), IMAGES + 1);
    // A part of an image is served from the database as well.
    let part = second.get(&super::server::path(&outputs[0])).header("Range", "bytes=8-11");
    let part = part.send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap().len()), (206, 4));
    let removed = second.ask(reqwest::Method::DELETE, &format!("/requests/{id}")).send().await;
    assert_eq!(removed.unwrap().status(), 204);
    let gone = second.get(&super::server::path(&outputs[0])).send().await.unwrap();
    assert_eq!(gone.status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idempotency_key_is_one_for_all_servers() {
    let Some(deployment) = Deployment::shared() else { return };
    let uri = deployment.fresh_database();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (_origin, sheet) = pictures(3).await;
    let servers = [member(&uri, &folders[0]).await, member(&uri, &folders[1]).await];
    let upload = |server: &Server| {
        let upload = server.ask(reqwest::Method::POST, "/upload").header("Idempotency-Key", "k1");
        upload.multipart(Server::form(sheet.clone())).send()
    };
    let (one, other) = tokio::join!(upload(&servers[0]), upload(&servers[1]));
    let ids: BTreeSet<String> = [
        one.unwrap().json::<pixmill_engine::wire::ReceivedView>().await.unwrap().request_id,
        other.unwrap().json::<pixmill_engine::wire::ReceivedView>().await.unwrap().request_id,
    ]
    .into();
    assert_eq!(ids.len(), 1);
    let listed = servers[0].json("/requests").await;
    assert_eq!(listed["requests"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_are_kept_in_a_bucket_and_served_from_it() {
    let Some(deployment) = Deployment::shared() else { return };
    let Some(bucket) = bucket::fresh().await else { return };
    let uri = deployment.fresh_database();
    let folder = tempfile::tempdir().unwrap();
    let (_origin, sheet) = pictures(5).await;
    let server = member_with_bucket(&uri, &folder, bucket).await;
    let id = server.accepted(&sheet).await;
    let ended = server.until_ended(&id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    let output = ended.processed_data[0].output_image_urls[0].clone().unwrap();
    let path = super::server::path(&output);
    let whole = server.get(&path).send().await.unwrap();
    let etag = super::server::header(&whole, "ETag").to_owned();
    assert_eq!(super::server::header(&whole, "Content-Type"), "image/webp");
    let bytes = whole.bytes().await.unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 320);
    let part = server.get(&path).header("Range", "bytes=8-11").send().await.unwrap();
    assert_eq!(
        (part.status().as_u16(), part.bytes().await.unwrap().as_ref()),
        (206, &bytes[8..12])
    );
    let unchanged = server.get(&path).header("If-None-Match", etag).send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    assert!(!folder.path().join("gallery").exists(), "nothing is kept on this machine");
}
