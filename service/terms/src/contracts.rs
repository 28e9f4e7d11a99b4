//! Contract terms of creditors, one row a version: commission, allocation, remittance, holds, tax.

use crate::creditors::{self, reach};
use chrono::{Days, NaiveDate};
use domain::allocation::{AllocationRule, AllocationTerms, BucketPercent, NotARule};
use domain::hold::{HoldTerms, HoldTooLong};
use domain::interest;
use domain::remittance::{self, BadTerms};
use domain::terms::{Version, Versioned};
use domain::{Bucket, ContractId, CreditorId, Permission, Rate};
pub use entity::contract::Model as Contract;
use entity::{contract, statement};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Flaw, Kind, Refused, Stop, broke};
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Set};

/// A new version of a creditor's contract terms.
#[derive(Debug, Clone)]
pub struct NewContract {
    /// Whose.
    pub creditor: CreditorId,
    /// The first effective date of a payment that it applies to.
    pub effective_on: NaiveDate,
    /// The agency's share of what is collected; none where a commission schedule decides.
    pub commission_rate: Option<Rate>,
    /// The order in which a payment fills the buckets; each bucket once.
    pub allocation_order: [Bucket; 5],
    /// Buckets that take a share of what remains before the order does (money rule 14).
    pub allocation_percents: Vec<BucketPercent>,
    /// How, when and from what amount the creditor gets its money.
    pub remittance: remittance::Terms,
    /// How long money of each method is held; none: the usual holds (money rule 1).
    pub holds: Option<HoldTerms>,
    /// The tax on commission; none where the creditor is exempt.
    pub tax_rate: Option<Rate>,
    /// How accounts placed from then on bear interest; none: they bear none.
    pub interest: Option<interest::Policy>,
}

impl NewContract {
    /// A flat rate, the usual order, remitted net each month.
    pub fn flat(creditor: CreditorId, effective_on: NaiveDate, rate: Rate) -> Self {
        Self {
            creditor,
            effective_on,
            commission_rate: Some(rate),
            allocation_order: domain::allocation::AllocationOrder::USUAL.buckets(),
            allocation_percents: Vec::new(),
            remittance: remittance::Terms::default(),
            holds: None,
            tax_rate: None,
            interest: None,
        }
    }
}

/// Why contract terms are not saved.
#[derive(Debug, thiserror::Error)]
pub enum ContractRefused {
    /// The creditor is unknown.
    #[error("there is no such creditor")]
    UnknownCreditor,
    /// The allocation is no rule.
    #[error(transparent)]
    BadAllocation(NotARule),
    /// The remittance terms contradict themselves.
    #[error(transparent)]
    BadRemittance(#[from] BadTerms),
    /// A hold is too long.
    #[error(transparent)]
    BadHold(#[from] HoldTooLong),
    /// The interest policy contradicts itself.
    #[error("the interest terms do not fit; the faults are listed")]
    BadInterest(Vec<interest::Fault>),
    /// A version is already effective on this date.
    #[error("a contract version is already effective on {0}; choose another date")]
    DateTaken(NaiveDate),
    /// Money would change sides in the middle of a period (domain rule 2.7).
    #[error(
        "the remittance method may change only where a period begins; the next one begins on {next}"
    )]
    MethodOffBoundary {
        /// The first day on or after the one given that begins a period.
        next: NaiveDate,
    },
    /// A statement has covered that day.
    #[error("a closed statement covers {covered_to}; the method may change after it")]
    PeriodClosed {
        /// Its last day.
        covered_to: NaiveDate,
    },
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ContractRefused);

