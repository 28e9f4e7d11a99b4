//! Examples where several rules meet, and the edges of ranges.

use super::*;

#[test]
fn a_tier_crossed_inside_the_second_bucket() {
    let mut case = paying("300.00");
    case.applied.interest = money("150.00");
    case.collected = money("800.00");
    let commission = compute(&by(stairs("liquidation")), &case).unwrap();
    // Interest comes first: it fills 800.00 to 950.00, principal goes on from there.
    assert_eq!(
        told(&commission),
        [
            line(Bucket::Interest, ["800.00", "950.00", "0.35", "52.50"]),
            line(Bucket::Principal, ["950.00", "1000.00", "0.35", "17.50"]),
            line(Bucket::Principal, ["1000.00", "1250.00", "0.25", "62.50"]),
        ]
    );
    assert_eq!(commission.per_bucket.principal, money("80.00"));
    // Principal first: the crossing lies in principal all the same, interest is all above.
    let order = ["principal", "interest", "fees", "costs", "other"];
    case.order = AllocationOrder::parse(&order).unwrap();
    let commission = compute(&by(stairs("liquidation")), &case).unwrap();
    assert_eq!(
        told(&commission),
        [
            line(Bucket::Principal, ["800.00", "1000.00", "0.35", "70.00"]),
            line(Bucket::Principal, ["1000.00", "1100.00", "0.25", "25.00"]),
            line(Bucket::Interest, ["1100.00", "1250.00", "0.25", "37.50"]),
        ]
    );
}

#[test]
fn a_bucket_with_its_own_rate_moves_the_position_too() {
    let schedule = schedule(json!({"standard": {
        "plan": stairs("payment_size"), "buckets": [{"bucket": "costs", "rate": "1"}]}}));
    let mut case = paying("500.00");
    case.applied.costs = money("900.00");
    // What was collected before does not matter for the size of the payment.
    case.collected = money("4000.00");
    let commission = compute(&schedule, &case).unwrap();
    assert_eq!(
        told(&commission),
        [
            line(Bucket::Costs, ["0.00", "900.00", "1", "900.00"]),
            line(Bucket::Principal, ["900.00", "1000.00", "0.35", "35.00"]),
            line(Bucket::Principal, ["1000.00", "1400.00", "0.25", "100.00"]),
        ]
    );
    assert_eq!(commission.slices[0].rule, SliceRule::Bucket);
}

#[test]
fn a_payment_that_ends_on_the_bound_has_one_slice() {
    let schedule = by(stairs("liquidation"));
    let at = |collected, amount| {
        let case = Case { collected: money(collected), ..paying(amount) };
        told(&compute(&schedule, &case).unwrap())
    };
    let p = Bucket::Principal;
    assert_eq!(at("900.00", "100.00"), [line(p, ["900.00", "1000.00", "0.35", "35.00"])]);
    assert_eq!(at("1000.00", "100.00"), [line(p, ["1000.00", "1100.00", "0.25", "25.00"])]);
    assert_eq!(at("999.99", "0.01"), [line(p, ["999.99", "1000.00", "0.35", "0.00"])]);
}

#[test]
fn the_placed_balance_gives_the_whole_payment_one_rate() {
    let schedule = by(stairs("balance"));
    let placed = |balance: &str| {
        let case = Case { placed_balance: money(balance), ..paying("1500.00") };
        compute(&schedule, &case).unwrap()
    };
    assert_eq!(placed("0.00").total, money("525.00"));
    assert_eq!(placed("1000.00").total, money("525.00"));
    let above = placed("1000.01");
    assert_eq!(above.total, money("375.00"));
    assert_eq!(
        above.slices[0].rule,
        SliceRule::Balance { placed: money("1000.01"), over: money("1000.00"), up_to: None }
    );
}

#[test]
fn minimum_maximum_and_cap_act_one_after_the_other() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.3"}},
        "minimum": "25.00", "maximum": "90.00",
        "cap": {"share": "0.1", "amount": "400.00"}}));
    // 10 % of 5,000.00 is 500.00: the amount is the lower one.
    let case = Case { charged: money("390.00"), ..paying("50.00") };
    let both = compute(&schedule, &case).unwrap();
    assert_eq!(steps(&both), [step("minimum", "15.00", "25.00"), step("cap", "25.00", "10.00")]);
    let large = compute(&schedule, &Case { charged: money("350.00"), ..paying("400.00") }).unwrap();
    assert_eq!(steps(&large), [step("maximum", "120.00", "90.00"), step("cap", "90.00", "50.00")]);
    // 10 % of 3,000.00 is 300.00: now the share is.
    let case = Case { placed_balance: money("3000.00"), charged: money("290.00"), ..case };
    let share = compute(&schedule, &case).unwrap();
    assert_eq!(steps(&share)[1], step("cap", "25.00", "10.00"));
    assert!(matches!(share.adjustments[1].rule,
        AdjustmentRule::Cap { cap, .. } if cap == money("300.00")));
}

