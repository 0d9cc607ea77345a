//! What one key hands in, another does not meet.

use pixmill_engine::wire::NewKeyView;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::{
    server::{Server, header},
    shop::{Shop, order, with_of},
};

async fn listed(shop: &Shop, token: &str) -> Vec<String> {
    let list: Value = shop.get(token, "/requests").await.json().await.unwrap();
    let requests = list["requests"].as_array().unwrap();
    requests.iter().map(|r| r["requestId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_key_lists_its_own_requests_and_an_admin_lists_all() {
    let shop = Shop::open(&[]).await;
    let (one, two) = (shop.key("uploader").await, shop.key("uploader").await);
    let sheet = shop.server.good_sheet();
    let of_one = shop.submit(&one.token, &sheet).await;
    let of_two = shop.submit(&two.token, &sheet).await;
    let of_admin = shop.submit(&shop.admin, &sheet).await;
    let viewer = shop.key("viewer").await.token;
    let viewer_of_one = shop.key_for(&with_of("viewer", Some(one.key.key_id))).await.token;
    let all = vec![of_admin, of_two.clone(), of_one.clone()];
    for (token, expected) in [
        (&one.token, vec![of_one.clone()]),
        (&two.token, vec![of_two]),
        (&viewer_of_one, vec![of_one]),
        (&viewer, all.clone()),
        (&shop.admin, all),
    ] {
        assert_eq!(listed(&shop, token).await, expected);
    }
}

#[tokio::test]
async fn what_was_handed_in_before_there_were_keys_is_for_admins() {
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    let post = server.ask(Method::POST, "/keys").json(&order("boss", "admin"));
    let made: NewKeyView = post.send().await.unwrap().json().await.unwrap();
    let shop = Shop { server, admin: made.token };
    let uploader = shop.key("uploader").await.token;
    let path = format!("/requests/{id}");
    assert_eq!(shop.get(&shop.admin, &path).await.status(), 200);
    assert_eq!(shop.get(&uploader, &path).await.status(), 404);
}

#[tokio::test]
async fn what_one_does_not_see_looks_as_if_it_were_not_there() {
    let shop = Shop::open(&[]).await;
    let (owner, other) = (shop.key("uploader").await.token, shop.key("uploader").await.token);
    let id = shop.submit(&owner, &shop.server.good_sheet()).await;
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    let tell = async |id: &str, template: &str| {
        let path = template.replace("{id}", id);
        let answer = shop.get(&other, &path).await;
        (answer.status(), answer.text().await.unwrap().replace(id, "{id}"))
    };
    for template in
        ["/status/{id}", "/requests/{id}", "/requests/{id}/events", "/images/{id}/a.webp"]
    {
        assert_eq!(tell(&id, template).await, tell(nobody, template).await, "{template}");
    }
}

#[tokio::test]
async fn the_idempotency_keys_of_two_owners_do_not_meet() {
    let shop = Shop::open(&[]).await;
    let (one, two) = (shop.key("uploader").await.token, shop.key("uploader").await.token);
    let upload = async |token: &str, sheet: &str| -> Response {
        let upload = shop.ask(token, Method::POST, "/upload").header("Idempotency-Key", "order-7");
        upload.multipart(Server::form(sheet)).send().await.unwrap()
    };
    let id = async |answer: Response| -> String {
        assert_eq!(answer.status(), 202);
        let body: Value = answer.json().await.unwrap();
        body["requestId"].as_str().unwrap().to_owned()
    };
    let sheet = shop.server.good_sheet();
    let first = id(upload(&one, &sheet).await).await;
    let same = upload(&two, &sheet).await;
    assert_eq!(header(&same, "Idempotency-Replayed"), "");
    let second = id(same).await;
    assert_ne!(first, second);
    let other_sheet = sheet.replace("Mug", "Cup");
    assert_eq!(upload(&one, &other_sheet).await.status(), 422);
    let again = upload(&two, &sheet).await;
    assert_eq!(header(&again, "Idempotency-Replayed"), "true");
    assert_eq!(id(again).await, second);
}
