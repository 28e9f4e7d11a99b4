//! The import of a placement, from the uploaded bytes to the committed accounts, against `COPY` of the
//! very same rows into empty tables with the same indexes.

use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use domain::placement::{CommitPolicy, Mapping, PlacementState};
use quittance::samples;
use service::jobs;
use service::once::Once;
use service::placements::{self, Order, Placement, Spool};

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::{f64_of, psql};

/// The tables in which a placement's rows end up.
const BOOKS: [&str; 7] =
    ["debtor", "account", "party", "contact_point", "restriction", "timeline_entry", "assignment"];

/// Measures one file of `rows` lines.
pub async fn measure(plant: &Plant, rows: u64) -> Result<Vec<Figure>> {
    let path = plant.home.path().join("placement.csv");
    let wanted = samples::Wanted {
        rows,
        seed: 1,
        client: "SAMPLE".to_owned(),
        portfolio: "SAMPLE-1".to_owned(),
        kind: samples::Kind::Utility,
        untidy: false,
        as_of: NaiveDate::from_ymd_opt(2026, 11, 20).context("a day")?,
    };
    samples::write_to(&wanted, std::io::BufWriter::new(File::create(&path)?))?;
    let size = std::fs::metadata(&path)?.len();

    psql::run(plant, "CHECKPOINT")?;
    let before = forget_peak()?;
    let started = Instant::now();
    let taken = upload(plant, &path).await?;
    let uploaded = started.elapsed();
    let checked = wait(plant, &taken, PlacementState::Checked).await?;
    let checked_in = started.elapsed();
    ensure!(checked.tally.accepted == rows, "{:?}", checked.tally);
    let once = Once {
        principal: plant.admin.principal(),
        key: "bench".to_owned(),
        operation: "commit_placement",
        fingerprint: Vec::new(),
    };
    placements::commit(&plant.app, &plant.admin, &once, taken.id, CommitPolicy::AllOrNothing)
        .await?;
    wait(plant, &taken, PlacementState::Committed).await?;
    let import = started.elapsed();
    let peak = peak()?;

    let copy = copy(plant)?;
    let rate = |took: Duration| f64_of(rows) / took.as_secs_f64();
    println!("import of {rows} lines ({:.1} MB)", f64_of(size) / 1e6);
    println!(
        "  taken in after {:.2} s, checked after {:.2} s, committed after {:.2} s: {:.0} lines/s",
        uploaded.as_secs_f64(),
        checked_in.as_secs_f64(),
        import.as_secs_f64(),
        rate(import)
    );
    println!("  COPY of the same rows: {:.2} s, {:.0} lines/s", copy.as_secs_f64(), rate(copy));
    println!("  ratio: {:.2} of COPY (aim: 0.5)", copy.as_secs_f64() / import.as_secs_f64());
    println!(
        "    the import also receives, parses, judges and stores the file, encrypts, finds \
         duplicates and packets, and checks foreign keys; COPY does none of it"
    );
    println!("  resident memory: {before} MiB before, at most {peak} MiB during the import");
    let ratio = copy.as_secs_f64() / import.as_secs_f64();
    Ok(vec![
        Figure::new(format!("import of {rows} lines, against COPY"), ratio, "x", Aim::AtLeast(0.5)),
        Figure::new("memory of that import", f64_of(peak), "MiB", Aim::Below(150.0)),
    ])
}

async fn upload(plant: &Plant, path: &std::path::Path) -> Result<Placement> {
    let mut spool = Spool::new()?;
    let mut file = File::open(path)?;
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        spool.push(chunk.get(..read).unwrap_or_default())?;
    }
    let order = Order {
        creditor: plant.creditor,
        portfolio: None,
        file_name: "placement.csv".to_owned(),
        mapping: Mapping::default(),
        manifest: None,
    };
    Ok(placements::upload(&plant.app, &plant.admin, order, spool.finish()?).await?)
}

/// Works until the placement has come this far.
async fn wait(plant: &Plant, placement: &Placement, state: PlacementState) -> Result<Placement> {
    let patience = Instant::now();
    loop {
        let now = placements::find(&plant.app, &plant.admin, placement.id).await?;
        if now.state == state {
            return Ok(now);
        }
        ensure!(patience.elapsed() < Duration::from_secs(900), "it stays {:?}", now.state);
        if jobs::run_due(&plant.app, 20).await? == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Copies the rows out, then measures copying them into empty tables of the same shape.
fn copy(plant: &Plant) -> Result<Duration> {
    let file = |table: &str| plant.home.path().join(format!("{table}.copy")).display().to_string();
    let mut load = String::from("SET synchronous_commit = on\nBEGIN\n");
    for table in BOOKS {
        psql::run(
            plant,
            &format!(
                "\\copy (SELECT * FROM {table} ORDER BY agency_id, id) TO '{}'\nCREATE TABLE copy_of_{table} (LIKE {table} INCLUDING ALL)",
                file(table)
            ),
        )?;
        load.push_str(&format!("\\copy copy_of_{table} FROM '{}'\n", file(table)));
    }
    load.push_str("COMMIT");
    psql::run(plant, "CHECKPOINT")?;
    let started = Instant::now();
    psql::run(plant, &load)?;
    let took = started.elapsed();
    let drop: Vec<String> =
        BOOKS.iter().map(|table| format!("DROP TABLE copy_of_{table}")).collect();
    psql::run(plant, &drop.join("\n"))?;
    psql::run(plant, "ANALYZE")?;
    Ok(took)
}

/// Starts the peak of resident memory anew; what is resident now, in MiB.
fn forget_peak() -> Result<u64> {
    std::fs::write("/proc/self/clear_refs", "5").context("/proc/self/clear_refs")?;
    peak()
}

/// The peak of resident memory, in MiB.
fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kib: u64 = line.split_whitespace().next().context("a number")?.parse()?;
    Ok(kib / 1024)
}
