//! Reports on money: rows, and with them the definition of every figure (domain rule 2.15).
//!
//! Each report is a verb that answers typed rows; [`Report::table`] lays any of them out as columns and
//! cells, from which the API, the exports and the pages show the same figures.

mod commission_revenue;
mod creditor_analysis;
mod daily_cash;
mod debtor_credits;
mod deposit;
mod held_funds;
mod productivity;
mod stairs;
mod table;
mod trial_balance;

pub use commission_revenue::{RevenueRow, commission_revenue};
pub use creditor_analysis::{AnalysisRow, creditor_analysis};
pub use daily_cash::{CashRow, daily_cash};
pub use debtor_credits::{CreditRow, debtor_credits};
pub use deposit::{DepositRow, deposit};
pub use held_funds::{HeldRow, Waiting, held_funds};
pub use productivity::{ProductivityRow, collector_productivity};
pub use stairs::{stair_step, stair_table};
pub use table::{Cell, Column, Kind as ColumnKind, Table, file};
pub use trial_balance::{BalanceRow, trial_balance};

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use domain::{CreditorId, Currency, Permission, PortfolioId};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::clock::start_of_day;
use kernel::db::Tx;
use kernel::stop::{Kind, Refused, Stop};
use ledger::recovery::{self, Books, Of, Reach};
use serde_json::json;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Name {
    /// [`daily_cash`].
    DailyCash,
    /// [`deposit`].
    Deposit,
    /// [`held_funds`].
    HeldFunds,
    /// [`debtor_credits`].
    DebtorCredits,
    /// [`creditor_analysis`].
    CreditorAnalysis,
    /// [`stair_step`].
    StairStep,
    /// [`commission_revenue`].
    CommissionRevenue,
    /// [`trial_balance`].
    TrialBalance,
    /// [`collector_productivity`].
    CollectorProductivity,
}

impl Name {
    /// All of them, in the order of the index.
    pub const ALL: [Self; 9] = [
        Self::DailyCash,
        Self::Deposit,
        Self::HeldFunds,
        Self::DebtorCredits,
        Self::TrialBalance,
        Self::CommissionRevenue,
        Self::StairStep,
        Self::CreditorAnalysis,
        Self::CollectorProductivity,
    ];

    /// The last part of its address.
    pub fn slug(self) -> &'static str {
        match self {
            Self::DailyCash => "daily-cash",
            Self::Deposit => "deposit",
            Self::HeldFunds => "held-funds",
            Self::DebtorCredits => "debtor-credits",
            Self::CreditorAnalysis => "creditor-analysis",
            Self::StairStep => "stair-step",
            Self::CommissionRevenue => "commission-revenue",
            Self::TrialBalance => "trial-balance",
            Self::CollectorProductivity => "collector-productivity",
        }
    }

    /// Reads the last part of an address.
    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.slug() == slug)
    }

    /// Whether a creditor's user may read it, within the own accounts.
    pub fn is_for_creditors(self) -> bool {
        match self {
            Self::HeldFunds | Self::CreditorAnalysis | Self::StairStep => true,
            Self::DailyCash
            | Self::Deposit
            | Self::DebtorCredits
            | Self::CommissionRevenue
            | Self::TrialBalance
            | Self::CollectorProductivity => false,
        }
    }

    /// What it is, and how every figure in it comes about.
    pub fn definition(self) -> &'static Definition {
        match self {
            Self::DailyCash => &daily_cash::DEFINITION,
            Self::Deposit => &deposit::DEFINITION,
            Self::HeldFunds => &held_funds::DEFINITION,
            Self::DebtorCredits => &debtor_credits::DEFINITION,
            Self::CreditorAnalysis => &creditor_analysis::DEFINITION,
            Self::StairStep => &stairs::DEFINITION,
            Self::CommissionRevenue => &commission_revenue::DEFINITION,
            Self::TrialBalance => &trial_balance::DEFINITION,
            Self::CollectorProductivity => &productivity::DEFINITION,
        }
    }
}

/// How the figures of a report come about. A percentage without its denominator says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Which report.
    pub name: Name,
    /// The title.
    pub title: &'static str,
    /// The question that it answers.
    pub answers: &'static str,
    /// How the figures are computed.
    pub formula: &'static str,
    /// What its percentages are of; none: it has none.
    pub denominator: Option<&'static str>,
    /// What is counted up to when, and by which date.
    pub cut_off: &'static str,
}

/// What is asked of a report; what is empty does not narrow it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Of one creditor, or of one portfolio.
    pub of: Of,
    /// The first day; the first of the present month unless told.
    pub from: Option<NaiveDate>,
    /// The last day; today unless told.
    pub to: Option<NaiveDate>,
}

impl Asked {
    /// Of one creditor.
    pub fn of_creditor(creditor: CreditorId) -> Self {
        Self { of: Of { creditor: Some(creditor), portfolio: None }, ..Self::default() }
    }

