use super::*;
use chrono::Days;
use proptest::prelude::*;

fn amount(minor: i64) -> Amount {
    Amount::new(Money::from_minor(minor)).unwrap()
}

fn day(at: u64) -> NaiveDate {
    "2026-01-01".parse::<NaiveDate>().unwrap().checked_add_days(Days::new(at)).unwrap()
}

fn any_dates() -> impl Strategy<Value = Dates> {
    (0_u64..800, 0_usize..4).prop_map(|(at, which)| {
        let regular =
            [Frequency::Weekly, Frequency::Biweekly, Frequency::SemiMonthly, Frequency::Monthly];
        Dates::regular(regular[which], day(at + 1)).unwrap()
    })
}

fn any_proposal() -> impl Strategy<Value = Proposal> {
    let parts = prop_oneof![
        (1_u32..60).prop_map(Parts::Number),
        (1_000_i64..100_000).prop_map(|minor| Parts::Amount(amount(minor))),
    ];
    (60_i64..900_000, any_dates(), parts, proptest::option::of(0_i64..900)).prop_map(
        |(total, dates, parts, down)| {
            let down = down.map(|permille| total * permille / 1_000).filter(|down| *down > 0);
            Proposal {
                total: amount(total + 60),
                down_payment: down.map(|down| DownPayment { amount: amount(down), due: day(0) }),
                dates,
                parts,
            }
        },
    )
}

