use super::*;
use crate::account::AccountStatus as S;
use crate::limits::Limits;
use crate::rate::Rate;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn amount(minor: i64) -> Amount {
    Amount::new(Money::from_minor(minor)).unwrap()
}

fn proposal(total: i64, dates: Dates, parts: Parts) -> Proposal {
    Proposal { total: amount(total), down_payment: None, dates, parts }
}

fn rows(total: i64, first: &str, number: u32) -> Vec<Installment> {
    let dates = Dates::Monthly(on(first));
    schedule(&proposal(total, dates, Parts::Number(number))).unwrap()
}

fn paid(minor: i64, day: &str) -> Received {
    Received { on: on(day), amount: amount(minor), available_on: Some(on(day)), returned_on: None }
}

fn dues(dates: Dates, count: u32) -> Vec<String> {
    let rows = schedule(&proposal(100_000, dates, Parts::Number(count))).unwrap();
    rows.iter().map(|row| row.due.to_string()).collect()
}

fn amounts(rows: &[Installment]) -> Vec<i64> {
    rows.iter().map(|row| row.amount.minor()).collect()
}

fn progress(rows: &[Installment], payments: &[Received], day: &str) -> Vec<Progress> {
    match_payments(rows, payments, on(day)).unwrap().rows
}

#[test]
fn monthly_clamps_to_the_end_and_returns() {
    let dates = dues(Dates::Monthly(on("2028-01-31")), 4);
    assert_eq!(dates, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]);
}

#[test]
fn twice_a_month_is_day_d_and_fifteen_before_or_after() {
    let of = |first| dues(Dates::SemiMonthly(on(first)), 5);
    assert_eq!(
        of("2026-01-01"),
        ["2026-01-01", "2026-01-16", "2026-02-01", "2026-02-16", "2026-03-01"]
    );
    assert_eq!(
        of("2026-01-15"),
        ["2026-01-15", "2026-01-30", "2026-02-15", "2026-02-28", "2026-03-15"]
    );
    assert_eq!(
        of("2026-01-16"),
        ["2026-01-16", "2026-02-01", "2026-02-16", "2026-03-01", "2026-03-16"]
    );
    assert_eq!(
        of("2026-01-31"),
        ["2026-01-31", "2026-02-16", "2026-02-28", "2026-03-16", "2026-03-31"]
    );
    assert_eq!(
        of("2026-12-20"),
        ["2026-12-20", "2027-01-05", "2027-01-20", "2027-02-05", "2027-02-20"]
    );
}

#[test]
fn due_dates_stay_on_weekends_and_charges_move() {
    // Saturday; Sunday; Thanksgiving.
    assert_eq!(dues(Dates::Weekly(on("2026-02-07")), 2), ["2026-02-07", "2026-02-14"]);
    assert_eq!(dues(Dates::Biweekly(on("2026-02-08")), 2), ["2026-02-08", "2026-02-22"]);
    assert_eq!(charge_on(on("2026-02-07")), on("2026-02-09"));
    assert_eq!(charge_on(on("2026-02-14")), on("2026-02-17"), "past Washington's day");
    assert_eq!(charge_on(on("2026-11-26")), on("2026-11-27"));
    assert_eq!(charge_on(on("2026-02-09")), on("2026-02-09"));
}

#[test]
fn the_last_of_a_number_takes_the_remainder_and_a_down_payment_does_not_count() {
    assert_eq!(amounts(&rows(10_000, "2026-01-05", 3)), [3_333, 3_333, 3_334]);
    let with_down = Proposal {
        down_payment: Some(DownPayment { amount: amount(2_000), due: on("2026-01-02") }),
        ..proposal(10_000, Dates::Monthly(on("2026-02-01")), Parts::Number(3))
    };
    let rows = schedule(&with_down).unwrap();
    let shown: Vec<_> = rows.iter().map(|row| (row.number, row.amount.minor())).collect();
    assert_eq!(shown, [(0, 2_000), (1, 2_666), (2, 2_666), (3, 2_668)]);
}

