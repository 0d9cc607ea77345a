//! The webhooks of a key that is no longer good.

use reqwest::Method;
use serde_json::{Value, json};

use crate::shop::Shop;

#[tokio::test]
async fn the_webhook_of_a_revoked_key_says_why_it_hears_nothing_and_cannot_be_enabled() {
    let shop = Shop::open(&[]).await;
    let made = shop.key("uploader").await;
    let draft = json!({ "name": "Shop", "url": "https://93.184.216.34/hook" });
    let post = shop.ask(&made.token, Method::POST, "/webhooks").json(&draft);
    let webhook: Value = post.send().await.unwrap().json().await.unwrap();
    let path = format!("/webhooks/{}", webhook["webhook"]["webhookId"].as_str().unwrap());
    let shown: Value = shop.get(&shop.admin, &path).await.json().await.unwrap();
    assert_eq!((&shown["enabled"], &shown["disabledReason"]), (&json!(true), &Value::Null));

    let key = format!("/keys/{}", made.key.key_id);
    shop.ask(&shop.admin, Method::DELETE, &key).send().await.unwrap();
    let shown: Value = shop.get(&shop.admin, &path).await.json().await.unwrap();
    assert_eq!(shown["enabled"], false);
    assert_eq!(shown["disabledReason"], "its key was revoked");
    let enable = shop.ask(&shop.admin, Method::PATCH, &path).json(&json!({ "enabled": true }));
    let refused = enable.send().await.unwrap();
    assert_eq!(refused.status(), 409);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "webhook_without_key");
}
