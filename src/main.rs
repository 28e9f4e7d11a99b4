//! The `quittance` binary: reads the command line and hands over.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use quittance::{admin, config, health, migrate, serve};

/// Collection-agency software: placements, accounts, payments, trust ledger, portals.
///
/// A server is configured by its environment: see docs/operations.md.
#[derive(Debug, Parser)]
#[command(name = "quittance", version, propagate_version = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the JSON API and the three sites
    Serve {
        /// Run jobs in this process as well
        #[arg(long)]
        work: bool,
    },
    /// Run jobs: mail, webhooks, imports, recovery
    Work,
    /// Show the whole product on this machine, with invented debts and a simulated Stripe
    #[cfg(feature = "sandbox")]
    Demo(quittance::demo::Wanted),
    /// Make the database roles that are missing and bring the schema up to date
    Migrate,
    /// Show the configuration, without secrets, or everything that is wrong with it
    Config,
    /// Ask the server on this machine whether it is ready; for health checks of containers
    Health,
    /// Write the API's OpenAPI document to standard output
    Openapi {
        /// Compare openapi/openapi.json with it instead; exits 1 when they differ
        #[arg(long)]
        check: bool,
    },
    /// Look after an installation
    #[command(subcommand)]
    Admin(admin::Task),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    // TLS by ring, chosen once for everything that speaks it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(line.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("quittance: {error:#}");
            if error.is::<config::Mistakes>() {
                ExitCode::from(config::EXIT_CONFIG)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { work } => {
            wait_for(serve::run(config::Config::from_environment()?, work))?;
        }
        Command::Work => wait_for(serve::work(config::Config::from_environment()?))?,
        #[cfg(feature = "sandbox")]
        Command::Demo(wanted) => return quittance::demo::run(&wanted),
        Command::Migrate => {
            let url = config::owner_database()?;
            let password = config::role_password()?;
            let ran = wait_for(migrate::up(
                secrecy::ExposeSecret::expose_secret(&url),
                password.as_ref(),
            ))?;
            match ran.len() {
                0 => println!("The schema is up to date."),
                count => println!("{count} migrations ran: {}", ran.join(", ")),
            }
        }
        Command::Openapi { check: false } => print!("{}", api::openapi::text()?),
        Command::Openapi { check: true } => {
            if std::fs::read_to_string("openapi/openapi.json")? != api::openapi::text()? {
                anyhow::bail!(
                    "openapi/openapi.json is not the document of this build: run `quittance openapi > openapi/openapi.json` and commit it"
                );
            }
        }
        Command::Config => println!("{}", config::Config::from_environment()?),
        Command::Health => health::ask()?,
        Command::Admin(task) => return wait_for(admin::run(task)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs an asynchronous command to its end.
fn wait_for<T>(task: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(task)
}
