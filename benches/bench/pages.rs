//! Pages and lists as people see them, at a modest rate.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::agency::{Language, Site};
use service::sessions::{self, NewSession, Subject};

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::posting::percentile;

/// Requests a second.
const RATE: u32 = 20;

/// Measures each page for so many seconds.
pub async fn measure(plant: &Plant, seconds: u64) -> Result<Vec<Figure>> {
    let _server = plant.serve().await?;
    let debts = plant.debts(1, 50_000).await?;
    let debt = debts.first().context("a debt")?;
    let rows = plant.number("SELECT count(*) AS n FROM account", []).await?;
    println!("pages, {RATE} requests/s for {seconds} s each, {rows} accounts");

    let hub = format!("http://{}/accounts/{}", plant.debtor_site, debt.account);
    let cookie = ("cookie", format!("__Host-debtor={}", debt.cookie));
    let hub = show(plant, "debtor site: one account", &hub, cookie, seconds).await?;

    let staff = service::random::token(plant.agency)?;
    let new = NewSession {
        site: Site::Workspace,
        subject: Subject::User(plant.admin.user().context("a user")?),
        language: Language::English,
        cookie: &staff,
    };
    sessions::start_visit(&plant.app, plant.agency, new).await?;
    let account = format!("http://{}/accounts/{}", plant.workspace, debt.account);
    let cookie = ("cookie", format!("__Host-staff={staff}"));
    let account = show(plant, "workspace: one account", &account, cookie, seconds).await?;

    let list = format!("http://{}/v1/accounts?limit=50", plant.api);
    let key = ("authorization", format!("Bearer {}", plant.api_key().await?));
    let list = show(plant, "API: list of 50 accounts", &list, key, seconds).await?;
    Ok(vec![hub, account, list])
}

async fn show(
    plant: &Plant,
    name: &str,
    url: &str,
    (header, value): (&str, String),
    seconds: u64,
) -> Result<Figure> {
    let every = Duration::from_secs(1) / RATE;
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let (started, mut waits) = (Instant::now(), Vec::new());
    let mut bytes = 0;
    while started.elapsed() < Duration::from_secs(seconds) {
        ticks.tick().await;
        let asked = Instant::now();
        let answer = plant.http.get(url).header(header, &value).send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        ensure!(status.as_u16() == 200, "{name}: {status} {}", String::from_utf8_lossy(&body));
        bytes = body.len();
        waits.push(asked.elapsed());
    }
    let (half, most) = (percentile(&mut waits, 50), percentile(&mut waits, 99));
    println!(
        "  {name}: p50 {half:.1} ms, p99 {most:.1} ms ({} requests, {bytes} bytes each)",
        waits.len()
    );
    Ok(Figure::new(format!("{name}, p99"), most, "ms", Aim::Open))
}
