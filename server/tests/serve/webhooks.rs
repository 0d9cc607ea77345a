//! Webhooks through the API.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{
    origin::Origin,
    receiver::{Manner, Receiver},
    server::{Server, header},
};

/// A server that may send to this machine, and tries again after a moment, but once.
async fn server() -> Server {
    Server::with(&["--allow-addresses", "127.0.0.0/8", "--webhook-retries", "20 ms"]).await
}

async fn send(server: &Server, method: Method, path: &str, body: &Value) -> Response {
    server.ask(method, path).json(body).send().await.unwrap()
}

async fn post(server: &Server, path: &str) -> Response {
    server.ask(Method::POST, path).send().await.unwrap()
}

async fn json(answer: Response, status: u16) -> Value {
    assert_eq!(answer.status(), status);
    answer.json().await.unwrap()
}

/// Registers a webhook; gives its path and its secret.
async fn webhook(server: &Server, url: &str) -> (String, String) {
    let draft = json!({ "name": "Shop", "url": url });
    let answer = send(server, Method::POST, "/webhooks", &draft).await;
    let path = header(&answer, "Location").to_owned();
    let made = json(answer, 201).await;
    let id = made["webhook"]["webhookId"].as_str().unwrap();
    assert_eq!(path, format!("/webhooks/{id}"));
    (path, made["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_webhook_is_made_shown_changed_and_deleted() {
    let (server, receiver) = (server().await, Receiver::start().await);
    let (path, secret) = webhook(&server, &receiver.url("/hook")).await;
    assert!(secret.starts_with("whsec_"));
    let shown = server.json(&path).await;
    assert_eq!(shown["url"], receiver.url("/hook"));
    assert_eq!((&shown["enabled"], &shown["scope"]), (&json!(true), &json!("all")));
    assert_eq!(shown["events"].as_array().unwrap().len(), 5);
    assert!(!shown.to_string().contains("whsec_"), "the secret is shown once");
    let listed = server.json("/webhooks").await;
    assert_eq!(listed, json!({ "webhooks": [shown], "nextCursor": null }));

    let change = json!({ "enabled": false, "events": ["request.error", "request.completed"] });
    let changed = json(send(&server, Method::PATCH, &path, &change).await, 200).await;
    assert_eq!(changed["events"], json!(["request.completed", "request.error"]));
    assert_eq!((&changed["enabled"], &changed["name"]), (&json!(false), &json!("Shop")));
    assert_eq!(changed["disabledReason"], "it was disabled by hand");
    assert_eq!(server.json(&path).await, changed);

    let rotated = json(post(&server, &format!("{path}/rotate")).await, 200).await;
    assert_ne!(rotated["secret"], json!(secret));
    assert!(rotated["webhook"]["previousSecretUntil"].is_string());

    let removed = server.ask(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/rotate")),
        (Method::POST, format!("{path}/test")),
        (Method::GET, format!("{path}/deliveries")),
    ] {
        let gone = json(server.ask(method, &path).send().await.unwrap(), 404).await;
        assert_eq!(gone["code"], "not_found", "{path}");
    }
}

#[tokio::test]
async fn every_delivery_is_listed_with_its_tries_and_can_be_sent_again() {
    let (server, receiver) = (server().await, Receiver::start().await);
    receiver.behave("/hook", [Manner::Answer(500), Manner::Answer(500), Manner::Answer(200)]);
    let (path, _) = webhook(&server, &receiver.url("/hook")).await;
    let id = server.accepted(&server.good_sheet()).await;
    receiver.until_accepted("/hook", 2).await;
    server.until_ended(&id).await;
    let listed = server.json(&format!("{path}/deliveries")).await;
    let dead = &listed["deliveries"][2];
    assert_eq!((&dead["status"], &dead["tried"]), (&json!("dead"), &json!(2)));
    assert_eq!((&dead["requestId"], &dead["type"]), (&json!(id), &json!("request.received")));
    assert_eq!(dead["deadReason"], "all tries have failed");
    let first = &dead["tries"][0];
    assert_eq!((&first["statusCode"], &first["answer"]), (&json!(500), &json!("as it was told")));
    assert!(first["latencyMs"].is_u64() && first["error"].is_null());
    let body: Value = serde_json::from_str(dead["body"].as_str().unwrap()).unwrap();
    let url = |path: String| json!(format!("{}{path}", server.address));
    assert_eq!(body["data"]["statusUrl"], url(format!("/status/{id}")));
    assert_eq!(body["data"]["resultsUrl"], url(format!("/requests/{id}/results.csv")));

    let message = dead["messageId"].as_str().unwrap();
    let again = post(&server, &format!("{path}/deliveries/{message}/redeliver")).await;
    assert_eq!(json(again, 202).await["status"], "pending");
    let calls = receiver.until_accepted("/hook", 3).await;
    assert_eq!(calls[2].header("webhook-id"), message);
    let unknown = format!("{path}/deliveries/msg_{id}_99/redeliver");
    assert_eq!(json(post(&server, &unknown).await, 404).await["code"], "not_found");

    let page = server.json(&format!("{path}/deliveries?limit=2")).await;
    let cursor = page["nextCursor"].as_str().unwrap();
    let rest = server.json(&format!("{path}/deliveries?limit=2&cursor={cursor}")).await;
    assert_eq!(rest["deliveries"][0]["messageId"], json!(message));
    assert!(rest["nextCursor"].is_null());
}

#[tokio::test]
async fn what_a_disabled_webhook_has_missed_can_be_sent_by_hand_once_it_is_enabled() {
    let (server, receiver) = (server().await, Receiver::start().await);
    let draft = json!({
        "name": "Shop", "url": receiver.url("/hook"), "events": ["request.completed"],
        "enabled": false,
    });
    let answer = send(&server, Method::POST, "/webhooks", &draft).await;
    let path = header(&answer, "Location").to_owned();
    assert_eq!(json(answer, 201).await["webhook"]["enabled"], false);
    let other = json!({ "name": "Other", "url": receiver.url("/other") });
    assert_eq!(send(&server, Method::POST, "/webhooks", &other).await.status(), 201);
    let id = server.accepted(&server.good_sheet()).await;
    receiver.until_accepted("/other", 3).await;
    let listed = server.json(&format!("{path}/deliveries")).await;
    let missed = &listed["deliveries"][0];
    assert_eq!((&missed["requestId"], &missed["status"]), (&json!(id), &json!("dead")));
    assert_eq!(missed["deadReason"], "the endpoint is disabled: it was disabled by hand");
    let message = missed["messageId"].as_str().unwrap();
    let redeliver = format!("{path}/deliveries/{message}/redeliver");
    assert_eq!(json(post(&server, &redeliver).await, 409).await["code"], "webhook_disabled");
    let enabled = send(&server, Method::PATCH, &path, &json!({ "enabled": true })).await;
    assert_eq!(json(enabled, 200).await["enabled"], true);
    assert_eq!(post(&server, &redeliver).await.status(), 202);
    let calls = receiver.until_accepted("/hook", 1).await;
    assert_eq!(calls[0].header("webhook-id"), message);
}

#[tokio::test]
async fn a_webhook_can_be_tried() {
    let (server, receiver) = (server().await, Receiver::start().await);
    let (path, _) = webhook(&server, &receiver.url("/hook")).await;
    let tried = json(post(&server, &format!("{path}/test")).await, 200).await;
    assert_eq!((&tried["status"], &tried["type"]), (&json!("delivered"), &json!("webhook.test")));
    receiver.behave("/hook", [Manner::Answer(410)]);
    let tried = json(post(&server, &format!("{path}/test")).await, 200).await;
    assert_eq!(tried["tries"][0]["statusCode"], 410);
    assert_eq!(server.json(&path).await["enabled"], true, "a test disables nothing");
}

#[tokio::test]
async fn an_upload_names_a_receiver_and_hears_its_secret_once() {
    let (server, receiver) = (server().await, Receiver::start().await);
    let form = || Server::form(server.good_sheet()).text("webhookUrl", receiver.url("/mine"));
    let upload = || server.ask(Method::POST, "/upload").header("Idempotency-Key", "once");
    let received = json(upload().multipart(form()).send().await.unwrap(), 202).await;
    let (id, secret) = (&received["requestId"], received["webhookSecret"].as_str().unwrap());
    let calls = receiver.until_accepted("/mine", 3).await;
    assert!(calls.iter().all(|call| json!(call.request()) == *id));
    assert!(calls.iter().all(|call| call.is_signed(secret)));
    let id = id.as_str().unwrap();
    let listed = server.json(&format!("/webhooks/{id}/deliveries")).await;
    assert_eq!(listed["deliveries"].as_array().unwrap().len(), 3);
    for path in [format!("/status/{id}"), format!("/requests/{id}")] {
        assert!(!server.json(&path).await.to_string().contains("whsec_"), "{path}");
    }
    let again = upload().multipart(form()).send().await.unwrap();
    assert_eq!(header(&again, "Idempotency-Replayed"), "true");
    assert_eq!(json(again, 202).await, json!({ "status": "received", "requestId": id }));
    let without = json(server.upload(Server::form(server.good_sheet())).await, 202).await;
    assert!(without["webhookSecret"].is_null());
}

#[tokio::test]
async fn what_is_wrong_in_a_webhook_is_named() {
    let server = Server::start().await;
    let origin = Origin::start().await;
    let private = origin.url("/hook");
    let good = "https://93.184.216.34/hook";
    for (draft, status, code) in [
        (json!({ "name": "", "url": good }), 422, "invalid_value"),
        (json!({ "name": "Shop", "url": "shop.example" }), 422, "invalid_value"),
        (json!({ "name": "Shop" }), 422, "invalid_value"),
        (json!(["Shop", good]), 422, "invalid_value"),
        (json!({ "name": "Shop", "url": good, "secret": "x" }), 422, "invalid_value"),
        (json!({ "name": "Shop", "url": good, "events": ["all"] }), 422, "invalid_value"),
        (json!({ "name": "Shop", "url": good, "events": [] }), 422, "invalid_value"),
        (json!({ "name": "Shop", "url": private }), 422, "address_refused"),
        (json!({ "name": "Shop", "url": "http://169.254.169.254/" }), 422, "address_refused"),
        (json!({ "name": "x".repeat(70_000), "url": good }), 413, "too_large"),
    ] {
        let answer = send(&server, Method::POST, "/webhooks", &draft).await;
        let problem = json(answer, status).await;
        assert_eq!(problem["code"], code, "{problem}");
    }
    let broken = server.ask(Method::POST, "/webhooks").header("Content-Type", "application/json");
    let problem = json(broken.body("{").send().await.unwrap(), 400).await;
    assert_eq!(problem["code"], "bad_json");
    let form = server.ask(Method::POST, "/webhooks").body("name=x").send().await.unwrap();
    assert_eq!(form.status(), 415);
    let form = Server::form(server.good_sheet()).text("webhookUrl", private);
    assert_eq!(json(server.upload(form).await, 422).await["code"], "address_refused");
}

#[tokio::test]
async fn the_settings_can_name_a_receiver_for_all() {
    let receiver = Receiver::start().await;
    let url = receiver.url("/all");
    let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let options =
        ["--allow-addresses", "127.0.0.0/8", "--webhook-url", &url, "--webhook-secret", secret];
    let server = Server::with(&options).await;
    server.accepted(&server.good_sheet()).await;
    receiver.until_accepted("/all", 3).await;
    let listed = server.json("/webhooks").await;
    let id = listed["webhooks"][0]["webhookId"].as_str().unwrap().to_owned();
    assert_eq!(listed["webhooks"][0]["scope"], "server");
    let fixed = server.ask(Method::DELETE, &format!("/webhooks/{id}")).send().await.unwrap();
    assert_eq!(json(fixed, 409).await["code"], "webhook_of_the_settings");
}
