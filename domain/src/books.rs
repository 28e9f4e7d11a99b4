//! The movements of trust and operating money besides payments: offsets, remittances, sweeps,
//! advances, payouts, creditors' payments, refunds of credits (domain rules 2.6 to 2.8; E1, E7).
//!
//! Each rule answers with the moves it makes; a move stays inside one book.

use crate::id::{CreditorId, DebtorId};
use crate::ledger::Ledger;
use crate::money::{Amount, Money, TooLarge};
use crate::remittance::FeePolicy;

/// One amount from one ledger to another of the same book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Debited.
    pub debit: Ledger,
    /// Credited.
    pub credit: Ledger,
    /// Above zero.
    pub amount: Amount,
    /// Whose, where the ledger is a creditor's.
    pub creditor: Option<CreditorId>,
    /// Whose, where the ledger is a debtor's.
    pub debtor: Option<DebtorId>,
}

/// Moves under construction: nothing is no move, and a negative amount goes the other way.
#[derive(Debug, Default)]
struct Moves(Vec<Move>);

impl Moves {
    fn push(&mut self, debit: Ledger, credit: Ledger, money: Money, of: Owner) {
        let (debit, credit, money) = match money.negated() {
            Ok(positive) if money.is_negative() => (credit, debit, positive),
            Ok(_) | Err(TooLarge) => (debit, credit, money),
        };
        if let Ok(amount) = Amount::new(money) {
            let (creditor, debtor) = match of {
                Owner::Agency => (None, None),
                Owner::Creditor(creditor) => (Some(creditor), None),
                Owner::Debtor(debtor) => (None, Some(debtor)),
            };
            self.0.push(Move { debit, credit, amount, creditor, debtor });
        }
    }
}

/// Whose part of a ledger moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The agency's.
    Agency,
    /// A creditor's.
    Creditor(CreditorId),
    /// A debtor's.
    Debtor(DebtorId),
}

/// Tax on commission is recognised when the statement closes (money rule 13). Below zero: returned.
pub fn recognise_tax(creditor: CreditorId, tax: Money) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::ClientReceivable, Ledger::TaxPayable, tax, Owner::Creditor(creditor));
    moves.0
}

/// What the creditor owes is taken from its money in trust (money rule 7): it becomes the agency's
/// in trust, and trust owes it to operating until the next sweep.
pub fn offset(creditor: CreditorId, amount: Money) -> Vec<Move> {
    let mut moves = Moves::default();
    let owner = Owner::Creditor(creditor);
    moves.push(Ledger::ClientPayable, Ledger::AgencyEarned, amount, owner);
    moves.push(Ledger::DueToTrust, Ledger::ClientReceivable, amount, owner);
    moves.0
}

/// The creditor gets its money.
pub fn remit(creditor: CreditorId, amount: Money) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::ClientPayable, Ledger::TrustCash, amount, Owner::Creditor(creditor));
    moves.0
}

/// How a sweep splits: what trust owed to operating first, the rest is revenue (money rule 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// What leaves trust.
    pub amount: Money,
    /// Of it, what was offset before: it was revenue or a tax already.
    pub due: Money,
    /// Of it, revenue.
    pub revenue: Money,
}

/// What may be swept: what the agency has earned in trust, less the commission on payments that no
/// closed statement shows yet; never below zero (money rule 8).
pub fn sweepable(earned: Money, unstated: Money) -> Result<Money, TooLarge> {
    Ok(earned.minus(unstated.max(Money::ZERO))?.max(Money::ZERO))
}

/// Splits a sweep: `due_from_trust` is what trust owes operating.
pub fn split_sweep(amount: Money, due_from_trust: Money) -> Result<Sweep, TooLarge> {
    let due = amount.min(due_from_trust.max(Money::ZERO));
    Ok(Sweep { amount, due, revenue: amount.minus(due)? })
}

