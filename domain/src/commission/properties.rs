//! What holds for every schedule and every payment.

use super::*;
use crate::allocation::tests::orders;
use crate::money::Amount;
use chrono::{Days, NaiveDate};
use proptest::array::{uniform4, uniform5};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Every tenth is nothing, every tenth is all.
fn rates() -> impl Strategy<Value = Rate> {
    (-125_000_i64..=1_125_000)
        .prop_map(|millionths| Rate::new(Decimal::new(millionths.clamp(0, 1_000_000), 6)).unwrap())
}

fn some_money(up_to: i64) -> impl Strategy<Value = Money> {
    (0..=up_to).prop_map(Money::from_minor)
}

/// Tiers that meet: rising bounds and one rate more than bounds.
fn bounds(up_to: u32) -> impl Strategy<Value = Vec<(u32, Option<u32>, Rate)>> {
    (btree_set(1..=up_to, 0..4), uniform4(rates())).prop_map(|(bounds, rates)| {
        let overs = [0].into_iter().chain(bounds.iter().copied());
        let up_tos = bounds.iter().copied().map(Some).chain([None]);
        overs.zip(up_tos).zip(rates).map(|((over, up_to), rate)| (over, up_to, rate)).collect()
    })
}

fn age_tiers() -> impl Strategy<Value = Vec<AgeTier>> {
    bounds(800).prop_map(|tiers| {
        tiers.into_iter().map(|(over, up_to, rate)| AgeTier { over, up_to, rate }).collect()
    })
}

fn amount_tiers() -> impl Strategy<Value = Vec<AmountTier>> {
    let cents = |number: u32| Money::from_minor(i64::from(number));
    bounds(300_000).prop_map(move |tiers| {
        let tier = |(over, up_to, rate): (u32, Option<u32>, Rate)| AmountTier {
            over: cents(over),
            up_to: up_to.map(cents),
            rate,
        };
        tiers.into_iter().map(tier).collect()
    })
}

fn marginal() -> impl Strategy<Value = Plan> {
    prop_oneof![
        amount_tiers().prop_map(|tiers| Plan::Liquidation { tiers }),
        amount_tiers().prop_map(|tiers| Plan::PaymentSize { tiers }),
    ]
}

fn plans() -> impl Strategy<Value = Plan> {
    prop_oneof![
        rates().prop_map(|rate| Plan::Flat { rate }),
        (prop::sample::select(AgeFrom::ALL), age_tiers())
            .prop_map(|(from, tiers)| Plan::Age { from, tiers }),
        amount_tiers().prop_map(|tiers| Plan::Balance { tiers }),
        marginal(),
    ]
}

fn bucket_rates() -> impl Strategy<Value = Vec<BucketRate>> {
    uniform5(option::weighted(0.4, rates())).prop_map(|rates| {
        let each = Bucket::ALL.into_iter().zip(rates);
        each.filter_map(|(bucket, rate)| rate.map(|rate| BucketRate { bucket, rate })).collect()
    })
}

fn rate_sets() -> impl Strategy<Value = Rates> {
    let some = prop::sample::subsequence(PaymentType::ALL, 0..=2);
    let own = (some, vec((plans(), bucket_rates()), 2)).prop_map(|(types, rates)| {
        let own =
            |(payment_type, (plan, buckets))| PaymentTypeRates { payment_type, plan, buckets };
        types.into_iter().zip(rates).map(own).collect()
    });
    (plans(), bucket_rates(), own).prop_map(|(plan, buckets, payment_types)| Rates {
        plan,
        buckets,
        payment_types,
    })
}

fn free_demand() -> impl Strategy<Value = FreeDemand> {
    (1_u32..400, prop::sample::subsequence(PaymentType::ALL, 1..=3))
        .prop_map(|(days, payment_types)| FreeDemand { days, payment_types })
}

