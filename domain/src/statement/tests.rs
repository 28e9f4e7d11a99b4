use super::*;
use crate::remittance::{FeePolicy, RemittanceMethod, ReturnPolicy, Terms};
use chrono::TimeZone;
use proptest::prelude::*;
use uuid::Uuid;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn of(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    Utc.from_utc_datetime(&day.and_hms_opt(12, 0, 0).unwrap())
}

fn item(n: u128, kind: PaymentKind, day: &str, minor: i64, commission: i64) -> Item {
    Item {
        payment: PaymentId(Uuid::from_u128(n)),
        account: AccountId(Uuid::from_u128(100)),
        reference: format!("R{n}"),
        client_account_number: format!("C{n}"),
        debtor_name: "Ann Lee".to_owned(),
        kind,
        effective_on: on(day),
        posted_at: noon(on(day)),
        posted_on: on(day),
        available_on: on(day),
        holding: Holding::Normal,
        applied: Buckets { principal: of(minor), ..Buckets::default() },
        forwarder_fee: Money::ZERO,
        commission: of(commission),
        tax: Money::ZERO,
        rate: None,
        basis: CommissionBasis::Net,
        reverses: None,
        reversed_on: None,
        balance: Money::ZERO,
        mark: None,
    }
}

fn span(start: &str, end: &str) -> Span {
    let end = on(end);
    Span { start: on(start), end, cutoff: noon(end) + chrono::Duration::hours(12) }
}

fn carried(carried: Money) -> Opening {
    Opening { carried, ..Opening::default() }
}

fn ids(lines: &[Line]) -> Vec<u128> {
    lines.iter().map(|line| line.payment.0.as_u128()).collect()
}

/// The events of E1, with the check on hold to 7 April and the return of 3 April.
fn first_quarter(basis: CommissionBasis) -> Vec<Item> {
    let mut all = vec![
        item(1, PaymentKind::PaidAgency, "2025-03-05", 40_000, 12_000),
        item(2, PaymentKind::PaidCreditor, "2025-03-12", 25_000, 7_500),
        item(3, PaymentKind::PaidAgency, "2025-03-20", 33_333, 10_000),
        Item {
            available_on: on("2025-04-07"),
            ..item(4, PaymentKind::PaidAgency, "2025-03-28", 20_000, 6_000)
        },
        Item {
            reverses: Some(PaymentId(Uuid::from_u128(3))),
            ..item(5, PaymentKind::PaidAgencyReturn, "2025-04-03", 33_333, 10_000)
        },
        item(6, PaymentKind::PaidCreditor, "2025-04-10", 10_000, 3_000),
        item(7, PaymentKind::PaidAgency, "2025-05-08", 50_000, 15_000),
    ];
    for one in &mut all {
        one.basis = basis;
    }
    all
}

/// Runs the three months and answers their statements.
fn quarter(items: &[Item], terms: &Terms, mut opening: Opening) -> Vec<Statement> {
    let mut unstated = items.to_vec();
    let mut made = Vec::new();
    let spans = [
        span("2025-03-01", "2025-03-31"),
        span("2025-04-01", "2025-04-30"),
        span("2025-05-01", "2025-05-31"),
    ];
    for (number, span) in (1_i64..).zip(spans) {
        let statement = assemble(&unstated, terms, span, opening).unwrap();
        let stamped: Vec<PaymentId> = statement
            .lines
            .iter()
            .map(|line| line.payment)
            .chain(statement.suppressed.iter().map(|(payment, _)| *payment))
            .collect();
        unstated.retain(|item| !stamped.contains(&item.payment));
        for item in &mut unstated {
            if item.reverses.is_some_and(|original| stamped.contains(&original)) {
                item.reversed_on = Some(number);
            }
        }
        opening = Opening {
            carried: statement.totals.carried,
            open_credit: statement.totals.open_credit,
            on_account: Money::ZERO,
        };
        made.push(statement);
    }
    made
}

