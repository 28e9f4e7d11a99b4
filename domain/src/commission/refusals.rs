//! Schedules that are not saved, each with its code, its place and its numbers.

use super::*;
use serde_json::{Value, json};

fn read(json: Value) -> Result<Schedule, String> {
    serde_json::from_value(json).map_err(|error| error.to_string())
}

/// Code, place and text of every problem.
fn problems(json: Value) -> Vec<(&'static str, String, String)> {
    let problems = read(json).unwrap().check().err().unwrap_or_default();
    let tell = |p: ScheduleProblem| (p.code(), p.pointer.clone(), p.flaw.to_string());
    problems.into_iter().map(tell).collect()
}

fn tiers(by: &str, tiers: Value) -> Vec<(&'static str, String, String)> {
    let mut plan = json!({"by": by, "tiers": tiers});
    if by == "age" {
        plan["from"] = json!("service");
    }
    problems(json!({"standard": {"plan": plan}}))
}

fn problem(code: &'static str, pointer: &str, text: &str) -> (&'static str, String, String) {
    (code, pointer.to_owned(), text.to_owned())
}

#[test]
fn ranges_with_a_gap() {
    let gap = json!([
        {"over": "0.00", "up_to": "1000.00", "rate": "0.35"},
        {"over": "1000.01", "rate": "0.25"}]);
    for by in ["balance", "liquidation", "payment_size"] {
        assert_eq!(
            tiers(by, gap.clone()),
            [problem(
                "schedule_gap",
                "/standard/plan/tiers/1/over",
                "no tier covers what is over 1000.00 up to 1000.01: tiers meet at the same number"
            )]
        );
    }
}

#[test]
fn ranges_that_overlap() {
    let overlap = json!([
        {"over": 0, "up_to": 365, "rate": "0.25"}, {"over": 364, "up_to": 730, "rate": "0.4"},
        {"over": 1, "rate": "0.5"}]);
    assert_eq!(
        tiers("age", overlap),
        [
            problem(
                "schedule_overlap",
                "/standard/plan/tiers/1/over",
                "two tiers cover what is over 364 days up to 365 days: tiers meet at the same number"
            ),
            problem(
                "schedule_overlap",
                "/standard/plan/tiers/2/over",
                "two tiers cover what is over 1 day up to 730 days: tiers meet at the same number"
            ),
        ]
    );
}

#[test]
fn ranges_that_do_not_begin_at_zero_or_end() {
    let inner = json!([{"over": 30, "up_to": 90, "rate": "0.25"}]);
    assert_eq!(
        tiers("age", inner),
        [
            problem(
                "schedule_not_from_zero",
                "/standard/plan/tiers/0/over",
                "the first tier must be over 0 days, not over 30 days"
            ),
            problem(
                "schedule_not_open_ended",
                "/standard/plan/tiers/0/up_to",
                "the last tier must have no upper bound, not up to 90 days"
            ),
        ]
    );
    let negative = json!([{"over": "-1.00", "rate": "0.25"}]);
    assert_eq!(
        tiers("balance", negative),
        [problem(
            "schedule_not_from_zero",
            "/standard/plan/tiers/0/over",
            "the first tier must be over 0.00, not over -1.00"
        )]
    );
}

#[test]
fn an_open_tier_before_the_last_and_a_tier_of_nothing() {
    let open = json!([{"over": 0, "rate": "0.25"}, {"over": 90, "rate": "0.3"}]);
    assert_eq!(
        tiers("age", open),
        [problem(
            "schedule_open_before_last",
            "/standard/plan/tiers/0/up_to",
            "only the last tier has no upper bound; this one needs up_to 90 days"
        )]
    );
    let nothing = json!([
        {"over": "0.00", "up_to": "50.00", "rate": "0.25"},
        {"over": "50.00", "up_to": "50.00", "rate": "0.3"},
        {"over": "50.00", "rate": "0.4"}]);
    assert_eq!(
        tiers("payment_size", nothing),
        [problem(
            "schedule_empty_range",
            "/standard/plan/tiers/1/up_to",
            "the tier over 50.00 up to 50.00 holds nothing"
        )]
    );
    assert_eq!(
        tiers("age", json!([])),
        [problem("schedule_no_tiers", "/standard/plan/tiers", "write at least one tier")]
    );
}

#[test]
fn every_set_of_rates_is_checked() {
    let none = || json!({"plan": {"by": "balance", "tiers": []}});
    let flat = json!({"by": "flat", "rate": "0.3"});
    let found = problems(json!({
        "standard": {"plan": flat, "payment_types": [
            {"payment_type": "paid_creditor", "plan": {"by": "liquidation", "tiers": []}}]},
        "legal": none(), "second_placement": none(), "third_placement": none()}));
    let places: Vec<_> = found.iter().map(|(code, at, _)| (*code, at.as_str())).collect();
    assert_eq!(
        places,
        [
            ("schedule_no_tiers", "/standard/payment_types/0/plan/tiers"),
            ("schedule_no_tiers", "/legal/plan/tiers"),
            ("schedule_no_tiers", "/second_placement/plan/tiers"),
            ("schedule_no_tiers", "/third_placement/plan/tiers"),
        ]
    );
}

