//! `bin/bench`: how fast it is, as ratios to what the database can do on the same machine in the same
//! run. See docs/benchmarks.md.

mod import;
mod pages;
mod payoff;
#[path = "../../tests/it/plant.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod plant;
mod posting;
mod psql;
mod stair_step;

use anyhow::Result;
use clap::Parser;
use plant::Plant;
use quittance::cluster::Cluster;

/// Measures the import of placements, the posting of payments (also flat against full terms), payoffs,
/// pages under load, and the stair-step.
#[derive(Debug, Parser)]
struct Wanted {
    /// Lines of the placement file
    #[arg(long, default_value_t = 200_000)]
    rows: u64,
    /// Seconds of each measurement of posting and of pages
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Accounts of the stair-step (ten times as many transfers), and of the payoffs
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u64,
    /// What to measure
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "import,posting,terms,payoff,pages,stair-step"
    )]
    only: Vec<String>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let wanted = Wanted::parse();
    let wants = |what: &str| wanted.only.iter().any(|one| one == what);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // On disk and synced, as a server's would be.
        let folder = tempfile::tempdir()?;
        let cluster = Cluster::keep(folder.path())?;
        let plant = Plant::build(env!("CARGO_BIN_EXE_quittance"), cluster).await?;
        if wants("import") {
            import::measure(&plant, wanted.rows).await?;
        }
        if wants("posting") {
            posting::measure(&plant, wanted.seconds).await?;
        }
        if wants("terms") {
            posting::measure_terms(&plant, wanted.seconds).await?;
        }
        if wants("payoff") {
            payoff::measure(&plant, wanted.accounts).await?;
        }
        if wants("pages") {
            pages::measure(&plant, wanted.seconds).await?;
        }
        if wants("stair-step") {
            stair_step::measure(&plant, wanted.accounts).await?;
        }
        Ok(())
    })
}

/// Exact below 2^32, which is all that is measured here.
fn f64_of(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}
