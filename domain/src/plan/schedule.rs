//! From a proposal to its installments (money rule 19).

use super::Installment;
use super::dates::Dates;
use crate::money::{Amount, Money, NotMoney, TooLarge};
use chrono::NaiveDate;

/// More parts than any agreement has; a larger number is a mistake.
const MOST_PARTS: u32 = 1_000;

/// What the debtor pays at once; a row of its own that does not count (money rule 19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownPayment {
    /// Due on the day; above zero.
    pub amount: Amount,
    /// When; before the first installment.
    pub due: NaiveDate,
}

/// "I know how much I can pay" or "I know how many payments": the other is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// So much each time; the last pays what is left, which may be less.
    Amount(Amount),
    /// So many parts: the total divided and rounded down to the cent; the last takes the remainder
    /// and is the largest.
    Number(u32),
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What the plan pays in all, the down payment included.
    pub total: Amount,
    /// What is paid at once.
    pub down_payment: Option<DownPayment>,
    /// When the installments are due.
    pub dates: Dates,
    /// How the rest is divided.
    pub parts: Parts,
}

/// Why a proposal has no schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleRefusal {
    /// The down payment leaves nothing to be paid in parts.
    #[error("the down payment {down_payment} must be less than the total {total}")]
    DownPaymentTooLarge {
        /// The down payment.
        down_payment: Amount,
        /// The plan's total.
        total: Amount,
    },
    /// The down payment is not before the first installment.
    #[error("the down payment on {due} must be before the first installment on {first}")]
    DownPaymentLate {
        /// The down payment's date.
        due: NaiveDate,
        /// The first installment's date.
        first: NaiveDate,
    },
    /// No part at all.
    #[error("a plan has at least one payment")]
    NoParts,
    /// More parts than a plan can have.
    #[error("a plan has at most {most} payments, and this one would have {asked}")]
    TooManyParts {
        /// The most.
        most: u32,
        /// As asked for or computed.
        asked: u64,
    },
    /// A part would be less than a cent.
    #[error("{rest} cannot be divided into {parts} payments of at least one cent")]
    PartBelowACent {
        /// What is divided.
        rest: Money,
        /// Into how many.
        parts: u32,
    },
    /// The dates given are more or fewer than the parts.
    #[error("{needed} dates are needed, and {given} were given")]
    DatesDiffer {
        /// As many as there are parts.
        needed: u32,
        /// As many as were given.
        given: u32,
    },
    /// The dates given do not follow each other.
    #[error("each date must be after the one before: see {date}")]
    DatesNotAscending {
        /// The first that does not.
        date: NaiveDate,
    },
    /// The calendar ends before the plan.
    #[error("the dates run past the end of the calendar")]
    DateOutOfRange,
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl ScheduleRefusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::DownPaymentTooLarge { .. } => "down_payment_too_large",
            Self::DownPaymentLate { .. } => "down_payment_late",
            Self::NoParts => "no_parts",
            Self::TooManyParts { .. } => "too_many_parts",
            Self::PartBelowACent { .. } => "part_below_a_cent",
            Self::DatesDiffer { .. } => "dates_differ",
            Self::DatesNotAscending { .. } => "dates_not_ascending",
            Self::DateOutOfRange => "date_out_of_range",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

/// The installments of a proposal, the down payment first.
///
/// They sum to the total, none is below a cent, and their dates ascend strictly. By number, the last
/// is the largest (money rule 19); by amount, the last is what is left and the others are equal.
pub fn schedule(proposal: &Proposal) -> Result<Vec<Installment>, ScheduleRefusal> {
    let total = proposal.total;
    let down = proposal.down_payment;
    let rest = total.money().minus(down.map_or(Money::ZERO, |down| down.amount.money()))?;
    if let (Some(down), false) = (down, rest.is_positive()) {
        return Err(ScheduleRefusal::DownPaymentTooLarge { down_payment: down.amount, total });
    }
    let (count, each) = divide(rest, proposal.parts)?;
    let dates = proposal.dates.first(count)?;
    if let (Some(down), Some(first)) = (down, dates.first().copied())
        && down.due >= first
    {
        return Err(ScheduleRefusal::DownPaymentLate { due: down.due, first });
    }
    let before_last =
        each.minor().checked_mul(i64::from(count - 1)).map(Money::from_minor).ok_or(TooLarge)?;
    let not_a_cent = |_: NotMoney| ScheduleRefusal::PartBelowACent { rest, parts: count };
    let last = Amount::new(rest.minus(before_last)?).map_err(not_a_cent)?;
    let each = Amount::new(each).map_err(not_a_cent)?;
    let down = down.map(|down| Installment {
        number: 0,
        due: down.due,
        amount: down.amount,
        skipped: false,
    });
    let parts = (1..=count).zip(dates).map(|(number, due)| Installment {
        number,
        due,
        amount: if number == count { last } else { each },
        skipped: false,
    });
    Ok(down.into_iter().chain(parts).collect())
}

/// How many parts, at least one, and how much each but the last.
fn divide(rest: Money, parts: Parts) -> Result<(u32, Money), ScheduleRefusal> {
    let too_many = |asked: u64| ScheduleRefusal::TooManyParts { most: MOST_PARTS, asked };
    match parts {
        Parts::Number(0) => Err(ScheduleRefusal::NoParts),
        Parts::Number(count) if count > MOST_PARTS => Err(too_many(u64::from(count))),
        Parts::Number(count) => Ok((count, Money::from_minor(rest.minor() / i64::from(count)))),
        Parts::Amount(each) => {
            let asked = rest.minor().unsigned_abs().div_ceil(each.minor().unsigned_abs());
            let count = u32::try_from(asked)
                .ok()
                .filter(|count| *count <= MOST_PARTS)
                .ok_or_else(|| too_many(asked))?;
            Ok((count, each.money().min(rest)))
        }
    }
}
