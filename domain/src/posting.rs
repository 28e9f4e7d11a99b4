//! Posting: the transfers that a payment makes in the books (domain rule 2.8).

use crate::allocation::Allocation;
use crate::bucket::{Bucket, Buckets};
use crate::ledger::Ledger;
use crate::money::{Amount, Money, TooLarge};
use crate::payment::{PaymentKind, PaymentMethod};
use crate::remittance::CommissionBasis;

/// A payment that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Who received it: the agency (PU), the creditor (PC) or a forwarder (PA).
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// How much the debtor paid.
    pub amount: Amount,
    /// What a forwarder kept of it; nothing unless it is a PA.
    pub forwarder_fee: Money,
}

/// The commission on a payment, as it was computed under the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Of what each bucket got.
    pub commission: Buckets,
    /// Where it stands: taken out in trust, or owed by the creditor.
    pub basis: CommissionBasis,
}

/// What one bucket of a payment got, and the commission on it, frozen at posting
/// (domain rule 2.1: a later rate never rewrites it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostedLine {
    /// The bucket.
    pub bucket: Bucket,
    /// What the bucket got; above zero.
    pub amount: Money,
    /// The commission on it, a forwarder's part included.
    pub commission: Money,
}

/// One amount from one ledger to another of the same book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Debited.
    pub debit: Ledger,
    /// Credited.
    pub credit: Ledger,
    /// Above zero.
    pub amount: Amount,
    /// The bucket of the debt it belongs to; none where it belongs to the payment as a whole.
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
    pub lines: Vec<PostedLine>,
    /// What reduced the debt.
    pub applied: Money,
    /// What was too much and belongs to the debtor.
    pub overpaid: Money,
    /// The commission: the sum of the lines. A forwarder's fee is part of it.
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
    /// The forwarder kept more than the creditor's contract gives: the creditor's own money would
    /// have to make up for it.
    #[error("the forwarder kept {fee}, more than the commission of {commission}")]
    ForwarderFeeOverCommission {
        /// What the forwarder kept.
        fee: Money,
        /// The commission of the contract.
        commission: Money,
    },
}

/// What an arrival does to the books, after it was allocated and its commission computed.
///
/// PU: the money stands in trust, in the bank or still with the processor. On a net contract it is
/// owed to the creditor and to the agency, bucket by bucket; on a gross one all of it is the
/// creditor's, who owes the commission in the operating book. What nobody is owed belongs to the
/// debtor. PC: the creditor has the money and owes the commission (money rule 7). PA: as PU with
/// what the forwarder sent; the debtor is credited in full (money rule 12). All: the debt goes down
/// in the memorandum book.
pub fn post(
    arrival: Arrival,
    owed: &Buckets,
    split: &Allocation,
    shares: &Shares,
) -> Result<Posting, NotPostable> {
    if arrival.kind.is_return() {
        return Err(NotPostable::IsReturn);
    }
    let lines = lines(&split.applied, &shares.commission);
    let commission = Money::total(lines.iter().map(|line| line.commission))?;
    let applied = split.applied.total()?;
    let mut transfers = Vec::new();
    match arrival.kind {
        PaymentKind::PaidAgency => into_trust(&mut transfers, arrival.method, &lines, shares)?,
        PaymentKind::PaidCreditor => {
            for line in &lines {
                receivable(&mut transfers, line.commission, Some(line.bucket));
            }
        }
        PaymentKind::PaidForwarder => {
            let fee = arrival.forwarder_fee;
            if fee > commission {
                return Err(NotPostable::ForwarderFeeOverCommission { fee, commission });
            }
            forwarded(&mut transfers, arrival.method, shares.basis, (applied, commission, fee))?;
        }
        PaymentKind::PaidAgencyReturn
        | PaymentKind::PaidCreditorReturn
        | PaymentKind::PaidForwarderReturn => return Err(NotPostable::IsReturn),
    }
    if arrival.kind.moves_trust() {
        let held = held_in(arrival.method);
        push(&mut transfers, held, Ledger::DebtorCredit, split.overpaid, None);
    }
    let mut after = *owed;
    for line in &lines {
        after.set(line.bucket, owed.get(line.bucket).minus(line.amount)?);
        let bucket = Some(line.bucket);
        push(&mut transfers, Ledger::DebtPaid, Ledger::Debt, line.amount, bucket);
    }
    let overpaid = split.overpaid;
    Ok(Posting { lines, applied, overpaid, commission, transfers, owed: after })
}

