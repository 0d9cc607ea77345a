//! Keys are made, changed and taken back while the server runs.

use pixmill_engine::wire::{KeyList, KeyView, NewKeyView};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    origin::{Answer, Origin},
    server::{PATIENCE, Server, header},
    shop::{Shop, order},
};

#[tokio::test]
async fn from_the_first_key_on_all_calls_need_one() {
    let server = Server::start().await;
    let status = async || server.get("/requests").send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);
    for role in ["uploader", "viewer"] {
        let post = server.ask(Method::POST, "/keys").json(&order("shop", role));
        assert_eq!(post.send().await.unwrap().status(), 422, "the first is to be an admin's");
    }
    assert_eq!(status().await, StatusCode::OK);
    let post = server.ask(Method::POST, "/keys").json(&order("boss", "admin"));
    let made = post.send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    assert_eq!(header(&made, "Cache-Control"), "no-store");
    let location = header(&made, "Location").to_owned();
    let made: NewKeyView = made.json().await.unwrap();
    assert_eq!(location, format!("/keys/{}", made.key.key_id));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED, "at once");
    let with_key = server.get("/requests").bearer_auth(&made.token).send().await.unwrap();
    assert_eq!(with_key.status(), StatusCode::OK);
    for path in ["/health/live", "/health/ready", "/openapi.json", "/samples/caps.jpg", "/swagger/"]
    {
        assert_eq!(server.get(path).send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn keys_are_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::in_folder(folder.path(), &[]).await;
    let post = server.ask(Method::POST, "/keys").json(&order("boss", "admin"));
    let made: NewKeyView = post.send().await.unwrap().json().await.unwrap();
    drop(server);
    let server = Server::in_folder(folder.path(), &[]).await;
    assert_eq!(server.get("/requests").send().await.unwrap().status(), 401);
    let with_key = server.get("/requests").bearer_auth(&made.token).send().await.unwrap();
    assert_eq!(with_key.status(), 200);
}

#[tokio::test]
async fn a_key_is_listed_without_what_proves_it() {
    let shop = Shop::open(&[]).await;
    let made = shop.key("uploader").await;
    let list = shop.get(&shop.admin, "/keys").await.text().await.unwrap();
    assert!(!list.contains("pxm_") && !list.contains("secret"), "{list}");
    let list: KeyList = serde_json::from_str(&list).unwrap();
    assert_eq!(list.keys.len(), 2);
    assert_eq!(list.keys[0], made.key, "newest first");
    let page: KeyList = shop.get(&shop.admin, "/keys?limit=1").await.json().await.unwrap();
    let next = format!("/keys?limit=1&cursor={}", page.next_cursor.unwrap());
    let page: KeyList = shop.get(&shop.admin, &next).await.json().await.unwrap();
    assert_eq!((page.keys[0].name.as_str(), page.next_cursor), ("boss", None));
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_says_why() {
    let shop = Shop::open(&[]).await;
    let made = shop.key("uploader").await;
    assert_eq!(shop.get(&made.token, "/requests").await.status(), 200);
    let path = format!("/keys/{}", made.key.key_id);
    for _ in 0..2 {
        let revoked = shop.ask(&shop.admin, Method::DELETE, &path).send().await.unwrap();
        assert_eq!(revoked.status(), 204);
    }
    let refused = shop.get(&made.token, "/requests").await;
    assert_eq!(refused.status(), 401);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "wrong_key");
    assert!(problem["detail"].as_str().unwrap().contains("revoked"), "{problem}");
    let view: KeyView = shop.get(&shop.admin, &path).await.json().await.unwrap();
    assert_eq!(view.state, "revoked");
    let rotate = shop.ask(&shop.admin, Method::POST, &format!("{path}/rotate"));
    assert_eq!(rotate.send().await.unwrap().status(), 409);
}

#[tokio::test]
async fn a_rotated_key_takes_the_former_token_only_for_the_grace_that_was_given() {
    let shop = Shop::open(&[]).await;
    let made = shop.key("uploader").await;
    let rotate = async |grace: &str| -> NewKeyView {
        let path = format!("/keys/{}/rotate{grace}", made.key.key_id);
        shop.ask(&shop.admin, Method::POST, &path).send().await.unwrap().json().await.unwrap()
    };
    let status = async |token: &str| shop.get(token, "/requests").await.status().as_u16();
    let second = rotate("?graceSeconds=600").await;
    assert_eq!((status(&made.token).await, status(&second.token).await), (200, 200));
    let third = rotate("").await;
    assert_eq!((status(&second.token).await, status(&third.token).await), (401, 200));
    assert_eq!(third.key.key_id, made.key.key_id);
}

#[tokio::test]
async fn what_is_wrong_in_an_order_is_named() {
    let shop = Shop::open(&[]).await;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (order, field) in [
        (json!({ "name": "", "role": "admin" }), "name"),
        (json!({ "name": "a\nb", "role": "admin" }), "name"),
        (json!({ "name": "a", "role": "boss" }), "role"),
        (json!({ "name": "a", "role": "viewer" }), "of"),
        (json!({ "name": "a", "role": "viewer", "of": nobody, "ofAll": true }), "of"),
        (json!({ "name": "a", "role": "uploader", "ofAll": true }), "of"),
        (json!({ "name": "a", "role": "viewer", "of": "me" }), "of"),
        (json!({ "name": "a", "role": "viewer", "of": nobody }), "of"),
        (json!({ "name": "a", "role": "admin", "of": nobody }), "of"),
        (json!({ "name": "a", "role": "admin", "expiresInSeconds": 0 }), "expiresInSeconds"),
        (json!({ "name": "a", "role": "admin", "expires": 1 }), "the body cannot be read"),
        (json!({ "name": "a" }), "the body cannot be read"),
    ] {
        let post = shop.ask(&shop.admin, Method::POST, "/keys").json(&order);
        let answer = post.send().await.unwrap();
        assert_eq!(answer.status(), 422, "{order}");
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().starts_with(field), "{order}: {problem}");
    }
    for (kind, body, status) in [
        ("application/json", "{", 400),
        ("text/plain", "{}", 415),
        ("application/json", &" ".repeat(70_000), 413),
    ] {
        let post = shop.ask(&shop.admin, Method::POST, "/keys").header("Content-Type", kind);
        let answer = post.body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), status, "{kind}");
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_key_is_revoked() {
    let origin = Origin::start().await;
    origin.serve("/mug.jpg", [Answer::silent()]);
    let shop = Shop::open(&["--allow-addresses", "127.0.0.0/8"]).await;
    let made = shop.key("uploader").await;
    let id = shop.submit(&made.token, &Server::sheet([origin.url("/mug.jpg").as_str()])).await;
    let stream = shop.get(&made.token, &format!("/requests/{id}/events")).await;
    assert_eq!(stream.status(), 200);
    let path = format!("/keys/{}", made.key.key_id);
    shop.ask(&shop.admin, Method::DELETE, &path).send().await.unwrap();
    let text = timeout(PATIENCE, stream.text()).await.unwrap().unwrap();
    assert!(!text.contains("completed") && !text.contains("\"error\""), "{text}");
    let still: Value =
        shop.get(&shop.admin, &format!("/requests/{id}")).await.json().await.unwrap();
    assert!(["received", "processing"].contains(&still["status"].as_str().unwrap()), "{still}");
}

#[tokio::test]
async fn who_sends_much_without_a_key_hears_that_one_is_needed() {
    let shop = Shop::open(&[]).await;
    let form = Server::form(vec![b'x'; 3_000_000]);
    let refused = shop.server.ask(Method::POST, "/upload").multipart(form).send().await.unwrap();
    assert_eq!(refused.status(), 401);
}
