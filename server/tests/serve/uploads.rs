//! Handing in sheets.

use reqwest::{Method, multipart::Form};
use serde_json::Value;

use crate::server::{Server, header};

async fn keyed(server: &Server, key: &str, form: Form) -> reqwest::Response {
    let upload = server.ask(Method::POST, "/upload").header("Idempotency-Key", key);
    upload.multipart(form).send().await.unwrap()
}

#[tokio::test]
async fn the_same_key_and_body_make_one_request_and_another_body_is_refused() {
    let server = Server::start().await;
    let sheet = server.good_sheet();
    let first = keyed(&server, "order-7", Server::form(sheet.clone())).await;
    assert_eq!((first.status().as_u16(), header(&first, "Idempotency-Replayed")), (202, ""));
    let again = keyed(&server, "order-7", Server::form(sheet.clone())).await;
    assert_eq!((again.status().as_u16(), header(&again, "Idempotency-Replayed")), (202, "true"));
    let id = |value: Value| value["requestId"].as_str().unwrap().to_owned();
    assert_eq!(id(first.json().await.unwrap()), id(again.json().await.unwrap()));

    let other = Server::form(sheet).text("quality", "50");
    let refused = keyed(&server, "order-7", other).await;
    assert_eq!(refused.status(), 422);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "idempotency_key_reused");
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let server = Server::start().await;
    for key in ["", "two words", "x".repeat(256).as_str()] {
        let refused = keyed(&server, key, Server::form(server.good_sheet())).await;
        assert_eq!(refused.status(), 400, "{key:?}");
    }
}

#[tokio::test]
async fn the_recipe_of_the_form_is_followed() {
    let server = Server::start().await;
    let form = Server::form(server.good_sheet())
        .text("format", "JPG")
        .text("quality", "40")
        .text("maxWidth", "200")
        .text("maxHeight", "")
        .text("metadata", "keep");
    let answer: Value = server.upload(form).await.json().await.unwrap();
    let id = answer["requestId"].as_str().unwrap();
    let ended = server.until_ended(id).await;
    let output = ended.processed_data[0].output_image_urls[0].as_ref().unwrap();
    assert!(output.ends_with("/0-mug-1.jpg"), "{output}");
    let image = server.get(&crate::server::path(output)).send().await.unwrap();
    let image = image::load_from_memory(&image.bytes().await.unwrap()).unwrap();
    assert_eq!(image.width(), 200);
    let recipe = &server.json(&format!("/requests/{id}")).await["recipe"];
    let expected = serde_json::json!({
        "format": "jpeg", "quality": 40, "maxWidth": 200, "maxHeight": null, "metadata": "keep",
    });
    assert_eq!(*recipe, expected);
}

#[tokio::test]
async fn what_is_wrong_in_a_form_is_named() {
    let server = Server::start().await;
    let sheet = server.good_sheet();
    for (field, value) in [
        ("format", "heic"),
        ("quality", "0"),
        ("maxWidth", "-1"),
        ("maxHeight", "99999"),
        ("metadata", "some"),
        ("webhookUrl", "ftp://shop.example/"),
        ("webhookURL", "https://shop.example/"),
        ("file", "a second one"),
    ] {
        let form = Server::form(sheet.clone()).text(field, value);
        let refused = server.upload(form).await;
        assert_eq!(refused.status(), 422, "{field}");
        let problem: Value = refused.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().starts_with(field), "{problem}");
    }
}

#[tokio::test]
async fn every_fault_of_a_sheet_comes_with_its_line_and_column() {
    let server = Server::start().await;
    let sheet = "S. No.,Product Name,Input Image Urls\n1,Mug,\n1,,ftp://x/y.jpg\n";
    let refused = server.upload(Server::form(sheet)).await;
    assert_eq!(refused.status(), 422);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(
        (problem["code"].as_str(), &problem["moreFaults"]),
        (Some("sheet_refused"), &0.into())
    );
    let told = problem["faults"].as_array().unwrap().iter().map(|fault| {
        let part = |name: &str| fault[name].as_str().unwrap().to_owned();
        (fault["line"].as_u64().unwrap(), part("column"), part("code"))
    });
    let at = |line, column: &str, code: &str| (line, column.to_owned(), code.to_owned());
    let mut told: Vec<_> = told.collect();
    told.sort();
    assert_eq!(
        told,
        [
            at(2, "Input Image Urls", "no_url"),
            at(3, "Input Image Urls", "not_http_url"),
            at(3, "Product Name", "missing_field"),
            at(3, "S. No.", "duplicate_serial_number"),
        ]
    );
}

#[tokio::test]
async fn a_sheet_that_is_too_large_hears_so_however_it_is_sent() {
    let server = Server::with(&["--max-sheet-size", "10 KB"]).await;
    let large = || vec![b'x'; 300_000];
    let known = server.upload(Server::form(large())).await;
    assert_eq!(known.status(), 413);
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n";
    let pieces = [body.as_bytes().to_vec(), large(), b"\r\n--b--\r\n".to_vec()];
    let pieces = pieces.map(Ok::<_, std::io::Error>);
    let streamed = server
        .ask(Method::POST, "/upload")
        .header("Content-Type", "multipart/form-data; boundary=b")
        .body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)))
        .send()
        .await
        .unwrap();
    assert_eq!(streamed.status(), 413);
    let problem: Value = streamed.json().await.unwrap();
    assert_eq!(problem["detail"], "the sheet is larger than 10 KB");
}

#[tokio::test]
async fn a_sheet_that_names_files_of_the_server_is_refused() {
    let server = Server::start().await;
    let here = std::env::current_exe().unwrap();
    let here = here.display();
    for link in
        ["photos/mug.jpg", "<mug.jpg>", "./mug.jpg", &format!("{here}"), &format!("file://{here}")]
    {
        let sheet = format!("S. No.,Product Name,Input Image Urls\n1,Mug,{link}\n");
        let refused = server.upload(Server::form(sheet)).await;
        assert_eq!(refused.status(), 422, "{link}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["faults"][0]["code"], "not_http_url", "{link}: {problem}");
    }
}
