//! One call to a server, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use pixmill_engine::wire::ProblemView;
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode, multipart::Form, redirect::Policy,
};
use serde::de::DeserializeOwned;
use url::Url;

use super::Reach;
use crate::{
    refusal::{Answer, Refusal},
    wire::WayState,
};

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long a server may say nothing. Its events show every 15 s that they are alive.
const SILENCE: Duration = Duration::from_secs(40);
/// How fast an upload is at least, in bytes a second: one that is slower is given up.
const LEAST_SPEED: u64 = 16 << 10;
/// The longest problem that is read, in bytes.
const PROBLEM_BYTES: usize = 1 << 20;

/// Calls one server. A clone calls the same one.
#[derive(Clone)]
pub(super) struct Caller {
    client: Client,
    /// For what takes as long as it is large: nothing is heard of a server until it has all of it.
    uploader: Client,
    silence: Duration,
    base: Url,
    key: Option<String>,
    pub(super) reach: Reach,
}

/// A form with a file.
pub(super) struct Upload {
    pub(super) form: Form,
    /// The size of the file.
    pub(super) bytes: u64,
}

/// The address of a server as somebody typed it.
///
/// # Errors
/// Where it is none, or holds more than an address.
pub(crate) fn address(text: &str) -> Answer<Url> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let wrong = |why: &str| Refusal::new(422, "bad_address", format!("`{text}`: {why}"));
    let mut url = Url::parse(&full).map_err(|_| wrong("this is not the address of a server"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("a server's address begins with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("leave name and password out: a server is asked with a key"));
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

impl Caller {
    pub(super) fn new(base: Url, key: Option<String>) -> Answer<Self> {
        Caller::with_silence(base, key, SILENCE)
    }

    fn with_silence(base: Url, key: Option<String>, silence: Duration) -> Answer<Self> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("Pixmill/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_WITHIN)
                // A server closes connections that are idle for 5 s: none is used that it may be
                // closing.
                .pool_idle_timeout(Duration::from_secs(2))
                // The key is for this server alone.
                .redirect(Policy::none())
        };
        let no_client = |error: reqwest::Error| Refusal::new(500, "no_client", error.to_string());
        let client = builder().read_timeout(silence).build().map_err(no_client)?;
        let uploader = builder().build().map_err(no_client)?;
        Ok(Caller { client, uploader, silence, base, key, reach: Reach::new() })
    }

    /// Asks for something; the answer is none but a good one.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer<Response> {
        let request = self.client.request(method, self.url(path)?);
        self.answer(with(request)).await
    }

    /// Sends a form with a file of so many bytes; the answer is none but a good one.
    pub(super) async fn upload(
        &self,
        path: &str,
        Upload { form, bytes }: Upload,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer<Response> {
        let within = self.silence.saturating_add(Duration::from_secs(bytes / LEAST_SPEED));
        let request = self.uploader.post(self.url(path)?).multipart(form).timeout(within);
        self.answer(with(request)).await
    }

    fn url(&self, path: &str) -> Answer<Url> {
        let url = self.base.join(path);
        url.map_err(|_| Refusal::not_found(format!("there is no {path} on a server")))
    }

    async fn answer(&self, request: RequestBuilder) -> Answer<Response> {
        let request = match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.unreachable(&error)),
        };
        if response.status().is_success() {
            self.reach.note(WayState::Ok, None);
            return Ok(response);
        }
        Err(self.problem(response).await)
    }

    /// Asks for something that is answered in JSON.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer<T> {
        read(self.send(method, path, with).await?).await
    }

    /// Asks for a page of a list.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, Option<String>)],
    ) -> Answer<T> {
        let given = query.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let query: Vec<_> = given.collect();
        self.ask(Method::GET, path, |request| request.query(&query)).await
    }

    /// Asks for bytes.
    pub(super) async fn bytes(&self, path: &str) -> Answer<Bytes> {
        let response = self.send(Method::GET, path, |request| request).await?;
        response.bytes().await.map_err(|error| self.unreachable(&error))
    }

    pub(super) fn unreachable(&self, error: &reqwest::Error) -> Refusal {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let host = self.base.host_str().unwrap_or_default();
        let words = if error.is_timeout() {
            format!("{host} does not answer")
        } else {
            format!("{host} cannot be reached: {cause}")
        };
        self.reach.note(WayState::Unreachable, Some(&words));
        Refusal::Unreachable { words }
    }

    async fn problem(&self, response: Response) -> Refusal {
        let status = response.status();
        let problem = read_problem(response).await.unwrap_or_else(|| unknown(status));
        match (status, problem.code.as_str()) {
            // What stands before the server says that there is nobody behind it.
            (StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT, "unknown") => {
                self.reach.note(WayState::Unreachable, Some(&problem.detail));
                return Refusal::Unreachable { words: problem.detail };
            }
            (StatusCode::UNAUTHORIZED, _) => {
                self.reach.note(WayState::Refused, Some(&problem.detail));
            }
            _ => self.reach.note(WayState::Ok, None),
        }
        Refusal::Problem { problem: Box::new(problem) }
    }
}

