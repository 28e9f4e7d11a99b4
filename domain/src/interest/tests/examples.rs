//! Worked examples. Figures beside E3 were computed apart from this code, in exact decimals; the
//! derivation stands beside each.

use super::*;
use crate::payoff::{NotQuotable, quote};
use rust_decimal::Decimal;

/// The events of example E3: 500.00, a court cost, 1,000.00.
fn e3() -> Vec<Event> {
    vec![
        payment(1, "2024-03-31", "500.00"),
        cost(2, "2024-06-01", "150.00"),
        payment(3, "2024-09-30", "1000.00"),
    ]
}

fn e3_replay(basis: Basis, order: AllocationOrder, events: &[Event]) -> Replay {
    let terms = simple("0.09", basis, "2024-01-15");
    let opening = principal("5000.00", "2024-01-15");
    replay(&terms, by(order), &opening, events, on("2024-12-31")).unwrap()
}

/// Interest posted and the split as costs, interest, principal, for each payment.
fn paid(replay: &Replay) -> Vec<[String; 4]> {
    let of_step = |step: &Step| match step.cause {
        Cause::Payment(split) => {
            let applied = split.applied;
            assert!(split.overpaid.is_zero() && applied.fees.is_zero() && applied.other.is_zero());
            let parts = [step.interest, applied.costs, applied.interest, applied.principal];
            Some(parts.map(Money::to_decimal))
        }
        Cause::Event(_) | Cause::Terms(_) => None,
    };
    replay.steps.iter().filter_map(of_step).collect()
}

