//! The sheet of a run: for each creditor what was collected, what came back, what is the agency's, and
//! what is left; the columns add up to the last one.

use super::due::{DueCreditor, Standing, standings};
use super::find;
use domain::money::TooLarge;
use domain::statement::Totals;
use domain::{CloseRunId, Money, Permission, StatementId};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::window::{Part, Window};
use sea_orm::{FromQueryResult, raw_sql};
use std::collections::HashMap;

/// A creditor of the sheet.
#[derive(Debug)]
pub struct SheetRow {
    /// Who, and where it stands.
    pub creditor: DueCreditor,
    /// Its figures; none where a close would be refused.
    pub figures: Option<Figures>,
}

/// `gross + returned − fees − tax + other = net`; `direct` did not pass through trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Collected by the agency.
    pub gross: Money,
    /// Returns, refunds and chargebacks of what the agency collected; zero or below.
    pub returned: Money,
    /// Paid to the creditor directly.
    pub direct: Money,
    /// Commission on both.
    pub fees: Money,
    /// Tax on it.
    pub tax: Money,
    /// What was carried, paid on account, put aside, or is invoiced instead of taken.
    pub other: Money,
    /// What it comes to: above zero due to the creditor.
    pub net: Money,
    /// What is paid out.
    pub remit: Money,
}

impl Figures {
    fn of(totals: &Totals, gross: Money) -> Result<Self, TooLarge> {
        let returned = totals.to_us.minus(gross)?;
        let fees = totals.commission_to_us.plus(totals.commission_direct)?;
        let taken = totals.to_us.minus(fees)?.minus(totals.tax)?;
        Ok(Self {
            gross,
            returned,
            direct: totals.direct,
            fees,
            tax: totals.tax,
            other: totals.total.minus(taken)?,
            net: totals.total,
            remit: totals.remit,
        })
    }
}

/// The creditors of a run by code with their figures; the window's position is the code.
pub async fn sheet(
    app: &App,
    actor: &Actor,
    run: CloseRunId,
    window: &Window<String>,
) -> Result<Part<SheetRow>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let row = find(&tx, run).await?;
    let part = standings(&tx, &row, window).await?;
    let gross = gross(&tx, run).await?;
    let rows = part.rows.into_iter().map(|creditor| {
        let figures = figures(&creditor.standing, &gross);
        let figures = figures.map_err(|_| Fault::Unexpected("sums that do not fit"))?;
        Ok::<_, Stop>(SheetRow { creditor, figures })
    });
    Ok(Part { rows: rows.collect::<Result<_, _>>()?, more: part.more })
}

fn figures(
    standing: &Standing,
    gross: &HashMap<StatementId, Money>,
) -> Result<Option<Figures>, TooLarge> {
    match standing {
        Standing::Closed(closed) => {
            let (facts, totals) = closed.as_ref();
            let gross = gross.get(&facts.id).copied().unwrap_or(Money::ZERO);
            Figures::of(totals, gross).map(Some)
        }
        Standing::Due(preview) => {
            let came = preview.statement.lines.iter().map(|line| line.to_us);
            let gross = Money::total(came.filter(|money| money.is_positive()))?;
            Figures::of(&preview.statement.totals, gross).map(Some)
        }
        Standing::Refused(_) => Ok(None),
    }
}

#[derive(FromQueryResult)]
struct Gross {
    statement_id: StatementId,
    gross: Money,
}

/// What the lines of the run's statements say was collected, before returns.
async fn gross(tx: &Tx, run: CloseRunId) -> Result<HashMap<StatementId, Money>, Stop> {
    let agency = tx.agency();
    let rows = Gross::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT l.statement_id, sum((l.line ->> 'to_us')::bigint)::bigint AS gross
           FROM statement s JOIN statement_line l ON l.agency_id = {agency} AND l.statement_id = s.id
           WHERE s.agency_id = {agency} AND s.run_id = {run} AND l.shown AND (l.line ->> 'to_us')::bigint > 0
           GROUP BY 1"#
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.statement_id, row.gross)).collect())
}
