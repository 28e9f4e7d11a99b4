//! An offer: its amount, its floor, and until when it may be accepted.

use super::{Acceptance, Tiers};
use crate::money::{Amount, Money, NotMoney, TooLarge};
use crate::rate::Rate;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// What is offered for the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// This share of the balance, rounded half away from zero at the cent (domain rule 2.1).
    Share(Rate),
    /// This amount.
    Amount(Amount),
    /// As little as the tier allows.
    Floor,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// What the account owes.
    pub balance: Money,
    /// Days since it was placed.
    pub days_since_placement: u32,
    /// Its product, such as "medical".
    pub product: &'a str,
    /// The creditor's blanket floor, below which no tier may go.
    pub client_floor: Option<Rate>,
    /// What is offered.
    pub offered: Offered,
    /// In at most how many parts.
    pub parts: u32,
    /// The day of the offer in the debtor's zone.
    pub today: NaiveDate,
    /// The debtor's zone.
    pub zone: Tz,
}

/// An offer, with the terms that it was made under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The balance it was made for.
    pub balance: Money,
    /// What settles it.
    pub total: Amount,
    /// The least that the tier and the creditor allowed.
    pub floor: Money,
    /// In at most how many parts.
    pub most_parts: u32,
    /// Who may accept.
    pub acceptance: Acceptance,
    /// The last day on which it may be accepted, in the debtor's zone.
    pub last_day: NaiveDate,
    /// The last second of that day.
    pub expires_at: DateTime<Utc>,
}

/// Why nothing is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferRefusal {
    /// No tier settles this debt.
    #[error("a balance of {balance} is not settled {days} days after placement")]
    NotSettled {
        /// The balance.
        balance: Money,
        /// Days since placement.
        days: u32,
    },
    /// Less than the floor: two people or the creditor must agree, under their own tiers.
    #[error("the settlement must be at least {floor}, and {offered} was offered")]
    BelowFloor {
        /// The least allowed.
        floor: Money,
        /// As offered.
        offered: Money,
    },
    /// Not less than the balance: it is paid, not settled.
    #[error("{offered} is not less than the balance of {balance}: pay it in full instead")]
    NotBelowBalance {
        /// The balance.
        balance: Money,
        /// As offered.
        offered: Money,
    },
    /// Too many parts.
    #[error("at most {most} parts are allowed, and {asked} were asked for")]
    TooManyParts {
        /// The most.
        most: u32,
        /// As asked for.
        asked: u32,
    },
    /// No part, or a part of less than a cent.
    #[error("{offered} cannot be paid in {parts} parts of at least one cent")]
    NoSuchParts {
        /// As offered.
        offered: Money,
        /// As asked for.
        parts: u32,
    },
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl OfferRefusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotSettled { .. } => "not_settled",
            Self::BelowFloor { .. } => "below_floor",
            Self::NotBelowBalance { .. } => "not_below_balance",
            Self::TooManyParts { .. } => "too_many_parts",
            Self::NoSuchParts { .. } => "no_such_parts",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

/// Makes an offer under a table of tiers. Below its floor nothing is offered: whoever approves it
/// proposes under the approver's own tiers (domain checklist 65: the approver's limits apply).
pub fn propose(tiers: &Tiers, ask: &Ask<'_>) -> Result<Offer, OfferRefusal> {
    let Ask { balance, days_since_placement: days, .. } = *ask;
    let terms = tiers
        .find(balance, days, ask.product)
        .and_then(|tier| tier.terms)
        .filter(|_| balance.is_positive())
        .ok_or(OfferRefusal::NotSettled { balance, days })?;
    let floor = ask.client_floor.map_or(terms.floor, |own| own.max(terms.floor)).of(balance)?;
    let offered = match ask.offered {
        Offered::Share(share) => share.of(balance)?,
        Offered::Amount(amount) => amount.money(),
        Offered::Floor => floor,
    };
    if offered < floor {
        return Err(OfferRefusal::BelowFloor { floor, offered });
    }
    if offered >= balance {
        return Err(OfferRefusal::NotBelowBalance { balance, offered });
    }
    if ask.parts > terms.most_parts {
        return Err(OfferRefusal::TooManyParts { most: terms.most_parts, asked: ask.parts });
    }
    let no_such_parts = OfferRefusal::NoSuchParts { offered, parts: ask.parts };
    let total = Amount::new(offered).map_err(|_: NotMoney| no_such_parts)?;
    if ask.parts == 0 || offered.minor() < i64::from(ask.parts) {
        return Err(no_such_parts);
    }
    let last_day = ask
        .today
        .checked_add_days(Days::new(u64::from(terms.valid_days)))
        .unwrap_or(NaiveDate::MAX);
    Ok(Offer {
        balance,
        total,
        floor,
        most_parts: ask.parts,
        acceptance: terms.acceptance,
        last_day,
        expires_at: expires_at(last_day, ask.zone),
    })
}

/// 23:59:59 of a day in the debtor's zone (domain rule 2.10). Where clocks go back over it, the later
/// of the two; where that second does not exist, the first half hour that does: the debtor never
/// loses time.
pub fn expires_at(last_day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let second = NaiveTime::MIN.overflowing_sub_signed(TimeDelta::seconds(1)).0;
    let local = last_day.and_time(second);
    // No zone ever left out more than a day.
    (0..=48)
        .find_map(|half_hours| {
            let later = local.checked_add_signed(TimeDelta::minutes(30 * half_hours))?;
            zone.from_local_datetime(&later).latest()
        })
        .map_or_else(|| local.and_utc(), |instant| instant.with_timezone(&Utc))
}

impl Offer {
    /// Whether it can no longer be accepted. The last second counts whole.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        now.timestamp() > self.expires_at.timestamp()
    }
}
