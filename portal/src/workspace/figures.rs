//! Figures as people type and read them: amounts, percentages, days.

use chrono::NaiveDate;
use domain::{Amount, Currency, Money, Rate};
use rust_decimal::Decimal;

/// `125`, `125.5` is refused, `1,250.00` is read: people type amounts as they see them.
pub(super) fn amount(typed: &str, currency: Currency) -> Option<Amount> {
    money_of(typed, currency).and_then(|money| Amount::new(money).ok())
}

/// The same where nothing is an amount too.
pub(super) fn money_of(typed: &str, currency: Currency) -> Option<Money> {
    let plain: String = typed.trim().trim_start_matches('$').replace(',', "");
    let exact = if plain.contains('.') { plain } else { format!("{plain}.00") };
    Money::parse(&exact, currency).ok()
}

/// `12.5` or `12.5 %`: people say percent, not shares.
pub(super) fn percent(typed: &str) -> Option<Rate> {
    let plain = typed.trim().trim_end_matches('%').trim_end();
    let percent = Decimal::from_str_exact(plain).ok()?;
    Rate::new(percent.checked_div(Decimal::ONE_HUNDRED)?).ok()
}

/// A rate as people say it.
pub(super) fn in_percent(rate: Rate) -> String {
    rate.share().checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default().normalize().to_string()
}

/// What a date field holds.
pub(super) fn day(typed: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(typed.trim(), "%Y-%m-%d").ok()
}