    /// Of one portfolio.
    pub fn of_portfolio(portfolio: PortfolioId) -> Self {
        Self { of: Of { portfolio: Some(portfolio), creditor: None }, ..Self::default() }
    }
}

/// A report.
#[derive(Debug, Clone)]
pub struct Report<T> {
    /// How its figures come about.
    pub definition: &'static Definition,
    /// The day of the figures, where the agency is.
    pub as_of: NaiveDate,
    /// The first and the last day that it covers; none: it is about one moment.
    pub period: Option<(NaiveDate, NaiveDate)>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The rows.
    pub rows: Vec<T>,
    /// Their totals.
    pub total: Option<T>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportRefused {
    /// The last day is before the first.
    #[error("the period ends on {to}, before it begins on {from}")]
    BadPeriod {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
    /// Longer than ten years.
    #[error("a report covers at most ten years; {from} to {to} is longer")]
    TooLong {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ReportRefused);

impl Refused for ReportRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadPeriod { .. } | Self::TooLong { .. } => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadPeriod { .. } => "bad_period",
            Self::TooLong { .. } => "period_too_long",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::BadPeriod { from, to } | Self::TooLong { from, to } => {
                vec![("from", json!(from)), ("to", json!(to))]
            }
            Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::BadPeriod { .. } | Self::TooLong { .. } => None,
        }
    }
}

/// A report that is being made: the transaction, the scope, the period.
pub(crate) struct Opened {
    pub tx: Tx,
    pub reach: Reach,
    pub books: Books,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The instants at which the first day begins and the last one ends.
    pub begins: DateTime<Utc>,
    pub ends: DateTime<Utc>,
}

/// Begins a report: the right to it, the scope, the period.
pub(crate) async fn open(
    app: &App,
    actor: &Actor,
    name: Name,
    asked: Asked,
) -> Result<Opened, ReportRefused> {
    if name.is_for_creditors() {
        actor.require(Permission::ReportRead)?;
    } else {
        actor.require_agency(Permission::ReportRead)?;
    }
    let tx = app.begin(actor).await?;
    let reach = recovery::reach(&tx, actor, asked.of).await?;
    let books = recovery::books(&tx).await?;
    let to = asked.to.unwrap_or(books.today);
    let from = asked.from.unwrap_or_else(|| to.with_day(1).unwrap_or(to));
    if from > to {
        return Err(ReportRefused::BadPeriod { from, to });
    }
    if (to - from).num_days() > 3_660 {
        return Err(ReportRefused::TooLong { from, to });
    }
    let begins = start_of_day(&books.zone, from);
    let ends = start_of_day(&books.zone, to.checked_add_days(Days::new(1)).unwrap_or(to));
    Ok(Opened { tx, reach, books, from, to, begins, ends })
}

impl Opened {
    /// Ends a report that covers the period.
    pub async fn over_period<T>(
        self,
        name: Name,
        rows: Vec<T>,
        total: Option<T>,
    ) -> Result<Report<T>, ReportRefused> {
        let period = Some((self.from, self.to));
        self.tx.commit().await?;
        Ok(Report {
            definition: name.definition(),
            as_of: self.books.today,
            period,
            currency: self.books.currency,
            rows,
            total,
        })
    }

    /// Ends a report about this moment.
    pub async fn of_now<T>(
        self,
        name: Name,
        rows: Vec<T>,
        total: Option<T>,
    ) -> Result<Report<T>, ReportRefused> {
        let report = self.over_period(name, rows, total).await?;
        Ok(Report { period: None, ..report })
    }
}

/// The reports that somebody may read.
///
/// # Errors
/// [`Stop::Forbidden`] without `report:read`.
pub fn index(actor: &Actor) -> Result<Vec<Name>, Stop> {
    actor.require(Permission::ReportRead)?;
    let all = actor.creditors().is_empty();
    Ok(Name::ALL.into_iter().filter(|name| all || name.is_for_creditors()).collect())
}

/// Any report, laid out.
///
/// # Errors
/// [`ReportRefused`].
pub async fn table(
    app: &App,
    actor: &Actor,
    name: Name,
    asked: Asked,
    reading: recovery::Reading,
) -> Result<Table, ReportRefused> {
    Ok(match name {
        Name::DailyCash => daily_cash(app, actor, asked).await?.table(),
        Name::Deposit => deposit(app, actor, asked).await?.table(),
        Name::HeldFunds => held_funds(app, actor, asked).await?.table(),
        Name::DebtorCredits => debtor_credits(app, actor, asked).await?.table(),
        Name::CreditorAnalysis => creditor_analysis(app, actor, asked).await?.table(),
        Name::StairStep => stair_table(&stair_step(app, actor, asked, reading).await?),
        Name::CommissionRevenue => commission_revenue(app, actor, asked).await?.table(),
        Name::TrialBalance => trial_balance(app, actor, asked).await?.table(),
        Name::CollectorProductivity => collector_productivity(app, actor, asked).await?.table(),
    })
}
