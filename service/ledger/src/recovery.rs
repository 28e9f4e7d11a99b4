//! Recovery as creditors and the agency follow it: what was placed, what was collected, and the
//! liquidation, within the actor's scope (domain rule 2.15). Every figure is a sum of [`cohorts`].
//!
//! Collected is what posted payments took off the debts, by the day they took effect, less what was
//! returned; money that was too much belongs to the debtor and is not counted.

mod cohorts;
mod collected;
mod roll_up;
mod stairs;

pub use collected::{Collected, Collection, collections};
pub use roll_up::{contradictions, run};
pub use stairs::{Reading, Stairs, stair_step};

use crate::findings::Finding;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use cohorts::{Recovered, Standing};
use domain::recovery::{Denominator, Month, base, share};
use domain::{AgencyId, CreditorId, Currency, Money, Permission, PortfolioId};
use entity::{creditor, portfolio};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::jobs;
use kernel::stop::{Fault, Stop};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, raw_sql};
use std::collections::HashMap;
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
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The first day of the first and of the last month in which accounts were placed.
    pub placed_in: Option<(NaiveDate, NaiveDate)>,
    /// Accounts placed.
    pub accounts: i64,
    /// All that was placed.
    pub placed: Money,
    /// Of it, what the creditor took back: still owed on accounts that were recalled, placed in
    /// error, or duplicates, and adjustments.
    pub withdrawn: Money,
    /// Accounts that are open.
    pub open_accounts: i64,
    /// What is owed on them.
    pub open_owed: Money,
    /// Accounts paid or settled in full.
    pub paid_accounts: i64,
    /// Accounts that the creditor took back.
    pub recalled_accounts: i64,
    /// Accounts closed otherwise.
    pub closed_accounts: i64,
    /// Collected in all.
    pub collected: Money,
    /// The agency's commission on it.
    pub commission: Money,
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

    /// What was collected less the commission.
    pub fn net(&self) -> Money {
        self.collected.minus(self.commission).unwrap_or(Money::ZERO)
    }

    /// The figures of these two together.
    pub fn with(&self, other: &Self) -> Self {
        let both = |one: Money, two: Money| [one, two].into_iter().sum::<Money>();
        let placed_in = match (self.placed_in, other.placed_in) {
            (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
            (one, two) => one.or(two),
        };
        Self {
            placed_in,
            accounts: self.accounts + other.accounts,
            placed: both(self.placed, other.placed),
            withdrawn: both(self.withdrawn, other.withdrawn),
            open_accounts: self.open_accounts + other.open_accounts,
            open_owed: both(self.open_owed, other.open_owed),
            paid_accounts: self.paid_accounts + other.paid_accounts,
            recalled_accounts: self.recalled_accounts + other.recalled_accounts,
            closed_accounts: self.closed_accounts + other.closed_accounts,
            collected: both(self.collected, other.collected),
            commission: both(self.commission, other.commission),
            collected_this_month: both(self.collected_this_month, other.collected_this_month),
            collected_last_month: both(self.collected_last_month, other.collected_last_month),
        }
    }

    fn placed(one: &Standing) -> Self {
        Self {
            placed_in: Some((one.placed_in, one.placed_in)),
            accounts: one.accounts,
            placed: one.placed,
            withdrawn: one.withdrawn,
            open_accounts: one.active,
            open_owed: one.active_owed,
            paid_accounts: one.paid,
            recalled_accounts: one.recalled,
            closed_accounts: one.closed,
            ..Self::default()
        }
    }

    fn collected(one: &Recovered, now: Month) -> Self {
        let month = Month::of(one.collected_in);
        let within = |asked: Month| if month == asked { one.collected } else { Money::ZERO };
        Self {
            collected: one.collected,
            commission: one.commission,
            collected_this_month: within(now),
            collected_last_month: within(now.back(1)),
            ..Self::default()
        }
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
    let standings = cohorts::standings(&tx, &reach).await?;
    let collected = cohorts::collected(&tx, &reach).await?;
    tx.commit().await?;
    let mut sums: HashMap<Month, Money> = HashMap::new();
    for one in &collected {
        let sum = sums.entry(Month::of(one.collected_in)).or_default();
        *sum = [*sum, one.collected].into_iter().sum();
    }
    let month = |back: u32| {
        let month = books.month.back(back);
        (month, sums.get(&month).copied().unwrap_or(Money::ZERO))
    };
    let placed = standings.iter().map(Figures::placed);
    let paid = collected.iter().map(|one| Figures::collected(one, books.month));
    let figures = placed.chain(paid).fold(Figures::default(), |sum, one| sum.with(&one));
    let months = (0..12).rev().map(month).collect();
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
    }
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let reached = reach(&tx, actor, of).await?;
    let Reach { agency, all, creditors, creditor, every, portfolios, .. } = reached.clone();
    let month = books(&tx).await?.month;
    let after = after.map(|id| id.0);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT f.id, f.creditor_id, c.name AS creditor_name, f.code, f.name
           FROM portfolio f JOIN creditor c ON c.agency_id = f.agency_id AND c.id = f.creditor_id
           WHERE f.agency_id = {agency} AND ({all} OR f.creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR f.creditor_id = {creditor})
             AND ({every} OR f.id IN ({..portfolios}))
             AND ({after}::uuid IS NULL OR f.id > {after})
           ORDER BY f.id LIMIT {most}"#
    ))
    .all(&tx)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let these = rows.iter().map(|row| row.id.0).collect();
    let reach = Reach { every: false, portfolios: these, ..reached };
    let mut figures: HashMap<PortfolioId, Figures> = HashMap::new();
    let mut add = |id: PortfolioId, more: Figures| {
        let sum = figures.entry(id).or_default();
        *sum = sum.with(&more);
    };
    for one in &cohorts::standings(&tx, &reach).await? {
        add(one.portfolio_id, Figures::placed(one));
    }
    for one in &cohorts::collected(&tx, &reach).await? {
        add(one.portfolio_id, Figures::collected(one, month));
    }
    tx.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| PortfolioFigures {
            figures: figures.remove(&row.id).unwrap_or_default(),
            id: row.id,
            creditor: row.creditor_id,
            creditor_name: row.creditor_name,
            code: row.code,
            name: row.name,
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

/// Where the roll-up contradicts the rows it was made of; none when it is right.
///
/// # Errors
/// [`Stop::Forbidden`] without `trust:read`.
pub async fn check_roll_up(app: &App, actor: &Actor) -> Result<Vec<Finding>, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let found = contradictions(&tx).await?;
    tx.commit().await?;
    Ok(found)
}

