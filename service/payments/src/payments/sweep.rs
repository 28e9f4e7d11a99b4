//! The sweep: payments that nobody brought to an end are asked about, wishes that came to nothing
//! are given up.

use chrono::Duration;
use domain::PaymentId;
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::jobs::{self, Job};
use kernel::stop::Stop;
use sea_orm::{ConnectionTrait, FromQueryResult, raw_sql};

#[derive(FromQueryResult)]
struct Overdue {
    id: PaymentId,
}

/// Puts payments up for a check whose page is past its end, or which the bank has had for a day; and
/// gives up wishes for which no call was ever planned.
pub async fn sweep(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let (agency, now) = (tx.agency(), tx.now());
    let (an_hour_ago, a_day_ago) = (now - Duration::hours(1), now - Duration::days(1));
    let overdue = Overdue::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT id FROM payment
           WHERE agency_id = {agency} AND checkout_session_id IS NOT NULL
             AND ((state = 'session_open' AND session_expires_at < {now})
               OR (state = 'created' AND entered_at < {an_hour_ago})
               OR (state = 'processing' AND entered_at < {a_day_ago}))
           ORDER BY id LIMIT 500"#
    ))
    .all(&tx)
    .await?;
    for payment in overdue {
        jobs::enqueue(&tx, Job::CheckPayment { payment: payment.id }).await?;
    }
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE payment p SET state = 'canceled', version = version + 1
           WHERE p.agency_id = {agency} AND p.state = 'created' AND p.entered_at < {an_hour_ago}
             -- Set under the row's lock when a call is planned, so a plan made meanwhile is seen.
             AND p.gateway_account_id IS NULL
             AND NOT EXISTS (SELECT FROM gateway_call c
                             WHERE c.agency_id = {agency} AND c.payment_id = p.id)"#
    ))
    .await?;
    tx.commit().await?;
    Ok(())
}
