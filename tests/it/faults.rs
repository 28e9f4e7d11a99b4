//! The real program under load, killed at any instant, and a gateway whose post goes astray: what was
//! acknowledged is there once, what was charged is posted once, and the books balance.
//!
//! `FAULTS_KILLS` and `FAULTS_SEED` make the test longer or repeat a run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::PaymentId;
use quittance::cluster::Cluster;
use reqwest::StatusCode;
use serde_json::{Value, json};
use service::trust;
use uuid::Uuid;

use crate::plant::{Debt, Plant};

/// A debit card that always pays.
const DEBIT: &str = "4000056655665556";

/// Cents of one payment over the API.
const PART: i64 = 137;

/// Cents owed on the accounts that those payments go to.
const TILL: i64 = 100_000_000;

fn environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn run(test: impl Future<Output = Result<()>>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(test).expect("the test");
}

async fn plant() -> Result<Arc<Plant>> {
    let cluster = Cluster::throw_away()?;
    Ok(Arc::new(Plant::build(env!("CARGO_BIN_EXE_quittance"), cluster).await?))
}

/// xorshift64: a seed repeats a run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A payment that was acknowledged.
struct Receipt {
    key: String,
    payment: PaymentId,
    debt: Debt,
}

/// A program that enters payments: each key again until it is acknowledged.
struct Teller {
    plant: Arc<Plant>,
    api_key: String,
    debt: Debt,
    stop: Arc<AtomicBool>,
}

impl Teller {
    /// What was acknowledged, and how many answers were lost on the way.
    async fn work(self) -> Result<(Vec<Receipt>, u64)> {
        let (mut receipts, mut lost) = (Vec::new(), 0);
        while !self.stop.load(Ordering::Relaxed) {
            let key = Uuid::now_v7().to_string();
            let payment = self.until_acknowledged(&key, &mut lost).await?;
            receipts.push(Receipt { key, payment, debt: self.debt.clone() });
        }
        Ok((receipts, lost))
    }

