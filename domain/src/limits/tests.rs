use super::*;
use crate::role::StaffRole;
use proptest::prelude::*;

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn range(from: i64, below: Option<i64>, least: i64) -> BalanceRange {
    BalanceRange {
        from: money(from),
        below: below.map(money),
        min_payment: Some(money(least)),
        min_percent: None,
        min_down_percent: None,
        most_installments: Some(6),
    }
}

fn any_limits() -> impl Strategy<Value = Limits> {
    let amount = || proptest::option::of((0_i64..50_000).prop_map(money));
    let count = || proptest::option::of(1_u32..400);
    let share = || {
        proptest::option::of(
            (0_i64..=1_000_000)
                .prop_map(|millionths| Rate::new(Decimal::new(millionths, 6)).unwrap()),
        )
    };
    let one_range = (0_i64..1000, amount(), share(), share(), count()).prop_map(
        |(from, min_payment, min_percent, min_down_percent, most_installments)| BalanceRange {
            from: money(from),
            below: None,
            min_payment,
            min_percent,
            min_down_percent,
            most_installments,
        },
    );
    let ranges = proptest::option::of(proptest::collection::vec(one_range, 0..3));
    let frequencies = proptest::option::of(Just(vec![Frequency::Weekly, Frequency::Monthly]));
    (
        (amount(), share(), count(), count(), amount(), count(), count(), share()),
        (amount(), share(), share(), count(), count(), count(), frequencies, count()),
        (count(), ranges),
    )
        .prop_map(|(promise, plan, rest)| Limits {
            promise_min_amount: promise.0,
            promise_min_percent: promise.1,
            promise_first_within_days: promise.2,
            promise_most_open: promise.3,
            promise_min_additional: promise.4,
            promise_lead_days: promise.5,
            promise_grace_banking_days: promise.6,
            promise_partial_percent: promise.7,
            plan_min_payment: plan.0,
            plan_min_percent: plan.1,
            plan_min_down_percent: plan.2,
            plan_most_installments: plan.3,
            plan_most_days: plan.4,
            plan_start_within_days: plan.5,
            plan_frequencies: plan.6,
            plan_grace_days: plan.7,
            plan_most_pause_days: rest.0,
            plan_balance_ranges: rest.1,
        })
}

proptest! {
    #[test]
    fn merging_is_associative_and_idempotent(
        a in any_limits(), b in any_limits(), c in any_limits(),
    ) {
        prop_assert_eq!(a.over(&b).over(&c), a.over(&b.over(&c)));
        prop_assert_eq!(a.over(&a), a.clone());
        prop_assert_eq!(a.over(&Limits::default()), a.clone());
        prop_assert_eq!(Limits::default().over(&a), a);
    }

    #[test]
    fn every_merged_field_names_the_strongest_level_that_sets_it(
        agency in any_limits(), creditor in any_limits(), account in any_limits(),
    ) {
        let merged = merge(&[
            (Level::Agency, &agency), (Level::Account, &account), (Level::Creditor, &creditor),
        ]);
        for field in Field::ALL {
            let set = |limits: &Limits| limits.stated().iter().any(|(one, _)| one == field);
            let expected = if set(&account) {
                Some(Level::Account)
            } else if set(&creditor) {
                Some(Level::Creditor)
            } else if set(&agency) {
                Some(Level::Agency)
            } else {
                None
            };
            prop_assert_eq!(merged.level(*field), expected);
        }
        prop_assert_eq!(merged.explained.len(), merged.limits.stated().len());
    }

    #[test]
    fn what_is_stored_reads_back(limits in any_limits()) {
        let stored = serde_json::to_value(&limits).unwrap();
        prop_assert_eq!(serde_json::from_value::<Limits>(stored).unwrap(), limits);
    }

    /// Ranges cut from one line have no fault; one moved end always has.
    #[test]
    fn contiguous_ranges_pass_and_a_moved_end_is_noticed(
        steps in proptest::collection::vec(2_i64..1000, 1..6), at: proptest::sample::Index,
        by in prop_oneof![Just(-1_i64), Just(1_i64)],
    ) {
        let mut ranges = Vec::new();
        let mut from = 0;
        for step in &steps {
            ranges.push(range(from, Some(from + step), 1));
            from += step;
        }
        ranges.push(range(from, None, 1));
        let mut limits = Limits { plan_balance_ranges: Some(ranges), ..Limits::default() };
        prop_assert_eq!(limits.check(), Ok(()));
        let ranges = limits.plan_balance_ranges.as_mut().unwrap();
        let moved = at.index(steps.len());
        let end = ranges[moved].below.unwrap().plus(money(by)).unwrap();
        ranges[moved].below = Some(end);
        let faults = limits.check().unwrap_err();
        let code = if by > 0 { "range_overlap" } else { "range_gap" };
        prop_assert_eq!(faults[0].code(), code);
    }
}

