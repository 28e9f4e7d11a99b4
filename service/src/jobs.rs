//! Background jobs: a table, a lease, and one `match`.
//!
//! A job is enqueued in the transaction of its cause, so both or neither exist. It runs as the system
//! inside its agency, through the same verbs a handler would call, and is idempotent: after a crash
//! its lease runs out and it runs again.

use crate::actor::JobRunner;
use crate::alarms;
use crate::app::App;
use crate::arrangements;
use crate::db::{Due, Tx};
use crate::debtor_access;
use crate::gateway_calls;
use crate::gateway_events;
use crate::mail;
use crate::payments;
use crate::placements;
use crate::random;
use crate::recovery;
use crate::settlements;
use crate::stop::{Fault, Stop};
use crate::trust;
use crate::worklist;
use chrono::{DateTime, Duration, Utc};
use domain::agency::Language;
use domain::{
    AccountId, AgencyId, ChallengeId, GatewayEventId, JobId, MailId, PaymentId, PlacementId,
    SettlementOfferId,
};
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};
use serde::{Deserialize, Serialize};

/// Tries before a job is given up and a person has to look.
const MOST_ATTEMPTS: i32 = 10;
/// How long a worker has for one job before another may take it.
const LEASE: Duration = Duration::minutes(5);

/// What there is to do in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Send a queued mail.
    SendMail {
        /// Which.
        mail: MailId,
    },
    /// Send a debtor's sign-in code; nothing for a miss.
    SendSignInCode {
        /// For which attempt.
        challenge: ChallengeId,
        /// In which language.
        language: Language,
    },
    /// Send a debtor's sign-in link; nothing for a miss.
    SendSignInLink {
        /// For which attempt.
        challenge: ChallengeId,
        /// In which language.
        language: Language,
        /// The address of the debtor site, such as `https://pay.agency.example`.
        origin: String,
    },
    /// Close an account as paid in full when its last funds are available.
    CloseWhenAvailable {
        /// Which.
        account: AccountId,
    },
    /// Mail the receipt of a payment.
    SendReceipt {
        /// Which.
        payment: PaymentId,
    },
    /// Ask the gateway what became of a payment.
    CheckPayment {
        /// Which.
        payment: PaymentId,
    },
    /// Process an event of the gateway.
    ProcessGatewayEvent {
        /// Which.
        event: GatewayEventId,
    },
    /// Bring interrupted calls and payments to an end.
    SweepGateway,
    /// Ask the gateway for events that never reached us.
    PollGateway,
    /// Judge the lines of an uploaded placement file.
    CheckPlacement {
        /// Which.
        placement: PlacementId,
    },
    /// Make the accounts of a checked placement.
    CommitPlacement {
        /// Which.
        placement: PlacementId,
    },
    /// Put accounts that are no longer new into their class of work.
    AgeWorklist,
    /// See whether trust lacks money.
    WatchTrust,
    /// Keep the trust balances of an instant, where much was posted since the last ones.
    KeepCheckpoint,
    /// Judge what is agreed on an account, and on the debts that its plan pays with it.
    JudgeArrangements {
        /// Which.
        account: AccountId,
    },
    /// Judge what the passing of a day may have broken.
    JudgeDay,
    /// A settlement offer was not accepted in time.
    ExpireOffer {
        /// Which.
        offer: SettlementOfferId,
    },
    /// Roll up what was placed and collected.
    RollUp,
}