impl Refused for ContractRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::UnknownCreditor => Kind::NotFound,
            Self::BadAllocation(_)
            | Self::BadRemittance(_)
            | Self::BadHold(_)
            | Self::BadInterest(_) => Kind::Invalid,
            Self::DateTaken(_) | Self::MethodOffBoundary { .. } | Self::PeriodClosed { .. } => {
                Kind::Conflict
            }
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownCreditor => "not_found",
            Self::BadAllocation(NotARule::Order) => "bad_allocation_order",
            Self::BadAllocation(err) => err.code(),
            Self::BadRemittance(BadTerms::GrossNeedsGrossDeposit) => "gross_needs_gross_deposit",
            Self::BadRemittance(BadTerms::NegativeMinimum) => "negative_minimum",
            Self::BadRemittance(BadTerms::InvoiceDays) => "bad_invoice_days",
            Self::BadHold(err) => err.code(),
            Self::BadInterest(_) => "bad_interest",
            Self::DateTaken(_) => "contract_date_taken",
            Self::MethodOffBoundary { .. } => "method_off_boundary",
            Self::PeriodClosed { .. } => "period_closed",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadAllocation(NotARule::Order) => Some("/allocation_order"),
            Self::BadAllocation(NotARule::PercentTwice(_)) => Some("/allocation_percents"),
            Self::BadRemittance(_) => Some("/remittance"),
            Self::BadHold(_) => Some("/holds"),
            Self::DateTaken(_) | Self::MethodOffBoundary { .. } | Self::PeriodClosed { .. } => {
                Some("/effective_on")
            }
            Self::UnknownCreditor | Self::BadInterest(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn flaws(&self) -> Vec<Flaw> {
        match self {
            Self::BadInterest(faults) => faults
                .iter()
                .map(|fault| Flaw {
                    pointer: format!("/interest{}", fault.pointer),
                    code: fault.code.name(),
                    words: fault.code.words().to_owned(),
                    facts: Vec::new(),
                })
                .collect(),
            Self::UnknownCreditor
            | Self::BadAllocation(_)
            | Self::BadRemittance(_)
            | Self::BadHold(_)
            | Self::DateTaken(_)
            | Self::MethodOffBoundary { .. }
            | Self::PeriodClosed { .. }
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::MethodOffBoundary { next } => {
                vec![("next_period_begins", next.to_string().into())]
            }
            Self::PeriodClosed { covered_to } => {
                vec![("covered_to", covered_to.to_string().into())]
            }
            Self::UnknownCreditor
            | Self::BadAllocation(_)
            | Self::BadRemittance(_)
            | Self::BadHold(_)
            | Self::BadInterest(_)
            | Self::DateTaken(_)
            | Self::Stop(_) => Vec::new(),
        }
    }
}

