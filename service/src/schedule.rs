//! What recurs: each minute the gateway's calls and payments are swept and, now and then, its events
//! asked for. Any number of workers may call it: at most one job of a kind is open in an agency.

use crate::app::App;
use crate::gateway_accounts;
use crate::jobs::{self, Job};
use crate::stop::Fault;
use domain::AgencyId;

/// Enqueues what is to be done this minute, for every agency that takes payments online.
pub async fn minute(app: &App) -> Result<(), Fault> {
    for agency in gateway_accounts::agencies(app).await? {
        minute_of(app, agency).await?;
    }
    Ok(())
}

/// Enqueues what is to be done this minute in one agency.
pub async fn minute_of(app: &App, agency: AgencyId) -> Result<(), Fault> {
    let tx = app.begin(&jobs::runner(agency)).await?;
    jobs::enqueue(&tx, Job::SweepGateway).await?;
    jobs::enqueue(&tx, Job::PollGateway).await?;
    tx.commit().await
}