    async fn until_acknowledged(&self, key: &str, lost: &mut u64) -> Result<PaymentId> {
        let patience = Instant::now();
        loop {
            ensure!(patience.elapsed() < Duration::from_secs(60), "{key} is never acknowledged");
            match enter(&self.plant, &self.api_key, &self.debt, key).await {
                Ok((status, body)) if status.is_success() => return payment_of(&body),
                Ok((status, body)) => {
                    let later = [
                        StatusCode::CONFLICT,
                        StatusCode::TOO_MANY_REQUESTS,
                        StatusCode::SERVICE_UNAVAILABLE,
                    ];
                    ensure!(later.contains(&status), "{status} {body}");
                }
                Err(_) => *lost += 1,
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

fn payment_of(body: &Value) -> Result<PaymentId> {
    let id = body["id"].as_str().context(body.to_string())?;
    id.parse().map_err(|_| anyhow::anyhow!("{id} is not the id of a payment"))
}

async fn enter(
    plant: &Plant,
    api_key: &str,
    debt: &Debt,
    key: &str,
) -> Result<(StatusCode, Value), reqwest::Error> {
    let body = json!({
        "account_id": debt.account, "kind": "paid_agency", "method": "cash",
        "amount": {"amount": format!("{}.{:02}", PART / 100, PART % 100), "currency": "USD"},
    });
    let answer = plant
        .http
        .post(format!("http://{}/v1/payments", plant.api))
        .bearer_auth(api_key)
        .header("content-type", "application/json")
        .header("Idempotency-Key", key)
        .body(body.to_string())
        .send()
        .await?;
    let status = answer.status();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

/// A debtor at the debtor site, from the account's page to the payment page, and paying there.
struct Payer {
    plant: Arc<Plant>,
    debt: Debt,
}

impl Payer {
    /// Pays everything; false when the site would not open a payment page in time.
    async fn pay(&self) -> Result<bool> {
        let account = format!("/accounts/{}", self.debt.account);
        let patience = Instant::now();
        while patience.elapsed() < Duration::from_secs(8) {
            let Some(session) = self.page(&account).await? else {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            };
            let paid =
                self.plant.sim(&format!("checkout/{session}/pay"), json!({"card": DEBIT})).await?;
            ensure!(paid["outcome"] == "paid", "{paid}");
            return Ok(true);
        }
        Ok(false)
    }

    /// One walk through the forms; nothing when it broke off.
    async fn page(&self, account: &str) -> Result<Option<String>> {
        let Some(hub) = self.get(account).await else { return Ok(None) };
        let Some(sealed) = seal(&hub) else { return Ok(None) };
        if self.post(account, &format!("{sealed}&wish=full")).await.as_deref() != Some("/method") {
            return Ok(None);
        }
        let Some(check) = self.get("/check").await else { return Ok(None) };
        let Some(sealed) = seal(&check) else { return Ok(None) };
        let hidden = |name| hidden(&check, name).unwrap_or_default();
        let form = format!("{sealed}&account={}&amount={}", hidden("account"), hidden("amount"));
        // The same form again when the answer was lost: it is one payment.
        for _ in 0..3 {
            if let Some(there) = self.post("/check", &form).await
                && let Some(session) = there.split("/c/pay/").nth(1)
            {
                return Ok(Some(session.split(['?', '#']).next().unwrap_or_default().to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(None)
    }

    async fn get(&self, path: &str) -> Option<String> {
        let url = format!("http://{}{path}", self.plant.debtor_site);
        let answer = self.plant.http.get(url).header("cookie", self.cookie()).send().await.ok()?;
        let found = answer.status() == StatusCode::OK;
        answer.text().await.ok().filter(|_| found)
    }

    /// Where a form leads.
    async fn post(&self, path: &str, form: &str) -> Option<String> {
        let url = format!("http://{}{path}", self.plant.debtor_site);
        let answer = self
            .plant
            .http
            .post(url)
            .header("cookie", self.cookie())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .send()
            .await
            .ok()?;
        Some(answer.headers().get("location")?.to_str().ok()?.to_owned())
    }

    fn cookie(&self) -> String {
        format!("__Host-debtor={}", self.debt.cookie)
    }
}

fn hidden<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn seal(page: &str) -> Option<String> {
    Some(format!("csrf={}&form_id={}", hidden(page, "csrf")?, hidden(page, "form_id")?))
}

/// Leases run out, waits are over: what would take minutes is due now.
async fn time_passes(plant: &Plant) -> Result<()> {
    for sql in [
        "UPDATE job SET lease_until = NULL, run_at = least(run_at, now())
         WHERE done_at IS NULL AND failed_at IS NULL AND kind NOT IN ('close_when_available', 'age_worklist', 'judge_day')",
        "UPDATE gateway_call SET next_at = now() WHERE state IN ('planned', 'sent', 'unknown')",
        "UPDATE gateway_account SET polled_until = polled_until - interval '11 minutes'",
    ] {
        plant.sql(sql, []).await?;
    }
    Ok(())
}

const OPEN_JOBS: &str = "SELECT count(*) AS n FROM job
     WHERE done_at IS NULL AND failed_at IS NULL AND kind NOT IN ('close_when_available', 'age_worklist', 'judge_day')";

/// Everything interrupted is brought to an end: time passes, a worker works.
async fn recover(plant: &Plant) -> Result<()> {
    for _ in 0..2 {
        time_passes(plant).await?;
        // A worker sweeps and polls as soon as it starts.
        let _worker = plant.work()?;
        tokio::time::sleep(Duration::from_millis(700)).await;
        let patience = Instant::now();
        while plant.number(OPEN_JOBS, []).await? > 0 {
            ensure!(
                patience.elapsed() < Duration::from_secs(30),
                "jobs are left: {:?}\n{}",
                plant.texts("SELECT kind || ' ' || coalesce(last_error, '') AS t FROM job WHERE done_at IS NULL", []).await?,
                plant.last_words("work")
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// Every charge of the gateway has one posting, every online posting has a charge, the books balance.
async fn the_books_agree(plant: &Plant) -> Result<usize> {
    let charges = plant.charges().await?;
    let charged: BTreeSet<String> = charges
        .iter()
        .filter(|charge| charge["status"] == "succeeded")
        .filter_map(|charge| charge["id"].as_str().map(str::to_owned))
        .collect();
    let posted = plant
        .texts(
            "SELECT p.charge_id AS t FROM payment p JOIN transfer t ON t.agency_id = p.agency_id AND t.payment_id = p.id
             WHERE p.source = 'portal' AND t.effect = 'post' GROUP BY p.id, p.charge_id, t.txn_id",
            [],
        )
        .await?;
    let distinct: BTreeSet<String> = posted.iter().cloned().collect();
    ensure!(posted.len() == distinct.len(), "a charge was posted twice: {posted:?}");
    ensure!(
        distinct == charged,
        "charged and not posted: {:?}; posted and not charged: {:?}",
        charged.difference(&distinct).collect::<Vec<_>>(),
        distinct.difference(&charged).collect::<Vec<_>>()
    );
    let failed = plant.texts("SELECT kind || ': ' || coalesce(last_error, '') AS t FROM job WHERE failed_at IS NOT NULL", []).await?;
    ensure!(failed.is_empty(), "jobs were given up: {failed:?}");
    let proof = trust::proof(&plant.app, &plant.admin, None).await?;
    ensure!(proof.balanced, "{proof:?}");
    Ok(charged.len())
}

#[test]
fn killed_at_any_instant_nothing_is_lost_and_nothing_happens_twice() {
    run(async {
        let (kills, seed) =
            (environment("FAULTS_KILLS", 6), environment("FAULTS_SEED", 20_261_121));
        let mut dice = Dice(seed | 1);
        let plant = plant().await?;
        let api_key = plant.api_key().await?;
        let payers = plant.debts(u32::try_from(10 + 5 * kills)?, 40_000).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let (mut server, mut worker) = (plant.serve().await?, plant.work()?);

        let mut tellers = Vec::new();
        for debt in plant.debts(4, TILL).await? {
            let (plant, api_key, stop) = (plant.clone(), api_key.clone(), stop.clone());
            tellers.push(tokio::spawn(Teller { plant, api_key, debt, stop }.work()));
        }
        let mut walks = Vec::new();
        for lane in 0..3 {
            let (plant, stop) = (plant.clone(), stop.clone());
            let lane: Vec<Debt> = payers.iter().skip(lane).step_by(3).cloned().collect();
            walks.push(tokio::spawn(async move {
                let mut paid = 0_u64;
                for debt in lane {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    paid += u64::from(Payer { plant: plant.clone(), debt }.pay().await?);
                }
                anyhow::Ok(paid)
            }));
        }

        for kill in 0..kills {
            tokio::time::sleep(Duration::from_millis(400 + dice.below(2_400))).await;
            if kill % 3 != 1 {
                server.kill();
                server = plant.serve().await?;
            }
            if kill % 3 != 0 {
                worker.kill();
                worker = plant.work()?;
            }
        }
        stop.store(true, Ordering::Relaxed);
        let (mut receipts, mut lost) = (Vec::new(), 0);
        for teller in tellers {
            let (some, unanswered) = teller.await??;
            receipts.extend(some);
            lost += unanswered;
        }
        let mut paid = 0;
        for walk in walks {
            paid += walk.await??;
        }
        worker.kill();
        recover(&plant).await?;

        let keys = receipts.len();
        println!("seed {seed}: {keys} payments entered, {lost} answers lost, {paid} paid online");
        ensure!(keys > 20 && paid > 0, "there was no load");
        let charged = the_books_agree(&plant).await?;
        ensure!(u64::try_from(charged)? == paid, "{paid} paid, {charged} charged");
        what_was_acknowledged_is_there_once(&plant, &receipts).await?;

        // The same key again: the same answer, and no new payment.
        for Receipt { key, payment, debt } in receipts.iter().step_by(keys / 20 + 1) {
            let (status, body) = enter(&plant, &api_key, debt, key).await?;
            ensure!(
                status.is_success() && payment_of(&body)? == *payment,
                "{key}: {status} {body}"
            );
        }
        what_was_acknowledged_is_there_once(&plant, &receipts).await?;
        drop(server);
        Ok(())
    });
}

/// Acknowledged: there, once. Not acknowledged: nowhere.
async fn what_was_acknowledged_is_there_once(plant: &Plant, receipts: &[Receipt]) -> Result<()> {
    let keys = i64::try_from(receipts.len())?;
    let there = plant.texts("SELECT id::text AS t FROM payment WHERE source = 'api'", []).await?;
    let there: BTreeSet<Uuid> = there.iter().filter_map(|id| id.parse().ok()).collect();
    let said: BTreeSet<Uuid> = receipts.iter().map(|receipt| receipt.payment.0).collect();
    ensure!(said.len() == receipts.len(), "two keys were given one payment");
    ensure!(there == said, "{} entered, {} acknowledged", there.len(), said.len());
    let groups = "SELECT count(DISTINCT (payment_id, txn_id)) AS n FROM transfer
         WHERE payment_id IN (SELECT id FROM payment WHERE source = 'api')";
    ensure!(plant.number(groups, []).await? == keys, "not one posting each");
    let lowered = "SELECT sum(placed_principal - principal)::bigint AS n FROM account
         WHERE placed_principal = $1";
    let lowered = plant.number(lowered, [TILL.into()]).await?;
    ensure!(lowered == PART * keys, "the debts went down by {lowered}, {keys} payments");
    Ok(())
}

#[test]
fn a_post_that_is_repeated_shuffled_and_lost_posts_each_payment_once() {
    run(async {
        let mut dice = Dice(environment("FAULTS_SEED", 20_261_121) | 1);
        let plant = plant().await?;
        for _ in 0..150 {
            let trouble = match dice.below(100) {
                0..5 => json!({"kind": "drop"}),
                5..70 => json!({"kind": "duplicate", "copies": 2}),
                _ => json!({"kind": "delay", "seconds": 1 + dice.below(3)}),
            };
            plant.sim("webhooks/faults", trouble).await?;
        }
        let _server = plant.serve().await?;
        let worker = plant.work()?;
        for debt in plant.debts(16, 25_000).await? {
            let payer = Payer { plant: plant.clone(), debt };
            ensure!(payer.pay().await?, "no payment page: {}", plant.last_words("serve"));
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        plant.sim("webhooks/flush", json!({"all": true})).await?;
        let posts = "SELECT count(*) AS n FROM gateway_event WHERE received_via = 'webhook'";
        ensure!(plant.number(posts, []).await? > 0, "no event came by post");
        worker.kill();
        recover(&plant).await?;
        ensure!(the_books_agree(&plant).await? == 16, "not every payer was charged");
        Ok(())
    });
}

#[test]
fn a_chargeback_that_is_heard_of_before_its_payment_takes_the_money_back_all_the_same() {
    run(async {
        let plant = plant().await?;
        let _server = plant.serve().await?;
        for lost in [
            "checkout",
            "payment_intent",
            "charge.succeeded",
            "charge.updated",
            "charge.dispute.created",
        ] {
            plant
                .sim("webhooks/faults", json!({"kind": "drop", "event": lost, "times": 100}))
                .await?;
        }
        let debts = plant.debts(1, 25_000).await?;
        let debt = debts.first().context("a debt")?.clone();
        ensure!(Payer { plant: plant.clone(), debt }.pay().await?, "no payment page");
        let charges = plant.charges().await?;
        let charge = charges.first().context("a charge")?;
        plant.sim("disputes", json!({"charge": charge["id"]})).await?;
        plant.sim("webhooks/flush", json!({"all": true})).await?;
        recover(&plant).await?;
        the_books_agree(&plant).await?;
        let states =
            plant.texts("SELECT state AS t FROM payment WHERE source = 'portal'", []).await?;
        ensure!(states == ["reversed"], "{states:?}");
        let owed = plant.number("SELECT principal AS n FROM account", []).await?;
        ensure!(owed == 25_000, "{owed} is owed");
        Ok(())
    });
}
