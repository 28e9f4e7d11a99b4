//! `bin/bench`: how fast it is, as ratios to what the database can do on the same machine in the same
//! run. See docs/benchmarks.md.

mod close;
mod figures;
mod import;
mod pages;
mod payoff;
#[path = "../../tests/it/plant.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod plant;
mod posting;
mod psql;
mod stair_step;
mod verify;

use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use figures::Table;
use plant::Plant;
use quittance::cluster::Cluster;

/// Measures imports, postings (also flat against full terms), a close, payoffs, pages under load, the
/// stair-step, and the proof of the whole book.
#[derive(Debug, Parser)]
struct Wanted {
    /// Lines of the placement file
    #[arg(long, default_value_t = 200_000)]
    rows: u64,
    /// Seconds of each measurement of posting and of pages
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Accounts of the payoffs, the stair-step and the proof (ten times as many transfers)
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u64,
    /// What to measure; everything unless told
    #[arg(long, value_delimiter = ',')]
    only: Vec<What>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What can be measured, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// A placement file, against COPY
    Import,
    /// Payments over HTTP, against pgbench
    Posting,
    /// Payments under full terms, against a flat rate
    Terms,
    /// A period of 100,000 lines
    Close,
    /// Payoffs of accounts that bear interest
    Payoff,
    /// Three pages, 20 requests a second
    Pages,
    /// The stair-step, against the same figures from the rows
    #[value(alias = "stair-step")]
    Stairs,
    /// `admin verify`
    Verify,
}

fn main() -> Result<()> {
    let wanted = Wanted::parse();
    let wants = |what: What| wanted.only.is_empty() || wanted.only.contains(&what);
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // On disk and synced, as a server's would be.
        let folder = tempfile::tempdir()?;
        let cluster = Cluster::keep(folder.path())?;
        let plant = Plant::build(env!("CARGO_BIN_EXE_quittance"), cluster).await?;
        let mut figures = Vec::new();
        for what in What::value_variants().iter().copied().filter(|what| wants(*what)) {
            figures.extend(match what {
                What::Import => import::measure(&plant, wanted.rows).await?,
                What::Posting => posting::measure(&plant, wanted.seconds).await?,
                What::Terms => posting::measure_terms(&plant, wanted.seconds).await?,
                What::Close => close::measure(&plant).await?,
                What::Payoff => payoff::measure(&plant, wanted.accounts).await?,
                What::Pages => pages::measure(&plant, wanted.seconds).await?,
                What::Stairs => stair_step::measure(&plant, wanted.accounts).await?,
                What::Verify => {
                    if !wants(What::Stairs) {
                        stair_step::lay(&plant, wanted.accounts)?;
                    }
                    verify::measure(&plant).await?
                }
            });
            println!("  [{:.0} s since the start]", began.elapsed().as_secs_f64());
        }
        println!("\n{}", Table(figures));
        Ok(())
    })
}

/// Exact below 2^32, which is all that is measured here.
fn f64_of(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}
