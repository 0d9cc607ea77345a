//! The tour of the README, and what a client does with a request afterwards.

use reqwest::Method;
use serde_json::Value;

use crate::{
    origin::{Answer, Origin},
    server::{Server, header, path},
};

const CAPS: &[u8] = include_bytes!("../../../examples/caps.jpg");

#[tokio::test]
async fn the_tour_works_without_internet() {
    let server = Server::start().await;
    let sheet = server.get("/samples/products.csv").send().await.unwrap().text().await.unwrap();
    let answer = server.upload(Server::form(sheet.clone())).await;
    assert_eq!(answer.status(), 202);
    let location = header(&answer, "Location").to_owned();
    let received: Value = answer.json().await.unwrap();
    let id = received["requestId"].as_str().unwrap();
    assert_eq!(
        (received["status"].as_str(), location),
        (Some("received"), format!("/status/{id}"))
    );

    let ended = server.until_ended(id).await;
    assert_eq!(ended.status, "completed", "{:?}", ended.error_message);
    assert_eq!((ended.progress.total, ended.progress.done, ended.progress.failed), (10, 10, 0));
    assert!(ended.progress.bytes_out < ended.progress.bytes_in);
    let outputs = ended.processed_data.iter().flat_map(|product| &product.output_image_urls);
    let outputs: Vec<&String> = outputs.map(|output| output.as_ref().unwrap()).collect();
    for output in &outputs {
        assert!(output.starts_with(&server.address), "{output}");
        let image = server.get(&path(output)).send().await.unwrap();
        assert_eq!(header(&image, "Content-Type"), "image/webp");
        let rendition = image::load_from_memory(&image.bytes().await.unwrap()).unwrap();
        assert!(rendition.width() >= 300, "{output}");
    }

    let results = server.get(&format!("/requests/{id}/results.csv")).send().await.unwrap();
    assert_eq!(header(&results, "Content-Type"), "text/csv; charset=utf-8");
    assert_eq!(
        header(&results, "Content-Disposition"),
        "attachment; filename=\"products.results.csv\"; filename*=UTF-8''products.results.csv"
    );
    let results = results.text().await.unwrap();
    assert_eq!(results.lines().count(), sheet.lines().count());
    assert!(results.lines().next().unwrap().ends_with(",Output Image Urls"), "{results}");
    assert!(outputs.iter().all(|output| results.contains(*output)), "{results}");
}

#[tokio::test]
async fn a_page_of_products_leads_to_the_next() {
    let server = Server::start().await;
    let links: Vec<String> =
        (0..5).map(|n| format!("{}/samples/caps.jpg?{n}", server.address)).collect();
    let id = server.accepted(&Server::sheet(links.iter().map(String::as_str))).await;
    server.until_ended(&id).await;
    let mut serials = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = server.json(&format!("/status/{id}?limit=2{cursor}")).await;
        let products = page["processedData"].as_array().unwrap();
        assert!(products.len() <= 2);
        serials.extend(products.iter().map(|p| p["serialNumber"].as_str().unwrap().to_owned()));
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(serials, ["0", "1", "2", "3", "4"]);
}

#[tokio::test]
async fn requests_are_listed_newest_first_and_a_page_at_a_time() {
    let server = Server::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.accepted(&server.good_sheet()).await);
    }
    ids.reverse();
    let first = server.json("/requests?limit=2").await;
    let next = first["nextCursor"].as_str().unwrap();
    let second = server.json(&format!("/requests?limit=2&cursor={next}")).await;
    let entries = [&first, &second].map(|page| page["requests"].as_array().unwrap().clone());
    let listed: Vec<Value> = entries.concat().iter().map(|r| r["requestId"].clone()).collect();
    assert_eq!(listed, ids);
    assert_eq!(second["nextCursor"], Value::Null);
    assert_eq!(server.json(&format!("/requests/{}", ids[0])).await["fileName"], "products.csv");
}

#[tokio::test]
async fn a_request_that_is_deleted_is_gone_with_its_images() {
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    let ended = server.until_ended(&id).await;
    let image = path(ended.processed_data[0].output_image_urls[0].as_ref().unwrap());
    let deleted = server.ask(Method::DELETE, &format!("/requests/{id}")).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    for path in [image, format!("/status/{id}"), format!("/requests/{id}")] {
        assert_eq!(server.get(&path).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn failed_images_are_tried_again_and_what_ended_well_cannot_be() {
    let origin = Origin::start().await;
    origin.serve("/mug.jpg", [Answer::status(404)]);
    let server = Server::with(&["--allow-addresses", "127.0.0.0/8"]).await;
    let id = server.accepted(&Server::sheet([origin.url("/mug.jpg").as_str()])).await;
    let ended = server.until_ended(&id).await;
    assert_eq!(ended.error_message.as_deref(), Some("1 of 1 image failed: 1x HTTP 404"));
    assert_eq!(ended.processed_data[0].errors[0].code, "http_status");

    origin.serve("/mug.jpg", [Answer::ok(CAPS)]);
    let retry = format!("/requests/{id}/retry");
    let retried = server.ask(Method::POST, &retry).send().await.unwrap();
    assert_eq!(retried.status(), 200);
    assert_eq!(server.until_ended(&id).await.status, "completed");
    for path in [retry, format!("/requests/{id}/cancel")] {
        let refused = server.ask(Method::POST, &path).send().await.unwrap();
        assert_eq!(refused.status(), 409, "{path}");
    }
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_stand_in_no_frame() {
    let server = Server::start().await;
    for path in ["/", "/swagger/index.html"] {
        let page = server.get(path).send().await.unwrap();
        let policy = header(&page, "Content-Security-Policy").to_owned();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline") || path != "/", "{policy}");
        assert_eq!(header(&page, "X-Content-Type-Options"), "nosniff");
        assert_eq!(header(&page, "Referrer-Policy"), "no-referrer");
        assert!(header(&page, "Content-Type").starts_with("text/html"), "{path}");
        let html = page.text().await.unwrap();
        assert!(!html.contains("=\"http") && !html.contains("=\"//"), "{html}");
    }
    let swagger = server.get("/swagger/").send().await.unwrap();
    assert_eq!((swagger.status().as_u16(), swagger.url().path()), (200, "/swagger/index.html"));
    assert_eq!(server.json("/openapi.json").await["info"]["title"], "Pixmill");
    assert_eq!(server.json("/health/live").await["status"], "live");
    assert_eq!(server.json("/health/ready").await["status"], "ready");
}

#[tokio::test]
async fn a_request_that_is_given_up_can_be_taken_up_again() {
    let origin = Origin::start().await;
    origin.serve("/mug.jpg", [Answer::silent()]);
    let server = Server::with(&["--allow-addresses", "127.0.0.0/8"]).await;
    let id = server.accepted(&Server::sheet([origin.url("/mug.jpg").as_str()])).await;
    let post = |what: &str| server.ask(Method::POST, &format!("/requests/{id}/{what}"));
    let cancelled: Value = post("cancel").send().await.unwrap().json().await.unwrap();
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(post("cancel").send().await.unwrap().status(), 409);
    let stream = server.get(&format!("/requests/{id}/events")).send().await.unwrap();
    assert!(stream.text().await.unwrap().contains("event:status"));
    // It may have been given up before it was asked for.
    origin.serve("/mug.jpg", [Answer::ok(CAPS)]);
    assert_eq!(post("retry").send().await.unwrap().status(), 200);
    assert_eq!(server.until_ended(&id).await.status, "completed");
}
