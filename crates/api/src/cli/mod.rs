//! The command line: one file a command. What goes wrong before the server runs is one sentence on standard error, and
//! the exit code 1.

#[cfg(feature = "dev")]
mod dev;
mod healthcheck;
mod keys;
mod migrate;
mod openapi;
mod operator;
mod serve;
mod setup;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A multi-tenant OAuth 2 and OpenID Connect provider for WeChat mini-programs.
#[derive(Debug, Parser)]
#[command(name = "hufu", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Arguments),
    /// Bring the database up to this version, creating it where it is new.
    Migrate(migrate::Arguments),
    /// Create, list and revoke operators' tokens.
    #[command(subcommand)]
    Operator(operator::Command),
    /// Make and change the master key.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Print the OpenAPI document.
    Openapi,
    /// Ask a running server whether it is ready; exit code 0 where it is.
    Healthcheck(healthcheck::Arguments),
    /// Run everything on this machine: server, SQLite, a simulator of WeChat and a demo tenant.
    #[cfg(feature = "dev")]
    Dev(dev::Arguments),
}

/// Reads the arguments of the process and runs the command.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(arguments) => serve::run(&arguments).await,
        Command::Migrate(arguments) => migrate::run(&arguments).await,
        Command::Operator(command) => operator::run(command).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Openapi => {
            openapi::run();
            Ok(())
        }
        Command::Healthcheck(arguments) => healthcheck::run(&arguments).await,
        #[cfg(feature = "dev")]
        Command::Dev(arguments) => dev::run(arguments).await,
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("hufu: {error:#}");
    ExitCode::FAILURE
}

/// Prints a line that the caller of a command is waiting for.
fn say(line: &str) {
    #[expect(clippy::print_stdout, reason = "it is what the command was asked for")]
    {
        println!("{line}");
    }
}
