//! A server process for a test, on a free port.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use pixmill_engine::wire::{ReceivedView, RequestView, StatusView};
use reqwest::{Client, Method, RequestBuilder, Response, multipart};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    sync::mpsc,
    task::spawn_blocking,
    time::{sleep, timeout},
};

/// The longest that a test waits for something that is to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A server process.
pub(crate) struct Server {
    process: Process,
    client: Client,
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    /// The folder of a server that has one of its own.
    data: Option<TempDir>,
}

/// A server process that may not listen yet.
pub(crate) struct Starting {
    process: Process,
}

impl Starting {
    /// Starts a server in a folder, with its log where it is wanted.
    pub(crate) fn begin(
        data: &Path,
        options: &[&str],
        variables: impl IntoIterator<Item = (String, String)>,
        log: Stdio,
    ) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_pixmill"))
            .args(["serve", "--port", "0", "--data"])
            .arg(data)
            .args(options)
            .envs(variables)
            .stdout(Stdio::piped())
            .stderr(log)
            .current_dir(data)
            .spawn()
            .unwrap();
        Starting { process: Process(process) }
    }

    /// The log, which is to be piped.
    pub(crate) fn log(&mut self) -> Log {
        let stderr = self.process.0.stderr.take().unwrap();
        let (said, lines) = mpsc::unbounded_channel();
        // It is read to its end, as a full pipe would hold the server up.
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                said.send(line).unwrap_or_default();
            }
        });
        Log(lines)
    }

    /// Waits until the server listens.
    pub(crate) async fn listening(mut self) -> Server {
        let mut lines = BufReader::new(self.process.0.stdout.take().unwrap()).lines();
        let first = spawn_blocking(move || {
            let first = lines.next();
            // A full pipe would hold the server up.
            thread::spawn(move || lines.count());
            first
        });
        let first = timeout(PATIENCE, first).await.unwrap().unwrap();
        let first = first.expect("the server ended before it listened").unwrap();
        let address = first.strip_prefix("listening on ").unwrap().to_owned();
        let Starting { process } = self;
        // The server closes connections that are idle for 5 s: none is used that it may be closing.
        let client = Client::builder().pool_idle_timeout(Duration::from_secs(2));
        Server { process, client: client.build().unwrap(), address, data: None }
    }
}

/// What a server logs.
pub(crate) struct Log(mpsc::UnboundedReceiver<String>);

impl Log {
    /// Waits for the next line with some words; gives it.
    pub(crate) async fn until(&mut self, words: &str) -> String {
        self.up_to(words).await.pop().unwrap()
    }

    /// The same with all lines before it that were not read yet.
    pub(crate) async fn up_to(&mut self, words: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let found = timeout(PATIENCE, async {
            loop {
                lines.push(self.0.recv().await.expect("the server ended before it said so"));
                if lines.last().is_some_and(|line| line.contains(words)) {
                    return;
                }
            }
        });
        found.await.unwrap();
        lines
    }
}

impl Server {
    /// Starts a server with default settings, in a folder of its own.
    pub(crate) async fn start() -> Self {
        Server::with(&[]).await
    }

    /// Starts a server with some options, in a folder of its own.
    pub(crate) async fn with(options: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut server = Server::in_folder(data.path(), options).await;
        server.data = Some(data);
        server
    }

    /// Starts a server in a folder, with what an earlier one left there, and waits until it
    /// listens.
    pub(crate) async fn in_folder(data: &Path, options: &[&str]) -> Self {
        Server::in_environment(data, options, []).await
    }

    /// The same with some environment variables.
    pub(crate) async fn in_environment(
        data: &Path,
        options: &[&str],
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        Starting::begin(data, options, variables, Stdio::null()).listening().await
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.ask(Method::GET, path)
    }

    /// The body of a path that is there.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.get(path).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.view(path).await
    }

    /// The view at a path.
    pub(crate) async fn view<T: DeserializeOwned>(&self, path: &str) -> T {
        serde_json::from_slice(&self.bytes(path).await).unwrap()
    }

    /// How far a request is.
    pub(crate) async fn request(&self, id: &str) -> RequestView {
        self.view(&format!("/requests/{id}")).await
    }

    /// A form with a sheet; more fields can be added to it.
    pub(crate) fn form(sheet: impl Into<Vec<u8>>) -> multipart::Form {
        let file = multipart::Part::bytes(sheet.into()).file_name("products.csv");
        multipart::Form::new().part("file", file)
    }

    /// Hands in a form.
    pub(crate) async fn upload(&self, form: multipart::Form) -> Response {
        self.ask(Method::POST, "/upload").multipart(form).send().await.unwrap()
    }

    /// Hands in a sheet that is to be accepted; gives the request's id.
    pub(crate) async fn accepted(&self, sheet: &str) -> String {
        self.accepted_form(Server::form(sheet)).await
    }

    /// Hands in a form that is to be accepted; gives the request's id.
    pub(crate) async fn accepted_form(&self, form: multipart::Form) -> String {
        let answer = self.upload(form).await;
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

    /// Waits until so many images of a request are done.
    pub(crate) async fn until_done(&self, id: &str, images: u64) {
        let done = timeout(PATIENCE, async {
            while self.request(id).await.progress.done < images {
                sleep(Duration::from_millis(20)).await;
            }
        });
        done.await.unwrap();
    }

    /// Waits until a request has ended; gives it with its first 1,000 products.
    pub(crate) async fn until_ended(&self, id: &str) -> StatusView {
        let ended = timeout(PATIENCE, async {
            loop {
                let request = self.request(id).await;
                if !["received", "processing"].contains(&request.status.as_str()) {
                    return self.view(&format!("/status/{id}?limit=1000")).await;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        ended.await.unwrap()
    }

    /// The most memory that the process has had so far, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.0.id());
        let status = std::fs::read_to_string(path).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Ends the process with SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.process.0.kill().unwrap();
        self.end().await;
    }

    /// Ends the process with SIGTERM.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.end().await
    }

    /// Has the process stand still, as a machine does that swaps or is moved, until it
    /// [goes on](Self::go_on).
    pub(crate) fn stand_still(&self) {
        self.signal("STOP");
    }

    /// Has a process that stands still go on, without a notion of the time that has passed.
    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    async fn end(&mut self) -> ExitStatus {
        let ended = timeout(PATIENCE, async {
            loop {
                match self.process.0.try_wait().unwrap() {
                    Some(status) => return status,
                    None => sleep(Duration::from_millis(10)).await,
                }
            }
        });
        ended.await.unwrap()
    }
}

/// A process that ends with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        self.0.wait().unwrap();
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
