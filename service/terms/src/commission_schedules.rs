//! Commission schedules of the agency, its creditors, portfolios and accounts: one row a version,
//! never changed (domain rule 2.5).

use chrono::{DateTime, NaiveDate, Utc};
use domain::commission::{Bound, Level, Schedule, ScheduleFlaw, ScheduleProblem};
use domain::{AccountId, CreditorId, Permission, PortfolioId, ScheduleId};
use entity::{account, commission_schedule, creditor, portfolio};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Flaw, Kind, Refused, Stop, broke};
use kernel::window::{Part, Window};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::{Value, json};

/// Whose schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The agency's default.
    Agency,
    /// A creditor's.
    Creditor(CreditorId),
    /// A portfolio's.
    Portfolio(PortfolioId),
    /// An account's.
    Account(AccountId),
}

impl Subject {
    /// Its place in the order of evaluation.
    pub fn level(self) -> Level {
        match self {
            Self::Agency => Level::Agency,
            Self::Creditor(_) => Level::Creditor,
            Self::Portfolio(_) => Level::Portfolio,
            Self::Account(_) => Level::Account,
        }
    }
}

/// A version to be added.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// Whose.
    pub subject: Subject,
    /// The first effective date of a payment that it applies to.
    pub effective_on: NaiveDate,
    /// What it says.
    pub schedule: Schedule,
}

/// A version.
#[derive(Debug, Clone)]
pub struct ScheduleVersion {
    /// Its id.
    pub id: ScheduleId,
    /// Whose.
    pub level: Level,
    /// The creditor; none at the agency's level.
    pub creditor: Option<CreditorId>,
    /// The portfolio, at its level.
    pub portfolio: Option<PortfolioId>,
    /// The account, at its level.
    pub account: Option<AccountId>,
    /// The first effective date of a payment that it applies to.
    pub effective_on: NaiveDate,
    /// What it says.
    pub schedule: Schedule,
    /// Who wrote it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Why a schedule is not saved.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleRefused {
    /// It cannot be applied.
    #[error("the schedule cannot be applied; everything that is wrong is listed")]
    Flawed(Vec<ScheduleProblem>),
    /// A version is already effective on this date.
    #[error("a version is already effective on {0}; choose another date")]
    DateTaken(NaiveDate),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ScheduleRefused);

impl Refused for ScheduleRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Flawed(_) => Kind::Invalid,
            Self::DateTaken(_) => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Flawed(_) => "schedule_flawed",
            Self::DateTaken(_) => "schedule_date_taken",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::DateTaken(_) => Some("/effective_on"),
            Self::Flawed(_) | Self::Stop(_) => None,
        }
    }

    fn flaws(&self) -> Vec<Flaw> {
        match self {
            Self::Flawed(problems) => flaws(problems),
            Self::DateTaken(_) | Self::Stop(_) => Vec::new(),
        }
    }
}

/// What is wrong with a schedule, as faults of the member `schedule`.
pub fn flaws(problems: &[ScheduleProblem]) -> Vec<Flaw> {
    problems
        .iter()
        .map(|problem| Flaw {
            pointer: format!("/schedule{}", problem.pointer),
            code: problem.code(),
            words: problem.flaw.to_string(),
            facts: numbers(problem.flaw),
        })
        .collect()
}

/// The numbers of a flaw: days as numbers, money as the decimal text of schedules.
fn numbers(flaw: ScheduleFlaw) -> Vec<(&'static str, Value)> {
    let bound = |bound: Bound| match bound {
        Bound::Days(days) => json!(days),
        Bound::Money(money) => json!(money.to_decimal()),
    };
    match flaw {
        ScheduleFlaw::NotFromZero { over } => vec![("over", bound(over))],
        ScheduleFlaw::EmptyRange { over, up_to }
        | ScheduleFlaw::Gap { over, up_to }
        | ScheduleFlaw::Overlap { over, up_to } => {
            vec![("over", bound(over)), ("up_to", bound(up_to))]
        }
        ScheduleFlaw::OpenBeforeLast { next } => vec![("next", bound(next))],
        ScheduleFlaw::NotOpenEnded { up_to } => vec![("up_to", bound(up_to))],
        ScheduleFlaw::DuplicateBucket { bucket } => vec![("bucket", json!(bucket))],
        ScheduleFlaw::DuplicatePaymentType { payment_type } => {
            vec![("payment_type", json!(payment_type))]
        }
        ScheduleFlaw::Negative { amount } => vec![("amount", json!(amount.to_decimal()))],
        ScheduleFlaw::MinimumOverMaximum { minimum, maximum } => {
            vec![("minimum", json!(minimum.to_decimal())), ("maximum", json!(maximum.to_decimal()))]
        }
        ScheduleFlaw::MinimumOverCap { minimum, cap } => {
            vec![("minimum", json!(minimum.to_decimal())), ("cap", json!(cap.to_decimal()))]
        }
        ScheduleFlaw::NoTiers
        | ScheduleFlaw::EmptyCap
        | ScheduleFlaw::NoFreeDays
        | ScheduleFlaw::NoFreePaymentTypes => Vec::new(),
    }
}