/// E1: net, directs offset, a negative total carried.
#[test]
fn a_net_quarter_with_a_return_after_remittance() {
    let items = first_quarter(CommissionBasis::Net);
    let [march, april, may] =
        <[Statement; 3]>::try_from(quarter(&items, &Terms::default(), Opening::default())).unwrap();
    assert_eq!(march.totals.to_us, of(73_333));
    assert_eq!(march.totals.direct, of(25_000));
    assert_eq!(march.totals.commission_to_us, of(22_000));
    assert_eq!(march.totals.commission_direct, of(7_500));
    assert_eq!(march.totals.remit, of(43_833));
    assert_eq!((march.totals.held, march.totals.held_count), (of(20_000), 1));
    assert_eq!(ids(&march.lines), [1, 2, 3]);

    assert_eq!(april.totals.to_us, of(-13_333));
    assert_eq!(april.totals.commission_to_us, of(-4_000));
    assert_eq!(april.totals.commission_direct, of(3_000));
    assert_eq!(april.totals.total, of(-12_333));
    assert_eq!((april.totals.remit, april.totals.carried), (of(0), of(-12_333)));
    let back = april.lines.iter().find(|line| line.payment.0.as_u128() == 5).unwrap();
    assert_eq!(back.returned_from, Some(1));
    assert_eq!(back.commission, of(-10_000));
    // The check was only on hold: that makes it no item of a prior period (money rule 2).
    assert!(april.lines.iter().all(|line| !line.prior_period));

    assert_eq!(may.totals.opening, of(-12_333));
    assert_eq!(may.totals.remit, of(22_667));
}

/// E2: the same events, remitted gross.
#[test]
fn a_gross_quarter_comes_to_the_same_for_the_creditor() {
    let items = first_quarter(CommissionBasis::Gross);
    let gross = Terms {
        method: RemittanceMethod::Gross,
        processor_fees: FeePolicy::GrossDeposit,
        ..Terms::default()
    };
    let [march, april, may] =
        <[Statement; 3]>::try_from(quarter(&items, &gross, Opening::default())).unwrap();
    assert_eq!(march.totals.remit, of(73_333));
    assert_eq!(march.totals.invoice_commission.net, of(29_500));
    assert_eq!(april.totals.carried, of(-13_333));
    assert_eq!(april.totals.invoice_commission.net, of(-1_000));
    assert_eq!(may.totals.remit, of(36_667));
    assert_eq!(may.totals.invoice_commission.net, of(15_000));

    let separate = Terms { method: RemittanceMethod::SeparateDirect, ..gross };
    let [march, ..] =
        <[Statement; 3]>::try_from(quarter(&items, &separate, Opening::default())).unwrap();
    assert_eq!(march.totals.invoice_commission.net, of(22_000));
    assert_eq!(march.totals.invoice_direct.net, of(7_500));
}

#[test]
fn a_negative_total_is_billed_or_kept_as_a_credit_where_the_contract_says_so() {
    let items = first_quarter(CommissionBasis::Net);
    let billed = Terms { returns: ReturnPolicy::Invoice, ..Terms::default() };
    let [_, april, may] =
        <[Statement; 3]>::try_from(quarter(&items, &billed, Opening::default())).unwrap();
    assert_eq!(april.totals.invoice_deficit, of(12_333));
    assert_eq!(april.totals.carried, Money::ZERO);
    assert_eq!(may.totals.remit, of(35_000));

    // The return's share of 233.33 waits; April pays 140.00 less 30.00 and uses it all up for that.
    let kept = Terms { returns: ReturnPolicy::Credit, ..Terms::default() };
    let [_, april, may] =
        <[Statement; 3]>::try_from(quarter(&items, &kept, Opening::default())).unwrap();
    assert_eq!(april.totals.withheld, of(-23_333));
    assert_eq!(april.totals.credit_used, of(11_000));
    assert_eq!((april.totals.remit, april.totals.carried), (Money::ZERO, Money::ZERO));
    assert_eq!(april.totals.open_credit, of(-12_333));
    assert_eq!(may.totals.credit_used, of(12_333));
    assert_eq!(may.totals.remit, of(22_667));
}

