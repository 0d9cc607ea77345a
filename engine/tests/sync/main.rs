//! Computers sync with a deployment: what is done on one appears there and on the others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/bucket.rs"]
mod bucket;
#[path = "../support/deployment.rs"]
mod deployment;
#[path = "../support/house.rs"]
#[expect(dead_code, reason = "other suites look at other things")]
mod house;
#[path = "../support/origin.rs"]
#[expect(dead_code, reason = "nothing misbehaves here but the deployment")]
mod origin;

mod deleted;
mod here;
mod kept;
mod parked;
mod refused;
mod scene;
mod there;