fn caps() -> impl Strategy<Value = Cap> {
    (option::of(rates()), option::of(some_money(200_000)))
        .prop_filter("a cap of something", |(share, amount)| share.is_some() || amount.is_some())
        .prop_map(|(share, amount)| Cap { share, amount })
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let sets =
        (rate_sets(), option::weighted(0.3, rate_sets()), option::weighted(0.3, rate_sets()));
    let limits = (option::of(some_money(5_000)), option::of(some_money(100_000)));
    (sets, option::weighted(0.2, free_demand()), limits, option::weighted(0.4, caps())).prop_map(
        |((standard, legal, second_placement), free_demand, (minimum, more), cap)| Schedule {
            standard,
            legal,
            second_placement,
            third_placement: None,
            free_demand,
            minimum: minimum.filter(|m| cap.is_none_or(|c| c.amount.is_none_or(|a| *m <= a))),
            maximum: more.map(|more| more.plus(minimum.unwrap_or_default()).unwrap()),
            cap,
        },
    )
}

fn dates() -> impl Strategy<Value = AccountDates> {
    let ago = || option::of((0_u64..1_000).prop_map(|ago| today() - Days::new(ago)));
    (0_u64..500, ago(), ago(), ago(), ago(), ago()).prop_map(|(placed, a, b, c, d, e)| {
        AccountDates {
            placed_on: today() - Days::new(placed),
            last_charge_on: a,
            last_payment_to_creditor_on: b,
            service_on: c,
            charge_off_on: d,
            delinquency_on: e,
        }
    })
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 6, 30).unwrap()
}