/// Earned fees leave trust for the agency's own account.
pub fn sweep(sweep: Sweep) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::AgencyEarned, Ledger::TrustCash, sweep.amount, Owner::Agency);
    moves.push(Ledger::OpCash, Ledger::DueToTrust, sweep.due, Owner::Agency);
    moves.push(Ledger::OpCash, Ledger::CommissionRevenue, sweep.revenue, Owner::Agency);
    moves.0
}

/// A liability of trust below zero: other owners' money covers what is lacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lacking {
    /// The ledger.
    pub ledger: Ledger,
    /// The owner of the balance.
    pub owner: Owner,
    /// How much; above zero.
    pub amount: Money,
}

/// Operating pays into trust what is lacking (E1): for a creditor against what it owes from now on,
/// for the agency's own share against revenue, for a debtor's credit as a loss (money rule 13).
pub fn advance(lacking: &[Lacking]) -> Vec<Move> {
    let mut moves = Moves::default();
    for one in lacking {
        moves.push(Ledger::TrustCash, one.ledger, one.amount, one.owner);
        let against = match one.owner {
            Owner::Creditor(_) => Ledger::ClientReceivable,
            Owner::Debtor(_) => Ledger::OperatingLoss,
            Owner::Agency => Ledger::CommissionRevenue,
        };
        moves.push(against, Ledger::OpCash, one.amount, one.owner);
    }
    moves.0
}

/// A creditor pays the agency: what it owes goes down.
pub fn creditor_pays(creditor: CreditorId, amount: Money) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::OpCash, Ledger::ClientReceivable, amount, Owner::Creditor(creditor));
    moves.0
}

/// The processor's fees of one payout, by who bears them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PayoutFees {
    /// On payments of creditors whose contract takes them from the agency's share.
    pub agency_share: Money,
    /// On payments whose gross amount has to be deposited.
    pub gross_deposit: Money,
    /// On disputes: an expense of the agency, never the creditor's or the debtor's
    /// (domain rule 2.6).
    pub disputes: Money,
}

impl PayoutFees {
    /// Adds the fee on one payment.
    pub fn add(&mut self, policy: FeePolicy, fee: Money) -> Result<(), TooLarge> {
        let to = match policy {
            FeePolicy::AgencyShare => &mut self.agency_share,
            FeePolicy::GrossDeposit => &mut self.gross_deposit,
        };
        *to = to.plus(fee)?;
        Ok(())
    }

    /// All of them.
    pub fn total(self) -> Result<Money, TooLarge> {
        Money::total([self.agency_share, self.gross_deposit, self.disputes])
    }
}

/// The processor pays out to the trust bank account: `gross` less the fees (E7). Fees that the
/// agency's share does not bear are topped up from operating, so that trust holds the gross amount.
pub fn payout(gross: Money, fees: PayoutFees) -> Result<Vec<Move>, TooLarge> {
    let mut moves = Moves::default();
    let of = Owner::Agency;
    let net = gross.minus(fees.total()?)?;
    moves.push(Ledger::TrustCash, Ledger::ProcessorClearing, net, of);
    moves.push(Ledger::AgencyEarned, Ledger::ProcessorClearing, fees.agency_share, of);
    moves.push(Ledger::ProcessorFees, Ledger::CommissionRevenue, fees.agency_share, of);
    let topped_up = fees.gross_deposit.plus(fees.disputes)?;
    moves.push(Ledger::TrustCash, Ledger::ProcessorClearing, topped_up, of);
    moves.push(Ledger::ProcessorFees, Ledger::OpCash, topped_up, of);
    Ok(moves.0)
}

/// The bank sent a payout back: what had reached it is with the processor again. The fees stay as
/// they were taken: the processor does not give them back, and pays out the net amount anew.
pub fn payout_failed(net: Money) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::ProcessorClearing, Ledger::TrustCash, net, Owner::Agency);
    moves.0
}

/// Money from an unknown payer is in the bank (domain rule 2.8): it has no owner until it is identified.
pub fn unidentified(amount: Money) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::TrustCash, Ledger::Unidentified, amount, Owner::Agency);
    moves.0
}

