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
    /// The hold of a method (money rule 1): card 2 and ACH 5 banking days, check 10 calendar days,
    /// everything final at once.
    pub fn of(method: PaymentMethod) -> Self {
        match method {
            PaymentMethod::Card => Self::Banking(2),
            PaymentMethod::Online | PaymentMethod::Ach => Self::Banking(5),
            PaymentMethod::Check => Self::Calendar(10),
            PaymentMethod::Cash | PaymentMethod::Wire | PaymentMethod::MoneyOrder => {
                Self::Calendar(0)
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
