//! Entering payments over HTTP with sixteen clients, against the same SQL statements in pgbench.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use domain::{CreditorId, Rate};
use quittance::cluster::find_binaries;
use serde_json::json;
use service::commission_schedules::{self, NewSchedule, Subject};
use service::contracts::{self, NewContract};
use service::creditors::{self, NewCreditor, NewPortfolio};
use uuid::Uuid;

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::{f64_of, psql};

const CLIENTS: u32 = 16;

/// Accounts that payments go to; the clients never share one.
const ACCOUNTS: u32 = 8_000;

/// The first account's number; the ids are made of the numbers, so that pgbench can name them.
const FIRST: u64 = 100_000_000_000;

/// Measures both, one after the other, for so many seconds each.
pub async fn measure(plant: &Plant, seconds: u64) -> Result<Vec<Figure>> {
    accounts(plant, plant.creditor, FIRST).await?;
    psql::run(plant, "ANALYZE")?;
    psql::run(plant, "CHECKPOINT")?;
    let server = plant.serve().await?;
    // Connections, statement caches and the database's caches come up first.
    over_http(plant, FIRST, 2).await?;
    let (http, mut waits) = over_http(plant, FIRST, seconds).await?;
    drop(server);
    psql::run(plant, "CHECKPOINT")?;
    let pgbench = in_pgbench(plant, seconds)?;
    println!("posting of payments, {CLIENTS} clients, {seconds} s each");
    println!(
        "  over HTTP: {http:.0} payments/s, p50 {:.1} ms, p99 {:.1} ms",
        percentile(&mut waits, 50),
        percentile(&mut waits, 99)
    );
    println!("  the same statements in pgbench: {pgbench:.0} payments/s");
    println!("  ratio: {:.2} of pgbench (aim: 0.5)", http / pgbench);
    println!(
        "    the HTTP side shares the machine with its load generator, checks a key per request \
         and reads JSON; pgbench does neither"
    );
    let what = "posting over HTTP, against pgbench";
    Ok(vec![Figure::new(what, http / pgbench, "x", Aim::AtLeast(0.5))])
}

/// Measures payments under a flat rate against payments under a contract with everything: tiers,
/// buckets, minimum, cap, tax; turn by turn, so that both meet the same machine.
pub async fn measure_terms(plant: &Plant, seconds: u64) -> Result<Vec<Figure>> {
    let (plain, full) = (FIRST + 10 * u64::from(ACCOUNTS), FIRST + 20 * u64::from(ACCOUNTS));
    accounts(plant, plant.creditor, plain).await?;
    accounts(plant, with_everything(plant).await?, full).await?;
    psql::run(plant, "ANALYZE")?;
    psql::run(plant, "CHECKPOINT")?;
    let _server = plant.serve().await?;
    for first in [plain, full] {
        over_http(plant, first, 2).await?;
    }
    let turn = (seconds / 4).max(1);
    let (mut flat_rate, mut all_rules) = (0.0, 0.0);
    for (one, two) in [(plain, full), (full, plain), (plain, full), (full, plain)] {
        let (first, _) = over_http(plant, one, turn).await?;
        let (second, _) = over_http(plant, two, turn).await?;
        let (of_plain, of_full) = if one == plain { (first, second) } else { (second, first) };
        flat_rate += of_plain / 4.0;
        all_rules += of_full / 4.0;
    }
    println!("posting of payments by terms, {CLIENTS} clients, four turns of {turn} s each");
    println!("  flat contract: {flat_rate:.0} payments/s");
    println!("  tiers, buckets, minimum, cap, tax: {all_rules:.0} payments/s");
    println!("  ratio: {:.2} of the flat contract (aim: 0.9)", all_rules / flat_rate);
    let what = "posting under full terms, against flat";
    Ok(vec![Figure::new(what, all_rules / flat_rate, "x", Aim::AtLeast(0.9))])
}

/// A creditor with a contract that says all there is to say, and its schedule.
async fn with_everything(plant: &Plant) -> Result<CreditorId> {
    let (app, admin) = (&plant.app, &plant.admin);
    let new = NewCreditor { code: "FULL".to_owned(), name: "Full".to_owned(), parent: None };
    let creditor = creditors::create(app, admin, new).await?.id;
    let portfolio = NewPortfolio { creditor, code: "F".to_owned(), name: "Full".to_owned() };
    creditors::add_portfolio(app, admin, portfolio).await?;
    let terms = NewContract {
        commission_rate: None,
        tax_rate: Some(Rate::parse("0.13")?),
        ..NewContract::flat(creditor, NaiveDate::default(), Rate::parse("0.3")?)
    };
    contracts::add(app, admin, terms).await?;
    let schedule = serde_json::from_value(json!({
        "standard": {
            "plan": {"by": "liquidation", "tiers": [
                {"over": "0.00", "up_to": "1000.00", "rate": "0.35"},
                {"over": "1000.00", "up_to": "5000.00", "rate": "0.3"},
                {"over": "5000.00", "rate": "0.25"}]},
            "buckets": [{"bucket": "fees", "rate": "0.5"}, {"bucket": "costs", "rate": "0"}],
            "payment_types": [{"payment_type": "paid_creditor", "plan": {"by": "flat", "rate": "0.15"}}]
        },
        "legal": {"plan": {"by": "flat", "rate": "0.45"}},
        "free_demand": {"days": 10, "payment_types": ["paid_creditor"]},
        "minimum": "0.50", "maximum": "5000.00", "cap": {"share": "0.4"},
    }))?;
    let new = NewSchedule {
        subject: Subject::Creditor(creditor),
        effective_on: NaiveDate::default(),
        schedule,
    };
    commission_schedules::add(app, admin, new).await?;
    Ok(creditor)
}

