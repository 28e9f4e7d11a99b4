//! Where two rules meet on one day.

use super::*;
use crate::payoff::quote;

fn adjudged(compounding: Option<Compounding>) -> Terms {
    Terms {
        base: Base::JudgmentAmount,
        compounding,
        judgment: Some(Judgment {
            entered_on: on("2024-09-15"),
            amount: amount("5400.00"),
            rate: rate("0.05"),
            compounding: None,
        }),
        ..simple("0.09", Basis::Days365, "2024-01-15")
    }
}

/// 15 September is a compounding date and the day of the judgment: the debt merges all the same,
/// and nothing compounds afterwards: 5400 x 0.05 x 107 / 365 = 79.15.
#[test]
fn a_judgment_ends_the_compounding_of_the_agreement() {
    let terms = adjudged(Some(Compounding::Monthly));
    let opening = principal("5000.00", "2024-01-15");
    let merged = advance(&terms, &opening, on("2024-09-15")).unwrap();
    assert_eq!(merged.bearing(Base::JudgmentAmount), Ok(money("5400.00")));
    assert_eq!(merged.buckets.total(), Ok(money("5400.00")));
    let whole = replay(&terms, by(costs_first()), &opening, &[], on("2024-12-31")).unwrap();
    assert_eq!(whole.total, money("5479.15"));
}

/// A judgment's own compounding counts from the judgment.
#[test]
fn a_judgment_compounds_as_it_says_itself() {
    let mut terms = adjudged(None);
    terms.judgment = terms
        .judgment
        .map(|judgment| Judgment { compounding: Some(Compounding::Annually), ..judgment });
    let opening = principal("5000.00", "2024-01-15");
    let year = advance(&terms, &opening, on("2025-09-15")).unwrap();
    // A year at 5 %.
    assert_eq!(year.bearing(Base::JudgmentAmount), Ok(money("5670.00")));
}

/// The quarter's end of 30 April lies in the stop: 15 days before it and 77 after bear interest on
/// 1000.00 (30.25), and only from 31 July on does interest bear interest: 1030.25 for 31 days.
#[test]
fn nothing_compounds_while_interest_stands_still() {
    let mut terms = simple("0.12", Basis::Days365, "2025-01-31");
    terms.compounding = Some(Compounding::Quarterly);
    terms.stops = vec![Stop {
        reason: StopReason::PlanWaiver,
        from: on("2025-02-15"),
        until: Some(on("2025-05-15")),
    }];
    let position = principal("1000.00", "2025-01-31");
    let whole = replay(&terms, by(costs_first()), &position, &[], on("2025-08-31")).unwrap();
    assert_eq!(whole.steps.len(), 1);
    assert_eq!(whole.steps[0].on, on("2025-07-31"));
    assert_eq!(whole.steps[0].interest, money("30.25"));
    assert_eq!(whole.unposted, money("10.50"));
}

#[test]
fn what_is_posted_already_is_not_posted_again() {
    let terms = simple("0.09", Basis::Days365, "2024-01-15");
    let posted = post(&terms, &principal("5000.00", "2024-01-15"), on("2024-03-31")).unwrap();
    assert_eq!(posted.buckets.interest, money("93.70"));
    assert_eq!(post(&terms, &posted, on("2024-02-01")), Ok(posted));
    assert_eq!(due(&terms, &posted, on("2024-03-31")), Ok(Money::ZERO));
}

/// 29.26 compounded on 30 April; waived on 31 May, after 1029.26 x 0.12 x 31 / 365 = 10.49.
#[test]
fn interest_that_bears_interest_posts_before_it_is_waived() {
    let mut terms = simple("0.12", Basis::Days365, "2025-01-31");
    terms.compounding = Some(Compounding::Quarterly);
    let opening = principal("1000.00", "2025-01-31");
    let what = What::Adjustment { bucket: Bucket::Interest, by: money("-29.26") };
    let events = [Event { on: on("2025-05-31"), entered: 1, what }];
    let whole = replay(&terms, by(costs_first()), &opening, &events, on("2025-05-31")).unwrap();
    assert_eq!(whole.steps[1].interest, money("10.49"));
    assert_eq!(whole.position.bearing(Base::Principal), Ok(money("1000.00")));
}

/// 5000 x 0.09 x 168 / 365 = 207.12, then 4000 x 0.09 x 183 / 365 = 180.49.
#[test]
fn a_change_of_the_principal_posts_first() {
    let terms = simple("0.09", Basis::Days365, "2024-01-15");
    let opening = principal("5000.00", "2024-01-15");
    let what = What::Adjustment { bucket: Bucket::Principal, by: money("-1000.00") };
    let events = [Event { on: on("2024-07-01"), entered: 1, what }];
    let whole = replay(&terms, by(costs_first()), &opening, &events, on("2024-12-31")).unwrap();
    assert_eq!(whole.steps[0].interest, money("207.12"));
    assert_eq!(whole.unposted, money("180.49"));
}

#[test]
fn a_per_diem_ends_where_the_interest_changes() {
    let mut terms = simple("0.08", Basis::Days365, "2024-01-01");
    terms.rates.push(RateChange { effective_on: on("2024-07-01"), rate: rate("0.1") });
    let opening = principal("1000.00", "2024-01-01");
    let day = on("2024-03-01");
    let through = |terms: &Terms| quote(terms, &opening, day, day).unwrap().per_diem_through;
    assert_eq!(through(&terms), Some(on("2024-07-01")));
    // Closed, so nothing accrues; but the judgment changes what is owed.
    let mut terms = adjudged(None);
    let closed = Stop { reason: StopReason::Closed, from: on("2024-02-01"), until: None };
    terms.stops = vec![closed];
    assert_eq!(through(&terms), Some(on("2024-09-15")));
    terms.base = Base::Principal;
    assert_eq!(through(&terms), None);
}
