//! Wrong keys, one after the other, from one sender or from many behind one address.

use crate::{server::header, shop::Shop};

/// The statuses of some wrong keys that a proxy says come from an address.
async fn wrong(shop: &Shop, sender: &str, token: &str, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        let ask = shop.server.get("/requests").bearer_auth(token);
        let answer = ask.header("X-Forwarded-For", sender).send().await.unwrap();
        statuses.push(answer.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn after_too_many_wrong_keys_good_ones_are_still_let_in() {
    let shop = Shop::open(&["--wrong-keys", "3"]).await;
    let newcomer = shop.key("uploader").await.token;
    let known = shop.key("uploader").await.token;
    let status = async |token: &str| shop.get(token, "/requests").await.status().as_u16();
    assert_eq!(status(&known).await, 200);
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(status("pxm_guess").await);
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    assert_eq!(status(&newcomer).await, 200, "others may be behind the same address");
    assert_eq!(status(&known).await, 200);
    assert_eq!(status(&shop.admin).await, 200);
    let elsewhere = Shop::open(&[]).await.admin;
    let barred = shop.get(&elsewhere, "/requests").await;
    assert_eq!((barred.status().as_u16(), header(&barred, "Retry-After")), (429, "60"));
    let without = shop.server.get("/requests").send().await.unwrap();
    assert_eq!(without.status(), 401, "no key is no wrong key");
}

#[tokio::test]
async fn wrong_keys_count_for_the_address_that_a_trusted_proxy_names() {
    let shop = Shop::open(&["--wrong-keys", "2", "--trusted-proxy", "127.0.0.0/8,::1/128"]).await;
    let (bad, good) = ("198.51.100.7", "203.0.113.9");
    assert_eq!(wrong(&shop, bad, "pxm_guess", 3).await, [401, 401, 429]);
    assert_eq!(wrong(&shop, good, "pxm_guess", 1).await, [401], "another address");
    let made_up = format!("{good}, {bad}");
    assert_eq!(wrong(&shop, &made_up, "pxm_guess", 1).await, [429], "what comes last counts");
}

#[tokio::test]
async fn who_is_no_trusted_proxy_is_not_believed() {
    let shop = Shop::open(&["--wrong-keys", "2", "--trusted-proxy", "10.0.0.0/8"]).await;
    let mut statuses = Vec::new();
    for n in 0..3 {
        statuses.extend(wrong(&shop, &format!("198.51.100.{n}"), "pxm_guess", 1).await);
    }
    assert_eq!(statuses, [401, 401, 429]);
}
