//! `quittance demo --check`: walks the main job over HTTP, like the people who do it every day.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::caller::Caller;
use super::doors::Doors;
use super::facts::{self, Facts};
use super::record::{Agency, SignIn};
use super::steps::Steps;
use super::visitor::{Page, Visitor};
use super::{Running, mailbox};
use crate::cluster::Cluster;
use crate::{samples, servers};

/// How long a payment may take from the payment page to the ledger.
const PATIENCE: Duration = Duration::from_secs(30);
/// A debit card that works.
const CARD: [(&str, &str); 3] =
    [("number", "4000056655665556"), ("expiry", "12/34"), ("cvc", "123")];

/// Opens a demo of its own, walks, closes it, and leaves nothing behind.
pub async fn run() -> Result<ExitCode> {
    let told = servers::told_to_stop()?;
    let steps = Steps::start();
    let home = std::env::temp_dir().join(format!("quittance-check-{}", std::process::id()));
    fs::create_dir(&home)?;
    let walked = tokio::select! {
        walked = open_and_walk(&home, &steps) => walked,
        () = told => Err(anyhow::anyhow!("stopped")),
    };
    fs::remove_dir_all(&home)?;
    match walked {
        Ok(()) => {
            println!("\nThe main job works, end to end ({:.1} s).", steps.seconds());
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("\nThe main job does not work: {error:#}");
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn open_and_walk(home: &Path, steps: &Steps) -> Result<()> {
    crate::telemetry::log::start(fs::File::create(home.join("log.jsonl"))?);
    let cluster = steps.run("Starting PostgreSQL", Cluster::throw_away)?;
    let running = Running::open(home, cluster, Doors::free()?, steps).await?;
    println!();
    let walk = Walk { running: &running, home, steps };
    let walked = walk.all().await;
    if walked.is_err() {
        tell_errors(home);
    }
    running.close().await;
    walked
}

/// The last errors of the log, which is about to be removed.
fn tell_errors(home: &Path) {
    let log = fs::read_to_string(home.join("log.jsonl")).unwrap_or_default();
    let bad: Vec<&str> = log.lines().filter(|line| line.contains("\"ERROR\"")).collect();
    for line in bad.iter().rev().take(5).rev() {
        println!("  log: {line}");
    }
}

struct Walk<'a> {
    running: &'a Running,
    home: &'a Path,
    steps: &'a Steps,
}

impl Walk<'_> {
    async fn all(&self) -> Result<()> {
        let agency = self.running.record.agencies.first().context("an agency")?;
        let manager = self.sign_in(agency, "workspace", "admin");
        let manager = self.steps.wait("A manager signs in to the API", manager).await?;

        let wanted = samples::Wanted {
            rows: 40,
            seed: 4_711,
            client: "MERCYVALE".to_owned(),
            portfolio: "MV-2026-11".to_owned(),
            kind: samples::Kind::Utility,
            untidy: false,
            as_of: chrono::Utc::now().date_naive(),
        };
        let mut file = Vec::new();
        samples::write_to(&wanted, &mut file)?;
        let creditor = self.creditor(&manager).await?;
        let upload = self.place(&manager, &creditor, &file);
        let placement =
            self.steps.wait("uploads a file of 40 debts, checks, commits", upload).await?;
        let deal = self.deal(&manager, &placement);
        let dealt = self.steps.wait("deals them to the desks", deal).await?;
        ensure!(dealt > 0, "no account got a desk");

        let somebody = facts::able_to_sign_in(&file)?.into_iter().next().context("a debtor")?;
        let reference = self.reference(&manager, &somebody).await?;
        let before = self.collected(agency).await?;
        let paying = self.pay(agency, &somebody, &reference);
        let step = "A debtor signs in with a code, pays by card on the hosted page";
        let amount = self.steps.wait(step, paying).await?;
        let proof = self.proof(&manager);
        self.steps.wait("The webhook has posted it, the trust proof holds", proof).await?;
        let seeing = self.creditor_sees(agency, &somebody, &before);
        self.steps.wait(&format!("The creditor sees the payment of {amount}"), seeing).await
    }

    async fn sign_in(&self, agency: &Agency, site: &str, role: &str) -> Result<Caller> {
        let user = user(agency, site, role)?;
        Caller::sign_in(&self.running.record.api, &agency.slug, &user.email, &user.password).await
    }

    async fn creditor(&self, manager: &Caller) -> Result<String> {
        let all = manager.get("/v1/creditors?limit=100").await?;
        let found = list(&all)
            .iter()
            .find(|creditor| creditor.get("code").and_then(Value::as_str) == Some("MERCYVALE"));
        Ok(found
            .and_then(|creditor| creditor.get("id").and_then(Value::as_str))
            .context("the creditor")?
            .to_owned())
    }

    async fn place(&self, manager: &Caller, creditor: &str, file: &[u8]) -> Result<String> {
        let placement = manager.upload(creditor, "check.csv", file).await?;
        let id = placement
            .get("id")
            .and_then(Value::as_str)
            .context("a placement has an id")?
            .to_owned();
        let path = format!("/v1/placements/{id}");
        let checked = reach(manager, &path, "checked").await?;
        let commit = json!({ "policy": "all_or_nothing" });
        manager.post(&format!("{path}/commit"), &commit).await?;
        let committed = reach(manager, &path, "committed").await?;
        ensure!(
            committed.pointer("/totals/accepted") == Some(&json!(40)),
            "40 lines were sent; checked: {checked}; committed: {committed}"
        );
        Ok(id)
    }

    async fn deal(&self, manager: &Caller, placement: &str) -> Result<u64> {
        let deal = json!({ "strategy": "weighted", "placement_id": placement });
        let outlook = manager.post("/v1/assignments/runs", &deal).await?;
        outlook
            .get("placed")
            .and_then(Value::as_u64)
            .with_context(|| format!("no count in {outlook}"))
    }

    async fn reference(&self, manager: &Caller, somebody: &Facts) -> Result<String> {
        let path = format!("/v1/accounts?client_account_number={}", somebody.account_number);
        let found = manager.get(&path).await?;
        let account = list(&found).first().context("the account that was just placed")?;
        Ok(account
            .get("reference")
            .and_then(Value::as_str)
            .context("an account has a reference")?
            .to_owned())
    }

    /// The way of a debtor from the letter to the receipt; the amount as shown.
    async fn pay(&self, agency: &Agency, somebody: &Facts, reference: &str) -> Result<String> {
        let site = &agency.debtor_site;
        let mut debtor = Visitor::new()?;
        debtor.go(site).await?.must_show("Access your account")?;
        let start = debtor.go(&format!("{site}/start")).await?;
        let verify = debtor.send(&start, "/start", &[("reference", reference)]).await?;
        let asked = SystemTime::now();
        let known = [("zip", somebody.zip.as_str()), ("ssn", somebody.ssn_last4.as_str())];
        let code_page = debtor.send(&verify, "/verify", &known).await?;
        let code = mailbox::code(&self.home.join("mail"), &somebody.email, asked).await?;
        let hub = debtor.send(&code_page, "/code", &[("code", &code)]).await?;
        hub.must_show("Your account with")?;
        let method = debtor.send(&hub, "/accounts/", &[("wish", "full")]).await?;
        let check = debtor.send(&method, "/method", &[("way", "online")]).await?;
        let hosted = debtor.send(&check, "/check", &[]).await?;
        ensure!(
            hosted.url.starts_with(&self.running.record.sandbox),
            "the payment page is {}",
            hosted.url
        );
        let mut back = debtor.send(&hosted, "", &CARD).await?;
        let started = Instant::now();
        while !back.text().contains("Thank you, your payment arrived") {
            ensure!(started.elapsed() < PATIENCE, "the payment does not arrive: {}", back.text());
            tokio::time::sleep(Duration::from_millis(300)).await;
            back = debtor.go(&back.url.clone()).await?;
        }
        let receipt = back.link("/receipts/").context("a link to the receipt")?;
        debtor.go(&receipt).await?.must_show("Receipt")?;
        dollars(&back.text()).context("an amount")
    }

    async fn proof(&self, manager: &Caller) -> Result<()> {
        let proof = manager.get("/v1/trust/proof").await?;
        let holds = proof.get("balanced").and_then(Value::as_bool);
        ensure!(holds == Some(true), "the proof does not hold: {proof}");
        Ok(())
    }

    async fn client(&self, agency: &Agency) -> Result<(Visitor, Page)> {
        let user = user(agency, "client", "viewer")?;
        let mut client = Visitor::new()?;
        let door = client.go(&format!("{}/sign-in", agency.client_site)).await?;
        let fields = [("email", user.email.as_str()), ("password", user.password.as_str())];
        let home = client.send(&door, "/sign-in", &fields).await?;
        Ok((client, home))
    }

    /// The creditor's home before the payment.
    async fn collected(&self, agency: &Agency) -> Result<String> {
        Ok(self.client(agency).await?.1.text())
    }

    async fn creditor_sees(&self, agency: &Agency, somebody: &Facts, before: &str) -> Result<()> {
        let (mut client, home) = self.client(agency).await?;
        ensure!(home.text() != before, "the creditor's home did not change");
        let search = format!("{}/accounts?q={}", agency.client_site, somebody.account_number);
        client.go(&search).await?.must_show(&somebody.account_number)
    }
}

fn user<'a>(agency: &'a Agency, site: &str, role: &str) -> Result<&'a SignIn> {
    let found = agency.sign_ins.iter().find(|user| user.site == site && user.role == role);
    found.with_context(|| format!("no {role} signs in to the {site} site"))
}

fn list(answer: &Value) -> &[Value] {
    answer.get("data").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

async fn reach(caller: &Caller, path: &str, state: &str) -> Result<Value> {
    let started = Instant::now();
    loop {
        let found = caller.get(path).await?;
        if found.get("state").and_then(Value::as_str) == Some(state) {
            return Ok(found);
        }
        if found.get("state").and_then(Value::as_str) == Some("refused")
            || started.elapsed() > PATIENCE
        {
            bail!("{path} does not get {state}: {found}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The first amount in dollars that a text shows.
fn dollars(text: &str) -> Option<String> {
    let rest = text.split_once('$')?.1;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.');
    let amount = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('.');
    Some(format!("${amount}"))
}
