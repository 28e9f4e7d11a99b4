//! Posting: the transfers that a payment makes in the books (domain rule 2.8).

use crate::allocation::{AllocationOrder, allocate};
use crate::bucket::{Bucket, Buckets};
use crate::commission::{CommissionLine, flat};
use crate::ledger::Ledger;
use crate::money::{Amount, Money, TooLarge};
use crate::payment::{PaymentKind, PaymentMethod};
use crate::rate::Rate;

/// A payment that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Who received it: the agency (PU) or the creditor (PC).
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Amount,
}

/// The contract terms in force on the payment's effective date (money rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The agency's share of every bucket.
    pub rate: Rate,
    /// Which bucket is filled first.
    pub order: AllocationOrder,
}

/// One amount from one ledger to another of the same book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Debited.
    pub debit: Ledger,
    /// Credited.
    pub credit: Ledger,
    /// How much.
    pub amount: Amount,
    /// The bucket of the debt it belongs to; none for an overpayment.
    pub bucket: Option<Bucket>,
}

impl Transfer {
    /// The transfer that undoes this one.
    pub fn mirrored(self) -> Self {
        Self { debit: self.credit, credit: self.debit, ..self }
    }
}

/// Everything that posting a payment writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What each bucket got, with its commission.
    pub lines: Vec<CommissionLine>,
    /// What reduced the debt.
    pub applied: Money,
    /// What was too much and belongs to the debtor.
    pub overpaid: Money,
    /// The agency's share: the sum of the lines.
    pub commission: Money,
    /// The transfers, in the order in which they are numbered.
    pub transfers: Vec<Transfer>,
    /// What is owed afterwards.
    pub owed: Buckets,
}

/// Why an arrival cannot be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPostable {
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A return is posted as the mirror of what it returns.
    #[error("a return is posted by reversing the payment it returns")]
    IsReturn,
}

/// What an arrival does to the books.
///
/// PU: the money stands in trust, in the bank or still with the processor, and is owed to the
/// creditor and to the agency, bucket by bucket; what nobody is owed belongs to the debtor.
/// PC: the creditor has the money and owes the commission, in the operating book.
/// Both: the debt goes down in the memorandum book.
pub fn post(arrival: Arrival, owed: &Buckets, terms: Terms) -> Result<Posting, NotPostable> {
    if arrival.kind.is_return() {
        return Err(NotPostable::IsReturn);
    }
    let split = allocate(arrival.amount, owed, terms.order)?;
    let lines = flat(&split.applied, terms.rate)?;
    let mut transfers = Vec::new();
    let mut after = *owed;
    for line in &lines {
        after.set(line.bucket, owed.get(line.bucket).minus(line.amount)?);
        if arrival.kind.moves_trust() {
            let held = held_in(arrival.method);
            push(&mut transfers, held, Ledger::ClientPayable, line.creditor_share()?, line.bucket);
            push(&mut transfers, held, Ledger::AgencyEarned, line.commission, line.bucket);
        } else {
            let (debit, credit) = (Ledger::ClientReceivable, Ledger::CommissionRevenue);
            push(&mut transfers, debit, credit, line.commission, line.bucket);
        }
        push(&mut transfers, Ledger::DebtPaid, Ledger::Debt, line.amount, line.bucket);
    }
    if arrival.kind.moves_trust()
        && let Ok(amount) = Amount::new(split.overpaid)
    {
        let debit = held_in(arrival.method);
        transfers.push(Transfer { debit, credit: Ledger::DebtorCredit, amount, bucket: None });
    }
    Ok(Posting {
        applied: split.applied.total()?,
        overpaid: split.overpaid,
        commission: Money::total(lines.iter().map(|line| line.commission))?,
        lines,
        transfers,
        owed: after,
    })
}

/// What undoes transfers: each one mirrored, in the same order (domain rule 2.6).
pub fn reverse(transfers: &[Transfer]) -> Vec<Transfer> {
    transfers.iter().map(|transfer| transfer.mirrored()).collect()
}

/// Where the money is when it arrives: with the processor until it pays out, or in the bank.
fn held_in(method: PaymentMethod) -> Ledger {
    match method {
        PaymentMethod::Online | PaymentMethod::Card | PaymentMethod::Ach => {
            Ledger::ProcessorClearing
        }
        PaymentMethod::Check
        | PaymentMethod::Cash
        | PaymentMethod::Wire
        | PaymentMethod::MoneyOrder => Ledger::TrustCash,
    }
}

