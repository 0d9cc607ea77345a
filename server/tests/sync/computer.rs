//! A computer with an engine that syncs, in a process of its own that can be killed.
//!
//! It is told what to do line by line, and answers each with a line: `submit N SHEET`, `remove ID`,
//! `retry` and `look`.

use std::{
    collections::VecDeque,
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::Duration,
};

use pixmill_engine::{
    Config, Engine, Error, Upload,
    fetch::Access,
    model::{Again, Recipe, RequestId, Sight},
    sync::{Deployment, Sync},
    wire::{Limit, OutputLinks, RequestView, SyncView},
};
use tokio::{sync::mpsc, time::timeout};

/// What answers begin with, so that they are told from what test programs say.
const ANSWER: &str = "@ ";
/// How long a computer has to answer.
const PATIENCE: Duration = Duration::from_secs(60);

const FOLDER: &str = "PIXMILL_TEST_FOLDER";
const DATABASE: &str = "PIXMILL_TEST_DATABASE";

/// A computer, seen from outside.
pub(crate) struct Computer {
    process: Process,
    tell: ChildStdin,
    answers: mpsc::UnboundedReceiver<String>,
    /// Answers to something else than was just asked.
    unread: VecDeque<String>,
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

impl Computer {
    /// Starts one in a folder, with what an earlier one has left there.
    pub(crate) fn start(folder: &Path, database: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "computer::runs_until_its_input_ends", "--nocapture"])
            .env(FOLDER, folder)
            .env(DATABASE, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (tell, said) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (heard, answers) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                // What the test program says itself may stand before it.
                if let Some((_, answer)) = line.split_once(ANSWER) {
                    heard.send(answer.to_owned()).unwrap_or_default();
                }
            }
        });
        Computer { process: Process(process), tell, answers, unread: VecDeque::new() }
    }

    /// Tells it to do something, without waiting for the answer.
    pub(crate) fn tell(&mut self, line: &str) {
        // An error says that it has ended: then it is told again after the next start.
        drop(writeln!(self.tell, "{line}"));
    }

    /// An answer that has come by now.
    pub(crate) fn heard(&mut self) -> Option<String> {
        self.unread.pop_front().or_else(|| self.answers.try_recv().ok())
    }

    /// The next answer.
    pub(crate) async fn answer(&mut self) -> String {
        timeout(PATIENCE, self.answers.recv()).await.unwrap().expect("it runs")
    }

    /// How many of its requests have ended, of how many, and how it stands with its sync.
    pub(crate) async fn look(&mut self) -> (usize, usize, SyncView) {
        self.tell("look");
        loop {
            let answer = self.answer().await;
            let Some(seen) = answer.strip_prefix("seen ") else {
                self.unread.push_back(answer);
                continue;
            };
            let mut parts = seen.splitn(3, ' ');
            let mut next = || parts.next().unwrap();
            let (ended, all) = (next().parse().unwrap(), next().parse().unwrap());
            return (ended, all, serde_json::from_str(next()).unwrap());
        }
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Has it stop in order.
    pub(crate) fn stop(self) {
        let Computer { mut process, tell, answers, unread: _ } = self;
        drop(tell);
        assert!(process.0.wait().unwrap().success());
        drop(answers);
    }
}

/// The computer itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "other tests start it as a process of its own"]
async fn runs_until_its_input_ends() {
    let folder = PathBuf::from(env::var_os(FOLDER).expect("other tests start it"));
    let mut config = Config::new(folder.clone());
    let allowed = vec!["127.0.0.0/8".parse().unwrap()];
    config.access = Access { allowed, ..Access::default() };
    config.work.batch_images = 2;
    let engine = Engine::open(config).await.unwrap();
    let links = OutputLinks::Under("http://pixmill.example/".parse().unwrap());
    engine.start(links).await.unwrap();
    let sync = Sync::new(engine.clone());
    let deployment = Deployment {
        every: Duration::from_millis(300),
        kept_bytes: u64::MAX,
        ..Deployment::new(env::var(DATABASE).unwrap().parse().unwrap())
    };
    sync.set(Some(deployment)).await.unwrap();

    let (told, mut lines) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            told.send(line).unwrap_or_default();
        }
    });
    while let Some(line) = lines.recv().await {
        let answer = obey(&engine, &sync, &folder, &line).await;
        println!("{ANSWER}{answer}");
    }
    sync.set(None).await.unwrap();
    engine.stop(PATIENCE).await;
    engine.close().await;
}

async fn obey(engine: &Engine, sync: &Sync, folder: &Path, line: &str) -> String {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "submit" => {
            let (key, links) = rest.split_once(' ').unwrap();
            let rows = links.split(' ').enumerate().map(|(n, link)| format!("{n},Mug,{link}\n"));
            let sheet =
                format!("S. No.,Product Name,Input Image Urls\n{}", rows.collect::<String>());
            let path = folder.join("sheet.csv");
            std::fs::write(&path, sheet).unwrap();
            let upload = Upload {
                sheet: path,
                folder: None,
                file_name: Some(format!("{key}.csv")),
                recipe: Recipe::default(),
                owner: None,
                hook: None,
                idempotency_key: Some(key.to_owned()),
            };
            format!("accepted {key} {}", engine.submit(upload).await.unwrap().id)
        }
        "remove" => match engine.remove(rest.parse::<RequestId>().unwrap()).await {
            Ok(()) | Err(Error::NotFound(_)) => format!("removed {rest}"),
            Err(error) => panic!("{error}"),
        },
        "retry" => {
            retry_all(engine).await;
            "retried".to_owned()
        }
        _ => {
            let (ended, all) = count(engine).await;
            format!("seen {ended} {all} {}", serde_json::to_string(&sync.status()).unwrap())
        }
    }
}

/// How many requests have ended well, and how many there are.
async fn count(engine: &Engine) -> (usize, usize) {
    let all = all_requests(engine).await;
    (all.iter().filter(|request| request.status == "completed").count(), all.len())
}

/// Sends round again what was made here and has failed.
async fn retry_all(engine: &Engine) {
    for request in all_requests(engine).await {
        if request.status == "error" && !request.made_elsewhere {
            match engine.retry(request.request_id.parse().unwrap(), Again::All).await {
                // Somebody may have deleted it in between.
                Ok(_) | Err(Error::NotFound(_) | Error::Illegal(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

async fn all_requests(engine: &Engine) -> Vec<RequestView> {
    let limit: Limit = "100".parse().unwrap();
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = engine.list(Sight::All, before, limit).await.unwrap();
        all.extend(page.requests);
        match page.next_cursor {
            Some(next) => before = Some(next.parse().unwrap()),
            None => return all,
        }
    }
}