/// The debtor site's own example: 100.00 each month for 2,284.56.
#[test]
fn an_amount_each_time_leaves_the_rest_to_the_last() {
    let dates = Dates::Monthly(on("2026-12-05"));
    let rows = schedule(&proposal(228_456, dates, Parts::Amount(amount(10_000)))).unwrap();
    assert_eq!(rows.len(), 23);
    assert_eq!(rows[21].amount, amount(10_000));
    assert_eq!((rows[22].due, rows[22].amount), (on("2028-10-05"), amount(8_456)));
    let all =
        schedule(&proposal(5_000, Dates::Weekly(on("2026-12-05")), Parts::Amount(amount(10_000))));
    assert_eq!(amounts(&all.unwrap()), [5_000]);
}

#[test]
fn what_has_no_schedule_is_refused_by_name() {
    let first = on("2026-01-05");
    let code = |proposal: &Proposal| schedule(proposal).unwrap_err().code();
    let of = |total, parts| proposal(total, Dates::Weekly(first), parts);
    assert_eq!(code(&of(100, Parts::Number(0))), "no_parts");
    assert_eq!(code(&of(2, Parts::Number(3))), "part_below_a_cent");
    assert_eq!(code(&of(100_000, Parts::Number(1001))), "too_many_parts");
    assert_eq!(code(&of(100_000, Parts::Amount(amount(1)))), "too_many_parts");
    let down = |minor, due| Proposal {
        down_payment: Some(DownPayment { amount: amount(minor), due: on(due) }),
        ..of(100, Parts::Number(2))
    };
    assert_eq!(code(&down(100, "2026-01-01")), "down_payment_too_large");
    assert_eq!(code(&down(50, "2026-01-05")), "down_payment_late");
    let custom = |dates: &[&str]| {
        let dates = Dates::Custom(dates.iter().map(|text| on(text)).collect());
        proposal(100, dates, Parts::Number(2))
    };
    assert_eq!(code(&custom(&["2026-01-01"])), "dates_differ");
    assert_eq!(code(&custom(&["2026-01-02", "2026-01-02"])), "dates_not_ascending");
    assert_eq!(
        schedule(&custom(&["2026-01-02", "2026-01-09"])).map(|rows| rows[1].due),
        Ok(on("2026-01-09"))
    );
}

#[test]
fn limits_name_every_refusal_with_its_numbers() {
    let limits = Limits {
        plan_min_payment: Some(Money::from_minor(2_500)),
        plan_min_percent: Some(Rate::parse("0.1").unwrap()),
        plan_min_down_percent: Some(Rate::parse("0.2").unwrap()),
        plan_most_installments: Some(10),
        plan_most_days: Some(180),
        plan_start_within_days: Some(30),
        plan_frequencies: Some(vec![Frequency::Weekly]),
        ..Limits::default()
    };
    let today = on("2026-01-01");
    let bad = proposal(60_000, Dates::Monthly(on("2026-02-01")), Parts::Number(12));
    assert_eq!(
        check(&limits, &bad, Money::from_minor(59_999), today),
        Err(vec![
            PlanRefusal::FrequencyNotAllowed { asked: Frequency::Monthly },
            PlanRefusal::OverBalance {
                balance: Money::from_minor(59_999),
                total: Money::from_minor(60_000),
            },
            PlanRefusal::BelowMinPayment {
                least: Money::from_minor(6_000),
                offered: Money::from_minor(5_000),
            },
            PlanRefusal::BelowMinDownPayment {
                least: Money::from_minor(12_000),
                offered: Money::ZERO,
            },
            PlanRefusal::TooManyInstallments { most: 10, asked: 12 },
            PlanRefusal::TermTooLong { most: 180, days: 365 },
            PlanRefusal::StartsTooLate { latest: on("2026-01-31"), first: on("2026-02-01") },
        ])
    );
    let good = Proposal {
        down_payment: Some(DownPayment { amount: amount(12_000), due: today }),
        ..proposal(60_000, Dates::Weekly(on("2026-01-08")), Parts::Number(8))
    };
    assert_eq!(check(&limits, &good, Money::from_minor(60_000), today), Ok(()));
    let past = proposal(60_000, Dates::Weekly(on("2025-12-31")), Parts::Number(2));
    let codes: Vec<_> = check(&Limits::default(), &past, Money::from_minor(60_000), today)
        .unwrap_err()
        .iter()
        .map(|refusal| refusal.code())
        .collect();
    assert_eq!(codes, ["starts_in_the_past"]);
    // Less than the minimum is owed: the balance at once is enough.
    let least = Limits { plan_min_payment: Some(Money::from_minor(2_500)), ..Limits::default() };
    let small = proposal(1_200, Dates::Weekly(today), Parts::Number(1));
    assert_eq!(check(&least, &small, Money::from_minor(1_200), today), Ok(()));
}