#[test]
fn a_payment_and_its_return_before_any_statement_are_left_out() {
    let paid = Item {
        available_on: on("2025-03-25"),
        ..item(1, PaymentKind::PaidAgency, "2025-03-15", 10_000, 3_000)
    };
    let back = Item {
        reverses: Some(paid.payment),
        ..item(2, PaymentKind::PaidAgencyReturn, "2025-03-18", 10_000, 3_000)
    };
    let again = Item {
        reverses: Some(back.payment),
        ..item(3, PaymentKind::PaidAgency, "2025-03-20", 10_000, 3_000)
    };
    let march = span("2025-03-01", "2025-03-20");
    let both = [paid.clone(), back.clone()];
    let made = assemble(&both, &Terms::default(), march, Opening::default()).unwrap();
    assert!(made.lines.is_empty() && made.is_empty());
    assert_eq!(made.suppressed.len(), 2);
    let shown = Terms { show_matched: true, ..Terms::default() };
    let made = assemble(&both, &shown, span("2025-03-01", "2025-03-31"), Opening::default());
    let made = made.unwrap();
    assert_eq!((made.lines.len(), made.totals.total), (2, Money::ZERO));
    // The return of the return counts by itself.
    let all = [again, back, paid];
    let made = assemble(&all, &Terms::default(), march, Opening::default()).unwrap();
    assert_eq!(ids(&made.lines), [3]);
    assert_eq!(made.totals.remit, of(7_000));
}

#[test]
fn delayed_skips_one_close_and_blocked_waits() {
    let mut paid = item(1, PaymentKind::PaidAgency, "2025-03-15", 10_000, 3_000);
    let march = span("2025-03-01", "2025-03-31");
    for (holding, delayed) in [(Holding::Delayed, 1), (Holding::Blocked, 0)] {
        paid.holding = holding;
        let made = assemble(&[paid.clone()], &Terms::default(), march, Opening::default());
        let made = made.unwrap();
        assert_eq!((made.lines.len(), made.delayed.len()), (0, delayed));
        assert_eq!(made.totals.held, of(10_000));
    }
}

#[test]
fn a_small_sum_waits_and_a_payment_on_account_fills_a_deficit_only() {
    let paid = item(1, PaymentKind::PaidAgency, "2025-03-15", 1_000, 300);
    let small = Terms { minimum: of(1_000), ..Terms::default() };
    let march = span("2025-03-01", "2025-03-31");
    let made = assemble(std::slice::from_ref(&paid), &small, march, Opening::default()).unwrap();
    assert_eq!((made.totals.remit, made.totals.carried), (Money::ZERO, of(700)));
    let owing = Opening { carried: of(-5_000), on_account: of(6_000), ..Opening::default() };
    let made = assemble(&[paid], &Terms::default(), march, owing).unwrap();
    assert_eq!(made.totals.on_account, of(4_300));
    assert_eq!(made.totals.total, Money::ZERO);
}

/// E4 a: 433.33 at 30 % with 13 % tax on the commission.
#[test]
fn tax_is_taken_from_the_money_of_a_net_creditor() {
    let paid =
        Item { tax: of(1_690), ..item(1, PaymentKind::PaidAgency, "2025-03-15", 43_333, 13_000) };
    let march = span("2025-03-01", "2025-03-31");
    let made = assemble(&[paid], &Terms::default(), march, Opening::default()).unwrap();
    assert_eq!(made.totals.remit, of(28_643));
    assert_eq!(made.totals.offset_now, of(1_690));
    assert_eq!(made.lines[0].due_creditor, of(28_643));
}

/// E4 h on both contracts.
#[test]
fn a_forwarded_payment_shows_what_was_sent_and_the_agencys_part() {
    let sent = Item {
        forwarder_fee: of(10_000),
        ..item(1, PaymentKind::PaidForwarder, "2025-03-15", 40_000, 16_000)
    };
    let march = span("2025-03-01", "2025-03-31");
    let made = assemble(std::slice::from_ref(&sent), &Terms::default(), march, Opening::default())
        .unwrap();
    assert_eq!(made.totals.remit, of(24_000));
    let gross = Terms {
        method: RemittanceMethod::Gross,
        processor_fees: FeePolicy::GrossDeposit,
        ..Terms::default()
    };
    let sent = Item { basis: CommissionBasis::Gross, ..sent };
    let made = assemble(&[sent], &gross, march, Opening::default()).unwrap();
    assert_eq!(made.totals.remit, of(30_000));
    assert_eq!(made.totals.invoice_commission.net, of(6_000));
}

