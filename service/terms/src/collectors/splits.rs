//! Who shares the credit of an account's payments, and of those of accounts on nobody's desk.

use super::terms::{in_force, member};
use chrono::{DateTime, NaiveDate, Utc};
use domain::collector::{NotASplit, Split};
use domain::{AccountId, CollectorSplitId, Permission, UserId};
use entity::{account, collector_split};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;
use uuid::Uuid;

/// A new split.
#[derive(Debug, Clone)]
pub struct NewSplit {
    /// Of this account's payments; none: of accounts on nobody's desk.
    pub account: Option<AccountId>,
    /// The first effective date of a payment that it applies to.
    pub effective_on: NaiveDate,
    /// Among whom; none: from this day on the usual order again.
    pub split: Option<Split>,
}

/// A version of a split.
#[derive(Debug, Clone)]
pub struct SplitVersion {
    /// Which version.
    pub id: CollectorSplitId,
    /// The first effective date of a payment that it applies to.
    pub effective_on: NaiveDate,
    /// Among whom; none: the usual order.
    pub split: Option<Split>,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

/// Why a split is not entered.
#[derive(Debug, thiserror::Error)]
pub enum SplitRefused {
    /// It is none.
    #[error(transparent)]
    Split(#[from] NotASplit),
    /// A member is unknown.
    #[error("there is no such member of the staff: {0}")]
    UnknownCollector(UserId),
    /// A member has no terms on that day.
    #[error(
        "collector {collector} has no terms in force on {on}; enter them first, with a rate of zero if need be"
    )]
    NoTerms {
        /// Who.
        collector: UserId,
        /// On which day.
        on: NaiveDate,
    },
    /// There is a version from this day already.
    #[error("there is a split from {0} already; choose another day")]
    DateTaken(NaiveDate),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(SplitRefused);

impl Refused for SplitRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Split(_) | Self::UnknownCollector(_) | Self::NoTerms { .. } => Kind::Invalid,
            Self::DateTaken(_) => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Split(err) => err.code(),
            Self::UnknownCollector(_) => "unknown_collector",
            Self::NoTerms { .. } => "collector_rate_missing",
            Self::DateTaken(_) => "collector_split_date_taken",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Split(_) | Self::UnknownCollector(_) | Self::NoTerms { .. } => Some("/split"),
            Self::DateTaken(_) => Some("/effective_on"),
            Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::Split(NotASplit::Total { percent }) => {
                vec![("percent", json!(percent.to_string()))]
            }
            Self::Split(NotASplit::TooMany { members }) => vec![("members", json!(members))],
            Self::NoTerms { collector, on } => {
                vec![("collector", json!(collector)), ("on", json!(on))]
            }
            Self::Split(NotASplit::Nobody | NotASplit::Twice(_) | NotASplit::Zero(_))
            | Self::UnknownCollector(_)
            | Self::DateTaken(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::Split(_)
            | Self::UnknownCollector(_)
            | Self::NoTerms { .. }
            | Self::DateTaken(_) => None,
        }
    }
}

/// Enters a split. Payments that are posted keep their credit.
///
/// # Errors
/// [`SplitRefused`].
pub async fn add_split(
    app: &App,
    actor: &Actor,
    new: NewSplit,
) -> Result<SplitVersion, SplitRefused> {
    actor.require_agency(Permission::CollectorWrite)?;
    new.split.as_ref().map_or(Ok(()), Split::check)?;
    let tx = app.begin(actor).await?;
    if let Some(id) = new.account {
        let known = account::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
        known.ok_or(Stop::NotFound("account"))?;
    }
    for collector in new.split.as_ref().map(Split::collectors).unwrap_or_default() {
        match member(&tx, collector).await {
            Ok(person) if person.staff_role.is_some() => {}
            Ok(_) | Err(Stop::NotFound(_)) => {
                return Err(SplitRefused::UnknownCollector(collector));
            }
            Err(stop) => return Err(stop.into()),
        }
        if in_force(&tx, collector, new.effective_on).await?.is_none() {
            return Err(SplitRefused::NoTerms { collector, on: new.effective_on });
        }
    }
    let subject = new.account.map_or(tx.agency().0, |id| id.0);
    let row = collector_split::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(CollectorSplitId(random::uuid())),
        account_id: Set(new.account),
        subject_id: Set(subject),
        effective_on: Set(new.effective_on),
        split: Set(new
            .split
            .as_ref()
            .map(serde_json::to_value)
            .transpose()
            .map_err(Fault::from)?),
        created_by: Set(tx.signature().name.clone()),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "collector_split_version_unique") {
            SplitRefused::DateTaken(new.effective_on)
        } else {
            err.into()
        }
    })?;
    audit::write(
        &tx,
        audit::Entry {
            action: "collector.add_split",
            subject_type: if new.account.is_some() { "account" } else { "agency" },
            subject_id: Some(subject),
            after: Some(json!({"effective_on": row.effective_on, "split": row.split})),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(read(row)?)
}

/// The splits of an account, or (without one) of accounts on nobody's desk; newest first.
///
/// # Errors
/// [`Stop::Forbidden`] without `collector:read`, [`Stop::NotFound`].
pub async fn splits(
    app: &App,
    actor: &Actor,
    account: Option<AccountId>,
) -> Result<Vec<SplitVersion>, Stop> {
    actor.require_agency(Permission::CollectorRead)?;
    let tx = app.begin(actor).await?;
    if let Some(id) = account {
        let known = account::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
        known.ok_or(Stop::NotFound("account"))?;
    }
    let subject: Uuid = account.map_or(actor.agency().0, |id| id.0);
    let rows = collector_split::in_agency(tx.agency())
        .filter(collector_split::Column::SubjectId.eq(subject))
        .order_by_desc(collector_split::Column::EffectiveOn)
        .all(&tx)
        .await?;
    tx.commit().await?;
    rows.into_iter().map(|row| read(row).map_err(Stop::from)).collect()
}

fn read(row: collector_split::Model) -> Result<SplitVersion, Fault> {
    Ok(SplitVersion {
        id: row.id,
        effective_on: row.effective_on,
        split: row.split.map(serde_json::from_value).transpose()?,
        created_at: row.created_at,
    })
}
