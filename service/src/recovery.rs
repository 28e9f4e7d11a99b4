//! Recovery as creditors and the agency follow it: what was placed, what was collected, and the
//! liquidation, each in one set-based statement within the actor's scope (domain rule 2.15).
//!
//! Collected is what posted payments took off the debts, by the day they took effect, less what was
//! returned; money that was too much belongs to the debtor and is not counted.

mod collected;
mod stairs;

pub use collected::{Collected, Collection, collections};
pub use stairs::stairs;

use crate::actor::{Actor, Scope};
use crate::app::App;
use crate::db::Tx;
use crate::stop::{Fault, Stop};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::recovery::{Denominator, Month, base, share};
use domain::{CreditorId, Currency, Money, Permission, PortfolioId};
use entity::{agency, creditor, portfolio};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, raw_sql};
use uuid::Uuid;

/// Whose recovery is asked for, always within the actor's reach; what is empty does not narrow it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of {
    /// Of one creditor.
    pub creditor: Option<CreditorId>,
    /// Of one portfolio.
    pub portfolio: Option<PortfolioId>,
}

/// Counts and money of some accounts.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Figures {
    /// Accounts placed.
    pub accounts: i64,
    /// All that was placed.
    pub placed: Money,
    /// Of it, what the creditor took back: still owed on accounts that were recalled, placed in
    /// error, or duplicates.
    pub withdrawn: Money,
    /// Accounts that are open.
    pub open_accounts: i64,
    /// What is owed on them.
    pub open_owed: Money,
    /// Collected in all.
    pub collected: Money,
    /// Collected in the present month.
    pub collected_this_month: Money,
    /// Collected in the month before.
    pub collected_last_month: Money,
}

impl Figures {
    /// The amount that collected money is measured against.
    pub fn base(&self, denominator: Denominator) -> Money {
        base(self.placed, self.withdrawn, denominator)
    }

    /// The share collected.
    pub fn liquidation(&self, denominator: Denominator) -> Option<Decimal> {
        share(self.collected, self.base(denominator))
    }
}

/// The figures of one moment.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The day, where the agency is.
    pub as_of: NaiveDate,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The figures.
    pub figures: Figures,
    /// Collected month by month, the last twelve, oldest first.
    pub months: Vec<(Month, Money)>,
}

/// The figures of one portfolio.
#[derive(Debug, Clone)]
pub struct PortfolioFigures {
    /// The portfolio.
    pub id: PortfolioId,
    /// Whose it is.
    pub creditor: CreditorId,
    /// The creditor's name.
    pub creditor_name: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The figures.
    pub figures: Figures,
}

/// The figures of all accounts asked for.
///
/// # Errors
/// [`Stop::Forbidden`] without `payment:read`, [`Stop::NotFound`] for a creditor or portfolio out
/// of reach.
pub async fn summary(app: &App, actor: &Actor, of: Of) -> Result<Summary, Stop> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let reach = reach(&tx, actor, of).await?;
    let books = books(&tx).await?;
    let figures = totals(&tx, &reach, books.month).await?;
    let months = collected::by_month(&tx, &reach, books.month).await?;
    tx.commit().await?;
    Ok(Summary { as_of: books.today, currency: books.currency, figures, months })
}

