//! What the driver says, in words that are fit to be read: its own have whole answers of servers in
//! them, and all that it knows of a deployment.

use std::fmt;

use mongodb::error::{Error, ErrorKind};

use crate::blame::Blame;

/// What stands in the driver's words before the wire version of a server that is too old for it.
const TOO_OLD: &str = "reports wire version ";

/// An error of the driver.
#[derive(Debug)]
pub(super) struct Said(Error);

impl Said {
    /// What went wrong.
    pub(super) fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Whose fault it is.
    pub(super) fn blame(&self) -> Blame {
        Blame::of(&self.0)
    }

    /// The wire version of a server that is too old even to be spoken to.
    pub(super) fn too_old(&self) -> Option<i32> {
        let ErrorKind::ServerSelection { message, .. } = self.kind() else { return None };
        too_old(message)
    }
}

impl From<Error> for Said {
    fn from(error: Error) -> Self {
        Said(error)
    }
}

impl fmt::Display for Said {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is another crate's and may grow")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Command(command) => f.write_str(&command.message),
            ErrorKind::ServerSelection { message, .. } => f.write_str(&servers(message)),
            kind => kind.fmt(f),
        }
    }
}

impl std::error::Error for Said {}

/// The wire version of a server that is too old for the driver, in its words.
fn too_old(message: &str) -> Option<i32> {
    let (_, version) = message.split_once(TOO_OLD)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Which servers there are and what is wrong with each, from all that the driver says of them.
fn servers(message: &str) -> String {
    let servers = message.split("{ Address: ").skip(1).map(|server| {
        let (address, about) = server.split_once(',').unwrap_or((server, ""));
        let Some((_, error)) = about.split_once("Error: ") else { return address.to_owned() };
        let error = error.split(", labels").next().unwrap_or(error);
        let error = error.trim_start_matches("Kind: ").trim_end_matches([' ', '}']);
        format!("{address} ({error})")
    });
    let servers: Vec<String> = servers.collect();
    if servers.is_empty() {
        message.to_owned()
    } else {
        format!("no server can do it: {}", servers.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_do_not_answer_are_named_with_why() {
        let told = servers(
            "Server selection timeout: No available servers. Topology: { Type: ReplicaSetNoPrimary, \
             Set Name: rs, Servers: [ { Address: a:1, Type: Unknown, Error: Kind: I/O error: \
             Connection refused (os error 111), labels: {} }, { Address: b:2, Type: RsSecondary, \
             Average RTT: 1ms, Max Wire Version: 21 } ] }",
        );
        let expected =
            "no server can do it: a:1 (I/O error: Connection refused (os error 111)), b:2";
        assert_eq!(told, expected);
        assert_eq!(servers("something else"), "something else");
    }

    #[test]
    fn a_server_that_is_too_old_for_the_driver_is_known() {
        let told = "Server at a:1 reports wire version 7, but this version of the MongoDB Rust \
                    driver requires at least 9 (MongoDB 4.4).";
        assert_eq!(too_old(told), Some(7));
        assert_eq!(too_old("something else"), None);
    }
}