#[test]
fn an_early_payment_counts_toward_the_next_installments() {
    let rows = rows(30_000, "2026-01-05", 3);
    let payments = [paid(15_000, "2026-01-02"), paid(2_000, "2026-02-20")];
    let matched = match_payments(&rows, &payments, on("2026-02-20")).unwrap();
    let paid: Vec<_> = matched.rows.iter().map(|row| row.paid.minor()).collect();
    assert_eq!(paid, [10_000, 7_000, 0]);
    assert_eq!(matched.rows[0].paid_on, Some(on("2026-01-02")));
    assert_eq!(matched.rows[1].paid_on, None);
    let parts: Vec<_> =
        matched.matches.iter().map(|one| (one.payment, one.number, one.amount.minor())).collect();
    assert_eq!(parts, [(0, 1, 10_000), (0, 2, 5_000), (1, 2, 2_000)]);
    let entered_late = [payments[1], payments[0]];
    let matched = match_payments(&rows, &entered_late, on("2026-02-20")).unwrap();
    assert_eq!(matched.matches[0].payment, 1, "by effective date");
    let states = |day: &str, failed| -> Vec<_> {
        let progress = progress(&rows, &payments, day);
        progress.iter().map(|row| InstallmentState::on(on(day), row, failed)).collect()
    };
    use InstallmentState as I;
    assert_eq!(states("2026-01-01", false), [I::Scheduled, I::Scheduled, I::Scheduled]);
    assert_eq!(states("2026-02-20", false), [I::Paid, I::PartPaid, I::Scheduled]);
    assert_eq!(states("2026-03-05", false)[2], I::Due);
    assert_eq!(states("2026-03-05", true)[1], I::Failed);
}

#[test]
fn a_plan_breaks_on_the_morning_after_grace() {
    let rows = rows(30_000, "2026-01-05", 3);
    let first = paid(10_000, "2026-01-05");
    let at = |payments: &[Received], day| stand(&rows, payments, 10, on(day)).unwrap();
    assert_eq!(at(&[first], "2026-02-15"), PlanProgress::Active);
    assert_eq!(at(&[first], "2026-02-16"), PlanProgress::Broken { on: on("2026-02-16") });
    assert_eq!(at(&[first], "2026-09-01"), PlanProgress::Broken { on: on("2026-02-16") });
    let late = paid(10_000, "2026-02-15");
    assert_eq!(
        at(&[first, late], "2026-02-16"),
        PlanProgress::Active,
        "the last day of grace counts"
    );
    let too_late = paid(10_000, "2026-02-16");
    assert_eq!(at(&[first, too_late], "2026-02-16"), PlanProgress::Broken { on: on("2026-02-16") });
}

#[test]
fn a_return_after_grace_breaks_on_that_day_and_within_grace_may_be_made_good() {
    let rows = rows(30_000, "2026-01-05", 3);
    let returned = |day| Received { returned_on: Some(on(day)), ..paid(10_000, "2026-01-05") };
    let at = |payments: &[Received], day| stand(&rows, payments, 10, on(day)).unwrap();
    let after = returned("2026-01-28");
    assert_eq!(at(&[after], "2026-01-27"), PlanProgress::Active);
    assert_eq!(at(&[after], "2026-01-28"), PlanProgress::Broken { on: on("2026-01-28") });
    let within = returned("2026-01-09");
    assert_eq!(at(&[within], "2026-01-15"), PlanProgress::Active);
    assert_eq!(at(&[within], "2026-01-16"), PlanProgress::Broken { on: on("2026-01-16") });
    assert_eq!(at(&[within, paid(10_000, "2026-01-14")], "2026-01-20"), PlanProgress::Active);
    // Paid for twice within the grace: the return uncovers nothing.
    assert_eq!(at(&[after, paid(10_000, "2026-01-10")], "2026-01-30"), PlanProgress::Active);
}