/// Adds a version of the contract terms. Payments posted before it keep their own terms.
pub async fn add(
    app: &App,
    actor: &Actor,
    new: NewContract,
) -> Result<contract::Model, ContractRefused> {
    actor.require_agency(Permission::CreditorWrite)?;
    AllocationTerms {
        order: new.allocation_order.to_vec(),
        percents: new.allocation_percents.clone(),
    }
    .check()
    .map_err(ContractRefused::BadAllocation)?;
    new.remittance.check()?;
    new.holds.map_or(Ok(()), |holds| holds.check())?;
    new.interest.map_or(Ok(()), |policy| policy.check()).map_err(ContractRefused::BadInterest)?;
    let tx = app.begin(actor).await?;
    at_a_boundary(&tx, &new).await?;
    let percents = (!new.allocation_percents.is_empty())
        .then(|| serde_json::to_value(&new.allocation_percents))
        .transpose()
        .map_err(kernel::stop::Fault::from)?;
    let row = contract::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(ContractId(random::uuid())),
        creditor_id: Set(new.creditor),
        effective_on: Set(new.effective_on),
        commission_rate: Set(new.commission_rate),
        allocation_order: Set(new.allocation_order.map(|bucket| bucket.name().to_owned()).to_vec()),
        created_at: Set(tx.now()),
        allocation_percent: Set(percents),
        remittance: Set(new.remittance),
        holds: Set(new.holds),
        interest: Set(new.interest),
        tax_rate: Set(new.tax_rate),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "contract_version_unique") {
            ContractRefused::DateTaken(new.effective_on)
        } else if broke(&err, "contract_creditor_fk") {
            ContractRefused::UnknownCreditor
        } else {
            err.into()
        }
    })?;
    audit::write(
        &tx,
        audit::Entry {
            action: "creditor.add_contract",
            subject_type: "creditor",
            subject_id: Some(new.creditor.0),
            after: Some(serde_json::json!({
                "effective_on": row.effective_on,
                "commission_rate": row.commission_rate.map(|rate| rate.to_string()),
                "allocation_order": row.allocation_order,
                "allocation_percents": row.allocation_percent,
                "remittance": row.remittance,
                "holds": row.holds,
                "interest": row.interest,
                "tax_rate": row.tax_rate.map(|rate| rate.to_string()),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// The versions of a creditor's contract terms, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    creditor: CreditorId,
) -> Result<Vec<contract::Model>, Stop> {
    actor.require(Permission::CreditorRead)?;
    let tx = app.begin(actor).await?;
    reach(&tx, creditor).await?;
    let rows = contract::in_agency(tx.agency())
        .filter(contract::Column::CreditorId.eq(creditor))
        .order_by_desc(contract::Column::EffectiveOn)
        .all(&tx)
        .await?;
    tx.commit().await?;
    Ok(rows)
}

/// The terms in force before a day, of this creditor alone.
async fn before(
    tx: &Tx,
    creditor: CreditorId,
    day: NaiveDate,
) -> Result<Option<contract::Model>, Stop> {
    Ok(contract::in_agency(tx.agency())
        .filter(contract::Column::CreditorId.eq(creditor))
        .filter(contract::Column::EffectiveOn.lt(day))
        .order_by_desc(contract::Column::EffectiveOn)
        .limit(1)
        .one(tx)
        .await?)
}

/// Another remittance method begins with a period that no statement has covered (domain rule 2.7:
/// a switch in the middle is how balances were corrupted elsewhere).
async fn at_a_boundary(tx: &Tx, new: &NewContract) -> Result<(), ContractRefused> {
    let Some(old) = before(tx, new.creditor, new.effective_on).await? else { return Ok(()) };
    if old.remittance.method == new.remittance.method {
        return Ok(());
    }
    let last = statement::in_agency(tx.agency())
        .filter(statement::Column::CreditorId.eq(new.creditor))
        .order_by_desc(statement::Column::PeriodEnd)
        .limit(1)
        .one(tx)
        .await?;
    if let Some(covered_to) = last.map(|row| row.period_end).filter(|end| *end >= new.effective_on)
    {
        return Err(ContractRefused::PeriodClosed { covered_to });
    }
    let begins = |day: NaiveDate| {
        day.checked_sub_days(Days::new(1)).is_none_or(|end| old.remittance.period.ends_on(end))
    };
    if begins(new.effective_on) {
        return Ok(());
    }
    let next = new.effective_on.iter_days().take(32).find(|day| begins(*day));
    Err(ContractRefused::MethodOffBoundary { next: next.unwrap_or(new.effective_on) })
}

/// The rule of allocation that a contract's columns say.
pub fn allocation_rule(
    order: Vec<String>,
    percent: Option<serde_json::Value>,
) -> Result<AllocationRule, Fault> {
    let order = order
        .iter()
        .map(|name| Bucket::ALL.into_iter().find(|bucket| bucket.name() == name))
        .collect::<Option<Vec<Bucket>>>()
        .ok_or(Fault::Unexpected("a contract with a broken allocation order"))?;
    let percents: Vec<BucketPercent> =
        percent.map(serde_json::from_value).transpose()?.unwrap_or_default();
    AllocationTerms { order, percents }
        .check()
        .map_err(|_| Fault::Unexpected("a contract with a broken allocation rule"))
}

/// The contract versions that may apply to a creditor: its own and those of the creditors above it.
pub async fn versions(tx: &Tx, creditor: CreditorId) -> Result<Versioned<contract::Model>, Fault> {
    let path = creditors::path(tx, creditor).await?;
    let rows = contract::in_agency(tx.agency())
        .filter(contract::Column::CreditorId.is_in(path.clone()))
        .all(tx)
        .await?;
    let placed = rows.into_iter().filter_map(|row| {
        let distance = path.iter().position(|id| *id == row.creditor_id)?;
        let distance = u16::try_from(distance).ok()?;
        Some(Version { distance, effective_on: row.effective_on, terms: row })
    });
    Ok(Versioned::new(placed.collect()))
}