fn any_payments() -> impl Strategy<Value = Vec<Received>> {
    let one = (1_i64..40_000, 0_u64..400, proptest::option::weighted(0.2, 1_u64..90)).prop_map(
        |(minor, at, returned)| Received {
            on: day(at),
            amount: amount(minor),
            available_on: Some(day(at + 5)),
            returned_on: returned.map(|after| day(at + after)),
        },
    );
    proptest::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn a_plan_sums_to_its_total_in_ascending_dates(proposal in any_proposal()) {
        let rows = schedule(&proposal).unwrap();
        prop_assert_eq!(total(&rows), Ok(proposal.total.money()));
        prop_assert!(rows.iter().all(|row| row.amount.minor() >= 1));
        prop_assert!(rows.windows(2).all(|pair| pair[0].due < pair[1].due));
        let parts: Vec<_> = rows.iter().filter(|row| row.number > 0).collect();
        let last = parts[parts.len() - 1].amount;
        let others = &parts[..parts.len() - 1];
        match proposal.parts {
            Parts::Number(number) => {
                prop_assert_eq!(parts.len(), usize::try_from(number).unwrap());
                prop_assert!(others.iter().all(|row| row.amount <= last));
                // The remainder is less than a cent for each part.
                prop_assert!(others.iter().all(|row| last.minor() - row.amount.minor() < i64::from(number)));
            }
            Parts::Amount(each) => {
                prop_assert!(others.iter().all(|row| row.amount == each));
                prop_assert!(last <= each);
            }
        }
        prop_assert!(others.windows(2).all(|pair| pair[0].amount == pair[1].amount));
    }

    #[test]
    fn matching_loses_no_cent_and_fills_in_order(
        proposal in any_proposal(), payments in any_payments(), at in 0_u64..600,
    ) {
        let rows = schedule(&proposal).unwrap();
        let matched = match_payments(&rows, &payments, day(at)).unwrap();
        let standing: i64 =
            payments.iter().filter(|p| p.stands_on(day(at))).map(|p| p.amount.minor()).sum();
        let split: i64 = matched.matches.iter().map(|one| one.amount.minor()).sum();
        prop_assert_eq!(split + matched.left_over.minor(), standing);
        let filled: i64 = matched.rows.iter().map(|row| row.paid.minor()).sum();
        prop_assert_eq!(filled, split);
        for row in &matched.rows {
            prop_assert!(row.paid <= row.installment.asked());
            prop_assert_eq!(row.paid_on.is_some(), !row.is_open());
        }
        let open = matched.rows.iter().position(Progress::is_open);
        if let Some(open) = open {
            prop_assert!(matched.left_over.is_zero());
            prop_assert!(matched.rows[open + 1..].iter().all(|row| row.paid.is_zero()));
        }
    }

    #[test]
    fn changes_keep_total_order_and_what_is_paid(
        proposal in any_proposal(), payments in any_payments(), number in 0_u32..20,
        by in -40_i32..40, new in 1_i64..200_000, days in 1_u32..60,
    ) {
        let rows = schedule(&proposal).unwrap();
        let matched = match_payments(&rows, &payments, day(100)).unwrap().rows;
        let today = day(100);
        let outcomes = [
            tweak(&matched, number, Change::Amount(amount(new)), today),
            tweak(&matched, number, Change::MoveDays(by), today),
            skip(&matched, number),
            pause(&matched, days, 60, None),
        ];
        for after in outcomes.into_iter().flatten() {
            prop_assert_eq!(total(&after), Ok(proposal.total.money()));
            prop_assert!(after.windows(2).all(|pair| pair[0].due < pair[1].due));
            let again = match_payments(&after, &payments, today).unwrap();
            for (before, now) in matched.iter().zip(&again.rows) {
                prop_assert!(now.paid >= before.paid || !before.is_open());
                if !before.is_open() {
                    prop_assert_eq!(now.installment, before.installment);
                }
            }
        }
    }

    #[test]
    fn a_plan_once_broken_stays_broken_since_the_same_day(
        proposal in any_proposal(), payments in any_payments(), grace in 0_u32..20, at in 0_u64..500,
    ) {
        let rows = schedule(&proposal).unwrap();
        if let Some(broken) = broken_on(&rows, &payments, grace, day(at)).unwrap() {
            prop_assert!(broken <= day(at));
            prop_assert_eq!(broken_on(&rows, &payments, grace, broken), Ok(Some(broken)));
            prop_assert_eq!(broken_on(&rows, &payments, grace, day(at + 90)), Ok(Some(broken)));
            let eve = broken.pred_opt().unwrap();
            prop_assert_eq!(broken_on(&rows, &payments, grace, eve), Ok(None));
            // A longer grace never breaks it earlier.
            let longer = broken_on(&rows, &payments, grace + 1, day(at)).unwrap();
            prop_assert!(longer.is_none_or(|later| later >= broken));
        }
    }

    #[test]
    fn a_spread_loses_no_cent_and_overpays_no_account(
        owed in proptest::collection::vec(0_i64..500_000, 1..8), permille in 0_i64..=1_000,
    ) {
        let whole: i64 = owed.iter().sum();
        prop_assume!(whole > 0);
        let asked = (whole * permille / 1_000).clamp(1, whole);
        let balances: Vec<_> =
            owed.iter().copied().map(Money::from_minor).enumerate().collect();
        let spread = spread_installment(amount(asked), &balances).unwrap();
        prop_assert_eq!(spread.iter().map(|(_, share)| share.minor()).sum::<i64>(), asked);
        for (account, share) in spread {
            let exact = i128::from(asked) * i128::from(owed[account]);
            let off = i128::from(share.minor()) * i128::from(whole) - exact;
            prop_assert!(off.abs() < i128::from(whole), "within a cent of the exact share");
            prop_assert!(share.minor() <= owed[account]);
        }
    }

    #[test]
    fn a_charge_falls_on_a_banking_day_and_never_before_it_is_due(at in 0_u64..3000) {
        let due = day(at);
        let charge = charge_on(due);
        prop_assert!(charge >= due && crate::calendar::is_banking_day(charge));
        let ends = day(at + 30);
        let one = retry_on(charge, 1, "R01", ends).unwrap();
        let two = retry_on(charge, 2, "R01", ends).unwrap();
        prop_assert!(charge < one && one < two);
    }
}
