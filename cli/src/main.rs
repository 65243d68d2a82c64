//! The program `gausstack`, with its name for the commit it was built from.

use std::process::ExitCode;

fn main() -> ExitCode {
    gausstack_cli::main(option_env!("GAUSSTACK_COMMIT"))
}
