//! A server with keys, and their bearers.

use std::time::Duration;

use pixmill_engine::wire::{KeyOrder, NewKeyView, ReceivedView, StatusView};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use tokio::time::{sleep, timeout};

use crate::server::{PATIENCE, Server};

/// A server with keys.
pub(crate) struct Shop {
    pub(crate) server: Server,
    /// The token of an admin.
    pub(crate) admin: String,
}

impl Shop {
    /// Starts a server and makes the first key.
    pub(crate) async fn open(options: &[&str]) -> Self {
        let server = Server::with(options).await;
        let made = make(&server, None, &order("boss", "admin")).await;
        Shop { server, admin: made.token }
    }

    /// Makes another key.
    pub(crate) async fn key(&self, role: &str) -> NewKeyView {
        self.key_for(&order(role, role)).await
    }

    /// Makes another key with more than a role.
    pub(crate) async fn key_for(&self, order: &KeyOrder) -> NewKeyView {
        make(&self.server, Some(&self.admin), order).await
    }

    /// A request with a key.
    pub(crate) fn ask(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.server.ask(method, path).bearer_auth(token)
    }

    /// What is at a path for the bearer of a key.
    pub(crate) async fn get(&self, token: &str, path: &str) -> Response {
        self.ask(token, Method::GET, path).send().await.unwrap()
    }

    /// Hands a sheet in with a key; gives the request's id.
    pub(crate) async fn submit(&self, token: &str, sheet: &str) -> String {
        let upload = self.ask(token, Method::POST, "/upload").multipart(Server::form(sheet));
        let answer = upload.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        answer.json::<ReceivedView>().await.unwrap().request_id
    }

    /// Waits until a request has ended.
    pub(crate) async fn until_ended(&self, id: &str) -> StatusView {
        let ended = timeout(PATIENCE, async {
            loop {
                let answer = self.get(&self.admin, &format!("/status/{id}")).await;
                let status: StatusView = answer.json().await.unwrap();
                if !["received", "processing"].contains(&status.status.as_str()) {
                    return status;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        ended.await.unwrap()
    }

    /// The link to the one image of a sheet that has been worked on.
    pub(crate) async fn image_link(&self, id: &str) -> String {
        let mut ended = self.until_ended(id).await;
        ended.processed_data.remove(0).output_image_urls.remove(0).unwrap()
    }

    /// Waits until a token is refused.
    pub(crate) async fn until_refused(&self, token: &str) {
        let refused = timeout(PATIENCE, async {
            while self.get(token, "/requests").await.status() != StatusCode::UNAUTHORIZED {
                sleep(Duration::from_millis(20)).await;
            }
        });
        refused.await.unwrap();
    }
}

/// What is said to make a key; a viewer is one of all.
pub(crate) fn order(name: &str, role: &str) -> KeyOrder {
    KeyOrder {
        name: name.to_owned(),
        role: role.to_owned(),
        of: None,
        of_all: role == "viewer",
        expires_in_seconds: None,
    }
}

async fn make(server: &Server, token: Option<&str>, order: &KeyOrder) -> NewKeyView {
    let post = server.ask(Method::POST, "/keys").json(order);
    let post = match token {
        Some(token) => post.header("X-API-Key", token),
        None => post,
    };
    let answer = post.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

/// The same for a viewer of one key.
pub(crate) fn with_of(role: &str, of: Option<String>) -> KeyOrder {
    KeyOrder { of, of_all: false, ..order(role, role) }
}
