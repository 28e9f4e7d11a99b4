//! The stair-step over many accounts and ten times as many transfers: how long the roll-up takes, and how
//! long the report takes, against reading the same figures from the rows in psql.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use service::recovery::{self, Of, Reading};

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::posting::percentile;
use crate::psql;

/// Readings of the report, after one that is not counted.
const READINGS: usize = 30;

/// The same figures from the rows, as nobody with a roll-up reads them.
const FROM_ROWS: &str = "SELECT count(*) FROM (SELECT placed_in, collected_in, sum(collected), sum(commission) \
     FROM payment_collected WHERE agency_id = 'AGENCY' GROUP BY 1, 2) x, \
     (SELECT placed_in, count(*), sum(placed), sum(withdrawn), sum(owed) FROM account_standing \
     WHERE agency_id = 'AGENCY' GROUP BY 1) y";

/// Lays so many accounts, and ten times as many transfers.
pub fn lay(plant: &Plant, accounts: u64) -> Result<()> {
    let agency = plant.agency.0.to_string();
    let one = |what: &str| -> Result<String> {
        let sql = format!("SELECT id FROM {what} WHERE agency_id = '{agency}' ORDER BY id LIMIT 1");
        Ok(psql::run(plant, &sql)?.trim().to_owned())
    };
    let script = include_str!("../stair_step.sql")
        .replace(":'agency'", &format!("'{agency}'"))
        .replace(":'creditor'", &format!("'{}'", plant.creditor.0))
        .replace(":'portfolio'", &format!("'{}'", one("portfolio")?))
        .replace(":'trust'", &format!("'{}'", one("trust_account")?))
        .replace(":accounts", &accounts.to_string());
    psql::run(plant, &script)?;
    Ok(())
}

/// Measures over so many accounts.
pub async fn measure(plant: &Plant, accounts: u64) -> Result<Vec<Figure>> {
    let agency = plant.agency.0.to_string();
    lay(plant, accounts)?;
    // What is younger than an hour is not rolled up yet: a report of an ordinary day comes later.
    plant.app.clock().advance(chrono::Duration::hours(2));
    let started = Instant::now();
    recovery::roll_up(&plant.app, plant.agency).await?;
    let rolled = started.elapsed();
    psql::run(plant, "VACUUM ANALYZE cohort, cohort_collection, cohort_account")?;
    let mut waits: Vec<Duration> = Vec::new();
    for at in 0..=READINGS {
        let asked = Instant::now();
        let stairs =
            recovery::stair_step(&plant.app, &plant.admin, Of::default(), Reading::default())
                .await?;
        ensure!(stairs.steps.footer.tally.accounts > 0, "an empty stair-step");
        if at > 0 {
            waits.push(asked.elapsed());
        }
    }
    let sql = FROM_ROWS.replace("AGENCY", &agency);
    let explained = psql::run(plant, &format!("EXPLAIN (ANALYZE, SUMMARY) {sql}"))?;
    let took = explained
        .lines()
        .find_map(|line| line.strip_prefix("Execution Time: "))
        .context("an execution time")?;
    println!("stair-step over {accounts} accounts and {} transfers", accounts * 10);
    println!("  the first roll-up: {:.1} s", rolled.as_secs_f64());
    let (half, most) = (percentile(&mut waits, 50), percentile(&mut waits, 99));
    println!("  the report, warm: p50 {half:.1} ms, p99 {most:.1} ms (aim: 150)");
    println!("  the same figures from the rows in psql: {took}");
    let what = format!("stair-step over {} transfers, p99", accounts * 10);
    Ok(vec![Figure::new(what, most, "ms", Aim::Below(150.0))])
}