#[test]
fn a_plan_is_completed_when_the_last_funds_are_available() {
    let rows = rows(20_000, "2026-01-05", 2);
    let mut last = paid(10_000, "2026-02-05");
    last.available_on = Some(on("2026-02-12"));
    let at = |last: Received, day| {
        stand(&rows, &[paid(10_000, "2026-01-05"), last], 10, on(day)).unwrap()
    };
    assert_eq!(at(last, "2026-02-05"), PlanProgress::Clearing);
    assert_eq!(at(last, "2026-02-12"), PlanProgress::Completed);
    last.returned_on = Some(on("2026-03-01"));
    assert_eq!(at(last, "2026-03-01"), PlanProgress::Broken { on: on("2026-03-01") });
    last = Received { available_on: None, returned_on: None, ..last };
    assert_eq!(at(last, "2026-06-01"), PlanProgress::Clearing, "blocked until released");
}

#[test]
fn some_codes_are_never_tried_again() {
    let first = on("2025-04-10");
    let ends = on("2025-04-20");
    for code in ["R02", "R03", "R07", "R10", "R29", "lost_card", "stolen_card"] {
        assert_eq!(retry_on(first, 1, code, ends), None, "{code}");
    }
    assert_eq!(retry_on(first, 1, "R01", ends), Some(on("2025-04-14")));
    assert_eq!(retry_on(first, 2, "R01", ends), Some(on("2025-04-17")));
    assert_eq!(retry_on(first, 3, "R01", ends), None, "two at most");
    assert_eq!(retry_on(first, 2, "R01", on("2025-04-16")), None, "not once the plan is broken");
}

#[test]
fn a_tweak_keeps_the_total_and_the_order() {
    let rows = rows(30_000, "2026-01-05", 3);
    let progress = progress(&rows, &[paid(10_000, "2026-01-05")], "2026-01-10");
    let today = on("2026-01-10");
    let change = |number, change| tweak(&progress, number, change, today);
    let after = change(2, Change::Amount(amount(4_000))).unwrap();
    assert_eq!(amounts(&after), [10_000, 4_000, 16_000]);
    assert_eq!(change(2, Change::MoveDays(-26)).unwrap()[1].due, on("2026-01-10"));
    let code = |number, by| change(number, by).unwrap_err().code();
    assert_eq!(code(1, Change::MoveDays(1)), "installment_not_open");
    assert_eq!(code(9, Change::MoveDays(1)), "installment_not_found");
    assert_eq!(code(3, Change::Amount(amount(1))), "last_compensates");
    assert_eq!(code(2, Change::Amount(amount(20_000))), "nothing_left_for_last");
    assert_eq!(code(2, Change::MoveDays(-27)), "date_in_the_past");
    assert_eq!(code(2, Change::MoveDays(28)), "date_out_of_order");
    assert_eq!(change(3, Change::MoveDays(28)).unwrap()[2].due, on("2026-04-02"));
}

#[test]
fn a_skipped_installment_is_carried_by_the_last() {
    let rows = rows(30_000, "2026-01-05", 3);
    let after = skip(&progress(&rows, &[], "2026-01-01"), 2).unwrap();
    assert_eq!(after[1].asked(), Money::ZERO);
    assert_eq!(after[2].amount, amount(20_000));
    assert_eq!(total(&after).unwrap(), Money::from_minor(30_000));
    let skipped = progress(&after, &[paid(15_000, "2026-01-05")], "2026-01-05");
    let states: Vec<_> =
        skipped.iter().map(|row| InstallmentState::on(on("2026-01-05"), row, false)).collect();
    use InstallmentState as I;
    assert_eq!(states, [I::Paid, I::Skipped, I::PartPaid]);
    assert_eq!(skip(&skipped, 2).unwrap_err().code(), "installment_not_open");
    assert_eq!(skip(&skipped, 3).unwrap_err().code(), "installment_not_open");
    assert_eq!(
        stand(&after, &[paid(10_000, "2026-01-05")], 10, on("2026-03-01")),
        Ok(PlanProgress::Active)
    );
}

