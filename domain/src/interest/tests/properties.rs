//! Rules that hold for any terms and any history.

use super::*;
use crate::allocation::tests::{amounts, debts, orders};
use crate::payoff::quote;
use chrono::Days;
use proptest::prelude::*;

const FIRST: &str = "2023-01-01";

fn day(after: u64) -> NaiveDate {
    on(FIRST).checked_add_days(Days::new(after)).unwrap()
}

fn bases() -> impl Strategy<Value = Basis> {
    proptest::sample::select(Basis::ALL)
}

fn stops() -> impl Strategy<Value = Vec<Stop>> {
    let stop =
        (proptest::sample::select(StopReason::ALL), 0_u64..900, proptest::option::of(1_u64..200))
            .prop_map(|(reason, from, days)| Stop {
                reason,
                from: day(from),
                until: days.map(|days| day(from + days)),
            });
    proptest::collection::vec(stop, 0..4)
}

fn rates() -> impl Strategy<Value = Vec<RateChange>> {
    proptest::collection::btree_map(0_u64..900, 0_i64..=500_000, 1..4).prop_map(|changes| {
        changes
            .into_iter()
            .map(|(from, millionths)| RateChange {
                effective_on: day(from),
                rate: AnnualRate::new(rust_decimal::Decimal::new(millionths, 6)).unwrap(),
            })
            .collect()
    })
}

fn compounding() -> impl Strategy<Value = Option<Compounding>> {
    use Compounding::{Annually, Monthly, Quarterly, SemiAnnually};
    proptest::option::of(proptest::sample::select(vec![Monthly, Quarterly, SemiAnnually, Annually]))
}

/// Simple terms of any kind.
fn terms() -> impl Strategy<Value = Terms> {
    let judgment = proptest::option::of((200_u64..900, 1_i64..9_000_000, 0_i64..=500_000));
    let cap = proptest::option::of(1_i64..200_000);
    let base = proptest::sample::select(vec![Base::Principal, Base::PrincipalAndCosts]);
    (bases(), 0_u64..200, rates(), stops(), judgment, cap, base, any::<bool>()).prop_map(
        |(basis, start, rates, stops, judgment, cap, base, stop_on_dispute)| Terms {
            starts_on: Some(day(start)),
            rates,
            base,
            judgment: judgment.map(|(entered, minor, millionths)| Judgment {
                entered_on: day(entered),
                amount: Amount::new(Money::from_minor(minor)).unwrap(),
                rate: AnnualRate::new(rust_decimal::Decimal::new(millionths, 6)).unwrap(),
                compounding: None,
            }),
            stops,
            stop_on_dispute,
            cap: cap.map(|minor| Amount::new(Money::from_minor(minor)).unwrap()),
            ..simple("0.1", basis, FIRST)
        },
    )
}

fn histories() -> impl Strategy<Value = Vec<BaseChange>> {
    proptest::collection::btree_map(0_u64..900, 0_i64..5_000_000, 1..5).prop_map(|changes| {
        changes
            .into_iter()
            .map(|(at, minor)| BaseChange { on: day(at), amount: Money::from_minor(minor) })
            .collect()
    })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let bucket = proptest::sample::select(Bucket::ALL.to_vec());
    let what = prop_oneof![
        4 => amounts().prop_map(Ok),
        1 => (bucket.clone(), 1_i64..100_000).prop_map(|(bucket, minor)| {
            let amount = Amount::new(Money::from_minor(minor)).unwrap();
            Err(What::Charge { bucket, amount })
        }),
        1 => (bucket, -50_000_i64..50_000).prop_map(|(bucket, minor)| {
            Err(What::Adjustment { bucket, by: Money::from_minor(minor) })
        }),
        1 => Just(Err(What::Posting)),
    ];
    proptest::collection::vec((0_u64..1000, what), 0..8).prop_map(|events| {
        (0_u64..)
            .zip(events)
            .map(|(nth, (at, what))| {
                let id = PaymentId(Uuid::from_u128(u128::from(nth)));
                // Small payments too, so that not every history ends with the first.
                let what = what.map_or_else(
                    |other| other,
                    |amount| {
                        let minor = amount.minor() / if nth % 2 == 0 { 400 } else { 1 } + 1;
                        let amount = Amount::new(Money::from_minor(minor)).unwrap();
                        What::Payment { id, amount }
                    },
                );
                Event { on: day(at), entered: nth, what }
            })
            .collect()
    })
}

fn run(terms: &Terms, order: AllocationOrder, owed: Buckets, events: &[Event]) -> Replay {
    let opening = Position::opening(owed, on(FIRST));
    replay(terms, by(order), &opening, events, day(1000)).unwrap()
}

fn sum(many: impl IntoIterator<Item = Money>) -> Money {
    Money::total(many).unwrap()
}