#[test]
fn what_is_named_twice() {
    let flat = json!({"by": "flat", "rate": "0.3"});
    let twice = json!([{"bucket": "fees", "rate": "0.5"}, {"bucket": "costs", "rate": "0"},
        {"bucket": "fees", "rate": "0.5"}]);
    let own = json!({"payment_type": "paid_agency", "plan": flat, "buckets": twice});
    let once = json!({"payment_type": "paid_agency", "plan": flat});
    assert_eq!(
        problems(json!({
            "standard": {"plan": flat, "buckets": twice, "payment_types": [own, once]},
            "free_demand": {
                "days": 5, "payment_types": ["paid_creditor", "paid_agency", "paid_creditor"]}})),
        [
            problem(
                "schedule_duplicate_bucket",
                "/standard/buckets/2/bucket",
                "fees has a rate already"
            ),
            problem(
                "schedule_duplicate_bucket",
                "/standard/payment_types/0/buckets/2/bucket",
                "fees has a rate already"
            ),
            problem(
                "schedule_duplicate_payment_type",
                "/standard/payment_types/1/payment_type",
                "paid_agency is named already"
            ),
            problem(
                "schedule_duplicate_payment_type",
                "/free_demand/payment_types/2",
                "paid_creditor is named already"
            ),
        ]
    );
}

#[test]
fn limits_that_contradict_each_other() {
    let with = |more: Value| {
        let mut schedule = json!({"standard": {"plan": {"by": "flat", "rate": "0.3"}}});
        for (key, value) in more.as_object().unwrap() {
            schedule[key] = value.clone();
        }
        problems(schedule)
    };
    assert_eq!(
        with(json!({"minimum": "25.01", "maximum": "25.00", "cap": {"amount": "25.00"}})),
        [
            problem(
                "schedule_minimum_over_maximum",
                "/minimum",
                "the minimum 25.01 is above the maximum 25.00"
            ),
            problem(
                "schedule_minimum_over_cap",
                "/minimum",
                "the minimum 25.01 is above the cap 25.00"
            ),
        ]
    );
    let equal = json!({"minimum": "25.00", "maximum": "25.00", "cap": {"amount": "25.00"}});
    assert_eq!(with(equal), []);
    let one_day = json!({"free_demand": {"days": 1, "payment_types": ["paid_agency"]}});
    assert_eq!(with(one_day), []);
    let zero = json!({"minimum": "0.00", "maximum": "0.00", "cap": {"amount": "0.00"}});
    assert_eq!(with(zero), []);
    let codes = |more| with(more).into_iter().map(|(code, at, _)| (code, at)).collect::<Vec<_>>();
    assert_eq!(
        codes(json!({"minimum": "-3.00", "maximum": "-2.00", "cap": {"amount": "-1.00"}})),
        ["/minimum", "/maximum", "/cap/amount"].map(|at| ("schedule_negative", at.to_owned()))
    );
    let nothing = json!({"cap": {}, "free_demand": {"days": 0, "payment_types": []}});
    assert_eq!(
        codes(nothing),
        [
            ("schedule_no_free_days", "/free_demand/days".to_owned()),
            ("schedule_no_free_payment_types", "/free_demand/payment_types".to_owned()),
            ("schedule_empty_cap", "/cap".to_owned()),
        ]
    );
}

#[test]
fn a_problem_says_where_it_is() {
    let schedule = read(json!({"standard": {"plan": {"by": "balance", "tiers": []}}})).unwrap();
    let problems = schedule.check().unwrap_err();
    assert_eq!(problems[0].to_string(), "/standard/plan/tiers: write at least one tier");
}

