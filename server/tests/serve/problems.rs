//! Whatever goes wrong, the answer is a problem (RFC 9457).

use reqwest::{Method, RequestBuilder, StatusCode, multipart};
use serde_json::Value;

use crate::server::{Server, header};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Sends a request that is to be refused, and gives the problem.
async fn problem(request: RequestBuilder, status: u16) -> Value {
    let answer = request.send().await.unwrap();
    let (found, media_type) = (answer.status(), header(&answer, "Content-Type").to_owned());
    assert_eq!(header(&answer, "X-Content-Type-Options"), "nosniff");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!((found.as_u16(), media_type.as_str()), (status, "application/problem+json"));
    assert_eq!(problem["status"], status);
    assert_eq!(problem["title"], StatusCode::from_u16(status).unwrap().canonical_reason().unwrap());
    assert!(["type", "detail", "instance", "code"].iter().all(|name| problem[name].is_string()));
    problem
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let server = Server::start().await;
    let paths = [
        "/nothing".to_owned(),
        "/status/not-an-id".to_owned(),
        format!("/status/{NOBODY}"),
        format!("/requests/{NOBODY}"),
        format!("/requests/{NOBODY}/results.csv"),
        format!("/requests/{NOBODY}/events"),
        format!("/images/{NOBODY}/1-mug-1.webp"),
        format!("/images/{NOBODY}/..%2F..%2Fstore"),
        format!("/requests/{NOBODY}/images.zip"),
        format!("/requests/{NOBODY}/report"),
        format!("/requests/{NOBODY}/sources/0/0"),
        format!("/requests/{NOBODY}/sources/-1/0"),
        format!("/requests/{NOBODY}/sources/0/86130319519406948352"),
        "/samples/nothing.jpg".to_owned(),
        "/.refused".to_owned(),
    ];
    for path in paths {
        let problem = problem(server.get(&path), 404).await;
        assert_eq!((&problem["code"], &problem["instance"]), (&"not_found".into(), &path.into()));
    }
    for path in ["cancel", "retry"] {
        let path = format!("/requests/{NOBODY}/{path}");
        problem(server.ask(Method::POST, &path), 404).await;
    }
    problem(server.ask(Method::DELETE, &format!("/requests/{NOBODY}")), 404).await;
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_answered_with_those_that_it_has() {
    let server = Server::start().await;
    for (method, path, allowed) in [
        (Method::GET, "/upload".to_owned(), "POST"),
        (Method::POST, format!("/status/{NOBODY}"), "GET, HEAD"),
        (Method::PUT, format!("/requests/{NOBODY}"), "DELETE, GET, HEAD"),
        (Method::OPTIONS, "/requests".to_owned(), "GET, HEAD"),
        (Method::DELETE, "/".to_owned(), "GET, HEAD"),
        (Method::from_bytes(b"QUERY").unwrap(), "/requests".to_owned(), "GET, HEAD"),
    ] {
        let answer = server.ask(method.clone(), &path).send().await.unwrap();
        assert_eq!(header(&answer, "Allow"), allowed, "{method} {path}");
        problem(server.ask(method, &path), 405).await;
    }
    let head = server.ask(Method::HEAD, "/requests").send().await.unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn an_upload_without_a_sheet_is_a_problem() {
    let server = Server::start().await;
    let upload = || server.ask(Method::POST, "/upload");
    problem(upload().multipart(multipart::Form::new().text("quality", "75")), 400).await;
    problem(upload().header("Content-Type", "multipart/form-data; boundary=b").body("x"), 400)
        .await;
    problem(upload().header("Content-Type", "multipart/form-data").body("x"), 415).await;
    problem(upload().header("Content-Type", "text/csv").body("S. No.\n"), 415).await;
    problem(upload(), 415).await;
    problem(upload().multipart(Server::form("")), 422).await;
    let photo = include_bytes!("../../../examples/caps.jpg").to_vec();
    let problem = problem(upload().multipart(Server::form(photo)), 415).await;
    assert_eq!(problem["faults"][0]["code"], "not_csv");
}

#[tokio::test]
async fn a_page_that_cannot_be_is_a_problem() {
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    for path in [
        "/requests?limit=0".to_owned(),
        "/requests?limit=1001".to_owned(),
        "/requests?limit=".to_owned(),
        "/requests?cursor=x".to_owned(),
        format!("/status/{id}?limit=many"),
        format!("/status/{id}?cursor=-1.0"),
    ] {
        let problem = problem(server.get(&path), 422).await;
        assert_eq!(problem["code"], "invalid_value", "{path}");
    }
}
