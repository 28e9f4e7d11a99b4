use super::*;
use crate::limits::{Limits, for_role};
use crate::money::{Amount, Money};
use crate::plan::Received;
use crate::role::StaffRole;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn amount(minor: i64) -> Amount {
    Amount::new(Money::from_minor(minor)).unwrap()
}

fn promise(minor: i64, due: &str) -> Promise {
    Promise { amount: amount(minor), due: on(due), canceled: false }
}

fn paid(minor: i64, day: &str) -> Received {
    Received { on: on(day), amount: amount(minor), available_on: Some(on(day)), returned_on: None }
}

fn usual() -> Terms {
    Terms::from(&Limits::default())
}

fn state(promise: &Promise, payments: &[Received], today: &str) -> PromiseState {
    judge(promise, payments, usual(), on(today)).unwrap()
}

#[test]
fn the_window_counts_lead_in_calendar_and_grace_in_banking_days() {
    // Friday 3 July 2026 is a banking day; Saturday the 4th is not moved.
    let window = window(on("2026-07-02"), usual());
    assert_eq!((window.from, window.to), (on("2026-06-22"), on("2026-07-07")));
    let promise = promise(10_000, "2026-07-02");
    assert_eq!(state(&promise, &[paid(10_000, "2026-06-21")], "2026-07-01"), PromiseState::Pending);
    assert_eq!(state(&promise, &[paid(10_000, "2026-06-22")], "2026-06-22"), PromiseState::Kept);
    assert_eq!(state(&promise, &[], "2026-07-07"), PromiseState::Pending);
    assert_eq!(state(&promise, &[], "2026-07-08"), PromiseState::Broken, "the morning after");
    assert_eq!(state(&promise, &[paid(10_000, "2026-07-07")], "2026-07-08"), PromiseState::Kept);
    assert_eq!(state(&promise, &[paid(10_000, "2026-07-08")], "2026-07-08"), PromiseState::Broken);
}

#[test]
fn half_is_partly_kept_and_a_cent_less_is_broken() {
    let promise = promise(10_001, "2026-03-02");
    // Half of 100.01 is 50.005: 50.00 is less, 50.01 is enough.
    for (minor, expected) in [(5_000, PromiseState::Broken), (5_001, PromiseState::Partial)] {
        assert_eq!(state(&promise, &[paid(minor, "2026-03-02")], "2026-03-06"), expected);
    }
}

#[test]
fn a_return_takes_a_kept_promise_back() {
    let promise = promise(10_000, "2026-03-02");
    let mut payment = paid(10_000, "2026-03-02");
    payment.returned_on = Some(on("2026-03-10"));
    assert_eq!(state(&promise, &[payment], "2026-03-09"), PromiseState::Kept);
    assert_eq!(state(&promise, &[payment], "2026-03-10"), PromiseState::Broken);
}

#[test]
fn two_promises_do_not_count_one_payment_twice() {
    let promises = [promise(10_000, "2026-03-09"), promise(10_000, "2026-03-02")];
    let judge = |payments: &[Received]| -> Vec<_> {
        let judged = judge_all(&promises, payments, usual(), on("2026-03-20")).unwrap();
        judged.iter().map(|one| (one.state, one.counted.minor())).collect()
    };
    assert_eq!(
        judge(&[paid(15_000, "2026-03-02")]),
        [(PromiseState::Partial, 5_000), (PromiseState::Kept, 10_000)],
        "what is due first takes first"
    );
    assert_eq!(
        judge(&[paid(10_000, "2026-03-09")]),
        [(PromiseState::Kept, 10_000), (PromiseState::Broken, 0)],
        "too late for the first"
    );
}

