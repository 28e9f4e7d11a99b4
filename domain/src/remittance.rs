//! Remittance terms: how, when and from what amount a creditor gets its money (domain rule 2.7).

use crate::money::Money;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

names! {
    /// How collected money and commission meet.
    RemittanceMethod {
        /// The creditor gets what was collected less commission.
        Net = "net";
        /// The creditor gets all that was collected; commission is invoiced.
        Gross = "gross";
        /// As gross, on one document that shows the money sent and the commission invoiced.
        Combined = "combined";
        /// As gross, with a second invoice for the commission on direct payments.
        SeparateDirect = "separate_direct";
    }
}

names! {
    /// Where the commission on a payment stands: frozen at posting, so that a later change of method
    /// never moves it.
    CommissionBasis {
        /// In trust, taken out of the payment (`AGENCY_EARNED`).
        Net = "net";
        /// In the operating book, owed by the creditor (`CLIENT_RECEIVABLE`).
        Gross = "gross";
    }
}

impl RemittanceMethod {
    /// Where the commission on a payment of this contract is posted.
    pub fn basis(self) -> CommissionBasis {
        match self {
            Self::Net => CommissionBasis::Net,
            Self::Gross | Self::Combined | Self::SeparateDirect => CommissionBasis::Gross,
        }
    }
}

names! {
    /// What happens to a statement below zero after a return (domain rule 2.6, money rule 9).
    ReturnPolicy {
        /// The negative total opens the next statement.
        Carry = "carry";
        /// The whole negative total is billed; the next statement opens at zero.
        Invoice = "invoice";
        /// The shares of returns go to an open credit, used only against later positive totals.
        Credit = "credit";
    }
}

names! {
    /// Who bears the processor's fees (E7, money rule 11).
    FeePolicy {
        /// They are taken from the agency's share in trust at payout.
        AgencyShare = "agency_share";
        /// Operating pays them into trust, so that the gross amount is deposited
        /// (209 CMR 18.14).
        GrossDeposit = "gross_deposit";
    }
}

names! {
    /// The states of what is paid out for a statement.
    RemittanceState {
        /// Made at the close; waits for a second person.
        Prepared = "prepared";
        /// Approved and paid out: it left trust.
        Issued = "issued";
        /// The check was lost or the transfer came back: the money is in trust again.
        Voided = "voided";
    }
}

names! {
    /// The states of a close run.
    CloseRunState {
        /// Statements may still be closed in it.
        Open = "open";
        /// Every creditor is done.
        Closed = "closed";
    }
}

/// How often a statement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "every", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Period {
    /// Each day.
    Day {},
    /// Each week, ending on this weekday.
    Week {
        /// `Mon` to `Sun`.
        #[cfg_attr(feature = "openapi", schema(value_type = String, example = "Fri"))]
        ends_on: Weekday,
    },
    /// Every second week, counted from one period's last day.
    TwoWeeks {
        /// A day on which such a period ended or ends.
        anchor: NaiveDate,
    },
    /// To the 15th, and to the end of the month.
    HalfMonth {},
    /// To the end of the month.
    Month {},
    /// Whenever somebody closes one.
    AdHoc {},
}

impl Period {
    /// Whether a period of this kind ends on that day.
    pub fn ends_on(self, day: NaiveDate) -> bool {
        let last_of_month =
            day.checked_add_days(Days::new(1)).is_none_or(|next| next.month() != day.month());
        match self {
            Self::Day {} | Self::AdHoc {} => true,
            Self::Week { ends_on } => day.weekday() == ends_on,
            Self::TwoWeeks { anchor } => {
                day.signed_duration_since(anchor).num_days().rem_euclid(14) == 0
            }
            Self::HalfMonth {} => day.day() == 15 || last_of_month,
            Self::Month {} => last_of_month,
        }
    }

    /// The last period's end on or before a day; the day itself for ad hoc periods.
    pub fn last_end(self, day: NaiveDate) -> NaiveDate {
        let mut at = day;
        // No kind of period is longer than a month.
        for _ in 0..32 {
            if self.ends_on(at) {
                return at;
            }
            let Some(before) = at.checked_sub_days(Days::new(1)) else { return day };
            at = before;
        }
        day
    }

    /// The first period's end on or after a day; none where nobody knows it before (ad hoc).
    pub fn next_end(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::AdHoc {} => None,
            Self::Day {}
            | Self::Week { .. }
            | Self::TwoWeeks { .. }
            | Self::HalfMonth {}
            | Self::Month {} => {
                // No kind of period is longer than a month.
                day.iter_days().take(32).find(|at| self.ends_on(*at))
            }
        }
    }

    /// The first day of the period that ends on this day, where no statement came before.
    pub fn start_of(self, end: NaiveDate) -> NaiveDate {
        let back = |days: u64| end.checked_sub_days(Days::new(days)).unwrap_or(end);
        match self {
            Self::Day {} => end,
            Self::Week { .. } => back(6),
            Self::TwoWeeks { .. } => back(13),
            Self::HalfMonth {} if end.day() > 15 => end.with_day(16).unwrap_or(end),
            Self::HalfMonth {} | Self::Month {} | Self::AdHoc {} => end.with_day(1).unwrap_or(end),
        }
    }
}

