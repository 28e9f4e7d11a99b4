//! Worked examples: E4 and E5 of the trade; more of their kind in `more`.

mod more;

use super::*;
use crate::allocation::AllocationOrder;
use crate::money::{Amount, Currency};
use chrono::NaiveDate;
use serde_json::{Value, json};

fn money(text: &str) -> Money {
    Money::parse(text, Currency::Usd).unwrap()
}

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A schedule as the wire carries it, checked as when it is saved.
fn schedule(json: Value) -> Schedule {
    let schedule: Schedule = serde_json::from_value(json).unwrap();
    assert_eq!(schedule.check(), Ok(()));
    schedule
}

fn by(plan: Value) -> Schedule {
    schedule(json!({"standard": {"plan": plan}}))
}

/// 35 % up to 1,000.00 and 25 % above.
fn stairs(by: &str) -> Value {
    json!({"by": by, "tiers": [
        {"over": "0.00", "up_to": "1000.00", "rate": "0.35"},
        {"over": "1000.00", "rate": "0.25"}]})
}

/// A PU on principal, on the tenth day of an account of 5,000.00 on which nothing was collected.
pub(super) fn paying(amount: &str) -> Case {
    Case {
        payment_type: PaymentType::Agency,
        effective_on: day("2025-03-11"),
        applied: Buckets { principal: money(amount), ..Buckets::default() },
        order: AllocationOrder::USUAL,
        dates: AccountDates {
            placed_on: day("2025-03-01"),
            last_charge_on: None,
            last_payment_to_creditor_on: None,
            service_on: None,
            charge_off_on: None,
            delinquency_on: None,
        },
        placed_balance: money("5000.00"),
        collected: Money::ZERO,
        charged: Money::ZERO,
        legal: false,
        placement: 1,
        tax_rate: None,
        forwarder_fee: None,
    }
}

fn total(schedule: &Schedule, case: &Case) -> String {
    compute(schedule, case).unwrap().total.to_decimal()
}

/// Bucket, from, to, rate and commission of every slice.
fn told(commission: &Commission) -> Vec<(Bucket, String, String, String, String)> {
    let tell = |slice: &Slice| {
        assert_eq!(slice.to.minus(slice.from), Ok(slice.amount));
        let [from, to, of] = [slice.from, slice.to, slice.commission].map(Money::to_decimal);
        (slice.bucket, from, to, slice.rate.to_string(), of)
    };
    commission.slices.iter().map(tell).collect()
}

fn line(bucket: Bucket, rest: [&str; 4]) -> (Bucket, String, String, String, String) {
    let [from, to, rate, of] = rest.map(str::to_owned);
    (bucket, from, to, rate, of)
}

/// Rule, before and after of every adjustment.
fn steps(commission: &Commission) -> Vec<(&'static str, String, String)> {
    let tell = |step: &Adjustment| {
        let name = match step.rule {
            AdjustmentRule::FreeDemand { .. } => "free demand",
            AdjustmentRule::Minimum { .. } => "minimum",
            AdjustmentRule::Maximum { .. } => "maximum",
            AdjustmentRule::Cap { .. } => "cap",
        };
        (name, step.before.to_decimal(), step.after.to_decimal())
    };
    commission.adjustments.iter().map(tell).collect()
}

fn step(rule: &'static str, before: &str, after: &str) -> (&'static str, String, String) {
    (rule, before.to_owned(), after.to_owned())
}

#[test]
fn e4a_flat_with_tax() {
    let case = Case { tax_rate: Some(rate("0.13")), ..paying("433.33") };
    let commission = compute(&Schedule::flat(rate("0.3")), &case).unwrap();
    assert_eq!(commission.total, money("130.00"));
    assert_eq!(commission.tax, money("16.90"));
    assert_eq!(commission.tax_rate, Some(rate("0.13")));
    let due = money("433.33").minus(commission.total).unwrap().minus(commission.tax).unwrap();
    assert_eq!(due, money("286.43"));
    assert_eq!(commission.agency_share, money("130.00"));
}

#[test]
fn e4b_each_bucket_its_rate() {
    let schedule = schedule(json!({"standard": {
        "plan": {"by": "flat", "rate": "0.3"},
        "buckets": [{"bucket": "fees", "rate": "0.5"}, {"bucket": "costs", "rate": "0"}]}}));
    let mut case = paying("600.00");
    case.applied.fees = money("120.00");
    case.applied.costs = money("30.00");
    let commission = compute(&schedule, &case).unwrap();
    assert_eq!(
        told(&commission),
        [
            line(Bucket::Costs, ["0.00", "30.00", "0", "0.00"]),
            line(Bucket::Fees, ["30.00", "150.00", "0.5", "60.00"]),
            line(Bucket::Principal, ["150.00", "750.00", "0.3", "180.00"]),
        ]
    );
    assert_eq!(commission.total, money("240.00"));
    assert_eq!(
        commission.per_bucket,
        Buckets { principal: money("180.00"), fees: money("60.00"), ..Buckets::default() }
    );
}

