//! Due dates (money rule 19): they do not move off weekends; charges and retries do.

use super::Frequency;
use super::schedule::ScheduleRefusal;
use chrono::{Datelike, Days, Months, NaiveDate};

/// When a plan pays, the down payment apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dates {
    /// Every week from the first date.
    Weekly(NaiveDate),
    /// Every two weeks from the first date.
    Biweekly(NaiveDate),
    /// On day d of the first date and on d ± 15 of each month, clamped to the month's end.
    SemiMonthly(NaiveDate),
    /// On the day of the first date, clamped to the month's end, back to it where it exists.
    Monthly(NaiveDate),
    /// On these dates, one for each installment.
    Custom(Vec<NaiveDate>),
}

impl Dates {
    /// Regular dates; none for [`Frequency::Custom`], whose dates must be named.
    pub fn regular(frequency: Frequency, first: NaiveDate) -> Option<Self> {
        match frequency {
            Frequency::Weekly => Some(Self::Weekly(first)),
            Frequency::Biweekly => Some(Self::Biweekly(first)),
            Frequency::SemiMonthly => Some(Self::SemiMonthly(first)),
            Frequency::Monthly => Some(Self::Monthly(first)),
            Frequency::Custom => None,
        }
    }

    /// How often.
    pub fn frequency(&self) -> Frequency {
        match self {
            Self::Weekly(_) => Frequency::Weekly,
            Self::Biweekly(_) => Frequency::Biweekly,
            Self::SemiMonthly(_) => Frequency::SemiMonthly,
            Self::Monthly(_) => Frequency::Monthly,
            Self::Custom(_) => Frequency::Custom,
        }
    }

    /// The first `count` dates, strictly ascending.
    pub(super) fn first(&self, count: u32) -> Result<Vec<NaiveDate>, ScheduleRefusal> {
        let dates: Option<Vec<NaiveDate>> = match self {
            Self::Weekly(first) => (0..count).map(|at| every(*first, 7, at)).collect(),
            Self::Biweekly(first) => (0..count).map(|at| every(*first, 14, at)).collect(),
            Self::SemiMonthly(first) => (0..count).map(|at| half_month(*first, at)).collect(),
            Self::Monthly(first) => {
                (0..count).map(|at| first.checked_add_months(Months::new(at))).collect()
            }
            Self::Custom(dates) => Some(dates.clone()),
        };
        let dates = dates.ok_or(ScheduleRefusal::DateOutOfRange)?;
        let given = u32::try_from(dates.len()).unwrap_or(u32::MAX);
        if given != count {
            return Err(ScheduleRefusal::DatesDiffer { needed: count, given });
        }
        match dates.iter().zip(dates.iter().skip(1)).find(|(one, next)| one >= next) {
            Some((_, next)) => Err(ScheduleRefusal::DatesNotAscending { date: *next }),
            None => Ok(dates),
        }
    }
}

fn every(first: NaiveDate, days: u64, at: u32) -> Option<NaiveDate> {
    first.checked_add_days(Days::new(days.checked_mul(u64::from(at))?))
}

/// The `at`-th date of a pair of days in each month, counted from the first date.
fn half_month(first: NaiveDate, at: u32) -> Option<NaiveDate> {
    let day = first.day();
    let (early, late, starts_late) =
        if day <= 15 { (day, day + 15, 0) } else { (day - 15, day, 1) };
    let halves = at.checked_add(starts_late)?;
    let month = first.with_day(1)?.checked_add_months(Months::new(halves / 2))?;
    clamped(month, if halves.is_multiple_of(2) { early } else { late })
}

/// A day of a month, or the month's last day where it has no such day.
fn clamped(month: NaiveDate, day: u32) -> Option<NaiveDate> {
    let last = month.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?.day();
    month.with_day(day.min(last))
}

/// A day so many calendar days later; the end of the calendar where there is none.
pub(crate) fn days_after(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

/// Whole days from one day to another, below zero when it lies before.
pub(crate) fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}