impl Job {
    fn kind(&self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::SendSignInCode { .. } => "send_sign_in_code",
            Self::SendSignInLink { .. } => "send_sign_in_link",
            Self::CloseWhenAvailable { .. } => "close_when_available",
            Self::SendReceipt { .. } => "send_receipt",
            Self::CheckPayment { .. } => "check_payment",
            Self::ProcessGatewayEvent { .. } => "process_gateway_event",
            Self::SweepGateway => "sweep_gateway",
            Self::PollGateway => "poll_gateway",
            Self::CheckPlacement { .. } => "check_placement",
            Self::CommitPlacement { .. } => "commit_placement",
            Self::AgeWorklist => "age_worklist",
            Self::WatchTrust => "watch_trust",
            Self::KeepCheckpoint => "keep_checkpoint",
            Self::JudgeArrangements { .. } => "judge_arrangements",
            Self::JudgeDay => "judge_day",
            Self::ExpireOffer { .. } => "expire_offer",
            Self::RollUp => "roll_up",
        }
    }

    /// Jobs with the same key are one while one is open.
    fn dedupe_key(&self) -> Option<String> {
        match self {
            Self::SendMail { .. }
            | Self::SendSignInCode { .. }
            | Self::SendSignInLink { .. }
            | Self::CloseWhenAvailable { .. }
            | Self::SendReceipt { .. }
            | Self::ProcessGatewayEvent { .. } => None,
            Self::CheckPayment { payment } => Some(format!("check {payment}")),
            Self::CheckPlacement { placement } => Some(format!("check_placement:{placement}")),
            Self::CommitPlacement { placement } => Some(format!("commit_placement:{placement}")),
            Self::JudgeArrangements { .. } | Self::ExpireOffer { .. } => None,
            Self::SweepGateway
            | Self::PollGateway
            | Self::AgeWorklist
            | Self::JudgeDay
            | Self::WatchTrust
            | Self::KeepCheckpoint
            | Self::RollUp => Some(self.kind().to_owned()),
        }
    }

    async fn run(self, app: &App, runner: &JobRunner) -> Result<(), Stop> {
        match self {
            Self::CheckPlacement { placement } => placements::check(app, runner, placement).await,
            Self::CommitPlacement { placement } => placements::place(app, runner, placement).await,
            Self::SendMail { mail } => mail::send(app, runner, mail).await,
            Self::SendSignInCode { challenge, language } => {
                debtor_access::send_code(app, runner, challenge, language).await
            }
            Self::SendSignInLink { challenge, language, origin } => {
                debtor_access::send_link(app, runner, challenge, language, &origin).await
            }
            Self::CloseWhenAvailable { account } => {
                payments::close_when_available(app, runner, account).await
            }
            Self::SendReceipt { payment } => payments::send_receipt(app, runner, payment).await,
            Self::CheckPayment { payment } => payments::check(app, runner, payment, false).await,
            Self::ProcessGatewayEvent { event } => {
                gateway_events::process(app, runner, event).await
            }
            Self::SweepGateway => {
                gateway_calls::sweep(app, runner).await?;
                payments::sweep(app, runner).await
            }
            Self::PollGateway => gateway_events::poll(app, runner).await,
            Self::AgeWorklist => worklist::age(app, runner).await.map(drop),
            Self::WatchTrust => alarms::run(app, runner).await,
            Self::KeepCheckpoint => trust::checkpoint::keep(app, runner).await,
            Self::JudgeArrangements { account } => {
                arrangements::judge_account(app, runner, account).await
            }
            Self::JudgeDay => arrangements::judge_day(app, runner).await,
            Self::ExpireOffer { offer } => settlements::expire(app, runner, offer).await,
            Self::RollUp => recovery::run(app, runner).await,
        }
    }
}

/// Adds a job that is due at once, in the caller's transaction.
pub async fn enqueue(tx: &Tx, job: Job) -> Result<(), Fault> {
    enqueue_at(tx, job, tx.now()).await
}

/// Adds a job that is due later, in the caller's transaction; it goes out with the commit.
pub async fn enqueue_at(tx: &Tx, job: Job, run_at: DateTime<Utc>) -> Result<(), Fault> {
    tx.leave(Due {
        id: random::uuid(),
        kind: job.kind(),
        payload: serde_json::to_value(&job)?,
        run_at,
        dedupe_key: job.dedupe_key(),
    });
    Ok(())
}

#[derive(Debug, FromQueryResult)]
struct Claimed {
    agency_id: AgencyId,
    id: JobId,
    payload: serde_json::Value,
    attempts: i32,
}

