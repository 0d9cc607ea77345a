//! Every operation of the document, for everybody who might ask for it.

use pixmill_engine::wire::{DeliveryView, KeyOrder, WebhookSecretView};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::{
    deployment::Deployment,
    receiver::Receiver,
    server::{Server, header, path},
    shop::{Shop, order, with_of},
};

/// Who may do what. An operation that is not in here fails the test.
const RULES: [(&str, Rule); 35] = [
    ("submit", Rule::Upload),
    ("status", Rule::View),
    ("list", Rule::View),
    ("show", Rule::View),
    ("cancel", Rule::Upload),
    ("retry", Rule::Upload),
    ("remove", Rule::Upload),
    ("results", Rule::View),
    ("archive", Rule::View),
    ("download", Rule::View),
    ("report", Rule::View),
    ("source", Rule::View),
    ("check", Rule::Upload),
    ("mark", Rule::Upload),
    ("session", Rule::View),
    ("events", Rule::View),
    ("image", Rule::View),
    ("image_head", Rule::View),
    ("sample", Rule::Everybody),
    ("add_key", Rule::Admin),
    ("list_keys", Rule::Admin),
    ("show_key", Rule::Admin),
    ("revoke_key", Rule::Admin),
    ("rotate_key", Rule::Admin),
    ("create_webhook", Rule::Upload),
    ("list_webhooks", Rule::View),
    ("show_webhook", Rule::View),
    ("update_webhook", Rule::Upload),
    ("remove_webhook", Rule::Upload),
    ("rotate_webhook", Rule::Upload),
    ("test_webhook", Rule::Upload),
    ("list_deliveries", Rule::View),
    ("redeliver", Rule::Upload),
    ("live", Rule::Everybody),
    ("ready", Rule::Everybody),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Everybody,
    View,
    Upload,
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// Without a key, or with one that is not good.
    Stranger,
    /// Sees all, and may change nothing.
    Viewer,
    /// Handed in the request that it is about, or registered the webhook.
    Owner,
    /// Hands in others.
    OtherUploader,
    /// Sees what the other uploader handed in.
    OthersViewer,
    Admin,
}

/// The status of a refusal; none where the caller is let in.
fn refusal(rule: Rule, caller: Caller, is_owned: bool) -> Option<u16> {
    let unseen = is_owned.then_some(404);
    match (rule, caller) {
        (Rule::Everybody, _) | (_, Caller::Admin) => None,
        (_, Caller::Stranger) => Some(401),
        (Rule::Admin, _) | (Rule::Upload, Caller::Viewer | Caller::OthersViewer) => Some(403),
        (_, Caller::Viewer | Caller::Owner) => None,
        (_, Caller::OtherUploader | Caller::OthersViewer) => unseen,
    }
}

/// The shop, all who ask, and what they ask about.
struct Scene {
    shop: Shop,
    document: Value,
    callers: Vec<(&'static str, Caller, Option<String>)>,
    owner: String,
    request: String,
    image: String,
    receiver: Receiver,
    webhook: String,
    message: String,
}

impl Scene {
    async fn set(options: &[&str]) -> Self {
        let all = ["--wrong-keys", "1000000", "--allow-addresses", "127.0.0.0/8"];
        let shop = Shop::open(&[&all, options].concat()).await;
        let owner = shop.key("uploader").await.token;
        let other = shop.key("uploader").await;
        let viewer = shop.key("viewer").await.token;
        let of_other = Some(other.key.key_id.clone());
        let others_viewer = shop.key_for(&with_of("viewer", of_other)).await.token;
        let expires = KeyOrder { expires_in_seconds: Some(1), ..order("short", "admin") };
        let expired = shop.key_for(&expires).await.token;
        let revoked = shop.key("admin").await;
        let rotated = shop.key("admin").await;
        let revoke = format!("/keys/{}", revoked.key.key_id);
        let rotate = format!("/keys/{}/rotate", rotated.key.key_id);
        for (method, path) in [(Method::DELETE, revoke), (Method::POST, rotate)] {
            assert!(
                shop.ask(&shop.admin, method, &path).send().await.unwrap().status().is_success()
            );
        }
        shop.until_refused(&expired).await;
        let request = shop.submit(&owner, &shop.server.good_sheet()).await;
        let image = path(&shop.image_link(&request).await);
        let image = image.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
        let callers = vec![
            ("no key", Caller::Stranger, None),
            ("a wrong key", Caller::Stranger, Some(rotated.token)),
            ("a malformed key", Caller::Stranger, Some("pxm_nonsense".to_owned())),
            ("an expired key", Caller::Stranger, Some(expired)),
            ("a revoked key", Caller::Stranger, Some(revoked.token)),
            ("a viewer", Caller::Viewer, Some(viewer)),
            ("the uploader", Caller::Owner, Some(owner.clone())),
            ("another uploader", Caller::OtherUploader, Some(other.token)),
            ("a viewer of another uploader", Caller::OthersViewer, Some(others_viewer)),
            ("an admin", Caller::Admin, Some(shop.admin.clone())),
        ];
        let document = shop.server.json("/openapi.json").await;
        let receiver = Receiver::start().await;
        let webhook = webhook(&shop, &owner, &receiver).await;
        let test = shop.ask(&owner, Method::POST, &format!("/webhooks/{webhook}/test"));
        let delivery: DeliveryView = test.send().await.unwrap().json().await.unwrap();
        let message = delivery.message_id;
        Scene { shop, document, callers, owner, request, image, receiver, webhook, message }
    }

