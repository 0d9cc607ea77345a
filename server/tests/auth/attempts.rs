//! Wrong keys, one after the other.

use crate::{server::header, shop::Shop};

#[tokio::test]
async fn after_too_many_wrong_keys_only_those_are_let_in_that_are_known() {
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
    let barred = shop.get(&newcomer, "/requests").await;
    assert_eq!((barred.status().as_u16(), header(&barred, "Retry-After")), (429, "60"));
    assert_eq!(status(&known).await, 200);
    assert_eq!(status(&shop.admin).await, 200);
    let without = shop.server.get("/requests").send().await.unwrap();
    assert_eq!(without.status(), 401, "no key is no wrong key");
}
