//! Three computers and two servers, killed again and again, on a network on which connections break:
//! at the end all have the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};

use pixmill_engine::wire::SyncState;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    PICTURES, compared::Holdings, computer::Computer, deployment::Deployment, member,
    network::Network, origin::Origin, path, pictures_that_come_late, server::Server,
};

const COMPUTERS: usize = 3;
const SERVERS: usize = 2;
const REQUESTS: usize = 300;
/// How many of them are made by servers.
const BY_SERVERS: usize = 60;
/// How many of them are deleted again, by whoever has them.
const DELETED: usize = 30;
/// How many images one of them has, more than are sent in one go.
const LARGE: usize = 72;
/// Which of those that were made by computers that is.
const LARGE_ONE: usize = 50;
/// How often a computer or a server is killed.
const KILLS: usize = 100;
/// How long all may take to become the same once it is over.
const PATIENCE: Duration = Duration::from_secs(240);

/// What happens to whom is by chance: `PIXMILL_TEST_SEED` has the same happen again.
fn chance() -> StdRng {
    let seed = env::var("PIXMILL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    eprintln!("PIXMILL_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// A computer, its folder, and its way to the database.
struct Desk {
    folder: TempDir,
    network: Network,
    database: String,
    computer: Computer,
    /// What it was told to do and has not acknowledged.
    open: BTreeMap<String, String>,
    /// The requests that it has acknowledged, by their keys.
    accepted: BTreeMap<String, String>,
}

impl Desk {
    async fn set(database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (_, rest) = database.split_once("://").unwrap();
        let (address, name) = rest.split_once('/').unwrap();
        let network = Network::to(address).await;
        let database = format!("mongodb://{}/{name}", network.address);
        let computer = Computer::start(folder.path(), &database);
        let (open, accepted) = Default::default();
        Desk { folder, network, database, computer, open, accepted }
    }

    /// Has something done, be it after a restart.
    fn order(&mut self, key: String, line: String) {
        self.computer.tell(&line);
        self.open.insert(key, line);
    }

    /// Notes what was acknowledged.
    fn hear(&mut self) {
        while let Some(answer) = self.computer.heard() {
            let words: Vec<&str> = answer.split(' ').collect();
            match words[..] {
                ["accepted", key, id] => {
                    self.open.remove(key);
                    let before = self.accepted.insert(key.to_owned(), id.to_owned());
                    assert!(before.is_none_or(|before| before == id), "{key} was made twice");
                }
                ["removed", id] => drop(self.open.remove(id)),
                _ => {}
            }
        }
    }

    /// Kills it, and starts it again with all that it has not acknowledged.
    fn strike(&mut self) {
        self.hear();
        let next = Computer::start(self.folder.path(), &self.database);
        std::mem::replace(&mut self.computer, next).kill();
        for line in self.open.values() {
            self.computer.tell(line);
        }
    }
}

/// One to three pictures.
fn some_pictures(origin: &Origin, chance: &mut StdRng) -> Vec<String> {
    let count = chance.random_range(1..=3);
    (0..count).map(|_| origin.url(&path(chance.random_range(0..PICTURES)))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_or_cut_off_all_have_the_same_at_the_end() {
    let Some(deployment) = Deployment::shared() else { return };
    let database = deployment.fresh_database();
    let (origin, mut chance) = (pictures_that_come_late().await, chance());
    let mut desks = Vec::new();
    for _ in 0..COMPUTERS {
        desks.push(Desk::set(&database).await);
    }
    let data: Vec<TempDir> = (0..SERVERS).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut servers = Vec::new();
    for folder in &data {
        servers.push(member(&database, folder).await);
    }

    let (mut made, mut by_servers, mut deleted) = (0, Vec::new(), BTreeSet::new());
    let (mut killed_servers, mut switched) = (0, 0);
    let begun = Instant::now();
    for kill in 1..=KILLS {
        while made < REQUESTS * kill / KILLS {
            made += 1;
            let pictures = match made {
                LARGE_ONE => (0..LARGE).map(|n| origin.url(&path(n % PICTURES))).collect(),
                _ => some_pictures(&origin, &mut chance),
            };
            if made != LARGE_ONE && by_servers.len() < BY_SERVERS * kill / KILLS {
                let sheet = Server::sheet(pictures.iter().map(String::as_str));
                by_servers.push(servers.choose(&mut chance).unwrap().accepted(&sheet).await);
            } else {
                let desk = &mut desks[made % COMPUTERS];
                desk.order(made.to_string(), format!("submit {made} {}", pictures.join(" ")));
            }
        }
        sleep(Duration::from_millis(chance.random_range(0..700))).await;
        desks.iter_mut().for_each(Desk::hear);
        if deleted.len() < DELETED * kill / KILLS {
            delete_one(&mut desks, &servers, &by_servers, &mut deleted, &mut chance).await;
        }
        // Somebody has what has failed tried again.
        if chance.random_ratio(1, 3) {
            desks[chance.random_range(0..COMPUTERS)].computer.tell("retry");
            retry_failed(&servers[0], by_servers.choose(&mut chance)).await;
        }
        // A network goes down, or comes up again.
        if chance.random_ratio(1, 3) {
            let network = &desks[chance.random_range(0..COMPUTERS)].network;
            network.set_up(!network.is_up());
            switched += 1;
        }
        if chance.random_ratio(1, 10) {
            let server = chance.random_range(0..SERVERS);
            let next = member(&database, &data[server]).await;
            std::mem::replace(&mut servers[server], next).kill().await;
            killed_servers += 1;
        } else {
            desks[chance.random_range(0..COMPUTERS)].strike();
        }
    }
    let broken: u64 = desks.iter().map(|desk| desk.network.broken()).sum();
    let killed = KILLS - killed_servers;
    eprintln!(
        "{} s: {killed} computers and {killed_servers} servers killed, networks switched \
         {switched} times, {broken} connections broken",
        begun.elapsed().as_secs(),
    );
    assert!(broken > 0 && switched > 0);
    desks.iter().for_each(|desk| desk.network.mend());
    while retry_failed(&servers[0], &by_servers).await > 0 {
        sleep(Duration::from_millis(200)).await;
    }
    for desk in &mut desks {
        until_same(desk, REQUESTS - deleted.len(), begun).await;
    }
    eprintln!("{} s: all have the same", begun.elapsed().as_secs());
    for server in servers {
        assert!(server.terminate().await.success());
    }
    let there = Holdings::of_deployment(&database).await;
    let accepted = desks.iter().flat_map(|desk| desk.accepted.values());
    let all: BTreeSet<&str> = accepted
        .chain(&by_servers)
        .map(String::as_str)
        .filter(|id| !deleted.contains(*id))
        .collect();
    assert_eq!(all.len(), REQUESTS - deleted.len());
    assert!(there.ids().eq(all.iter().copied()), "the deployment has other requests");
    for (n, desk) in desks.into_iter().enumerate() {
        let Desk { folder, computer, .. } = desk;
        computer.stop();
        let here = Holdings::of_computer(folder.path()).await;
        there.assert_equal(&here, &format!("computer {n}"));
    }
}

/// Sends round again what servers have made and has failed; gives how many have not ended well.
async fn retry_failed(server: &Server, ids: impl IntoIterator<Item = &String>) -> usize {
    let mut left = 0;
    for id in ids {
        let status: Value = match server.get(&format!("/status/{id}")).send().await {
            Ok(answer) if answer.status().is_success() => answer.json().await.unwrap(),
            // It is deleted.
            Ok(_) | Err(_) => continue,
        };
        left += usize::from(status["status"] != "completed");
        if status["status"] == "error" {
            // It may have been deleted in between.
            drop(server.ask(Method::POST, &format!("/requests/{id}/retry")).send().await);
        }
    }
    left
}

/// Deletes a request, by the computer that has made it or by a server.
async fn delete_one(
    desks: &mut [Desk],
    servers: &[Server],
    by_servers: &[String],
    deleted: &mut BTreeSet<String>,
    chance: &mut StdRng,
) {
    let place = chance.random_range(0..=desks.len());
    let Some(desk) = desks.get_mut(place) else {
        let left: Vec<&String> = by_servers.iter().filter(|id| !deleted.contains(*id)).collect();
        let Some(id) = left.choose(chance) else { return };
        let server = servers.choose(chance).unwrap();
        let path = format!("/requests/{id}");
        let answer = server.ask(Method::DELETE, &path).send().await.unwrap();
        assert_eq!(answer.status(), 204);
        deleted.insert((*id).clone());
        return;
    };
    let left: Vec<&String> = desk.accepted.values().filter(|id| !deleted.contains(*id)).collect();
    let Some(id) = left.choose(chance).map(|id| (*id).clone()) else { return };
    desk.order(id.clone(), format!("remove {id}"));
    deleted.insert(id);
}

/// Waits until a computer has all requests, and nothing is left to be sent or fetched.
async fn until_same(desk: &mut Desk, requests: usize, begun: Instant) {
    let give_up = Instant::now() + PATIENCE;
    loop {
        desk.hear();
        desk.computer.tell("retry");
        let (ended, all, sync) = desk.computer.look().await;
        let is_quiet = sync.state == SyncState::Idle && sync.waiting == 0;
        if desk.open.is_empty() && (ended, all) == (requests, requests) && is_quiet {
            assert_eq!(sync.parked, []);
            return;
        }
        let told = format!("{ended} of {all} of {requests}, {} open: {sync:?}", desk.open.len());
        assert!(Instant::now() < give_up, "{} s: still {told}", begun.elapsed().as_secs());
        sleep(Duration::from_millis(200)).await;
    }
}
