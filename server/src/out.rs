//! What the program says on stdout.

use std::{
    fmt::Display,
    io::{Write, stdout},
};

/// Writes a line to stdout. That nobody reads it any more, as behind `| head`, is no failure.
pub(crate) fn say(line: impl Display) {
    let mut out = stdout().lock();
    // The second can only fail as the first did.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}
