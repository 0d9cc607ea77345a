//! Where a server listens, with keys and without.

use std::{
    path::Path,
    process::{Command, Output},
};

use tokio::task::spawn_blocking;

use crate::server::{Server, path};

/// Calls the program in a folder for data; gives what it ends with, stdout and stderr.
fn pixmill(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

const EXPOSED: [&[&str]; 4] = [
    &["--address", "0.0.0.0"],
    &["--address", "::"],
    &["--public-url", "https://pix.example/"],
    &["--address", "0.0.0.0", "--public-url", "http://127.0.0.1:8000/"],
];

#[test]
fn without_keys_a_server_listens_where_only_this_machine_reaches_it() {
    for options in EXPOSED {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["serve", "--port", "0"], options].concat();
        let (code, _, told) = pixmill(folder.path(), &arguments);
        assert_eq!(code, 2, "{options:?}");
        for part in ["pixmill keys add NAME --role admin", "--insecure-no-auth"] {
            assert!(told.contains(part), "{options:?}: {told}");
        }
    }
}

#[tokio::test]
async fn with_keys_a_server_listens_everywhere_and_asks_for_them() {
    for options in [&["--address", "0.0.0.0"][..], &["--address", "0.0.0.0", "--insecure-no-auth"]]
    {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_owned();
        let added = move || pixmill(&data, &["keys", "add", "boss", "--role", "admin"]);
        let (code, token, told) = spawn_blocking(added).await.unwrap();
        assert_eq!(code, 0, "{told}");
        let server = Server::in_folder(folder.path(), options).await;
        assert_eq!(server.get("/requests").send().await.unwrap().status(), 401, "{options:?}");
        let with_key = server.get("/requests").bearer_auth(token.trim()).send().await.unwrap();
        assert_eq!(with_key.status(), 200);
    }
}

#[tokio::test]
async fn beside_a_running_server_the_command_line_says_what_to_do_instead() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::in_folder(folder.path(), &[]).await;
    let data = folder.path().to_owned();
    let added = move || pixmill(&data, &["keys", "add", "boss", "--role", "admin"]);
    let (code, token, told) = spawn_blocking(added).await.unwrap();
    assert_eq!((code, token.as_str()), (2, ""));
    assert!(told.contains("POST /keys"), "{told}");
    assert_eq!(server.get("/requests").send().await.unwrap().status(), 200, "it goes on");
}

#[tokio::test]
async fn without_keys_a_proxy_on_this_machine_does_not_let_the_world_in() {
    let status = async |server: &Server, header: &str| {
        let ask = server.get("/requests").header(header, "for=198.51.100.7");
        let answer = ask.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.text().await.unwrap())
    };
    let server = Server::start().await;
    let id = server.accepted(&server.good_sheet()).await;
    let ended = server.until_ended(&id).await;
    let image = path(ended.processed_data[0].output_image_urls[0].as_ref().unwrap());
    for header in ["Forwarded", "X-Forwarded-For"] {
        let (refused, told) = status(&server, header).await;
        assert_eq!(refused, 403, "{header}");
        for part in ["no_key_made", "pixmill keys add NAME --role admin", "--insecure-no-auth"] {
            assert!(told.contains(part), "{header}: {told}");
        }
        for path in [image.clone(), format!("{image}?expires=1&signature=x")] {
            let refused = server.get(&path).header(header, "198.51.100.7").send().await.unwrap();
            assert_eq!(refused.status(), 403, "{path}");
        }
    }
    assert_eq!(server.get("/requests").send().await.unwrap().status(), 200, "nobody sent it on");
    let trial = Server::with(&["--insecure-no-auth"]).await;
    assert_eq!(status(&trial, "X-Forwarded-For").await.0, 200);
}