proptest! {
    #[test]
    fn interest_of_adjoining_intervals_adds_up(
        terms in terms(), history in histories(), mut days in proptest::array::uniform3(0_u64..1000),
    ) {
        days.sort_unstable();
        let [a, b, c] = days.map(day);
        let part = |from, to| accrued(&terms, &history, from, to).unwrap();
        prop_assert_eq!(part(a, b).plus(part(b, c)), Ok(part(a, c)));
        prop_assert!(part(a, b) <= part(a, c));
        let (left, right) = (part(a, b).to_decimal().unwrap(), part(b, c).to_decimal().unwrap());
        let gap = (left + right - part(a, c).to_decimal().unwrap()).abs();
        prop_assert!(gap < rust_decimal::Decimal::new(1, 18));
    }

    /// Day by day, from the rules' words rather than from stretches.
    #[test]
    fn each_day_accrues_by_its_own_rate_base_and_year(
        terms in terms(), history in histories(), from in 0_u64..900, days in 0_u64..100,
    ) {
        use chrono::Datelike;
        use rust_decimal::Decimal;
        let mut expected = Decimal::ZERO;
        for at in from + 1..=from + days {
            let today = day(at);
            let stopped = terms.stops.iter().any(|stop| {
                (stop.reason != StopReason::Dispute || terms.stop_on_dispute)
                    && stop.from < today
                    && stop.until.is_none_or(|until| today <= until)
            });
            if stopped || terms.starts_on.unwrap() >= today {
                continue;
            }
            let adjudged = terms.judgment.filter(|judgment| judgment.entered_on < today);
            let agreed = terms.rates.iter().rfind(|change| change.effective_on < today);
            let rate = adjudged.map(|j| j.rate).or(agreed.map(|change| change.rate));
            let base = history.iter().rfind(|change| change.on < today);
            let divisor = match terms.basis {
                Basis::Days360 => Decimal::from(360),
                Basis::Days364 => Decimal::from(364),
                Basis::Days365 => Decimal::from(365),
                Basis::Days36525 => Decimal::new(36525, 2),
                Basis::Actual if NaiveDate::from_ymd_opt(today.year(), 2, 29).is_some() => {
                    Decimal::from(366)
                }
                Basis::Actual => Decimal::from(365),
            };
            if let (Some(rate), Some(base)) = (rate, base) {
                expected += Decimal::new(base.amount.minor(), 2) * rate.share() / divisor;
            }
        }
        let exact = accrued(&terms, &history, day(from), day(from + days)).unwrap();
        let gap = (exact.to_decimal().unwrap() - expected).abs();
        prop_assert!(gap < Decimal::new(1, 15), "{gap}");
    }

    #[test]
    fn a_zero_rate_gives_nothing(
        mut terms in terms(), owed in debts(), order in orders(), events in events(),
    ) {
        for change in &mut terms.rates {
            change.rate = AnnualRate::ZERO;
        }
        terms.judgment = None;
        let whole = run(&terms, order, owed, &events);
        prop_assert_eq!(whole.position.posted, Money::ZERO);
        prop_assert_eq!(whole.unposted, Money::ZERO);
        prop_assert!(whole.per_diem.is_zero());
    }

    #[test]
    fn a_stop_accrues_nothing_inside(
        mut terms in terms(), history in histories(), from in 200_u64..900, days in 1_u64..90,
    ) {
        let stop = Stop {
            reason: StopReason::Bankruptcy,
            from: day(from),
            until: Some(day(from + days)),
        };
        terms.stops.push(stop);
        let inside = accrued(&terms, &history, day(from), day(from + days)).unwrap();
        prop_assert_eq!(inside, Accrual::ZERO);
    }

    #[test]
    fn actual_over_a_leap_border_is_the_sum_of_both_years(
        minor in 0_i64..9_000_000, before in 1_u64..300, after in 1_u64..300,
    ) {
        let terms = simple("0.18", Basis::Actual, "2023-01-01");
        let common = simple("0.18", Basis::Days365, "2023-01-01");
        let border = on("2023-12-31");
        let base = [BaseChange { on: on("2023-01-01"), amount: Money::from_minor(minor) }];
        let (from, to) =
            (border.checked_sub_days(Days::new(before)), border.checked_add_days(Days::new(after)));
        let (from, to) = (from.unwrap(), to.unwrap());
        let both = accrued(&terms, &base, from, to).unwrap().to_decimal().unwrap();
        let old = accrued(&common, &base, from, border).unwrap().to_decimal().unwrap();
        let new = rust_decimal::Decimal::new(minor, 2) * rust_decimal::Decimal::new(18, 2)
            * rust_decimal::Decimal::from(after) / rust_decimal::Decimal::from(366);
        prop_assert!((both - old - new).abs() < rust_decimal::Decimal::new(1, 15));
    }

    #[test]
    fn interest_grows_with_the_days_and_never_beyond_its_cap(
        terms in terms(), every in compounding(), owed in debts(), one in 0_u64..1000,
        other in 0_u64..1000, events in events(), order in orders(),
    ) {
        let terms = Terms { compounding: every, ..terms };
        let position = Position::opening(owed, on(FIRST));
        let due = |days| due(&terms, &position, day(days)).unwrap();
        prop_assert!(due(one.min(other)) <= due(one.max(other)));
        if let Some(cap) = terms.cap {
            let whole = run(&terms, order, owed, &events);
            prop_assert!(sum([whole.position.posted, whole.unposted]) <= cap.money());
        }
    }

    /// What was owed, charged, adjusted and accrued is what was paid and is still owed; each
    /// payment is its parts and what was too much.
    #[test]
    fn a_history_conserves_money(
        terms in terms(), every in compounding(), owed in debts(), order in orders(),
        events in events(),
    ) {
        let terms = Terms { compounding: every, ..terms };
        let whole = run(&terms, order, owed, &events);
        let paid: Vec<Money> = events
            .iter()
            .filter_map(|event| match event.what {
                What::Payment { amount, .. } => Some(amount.money()),
                What::Charge { .. } | What::Adjustment { .. } | What::Posting => None,
            })
            .collect();
        let entered = sum(events.iter().map(|event| match event.what {
            What::Charge { amount, .. } => amount.money(),
            What::Adjustment { by, .. } => by,
            What::Payment { .. } | What::Posting => Money::ZERO,
        }));
        let applied = sum(whole.splits().map(|split| split.applied.total().unwrap()));
        prop_assert_eq!(whole.splits().count(), paid.len());
        prop_assert_eq!(sum([applied, whole.overpaid]), sum(paid));
        let interest = sum(whole.steps.iter().map(|step| step.interest));
        prop_assert_eq!(interest, whole.position.posted);
        let left = sum([owed.total().unwrap(), entered, interest]).minus(applied).unwrap();
        prop_assert_eq!(whole.position.buckets.total(), Ok(left));
        prop_assert_eq!(whole.total, sum([left, whole.unposted]));
        for (step, next) in whole.steps.iter().zip(whole.steps.iter().skip(1)) {
            prop_assert!(step.on <= next.on);
        }
    }

    #[test]
    fn the_order_in_which_events_are_given_does_not_matter(
        terms in terms(), owed in debts(), order in orders(), events in events(),
        turn in 0_usize..8,
    ) {
        let before = run(&terms, order, owed, &events);
        let mut turned = events.clone();
        turned.rotate_left(turn % events.len().max(1));
        prop_assert_eq!(&run(&terms, order, owed, &turned), &before);
        // A payment taken away and entered again, in its place, changes nothing.
        if let Some(taken) = turned.pop() {
            run(&terms, order, owed, &turned);
            turned.insert(0, taken);
            prop_assert_eq!(&run(&terms, order, owed, &turned), &before);
        }
    }

    /// The entry, with the payments of one history only, leads from the books of one to the other;
    /// and the opposite entry leads back.
    #[test]
    fn a_difference_leads_from_one_history_to_the_other(
        terms in terms(), owed in debts(), order in orders(), events in events(),
        nth in 0_usize..8,
    ) {
        let mut fewer = events.clone();
        if nth < fewer.len() {
            fewer.remove(nth);
        }
        fewer.extend(events.get(nth).filter(|e| !matches!(e.what, What::Payment { .. })));
        let (before, after) = (run(&terms, order, owed, &events), run(&terms, order, owed, &fewer));
        let change = difference(&before, &after).unwrap();
        let gone = |split: &&Split| after.splits().all(|other| other.id != split.id);
        for bucket in Bucket::ALL {
            let restored = before.splits().filter(gone).map(|split| split.applied.get(bucket));
            let books = sum(restored.chain([
                before.position.buckets.get(bucket),
                change.entry.get(bucket),
            ]));
            prop_assert_eq!(books, after.position.buckets.get(bucket));
        }
        let shifted = sum(change.shifts.iter().map(|shift| shift.applied.total().unwrap()));
        prop_assert_eq!(change.entry.total(), change.interest.minus(shifted));
        for shift in &change.shifts {
            let parts = sum([shift.applied.total().unwrap(), shift.overpaid]);
            prop_assert_eq!(parts, Money::ZERO);
        }
        let back = difference(&after, &before).unwrap();
        for bucket in Bucket::ALL {
            prop_assert_eq!(back.entry.get(bucket), change.entry.get(bucket).negated().unwrap());
        }
    }

    /// A quote from the last posting says what the whole history says, whatever compounds.
    #[test]
    fn a_quote_agrees_with_the_history(
        terms in terms(), every in compounding(), merges in any::<bool>(), owed in debts(),
        order in orders(), events in events(),
    ) {
        let base = if merges && terms.judgment.is_some() { Base::JudgmentAmount } else { terms.base };
        let terms = Terms { compounding: every, base, ..terms };
        let opening = Position::opening(owed, on(FIRST));
        let until = |through| replay(&terms, by(order), &opening, &events, through).unwrap();
        let last = events.iter().map(|event| event.on).max().unwrap_or(on(FIRST));
        let (early, whole) = (until(last), until(day(1000)));
        let quoted = quote(&terms, &early.position, day(1000), day(1000)).unwrap();
        prop_assert_eq!(quoted.total, whole.total);
        prop_assert_eq!(quoted.per_diem, whole.per_diem);
        if let Some(last) = quoted.per_diem_through
            && last > day(1001)
        {
            let before = last.pred_opt().unwrap();
            let same = per_diem(&terms, &early.position, before).unwrap();
            prop_assert_eq!(same, whole.per_diem);
        }
    }
}