fn applied() -> impl Strategy<Value = Buckets> {
    // A third of the buckets get nothing.
    uniform5(-100_000_i64..200_000).prop_map(|minor| {
        let mut buckets = Buckets::default();
        for (bucket, minor) in Bucket::ALL.into_iter().zip(minor) {
            buckets.set(bucket, Money::from_minor(minor.max(0)));
        }
        buckets
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let paid = (prop::sample::select(PaymentType::ALL), applied(), orders(), 0_u64..1_200);
    let account = (dates(), some_money(500_000), some_money(400_000), some_money(150_000));
    let kind = (any::<bool>(), 1_u32..4, option::of(rates()));
    (paid, account, kind).prop_map(|(paid, account, kind)| {
        let (payment_type, applied, order, ago) = paid;
        let (dates, placed_balance, collected, charged) = account;
        let (legal, placement, tax_rate) = kind;
        let effective_on = today() - Days::new(ago);
        let forwarder_fee = None;
        Case {
            payment_type,
            effective_on,
            applied,
            order,
            dates,
            placed_balance,
            collected,
            charged,
            legal,
            placement,
            tax_rate,
            forwarder_fee,
        }
    })
}

fn sum(parts: impl IntoIterator<Item = Money>) -> Money {
    Money::total(parts).unwrap()
}

proptest! {
    #[test]
    fn a_checked_schedule_gives_every_payment_a_commission_that_adds_up(
        schedule in schedules(), case in cases(),
    ) {
        prop_assert_eq!(schedule.check(), Ok(()));
        let commission = compute(&schedule, &case).unwrap();
        let paid = case.applied.total().unwrap();
        // The slices are the payment, one after the other, bucket by bucket.
        prop_assert_eq!(sum(commission.slices.iter().map(|s| s.amount)), paid);
        for pair in commission.slices.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
        }
        for slice in &commission.slices {
            prop_assert!(slice.amount.is_positive());
            prop_assert_eq!(slice.to.minus(slice.from), Ok(slice.amount));
            prop_assert_eq!(slice.rate.of(slice.amount), Ok(slice.commission));
        }
        for bucket in Bucket::ALL {
            let of = commission.slices.iter().filter(|s| s.bucket == bucket);
            prop_assert_eq!(sum(of.map(|s| s.amount)), case.applied.get(bucket));
            let share = commission.per_bucket.get(bucket);
            prop_assert!(!share.is_negative() && share <= case.applied.get(bucket));
        }
        prop_assert_eq!(commission.per_bucket.total(), Ok(commission.total));
        prop_assert!(!commission.total.is_negative() && commission.total <= paid);
        // The adjustments lead from the sum of the rounded lines to the total.
        let lines = sum(commission.slices.iter().map(|s| s.commission));
        let end = commission.adjustments.iter().try_fold(lines, |at, step| {
            (at == step.before).then_some(step.after)
        });
        prop_assert_eq!(end, Some(commission.total));
        if let Some(maximum) = schedule.maximum {
            prop_assert!(commission.total <= maximum);
        }
        if let Some(amount) = schedule.cap.and_then(|cap| cap.amount) {
            let charged = sum([case.charged, commission.total]);
            prop_assert!(charged <= amount.max(case.charged));
        }
        let tax = case.tax_rate.map_or(Money::ZERO, |rate| rate.of(commission.total).unwrap());
        prop_assert_eq!(commission.tax, tax);
        prop_assert_eq!(commission.agency_share, commission.total);
    }

    #[test]
    fn without_limits_the_buckets_get_their_own_lines(
        plan in plans(), buckets in bucket_rates(), case in cases(),
    ) {
        let rates = Rates { plan, buckets, payment_types: vec![] };
        let schedule = Schedule { standard: rates, ..Schedule::flat(Rate::ZERO) };
        let commission = compute(&schedule, &case).unwrap();
        for bucket in Bucket::ALL {
            let of = commission.slices.iter().filter(|s| s.bucket == bucket);
            let lines = sum(of.map(|s| s.commission));
            prop_assert_eq!(commission.per_bucket.get(bucket), lines);
        }
    }

    #[test]
    fn who_pays_more_is_charged_no_less(
        plan in marginal(), case in cases(), bucket in prop::sample::select(&Bucket::ALL[..]),
        more in 1_i64..100_000,
    ) {
        // In the last bucket: one that comes earlier would move the others up the tiers.
        let last = case.order.buckets()[4];
        let mut larger = case.clone();
        larger.applied.set(last, sum([case.applied.get(last), Money::from_minor(more)]));
        let buckets = vec![BucketRate { bucket, rate: Rate::parse("0.5").unwrap() }];
        let rates = Rates { plan, buckets, payment_types: vec![] };
        let schedule = Schedule { standard: rates, ..Schedule::flat(Rate::ZERO) };
        let of = |case| compute(&schedule, case).unwrap().total;
        prop_assert!(of(&case) <= of(&larger));
    }

    #[test]
    fn where_a_liquidation_is_cut_matters_no_more_than_rounding(
        tiers in amount_tiers(), case in cases(), cut in 0_i64..200_000,
    ) {
        // Paid at once or in two: the same slices, but for one rounding more.
        let rates = Rates { plan: Plan::Liquidation { tiers }, buckets: vec![], payment_types: vec![] };
        let schedule = Schedule { standard: rates, ..Schedule::flat(Rate::ZERO) };
        let paid = |collected: Money, amount: Money| {
            let applied = Buckets { principal: amount, ..Buckets::default() };
            compute(&schedule, &Case { collected, applied, ..case.clone() }).unwrap().total
        };
        let whole = case.applied.principal;
        let first = whole.min(Money::from_minor(cut));
        let second = whole.minus(first).unwrap();
        let apart = sum([paid(case.collected, first), paid(sum([case.collected, first]), second)]);
        let difference = apart.minus(paid(case.collected, whole)).unwrap().minor();
        prop_assert!(difference.abs() <= 1, "{difference}");
    }

    #[test]
    fn a_minimum_is_reached_unless_something_forbids_it(
        schedule in schedules(), case in cases(),
    ) {
        let commission = compute(&schedule, &case).unwrap();
        let forbidden = commission.adjustments.iter().any(|step| match step.rule {
            AdjustmentRule::FreeDemand { .. } | AdjustmentRule::Cap { .. } => true,
            AdjustmentRule::Minimum { .. } | AdjustmentRule::Maximum { .. } => false,
        });
        let rated = commission.slices.iter().any(|slice| slice.rate > Rate::ZERO);
        let least = schedule.minimum.unwrap_or_default().min(case.applied.total().unwrap());
        prop_assert!(forbidden || !rated || commission.total >= least);
        prop_assert!(rated || commission.total.is_zero());
    }

    #[test]
    fn the_mirror_of_a_commission_is_its_exact_negative(schedule in schedules(), case in cases()) {
        let commission = compute(&schedule, &case).unwrap();
        // A return writes the stored shares with the other sign and computes nothing.
        let mirrored = Bucket::ALL.map(|b| commission.per_bucket.get(b).negated().unwrap());
        prop_assert_eq!(sum(mirrored), commission.total.negated().unwrap());
        let lines = sum(commission.slices.iter().map(|s| s.commission.negated().unwrap()));
        let steps = commission.adjustments.iter().map(|s| s.before.minus(s.after).unwrap());
        prop_assert_eq!(sum([lines, sum(steps)]), commission.total.negated().unwrap());
    }

    #[test]
    fn forwarder_and_agency_share_the_commission(
        schedule in schedules(), case in cases(), fee in 1_i64..200_000,
    ) {
        let fee = Amount::new(Money::from_minor(fee)).unwrap();
        let payment_type = PaymentType::Forwarder;
        let without = Case { payment_type, ..case };
        let full = compute(&schedule, &without).unwrap();
        match compute(&schedule, &Case { forwarder_fee: Some(fee), ..without }) {
            Ok(shared) => {
                prop_assert_eq!(shared.total, full.total);
                prop_assert_eq!(sum([shared.agency_share, fee.money()]), full.total);
            }
            Err(refusal) => {
                prop_assert!(fee.money() > full.total);
                let over = NotComputable::ForwarderFeeOverCommission {
                    fee: fee.money(), commission: full.total,
                };
                prop_assert_eq!(refusal, over);
            }
        }
    }

    #[test]
    fn what_is_frozen_or_saved_reads_back(schedule in schedules(), case in cases()) {
        let text = serde_json::to_string(&schedule).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Schedule>(&text).unwrap(), &schedule);
        let commission = compute(&schedule, &case).unwrap();
        let text = serde_json::to_string(&commission).unwrap();
        prop_assert_eq!(serde_json::from_str::<Commission>(&text).unwrap(), commission);
    }

    /// Against counting: tiers pass the check if and only if each number has exactly one.
    #[test]
    fn ranges_pass_when_each_number_has_one_tier(
        tiers in vec((0_u32..6, option::of(0_u32..6)), 0..5),
    ) {
        let rate = Rate::ZERO;
        let tiers: Vec<_> =
            tiers.into_iter().map(|(over, up_to)| AgeTier { over, up_to, rate }).collect();
        let holding = |day: u32| {
            let holds = |t: &&AgeTier| {
                (t.over < day || (t.over == 0 && day == 0)) && t.up_to.is_none_or(|u| day <= u)
            };
            tiers.iter().filter(holds).count()
        };
        let rising = tiers.windows(2).all(|pair| pair[0].over < pair[1].over);
        let full = tiers.iter().all(|t| t.up_to.is_none_or(|u| u > t.over));
        let once = rising && full && (0..10).all(|day| holding(day) == 1);
        let rates = Rates {
            plan: Plan::Age { from: AgeFrom::Placed, tiers: tiers.clone() },
            buckets: vec![],
            payment_types: vec![],
        };
        let schedule = Schedule { standard: rates, ..Schedule::flat(rate) };
        prop_assert_eq!(schedule.check().is_ok(), once, "{:?}", tiers);
    }
}
