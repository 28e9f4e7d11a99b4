//! PostgreSQL's own programs, as the superuser.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use quittance::cluster::find_binaries;

use crate::plant::Plant;

/// Runs a script in `psql`; what it prints.
pub fn run(plant: &Plant, script: &str) -> Result<String> {
    let psql = find_binaries(Path::new(""))?.join("psql");
    let mut command = Command::new(psql);
    command.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", &plant.superuser_url()]);
    for line in script.lines().filter(|line| !line.trim().is_empty()) {
        command.args(["-c", line]);
    }
    let done = command.output().context("cannot run psql")?;
    ensure!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8(done.stdout)?)
}