/// A row of E3: basis, order, both payments, then principal, interest posted but unpaid, costs,
/// interest to the last day, payoff, per diem.
type Row = (Basis, AllocationOrder, [[&'static str; 4]; 2], [&'static str; 6]);

#[test]
fn example_e3_comes_out_to_the_cent() {
    let rows: [Row; 5] = [
        (
            Basis::Days365,
            costs_first(),
            [["93.70", "0.00", "93.70", "406.30"], ["207.28", "150.00", "207.28", "642.72"]],
            ["3950.98", "0.00", "0.00", "89.63", "4040.61", "0.9742"],
        ),
        (
            Basis::Days360,
            costs_first(),
            [["95.00", "0.00", "95.00", "405.00"], ["210.22", "150.00", "210.22", "639.78"]],
            ["3955.22", "0.00", "0.00", "90.97", "4046.19", "0.9888"],
        ),
        (
            Basis::Days364,
            costs_first(),
            [["93.96", "0.00", "93.96", "406.04"], ["207.86", "150.00", "207.86", "642.14"]],
            ["3951.82", "0.00", "0.00", "89.89", "4041.71", "0.9771"],
        ),
        (
            Basis::Days36525,
            costs_first(),
            [["93.63", "0.00", "93.63", "406.37"], ["207.14", "150.00", "207.14", "642.86"]],
            ["3950.77", "0.00", "0.00", "89.56", "4040.33", "0.9735"],
        ),
        (
            Basis::Days365,
            principal_first(),
            [["93.70", "0.00", "0.00", "500.00"], ["203.05", "0.00", "0.00", "1000.00"]],
            // 376.15 of interest: 93.70 and 203.05 posted, 79.40 not.
            ["3500.00", "296.75", "150.00", "79.40", "4026.15", "0.8630"],
        ),
    ];
    for (basis, order, payments, end) in rows {
        let replay = e3_replay(basis, order, &e3());
        assert_eq!(paid(&replay), payments.map(|p| p.map(str::to_owned)), "{basis:?}");
        let buckets = replay.position.buckets;
        let figures = [
            buckets.principal.to_decimal(),
            buckets.interest.to_decimal(),
            buckets.costs.to_decimal(),
            replay.unposted.to_decimal(),
            replay.total.to_decimal(),
            replay.per_diem.to_string(),
        ];
        assert_eq!(figures, end.map(str::to_owned), "{basis:?}");
        // The quote from the position says the same as the history.
        let terms = simple("0.09", basis, "2024-01-15");
        let day = on("2024-12-31");
        let quote = quote(&terms, &replay.position, day, day).unwrap();
        assert_eq!(quote.total, replay.total);
        assert_eq!(quote.per_diem, replay.per_diem);
        assert_eq!(due(&terms, &replay.position, day), Ok(replay.unposted));
    }
}

#[test]
fn example_e3_with_the_second_payment_back_dated() {
    let mut events = e3();
    events[2] = payment(3, "2024-08-31", "1000.00");
    let replay = e3_replay(Basis::Days365, costs_first(), &events);
    assert_eq!(paid(&replay)[1], ["173.30", "150.00", "173.30", "676.70"].map(str::to_owned));
    assert_eq!(replay.position.buckets.principal, money("3917.00"));
    assert_eq!(replay.unposted, money("117.83"));
    assert_eq!(replay.total, money("4034.83"));
}

#[test]
fn example_e3_with_the_second_payment_returned() {
    let before = e3_replay(Basis::Days365, costs_first(), &e3());
    let after = e3_replay(Basis::Days365, costs_first(), &e3()[..2]);
    assert_eq!(after.position.buckets.principal, money("4593.70"));
    assert_eq!(after.position.buckets.costs, money("150.00"));
    assert_eq!(after.unposted, money("311.49"));
    assert_eq!(after.total, money("5055.19"));
    // The return restores 150.00 / 207.28 / 642.72; interest of 207.28 was posted for the payment
    // and is interest of the account's next posting now.
    let change = difference(&before, &after).unwrap();
    assert_eq!(change.entry, Buckets { interest: money("-207.28"), ..Buckets::default() });
    assert_eq!(change.interest, money("-207.28"));
    // 311.49 - 89.63.
    assert_eq!(change.unposted, money("221.86"));
    assert_eq!(change.shifts, []);
    assert_eq!(change.position.posted_on, on("2024-03-31"));
    let other_day = Replay { through: on("2024-12-30"), ..after };
    assert!(difference(&before, &other_day).is_err());
}

/// The first payment of E3 is returned: the second is split anew. Interest from 15 January to
/// 30 September is 5000 x 0.09 x 259 / 365 = 319.315; so 150.00 / 319.32 / 530.68.
#[test]
fn a_return_shifts_the_splits_of_later_payments() {
    let before = e3_replay(Basis::Days365, costs_first(), &e3());
    let after = e3_replay(Basis::Days365, costs_first(), &e3()[1..]);
    let change = difference(&before, &after).unwrap();
    let shifted =
        Buckets { interest: money("112.04"), principal: money("-112.04"), ..Buckets::default() };
    assert_eq!(change.shifts.len(), 1);
    assert_eq!(change.shifts[0].applied, shifted);
    assert_eq!(change.shifts[0].overpaid, Money::ZERO);
    // Interest posted 319.32 - 93.70 - 207.28 = 18.34; 18.34 - 112.04 = -93.70 stays of the
    // returned payment's 93.70 in the interest, and principal gets back what shifted away.
    assert_eq!(change.interest, money("18.34"));
    assert_eq!(change.entry.interest, money("-93.70"));
    assert_eq!(change.entry.principal, money("112.04"));
    assert!(difference(&before, &before).unwrap().is_nothing());
}

/// 8 % until a change dated 1 July 2024, then 10 %: 182 days to 1 July (8 % on that day still) and
/// 183 to the year's end; 10000 x (0.08 x 182 + 0.10 x 183) / 365 = 900.2740.
#[test]
fn a_rate_change_is_in_force_from_the_day_after_its_date() {
    let mut terms = simple("0.08", Basis::Days365, "2024-01-01");
    terms.rates.push(RateChange { effective_on: on("2024-07-01"), rate: rate("0.1") });
    assert_eq!(terms.rate_on(on("2024-07-01")), Some(rate("0.08")));
    assert_eq!(terms.rate_on(on("2024-07-02")), Some(rate("0.1")));
    assert_eq!(terms.rate_on(on("2024-01-01")), None);
    let position = principal("10000.00", "2024-01-01");
    assert_eq!(due(&terms, &position, on("2024-12-31")), Ok(money("900.27")));
}

/// Actual: 46 days of 2023 by 365 and 75 of 2024 by 366:
/// 2500 x 0.18 x 46 / 365 = 56.7123, x 75 / 366 = 92.2131; together 148.9254. By 365: 149.1781.
#[test]
fn actual_divides_each_day_by_its_own_year() {
    let position = principal("2500.00", "2023-11-15");
    let to = on("2024-03-15");
    let terms = simple("0.18", Basis::Actual, "2023-11-15");
    assert_eq!(due(&terms, &position, to), Ok(money("148.93")));
    let plain = simple("0.18", Basis::Days365, "2023-11-15");
    assert_eq!(due(&plain, &position, to), Ok(money("149.18")));
    // The per diem changes with the year: 450 / 366 = 1.2295, 450 / 365 = 1.2329.
    assert_eq!(per_diem(&terms, &position, on("2024-12-30")), Ok("1.2295".parse().unwrap()));
    assert_eq!(per_diem(&terms, &position, on("2024-12-31")), Ok("1.2329".parse().unwrap()));
}

/// 110 days less the 30 of the dispute: 1200 x 0.12 x 80 / 360 = 32.00; without the stop 44.00.
#[test]
fn a_dispute_stops_interest_only_where_the_creditor_says_so() {
    let mut terms = simple("0.12", Basis::Days360, "2025-01-10");
    terms.stops = vec![Stop {
        reason: StopReason::Dispute,
        from: on("2025-02-01"),
        until: Some(on("2025-03-03")),
    }];
    let position = principal("1200.00", "2025-01-10");
    assert_eq!(due(&terms, &position, on("2025-04-30")), Ok(money("44.00")));
    terms.stop_on_dispute = true;
    assert_eq!(due(&terms, &position, on("2025-04-30")), Ok(money("32.00")));
    assert!(terms.accrues_on(on("2025-02-01")) && !terms.accrues_on(on("2025-02-02")));
    assert!(!terms.accrues_on(on("2025-03-03")) && terms.accrues_on(on("2025-03-04")));
}

/// FDCPA 1692f(1).
#[test]
fn nothing_accrues_without_authority_rate_or_start() {
    let position = principal("1000.00", "2024-01-01");
    let terms = simple("0.1", Basis::Days365, "2024-01-01");
    let to = on("2025-01-01");
    assert_eq!(due(&terms, &position, to), Ok(money("100.27")));
    for lacking in [
        Terms { authority: None, ..terms.clone() },
        Terms { authority: Some(" ".to_owned()), ..terms.clone() },
        Terms { rates: Vec::new(), ..terms.clone() },
        Terms { starts_on: None, ..terms.clone() },
        Terms::none(),
    ] {
        assert_eq!(due(&lacking, &position, to), Ok(Money::ZERO));
        let quote = quote(&lacking, &position, to, to).unwrap();
        assert_eq!(quote.total, money("1000.00"));
        assert_eq!(quote.per_diem.to_string(), "0.0000");
        assert_eq!(quote.per_diem_through, None);
    }
}

/// 12 % each quarter from 31 January 2025: 89, 92, 92, 92 days; 1000 x 0.12 x 89 / 365 = 29.26,
/// then on 1029.26 31.13, on 1060.39 32.07, on 1092.46 33.04: 1125.50. Simple: 120.00.
#[test]
fn compounding_counts_from_the_start_and_clamps_to_the_month() {
    let mut terms = simple("0.12", Basis::Days365, "2025-01-31");
    let position = principal("1000.00", "2025-01-31");
    let year = on("2026-01-31");
    assert_eq!(due(&terms, &position, year), Ok(money("120.00")));
    terms.compounding = Some(Compounding::Quarterly);
    assert_eq!(due(&terms, &position, year), Ok(money("125.50")));
    let whole = replay(&terms, by(costs_first()), &position, &[], year).unwrap();
    let dates: Vec<_> = whole.steps.iter().map(|step| step.on.to_string()).collect();
    assert_eq!(dates, ["2025-04-30", "2025-07-31", "2025-10-31", "2026-01-31"]);
    assert_eq!(whole.total, money("1125.50"));
    // A payment takes the compounded interest first: 129.26 leaves 900.00 to bear interest.
    let events = [payment(1, "2025-04-30", "129.26")];
    let after = replay(&terms, by(costs_first()), &position, &events, on("2025-05-01")).unwrap();
    assert_eq!(after.position.bearing(Base::Principal), Ok(money("900.00")));
}

/// 5000 at 9 % from 15 January, 230 days to the judgment: 283.56, which it then replaces. 5400 at
/// 5 %: 30 days to the payment 22.19; 5400 - (1000 - 22.19) = 4422.19, 91 days 55.13; 4477.32.
#[test]
fn the_debt_merges_in_the_judgment() {
    let mut terms = simple("0.09", Basis::Days365, "2024-01-15");
    terms.base = Base::JudgmentAmount;
    terms.judgment = Some(Judgment {
        entered_on: on("2024-09-01"),
        amount: amount("5400.00"),
        rate: rate("0.05"),
        compounding: None,
    });
    let opening = principal("5000.00", "2024-01-15");
    let day = on("2024-12-31");
    let events = [cost(1, "2024-06-01", "150.00"), payment(2, "2024-10-01", "1000.00")];
    let whole = replay(&terms, by(costs_first()), &opening, &events, day).unwrap();
    assert_eq!(whole.steps[1].cause, Cause::Terms(Advance::Judgment));
    assert_eq!(whole.steps[1].interest, money("283.56"));
    assert_eq!(whole.steps[1].owed.total(), Ok(money("5400.00")));
    assert_eq!(paid(&whole), [["22.19", "0.00", "22.19", "977.81"].map(str::to_owned)]);
    assert_eq!(whole.total, money("4477.32"));
    assert_eq!(whole.per_diem.to_string(), "0.6058");
    // The day of the judgment still bears the old rate.
    assert_eq!(terms.rate_on(on("2024-09-01")), Some(rate("0.09")));
    assert_eq!(terms.rate_on(on("2024-09-02")), Some(rate("0.05")));
    // A quote from before the judgment for a day after it: 5400 x 0.05 x 121 / 365 = 89.51.
    let quote = quote(&terms, &opening, day, day).unwrap();
    assert_eq!(quote.buckets.principal, money("5400.00"));
    assert_eq!(quote.interest_accrued_unposted, money("89.51"));
    // Before the judgment the quote ends where the debt merges.
    let early = crate::payoff::quote(&terms, &opening, opening.posted_on, opening.posted_on);
    assert_eq!(early.unwrap().per_diem_through, Some(on("2024-09-01")));
}

/// Costs bear interest: 5000 x 0.09 x 138 / 365 = 170.14, posted because the base grows;
/// 5150 x 0.09 x 213 / 365 = 270.48; together 5590.62.
#[test]
fn a_cost_that_bears_interest_posts_first() {
    let mut terms = simple("0.09", Basis::Days365, "2024-01-15");
    terms.base = Base::PrincipalAndCosts;
    let opening = principal("5000.00", "2024-01-15");
    let events = [cost(1, "2024-06-01", "150.00")];
    let whole = replay(&terms, by(costs_first()), &opening, &events, on("2024-12-31")).unwrap();
    assert_eq!(whole.steps[0].interest, money("170.14"));
    assert_eq!(whole.unposted, money("270.48"));
    assert_eq!(whole.total, money("5590.62"));
}

/// 36.50 x 0.05 / 365 is half a cent exactly.
#[test]
fn half_a_cent_goes_away_from_zero() {
    let terms = simple("0.05", Basis::Days365, "2025-01-01");
    let position = principal("36.50", "2025-01-01");
    assert_eq!(due(&terms, &position, on("2025-01-02")), Ok(money("0.01")));
    let less = principal("36.49", "2025-01-01");
    assert_eq!(due(&terms, &less, on("2025-01-02")), Ok(Money::ZERO));
}

/// A small loan at 391 %: 300 x 3.91 x 14 / 365 = 44.99.
#[test]
fn a_rate_may_exceed_one() {
    let terms = simple("3.91", Basis::Days365, "2025-01-01");
    assert_eq!(terms.check(), Ok(()));
    let position = principal("300.00", "2025-01-01");
    assert_eq!(due(&terms, &position, on("2025-01-15")), Ok(money("44.99")));
}

/// After E3: 3950.98 and the interest up to the last day are 4040.61; each day after is 0.9742.
#[test]
fn a_quote_says_what_each_day_after_its_last_one_adds() {
    let terms = simple("0.09", Basis::Days365, "2024-01-15");
    let position = Position { posted_on: on("2024-09-30"), ..principal("3950.98", "2024-09-30") };
    let quoted = quote(&terms, &position, on("2024-12-20"), on("2024-12-31")).unwrap();
    assert_eq!(quoted.total, money("4040.61"));
    assert_eq!(quoted.interest_accrued_unposted, money("89.63"));
    assert_eq!(quoted.per_diem, Decimal::new(9_742, 4));
    assert_eq!(
        quote(&terms, &position, on("2024-09-29"), on("2024-12-31")),
        Err(NotQuotable::BeforePosting { posted_on: on("2024-09-30") })
    );
    assert!(matches!(
        quote(&terms, &position, on("2024-12-31"), on("2024-12-30")),
        Err(NotQuotable::EndsBefore { .. })
    ));
}

/// 450.00 a year reach a cap of 100.00 within 82 days (81 days: 99.86; 82: 101.10).
#[test]
fn a_cap_ends_interest_and_the_per_diem() {
    let mut terms = simple("0.09", Basis::Days365, "2024-01-15");
    terms.cap = Some(amount("100.00"));
    let position = principal("5000.00", "2024-01-15");
    assert_eq!(due(&terms, &position, on("2024-04-05")), Ok(money("99.86")));
    assert_eq!(due(&terms, &position, on("2025-04-05")), Ok(money("100.00")));
    let quoted = quote(&terms, &position, on("2024-02-15"), on("2024-02-15")).unwrap();
    assert_eq!(quoted.per_diem_through, Some(on("2024-04-05")));
    assert_eq!(per_diem(&terms, &position, on("2024-04-06")), Ok(Decimal::new(0, 4)));
}

#[test]
fn an_event_older_than_the_opening_is_refused_and_a_later_one_waits() {
    let terms = simple("0.09", Basis::Days365, "2024-01-15");
    let opening = principal("5000.00", "2024-01-15");
    let early = [payment(1, "2024-01-14", "1.00")];
    assert_eq!(
        replay(&terms, by(costs_first()), &opening, &early, on("2024-12-31")),
        Err(NotReplayable::BeforeOpening { on: on("2024-01-14"), opened_on: on("2024-01-15") })
    );
    let to = on("2024-03-31");
    let waits = replay(&terms, by(costs_first()), &opening, &e3()[1..], to).unwrap();
    assert_eq!(waits.total, money("5093.70"));
}
