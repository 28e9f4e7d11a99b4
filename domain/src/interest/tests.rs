//! Interest: worked examples of the trade, then rules that hold for any history.

mod borders;
mod examples;
mod properties;
mod wire;

use super::*;
use crate::allocation::{Allocation, AllocationOrder, allocate};
use crate::money::{Currency, TooLarge};
use crate::{Amount, Bucket, Buckets, Money, PaymentId};
use chrono::NaiveDate;
use uuid::Uuid;

pub(crate) fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    Money::parse(text, Currency::Usd).unwrap()
}

fn amount(text: &str) -> Amount {
    Amount::new(money(text)).unwrap()
}

fn rate(text: &str) -> AnnualRate {
    AnnualRate::parse(text).unwrap()
}

/// Terms with one rate from a start.
pub(crate) fn simple(share: &str, basis: Basis, start: &str) -> Terms {
    Terms {
        authority: Some("Agreement".to_owned()),
        starts_on: Some(on(start)),
        rates: vec![RateChange { effective_on: on(start), rate: rate(share) }],
        basis,
        ..Terms::none()
    }
}

pub(crate) fn principal(text: &str, day: &str) -> Position {
    Position::opening(Buckets { principal: money(text), ..Buckets::default() }, on(day))
}

fn payment(nth: u64, day: &str, text: &str) -> Event {
    let id = PaymentId(Uuid::from_u128(u128::from(nth)));
    Event { on: on(day), entered: nth, what: What::Payment { id, amount: amount(text) } }
}

fn cost(nth: u64, day: &str, text: &str) -> Event {
    let what = What::Charge { bucket: Bucket::Costs, amount: amount(text) };
    Event { on: on(day), entered: nth, what }
}

fn by(
    order: AllocationOrder,
) -> impl Fn(NaiveDate, Amount, &Buckets) -> Result<Allocation, TooLarge> {
    move |_, amount, owed| allocate(amount, owed, order)
}

/// Costs, interest, principal.
fn costs_first() -> AllocationOrder {
    use Bucket::{Costs, Fees, Interest, Other, Principal};
    AllocationOrder::new([Costs, Interest, Principal, Fees, Other]).unwrap()
}

fn principal_first() -> AllocationOrder {
    use Bucket::{Costs, Fees, Interest, Other, Principal};
    AllocationOrder::new([Principal, Interest, Costs, Fees, Other]).unwrap()
}
