//! Amounts, days and the trade's words, as they are printed.

use chrono::NaiveDate;
use domain::payment::PaymentKind;
use domain::remittance::RemittanceMethod;
use domain::{Currency, Money, Rate};
use rust_decimal::Decimal;

/// `-1,234.56`: in tables, whose heading names the currency.
pub(crate) fn figure(money: Money) -> String {
    money.to_display(Currency::Usd).replacen('$', "", 1)
}

/// `$1,234.56`: in sentences.
pub(crate) fn sum(money: Money, currency: Currency) -> String {
    money.to_display(currency)
}

/// `Jan 31, 2026`: in tables. Nobody has to guess which number is the month.
pub(crate) fn short_day(day: NaiveDate) -> String {
    day.format("%b %-d, %Y").to_string()
}

/// `January 31, 2026`: elsewhere.
pub(crate) fn long_day(day: NaiveDate) -> String {
    day.format("%B %-d, %Y").to_string()
}

/// `33.3333%` for 0.333333; a line without one rate says so.
pub(crate) fn rate(share: Option<&str>) -> String {
    match share {
        None => "several".to_owned(),
        Some(text) => match Rate::parse(text) {
            Ok(rate) => match rate.share().checked_mul(Decimal::ONE_HUNDRED) {
                Some(percent) => format!("{}%", percent.normalize()),
                None => text.to_owned(),
            },
            Err(_) => text.to_owned(),
        },
    }
}

pub(crate) fn currency(currency: Currency) -> &'static str {
    match currency {
        Currency::Usd => "US dollars (USD)",
        Currency::Cad => "Canadian dollars (CAD)",
    }
}

pub(crate) fn kind(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::PaidAgency => "Paid to us",
        PaymentKind::PaidCreditor => "Paid to you directly",
        PaymentKind::PaidForwarder => "Paid to a forwarder",
        PaymentKind::PaidAgencyReturn => "Returned, was paid to us",
        PaymentKind::PaidCreditorReturn => "Returned, was paid to you",
        PaymentKind::PaidForwarderReturn => "Returned, was paid to a forwarder",
    }
}

pub(crate) fn method(method: RemittanceMethod) -> &'static str {
    match method {
        RemittanceMethod::Net => "Net: collected less commission",
        RemittanceMethod::Gross => "Gross: all that was collected; commission is invoiced",
        RemittanceMethod::Combined => {
            "Combined: all that was collected, with the commission invoiced"
        }
        RemittanceMethod::SeparateDirect => {
            "Gross, with a second invoice for commission on direct payments"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_days_and_rates_are_written_as_people_read_them() {
        assert_eq!(figure(Money::from_minor(-123_456_789)), "-1,234,567.89");
        assert_eq!(figure(Money::ZERO), "0.00");
        assert_eq!(sum(Money::from_minor(5), Currency::Cad), "CA$0.05");
        let day: NaiveDate = "2026-03-07".parse().unwrap();
        assert_eq!(short_day(day), "Mar 7, 2026");
        assert_eq!(long_day(day), "March 7, 2026");
        assert_eq!(rate(Some("0.333333")), "33.3333%");
        assert_eq!(rate(Some("0.3")), "30%");
        assert_eq!(rate(None), "several");
    }
}
