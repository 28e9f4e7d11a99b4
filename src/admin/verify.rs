//! `quittance admin verify`: the proof of the trust ledger over the whole database.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use service::App;
use service::actor::PlatformAdmin;
use service::trust::{self, AgencyVerdict, Progress};

/// Proves the books; progress goes to standard error, findings to standard output.
///
/// # Errors
/// When the database cannot be read, or there is no such agency.
pub async fn run(app: &App, console: &PlatformAdmin, agency: Option<&str>) -> Result<ExitCode> {
    let began = Instant::now();
    let verdicts = trust::verify(app, console, agency, |progress| match progress {
        Progress::Agency(slug, transfers) => eprintln!("{slug}: {transfers} transfers"),
        Progress::Checked(check, found) => {
            let seconds = began.elapsed().as_secs_f32();
            eprintln!("  {seconds:6.1} s  {check}: {found} found");
        }
    })
    .await?;
    for verdict in &verdicts {
        print(verdict);
    }
    let transfers: i64 = verdicts.iter().map(|verdict| verdict.transfers).sum();
    let broken = verdicts.iter().filter(|verdict| !verdict.holds()).count();
    println!(
        "{} agencies, {transfers} transfers, {:.1} s: {}",
        verdicts.len(),
        began.elapsed().as_secs_f32(),
        if broken == 0 { "proven".to_owned() } else { format!("{broken} not proven") }
    );
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(verdict: &AgencyVerdict) {
    println!("{}: {}", verdict.slug, if verdict.holds() { "proven" } else { "NOT PROVEN" });
    for account in &verdict.proof.accounts {
        println!(
            "  {}: cash {}, clearing {}, lacking {}",
            account.name, account.cash, account.clearing, account.shortfall
        );
    }
    for one in verdict.proof.verdicts.iter().filter(|one| !one.holds) {
        println!("  ({}) does not hold: {}", one.invariant.number(), one.invariant.words());
        for (check, rows) in &one.found {
            println!("    {}: {rows} rows", check.name());
        }
    }
    for finding in verdict.proof.findings.iter().chain(&verdict.checkpoint).chain(&verdict.roll_up)
    {
        println!(
            "    {} {} {}: ledger {}, record {}",
            finding.check, finding.subject_id, finding.detail, finding.ledger, finding.record
        );
    }
}