/// Rolls up what is an hour old, as the hourly job does.
///
/// # Errors
/// [`Stop::Fault`] alone.
pub async fn roll_up(app: &App, agency: AgencyId) -> Result<(), Stop> {
    roll_up::run(app, &jobs::runner(agency)).await
}

/// Makes an agency's roll-up anew from the rows, after [`check_roll_up`] found something.
///
/// # Errors
/// [`Stop::Fault`] alone.
pub async fn rebuild(app: &App, agency: AgencyId) -> Result<(), Stop> {
    roll_up::rebuild(app, &jobs::runner(agency)).await
}

/// The books of the agency today.
pub struct Books {
    pub today: NaiveDate,
    pub month: Month,
    pub currency: Currency,
    pub zone: String,
}

pub async fn books(tx: &Tx) -> Result<Books, Fault> {
    let row = entity::agency::Entity::find_by_id(tx.agency())
        .one(tx)
        .await?
        .ok_or(Fault::Unexpected("the agency is gone"))?;
    let zone: Tz = row.time_zone.parse().unwrap_or(Tz::UTC);
    let today = tx.now().with_timezone(&zone).date_naive();
    Ok(Books { today, month: Month::of(today), currency: row.currency, zone: row.time_zone })
}

/// What a statement may read: the policies of the database say the same once more.
#[derive(Debug, Clone)]
pub struct Reach {
    pub agency: Uuid,
    /// Every creditor of the agency.
    pub all: bool,
    /// Else only these.
    pub creditors: Vec<Uuid>,
    pub creditor: Option<Uuid>,
    /// Every portfolio of them.
    pub every: bool,
    /// Else only these.
    pub portfolios: Vec<Uuid>,
    /// Up to when the roll-up holds everything.
    pub rolled_to: DateTime<Utc>,
}

pub async fn reach(tx: &Tx, actor: &Actor, of: Of) -> Result<Reach, Stop> {
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
    let mark = entity::roll_up::Entity::find_by_id(tx.agency()).one(tx).await?;
    // An empty list is no SQL; the nil id belongs to nobody.
    let creditors =
        if mine.is_empty() { vec![Uuid::nil()] } else { mine.iter().map(|id| id.0).collect() };
    Ok(Reach {
        agency: tx.agency().0,
        all: mine.is_empty(),
        creditors,
        creditor: of.creditor.map(|id| id.0),
        every: of.portfolio.is_none(),
        portfolios: vec![of.portfolio.map_or(Uuid::nil(), |id| id.0)],
        rolled_to: mark.map_or(DateTime::UNIX_EPOCH, |row| row.rolled_to),
    })
}
