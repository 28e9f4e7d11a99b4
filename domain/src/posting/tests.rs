use super::*;
use crate::allocation::tests::{amounts, debts, orders};
use crate::allocation::{AllocationOrder, allocate};
use crate::ledger::{Book, Side};
use crate::rate::Rate;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::HashMap;

fn arrivals() -> impl Strategy<Value = Arrival> {
    let kinds = prop_oneof![
        Just(PaymentKind::PaidAgency),
        Just(PaymentKind::PaidCreditor),
        Just(PaymentKind::PaidForwarder)
    ];
    let methods = prop_oneof![
        Just(PaymentMethod::Card),
        Just(PaymentMethod::Check),
        Just(PaymentMethod::Cash)
    ];
    (kinds, methods, amounts()).prop_map(|(kind, method, amount)| Arrival {
        kind,
        method,
        amount,
        forwarder_fee: Money::ZERO,
    })
}

fn bases() -> impl Strategy<Value = CommissionBasis> {
    prop_oneof![Just(CommissionBasis::Net), Just(CommissionBasis::Gross)]
}

/// Posts at a flat rate; a forwarder keeps a third of the commission.
fn posted(
    arrival: Arrival,
    owed: &Buckets,
    order: AllocationOrder,
    rate: Rate,
    basis: CommissionBasis,
) -> (Arrival, Posting) {
    let split = allocate(arrival.amount, owed, order).unwrap();
    let mut commission = Buckets::default();
    for bucket in Bucket::ALL {
        commission.set(bucket, rate.of(split.applied.get(bucket)).unwrap());
    }
    let third = commission.total().unwrap().minor() / 3;
    let fee = if arrival.kind == PaymentKind::PaidForwarder { third } else { 0 };
    let arrival = Arrival { forwarder_fee: Money::from_minor(fee), ..arrival };
    (arrival, post(arrival, owed, &split, &Shares { commission, basis }).unwrap())
}

fn rates() -> impl Strategy<Value = Rate> {
    (0_i64..=1_000_000).prop_map(|millionths| Rate::new(Decimal::new(millionths, 6)).unwrap())
}

/// What each ledger gains, by its own side.
fn gains(transfers: &[Transfer]) -> HashMap<Ledger, i64> {
    let mut gains = HashMap::new();
    for transfer in transfers {
        for (ledger, debit) in [(transfer.debit, 1), (transfer.credit, -1)] {
            let sign = match ledger.side() {
                Side::Asset => debit,
                Side::Liability => -debit,
            };
            *gains.entry(ledger).or_insert(0) += sign * transfer.amount.minor();
        }
    }
    gains
}

proptest! {
    #[test]
    fn every_cent_that_arrives_is_owed_to_somebody(
        arrival in arrivals(), owed in debts(), order in orders(), rate in rates(), basis in bases(),
    ) {
        let (arrival, posting) = posted(arrival, &owed, order, rate, basis);
        let gains = gains(&posting.transfers);
        let of = |ledger: Ledger| gains.get(&ledger).copied().unwrap_or(0);
        let own = posting.commission.minor() - arrival.forwarder_fee.minor();
        let creditors = posting.applied.minor() - posting.commission.minor();
        if arrival.kind.moves_trust() {
            let received = arrival.amount.minor() - arrival.forwarder_fee.minor();
            prop_assert_eq!(of(Ledger::TrustCash) + of(Ledger::ProcessorClearing), received);
            prop_assert_eq!(of(Ledger::AgencyEarned) + of(Ledger::ClientReceivable), own);
            prop_assert_eq!(of(Ledger::ClientPayable) - of(Ledger::ClientReceivable), creditors);
            prop_assert_eq!(of(Ledger::DebtorCredit), posting.overpaid.minor());
        } else {
            prop_assert_eq!(of(Ledger::ClientReceivable), own);
            prop_assert_eq!(of(Ledger::TrustCash) + of(Ledger::ProcessorClearing), 0);
        }
        prop_assert_eq!(of(Ledger::CommissionRevenue), of(Ledger::ClientReceivable));
        prop_assert_eq!(of(Ledger::Debt), -posting.applied.minor());
        let paid = owed.total().unwrap().minor() - posting.owed.total().unwrap().minor();
        prop_assert_eq!(paid, posting.applied.minor());
    }

    #[test]
    fn every_book_balances_and_no_transfer_leaves_its_book(
        arrival in arrivals(), owed in debts(), order in orders(), rate in rates(), basis in bases(),
    ) {
        let (_, posting) = posted(arrival, &owed, order, rate, basis);
        for transfer in &posting.transfers {
            prop_assert_eq!(transfer.debit.book(), transfer.credit.book());
            prop_assert_ne!(transfer.debit, transfer.credit);
        }
        let gains = gains(&posting.transfers);
        for book in [Book::Trust, Book::Operating, Book::Memorandum] {
            let sum = |side| -> i64 {
                gains.iter()
                    .filter(|(ledger, _)| ledger.book() == book && ledger.side() == side)
                    .map(|(_, gain)| gain)
                    .sum()
            };
            prop_assert_eq!(sum(Side::Asset), sum(Side::Liability));
        }
    }

    #[test]
    fn a_reversal_is_the_exact_negative(
        arrival in arrivals(), owed in debts(), order in orders(), rate in rates(), basis in bases(),
    ) {
        let (_, posting) = posted(arrival, &owed, order, rate, basis);
        let mut both = posting.transfers.clone();
        both.extend(reverse(&posting.transfers));
        prop_assert!(gains(&both).values().all(|gain| *gain == 0));
        prop_assert_eq!(reverse(&reverse(&posting.transfers)), posting.transfers);
    }

    #[test]
    fn an_entry_changes_the_debt_by_what_it_says(plus in debts(), minus in debts()) {
        let mut change = Buckets::default();
        for bucket in Bucket::ALL {
            change.set(bucket, plus.get(bucket).minus(minus.get(bucket)).unwrap());
        }
        let gains = gains(&change_debt(&change, Ledger::DebtAccrued).unwrap());
        let debt = gains.get(&Ledger::Debt).copied().unwrap_or(0);
        prop_assert_eq!(debt, change.total().unwrap().minor());
    }
}

