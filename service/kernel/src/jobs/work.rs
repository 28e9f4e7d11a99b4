//! The worker: claims due jobs under a lease, runs several at once, and renews the lease of each while it
//! runs. The lease is short, so that the jobs of a worker that was killed are soon taken by another.

use super::Job;
use crate::actor::JobRunner;
use crate::app::App;
use crate::stop::Fault;
use crate::stop::Stop;
use chrono::Duration;
use domain::{AgencyId, JobId};
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};
use std::future::Future;
use std::pin::Pin;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep};

/// Tries before a job is given up and a person has to look.
const MOST_ATTEMPTS: i32 = 10;
/// How long a worker is believed to be alive after it last said so.
const LEASE: Duration = Duration::minutes(1);
/// How often it says so.
const RENEWAL: std::time::Duration = std::time::Duration::from_secs(15);
/// Small jobs that a worker runs at once.
const SMALL_AT_ONCE: usize = 6;
/// Large ones: files of placements. They never take the place of a small one, so that a sign-in code
/// does not wait behind a million lines.
const LARGE_AT_ONCE: usize = 1;

/// What runs a job, and what enqueues what recurs each minute: written where every verb is known.
#[derive(Clone, Copy)]
pub struct Worker {
    /// The one `match` over jobs.
    pub run: fn(App, JobRunner, Job) -> Running<Stop>,
    /// What recurs.
    pub recur: fn(App) -> Running<Fault>,
}

/// Work under way.
pub type Running<E> = Pin<Box<dyn Future<Output = Result<(), E>> + Send>>;

/// Which jobs to claim.
#[derive(Debug, Clone, Copy)]
struct Claim {
    most: usize,
    /// Only files of placements, or only the others.
    large: Option<bool>,
    only: Option<AgencyId>,
}

#[derive(Debug, FromQueryResult)]
struct Claimed {
    agency_id: AgencyId,
    id: JobId,
    payload: serde_json::Value,
    /// Also the fence: who claimed it later has a higher one, and the earlier may no longer write.
    attempts: i32,
}

/// Claims due jobs and runs them one after another; answers how many it ran.
pub async fn run_due(app: &App, worker: Worker, most: usize) -> Result<u64, Fault> {
    run_claimed(app, worker, Claim { most, large: None, only: None }).await
}

/// Runs what is due in one agency until nothing is. Tests call it: each has its own agency, clock and
/// gateway, and must not run another's jobs.
pub async fn drain(app: &App, worker: Worker, agency: AgencyId) -> Result<u64, Fault> {
    let mut ran = 0;
    loop {
        let claim = Claim { most: 100, large: None, only: Some(agency) };
        let some = run_claimed(app, worker, claim).await?;
        if some == 0 {
            return Ok(ran);
        }
        ran += some;
    }
}

/// Works until told to stop, then lets the jobs that run finish.
pub async fn work(app: &App, worker: Worker, stop: watch::Receiver<bool>) {
    toil(app, worker, None, stop).await;
}

/// [`work`] in one agency only, without what recurs, for tests.
pub async fn work_in(app: &App, worker: Worker, agency: AgencyId, stop: watch::Receiver<bool>) {
    toil(app, worker, Some(agency), stop).await;
}

async fn toil(app: &App, worker: Worker, only: Option<AgencyId>, mut stop: watch::Receiver<bool>) {
    let (mut small, mut large) = (JoinSet::new(), JoinSet::new());
    let mut next_minute = Instant::now();
    while !*stop.borrow() {
        if only.is_none() && next_minute <= Instant::now() {
            next_minute += std::time::Duration::from_secs(60);
            if let Err(fault) = (worker.recur)(app.clone()).await {
                tracing::error!(error = %fault, "what recurs each minute could not be enqueued");
            }
        }
        let room = (SMALL_AT_ONCE.saturating_sub(small.len()), false);
        let large_room = (LARGE_AT_ONCE.saturating_sub(large.len()), true);
        let mut pause = std::time::Duration::from_millis(500);
        for ((most, is_large), set) in [(room, &mut small), (large_room, &mut large)] {
            match claim(app, Claim { most, large: Some(is_large), only }).await {
                Ok(claimed) => {
                    for job in claimed {
                        let app = app.clone();
                        set.spawn(async move { run_one(&app, worker, job).await });
                    }
                }
                Err(fault) => {
                    tracing::error!(error = %fault, "the worker cannot claim jobs");
                    pause = std::time::Duration::from_secs(2);
                }
            }
        }
        tokio::select! {
            Some(ended) = small.join_next() => told(ended),
            Some(ended) = large.join_next() => told(ended),
            () = sleep(pause) => {}
            _ = stop.changed() => {}
        }
    }
    while let Some(ended) = small.join_next().await {
        told(ended);
    }
    while let Some(ended) = large.join_next().await {
        told(ended);
    }
}