#[test]
fn limits_refuse_with_numbers() {
    let limits = Limits {
        promise_min_percent: Some(crate::Rate::parse("0.1").unwrap()),
        ..for_role(StaffRole::Collector)
    };
    let today = on("2026-03-02");
    let series = |promises: &[(i64, &str)], balance: i64| Series {
        promises: promises.iter().map(|(minor, due)| (amount(*minor), on(due))).collect(),
        balance: Money::from_minor(balance),
        open: 0,
        broken: 0,
        agreed_by: StaffRole::Collector,
    };
    let codes = |series: &Series| -> Vec<_> {
        check(&limits, series, today).err().unwrap_or_default().iter().map(|r| r.code()).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(codes(&series(&[(5_000, "2026-03-09")], 50_000)), none);
    assert_eq!(
        check(&limits, &series(&[(4_999, "2026-03-09")], 50_000), today),
        Err(vec![PromiseRefusal::BelowMin {
            least: Money::from_minor(5_000),
            offered: amount(4_999)
        }])
    );
    assert_eq!(codes(&series(&[(1_234, "2026-03-09")], 1_234)), none, "the whole balance will do");
    assert_eq!(codes(&series(&[(9_000, "2026-03-09"), (1_000, "2026-03-16")], 10_000)), none);
    assert_eq!(
        codes(&series(&[(5_000, "2026-03-09"), (2_400, "2026-03-16")], 10_000)),
        ["promise_below_min_additional"]
    );
    assert_eq!(codes(&series(&[(10_001, "2026-03-09")], 10_000)), ["over_balance"]);
    assert_eq!(codes(&series(&[(5_000, "2026-04-01")], 10_000)), none);
    assert_eq!(codes(&series(&[(5_000, "2026-04-02")], 10_000)), ["promise_too_late"]);
    assert_eq!(codes(&series(&[(5_000, "2026-03-01")], 10_000)), ["dates_not_ascending"]);
    assert_eq!(
        codes(&series(&[(5_000, "2026-03-09"), (5_000, "2026-03-09")], 10_000)),
        ["dates_not_ascending"]
    );
    assert_eq!(codes(&series(&[], 10_000)), ["no_promise"]);
    let mut again = series(&[(5_000, "2026-03-09")], 10_000);
    again.open = 6;
    again.broken = 2;
    assert_eq!(codes(&again), ["too_many_promises", "supervisor_needed"]);
    again.open = 5;
    again.agreed_by = StaffRole::Manager;
    assert_eq!(codes(&again), none);
}

#[test]
fn an_account_follows_its_promise() {
    use AccountStatus as S;
    assert_eq!(status_after(PromiseState::Pending, false, S::Active), Some(S::Promise));
    assert_eq!(status_after(PromiseState::Broken, false, S::Promise), Some(S::Broken));
    assert_eq!(status_after(PromiseState::Kept, false, S::Promise), Some(S::Active));
    assert_eq!(status_after(PromiseState::Kept, true, S::Promise), Some(S::PaidInFull));
    assert_eq!(status_after(PromiseState::Partial, false, S::Promise), Some(S::Active));
    for outside in [S::Disputed, S::Hold, S::Bankruptcy, S::Cease, S::PendingRecall, S::Recalled] {
        assert_eq!(status_after(PromiseState::Broken, false, outside), None, "{outside:?}");
        assert_eq!(status_after(PromiseState::Pending, false, outside), None, "{outside:?}");
    }
    assert_eq!(broken_count(&[PromiseState::Broken, PromiseState::Kept, PromiseState::Broken]), 2);
    assert!(needs_supervisor(2) && !needs_supervisor(1));
    assert!(PromiseState::Kept.may_become(PromiseState::Broken));
    for next in PromiseState::ALL {
        assert!(!PromiseState::Canceled.may_become(*next));
    }
}

fn days(at: u64) -> NaiveDate {
    on("2026-01-01").checked_add_days(Days::new(at)).unwrap()
}

fn any_promise() -> impl Strategy<Value = Promise> {
    (1_i64..50_000, 0_u64..60, proptest::bool::weighted(0.1)).prop_map(|(minor, due, canceled)| {
        Promise { amount: amount(minor), due: days(due), canceled }
    })
}

fn any_payment() -> impl Strategy<Value = Received> {
    (1_i64..50_000, 0_u64..70, proptest::option::weighted(0.2, 0_u64..20)).prop_map(
        |(minor, at, returned)| Received {
            on: days(at),
            amount: amount(minor),
            available_on: Some(days(at)),
            returned_on: returned.map(|after| days(at + after)),
        },
    )
}

proptest! {
    #[test]
    fn no_cent_counts_twice_and_none_outside_its_window(
        promises in proptest::collection::vec(any_promise(), 1..6),
        payments in proptest::collection::vec(any_payment(), 0..8),
        today in 0_u64..90,
    ) {
        let today = days(today);
        let judged = judge_all(&promises, &payments, usual(), today).unwrap();
        let counted: i64 = judged.iter().map(|one| one.counted.minor()).sum();
        let standing: i64 = payments
            .iter()
            .filter(|payment| payment.stands_on(today))
            .filter(|payment| promises.iter().any(|p| window(p.due, usual()).holds(payment.on)))
            .map(|payment| payment.amount.minor())
            .sum();
        prop_assert!(counted <= standing);
        for (promise, judgment) in promises.iter().zip(&judged) {
            prop_assert!(judgment.counted <= promise.amount.money());
            let in_window: i64 = payments
                .iter()
                .filter(|payment| payment.stands_on(today))
                .filter(|payment| window(promise.due, usual()).holds(payment.on))
                .map(|payment| payment.amount.minor())
                .sum();
            prop_assert!(judgment.counted.minor() <= in_window);
            let kept = judgment.counted == promise.amount.money();
            prop_assert_eq!(judgment.state == PromiseState::Kept, kept && !promise.canceled);
            if judgment.state == PromiseState::Broken {
                prop_assert!(today > window(promise.due, usual()).to);
            }
        }
        // Nothing of a payment is left over while a promise of its window lacks it.
        let left = standing - counted;
        if payments.len() == 1 && left > 0 {
            for (promise, judgment) in promises.iter().zip(&judged) {
                let holds = window(promise.due, usual()).holds(payments[0].on);
                let full = judgment.counted == promise.amount.money();
                prop_assert!(!holds || full || promise.canceled);
            }
        }
    }
}

#[test]
fn what_was_there_before_the_promise_does_not_keep_it() {
    let terms = Terms::from(&Limits::default());
    let promise = Promise { amount: amount(10_000), due: on("2026-03-10"), canceled: false };
    let before = Received {
        on: on("2026-03-04"),
        amount: amount(10_000),
        available_on: None,
        returned_on: None,
    };
    let judged = |counts: bool| {
        judge_each(&[(promise, terms)], &[before], |_, _| counts, on("2026-03-20"))
            .map(|judged| judged[0].state)
    };
    assert_eq!(judged(true), Ok(PromiseState::Kept));
    assert_eq!(judged(false), Ok(PromiseState::Broken));
}
