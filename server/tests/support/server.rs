//! A server process of its own for a test, on a free port and in a folder of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use pixmill_engine::wire::{ReceivedView, StatusView};
use reqwest::{Client, Method, RequestBuilder, Response, multipart};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// The longest that a test waits for something that is to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A server process.
pub(crate) struct Server {
    process: Child,
    client: Client,
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    _data: TempDir,
}

impl Server {
    /// Starts a server with default settings and waits until it listens.
    pub(crate) async fn start() -> Self {
        Server::with(&[]).await
    }

    /// Starts a server with some options.
    pub(crate) async fn with(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .args(["serve", "--port", "0", "--data"])
            .arg(data.path())
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .current_dir(data.path())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().expect("the server ended before it listened").unwrap();
        let address = first.strip_prefix("listening on ").unwrap().to_owned();
        // A full pipe would hold the server up.
        std::thread::spawn(move || lines.count());
        Server { process, client: Client::new(), address, _data: data }
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path)
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    /// Hands in a form with a sheet; more fields can be added to it.
    pub(crate) fn form(sheet: impl Into<Vec<u8>>) -> multipart::Form {
        let file = multipart::Part::bytes(sheet.into()).file_name("products.csv");
        multipart::Form::new().part("file", file)
    }

    pub(crate) async fn upload(&self, form: multipart::Form) -> Response {
        self.ask(Method::POST, "/upload").multipart(form).send().await.unwrap()
    }

    /// Hands in a sheet that is to be accepted; gives the request's id.
    pub(crate) async fn accepted(&self, sheet: &str) -> String {
        let answer = self.upload(Server::form(sheet)).await;
        assert_eq!(answer.status(), 202);
        let received: ReceivedView = answer.json().await.unwrap();
        received.request_id
    }

    /// A sheet of products with one image each.
    pub(crate) fn sheet<'a>(links: impl IntoIterator<Item = &'a str>) -> String {
        let rows = links.into_iter().enumerate().map(|(n, link)| format!("{n},Mug,{link}\n"));
        format!("S. No.,Product Name,Input Image Urls\n{}", rows.collect::<String>())
    }

    /// A sheet with one product whose image is there.
    pub(crate) fn good_sheet(&self) -> String {
        Server::sheet([format!("{}/samples/caps.jpg", self.address).as_str()])
    }

    /// Waits until a request has ended.
    pub(crate) async fn until_ended(&self, id: &str) -> StatusView {
        let ended = timeout(PATIENCE, async {
            loop {
                let path = format!("/status/{id}?limit=1000");
                let status: StatusView = serde_json::from_value(self.json(&path).await).unwrap();
                if !["received", "processing"].contains(&status.status.as_str()) {
                    return status;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        ended.await.unwrap()
    }

    /// Ends the process with SIGTERM.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        let ended = timeout(PATIENCE, async {
            loop {
                match self.process.try_wait().unwrap() {
                    Some(status) => return status,
                    None => sleep(Duration::from_millis(20)).await,
                }
            }
        });
        ended.await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        self.process.wait().unwrap();
    }
}

/// The path of a link that a server gave.
pub(crate) fn path(link: &str) -> String {
    format!("/{}", link.splitn(4, '/').nth(3).unwrap())
}

/// The value of a header.
pub(crate) fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
