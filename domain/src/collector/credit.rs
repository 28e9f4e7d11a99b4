//! The credit of one payment, and its claw-back.

use super::split::{MILLION, NotASplit, Split, millionths};
use crate::allocation::apportion;
use crate::id::{PaymentId, UserId};
use crate::money::{Money, TooLarge};
use crate::rate::Rate;
use crate::recovery::Month;
use std::collections::BTreeMap;

names! {
    /// What a collector's rate is of.
    CreditBase {
        /// What was paid.
        Payment = "payment";
        /// The agency's commission on it.
        Commission = "commission";
    }
}

names! {
    /// Whether a credit gives or takes back.
    CreditKind {
        /// For a payment.
        Earned = "earned";
        /// For its return.
        ClawBack = "claw_back";
    }
}

/// A payment as credit sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credited {
    /// The payment.
    pub payment: PaymentId,
    /// The month in which it counts.
    pub month: Month,
    /// What was paid on the debt.
    pub paid: Money,
    /// The agency's commission on it.
    pub commission: Money,
}

/// What one collector earned on one payment; below zero for a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    /// The member of the staff.
    pub collector: UserId,
    /// For which payment; of a claw-back the return.
    pub payment: PaymentId,
    /// For or against the collector.
    pub kind: CreditKind,
    /// The month in which it counts.
    pub month: Month,
    /// The collector's part of what the rate is of.
    pub base: Money,
    /// The rate in force.
    pub rate: Rate,
    /// What the collector earns.
    pub amount: Money,
}

/// Why a payment cannot be credited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditRefusal {
    /// The split is none.
    #[error(transparent)]
    Split(#[from] NotASplit),
    /// A member has no rate.
    #[error("collector {0} has no rate; set one, zero included")]
    NoRate(UserId),
    /// The credits are not those of one payment.
    #[error("only the credits of one payment, as they were earned, are clawed back together")]
    NotOnePayment,
    /// The numbers do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl CreditRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Split(split) => split.code(),
            Self::NoRate(_) => "collector_rate_missing",
            Self::NotOnePayment => "claw_back_mixed",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

/// Credits a payment to the members of a split, each at the own rate. The total (each part at its
/// rate, summed exactly) is rounded once, half away from zero; the shares are cut from it by
/// largest remainder and sum to it (money rule 18). Ties go to who stands first in the split.
///
/// # Errors
/// [`CreditRefusal`].
pub fn credit(
    payment: &Credited,
    base: CreditBase,
    split: &Split,
    rates: &BTreeMap<UserId, Rate>,
) -> Result<Vec<Credit>, CreditRefusal> {
    split.check()?;
    let base = match base {
        CreditBase::Payment => payment.paid,
        CreditBase::Commission => payment.commission,
    };
    let (parts, whole) = split.parts();
    let members = parts
        .iter()
        .map(|(collector, _)| {
            let rate = rates.get(collector).ok_or(CreditRefusal::NoRate(*collector))?;
            Ok((*collector, *rate))
        })
        .collect::<Result<Vec<_>, CreditRefusal>>()?;
    let parts: Vec<u128> = parts.into_iter().map(|(_, part)| part).collect();
    let earning: Vec<u128> =
        parts.iter().zip(&members).map(|(part, (_, rate))| part * millionths(*rate)).collect();
    let bases = shares(base, &parts, whole)?;
    let amounts = shares(base, &earning, whole * MILLION)?;
    let credit = |(((collector, rate), base), amount)| Credit {
        collector,
        payment: payment.payment,
        kind: CreditKind::Earned,
        month: payment.month,
        base,
        rate,
        amount,
    };
    Ok(members.into_iter().zip(bases).zip(amounts).map(credit).collect())
}

/// Takes back what a payment earned, in the month of its return: the exact mirror, share by share,
/// at the rates of then (domain rule 2.12). `earned` are all credits of that payment.
///
/// # Errors
/// [`CreditRefusal::NotOnePayment`] for credits of several payments or for claw-backs,
/// [`CreditRefusal::TooLarge`].
pub fn claw_back(
    earned: &[Credit],
    returned: PaymentId,
    month: Month,
) -> Result<Vec<Credit>, CreditRefusal> {
    let of = earned.first().map(|credit| credit.payment);
    if earned.iter().any(|c| Some(c.payment) != of || c.kind == CreditKind::ClawBack) {
        return Err(CreditRefusal::NotOnePayment);
    }
    let mirror = |credit: &Credit| {
        Ok(Credit {
            payment: returned,
            kind: CreditKind::ClawBack,
            month,
            base: credit.base.negated()?,
            amount: credit.amount.negated()?,
            ..*credit
        })
    };
    earned.iter().map(mirror).collect()
}

/// `of` times the sum of `parts / whole`, rounded once, cut in proportion to the parts.
fn shares(of: Money, parts: &[u128], whole: u128) -> Result<Vec<Money>, TooLarge> {
    let sum: u128 = parts.iter().sum();
    let exact = u128::from(of.minor().unsigned_abs()).checked_mul(sum).ok_or(TooLarge)?;
    // Half away from zero: (exact + whole / 2) / whole, in halves.
    let doubled = exact.checked_mul(2).and_then(|d| d.checked_add(whole)).ok_or(TooLarge)?;
    let rounded = doubled.checked_div(whole.checked_mul(2).ok_or(TooLarge)?).ok_or(TooLarge)?;
    let total = Money::from_minor(i64::try_from(rounded).map_err(|_| TooLarge)?);
    let total = if of.is_negative() { total.negated()? } else { total };
    apportion(total, parts)
}

#[cfg(test)]
mod tests;