#[test]
fn a_minimum_leaves_a_payment_at_zero_alone_and_fills_the_rated_bucket_first() {
    let schedule = schedule(json!({
        "standard": {
            "plan": {"by": "flat", "rate": "0.3"}, "buckets": [{"bucket": "costs", "rate": "0"}]},
        "minimum": "25.00"}));
    let mut case = paying("20.00");
    case.applied.costs = money("30.00");
    // 6.00 becomes 25.00: principal gives all of its 20.00, costs the other 5.00.
    let commission = compute(&schedule, &case).unwrap();
    assert_eq!(steps(&commission), [step("minimum", "6.00", "25.00")]);
    assert_eq!(
        commission.per_bucket,
        Buckets { principal: money("20.00"), costs: money("5.00"), ..Buckets::default() }
    );
    case.applied.principal = Money::ZERO;
    let zero = compute(&schedule, &case).unwrap();
    assert_eq!((zero.total, zero.adjustments), (Money::ZERO, vec![]));
    // One cent at 30 % rounds to nothing, but it is not a payment at zero.
    assert_eq!(total(&schedule, &paying("0.01")), "0.01");
}

#[test]
fn a_cap_is_spread_to_the_cent() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.5"}}, "maximum": "1.00"}));
    let mut case = paying("2.00");
    case.applied.fees = money("2.00");
    case.applied.interest = money("2.00");
    // 1.00 over three equal parts: the odd cent goes to the first in allocation order.
    let commission = compute(&schedule, &case).unwrap();
    assert_eq!(commission.per_bucket.fees, money("0.34"));
    assert_eq!(commission.per_bucket.interest, money("0.33"));
    assert_eq!(commission.per_bucket.principal, money("0.33"));
}

#[test]
fn legal_comes_before_the_placement_and_the_third_before_the_second() {
    let flat = |rate| json!({"plan": {"by": "flat", "rate": rate}});
    let full = schedule(json!({"standard": flat("0.1"), "second_placement": flat("0.2"),
        "third_placement": flat("0.3"), "legal": flat("0.4")}));
    let of = |schedule: &Schedule, legal, placement| {
        let commission = compute(schedule, &Case { legal, placement, ..paying("10.00") }).unwrap();
        (commission.rate_set, commission.total.minor())
    };
    assert_eq!(of(&full, false, 1), (RateSet::Standard, 100));
    assert_eq!(of(&full, false, 2), (RateSet::SecondPlacement, 200));
    assert_eq!(of(&full, false, 3), (RateSet::ThirdPlacement, 300));
    assert_eq!(of(&full, false, 4), (RateSet::ThirdPlacement, 300));
    assert_eq!(of(&full, true, 3), (RateSet::Legal, 400));
    let some = schedule(json!({"standard": flat("0.1"), "second_placement": flat("0.2")}));
    assert_eq!(of(&some, true, 1), (RateSet::Standard, 100));
    assert_eq!(of(&some, true, 3), (RateSet::SecondPlacement, 200));
}

#[test]
fn the_most_particular_rate_applies() {
    let schedule = schedule(json!({"standard": {
        "plan": {"by": "flat", "rate": "0.3"},
        "buckets": [{"bucket": "fees", "rate": "0.5"}, {"bucket": "costs", "rate": "0"}],
        "payment_types": [{
            "payment_type": "paid_creditor",
            "plan": {"by": "flat", "rate": "0.15"},
            "buckets": [{"bucket": "fees", "rate": "0.25"}]}]}}));
    let mut case = paying("100.00");
    case.applied.fees = money("100.00");
    case.applied.costs = money("100.00");
    let shares = |payment_type| {
        let case = Case { payment_type, ..case.clone() };
        let commission = compute(&schedule, &case).unwrap();
        let Buckets { principal, fees, costs, .. } = commission.per_bucket;
        (commission.payment_type_plan, [principal, fees, costs].map(Money::minor))
    };
    assert_eq!(shares(PaymentType::Agency), (None, [3_000, 5_000, 0]));
    assert_eq!(shares(PaymentType::Forwarder), (None, [3_000, 5_000, 0]));
    let direct = PaymentType::Creditor;
    assert_eq!(shares(direct), (Some(direct), [1_500, 2_500, 0]));
}

