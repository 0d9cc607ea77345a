//! The command line as people and scripts use it: the real program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../engine/tests/support/origin.rs"]
#[expect(dead_code, reason = "little misbehaves here")]
mod origin;
#[path = "../../../engine/tests/support/receiver.rs"]
#[expect(dead_code, reason = "little misbehaves here")]
mod receiver;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "a server only stands in the way here")]
mod server;

mod check;
mod keys;
mod killed;
mod openapi;
mod run;
mod settings;
mod terminal;
mod watch;
mod webhooks;

use std::{
    path::Path,
    process::{Command, Output},
};

/// What a call has come to.
struct Called {
    code: i32,
    out: String,
    err: String,
}

/// Calls the program in a folder.
fn pixmill(folder: &Path, arguments: &[&str]) -> Called {
    pixmill_with(folder, arguments, &[])
}

/// Calls the program in a folder, with something in its environment.
fn pixmill_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Called {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_pixmill"))
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap();
    Called {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// The same, while the test's own servers go on.
async fn pixmill_meanwhile(folder: &Path, arguments: &[&str]) -> Called {
    let folder = folder.to_owned();
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let call = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        pixmill(&folder, &arguments)
    };
    tokio::task::spawn_blocking(call).await.unwrap()
}