/// Claims due jobs and runs them one after another; answers how many it ran.
pub async fn run_due(app: &App, most: u64) -> Result<u64, Fault> {
    run_claimed(app, most, None).await
}

async fn run_claimed(app: &App, most: u64, only: Option<AgencyId>) -> Result<u64, Fault> {
    let now = app.clock().now();
    let lease_until = now + LEASE;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let claimed = Claimed::find_by_statement(raw_sql!(
        Postgres,
        r#"UPDATE job SET lease_until = {lease_until}, attempts = attempts + 1
           WHERE (agency_id, id) IN (
               SELECT agency_id, id FROM job
               WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= {now}
                 AND (lease_until IS NULL OR lease_until < {now})
                 AND ({only}::uuid IS NULL OR agency_id = {only}::uuid)
               ORDER BY run_at LIMIT {most} FOR UPDATE SKIP LOCKED)
           RETURNING agency_id, id, payload, attempts"#
    ))
    .all(app.db().system())
    .await?;
    let mut ran = 0;
    for job in claimed {
        run_one(app, job).await?;
        ran += 1;
    }
    Ok(ran)
}

async fn run_one(app: &App, claimed: Claimed) -> Result<(), Fault> {
    let Claimed { agency_id, id, payload, attempts } = claimed;
    let runner = JobRunner::new(agency_id);
    let outcome = match serde_json::from_value::<Job>(payload) {
        Ok(job) => job.run(app, &runner).await,
        Err(err) => Err(Fault::from(err).into()),
    };
    let now = app.clock().now();
    let system = app.db().system();
    match outcome {
        Ok(()) => {
            system
                .execute_raw(raw_sql!(
                    Postgres,
                    r#"UPDATE job SET done_at = {now}, lease_until = NULL, last_error = NULL
                       WHERE agency_id = {agency_id} AND id = {id}"#
                ))
                .await?;
        }
        Err(stop) => {
            let text = stop.to_string();
            tracing::warn!(job = %id, attempts, error = %text, "a job failed");
            metrics::counter!("job_failures_total").increment(1);
            let failed_at = (attempts >= MOST_ATTEMPTS).then_some(now);
            let run_at = now + pause_after(attempts);
            system
                .execute_raw(raw_sql!(
                    Postgres,
                    r#"UPDATE job SET run_at = {run_at}, lease_until = NULL, last_error = {text}, failed_at = {failed_at}
                       WHERE agency_id = {agency_id} AND id = {id}"#
                ))
                .await?;
        }
    }
    Ok(())
}

/// 2 s, 4 s, 8 s … up to about 17 minutes.
fn pause_after(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 10)).unwrap_or(10);
    Duration::seconds(1i64 << doublings)
}

/// Runs what is due in one agency until nothing is. Tests call it: each has its own agency, clock and
/// gateway, and must not run another's jobs.
pub async fn drain(app: &App, agency: AgencyId) -> Result<u64, Fault> {
    let mut ran = 0;
    loop {
        let some = run_claimed(app, 100, Some(agency)).await?;
        if some == 0 {
            return Ok(ran);
        }
        ran += some;
    }
}

/// Works until told to stop: claims, runs, and sleeps a second when nothing is due.
pub async fn work(app: &App, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut next_minute = std::time::Instant::now();
    while !*stop.borrow() {
        if next_minute <= std::time::Instant::now() {
            next_minute += std::time::Duration::from_secs(60);
            if let Err(fault) = crate::schedule::minute(app).await {
                tracing::error!(error = %fault, "what recurs each minute could not be enqueued");
            }
        }
        let pause = match run_due(app, 20).await {
            Ok(0) => std::time::Duration::from_millis(500),
            Ok(_) => continue,
            Err(fault) => {
                tracing::error!(error = %fault, "the worker cannot claim jobs");
                std::time::Duration::from_secs(2)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
}

/// The system inside one agency, for the schedulers.
pub(crate) fn runner(agency: AgencyId) -> JobRunner {
    JobRunner::new(agency)
}
