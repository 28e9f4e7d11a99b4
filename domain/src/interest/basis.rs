//! The basis: by how many days a year's interest is divided.

use chrono::{Datelike, NaiveDate};

names! {
    /// By how many days a year's interest is divided. Days are always counted as they are, a leap
    /// day too: the basis changes only the divisor (money rule 16).
    Basis {
        /// 360: the banker's year.
        Days360 = "360";
        /// 364: fifty-two weeks.
        Days364 = "364";
        /// 365, also in a leap year.
        Days365 = "365";
        /// 365.25: the mean year of some judgment calculators.
        Days36525 = "365.25";
        /// 365 or 366: each day by its own year.
        Actual = "actual";
    }
}

/// A denominator that a day's share of a year has under every basis (each divides it), so that days
/// add up exactly: 2³·3²·5·7·13·61·73·487.
pub(super) const DENOMINATOR: i128 = 71_043_696_360;

impl Basis {
    /// A day's share of its year, in parts of [`DENOMINATOR`].
    pub(super) fn share(self, day: NaiveDate) -> i128 {
        match self {
            Self::Days360 => DENOMINATOR / 360,
            Self::Days364 => DENOMINATOR / 364,
            Self::Days365 => DENOMINATOR / 365,
            Self::Days36525 => DENOMINATOR / 1461 * 4,
            Self::Actual if day.leap_year() => DENOMINATOR / 366,
            Self::Actual => DENOMINATOR / 365,
        }
    }

    /// The last day whose share is the same as this day's; none: it is forever.
    pub(super) fn steady_through(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days360 | Self::Days364 | Self::Days365 | Self::Days36525 => None,
            Self::Actual => NaiveDate::from_ymd_opt(day.year(), 12, 31),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_divisor_divides_the_denominator() {
        for divisor in [360, 364, 365, 366, 1461] {
            assert_eq!(DENOMINATOR % divisor, 0, "{divisor}");
        }
    }
}