/// An overpayment goes back to the debtor, by check from the bank or through the processor.
pub fn refund_credit(debtor: DebtorId, amount: Money, from: Ledger) -> Vec<Move> {
    let mut moves = Moves::default();
    moves.push(Ledger::DebtorCredit, from, amount, Owner::Debtor(debtor));
    moves.0
}

#[cfg(test)]
mod history;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use uuid::Uuid;

    fn of(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    fn creditor() -> CreditorId {
        CreditorId(Uuid::from_u128(1))
    }

    /// Debits less credits of each ledger.
    fn sums(moves: &[Move]) -> HashMap<Ledger, i64> {
        let mut sums = HashMap::new();
        for one in moves {
            assert_eq!(one.debit.book(), one.credit.book(), "{one:?}");
            *sums.entry(one.debit).or_insert(0) += one.amount.minor();
            *sums.entry(one.credit).or_insert(0) -= one.amount.minor();
        }
        sums
    }

    /// E1: the return of 333.33 leaves 93.33 of the creditor's and 40.00 of the agency's share short.
    #[test]
    fn an_advance_fills_trust_and_is_owed_by_whom_it_was_made_for() {
        let moves = advance(&[
            Lacking {
                ledger: Ledger::ClientPayable,
                owner: Owner::Creditor(creditor()),
                amount: of(9_333),
            },
            Lacking { ledger: Ledger::AgencyEarned, owner: Owner::Agency, amount: of(4_000) },
        ]);
        let sums = sums(&moves);
        assert_eq!(sums[&Ledger::TrustCash], 13_333);
        assert_eq!(sums[&Ledger::ClientPayable], -9_333);
        assert_eq!(sums[&Ledger::AgencyEarned], -4_000);
        assert_eq!(sums[&Ledger::OpCash], -13_333);
        assert_eq!(sums[&Ledger::ClientReceivable], 9_333);
        assert_eq!(sums[&Ledger::CommissionRevenue], 4_000);
    }

    /// E7: 250.00 by card, fee 7.55, under both policies.
    #[test]
    fn a_fee_comes_from_the_agencys_share_or_from_operating() {
        let mut fees = PayoutFees::default();
        fees.add(FeePolicy::AgencyShare, of(755)).unwrap();
        let books = sums(&payout(of(25_000), fees).unwrap());
        assert_eq!(books[&Ledger::TrustCash], 24_245);
        assert_eq!(books[&Ledger::ProcessorClearing], -25_000);
        assert_eq!(books[&Ledger::AgencyEarned], 755);
        let mut fees = PayoutFees::default();
        fees.add(FeePolicy::GrossDeposit, of(755)).unwrap();
        let books = sums(&payout(of(25_000), fees).unwrap());
        assert_eq!(books[&Ledger::TrustCash], 25_000);
        assert_eq!(books[&Ledger::ProcessorClearing], -25_000);
        assert_eq!(books[&Ledger::OpCash], -755);
        assert!(!books.contains_key(&Ledger::AgencyEarned));
    }

    #[test]
    fn a_payout_may_be_below_zero() {
        let fees = PayoutFees { disputes: of(1_500), ..PayoutFees::default() };
        let books = sums(&payout(of(-25_000), fees).unwrap());
        // The bank lost 265.00, of which operating put 15.00 back.
        assert_eq!(books[&Ledger::TrustCash], -25_000);
        assert_eq!(books[&Ledger::ProcessorClearing], 25_000);
        assert_eq!(books[&Ledger::ProcessorFees], 1_500);
    }

    #[test]
    fn only_commission_on_closed_statements_is_swept() {
        // E1, March: 280.00 earned on payments, 75.00 offset, 60.00 of it on a held check.
        assert_eq!(sweepable(of(35_500), of(6_000)), Ok(of(29_500)));
        let split = split_sweep(of(29_500), of(7_500)).unwrap();
        assert_eq!((split.due, split.revenue), (of(7_500), of(22_000)));
        assert_eq!(sweepable(of(-4_000), of(0)), Ok(Money::ZERO));
        assert_eq!(sweepable(of(100), of(-500)), Ok(of(100)));
    }

    /// Every movement besides payments, with the ledgers it names.
    #[test]
    fn each_movement_is_written_to_its_own_ledgers() {
        use Ledger::{
            AgencyEarned, ClientPayable, ClientReceivable, CommissionRevenue, DebtorCredit,
            DueToTrust, OpCash, ProcessorClearing, TaxPayable, TrustCash, Unidentified,
        };
        let (ours, theirs) = ((None, None), (Some(creditor()), None));
        let debtor = DebtorId(Uuid::from_u128(2));
        let written = |moves: Vec<Move>| -> Vec<_> {
            let row = |one: &Move| {
                (one.debit, one.credit, one.amount.minor(), (one.creditor, one.debtor))
            };
            moves.iter().map(row).collect()
        };
        let row = |debit, credit, minor, of| (debit, credit, minor, of);
        assert_eq!(
            written(recognise_tax(creditor(), of(825))),
            [row(ClientReceivable, TaxPayable, 825, theirs)]
        );
        assert_eq!(
            written(recognise_tax(creditor(), of(-825))),
            [row(TaxPayable, ClientReceivable, 825, theirs)]
        );
        assert_eq!(written(recognise_tax(creditor(), Money::ZERO)), []);
        assert_eq!(
            written(offset(creditor(), of(7_500))),
            [
                row(ClientPayable, AgencyEarned, 7_500, theirs),
                row(DueToTrust, ClientReceivable, 7_500, theirs),
            ]
        );
        assert_eq!(
            written(remit(creditor(), of(9_333))),
            [row(ClientPayable, TrustCash, 9_333, theirs)]
        );
        let split = split_sweep(of(29_500), of(7_500)).unwrap();
        assert_eq!(
            written(sweep(split)),
            [
                row(AgencyEarned, TrustCash, 29_500, ours),
                row(OpCash, DueToTrust, 7_500, ours),
                row(OpCash, CommissionRevenue, 22_000, ours),
            ]
        );
        assert_eq!(
            written(creditor_pays(creditor(), of(5_000))),
            [row(OpCash, ClientReceivable, 5_000, theirs)]
        );
        assert_eq!(
            written(payout_failed(of(24_245))),
            [row(ProcessorClearing, TrustCash, 24_245, ours)]
        );
        assert_eq!(written(unidentified(of(1_234))), [row(TrustCash, Unidentified, 1_234, ours)]);
        for from in [TrustCash, ProcessorClearing] {
            assert_eq!(
                written(refund_credit(debtor, of(2_000), from)),
                [row(DebtorCredit, from, 2_000, (None, Some(debtor)))]
            );
        }
    }

    proptest! {
        #[test]
        fn trust_stays_balanced_whatever_moves(
            amount in 1_i64..10_000_000, part in 0_i64..10_000_000, gross in -10_000_000_i64..10_000_000,
            fees in proptest::array::uniform3(0_i64..100_000),
        ) {
            let debtor = DebtorId(Uuid::from_u128(2));
            let [agency_share, gross_deposit, disputes] = fees.map(Money::from_minor);
            let all = [
                recognise_tax(creditor(), of(part - amount)),
                offset(creditor(), of(amount)),
                remit(creditor(), of(amount)),
                sweep(split_sweep(of(amount), of(part)).unwrap()),
                creditor_pays(creditor(), of(amount)),
                refund_credit(debtor, of(amount), Ledger::TrustCash),
                payout(of(gross), PayoutFees { agency_share, gross_deposit, disputes }).unwrap(),
            ];
            for moves in all {
                let sums = sums(&moves);
                prop_assert_eq!(sums.values().sum::<i64>(), 0);
            }
        }
    }
}
