//! What a close would make now: the same function, without the writing.

use super::bills::{self, Draft};
use super::refused::CloseRefused;
use super::{terms, unstated};
use ::terms::creditors::reach;
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::remittance::{Terms, statement_date};
use domain::statement::{self, Opening, Span, Statement, Tie};
use domain::{ContractId, CreditorId, Currency, Money, PaymentId, Permission, TrustAccountId};
use entity::{agency, trust_account};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashSet;

/// A statement as it would be closed.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Whose.
    pub creditor: CreditorId,
    /// The contract version whose remittance terms apply.
    pub contract: ContractId,
    /// The remittance terms.
    pub terms: Terms,
    /// From which trust account it is paid.
    pub trust_account: TrustAccountId,
    /// The currency of the books.
    pub currency: Currency,
    /// The time it covers.
    pub span: Span,
    /// Whether no statement came before it.
    pub first: bool,
    /// The agency's day.
    pub today: NaiveDate,
    /// The day it is dated: the day after the last one covered.
    pub dated: NaiveDate,
    /// Lines and sums.
    pub statement: Statement,
    /// Invoices and credit notes that come of it.
    pub bills: Vec<Draft>,
    /// What the ledger says to it (money rule 6).
    pub tie: Tie,
    /// What is taken from the creditor's money in trust for what it owes; below zero: given back.
    pub offset: Money,
}

impl Preview {
    /// Whether there is nothing that a statement could say. Where a payment's delay is spent, a
    /// statement is made: the spending happens once and has to be recorded (money rule 1).
    pub fn is_empty(&self) -> bool {
        self.statement.is_empty() && self.statement.delayed.is_empty()
    }
}

/// What is to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub creditor: CreditorId,
    pub period_end: NaiveDate,
    pub cutoff: Option<DateTime<Utc>>,
}

/// Computes the statement that a close would make. A period that still runs may be looked at too;
/// without a day, the last one that is over.
///
/// # Errors
/// As a close, except that a statement which does not tie, or says nothing, is shown.
pub async fn preview(
    app: &App,
    actor: &Actor,
    creditor: CreditorId,
    period_end: Option<NaiveDate>,
    cutoff: Option<DateTime<Utc>>,
) -> Result<Preview, CloseRefused> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    reach(&tx, creditor).await?;
    let period_end = match period_end {
        Some(day) => day,
        None => last_over(&tx, creditor).await?,
    };
    figure(&tx, Wanted { creditor, period_end, cutoff }).await
}

/// Computes a statement in the caller's transaction.
pub async fn figure(tx: &Tx, wanted: Wanted) -> Result<Preview, CloseRefused> {
    let Wanted { creditor, period_end, cutoff } = wanted;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let trust_account = trust_account::in_agency(tx.agency())
        .filter(trust_account::Column::IsDefault.eq(true))
        .one(tx)
        .await?
        .ok_or(CloseRefused::NoTrustAccount)?
        .id;
    let last = last(tx, creditor).await?;
    let covered_to = last.as_ref().map(|row| row.period_end);
    if let Some(last) = last.as_ref().filter(|row| row.period_end >= period_end) {
        let (number, covered_to) = (last.number, last.period_end);
        return Err(CloseRefused::PeriodClosed { number, covered_to });
    }
    let contract =
        terms::on(tx, creditor, period_end).await?.ok_or(CloseRefused::NoContract(period_end))?;
    let period = contract.remittance.period;
    if !period.ends_on(period_end) {
        return Err(CloseRefused::NotAPeriodEnd { last_end: period.last_end(period_end) });
    }
    let cutoff = cutoff.unwrap_or(tx.now());
    if cutoff > tx.now() {
        return Err(CloseRefused::CutoffInFuture);
    }
    let start = covered_to
        .and_then(|end| end.checked_add_days(Days::new(1)))
        .unwrap_or_else(|| period.start_of(period_end));
    let span = Span { start, end: period_end, cutoff };
    let found = unstated::read(tx, creditor).await?;
    let opening = Opening {
        carried: last.as_ref().map_or(Money::ZERO, |row| row.carried),
        open_credit: last.as_ref().map_or(Money::ZERO, |row| row.open_credit),
        on_account: found.on_account(),
    };
    let from = covered_to.and_then(|end| end.checked_add_days(Days::new(1)));
    for (end, old) in terms::method_changes(tx, creditor, from, period_end).await? {
        // What was posted by then is the old method's to state.
        let before = Span { start, end, cutoff: cutoff.min(end_of(&agency.time_zone, end)) };
        if !statement::assemble(&found.items, &old, before, opening)?.is_empty() {
            return Err(CloseRefused::EarlierPeriodOpen { period_end: end });
        }
    }
    let statement = statement::assemble(&found.items, &contract.remittance, span, opening)?;
    let stamped: HashSet<PaymentId> = statement
        .lines
        .iter()
        .map(|line| line.payment)
        .chain(statement.suppressed.iter().map(|(payment, _)| *payment))
        .collect();
    let tie = statement::tie(&found.ledgers(&stamped)?, &statement.totals)?;
    let offset = tie.offset(statement.totals.remit)?;
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    let bills = bills::draft(tx, creditor, &statement.totals, today, &contract.remittance).await?;
    Ok(Preview {
        creditor,
        contract: contract.id,
        terms: contract.remittance,
        trust_account,
        currency: agency.currency,
        span,
        first: last.is_none(),
        today,
        dated: statement_date(period_end),
        statement,
        bills,
        tie,
        offset,
    })
}

/// The last day of the creditor's latest period that is over.
async fn last_over(tx: &Tx, creditor: CreditorId) -> Result<NaiveDate, CloseRefused> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    let contract =
        terms::on(tx, creditor, yesterday).await?.ok_or(CloseRefused::NoContract(yesterday))?;
    Ok(contract.remittance.period.last_end(yesterday))
}

/// The creditor's latest statement.
async fn last(tx: &Tx, creditor: CreditorId) -> Result<Option<entity::statement::Model>, Stop> {
    use entity::statement;
    Ok(statement::in_agency(tx.agency())
        .filter(statement::Column::CreditorId.eq(creditor))
        .order_by_desc(statement::Column::PeriodEnd)
        .limit(1)
        .one(tx)
        .await?)
}

/// The instant at which a day of the agency ends.
fn end_of(zone: &str, day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    kernel::clock::start_of_day(zone, next)
}
