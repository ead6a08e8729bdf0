//! The `lz` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lz::cli::main()
}
