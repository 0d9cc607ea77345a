//! A server process that can be killed.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use pixmill_engine::wire::{ReceivedView, StatusView};
use serde::de::DeserializeOwned;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

/// The longest that a test waits for something that is to happen.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server process.
pub(crate) struct Victim {
    process: Child,
    address: String,
    client: reqwest::Client,
}

impl Victim {
    /// Starts a server on a free port and waits until it listens.
    pub(crate) async fn start(data: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .args(["serve", "--port", "0", "--allow-addresses", "127.0.0.0/8", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (found, address) = oneshot::channel();
        thread::spawn(move || {
            let mut found = Some(found);
            // It reads on to the end: a full pipe would hold the server up.
            for line in lines.map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("listening on ")
                    && let Some(found) = found.take()
                {
                    found.send(address.to_owned()).unwrap();
                }
            }
        });
        let listening = timeout(PATIENCE, address).await.unwrap();
        let address = listening.expect("the server ended before it listened");
        Victim { process, address, client: reqwest::Client::new() }
    }

    /// Ends the process with SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.process.kill().unwrap();
        self.end().await;
    }

    /// Ends the process with SIGTERM; it is to end well.
    pub(crate) async fn terminate(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        let ended = self.end().await;
        assert!(ended.success(), "{ended}");
    }

    async fn end(&mut self) -> ExitStatus {
        let ended = timeout(PATIENCE, async {
            loop {
                if let Some(status) = self.process.try_wait().unwrap() {
                    return status;
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
        ended.await.unwrap()
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let answer = self.client.get(format!("{}{path}", self.address)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    }

    /// The body of a path.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        self.get(path).await.bytes().await.unwrap().to_vec()
    }

    /// The view at a path.
    pub(crate) async fn json<T: DeserializeOwned>(&self, path: &str) -> T {
        serde_json::from_slice(&self.bytes(path).await).unwrap()
    }

    /// Hands a sheet in.
    pub(crate) async fn upload(&self, sheet: &str) -> ReceivedView {
        let file = reqwest::multipart::Part::text(sheet.to_owned()).file_name("products.csv");
        let form = reqwest::multipart::Form::new().part("file", file);
        let upload = self.client.post(format!("{}/upload", self.address)).multipart(form);
        let answer = upload.send().await.unwrap();
        assert_eq!(answer.status(), 202);
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Waits until a request has ended.
    pub(crate) async fn until_ended(&self, id: &str) -> StatusView {
        let ended = timeout(PATIENCE, async {
            loop {
                let status: StatusView = self.json(&format!("/status/{id}?limit=1")).await;
                if !["received", "processing"].contains(&status.status.as_str()) {
                    return status;
                }
                sleep(Duration::from_millis(50)).await;
            }
        });
        ended.await.unwrap()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It has ended already, unless the test broke off.
        drop(self.process.kill());
    }
}
