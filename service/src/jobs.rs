//! Running jobs: the one `match` over what there is to do in the background.

pub use kernel::jobs::{Job, enqueue, enqueue_at, runner};

use accounts::agreements::{self as arrangements, settlements};
use accounts::debtor_access;
use agency::{placements, retention, worklist};
use comms::mail;
use domain::AgencyId;
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::jobs::Worker;
use kernel::stop::{Fault, Stop};
use ledger::{alarms, recovery, trust};
use payments::gateway::{calls as gateway_calls, events as gateway_events};
use tokio::sync::watch;

const WORKER: Worker = Worker {
    run: |app, runner, job| Box::pin(async move { run(&app, &runner, job).await }),
    recur: |app| Box::pin(async move { crate::schedule::minute(&app).await }),
};

/// Claims due jobs and runs them one after another; answers how many it ran.
pub async fn run_due(app: &App, most: usize) -> Result<u64, Fault> {
    kernel::jobs::run_due(app, WORKER, most).await
}

/// Runs what is due in one agency until nothing is. Tests call it: each has its own agency, clock and
/// gateway, and must not run another's jobs.
pub async fn drain(app: &App, agency: AgencyId) -> Result<u64, Fault> {
    kernel::jobs::drain(app, WORKER, agency).await
}

/// Works until told to stop, then lets the jobs that run finish.
pub async fn work(app: &App, stop: watch::Receiver<bool>) {
    kernel::jobs::work(app, WORKER, stop).await;
}

/// [`work`] in one agency only, without what recurs, for tests.
pub async fn work_in(app: &App, agency: AgencyId, stop: watch::Receiver<bool>) {
    kernel::jobs::work_in(app, WORKER, agency, stop).await;
}

async fn run(app: &App, runner: &JobRunner, job: Job) -> Result<(), Stop> {
    match job {
        Job::CheckPlacement { placement } => placements::check(app, runner, placement).await,
        Job::CommitPlacement { placement } => placements::place(app, runner, placement).await,
        Job::SendMail { mail } => mail::send(app, runner, mail).await,
        Job::SendSignInCode { challenge, language } => {
            debtor_access::send_code(app, runner, challenge, language).await
        }
        Job::SendSignInLink { challenge, language, origin } => {
            debtor_access::send_link(app, runner, challenge, language, &origin).await
        }
        Job::CloseWhenAvailable { account } => {
            Box::pin(payments::close_when_available(app, runner, account)).await
        }
        Job::SendReceipt { payment } => payments::send_receipt(app, runner, payment).await,
        Job::CheckPayment { payment } => {
            Box::pin(payments::check(app, runner, payment, false)).await
        }
        Job::ProcessGatewayEvent { event } => {
            Box::pin(gateway_events::process(app, runner, event)).await
        }
        Job::SweepGateway => {
            Box::pin(gateway_calls::sweep(app, runner)).await?;
            Box::pin(payments::sweep(app, runner)).await
        }
        Job::PollGateway => Box::pin(gateway_events::poll(app, runner)).await,
        Job::AgeWorklist => worklist::age(app, runner).await.map(drop),
        Job::WatchTrust => alarms::run(app, runner).await,
        Job::KeepCheckpoint => trust::checkpoint::keep(app, runner).await,
        Job::JudgeArrangements { account } => {
            Box::pin(arrangements::judge_account(app, runner, account)).await
        }
        Job::JudgeDay => Box::pin(arrangements::judge_day(app, runner)).await,
        Job::ExpireOffer { offer } => Box::pin(settlements::expire(app, runner, offer)).await,
        Job::RollUp => recovery::run(app, runner).await,
        Job::ForgetSpent => retention::forget(app, runner).await.map(drop),
    }
}