    /// A call of an operation, as the document describes it, on something that is not needed
    /// again where `is_final`.
    async fn call(
        &self,
        (method, template): (&str, &str),
        operation: &Value,
        is_final: bool,
    ) -> RequestBuilder {
        let root = template.split('/').nth(1).unwrap();
        let id = match (template.contains("{id}"), root) {
            (false, _) => String::new(),
            (true, "keys") => self.shop.key("uploader").await.key.key_id,
            (true, "webhooks") if is_final => self.webhook().await,
            (true, "webhooks") => self.webhook.clone(),
            (true, _) if is_final => {
                self.shop.submit(&self.owner, &self.shop.server.good_sheet()).await
            }
            (true, _) => self.request.clone(),
        };
        let name = if root == "samples" { "caps.jpg" } else { &self.image };
        let path = template.replace("{id}", &id).replace("{name}", name);
        let path = path.replace("{message}", &self.message);
        let path = path.replace("{row}", "0").replace("{image}", "0");
        assert!(!path.contains('{'), "say here what to put into {template}");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let call = self.shop.server.ask(method, &path);
        let Some(content) = operation["requestBody"]["content"].as_object() else { return call };
        let (media_type, media) = content.iter().next().unwrap();
        match media_type.as_str() {
            "multipart/form-data" => call.multipart(Server::form(self.shop.server.good_sheet())),
            "application/json" => {
                let schema = media["schema"]["$ref"].as_str().unwrap();
                let schema = self.document.pointer(schema.trim_start_matches('#')).unwrap();
                let mut example = schema["example"].clone();
                if example["url"].is_string() {
                    example["url"] = self.receiver.url("/hook").into();
                }
                call.json(&example)
            }
            other => panic!("say here how to send {other}"),
        }
    }

    /// Registers a webhook in the owner's name; gives its id.
    async fn webhook(&self) -> String {
        webhook(&self.shop, &self.owner, &self.receiver).await
    }
}

async fn webhook(shop: &Shop, owner: &str, receiver: &Receiver) -> String {
    let draft = json!({ "name": "hook", "url": receiver.url("/hook") });
    let made = shop.ask(owner, Method::POST, "/webhooks").json(&draft).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let made: WebhookSecretView = made.json().await.unwrap();
    made.webhook.webhook_id
}

/// What a refusal is to be like.
async fn assert_refused(answer: Response, token: Option<&String>, what: &str) {
    let challenge = header(&answer, "WWW-Authenticate").to_owned();
    let (status, kind) = (answer.status(), header(&answer, "Content-Type").to_owned());
    let body = answer.text().await.unwrap();
    assert_eq!(kind, "application/problem+json", "{what}");
    if status == 401 {
        let expected = match token {
            None => "Bearer realm=\"pixmill\"",
            Some(_) => "Bearer realm=\"pixmill\", error=\"invalid_token\"",
        };
        assert_eq!(challenge, expected, "{what}");
    }
    if let Some(token) = token {
        assert!(!body.contains(token), "{what} tells the key");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_lets_in_whom_it_is_to_and_nobody_else() {
    check_all(Scene::set(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_does_so_on_mongodb_as_well() {
    let Some(deployment) = Deployment::shared() else { return };
    check_all(Scene::set(&["--store", &deployment.fresh_database()]).await).await;
}

async fn check_all(scene: Scene) {
    let mut known = 0;
    for (template, operations) in scene.document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let rule = RULES.iter().find(|(name, _)| *name == id);
            let (_, rule) = rule.unwrap_or_else(|| panic!("say in RULES who may {id}"));
            known += 1;
            let is_open = operation["security"].as_array().unwrap().is_empty();
            assert_eq!(is_open, *rule == Rule::Everybody, "{id}: what the document says");
            let is_owned = template.contains("{id}") && !template.starts_with("/keys/");
            for (name, caller, token) in &scene.callers {
                for scheme in ["Authorization", "X-API-Key"] {
                    let what = format!("{id} by {name} in {scheme}");
                    let refused = refusal(*rule, *caller, is_owned);
                    let is_final = method == "delete" && refused.is_none();
                    let call = scene.call((method, template), operation, is_final).await;
                    let call = match (token, scheme) {
                        (None, _) => call,
                        (Some(token), "Authorization") => call.bearer_auth(token),
                        (Some(token), _) => call.header(scheme, token),
                    };
                    let answer = call.send().await.unwrap();
                    let status = answer.status().as_u16();
                    let documented = operation["responses"].as_object().unwrap();
                    assert!(documented.contains_key(&status.to_string()), "{what}: {status}");
                    match refused {
                        Some(expected) => {
                            assert_eq!(status, expected, "{what}");
                            assert_refused(answer, token.as_ref(), &what).await;
                        }
                        // What is done cannot be cancelled: that is for who may cancel.
                        None => assert!(status < 300 || status == 409, "{what}: {status}"),
                    }
                }
            }
        }
    }
    assert_eq!(known, RULES.len(), "RULES names operations that are gone");
}

#[tokio::test]
async fn swagger_offers_both_ways_to_send_a_key() {
    let server = Server::start().await;
    let document = server.json("/openapi.json").await;
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["bearer"]["type"], &schemes["bearer"]["scheme"]),
        (&"http".into(), &"bearer".into())
    );
    let api_key = &schemes["apiKey"];
    assert_eq!(
        (&api_key["type"], &api_key["in"], &api_key["name"]),
        (&"apiKey".into(), &"header".into(), &"X-API-Key".into())
    );
    assert_eq!(schemes.as_object().unwrap().len(), 2);
}
