//! A collector's month: credits, and the statement that [`domain::collector::state`] draws up of them.

use ::terms::collectors::{Terms, in_force, member, own_or_all};
use chrono::NaiveDate;
use domain::collector::{CollectorStatement, Credit, state};
use domain::recovery::Month;
use domain::{AccountId, CreditorId, Currency, PaymentId, UserId};
use entity::collector_credit;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use ledger::recovery;
use payments::collectors::read;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

/// A collector's statement of a month.
#[derive(Debug, Clone)]
pub struct MonthStatement {
    /// The statement; a pure function of the credits and of the terms in force on the month's last day.
    pub statement: CollectorStatement,
    /// The collector's name.
    pub name: String,
    /// The terms whose bonus plan and goal were used; none: no terms.
    pub terms: Option<Terms>,
    /// The currency of all amounts.
    pub currency: Currency,
}

/// One line of it.
#[derive(Debug, Clone)]
pub struct CreditLine {
    /// What was earned or taken back.
    pub credit: Credit,
    /// On which account.
    pub account: AccountId,
    /// Whose account it is.
    pub creditor: CreditorId,
}

/// Draws up a collector's statement of the month of a day; of the present month without one.
///
/// # Errors
/// [`Stop::Forbidden`] without `collector:read` unless it is the caller's own, [`Stop::NotFound`].
pub async fn statement(
    app: &App,
    actor: &Actor,
    collector: UserId,
    day: Option<NaiveDate>,
) -> Result<MonthStatement, Stop> {
    own_or_all(actor, collector)?;
    let tx = app.begin(actor).await?;
    let name = member(&tx, collector).await?.name;
    let books = recovery::books(&tx).await?;
    let month = day.map_or(books.month, Month::of);
    let (statement, terms) = month_of(&tx, collector, month).await?;
    tx.commit().await?;
    Ok(MonthStatement { statement, name, terms, currency: books.currency })
}

/// The statement and the terms it went by.
pub(crate) async fn month_of(
    tx: &Tx,
    collector: UserId,
    month: Month,
) -> Result<(CollectorStatement, Option<Terms>), Stop> {
    let credits: Vec<Credit> = collector_credit::in_agency(tx.agency())
        .filter(collector_credit::Column::UserId.eq(collector))
        .filter(collector_credit::Column::Month.eq(month.first()))
        .all(tx)
        .await?
        .into_iter()
        .map(read)
        .collect();
    let terms = in_force(tx, collector, month.last()).await?;
    let plan = terms.as_ref().and_then(|terms| terms.bonus.as_ref());
    let goal = terms.as_ref().and_then(|terms| terms.goal);
    let statement = state(collector, month, &credits, plan, goal)
        .map_err(|_| Fault::Unexpected("a statement that does not fit"))?;
    Ok((statement, terms))
}

/// The lines of a collector's month by payment, after one, at most so many.
///
/// # Errors
/// As [`statement`].
pub async fn credits(
    app: &App,
    actor: &Actor,
    collector: UserId,
    day: Option<NaiveDate>,
    (after, most): (Option<PaymentId>, u64),
) -> Result<(Vec<CreditLine>, Currency), Stop> {
    own_or_all(actor, collector)?;
    let tx = app.begin(actor).await?;
    member(&tx, collector).await?;
    let books = recovery::books(&tx).await?;
    let month = day.map_or(books.month, Month::of);
    let mut rows = collector_credit::in_agency(tx.agency())
        .filter(collector_credit::Column::UserId.eq(collector))
        .filter(collector_credit::Column::Month.eq(month.first()));
    if let Some(after) = after {
        rows = rows.filter(collector_credit::Column::PaymentId.gt(after));
    }
    let rows = rows.order_by_asc(collector_credit::Column::PaymentId).limit(most).all(&tx).await?;
    tx.commit().await?;
    let line = |row: collector_credit::Model| CreditLine {
        account: row.account_id,
        creditor: row.creditor_id,
        credit: read(row),
    };
    Ok((rows.into_iter().map(line).collect(), books.currency))
}
