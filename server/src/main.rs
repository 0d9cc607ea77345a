//! The program `pixmill`.

use std::process::ExitCode;

fn main() -> ExitCode {
    pixmill_server::cli::main()
}
