//! Accepting an offer: its terms are frozen then (domain rule 2.10).

use super::{Acceptance, Offer, OfferState};
use crate::money::{Amount, Money};
use crate::plan::{Dates, Installment, Parts, Proposal, ScheduleRefusal, schedule};
use chrono::{DateTime, NaiveDate, Utc};

/// The terms of an accepted offer, as they were on that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The balance that is settled.
    pub balance: Money,
    /// What settles it.
    pub total: Amount,
    /// The parts: the last takes the remainder (money rule 19).
    pub parts: Vec<Installment>,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
    /// Who accepted for the creditor.
    pub accepted_by: Acceptance,
    /// Calendar days after a part's due date before the settlement is broken.
    pub grace_days: u32,
}

/// How an offer is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// In how many parts.
    pub parts: u32,
    /// When they are due.
    pub dates: Dates,
    /// Who accepts for the creditor.
    pub by: Acceptance,
    /// The grace in force, in calendar days ([`crate::limits::Limits::plan_grace`]).
    pub grace_days: u32,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Why an offer cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcceptRefusal {
    /// It was used, taken back, or annulled.
    #[error("this offer is {}", .state.name())]
    NotOpen {
        /// Its state.
        state: OfferState,
    },
    /// It came too late.
    #[error("this offer ended on {last_day}")]
    Expired {
        /// The last day on which it could be accepted.
        last_day: NaiveDate,
    },
    /// The debt has changed since.
    #[error("the balance was {offered} when the offer was made and is {now} now")]
    BalanceChanged {
        /// The balance it was made for.
        offered: Money,
        /// What is owed now.
        now: Money,
    },
    /// Somebody else must approve.
    #[error("this settlement needs the approval of: {}", .needs.name())]
    ApprovalNeeded {
        /// The least approval that is enough.
        needs: Acceptance,
    },
    /// More parts than were offered.
    #[error("at most {most} parts were offered, and {asked} were asked for")]
    TooManyParts {
        /// The most.
        most: u32,
        /// As asked for.
        asked: u32,
    },
    /// The first part is due after the offer's last day.
    #[error("the first part must be paid by {latest}, and it would be on {first}")]
    FirstPartTooLate {
        /// The offer's last day.
        latest: NaiveDate,
        /// As asked for.
        first: NaiveDate,
    },
    /// The parts have no schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleRefusal),
}

impl AcceptRefusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOpen { .. } => "offer_not_open",
            Self::Expired { .. } => "offer_expired",
            Self::BalanceChanged { .. } => "balance_changed",
            Self::ApprovalNeeded { .. } => "approval_needed",
            Self::TooManyParts { .. } => "too_many_parts",
            Self::FirstPartTooLate { .. } => "first_part_too_late",
            Self::Schedule(refusal) => refusal.code(),
        }
    }
}

/// Accepts an offer once, in as many parts as asked for.
///
/// `owed` is what the account owes now: an offer is a share of the balance that it named.
pub fn accept(
    offer: &Offer,
    state: OfferState,
    owed: Money,
    consent: Consent,
) -> Result<Accepted, AcceptRefusal> {
    let Consent { parts, dates, by, grace_days, now } = consent;
    if state != OfferState::Offered {
        return Err(AcceptRefusal::NotOpen { state });
    }
    if offer.has_expired(now) {
        return Err(AcceptRefusal::Expired { last_day: offer.last_day });
    }
    if owed != offer.balance {
        return Err(AcceptRefusal::BalanceChanged { offered: offer.balance, now: owed });
    }
    if !offer.acceptance.is_given_by(by) {
        return Err(AcceptRefusal::ApprovalNeeded { needs: offer.acceptance });
    }
    if parts > offer.most_parts {
        return Err(AcceptRefusal::TooManyParts { most: offer.most_parts, asked: parts });
    }
    let rows = schedule(&Proposal {
        total: offer.total,
        down_payment: None,
        dates,
        parts: Parts::Number(parts),
    })?;
    if let Some(first) = rows.first().map(|row| row.due).filter(|first| *first > offer.last_day) {
        return Err(AcceptRefusal::FirstPartTooLate { latest: offer.last_day, first });
    }
    Ok(Accepted {
        balance: offer.balance,
        total: offer.total,
        parts: rows,
        accepted_at: now,
        accepted_by: by,
        grace_days,
    })
}