/// Says what went wrong beside the job itself; its lease runs out and it runs again.
fn told(ended: Result<Result<(), Fault>, tokio::task::JoinError>) {
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => tracing::error!(error = %fault, "the end of a job could not be noted"),
        Err(broke) => tracing::error!(error = %broke, "a job broke off"),
    }
}

async fn run_claimed(app: &App, worker: Worker, wanted: Claim) -> Result<u64, Fault> {
    let mut ran = 0;
    for job in claim(app, wanted).await? {
        run_one(app, worker, job).await?;
        ran += 1;
    }
    Ok(ran)
}

async fn claim(app: &App, wanted: Claim) -> Result<Vec<Claimed>, Fault> {
    let Claim { most, large, only } = wanted;
    if most == 0 {
        return Ok(Vec::new());
    }
    let now = app.clock().now();
    let lease_until = now + LEASE;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    Ok(Claimed::find_by_statement(raw_sql!(
        Postgres,
        r#"UPDATE job SET lease_until = {lease_until}, attempts = attempts + 1
           WHERE (agency_id, id) IN (
               SELECT agency_id, id FROM job
               WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= {now}
                 AND (lease_until IS NULL OR lease_until < {now})
                 AND ({only}::uuid IS NULL OR agency_id = {only}::uuid)
                 AND ({large}::boolean IS NULL
                      OR (kind IN ('check_placement', 'commit_placement')) = {large}::boolean)
               ORDER BY run_at LIMIT {most} FOR UPDATE SKIP LOCKED)
           RETURNING agency_id, id, payload, attempts"#
    ))
    .all(app.db().system())
    .await?)
}

async fn run_one(app: &App, worker: Worker, claimed: Claimed) -> Result<(), Fault> {
    let Claimed { agency_id, id, payload, attempts } = claimed;
    let runner = JobRunner::new(agency_id);
    let outcome = match serde_json::from_value::<Job>(payload) {
        Ok(job) => {
            let mut running = (worker.run)(app.clone(), runner, job);
            let mut renewals = interval_at(Instant::now() + RENEWAL, RENEWAL);
            loop {
                tokio::select! {
                    outcome = &mut running => break outcome,
                    _ = renewals.tick() => renew(app, agency_id, id, attempts).await,
                }
            }
        }
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
                       WHERE agency_id = {agency_id} AND id = {id} AND attempts = {attempts}"#
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
                       WHERE agency_id = {agency_id} AND id = {id} AND attempts = {attempts}"#
                ))
                .await?;
        }
    }
    Ok(())
}

/// Says that the job is still in hand. When that fails the job goes on: another worker may then run it
/// too, which it has to bear anyway.
async fn renew(app: &App, agency: AgencyId, id: JobId, attempts: i32) {
    let lease_until = app.clock().now() + LEASE;
    let renewed = app
        .db()
        .system()
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE job SET lease_until = {lease_until}
               WHERE agency_id = {agency} AND id = {id} AND attempts = {attempts} AND done_at IS NULL"#
        ))
        .await;
    match renewed {
        Ok(done) if done.rows_affected() == 1 => {}
        Ok(_) => tracing::warn!(job = %id, "another worker has taken this job"),
        Err(err) => tracing::warn!(job = %id, error = %err, "the lease of a job was not renewed"),
    }
}

/// 2 s, 4 s, 8 s … up to about 17 minutes.
fn pause_after(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 10)).unwrap_or(10);
    Duration::seconds(1i64 << doublings)
}
