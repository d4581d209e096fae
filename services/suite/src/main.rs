//! Owns the start and end of the process. Never anything else.

use std::process::ExitCode;

use clap::Parser;
use creatorscope::command::{Cli, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr, reason = "the last word of a command that could not be done")]
fn complain(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}
