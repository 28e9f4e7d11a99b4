//! Month ends of the demo: finance closes, the administrator approves what is paid out.

use anyhow::{Context, Result};
use chrono::{Datelike, Days, NaiveDate};
use domain::remittance::RemittanceState;
use service::App;
use service::actor::Actor;
use service::close_runs::{self, NewRun};
use service::remittances::{self, NewIssue, RemittanceFilter};
use service::window::Window;

use super::history::once;

/// The last day of the month before `today`, if `today` is in its first week: then it is closed.
pub fn just_over(today: NaiveDate) -> Option<NaiveDate> {
    let first = today.with_day(1)?;
    (today.day() <= 7).then(|| first.checked_sub_days(Days::new(1))).flatten()
}

/// Closes a month for every creditor that is due, and sweeps the fees that were earned.
pub async fn close(app: &App, finance: &Actor, period_end: NaiveDate) -> Result<()> {
    let new = NewRun { period_end, cutoff: None };
    let run = close_runs::open(app, finance, new, &once(finance, "open_close_run")).await?.value;
    for outcome in close_runs::close(app, finance, run, &[]).await? {
        outcome
            .result
            .with_context(|| format!("the creditor {} is not closed", outcome.creditor))?;
    }
    close_runs::finish(app, finance, run, true, &once(finance, "finish_close_run")).await?;
    Ok(())
}

/// Pays out what the close prepared, as its second person.
pub async fn pay_out(app: &App, approver: &Actor, period_end: NaiveDate) -> Result<()> {
    let waiting =
        RemittanceFilter { state: Some(RemittanceState::Prepared), ..RemittanceFilter::default() };
    let all = Window { after: None, limit: 100 };
    for prepared in remittances::list(app, approver, waiting, &all).await?.rows {
        let new = NewIssue {
            remittance: prepared.row.id,
            reference: Some(format!(
                "ACH {}-{}",
                period_end.format("%Y%m"),
                prepared.creditor_code
            )),
            issued_on: None,
        };
        remittances::issue(app, approver, new, &once(approver, "issue_remittance")).await?;
    }
    Ok(())
}