#[test]
fn tax_is_taken_of_the_final_figure_once() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.3"}}, "maximum": "10.10"}));
    let case = Case { tax_rate: Some(rate("0.05")), ..paying("100.00") };
    // 5 % of 10.10 is 0.505, half away from zero 0.51.
    assert_eq!(compute(&schedule, &case).unwrap().tax, money("0.51"));
    assert_eq!(compute(&schedule, &paying("100.00")).unwrap().tax, Money::ZERO);
}

#[test]
fn a_frozen_commission_reads_back_as_it_was() {
    let schedule = schedule(json!({
        "standard": {"plan": stairs("liquidation")}, "minimum": "100.00", "maximum": "120.00",
        "cap": {"amount": "400.00"}}));
    let case = Case {
        collected: money("800.00"),
        charged: money("350.00"),
        tax_rate: Some(rate("0.2")),
        ..paying("500.00")
    };
    let commission = compute(&schedule, &case).unwrap();
    let frozen = serde_json::to_value(&commission).unwrap();
    assert_eq!(
        frozen,
        json!({
            "rate_set": "standard", "payment_type_plan": null,
            "slices": [
                {"bucket": "principal", "from": 80_000, "to": 100_000, "amount": 20_000,
                 "rate": "0.35", "commission": 7_000,
                 "rule": {"by": "liquidation", "over": 0, "up_to": 100_000}},
                {"bucket": "principal", "from": 100_000, "to": 130_000, "amount": 30_000,
                 "rate": "0.25", "commission": 7_500,
                 "rule": {"by": "liquidation", "over": 100_000, "up_to": null}}],
            "adjustments": [
                {"rule": "maximum", "maximum": 12_000, "before": 14_500, "after": 12_000},
                {"rule": "cap", "cap": 40_000, "charged": 35_000, "before": 12_000,
                 "after": 5_000}],
            "total": 5_000,
            "per_bucket": {"principal": 5_000, "interest": 0, "fees": 0, "costs": 0, "other": 0},
            "tax_rate": "0.2", "tax": 1_000, "forwarder_fee": 0, "agency_share": 5_000,
        })
    );
    assert_eq!(serde_json::from_value::<Commission>(frozen).unwrap(), commission);
}

#[test]
fn a_limit_that_is_met_exactly_changes_nothing() {
    let schedule = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.5"}},
        "minimum": "25.00", "maximum": "50.00"}));
    for (paid, commission) in [("50.00", "25.00"), ("100.00", "50.00")] {
        let exact = compute(&schedule, &paying(paid)).unwrap();
        assert_eq!((exact.total, exact.adjustments), (money(commission), vec![]));
    }
}

#[test]
fn what_is_below_zero_counts_as_nothing() {
    // A balance that adjustments brought below zero, more returned than collected.
    let below = |by| {
        let collected = money("-500.00");
        let case = Case { placed_balance: money("-1.00"), collected, ..paying("1200.00") };
        compute(&self::by(stairs(by)), &case).unwrap()
    };
    assert_eq!(below("balance").total, money("420.00"));
    let liquidation = below("liquidation");
    assert_eq!(liquidation.slices[0].from, Money::ZERO);
    assert_eq!(liquidation.total, money("400.00"));
    let capped = schedule(json!({
        "standard": {"plan": {"by": "flat", "rate": "0.5"}}, "cap": {"share": "0.5"}}));
    let case = Case { placed_balance: money("-10.00"), ..paying("10.00") };
    let commission = compute(&capped, &case).unwrap();
    let cap = AdjustmentRule::Cap { cap: Money::ZERO, charged: Money::ZERO };
    assert_eq!((commission.total, commission.adjustments[0].rule), (Money::ZERO, cap));
    let mut case = paying("10.00");
    case.applied.fees = money("-4.00");
    let commission = compute(&Schedule::flat(rate("0.5")), &case).unwrap();
    assert_eq!(commission.slices.len(), 1);
    assert_eq!((commission.slices[0].from, commission.total), (Money::ZERO, money("5.00")));
}