/// Accounts whose ids pgbench can put together.
async fn accounts(plant: &Plant, creditor: CreditorId, first: u64) -> Result<()> {
    plant
        .sql(
            "WITH n AS (SELECT $3 + generate_series(0, $4 - 1) AS n),
             file AS (
                 INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, state,
                     uploaded_by, created_at)
                 VALUES ($1, gen_random_uuid(), $2, 'bench.csv', '', 0, 'committed', 'bench', now()) RETURNING id),
             person AS (
                 INSERT INTO debtor (agency_id, id, language, created_at)
                 SELECT $1, ('01900000-0000-7000-8000-' || n)::uuid, 'en', now() FROM n RETURNING id)
             INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
                 client_account_number, client_account_key, debtor_name, debtor_name_key, status,
                 status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
                 placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                 principal, interest, fees, costs, other, work_class, next_work_at, created_at)
             SELECT $1, person.id, 'B' || right(person.id::text, 12), $2,
                 (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $2 LIMIT 1),
                 file.id, person.id, right(person.id::text, 12), right(person.id::text, 12), 'Jane Doe', 'DOE JANE',
                 'ACT', now(), 'medical', 'Clinic', 'Clinic', '2026-01-01', '2026-06-01', 'first',
                 100000000, 0, 0, 0, 0, 100000000, 0, 0, 0, 0, 4, now(), now()
             FROM person, file",
            [
                plant.agency.0.into(),
                creditor.0.into(),
                i64::try_from(first)?.into(),
                i64::from(ACCOUNTS).into(),
            ],
        )
        .await?;
    Ok(())
}

/// Payments a second, and how long each took.
async fn over_http(plant: &Plant, first: u64, seconds: u64) -> Result<(f64, Vec<Duration>)> {
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(tokio::spawn(client(plant.api_key().await?, plant.api, (first, number), end)));
    }
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await??);
    }
    let done = u64::try_from(waits.len())?;
    Ok((f64_of(done) / started.elapsed().as_secs_f64(), waits))
}

/// One client: its own key and its own address, as sixteen programs would have.
async fn client(
    key: String,
    api: std::net::SocketAddr,
    (first, number): (u64, u32),
    end: Instant,
) -> Result<Vec<Duration>> {
    let from = IpAddr::V4(Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 7, 1)) + number));
    let http = reqwest::Client::builder().local_address(from).build()?;
    let (mut waits, mut turn) = (Vec::new(), 0_u32);
    while Instant::now() < end {
        let account = first + u64::from((number + CLIENTS * turn) % ACCOUNTS);
        turn += 1;
        let id: Uuid = format!("01900000-0000-7000-8000-{account}").parse()?;
        let body = json!({
            "account_id": domain::AccountId(id), "kind": "paid_agency", "method": "cash",
            "amount": {"amount": "1.37", "currency": "USD"},
        });
        let asked = Instant::now();
        let answer = http
            .post(format!("http://{api}/v1/payments"))
            .bearer_auth(&key)
            .header("content-type", "application/json")
            .header("Idempotency-Key", Uuid::now_v7().to_string())
            .body(body.to_string())
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        if status.as_u16() == 429 {
            // A program may enter fifty payments a second.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        ensure!(status.is_success(), "{status} {text}");
        waits.push(asked.elapsed());
    }
    Ok(waits)
}

fn in_pgbench(plant: &Plant, seconds: u64) -> Result<f64> {
    let one = |sql: &str| psql::run(plant, sql).map(|text| text.trim().to_owned());
    let agency = plant.agency.0;
    let of = |what: &str| {
        one(&format!("SELECT id FROM {what} WHERE agency_id = '{agency}' ORDER BY id LIMIT 1"))
    };
    let variables = [
        ("agency", agency.to_string()),
        ("creditor", plant.creditor.0.to_string()),
        ("contract", of("contract")?),
        ("portfolio", of("portfolio")?),
        ("trust", of("trust_account")?),
        ("key", of("api_key")?),
        ("first", FIRST.to_string()),
        ("last", (FIRST + u64::from(ACCOUNTS) - 1).to_string()),
    ];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/posting.sql");
    let mut command = Command::new(find_binaries(Path::new(""))?.join("pgbench"));
    command.args(["-n", "-M", "prepared", "-c", &CLIENTS.to_string(), "-j", "2"]);
    command.args(["-T", &seconds.to_string(), "-f"]).arg(script);
    for (name, value) in variables {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    let done = command.arg(plant.url("quittance_agency")).output().context("cannot run pgbench")?;
    let (said, complained) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    ensure!(done.status.success(), "pgbench: {complained}");
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")).context("tps")?;
    Ok(tps.split_whitespace().next().context("a number")?.parse()?)
}

/// Milliseconds within which so many of a hundred were answered.
pub fn percentile(waits: &mut [Duration], hundredth: usize) -> f64 {
    waits.sort_unstable();
    let at = waits.len() * hundredth / 100;
    let wait = waits.get(at.min(waits.len().saturating_sub(1)));
    wait.map_or(f64::NAN, |wait| wait.as_secs_f64() * 1_000.0)
}