#[test]
fn a_plan_pauses_once_and_every_later_date_moves() {
    let rows = rows(30_000, "2026-01-05", 3);
    let progress = progress(&rows, &[paid(10_000, "2026-01-05")], "2026-02-10");
    let after = pause(&progress, 30, 60, None).unwrap();
    let dates: Vec<_> = after.iter().map(|row| row.due).collect();
    assert_eq!(dates, [on("2026-01-05"), on("2026-03-07"), on("2026-04-04")]);
    let code =
        |days, paused: Option<&str>| pause(&progress, days, 60, paused.map(on)).unwrap_err().code();
    assert_eq!(code(30, Some("2026-01-20")), "already_paused");
    assert_eq!(code(61, None), "pause_out_of_range");
    assert_eq!(code(0, None), "pause_out_of_range");
    let all = match_payments(&rows, &[paid(30_000, "2026-01-05")], on("2026-01-05")).unwrap();
    assert_eq!(pause(&all.rows, 30, 60, None).unwrap_err().code(), "nothing_left");
}

/// Example E8 of the trade.
#[test]
fn a_packet_shares_an_installment_by_what_each_account_owes() {
    let spread = |owed: &[(&'static str, i64)]| -> Vec<_> {
        let owed: Vec<_> = owed.iter().map(|(a, m)| (*a, Money::from_minor(*m))).collect();
        let spread = spread_installment(amount(10_000), &owed).unwrap();
        spread.into_iter().map(|(account, share)| (account, share.minor())).collect()
    };
    assert_eq!(
        spread(&[("a", 33_333), ("b", 50_000), ("c", 16_667)]),
        [("a", 3_333), ("b", 5_000), ("c", 1_667)]
    );
    assert_eq!(spread(&[("a", 33_333), ("c", 16_667)]), [("a", 6_667), ("c", 3_333)]);
    assert_eq!(
        spread(&[("a", 10_000), ("b", 0), ("c", 10_000), ("d", 10_000)]),
        [("a", 3_334), ("c", 3_333), ("d", 3_333)],
        "on a tie the oldest"
    );
    let short = spread_installment(amount(10_000), &[("a", Money::from_minor(9_999))]);
    assert_eq!(short.unwrap_err().code(), "over_balance");
}

#[test]
fn an_account_follows_its_plan() {
    assert_eq!(status_after(PlanState::Active, true, S::Promise), Some(S::Plan));
    assert_eq!(status_after(PlanState::Active, true, S::Broken), Some(S::Plan));
    assert_eq!(status_after(PlanState::Clearing, true, S::Plan), None, "funds clearing");
    assert_eq!(status_after(PlanState::Completed, true, S::Plan), Some(S::PaidInFull));
    assert_eq!(status_after(PlanState::Completed, false, S::Plan), Some(S::Active), "more is owed");
    assert_eq!(status_after(PlanState::Broken, true, S::Plan), Some(S::Broken));
    assert_eq!(
        status_after(PlanState::Broken, true, S::PaidInFull),
        Some(S::Broken),
        "charged back"
    );
    assert_eq!(status_after(PlanState::Canceled, true, S::Plan), Some(S::Active));
    assert_eq!(status_after(PlanState::Canceled, true, S::Disputed), None);
    assert_eq!(status_after(PlanState::Broken, true, S::Bankruptcy), None);
    for next in PlanState::ALL {
        assert!(!PlanState::Broken.may_become(*next) && !PlanState::Canceled.may_become(*next));
        assert!(!next.may_become(PlanState::Proposed));
    }
}