/// The problem that an answer tells of, if it is one.
async fn read_problem(mut response: Response) -> Option<ProblemView> {
    let kind = response.headers().get("Content-Type")?.to_str().ok()?;
    if !kind.starts_with("application/problem+json") {
        return None;
    }
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.ok()? {
        body.extend_from_slice(&piece);
        if body.len() > PROBLEM_BYTES {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}

fn unknown(status: StatusCode) -> ProblemView {
    let detail = if status.is_redirection() {
        format!("it answers with {status}: give the address that it leads to")
    } else {
        format!("it answers with {status}")
    };
    ProblemView {
        kind: "about:blank".to_owned(),
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        detail,
        instance: String::new(),
        code: "unknown".to_owned(),
        faults: None,
        more_faults: None,
    }
}

/// Reads a good answer.
pub(super) async fn read<T: DeserializeOwned>(response: Response) -> Answer<T> {
    response.json().await.map_err(|_| {
        let words =
            "the answer cannot be read: this is no Pixmill server, or one of another version";
        Refusal::new(502, "no_pixmill", words)
    })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::sleep,
    };

    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (typed, read) in [
            ("pixmill.example", "https://pixmill.example/"),
            (" http://127.0.0.1:8000 ", "http://127.0.0.1:8000/"),
            ("https://shop.example/pixmill?x#y", "https://shop.example/pixmill/"),
        ] {
            assert_eq!(address(typed).unwrap().as_str(), read);
        }
        for typed in ["", "ftp://x", "https://", "https://name:word@x.example", "file:///etc"] {
            assert!(address(typed).is_err(), "{typed}");
        }
    }

    /// A server that answers each call after a while, with an empty list.
    async fn slow(answers_after: Duration) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                tokio::spawn(async move {
                    let mut read = vec![0; 64 << 10];
                    drop(stream.read(&mut read).await);
                    sleep(answers_after).await;
                    let answer =
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
                    drop(stream.write_all(answer.as_bytes()).await);
                });
            }
        });
        base.parse().unwrap()
    }

    #[tokio::test]
    async fn a_large_upload_may_take_longer_than_a_server_may_be_silent_else() {
        let silence = Duration::from_millis(200);
        let base = slow(silence * 3).await;
        let caller = Caller::with_silence(base, None, silence).unwrap();
        let small = caller.send(Method::GET, "requests", |request| request).await;
        assert!(matches!(small.unwrap_err(), Refusal::Unreachable { .. }));
        assert_eq!(caller.reach.stand().state, WayState::Unreachable);
        let upload = |bytes| Upload { form: Form::new().text("file", "x"), bytes };
        let tiny = caller.upload("upload", upload(1), |request| request).await;
        assert!(matches!(tiny.unwrap_err(), Refusal::Unreachable { .. }));
        caller.upload("upload", upload(8 << 20), |request| request).await.unwrap();
        assert_eq!(caller.reach.stand().state, WayState::Ok);
    }
}