/// What undoes transfers: each one mirrored, in the same order (domain rule 2.6).
pub fn reverse(transfers: &[Transfer]) -> Vec<Transfer> {
    transfers.iter().map(|transfer| transfer.mirrored()).collect()
}

/// The transfers of an entry that changes a debt without money: `change` is signed, by bucket;
/// `contra` says why ([`Ledger::DebtAccrued`] or [`Ledger::DebtAdjusted`]).
pub fn change_debt(change: &Buckets, contra: Ledger) -> Result<Vec<Transfer>, TooLarge> {
    let mut transfers = Vec::new();
    for bucket in Bucket::ALL {
        let more = change.get(bucket);
        if more.is_negative() {
            push(&mut transfers, contra, Ledger::Debt, more.negated()?, Some(bucket));
        } else {
            push(&mut transfers, Ledger::Debt, contra, more, Some(bucket));
        }
    }
    Ok(transfers)
}

fn lines(applied: &Buckets, commission: &Buckets) -> Vec<PostedLine> {
    Bucket::ALL
        .into_iter()
        .filter(|bucket| applied.get(*bucket).is_positive())
        .map(|bucket| PostedLine {
            bucket,
            amount: applied.get(bucket),
            commission: commission.get(bucket),
        })
        .collect()
}

fn into_trust(
    transfers: &mut Vec<Transfer>,
    method: PaymentMethod,
    lines: &[PostedLine],
    shares: &Shares,
) -> Result<(), TooLarge> {
    let held = held_in(method);
    for line in lines {
        let bucket = Some(line.bucket);
        match shares.basis {
            CommissionBasis::Net => {
                let rest = line.amount.minus(line.commission)?;
                push(transfers, held, Ledger::ClientPayable, rest, bucket);
                push(transfers, held, Ledger::AgencyEarned, line.commission, bucket);
            }
            CommissionBasis::Gross => {
                push(transfers, held, Ledger::ClientPayable, line.amount, bucket);
                receivable(transfers, line.commission, bucket);
            }
        }
    }
    Ok(())
}

fn forwarded(
    transfers: &mut Vec<Transfer>,
    method: PaymentMethod,
    basis: CommissionBasis,
    (applied, commission, fee): (Money, Money, Money),
) -> Result<(), TooLarge> {
    let (held, own) = (held_in(method), commission.minus(fee)?);
    match basis {
        CommissionBasis::Net => {
            push(transfers, held, Ledger::ClientPayable, applied.minus(commission)?, None);
            push(transfers, held, Ledger::AgencyEarned, own, None);
        }
        CommissionBasis::Gross => {
            push(transfers, held, Ledger::ClientPayable, applied.minus(fee)?, None);
            receivable(transfers, own, None);
        }
    }
    Ok(())
}

fn receivable(transfers: &mut Vec<Transfer>, commission: Money, bucket: Option<Bucket>) {
    let (debit, credit) = (Ledger::ClientReceivable, Ledger::CommissionRevenue);
    push(transfers, debit, credit, commission, bucket);
}

/// Where the money is when it arrives: with the processor until it pays out, in the bank, or
/// already in trust as the debtor's own.
pub fn held_in(method: PaymentMethod) -> Ledger {
    match method {
        PaymentMethod::Online | PaymentMethod::Card | PaymentMethod::Ach => {
            Ledger::ProcessorClearing
        }
        PaymentMethod::Check
        | PaymentMethod::Cash
        | PaymentMethod::Wire
        | PaymentMethod::MoneyOrder => Ledger::TrustCash,
        PaymentMethod::DebtorCredit => Ledger::DebtorCredit,
    }
}

/// A share of nothing is no transfer, nor is one from a ledger to itself.
fn push(
    to: &mut Vec<Transfer>,
    debit: Ledger,
    credit: Ledger,
    share: Money,
    bucket: Option<Bucket>,
) {
    if let Ok(amount) = Amount::new(share)
        && debit != credit
    {
        to.push(Transfer { debit, credit, amount, bucket });
    }
}

#[cfg(test)]
mod tests;
