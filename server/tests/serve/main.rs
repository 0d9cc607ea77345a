//! The server as its clients see it: the real program, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../engine/tests/support/origin.rs"]
#[expect(dead_code, reason = "little misbehaves here")]
mod origin;
#[path = "../../../engine/tests/support/receiver.rs"]
#[expect(dead_code, reason = "little misbehaves here")]
mod receiver;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "nobody is killed here")]
mod server;

mod events;
mod images;
mod large;
mod origins;
mod page;
mod problems;
mod process;
mod secrets;
mod tour;
mod uploads;
mod webhooks;