fn any_items() -> impl Strategy<Value = Vec<Item>> {
    let one =
        (1_i64..100_000, 0_i64..=100, 0_i64..=20, 1_u32..85, 0_u32..12, 0_u8..6, any::<bool>());
    proptest::collection::vec(one, 0..25).prop_map(|rows| {
        let first = on("2025-03-01");
        let mut items = Vec::new();
        for (n, (minor, rate, tax, day, hold, kind, returned)) in (1_u128..).zip(rows) {
            let day = first + chrono::Duration::days(day.into());
            let kind = if kind < 4 { PaymentKind::PaidAgency } else { PaymentKind::PaidCreditor };
            let commission = minor * rate / 100;
            let paid = Item {
                available_on: if kind.moves_trust() {
                    day + chrono::Duration::days(hold.into())
                } else {
                    day
                },
                tax: of(commission * tax / 100),
                ..item(n * 2, kind, &day.to_string(), minor, commission)
            };
            if returned {
                let back = day + chrono::Duration::days(i64::from(hold) * 3);
                items.push(Item {
                    kind: kind.reversed(),
                    payment: PaymentId(Uuid::from_u128(n * 2 + 1)),
                    reverses: Some(paid.payment),
                    effective_on: back,
                    posted_at: noon(back),
                    posted_on: back,
                    available_on: back,
                    ..paid.clone()
                });
            }
            items.push(paid);
        }
        items
    })
}

proptest! {
    #[test]
    fn a_statement_computed_twice_is_equal_in_any_order(
        items in any_items(), seed in any::<u64>(), opening in -10_000_i64..10_000,
    ) {
        let march = span("2025-03-01", "2025-04-15");
        let once = assemble(&items, &Terms::default(), march, carried(of(opening))).unwrap();
        let mut shuffled = items.clone();
        let len = shuffled.len().max(1);
        for at in 0..shuffled.len() {
            shuffled.swap(at, usize::try_from(seed >> (at % 60)).unwrap_or(at) % len);
        }
        let twice = assemble(&shuffled, &Terms::default(), march, carried(of(opening))).unwrap();
        prop_assert_eq!(once, twice);
    }

    /// Net and gross give the creditor the same economic total: what it got less what it was billed.
    #[test]
    fn net_and_gross_come_to_the_same(items in any_items(), policy in 0_u8..3, offset in any::<bool>()) {
        let returns = [ReturnPolicy::Carry, ReturnPolicy::Invoice, ReturnPolicy::Credit][usize::from(policy)];
        let economic = |method: RemittanceMethod| {
            let mut items = items.clone();
            for one in &mut items {
                one.basis = method.basis();
            }
            let terms = Terms { method, returns, offset_directs: offset, ..Terms::default() };
            let all = quarter(&items, &terms, Opening::default());
            let last = all.last().unwrap().totals;
            all.iter()
                .map(|made| {
                    let t = made.totals;
                    t.remit.minor() - t.invoiced_apart.minor() - t.invoice_deficit.minor()
                })
                .sum::<i64>()
                + last.carried.minor() + last.open_credit.minor()
        };
        let net = economic(RemittanceMethod::Net);
        for method in [RemittanceMethod::Gross, RemittanceMethod::Combined, RemittanceMethod::SeparateDirect] {
            prop_assert_eq!(net, economic(method));
        }
    }

    /// Whatever the policy, the totals are the sums of the lines and nothing is lost between months.
    #[test]
    fn totals_are_the_sums_of_lines_and_nothing_is_lost(items in any_items(), policy in 0_u8..3) {
        let returns = [ReturnPolicy::Carry, ReturnPolicy::Invoice, ReturnPolicy::Credit][usize::from(policy)];
        let terms = Terms { returns, minimum: of(5_000), ..Terms::default() };
        let mut before = Opening::default();
        for made in quarter(&items, &terms, Opening::default()) {
            let t = made.totals;
            let lines: i64 = made.lines.iter().map(|line| line.to_us.minor() - line.commission.minor() - line.tax.minor()).sum();
            let went = t.remit.minor() + t.carried.minor() + t.open_credit.minor() - t.invoice_deficit.minor();
            prop_assert_eq!(before.carried.minor() + before.open_credit.minor() + lines, went);
            prop_assert!(t.remit.is_zero() || t.carried.is_zero());
            prop_assert!(!t.open_credit.is_positive());
            before = Opening { carried: t.carried, open_credit: t.open_credit, on_account: Money::ZERO };
        }
    }
}
