//! Links to images that open in a shop's importer, and no others.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::{
    server::{PATIENCE, Server, header, path},
    shop::Shop,
};

async fn open(shop: &Shop, link: &str) -> Response {
    shop.server.get(&path(link)).send().await.unwrap()
}

async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let problem: Value = answer.json().await.unwrap();
    (status, problem["code"].as_str().unwrap().to_owned())
}

/// A shop that has worked on a sheet with one image, and the link to it.
async fn worked(options: &[&str]) -> (Shop, String, String) {
    let shop = Shop::open(options).await;
    let uploader = shop.key("uploader").await.token;
    let id = shop.submit(&uploader, &shop.server.good_sheet()).await;
    let link = shop.image_link(&id).await;
    (shop, uploader, link)
}

#[tokio::test]
async fn a_link_of_the_results_sheet_opens_without_a_key() {
    let (shop, uploader, link) = worked(&[]).await;
    let id = link.split("/images/").nth(1).unwrap().split('/').next().unwrap();
    let results = shop.get(&uploader, &format!("/requests/{id}/results.csv")).await;
    let results = results.text().await.unwrap();
    assert!(link.contains("?expires=") && results.contains(&link), "{link}: {results}");
    let image = open(&shop, &link).await;
    assert_eq!(image.status(), 200);
    let caching = header(&image, "Cache-Control").to_owned();
    assert!(caching.starts_with("private, max-age=2"), "thirty days: {caching}");
    let etag = header(&image, "ETag").to_owned();
    let again = shop.server.get(&path(&link)).header("If-None-Match", etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let part = shop.server.get(&path(&link)).header("Range", "bytes=0-9").send().await.unwrap();
    assert_eq!(part.status(), 206);
}

#[tokio::test]
async fn a_link_that_was_changed_opens_nothing() {
    let (shop, uploader, link) = worked(&[]).await;
    let (plain, query) = link.split_once('?').unwrap();
    let expires = query.strip_prefix("expires=").unwrap().split('&').next().unwrap();
    let later = (expires.parse::<u64>().unwrap() + 1).to_string();
    let other = shop.submit(&uploader, &shop.server.good_sheet().replace("Mug", "Cup")).await;
    let other = shop.image_link(&other).await;
    let (other_plain, other_query) = other.split_once('?').unwrap();
    for changed in [
        link.replace(expires, &later),
        format!("{link}A"),
        link[..link.len() - 1].to_owned(),
        format!("{plain}?{other_query}"),
        format!("{other_plain}?{query}"),
        plain.replace(".webp", ".png") + "?" + query,
    ] {
        let refused = code(open(&shop, &changed).await).await;
        assert_eq!(refused, (403, "bad_link".to_owned()), "{changed}");
    }
    for without in [plain.to_owned(), format!("{plain}?expires={expires}")] {
        assert_eq!(open(&shop, &without).await.status(), 401, "{without}");
    }
}

#[tokio::test]
async fn a_link_opens_nothing_after_its_time() {
    let (shop, uploader, link) = worked(&["--image-links-for", "2 s"]).await;
    let expired = timeout(PATIENCE, async {
        loop {
            let answer = open(&shop, &link).await;
            if answer.status() != 200 {
                return code(answer).await;
            }
            sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(expired.await.unwrap(), (403, "link_expired".to_owned()));
    let by_key = shop.get(&uploader, &path(&link)).await;
    assert_eq!(by_key.status(), 200, "a key needs no link");
    assert!(header(&by_key, "Cache-Control").starts_with("private"));
}

#[tokio::test]
async fn links_are_good_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::in_folder(folder.path(), &["--image-links", "signed"]).await;
    let id = server.accepted(&server.good_sheet()).await;
    let link = async |server: &Server| {
        let mut ended = server.until_ended(&id).await;
        path(&ended.processed_data.remove(0).output_image_urls.remove(0).unwrap())
    };
    let first = link(&server).await;
    drop(server);
    let server = Server::in_folder(folder.path(), &[]).await;
    let post = server.ask(reqwest::Method::POST, "/keys").json(&crate::shop::order("b", "admin"));
    assert_eq!(post.send().await.unwrap().status(), 201);
    assert_eq!(server.get(&first).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn public_images_open_for_everybody_by_plain_links() {
    let (shop, _, link) = worked(&["--public-images"]).await;
    assert!(!link.contains('?'), "{link}");
    let image = open(&shop, &link).await;
    assert_eq!(image.status(), 200);
    assert_eq!(header(&image, "Cache-Control"), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn plain_links_to_private_images_need_a_key() {
    let (shop, uploader, link) = worked(&["--image-links", "plain"]).await;
    assert!(!link.contains('?'), "{link}");
    assert_eq!(open(&shop, &link).await.status(), 401);
    assert_eq!(shop.get(&uploader, &path(&link)).await.status(), 200);
}

#[tokio::test]
async fn a_results_sheet_that_comes_back_keeps_its_links() {
    let (shop, uploader, link) = worked(&[]).await;
    let id = link.split("/images/").nth(1).unwrap().split('/').next().unwrap();
    let results = shop.get(&uploader, &format!("/requests/{id}/results.csv")).await;
    let again = shop.submit(&uploader, &results.text().await.unwrap()).await;
    assert_eq!(shop.image_link(&again).await, link);
}