#[test]
fn a_creditor_rule_goes_before_the_agency_and_a_zero_is_a_value() {
    let agency = Limits {
        plan_min_payment: Some(money(5_000)),
        plan_most_installments: Some(12),
        ..Limits::default()
    };
    let creditor = Limits { plan_min_payment: Some(Money::ZERO), ..Limits::default() };
    let merged = merge(&[(Level::Creditor, &creditor), (Level::Agency, &agency)]);
    assert_eq!(merged.limits.plan_min_payment, Some(Money::ZERO));
    assert_eq!(merged.limits.plan_most_installments, Some(12), "one field does not reset others");
    assert_eq!(merged.level(Field::PlanMinPayment), Some(Level::Creditor));
    assert_eq!(merged.level(Field::PlanMostInstallments), Some(Level::Agency));
    assert_eq!(merged.level(Field::PlanMostDays), None);
    assert_eq!(merged.explained[0].value, "0.00");
}

#[test]
fn an_account_exception_is_not_undone_by_the_agency_table() {
    let agency = Limits {
        plan_balance_ranges: Some(vec![
            range(0, Some(100_000), 2_500),
            range(100_000, None, 7_500),
        ]),
        plan_min_payment: Some(money(1_000)),
        ..Limits::default()
    };
    let least = |limits: &Limits, balance| {
        limits.plan_minimums(money(balance), money(balance)).unwrap().payment
    };
    assert_eq!(least(&agency, 99_999), money(2_500));
    assert_eq!(least(&agency, 100_000), money(7_500), "the range goes before the general minimum");
    let account = Limits { plan_min_payment: Some(money(1_500)), ..Limits::default() };
    let merged = merge(&[(Level::Agency, &agency), (Level::Account, &account)]);
    assert_eq!(least(&merged.limits, 100_000), money(1_500));
    let most = merged.limits.plan_minimums(money(100_000), money(100_000)).unwrap().installments;
    assert_eq!(most, Some(6), "what the account says nothing about stays");
}

#[test]
fn a_supervisor_has_limits_too() {
    let agency = Limits { plan_grace_days: Some(5), ..Limits::default() };
    let creditor = Limits { plan_most_days: Some(180), ..Limits::default() };
    let by = |role| {
        let preset = for_role(role);
        merge(&[(Level::Preset, &preset), (Level::Agency, &agency), (Level::Creditor, &creditor)])
    };
    assert_eq!(by(StaffRole::Collector).limits.plan_most_installments, Some(12));
    let supervisor = by(StaffRole::Manager);
    assert_eq!(supervisor.limits.plan_most_installments, Some(24), "more, but not without end");
    assert_eq!(supervisor.limits.plan_most_days, Some(180), "the creditor's rule binds everybody");
}

#[test]
fn faults_are_named_with_their_numbers() {
    let with = |ranges| Limits { plan_balance_ranges: Some(ranges), ..Limits::default() };
    let fault = |ranges| with(ranges).check().unwrap_err().remove(0);
    assert_eq!(
        fault(vec![range(100, None, 1)]),
        LimitsFault::RangeGap { from: Money::ZERO, below: Some(money(100)) }
    );
    assert_eq!(
        fault(vec![range(0, None, 1), range(500, None, 1)]),
        LimitsFault::RangeOverlap { from: money(500), below: None }
    );
    assert_eq!(
        fault(vec![range(0, Some(100), 1)]),
        LimitsFault::RangeGap { from: money(100), below: None }
    );
    assert_eq!(
        fault(vec![range(0, None, 1), range(9, Some(9), 1)]),
        LimitsFault::RangeEmpty { from: money(9), below: Some(money(9)) }
    );
    assert_eq!(fault(vec![]), LimitsFault::RangeGap { from: Money::ZERO, below: None });
    assert_eq!(
        fault(vec![range(0, Some(5000), 1), range(6000, None, 1)]).to_string(),
        "no balance range holds 50.00 to below 60.00"
    );
    let nested = with(vec![range(0, Some(100), 1), range(10, Some(20), 1), range(100, None, 1)]);
    assert_eq!(
        nested.check(),
        Err(vec![LimitsFault::RangeOverlap { from: money(10), below: Some(money(20)) }])
    );
    let bad = Limits {
        promise_min_amount: Some(money(-1)),
        plan_most_installments: Some(0),
        plan_frequencies: Some(vec![]),
        ..Limits::default()
    };
    assert_eq!(
        bad.check().unwrap_err(),
        [
            LimitsFault::Negative(Field::PromiseMinAmount),
            LimitsFault::Nothing(Field::PlanMostInstallments),
            LimitsFault::Nothing(Field::PlanFrequencies),
        ]
    );
}

#[test]
fn storage_refuses_an_unknown_field_and_a_float() {
    let read = |text: &str| serde_json::from_str::<Limits>(text);
    assert!(read(r#"{"plan_min_payment": 2500, "plan_min_percent": "0.05"}"#).is_ok());
    assert!(read(r#"{"plan_min_paymnet": 2500}"#).is_err());
    assert!(read(r#"{"plan_min_payment": 25.5}"#).is_err());
    assert!(read(r#"{"plan_min_percent": 0.05}"#).is_err());
}

/// Money rule 20: what applies where no level says anything.
#[test]
fn what_nobody_sets_is_as_the_rules_have_it() {
    let none = Limits::default();
    assert_eq!((none.plan_grace(), none.most_pause_days()), (10, 60));
    assert_eq!((none.promise_grace(), none.partial_share()), (3, Decimal::new(5, 1)));
}