#[test]
fn a_schedule_is_written_exactly_or_not_read() {
    let with = |plan: Value| read(json!({"standard": {"plan": plan}}));
    assert!(with(json!({"by": "flat", "rate": "0.3"})).is_ok());
    assert!(with(json!({"by": "flat", "rate": "0.3", "tiers": []})).is_err());
    assert!(with(json!({"by": "flat", "rate": 0.3})).is_err());
    assert!(with(json!({"by": "flat"})).is_err());
    assert!(with(json!({"by": "stairs", "rate": "0.3"})).is_err());
    assert!(with(json!({"rate": "0.3"})).is_err());
    let size = |tier: Value| with(json!({"by": "payment_size", "tiers": [tier]}));
    assert!(size(json!({"over": "0.00", "rate": "0.3"})).is_ok());
    assert!(size(json!({"over": "0.00", "up_to": null, "rate": "0.3"})).is_ok());
    for over in [json!(0), json!(0.0), json!("0"), json!("0.0"), json!("0.000"), json!("1e2")] {
        assert!(size(json!({"over": over, "rate": "0.3"})).is_err(), "{over}");
        let up_to = over;
        assert!(size(json!({"over": "0.00", "up_to": up_to, "rate": "0.3"})).is_err(), "{up_to}");
    }
    assert!(size(json!({"over": "0.00", "to": "1.00", "rate": "0.3"})).is_err());
    for days in [json!(-1), json!(1.5), json!("30"), json!(4_294_967_296_i64)] {
        let tier = json!({"over": days, "rate": "0.3"});
        let plan = json!({"by": "age", "from": "placed", "tiers": [tier]});
        assert!(with(plan).is_err(), "{days}");
    }
    let plan = json!({"plan": {"by": "flat", "rate": "0.3"}});
    assert!(read(json!({"standard": plan, "legal": null, "minimum": null})).is_ok());
    assert!(read(json!({"standard": plan, "minimum": 25})).is_err());
    assert!(read(json!({"standard": plan, "minimun": "25.00"})).is_err());
    assert!(read(json!({"standard": plan, "cap": {"percent": "0.3"}})).is_err());
    assert!(read(json!({"legal": plan})).is_err());
}

#[test]
fn an_unchecked_schedule_refuses_what_it_leaves_out() {
    let case = super::examples::paying("100.00");
    for by in ["age", "balance", "liquidation", "payment_size"] {
        let mut plan = json!({"by": by, "tiers": []});
        if by == "age" {
            plan["from"] = json!("placed");
        }
        let schedule = read(json!({"standard": {"plan": plan}})).unwrap();
        assert_eq!(compute(&schedule, &case), Err(NotComputable::NoTier), "{by}");
    }
    assert_eq!(NotComputable::NoTier.code(), "schedule_no_tier");
    // Below the first tier, and at its bound: nothing is guessed.
    for by in ["balance", "liquidation", "payment_size"] {
        let late = json!({"by": by, "tiers": [{"over": "10.00", "rate": "0.3"}]});
        let schedule = read(json!({"standard": {"plan": late}})).unwrap();
        for placed_balance in [Money::ZERO, Money::from_minor(1_000)] {
            let case = Case { placed_balance, ..case.clone() };
            assert_eq!(compute(&schedule, &case), Err(NotComputable::NoTier), "{by}");
        }
    }
    let late = json!({"by": "age", "from": "placed", "tiers": [{"over": 10, "rate": "0.3"}]});
    let schedule = read(json!({"standard": {"plan": late}})).unwrap();
    for (days, refused) in [(0, true), (9, true), (10, true), (11, false)] {
        let effective_on = case.dates.placed_on + chrono::Days::new(days);
        let case = Case { effective_on, ..case.clone() };
        assert_eq!(compute(&schedule, &case).is_err(), refused, "{days}");
    }
    // Nor does a maximum below zero give money back.
    let flat = json!({"plan": {"by": "flat", "rate": "0.3"}});
    let schedule = read(json!({"standard": flat, "maximum": "-1.00"})).unwrap();
    assert_eq!(compute(&schedule, &case).unwrap().total, Money::ZERO);
}

#[test]
fn sums_that_do_not_fit_are_refused() {
    let schedule = read(json!({"standard": {"plan": {"by": "liquidation", "tiers": [
        {"over": "0.00", "rate": "0.3"}]}}}));
    let case = Case { collected: Money::from_minor(i64::MAX), ..super::examples::paying("0.01") };
    let refusal = compute(&schedule.unwrap(), &case).unwrap_err();
    assert_eq!(refusal, NotComputable::TooLarge(TooLarge));
    assert_eq!(refusal.code(), "amount_too_large");
    assert_eq!(NotComputable::FeeWithoutForwarder.code(), "fee_without_forwarder");
}

#[cfg(feature = "openapi")]
#[test]
fn the_document_shows_money_and_rates_as_text() {
    use utoipa::PartialSchema;
    let shown = |schema| serde_json::to_value::<utoipa::openapi::RefOr<_>>(schema).unwrap();
    let tier = shown(AmountTier::schema());
    assert_eq!(tier["properties"]["over"]["type"], "string");
    assert_eq!(tier["required"], json!(["over", "rate"]));
    assert_eq!(tier["additionalProperties"], json!(false));
    assert_eq!(shown(Rate::schema())["type"], "string");
    let schedule = shown(Schedule::schema());
    assert_eq!(schedule["properties"]["minimum"]["type"], json!(["string", "null"]));
    assert_eq!(schedule["required"], json!(["standard"]));
    assert_eq!(shown(Plan::schema())["oneOf"].as_array().map(Vec::len), Some(5));
    let plan = shown(Rates::schema())["properties"]["plan"]["$ref"].clone();
    assert_eq!(plan, "#/components/schemas/CommissionPlan");
}
