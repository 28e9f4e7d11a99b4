//! What recurs: each minute the gateway's calls and payments are swept and, now and then, its events
//! asked for; each hour what was placed and collected is rolled up; each night the worklist is aged,
//! promises, plans and settlements are judged, and what is done with is forgotten. Any number of workers may call it: at most one job
//! of a kind is open in an agency.

use crate::jobs::{self, Job};
use chrono::{Days, Duration, DurationRound};
use domain::AgencyId;
use entity::agency;
use kernel::app::App;
use kernel::clock::{date_in, start_of_day};
use kernel::stop::Fault;
use payments::gateway::accounts as gateway_accounts;
use sea_orm::EntityTrait;

/// Enqueues what is to be done this minute, for every agency that takes payments online.
pub async fn minute(app: &App) -> Result<(), Fault> {
    for agency in gateway_accounts::agencies(app).await? {
        minute_of(app, agency).await?;
    }
    for agency in agency::Entity::find().all(app.db().system()).await? {
        night_of(app, agency.id, &agency.time_zone).await?;
    }
    Ok(())
}

/// Sees to it that one agency's night work waits for three o'clock of its own time: what was not paid
/// within grace is broken on the morning after (money rule 20). The roll-up waits for the next full
/// hour.
pub async fn night_of(app: &App, agency: AgencyId, time_zone: &str) -> Result<(), Fault> {
    let tx = app.begin(&jobs::runner(agency)).await?;
    let tomorrow = date_in(time_zone, tx.now()) + Days::new(1);
    let at = start_of_day(time_zone, tomorrow) + Duration::hours(3);
    jobs::enqueue_at(&tx, Job::AgeWorklist, at).await?;
    jobs::enqueue_at(&tx, Job::KeepCheckpoint, at).await?;
    jobs::enqueue_at(&tx, Job::JudgeDay, at).await?;
    let hour = Duration::hours(1);
    let next_hour = tx.now().duration_trunc(hour).unwrap_or(tx.now()) + hour;
    jobs::enqueue_at(&tx, Job::RollUp, next_hour).await?;
    jobs::enqueue_at(&tx, Job::ForgetSpent, at).await?;
    tx.commit().await
}

/// Enqueues what is to be done this minute in one agency.
pub async fn minute_of(app: &App, agency: AgencyId) -> Result<(), Fault> {
    let tx = app.begin(&jobs::runner(agency)).await?;
    jobs::enqueue(&tx, Job::SweepGateway).await?;
    jobs::enqueue(&tx, Job::PollGateway).await?;
    tx.commit().await
}