#[test]
fn e4c_a_payment_across_two_tiers_is_sliced() {
    let schedule = by(stairs("liquidation"));
    let case = Case { collected: money("800.00"), ..paying("500.00") };
    let commission = compute(&schedule, &case).unwrap();
    assert_eq!(
        told(&commission),
        [
            line(Bucket::Principal, ["800.00", "1000.00", "0.35", "70.00"]),
            line(Bucket::Principal, ["1000.00", "1300.00", "0.25", "75.00"]),
        ]
    );
    assert_eq!(commission.total, money("145.00"));
    // Returned: it counts as collected no more, so the next 500.00 begins at 800.00 again.
    assert_eq!(total(&schedule, &case), "145.00");
    // Not returned: the next lies above the tier.
    assert_eq!(total(&schedule, &Case { collected: money("1300.00"), ..case }), "125.00");
}

#[test]
fn e4d_the_minimum_takes_no_more_than_the_payment() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.35"}}, "minimum": "25.00"}));
    let commission = compute(&schedule, &paying("50.00")).unwrap();
    assert_eq!(steps(&commission), [step("minimum", "17.50", "25.00")]);
    assert_eq!(commission.slices[0].commission, money("17.50"));
    assert_eq!(commission.per_bucket.principal, money("25.00"));
    assert_eq!(total(&schedule, &paying("15.00")), "15.00");
    let enough = compute(&schedule, &paying("100.00")).unwrap();
    assert_eq!((enough.total, enough.adjustments), (money("35.00"), vec![]));
}

#[test]
fn e4e_the_cap_stops_the_charging() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.3"}}, "cap": {"amount": "400.00"}}));
    let case = Case { charged: money("380.00"), ..paying("200.00") };
    let commission = compute(&schedule, &case).unwrap();
    assert_eq!(steps(&commission), [step("cap", "60.00", "20.00")]);
    assert_eq!(
        commission.adjustments[0].rule,
        AdjustmentRule::Cap { cap: money("400.00"), charged: money("380.00") }
    );
    // Reached exactly: nothing is cut off, and the next payment is free.
    let exact = compute(&schedule, &Case { charged: money("340.00"), ..case.clone() }).unwrap();
    assert_eq!((exact.total, exact.adjustments), (money("60.00"), vec![]));
    assert_eq!(total(&schedule, &Case { charged: money("400.00"), ..case.clone() }), "0.00");
    // Already over it, under an earlier schedule: nothing is given back.
    assert_eq!(total(&schedule, &Case { charged: money("500.00"), ..case }), "0.00");
}

#[test]
fn e4f_age_from_the_last_charge() {
    let schedule = by(json!({"by": "age", "from": "last_charge", "tiers": [
        {"over": 0, "up_to": 365, "rate": "0.25"}, {"over": 365, "rate": "0.4"}]}));
    let aged = |charged_on: &str, paid_on: &str| {
        let mut case = paying("250.00");
        case.dates.last_charge_on = Some(day(charged_on));
        case.effective_on = day(paid_on);
        compute(&schedule, &case).unwrap()
    };
    let old = aged("2023-06-30", "2025-01-15");
    assert_eq!(old.total, money("100.00"));
    assert_eq!(
        old.slices[0].rule,
        SliceRule::Age { age_from: AgeFrom::LastCharge, days: 565, over: 365, up_to: None }
    );
    // Day 365 belongs to the lower tier, day 366 to the higher; a leap day is a day.
    assert_eq!(aged("2022-03-01", "2023-03-01").total, money("62.50"));
    assert_eq!(aged("2022-03-01", "2023-03-02").total, money("100.00"));
    assert_eq!(aged("2024-01-01", "2024-12-31").total, money("62.50"));
    assert_eq!(aged("2024-01-01", "2025-01-01").total, money("100.00"));
    // The day itself, and a payment dated before it.
    assert_eq!(aged("2025-01-15", "2025-01-15").total, money("62.50"));
    assert_eq!(aged("2025-01-15", "2023-01-15").total, money("62.50"));
}

#[test]
fn an_account_without_the_date_gets_the_lowest_rate_and_it_shows() {
    let schedule = by(json!({"by": "age", "from": "charge_off", "tiers": [
        {"over": 0, "up_to": 90, "rate": "0.3"},
        {"over": 90, "up_to": 365, "rate": "0.2"},
        {"over": 365, "rate": "0.4"}]}));
    let commission = compute(&schedule, &paying("100.00")).unwrap();
    assert_eq!(commission.total, money("20.00"));
    assert_eq!(commission.slices[0].rule, SliceRule::AgeUnknown { age_from: AgeFrom::ChargeOff });
}

