//! Holds: when money that came in may be given on.

use crate::calendar::banking_days_after;
use crate::payment::PaymentMethod;
use chrono::{Days, NaiveDate};

/// How long money of one kind may still be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Days of the calendar.
    Calendar(u32),
    /// Days on which banks settle.
    Banking(u32),
}

impl Hold {
    /// The hold of a method where a contract says nothing else (money rule 1): card 2 and ACH 5
    /// banking days, check 10 calendar days, everything final at once.
    pub fn of(method: PaymentMethod) -> Self {
        HoldTerms::default().of(method)
    }

    /// The first day on which the money counts as available.
    pub fn available_on(self, received_on: NaiveDate) -> NaiveDate {
        match self {
            Self::Calendar(days) => {
                received_on.checked_add_days(Days::new(days.into())).unwrap_or(received_on)
            }
            Self::Banking(days) => banking_days_after(received_on, days),
        }
    }
}

names! {
    /// What a hold's days are.
    DayUnit {
        /// Days of the calendar.
        Calendar = "calendar";
        /// Days on which banks settle.
        Banking = "banking";
    }
}

/// So many days of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldDays {
    /// Days, by the count of `unit`.
    #[cfg_attr(feature = "openapi", schema(maximum = 180))]
    pub days: u16,
    /// Calendar or banking days.
    pub unit: DayUnit,
}

impl HoldDays {
    const fn banking(days: u16) -> Self {
        Self { days, unit: DayUnit::Banking }
    }

    const fn calendar(days: u16) -> Self {
        Self { days, unit: DayUnit::Calendar }
    }
}

/// The holds of a contract, by method; what is left out is as in money rule 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "db", derive(sea_orm::FromJsonQueryResult))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HoldTerms {
    /// Card or bank account, not known which: the longer of the two unless set. Banking 5.
    pub online: HoldDays,
    /// Card. Banking 2.
    pub card: HoldDays,
    /// Bank debit. Banking 5.
    pub ach: HoldDays,
    /// Personal check. Calendar 10.
    pub check: HoldDays,
    /// Cash. None.
    pub cash: HoldDays,
    /// Wire. None.
    pub wire: HoldDays,
    /// Money order. None.
    pub money_order: HoldDays,
}

impl Default for HoldTerms {
    fn default() -> Self {
        Self {
            online: HoldDays::banking(5),
            card: HoldDays::banking(2),
            ach: HoldDays::banking(5),
            check: HoldDays::calendar(10),
            cash: HoldDays::calendar(0),
            wire: HoldDays::calendar(0),
            money_order: HoldDays::calendar(0),
        }
    }
}

/// A hold is longer than any money can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hold of {days} days for {} is too long; the longest is {} days", .method.words(), HoldTerms::LONGEST)]
pub struct HoldTooLong {
    /// The method.
    pub method: PaymentMethod,
    /// Its days.
    pub days: u16,
}

impl HoldTooLong {
    /// The stable code.
    pub fn code(self) -> &'static str {
        "hold_too_long"
    }
}

impl HoldTerms {
    /// The most days of a hold.
    pub const LONGEST: u16 = 180;

    /// Refuses a hold of more than [`Self::LONGEST`] days.
    ///
    /// # Errors
    /// [`HoldTooLong`], the first.
    pub fn check(&self) -> Result<(), HoldTooLong> {
        use PaymentMethod::{Ach, Card, Cash, Check, MoneyOrder, Online, Wire};
        for method in [Online, Card, Ach, Check, Cash, Wire, MoneyOrder] {
            let days = self.days(method).days;
            if days > Self::LONGEST {
                return Err(HoldTooLong { method, days });
            }
        }
        Ok(())
    }

    /// The hold of a method.
    pub fn of(&self, method: PaymentMethod) -> Hold {
        let HoldDays { days, unit } = self.days(method);
        match unit {
            DayUnit::Calendar => Hold::Calendar(days.into()),
            DayUnit::Banking => Hold::Banking(days.into()),
        }
    }

    fn days(&self, method: PaymentMethod) -> HoldDays {
        match method {
            PaymentMethod::Online => self.online,
            PaymentMethod::Card => self.card,
            PaymentMethod::Ach => self.ach,
            PaymentMethod::Check => self.check,
            PaymentMethod::Cash => self.cash,
            PaymentMethod::Wire => self.wire,
            PaymentMethod::MoneyOrder => self.money_order,
            // The money is in trust already, and cleared before it became a credit.
            PaymentMethod::DebtorCredit => HoldDays::calendar(0),
        }
    }
}