/// The terms of remittance of one contract version.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "db", derive(sea_orm::FromJsonQueryResult))]
pub struct Terms {
    /// Net, gross, combined or separate-direct.
    pub method: RemittanceMethod,
    /// How often.
    pub period: Period,
    /// Smaller sums are carried to the next statement.
    pub minimum: Money,
    /// What happens to a total below zero.
    pub returns: ReturnPolicy,
    /// Net only: commission on direct payments is taken from the money in trust. Needs the
    /// creditor's written agreement; without it, it is invoiced.
    pub offset_directs: bool,
    /// Who bears the processor's fees.
    pub processor_fees: FeePolicy,
    /// A statement is made even where there is nothing to show (money rule 4).
    pub empty_statements: bool,
    /// A payment and its return before any statement are shown as a pair instead of left out.
    pub show_matched: bool,
    /// Days after which an invoice is due.
    pub invoice_days: u16,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            method: RemittanceMethod::Net,
            period: Period::Month {},
            minimum: Money::ZERO,
            returns: ReturnPolicy::Carry,
            offset_directs: true,
            processor_fees: FeePolicy::AgencyShare,
            empty_statements: false,
            show_matched: false,
            invoice_days: 30,
        }
    }
}

/// Why remittance terms contradict themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// Nothing of a gross creditor's money is the agency's to pay fees from (money rule 11).
    #[error("a creditor that is remitted gross needs the processor fee policy gross_deposit")]
    GrossNeedsGrossDeposit,
    /// Below zero.
    #[error("the minimum remittance cannot be below zero")]
    NegativeMinimum,
    /// More than a year.
    #[error("an invoice is due after 0 to 365 days")]
    InvoiceDays,
}

impl Terms {
    /// Refuses terms that contradict themselves.
    pub fn check(&self) -> Result<(), BadTerms> {
        if self.method.basis() == CommissionBasis::Gross
            && self.processor_fees != FeePolicy::GrossDeposit
        {
            return Err(BadTerms::GrossNeedsGrossDeposit);
        }
        if self.minimum.is_negative() {
            return Err(BadTerms::NegativeMinimum);
        }
        if self.invoice_days > 365 {
            return Err(BadTerms::InvoiceDays);
        }
        Ok(())
    }
}

/// The day before which an invoice or statement of this day is due.
pub fn due_on(issued_on: NaiveDate, days: u16) -> NaiveDate {
    issued_on.checked_add_days(Days::new(days.into())).unwrap_or(issued_on)
}

/// The day after the last day covered: what a statement is dated (domain rule 2.7).
pub fn statement_date(period_end: NaiveDate) -> NaiveDate {
    period_end.checked_add_days(Days::new(1)).unwrap_or(period_end)
}

/// The month end on or after a day.
pub fn month_end(day: NaiveDate) -> NaiveDate {
    day.with_day(1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .and_then(|next| next.checked_sub_days(Days::new(1)))
        .unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_end_where_the_trade_ends_them() {
        let ends = |period: Period, day: &str| period.last_end(on(day)).to_string();
        assert_eq!(ends(Period::Month {}, "2025-03-15"), "2025-02-28");
        assert_eq!(ends(Period::Month {}, "2025-03-31"), "2025-03-31");
        assert_eq!(ends(Period::HalfMonth {}, "2025-03-20"), "2025-03-15");
        assert_eq!(ends(Period::HalfMonth {}, "2025-03-14"), "2025-02-28");
        assert_eq!(ends(Period::Week { ends_on: Weekday::Fri }, "2025-03-13"), "2025-03-07");
        assert_eq!(ends(Period::TwoWeeks { anchor: on("2025-01-03") }, "2025-01-30"), "2025-01-17");
        assert_eq!(ends(Period::TwoWeeks { anchor: on("2025-01-31") }, "2025-01-17"), "2025-01-17");
        assert_eq!(ends(Period::Day {}, "2025-03-13"), "2025-03-13");
        let next = |period: Period, day: &str| period.next_end(on(day)).map(|end| end.to_string());
        assert_eq!(next(Period::Month {}, "2025-02-03").as_deref(), Some("2025-02-28"));
        assert_eq!(next(Period::Month {}, "2025-01-31").as_deref(), Some("2025-01-31"));
        assert_eq!(next(Period::HalfMonth {}, "2025-03-16").as_deref(), Some("2025-03-31"));
        let fridays = Period::Week { ends_on: Weekday::Fri };
        assert_eq!(next(fridays, "2025-03-08").as_deref(), Some("2025-03-14"));
        assert_eq!(next(Period::AdHoc {}, "2025-03-08"), None);
        assert_eq!(Period::HalfMonth {}.start_of(on("2025-02-28")), on("2025-02-16"));
        assert_eq!(Period::HalfMonth {}.start_of(on("2025-02-15")), on("2025-02-01"));
        assert_eq!(
            Period::Week { ends_on: Weekday::Fri }.start_of(on("2025-03-07")),
            on("2025-03-01")
        );
        assert_eq!(month_end(on("2024-02-10")), on("2024-02-29"));
    }

    #[test]
    fn a_gross_creditor_cannot_have_fees_taken_from_a_share_that_is_not_there() {
        let gross = Terms { method: RemittanceMethod::Gross, ..Terms::default() };
        assert_eq!(gross.check(), Err(BadTerms::GrossNeedsGrossDeposit));
        let deposited = Terms { processor_fees: FeePolicy::GrossDeposit, ..gross };
        assert_eq!(deposited.check(), Ok(()));
        let text = serde_json::to_string(&deposited).unwrap();
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), deposited);
        assert_eq!(serde_json::from_str::<Terms>("{}").unwrap(), Terms::default());
    }
}
