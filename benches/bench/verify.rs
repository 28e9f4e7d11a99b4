//! The proof over the whole database, as `quittance admin verify` makes it.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use service::actor::PlatformAdmin;
use service::trust::{self, Progress};

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::psql;

/// Proves everything that lies there, with a checkpoint as each night makes one.
pub async fn measure(plant: &Plant) -> Result<Vec<Figure>> {
    trust::keep_checkpoint(&plant.app, &plant.admin, Utc::now()).await?;
    psql::run(plant, "ANALYZE")?;
    let began = Instant::now();
    let told = |progress: Progress<'_>| match progress {
        Progress::Agency(..) => {}
        Progress::Checked(check, found) => {
            println!("    after {:.1} s: {check}, {found} found", began.elapsed().as_secs_f32());
        }
    };
    println!("proof of the whole book");
    let verdicts = trust::verify(&plant.app, &PlatformAdmin::console(), None, told).await?;
    let took = began.elapsed().as_secs_f64();
    let verdict = verdicts.first().context("an agency")?;
    ensure!(
        verdict.holds(),
        "{:?} {:?} {:?}",
        verdict.proof.findings,
        verdict.checkpoint,
        verdict.roll_up
    );
    println!("  {} transfers in {took:.1} s (aim: 10,000,000 within 60)", verdict.transfers);
    let what = format!("proof of {} transfers", verdict.transfers);
    Ok(vec![Figure::new(what, took, "s", Aim::Below(60.0))])
}