/// Portfolio by portfolio, in the order in which they were made, after `after`, at most `most`.
///
/// # Errors
/// As [`summary`].
pub async fn portfolios(
    app: &App,
    actor: &Actor,
    of: Of,
    after: Option<PortfolioId>,
    most: u64,
) -> Result<Vec<PortfolioFigures>, Stop> {
    #[derive(FromQueryResult)]
    struct Row {
        id: PortfolioId,
        creditor_id: CreditorId,
        creditor_name: String,
        code: String,
        name: String,
        #[sea_orm(nested)]
        figures: Figures,
    }
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let Reach { agency, all, creditors, creditor, portfolio } = reach(&tx, actor, of).await?;
    let month = books(&tx).await?.month;
    let (this, last) = (month.first(), month.back(1).first());
    let after = after.map(|id| id.0);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH page AS (
               SELECT f.id, f.creditor_id, c.name AS creditor_name, f.code, f.name
               FROM portfolio f JOIN creditor c ON c.agency_id = f.agency_id AND c.id = f.creditor_id
               WHERE f.agency_id = {agency} AND ({all} OR f.creditor_id IN ({..creditors}))
                 AND ({creditor}::uuid IS NULL OR f.creditor_id = {creditor})
                 AND ({portfolio}::uuid IS NULL OR f.id = {portfolio})
                 AND ({after}::uuid IS NULL OR f.id > {after})
               ORDER BY f.id LIMIT {most}),
           placed AS (
               SELECT a.portfolio_id, count(*) AS accounts,
                      sum(a.placed_principal + a.placed_interest + a.placed_fees + a.placed_costs + a.placed_other) AS placed,
                      sum(a.principal + a.interest + a.fees + a.costs + a.other)
                          FILTER (WHERE a.status IN ('CRC', 'CER', 'CDU')) AS withdrawn,
                      count(*) FILTER (WHERE a.closed_at IS NULL) AS open_accounts,
                      sum(a.principal + a.interest + a.fees + a.costs + a.other)
                          FILTER (WHERE a.closed_at IS NULL) AS open_owed
               FROM account a
               WHERE a.agency_id = {agency} AND a.portfolio_id IN (SELECT id FROM page)
               GROUP BY a.portfolio_id),
           paid AS (
               SELECT a.portfolio_id, p.effective_on,
                      CASE WHEN p.kind IN ('paid_agency', 'paid_creditor') THEN p.applied ELSE -p.applied END AS amount
               FROM payment p JOIN account a ON a.agency_id = p.agency_id AND a.id = p.account_id
               WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL
                 AND a.portfolio_id IN (SELECT id FROM page)),
           collected AS (
               SELECT portfolio_id, sum(amount) AS collected,
                      sum(amount) FILTER (WHERE effective_on >= {this}) AS this_month,
                      sum(amount) FILTER (WHERE effective_on >= {last} AND effective_on < {this}) AS last_month
               FROM paid GROUP BY portfolio_id)
           SELECT page.*, coalesce(accounts, 0)::bigint AS accounts, coalesce(placed, 0)::bigint AS placed,
                  coalesce(withdrawn, 0)::bigint AS withdrawn, coalesce(open_accounts, 0)::bigint AS open_accounts,
                  coalesce(open_owed, 0)::bigint AS open_owed, coalesce(collected, 0)::bigint AS collected,
                  coalesce(this_month, 0)::bigint AS collected_this_month,
                  coalesce(last_month, 0)::bigint AS collected_last_month
           FROM page LEFT JOIN placed ON placed.portfolio_id = page.id
                     LEFT JOIN collected ON collected.portfolio_id = page.id
           ORDER BY page.id"#
    ))
    .all(&tx)
    .await?;
    tx.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| PortfolioFigures {
            id: row.id,
            creditor: row.creditor_id,
            creditor_name: row.creditor_name,
            code: row.code,
            name: row.name,
            figures: row.figures,
        })
        .collect())
}

/// The currency of the agency's books.
///
/// # Errors
/// [`Stop::Fault`] alone.
pub async fn currency(app: &App, actor: &Actor) -> Result<Currency, Stop> {
    let tx = app.begin(actor).await?;
    let books = books(&tx).await?;
    tx.commit().await?;
    Ok(books.currency)
}

