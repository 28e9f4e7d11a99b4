//! Which payment paid which installment: oldest first, so that an early payment counts toward the
//! next installment or installments (domain rule 2.10).

use super::{Installment, Received};
use crate::money::{Amount, Money, TooLarge};
use chrono::NaiveDate;

/// How far an installment is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The installment.
    pub installment: Installment,
    /// What has been paid of it; never more than its amount.
    pub paid: Money,
    /// The effective date of the payment that completed it.
    pub paid_on: Option<NaiveDate>,
}

impl Progress {
    /// Whether it still asks for money.
    pub fn is_open(&self) -> bool {
        self.paid < self.installment.asked()
    }
}

/// A part of a payment that went to an installment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The position of the payment among those given.
    pub payment: usize,
    /// The installment's number.
    pub number: u32,
    /// Of the payment that counts for it.
    pub amount: Amount,
}

/// What payments did to a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// Each installment, in order.
    pub rows: Vec<Progress>,
    /// Each part of each payment.
    pub matches: Vec<Match>,
    /// What was more than the schedule asks for.
    pub left_over: Money,
}

/// Matches the payments that stand on a day to the installments, by effective date and then in the
/// order given. Money is conserved: matches and what is left over sum to the payments.
pub fn match_payments(
    rows: &[Installment],
    payments: &[Received],
    day: NaiveDate,
) -> Result<Matched, TooLarge> {
    let mut standing: Vec<_> =
        payments.iter().enumerate().filter(|(_, payment)| payment.stands_on(day)).collect();
    standing.sort_by_key(|(at, payment)| (payment.on, *at));
    let mut progress: Vec<Progress> = rows
        .iter()
        .map(|row| Progress { installment: *row, paid: Money::ZERO, paid_on: None })
        .collect();
    let mut matches = Vec::new();
    let mut left_over = Money::ZERO;
    for (payment, received) in standing {
        let mut left = received.amount.money();
        for row in progress.iter_mut().filter(|row| row.is_open()) {
            let taken = left.min(row.installment.asked().minus(row.paid)?);
            let Ok(amount) = Amount::new(taken) else { break };
            left = left.minus(taken)?;
            row.paid = row.paid.plus(taken)?;
            row.paid_on = (!row.is_open()).then_some(received.on);
            matches.push(Match { payment, number: row.installment.number, amount });
        }
        left_over = left_over.plus(left)?;
    }
    Ok(Matched { rows: progress, matches, left_over })
}
