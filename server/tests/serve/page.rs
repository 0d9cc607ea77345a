//! What the page asks of the server, besides what any client does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, header};

const CAPS: &[u8] = include_bytes!("../../../examples/caps.jpg");

#[tokio::test]
async fn products_begin_with_a_row_or_where_a_cursor_says() {
    let server = Server::start().await;
    let links: Vec<String> =
        (0..9).map(|n| format!("{}/samples/caps.jpg?{n}", server.address)).collect();
    let id = server.accepted(&Server::sheet(links.iter().map(String::as_str))).await;
    let first = async |query: &str| {
        let page = server.json(&format!("/status/{id}?limit=2{query}")).await;
        let serial = page["processedData"][0]["serialNumber"].as_str().unwrap().to_owned();
        (serial, page["nextCursor"].as_str().unwrap().to_owned())
    };
    let (serial, cursor) = first("&from=4").await;
    assert_eq!(serial, "4");
    assert_eq!(first(&format!("&cursor={cursor}")).await.0, "6");
    assert_eq!(first(&format!("&from=1&cursor={cursor}")).await.0, "6");
}

#[tokio::test]
async fn a_sheet_is_looked_at_before_it_is_handed_in() {
    let server = Server::start().await;
    let sheet = "S. No.,Product Name,Input Image Urls\n1,,http://example.com/a.jpg\n";
    let send = async |path: &str| {
        server.ask(Method::POST, path).multipart(Server::form(sheet)).send().await.unwrap()
    };
    let check: Value = send("/check").await.json().await.unwrap();
    assert_eq!((&check["products"], &check["images"]), (&json!(1), &json!(0)));
    assert_eq!(check["faults"][0]["line"], 2);
    assert_eq!(check["faults"][0]["column"], "Product Name");
    let marked = send("/check/marked.csv").await;
    assert!(header(&marked, "Content-Disposition").contains("\"products.marked.csv\""));
    let marked = marked.text().await.unwrap();
    assert!(marked.starts_with("Faults,S. No.,"), "{marked}");
    let requests = server.json("/requests").await;
    assert_eq!(requests["requests"], json!([]), "nothing of it is kept");
}

#[tokio::test]
async fn the_source_of_an_image_is_shown_beside_its_rendition() {
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    let source = server.get(&format!("/requests/{id}/sources/0/0")).send().await.unwrap();
    assert_eq!(header(&source, "Content-Type"), "image/jpeg");
    assert_eq!(source.bytes().await.unwrap(), CAPS);
    for place in ["0/1", "1/0", "-1/0", "0/86130319519406948352", "x/0"] {
        let path = format!("/requests/{id}/sources/{place}");
        assert_eq!(server.get(&path).send().await.unwrap().status(), 404, "{place}");
    }
}

#[tokio::test]
async fn what_is_saved_has_a_link_of_its_own() {
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    server.until_ended(&id).await;
    let path = format!("/requests/{id}/downloads");
    let order = |what| server.ask(Method::POST, &path).json(&json!({ "what": what })).send();
    for (what, begin) in [("results.csv", "S. No."), ("images.zip", "PK\u{3}\u{4}")] {
        let view: Value = order(what).await.unwrap().json().await.unwrap();
        let saved = server.bytes(view["link"].as_str().unwrap()).await;
        assert!(saved.starts_with(begin.as_bytes()), "{what}");
    }
    assert_eq!(order("secret.key").await.unwrap().status(), 422);
    let unsaid = server.ask(Method::POST, &path).body("x").send().await.unwrap();
    assert_eq!(unsaid.status(), 415);
}

#[tokio::test]
async fn the_page_may_load_nothing_from_elsewhere() {
    let server = Server::start().await;
    let page = server.get("/").send().await.unwrap();
    let policy = header(&page, "Content-Security-Policy");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
}