#[test]
fn every_age_counts_from_its_own_date() {
    let dates = AccountDates {
        placed_on: day("2025-03-10"),
        last_charge_on: Some(day("2025-03-09")),
        last_payment_to_creditor_on: Some(day("2025-03-08")),
        service_on: Some(day("2025-03-07")),
        charge_off_on: Some(day("2025-03-06")),
        delinquency_on: Some(day("2025-03-05")),
    };
    for (from, expected) in AgeFrom::ALL.iter().zip(1..) {
        let tiers = json!([{"over": 0, "rate": "0.3"}]);
        let schedule = by(json!({"by": "age", "from": from, "tiers": tiers}));
        let commission = compute(&schedule, &Case { dates, ..paying("1.00") }).unwrap();
        let rule = commission.slices[0].rule;
        assert!(matches!(rule, SliceRule::Age { days, .. } if days == expected), "{rule:?}");
    }
}

#[test]
fn e4g_free_demand_ends_with_its_last_day() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.3"}},
        "minimum": "5.00",
        "free_demand": {"days": 10, "payment_types": ["paid_creditor"]}}));
    let paid = |payment_type, on| {
        let case = Case { payment_type, effective_on: day(on), ..paying("100.00") };
        compute(&schedule, &case).unwrap()
    };
    let free = paid(PaymentType::Creditor, "2025-03-09");
    // No minimum either (money rule 17).
    assert_eq!(steps(&free), [step("free demand", "30.00", "0.00")]);
    assert_eq!(free.adjustments[0].rule, AdjustmentRule::FreeDemand { days: 10, day: 9 });
    assert_eq!((free.total, free.per_bucket), (Money::ZERO, Buckets::default()));
    assert_eq!(paid(PaymentType::Agency, "2025-03-09").total, money("30.00"));
    assert_eq!(paid(PaymentType::Forwarder, "2025-03-09").total, money("30.00"));
    assert_eq!(paid(PaymentType::Creditor, "2025-03-01").total, Money::ZERO);
    assert_eq!(paid(PaymentType::Creditor, "2025-02-20").total, Money::ZERO);
    assert_eq!(paid(PaymentType::Creditor, "2025-03-10").total, Money::ZERO);
    assert_eq!(paid(PaymentType::Creditor, "2025-03-11").total, money("30.00"));
}

#[test]
fn e4h_the_forwarders_fee_comes_out_of_the_commission() {
    let schedule = Schedule::flat(rate("0.4"));
    let sent = |fee: &str| Case {
        payment_type: PaymentType::Forwarder,
        forwarder_fee: Some(Amount::parse(fee, Currency::Usd).unwrap()),
        ..paying("400.00")
    };
    let commission = compute(&schedule, &sent("100.00")).unwrap();
    assert_eq!(commission.total, money("160.00"));
    assert_eq!(commission.forwarder_fee, money("100.00"));
    assert_eq!(commission.agency_share, money("60.00"));
    assert_eq!(money("400.00").minus(commission.total), Ok(money("240.00")));
    // All of it, and a cent more.
    assert_eq!(compute(&schedule, &sent("160.00")).unwrap().agency_share, Money::ZERO);
    let refusal = compute(&schedule, &sent("160.01")).unwrap_err();
    assert_eq!(refusal.code(), "forwarder_fee_over_commission");
    assert_eq!(
        refusal.to_string(),
        "the forwarder's fee 160.01 is above the commission 160.00 on the full payment"
    );
    for payment_type in [PaymentType::Agency, PaymentType::Creditor] {
        let case = Case { payment_type, ..sent("1.00") };
        assert_eq!(compute(&schedule, &case), Err(NotComputable::FeeWithoutForwarder));
    }
}

/// E4 j is a charge to the creditor and no commission; the share is taken the same way.
#[test]
fn e4j_a_share_of_returned_merchandise() {
    assert_eq!(rate("0.15").of(money("800.00")), Ok(money("120.00")));
}

#[test]
fn e5_a_settlement_in_parts_is_the_sum_of_its_lines() {
    let schedule = Schedule::flat(rate("0.333333"));
    let parts = ["283.63", "283.63", "283.63", "283.63", "283.63", "283.67"];
    let charged = parts.map(|part| compute(&schedule, &paying(part)).unwrap().total);
    assert_eq!(
        charged.map(Money::to_decimal),
        ["94.54", "94.54", "94.54", "94.54", "94.54", "94.56"]
    );
    assert_eq!(Money::total(charged), Ok(money("567.26")));
    assert_eq!(total(&schedule, &paying("1701.82")), "567.27");
}