async fn totals(tx: &Tx, reach: &Reach, month: Month) -> Result<Figures, Fault> {
    let Reach { agency, all, creditors, creditor, portfolio } = reach.clone();
    let (this, last) = (month.first(), month.back(1).first());
    let figures = Figures::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH placed AS (
               SELECT count(*) AS accounts,
                      sum(a.placed_principal + a.placed_interest + a.placed_fees + a.placed_costs + a.placed_other) AS placed,
                      sum(a.principal + a.interest + a.fees + a.costs + a.other)
                          FILTER (WHERE a.status IN ('CRC', 'CER', 'CDU')) AS withdrawn,
                      count(*) FILTER (WHERE a.closed_at IS NULL) AS open_accounts,
                      sum(a.principal + a.interest + a.fees + a.costs + a.other)
                          FILTER (WHERE a.closed_at IS NULL) AS open_owed
               FROM account a
               WHERE a.agency_id = {agency} AND ({all} OR a.creditor_id IN ({..creditors}))
                 AND ({creditor}::uuid IS NULL OR a.creditor_id = {creditor})
                 AND ({portfolio}::uuid IS NULL OR a.portfolio_id = {portfolio})),
           paid AS (
               SELECT p.effective_on,
                      CASE WHEN p.kind IN ('paid_agency', 'paid_creditor') THEN p.applied ELSE -p.applied END AS amount
               FROM payment p
               WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL
                 AND ({all} OR p.creditor_id IN ({..creditors}))
                 AND ({creditor}::uuid IS NULL OR p.creditor_id = {creditor})
                 AND ({portfolio}::uuid IS NULL OR EXISTS (
                     SELECT FROM account a WHERE a.agency_id = p.agency_id AND a.id = p.account_id
                                             AND a.portfolio_id = {portfolio}))),
           collected AS (
               SELECT sum(amount) AS collected,
                      sum(amount) FILTER (WHERE effective_on >= {this}) AS this_month,
                      sum(amount) FILTER (WHERE effective_on >= {last} AND effective_on < {this}) AS last_month
               FROM paid)
           SELECT accounts, coalesce(placed, 0)::bigint AS placed, coalesce(withdrawn, 0)::bigint AS withdrawn,
                  open_accounts, coalesce(open_owed, 0)::bigint AS open_owed,
                  coalesce(collected, 0)::bigint AS collected,
                  coalesce(this_month, 0)::bigint AS collected_this_month,
                  coalesce(last_month, 0)::bigint AS collected_last_month
           FROM placed, collected"#
    ))
    .one(tx)
    .await?;
    figures.ok_or(Fault::Unexpected("an aggregate has one row"))
}

/// The books of the agency today.
struct Books {
    today: NaiveDate,
    month: Month,
    currency: Currency,
}

async fn books(tx: &Tx) -> Result<Books, Fault> {
    let row = agency::Entity::find_by_id(tx.agency())
        .one(tx)
        .await?
        .ok_or(Fault::Unexpected("the agency is gone"))?;
    let zone: Tz = row.time_zone.parse().unwrap_or(Tz::UTC);
    let today = tx.now().with_timezone(&zone).date_naive();
    Ok(Books { today, month: Month::of(today), currency: row.currency })
}

/// What a statement may read: the policies of the database say the same once more.
#[derive(Debug, Clone)]
struct Reach {
    agency: Uuid,
    /// Every creditor of the agency.
    all: bool,
    /// Else only these.
    creditors: Vec<Uuid>,
    creditor: Option<Uuid>,
    portfolio: Option<Uuid>,
}

async fn reach(tx: &Tx, actor: &Actor, of: Of) -> Result<Reach, Stop> {
    let mine = actor.creditors();
    let within = |id: CreditorId| mine.is_empty() || mine.contains(&id);
    if let Some(id) = of.creditor {
        let known = creditor::Entity::find_by_id((tx.agency(), id)).one(tx).await?.is_some();
        if !known || !within(id) {
            return Err(Stop::NotFound("creditor"));
        }
    }
    if let Some(id) = of.portfolio {
        let found = portfolio::in_agency(tx.agency())
            .filter(portfolio::Column::Id.eq(id))
            .one(tx)
            .await?
            .filter(|row| within(row.creditor_id));
        found.ok_or(Stop::NotFound("portfolio"))?;
    }
    // An empty list is no SQL; the nil id belongs to nobody.
    let creditors =
        if mine.is_empty() { vec![Uuid::nil()] } else { mine.iter().map(|id| id.0).collect() };
    Ok(Reach {
        agency: tx.agency().0,
        all: mine.is_empty(),
        creditors,
        creditor: of.creditor.map(|id| id.0),
        portfolio: of.portfolio.map(|id| id.0),
    })
}
