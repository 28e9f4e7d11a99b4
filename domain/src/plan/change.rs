//! Changes of an agreed plan: tweak, skip, pause (domain rule 2.10). The total stays: what one
//! installment gives up, the last carries.

use super::days_after;
use super::{Installment, Progress};
use crate::money::{Amount, Money, TooLarge};
use chrono::{Days, NaiveDate};

/// One change of one installment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// So many days later, or earlier below zero.
    MoveDays(i32),
    /// Another amount; the last installment compensates.
    Amount(Amount),
}

/// Why a plan cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    /// There is no such installment.
    #[error("the plan has no installment {number}")]
    NotFound {
        /// As asked for.
        number: u32,
    },
    /// It is paid, in part or in full, or skipped.
    #[error("installment {number} is paid, partly paid or skipped and cannot be changed")]
    NotOpen {
        /// As asked for.
        number: u32,
    },
    /// The last takes what is left: its amount follows from the others.
    #[error("the last installment takes what is left; change another one's amount")]
    LastCompensates,
    /// The others would leave less than a cent to the last.
    #[error("this would leave {left} to the last installment")]
    NothingLeftForLast {
        /// What would be left.
        left: Money,
    },
    /// The date would lie before today.
    #[error("{date} lies before today, {today}")]
    DateInThePast {
        /// The date asked for.
        date: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// The date would meet or pass a neighbor's.
    #[error("{date} must lie between the installments before and after it")]
    DateOutOfOrder {
        /// The date asked for.
        date: NaiveDate,
    },
    /// A plan pauses once.
    #[error("the plan was already paused on {on}")]
    AlreadyPaused {
        /// The day of that pause.
        on: NaiveDate,
    },
    /// The pause is too long, or of no day.
    #[error("a pause lasts 1 to {most} days, and {asked} were asked for")]
    PauseOutOfRange {
        /// The most.
        most: u32,
        /// As asked for.
        asked: u32,
    },
    /// Everything is paid.
    #[error("nothing of the plan is left to be paid")]
    NothingLeft,
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl ChangeRefusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound { .. } => "installment_not_found",
            Self::NotOpen { .. } => "installment_not_open",
            Self::LastCompensates => "last_compensates",
            Self::NothingLeftForLast { .. } => "nothing_left_for_last",
            Self::DateInThePast { .. } => "date_in_the_past",
            Self::DateOutOfOrder { .. } => "date_out_of_order",
            Self::AlreadyPaused { .. } => "already_paused",
            Self::PauseOutOfRange { .. } => "pause_out_of_range",
            Self::NothingLeft => "nothing_left",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

/// Moves one installment or changes its amount; the last compensates. Whether the outcome keeps to the
/// limits is asked of [`super::check_rows`].
pub fn tweak(
    rows: &[Progress],
    number: u32,
    change: Change,
    today: NaiveDate,
) -> Result<Vec<Installment>, ChangeRefusal> {
    let at = untouched(rows, number)?;
    let mut after: Vec<Installment> = rows.iter().map(|row| row.installment).collect();
    let Some(row) = after.get_mut(at) else { return Err(ChangeRefusal::NotFound { number }) };
    match change {
        Change::Amount(amount) => {
            if at + 1 == rows.len() {
                return Err(ChangeRefusal::LastCompensates);
            }
            let freed = row.amount.money().minus(amount.money())?;
            row.amount = amount;
            give_to_last(&mut after, freed)?;
        }
        Change::MoveDays(days) => {
            let date = moved(row.due, days);
            row.due = date;
            if date < today {
                return Err(ChangeRefusal::DateInThePast { date, today });
            }
            let after_earlier = at
                .checked_sub(1)
                .and_then(|before| rows.get(before))
                .is_none_or(|before| before.installment.due < date);
            let before_later = rows.get(at + 1).is_none_or(|next| date < next.installment.due);
            if !after_earlier || !before_later {
                return Err(ChangeRefusal::DateOutOfOrder { date });
            }
        }
    }
    Ok(after)
}

/// Leaves one installment out; the last carries its amount.
pub fn skip(rows: &[Progress], number: u32) -> Result<Vec<Installment>, ChangeRefusal> {
    let at = untouched(rows, number)?;
    if at + 1 == rows.len() {
        return Err(ChangeRefusal::LastCompensates);
    }
    let mut after: Vec<Installment> = rows.iter().map(|row| row.installment).collect();
    let Some(row) = after.get_mut(at) else { return Err(ChangeRefusal::NotFound { number }) };
    row.skipped = true;
    let freed = row.amount.money();
    give_to_last(&mut after, freed)?;
    Ok(after)
}

/// Pauses a plan once for hardship: every installment that is not yet paid moves by so many days. One
/// that is overdue within its grace moves too, else the plan would break during the pause.
pub fn pause(
    rows: &[Progress],
    days: u32,
    most_days: u32,
    paused_on: Option<NaiveDate>,
) -> Result<Vec<Installment>, ChangeRefusal> {
    if let Some(on) = paused_on {
        return Err(ChangeRefusal::AlreadyPaused { on });
    }
    if days == 0 || days > most_days {
        return Err(ChangeRefusal::PauseOutOfRange { most: most_days, asked: days });
    }
    if !rows.iter().any(Progress::is_open) {
        return Err(ChangeRefusal::NothingLeft);
    }
    let first_open = rows.iter().position(Progress::is_open).unwrap_or(rows.len());
    Ok(rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let row = row.installment;
            let due = if at < first_open { row.due } else { days_after(row.due, days) };
            Installment { due, ..row }
        })
        .collect())
}

/// The position of an installment that nothing was paid of.
fn untouched(rows: &[Progress], number: u32) -> Result<usize, ChangeRefusal> {
    let (at, row) = rows
        .iter()
        .enumerate()
        .find(|(_, row)| row.installment.number == number)
        .ok_or(ChangeRefusal::NotFound { number })?;
    if row.installment.skipped || !row.paid.is_zero() {
        return Err(ChangeRefusal::NotOpen { number });
    }
    Ok(at)
}

/// Nothing is paid of the last while another is untouched: payments fill them in order.
fn give_to_last(after: &mut [Installment], freed: Money) -> Result<(), ChangeRefusal> {
    let Some(last) = after.last_mut() else { return Err(ChangeRefusal::NothingLeft) };
    let left = last.amount.money().plus(freed)?;
    let amount = Amount::new(left).map_err(|_| ChangeRefusal::NothingLeftForLast { left })?;
    last.amount = amount;
    Ok(())
}

fn moved(date: NaiveDate, days: i32) -> NaiveDate {
    let by = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 {
        date.checked_sub_days(by).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_days(by).unwrap_or(NaiveDate::MAX)
    }
}