names! {
    /// What somebody decided about one payment, beside its hold (domain rule 2.6).
    Holding {
        /// Nothing.
        Normal = "normal";
        /// It skips the first close that it would be in.
        Delayed = "delayed";
        /// It is in no close until somebody releases it.
        Blocked = "blocked";
    }
}

/// Whether a payment counts in the statement of a period: its funds are available by the last day,
/// it was posted by the cutoff, and nobody holds it back (money rules 1 and 2).
pub fn counts(
    available_on: NaiveDate,
    posted_by_cutoff: bool,
    holding: Holding,
    period_end: NaiveDate,
) -> bool {
    match holding {
        Holding::Normal => posted_by_cutoff && available_on <= period_end,
        Holding::Delayed | Holding::Blocked => false,
    }
}

/// Whether a line of a statement is marked "prior period": it took effect before the period and was
/// posted inside it. One that was posted before and only on hold is not marked (money rule 2).
pub fn is_prior_period(
    effective_on: NaiveDate,
    posted_on: NaiveDate,
    period_start: NaiveDate,
) -> bool {
    effective_on < period_start && posted_on >= period_start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn terms_leave_out_what_is_usual_and_refuse_what_is_absurd() {
        let terms: HoldTerms = serde_json::from_str(
            r#"{"check": {"days": 7, "unit": "banking"}, "wire": {"days": 1, "unit": "calendar"}}"#,
        )
        .unwrap();
        assert_eq!(terms.of(PaymentMethod::Check), Hold::Banking(7));
        assert_eq!(terms.of(PaymentMethod::Wire), Hold::Calendar(1));
        assert_eq!(terms.of(PaymentMethod::Card), Hold::Banking(2));
        assert_eq!(terms.check(), Ok(()));
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<HoldTerms>(&text).unwrap(), terms);
        assert!(
            serde_json::from_str::<HoldTerms>(r#"{"cheque": {"days": 7, "unit": "banking"}}"#)
                .is_err()
        );
        let longest = HoldTerms { ach: HoldDays::banking(180), ..terms };
        assert_eq!(longest.check(), Ok(()));
        let long = HoldTerms { ach: HoldDays::banking(181), ..terms };
        let refused = long.check().unwrap_err();
        assert_eq!(refused.code(), "hold_too_long");
        assert_eq!((refused.method, refused.days), (PaymentMethod::Ach, 181));
        assert_eq!(
            refused.to_string(),
            "a hold of 181 days for Bank debit is too long; the longest is 180 days"
        );
    }

    #[test]
    fn a_check_of_march_counts_in_april_and_is_no_prior_period() {
        // E1: the check of 03-28, available 04-07.
        let (march, april) = (on("2025-03-31"), on("2025-04-30"));
        let available = Hold::of(PaymentMethod::Check).available_on(on("2025-03-28"));
        assert_eq!(available, on("2025-04-07"));
        assert!(!counts(available, true, Holding::Normal, march));
        assert!(counts(available, true, Holding::Normal, april));
        assert!(!counts(available, false, Holding::Normal, april));
        assert!(counts(april, true, Holding::Normal, april));
        assert!(!is_prior_period(on("2025-03-28"), on("2025-03-28"), on("2025-04-01")));
        assert!(is_prior_period(on("2025-03-28"), on("2025-04-02"), on("2025-04-01")));
        assert!(!is_prior_period(on("2025-04-01"), on("2025-04-02"), on("2025-04-01")));
    }

    #[test]
    fn a_delay_skips_one_close_and_a_block_every_close() {
        let (available, march, april) = (on("2025-04-07"), on("2025-03-31"), on("2025-04-30"));
        assert!(!counts(available, true, Holding::Delayed, april));
        assert!(!counts(available, true, Holding::Normal, march), "not available yet");
        assert!(counts(available, true, Holding::Normal, on("2025-05-31")));
        assert!(!counts(available, true, Holding::Blocked, on("2025-05-31")));
    }

    #[test]
    fn a_check_waits_ten_days_a_card_two_banking_days_cash_none() {
        let friday: NaiveDate = "2026-11-20".parse().unwrap();
        let available = |method| Hold::of(method).available_on(friday).to_string();
        assert_eq!(available(PaymentMethod::Check), "2026-11-30");
        assert_eq!(available(PaymentMethod::Card), "2026-11-24");
        // Thanksgiving on the 26th does not count.
        assert_eq!(available(PaymentMethod::Ach), "2026-11-30");
        assert_eq!(available(PaymentMethod::Cash), "2026-11-20");
    }
}