/// A share of nothing is no transfer.
fn push(to: &mut Vec<Transfer>, debit: Ledger, credit: Ledger, share: Money, bucket: Bucket) {
    if let Ok(amount) = Amount::new(share) {
        to.push(Transfer { debit, credit, amount, bucket: Some(bucket) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocation::tests::{amounts, debts, orders};
    use crate::ledger::{Book, Side};
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use std::collections::HashMap;

    fn terms() -> impl Strategy<Value = Terms> {
        (0_i64..=1_000_000, orders()).prop_map(|(millionths, order)| Terms {
            rate: Rate::new(Decimal::new(millionths, 6)).unwrap(),
            order,
        })
    }

    fn arrivals() -> impl Strategy<Value = Arrival> {
        let kinds = prop_oneof![Just(PaymentKind::PaidAgency), Just(PaymentKind::PaidCreditor)];
        let methods = prop_oneof![
            Just(PaymentMethod::Card),
            Just(PaymentMethod::Check),
            Just(PaymentMethod::Cash)
        ];
        (kinds, methods, amounts()).prop_map(|(kind, method, amount)| Arrival {
            kind,
            method,
            amount,
        })
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
            arrival in arrivals(), owed in debts(), terms in terms(),
        ) {
            let posting = post(arrival, &owed, terms).unwrap();
            let gains = gains(&posting.transfers);
            let of = |ledger: Ledger| gains.get(&ledger).copied().unwrap_or(0);
            let commission = posting.commission.minor();
            if arrival.kind.moves_trust() {
                let amount = arrival.amount.minor();
                prop_assert_eq!(of(Ledger::TrustCash) + of(Ledger::ProcessorClearing), amount);
                prop_assert_eq!(of(Ledger::AgencyEarned), commission);
                prop_assert_eq!(of(Ledger::ClientPayable), posting.applied.minor() - commission);
                prop_assert_eq!(of(Ledger::DebtorCredit), posting.overpaid.minor());
            } else {
                prop_assert_eq!(of(Ledger::ClientReceivable), commission);
                prop_assert_eq!(of(Ledger::CommissionRevenue), commission);
                prop_assert_eq!(of(Ledger::TrustCash) + of(Ledger::ProcessorClearing), 0);
            }
            prop_assert_eq!(of(Ledger::Debt), -posting.applied.minor());
            let paid = owed.total().unwrap().minor() - posting.owed.total().unwrap().minor();
            prop_assert_eq!(paid, posting.applied.minor());
        }

        #[test]
        fn every_book_balances_and_no_transfer_leaves_its_book(
            arrival in arrivals(), owed in debts(), terms in terms(),
        ) {
            let posting = post(arrival, &owed, terms).unwrap();
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
            arrival in arrivals(), owed in debts(), terms in terms(),
        ) {
            let posting = post(arrival, &owed, terms).unwrap();
            let mut both = posting.transfers.clone();
            both.extend(reverse(&posting.transfers));
            prop_assert!(gains(&both).values().all(|gain| *gain == 0));
            prop_assert_eq!(reverse(&reverse(&posting.transfers)), posting.transfers);
        }
    }

    /// Example E7 of the trade: 250.00 by card at 30 %, on a balance of 230.00.
    #[test]
    fn an_overpaid_card_payment_splits_in_three() {
        let owed = Buckets { principal: Money::from_minor(23_000), ..Buckets::default() };
        let posting = post(
            Arrival {
                kind: PaymentKind::PaidAgency,
                method: PaymentMethod::Card,
                amount: Amount::new(Money::from_minor(25_000)).unwrap(),
            },
            &owed,
            Terms { rate: Rate::parse("0.3").unwrap(), order: AllocationOrder::USUAL },
        )
        .unwrap();
        let gains = gains(&posting.transfers);
        assert_eq!(gains[&Ledger::ProcessorClearing], 25_000);
        assert_eq!(gains[&Ledger::ClientPayable], 16_100);
        assert_eq!(gains[&Ledger::AgencyEarned], 6_900);
        assert_eq!(gains[&Ledger::DebtorCredit], 2_000);
        assert_eq!(posting.owed.total(), Ok(Money::ZERO));
    }

    #[test]
    fn a_return_is_never_posted_on_its_own() {
        let arrival = Arrival {
            kind: PaymentKind::PaidAgencyReturn,
            method: PaymentMethod::Card,
            amount: Amount::new(Money::from_minor(1)).unwrap(),
        };
        let terms = Terms { rate: Rate::ZERO, order: AllocationOrder::USUAL };
        assert_eq!(post(arrival, &Buckets::default(), terms), Err(NotPostable::IsReturn));
    }
}