/// Adds a version. Payments that are posted keep the commission they were posted with
/// (domain rule 2.1, snapshot).
pub async fn add(
    app: &App,
    actor: &Actor,
    new: NewSchedule,
) -> Result<ScheduleVersion, ScheduleRefused> {
    actor.require_agency(Permission::CommissionWrite)?;
    new.schedule.check().map_err(ScheduleRefused::Flawed)?;
    let tx = app.begin(actor).await?;
    let owner = owner(&tx, new.subject).await?;
    let stored = serde_json::to_value(&new.schedule).map_err(Fault::from)?;
    let row = commission_schedule::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(ScheduleId(random::uuid())),
        level: Set(new.subject.level().name().to_owned()),
        creditor_id: Set(owner.creditor),
        portfolio_id: Set(owner.portfolio),
        account_id: Set(owner.account),
        subject_id: Set(owner.id),
        effective_on: Set(new.effective_on),
        schedule: Set(stored.clone()),
        created_by: Set(tx.signature().name.clone()),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "commission_schedule_version_unique") {
            ScheduleRefused::DateTaken(new.effective_on)
        } else {
            err.into()
        }
    })?;
    audit::write(
        &tx,
        audit::Entry {
            action: "commission_schedule.add",
            subject_type: "commission_schedule",
            subject_id: Some(row.id.0),
            after: Some(json!({
                "level": row.level, "subject": owner.id, "effective_on": row.effective_on,
                "schedule": stored,
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(shown(row)?)
}

/// Versions, the last added first: of one subject, or of all.
pub async fn list(
    app: &App,
    actor: &Actor,
    subject: Option<Subject>,
    window: Window<ScheduleId>,
) -> Result<Part<ScheduleVersion>, Stop> {
    actor.require_agency(Permission::CommissionRead)?;
    let tx = app.begin(actor).await?;
    let mut found = commission_schedule::in_agency(tx.agency());
    if let Some(subject) = subject {
        let id = owner(&tx, subject).await?.id;
        found = found.filter(commission_schedule::Column::SubjectId.eq(id));
    }
    if let Some(after) = window.after {
        found = found.filter(commission_schedule::Column::Id.lt(after));
    }
    let rows = found
        .order_by_desc(commission_schedule::Column::Id)
        .limit(window.one_more())
        .all(&tx)
        .await?;
    tx.commit().await?;
    let Part { rows, more } = window.cut(rows);
    let rows = rows.into_iter().map(shown).collect::<Result<_, _>>()?;
    Ok(Part { rows, more })
}

/// One version.
pub async fn find(app: &App, actor: &Actor, id: ScheduleId) -> Result<ScheduleVersion, Stop> {
    actor.require_agency(Permission::CommissionRead)?;
    let tx = app.begin(actor).await?;
    let row = commission_schedule::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("commission schedule"))?;
    tx.commit().await?;
    Ok(shown(row)?)
}

/// The columns that say whose a schedule is.
struct Owner {
    id: uuid::Uuid,
    creditor: Option<CreditorId>,
    portfolio: Option<PortfolioId>,
    account: Option<AccountId>,
}

async fn owner(tx: &Tx, subject: Subject) -> Result<Owner, Stop> {
    let agency = tx.agency();
    let none = Owner { id: agency.0, creditor: None, portfolio: None, account: None };
    Ok(match subject {
        Subject::Agency => none,
        Subject::Creditor(id) => {
            let row = creditor::Entity::find_by_id((agency, id)).one(tx).await?;
            row.ok_or(Stop::NotFound("creditor"))?;
            Owner { id: id.0, creditor: Some(id), ..none }
        }
        Subject::Portfolio(id) => {
            let row = portfolio::Entity::find_by_id((agency, id)).one(tx).await?;
            let row = row.ok_or(Stop::NotFound("portfolio"))?;
            Owner { id: id.0, creditor: Some(row.creditor_id), portfolio: Some(id), ..none }
        }
        Subject::Account(id) => {
            let row = account::Entity::find_by_id((agency, id)).one(tx).await?;
            let row = row.ok_or(Stop::NotFound("account"))?;
            Owner { id: id.0, creditor: Some(row.creditor_id), account: Some(id), ..none }
        }
    })
}

fn shown(row: commission_schedule::Model) -> Result<ScheduleVersion, Fault> {
    Ok(ScheduleVersion {
        id: row.id,
        level: Level::parse(&row.level).ok_or(Fault::Unexpected("a schedule of no level"))?,
        creditor: row.creditor_id,
        portfolio: row.portfolio_id,
        account: row.account_id,
        effective_on: row.effective_on,
        schedule: serde_json::from_value(row.schedule)?,
        created_by: row.created_by,
        created_at: row.created_at,
    })
}
