//! Progress as it happens.

use serde_json::Value;
use tokio::time::timeout;

use crate::{
    origin::{Answer, Origin},
    server::{PATIENCE, Server, header},
};

/// The events of a stream that has ended: their names and data.
fn events(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("event:"));
    blocks
        .map(|block| {
            let field = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().trim().to_owned()
            };
            assert!(!field("id:").is_empty() && !field("retry:").is_empty(), "{block}");
            (field("event:"), serde_json::from_str(&field("data:")).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn a_stream_tells_how_far_the_request_is_until_it_has_ended() {
    let origin = Origin::start().await;
    origin.serve("/mug.jpg", [Answer::status(503).header("Retry-After", "1"), Answer::status(404)]);
    let server = Server::with(&["--allow-addresses", "127.0.0.0/8"]).await;
    let good = format!("{}/samples/caps.jpg", server.address);
    let sheet = Server::sheet([good.as_str(), origin.url("/mug.jpg").as_str()]);
    let id = server.accepted(&sheet).await;
    let stream = server.get(&format!("/requests/{id}/events")).send().await.unwrap();
    assert!(header(&stream, "Content-Type").starts_with("text/event-stream"));
    let text = timeout(PATIENCE, stream.text()).await.unwrap().unwrap();
    let events = events(&text);
    assert_eq!(events[0].0, "progress");
    let (name, last) = events.last().unwrap();
    assert_eq!((name.as_str(), last["status"].as_str()), ("status", Some("error")));
    assert_eq!(last["requestId"], id);
    assert_eq!((&last["progress"]["done"], &last["progress"]["failed"]), (&1.into(), &1.into()));
    let statuses: Vec<_> = events.iter().filter(|(name, _)| name == "status").collect();
    assert!(statuses.windows(2).all(|two| two[0].1["status"] != two[1].1["status"]), "{text}");
}

#[tokio::test]
async fn a_stream_of_what_has_ended_says_so_and_ends() {
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    server.until_ended(&id).await;
    let stream = server.get(&format!("/requests/{id}/events")).send().await.unwrap();
    let text = timeout(PATIENCE, stream.text()).await.unwrap().unwrap();
    let names: Vec<String> = events(&text).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["progress", "status"]);
}
