//! Invoices and credit notes to creditors (domain rule 2.7).

use crate::money::Money;
use chrono::NaiveDate;

names! {
    /// Which of the two.
    InvoiceKind {
        /// The creditor owes it.
        Invoice = "invoice";
        /// The agency owes it: it pays for the next invoice of the same purpose.
        CreditNote = "credit_note";
    }
}

names! {
    /// What it is for.
    InvoicePurpose {
        /// Commission (on all payments, or on those to the agency).
        Commission = "commission";
        /// Commission on direct payments, invoiced apart.
        DirectCommission = "direct_commission";
        /// A statement below zero (policy invoice).
        Deficit = "deficit";
    }
}

names! {
    /// What is numbered without gaps.
    DocumentKind {
        /// Statements.
        Statement = "statement";
        /// Invoices.
        Invoice = "invoice";
        /// Credit notes.
        CreditNote = "credit_note";
    }
}

names! {
    /// How late an invoice is (receivable aging).
    AgeBand {
        /// Not due yet.
        Current = "current";
        /// 1 to 30 days late.
        To30 = "1-30";
        /// 31 to 60 days late.
        To60 = "31-60";
        /// 61 to 90 days late.
        To90 = "61-90";
        /// More than 90 days late.
        Over90 = "over_90";
    }
}

impl AgeBand {
    /// The band of an invoice that was due on a day.
    pub fn of(due_on: NaiveDate, today: NaiveDate) -> Self {
        match today.signed_duration_since(due_on).num_days() {
            ..=0 => Self::Current,
            1..=30 => Self::To30,
            31..=60 => Self::To60,
            61..=90 => Self::To90,
            _ => Self::Over90,
        }
    }
}

/// Applies a sum to open amounts in the order given, each as far as the sum reaches. Answers what
/// each got, and what is left: a payment on account (domain rule 2.7).
pub fn apply(sum: Money, open: &[Money]) -> (Vec<Money>, Money) {
    let mut left = sum.max(Money::ZERO);
    let applied = open
        .iter()
        .map(|open| {
            let used = left.min(*open).max(Money::ZERO);
            left = left.minus(used).unwrap_or(left);
            used
        })
        .collect();
    (applied, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_invoice_ages_from_the_day_after_it_was_due() {
        let due: NaiveDate = "2025-04-30".parse().unwrap();
        let band = |day: &str| AgeBand::of(due, day.parse().unwrap()).name();
        assert_eq!(band("2025-04-30"), "current");
        assert_eq!(band("2025-05-01"), "1-30");
        assert_eq!(band("2025-05-30"), "1-30");
        assert_eq!(band("2025-05-31"), "31-60");
        assert_eq!(band("2025-06-29"), "31-60");
        assert_eq!(band("2025-07-29"), "61-90");
        assert_eq!(band("2025-07-30"), "over_90");
    }

    proptest! {
        #[test]
        fn a_payment_is_neither_lost_nor_used_twice(
            sum in 0_i64..1_000_000, open in proptest::collection::vec(0_i64..200_000, 0..12),
        ) {
            let open: Vec<Money> = open.into_iter().map(Money::from_minor).collect();
            let (applied, left) = apply(Money::from_minor(sum), &open);
            let used: Money = applied.iter().copied().sum();
            prop_assert_eq!(used.plus(left), Ok(Money::from_minor(sum)));
            for (got, wanted) in applied.iter().zip(&open) {
                prop_assert!(got <= wanted);
            }
            // Nothing is left while something is open.
            prop_assert!(left.is_zero() || applied == open);
        }
    }
}
