//! Who may do what: the real program, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../engine/tests/support/deployment.rs"]
#[expect(dead_code, reason = "the database goes on here")]
mod deployment;
#[path = "../../../engine/tests/support/origin.rs"]
#[expect(dead_code, reason = "little misbehaves here")]
mod origin;
#[path = "../../../engine/tests/support/receiver.rs"]
#[expect(dead_code, reason = "it behaves here")]
mod receiver;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "most of it is for servers that ask for no key")]
mod server;

mod attempts;
mod endpoints;
mod keys;
mod links;
mod listening;
mod matrix;
mod owners;
mod shop;
mod together;