fn one(kind: PaymentKind, method: PaymentMethod, minor: i64, fee: i64) -> Arrival {
    Arrival {
        kind,
        method,
        amount: Amount::new(Money::from_minor(minor)).unwrap(),
        forwarder_fee: Money::from_minor(fee),
    }
}

fn principal(minor: i64) -> Buckets {
    Buckets { principal: Money::from_minor(minor), ..Buckets::default() }
}

/// Example E7 of the trade: 250.00 by card at 30 %, on a balance of 230.00.
#[test]
fn an_overpaid_card_payment_splits_in_three() {
    let owed = principal(23_000);
    let arrival = one(PaymentKind::PaidAgency, PaymentMethod::Card, 25_000, 0);
    let split = allocate(arrival.amount, &owed, AllocationOrder::USUAL).unwrap();
    let shares = Shares { commission: principal(6_900), basis: CommissionBasis::Net };
    let posting = post(arrival, &owed, &split, &shares).unwrap();
    let gains = gains(&posting.transfers);
    assert_eq!(gains[&Ledger::ProcessorClearing], 25_000);
    assert_eq!(gains[&Ledger::ClientPayable], 16_100);
    assert_eq!(gains[&Ledger::AgencyEarned], 6_900);
    assert_eq!(gains[&Ledger::DebtorCredit], 2_000);
    assert_eq!(posting.owed.total(), Ok(Money::ZERO));
}

/// Example E4 h: the forwarder keeps 25 % of 400.00, the contract gives 40 %.
#[test]
fn a_forwarder_keeps_its_fee_out_of_the_commission() {
    let owed = principal(100_000);
    let arrival = one(PaymentKind::PaidForwarder, PaymentMethod::Check, 40_000, 10_000);
    let split = allocate(arrival.amount, &owed, AllocationOrder::USUAL).unwrap();
    let net = Shares { commission: principal(16_000), basis: CommissionBasis::Net };
    let posting = post(arrival, &owed, &split, &net).unwrap();
    let books = gains(&posting.transfers);
    assert_eq!(books[&Ledger::TrustCash], 30_000);
    assert_eq!(books[&Ledger::ClientPayable], 24_000);
    assert_eq!(books[&Ledger::AgencyEarned], 6_000);
    assert_eq!(posting.owed.principal, Money::from_minor(60_000));
    let gross = Shares { basis: CommissionBasis::Gross, ..net };
    let books = gains(&post(arrival, &owed, &split, &gross).unwrap().transfers);
    assert_eq!(books[&Ledger::ClientPayable], 30_000);
    assert_eq!(books[&Ledger::ClientReceivable], 6_000);
    let greedy = Arrival { forwarder_fee: Money::from_minor(16_001), ..arrival };
    assert!(matches!(
        post(greedy, &owed, &split, &net),
        Err(NotPostable::ForwarderFeeOverCommission { .. })
    ));
}

#[test]
fn a_return_is_never_posted_on_its_own() {
    let arrival = one(PaymentKind::PaidAgencyReturn, PaymentMethod::Card, 1, 0);
    let split = Allocation { applied: Buckets::default(), overpaid: Money::ZERO };
    let shares = Shares { commission: Buckets::default(), basis: CommissionBasis::Net };
    let refused = post(arrival, &Buckets::default(), &split, &shares);
    assert_eq!(refused, Err(NotPostable::IsReturn));
}
