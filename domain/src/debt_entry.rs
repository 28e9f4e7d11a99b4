//! Entries that change a debt without money: interest, charges, adjustments, write-offs
//! (domain rules 2.5, 2.9, 2.10).

use crate::bucket::{Bucket, Buckets};
use crate::ledger::Ledger;
use crate::money::{Money, TooLarge};

names! {
    /// Why a debt changed. The trade's DA is a decrease or a write-off, its DAR their return.
    DebtEntryKind {
        /// Interest that accrued, posted because a payment, a statement or a status needed it.
        Interest = "interest";
        /// Court costs or a fee that agreement or law permits (15 USC 1692f(1)).
        Charge = "charge";
        /// DA: a decreasing adjustment. Never commissioned, on no statement.
        Decrease = "decrease";
        /// DA: the rest of a settlement that was paid.
        WriteOff = "write_off";
        /// What a recomputation moved between buckets or took back (money rule 15).
        Shift = "shift";
        /// DAR: a decrease undone.
        DecreaseReturn = "decrease_return";
        /// DAR: a write-off undone, after a chargeback.
        WriteOffReturn = "write_off_return";
        /// A charge undone.
        ChargeReturn = "charge_return";
    }
}

names! {
    /// What became of a debtor's credit.
    CreditUseKind {
        /// Given back.
        Refund = "refund";
        /// Moved to another debt of the same debtor.
        Move = "move";
    }
}

names! {
    /// Where the use of a credit stands.
    CreditUseState {
        /// The gateway was asked to give it back; the credit is reserved.
        Asked = "asked";
        /// Done, and in the books.
        Done = "done";
        /// Not given back: the credit is the debtor's as before.
        Failed = "failed";
        /// The whole payment was given back after it, and this with it.
        Merged = "merged";
    }
}

impl DebtEntryKind {
    /// The trade's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Interest => "INT",
            Self::Charge => "CHG",
            Self::Decrease | Self::WriteOff => "DA",
            Self::DecreaseReturn | Self::WriteOffReturn => "DAR",
            Self::ChargeReturn => "CHR",
            Self::Shift => "REC",
        }
    }

    /// The type that undoes this one; a shift is undone by another recomputation, interest by none.
    pub fn reversed(self) -> Option<Self> {
        match self {
            Self::Decrease => Some(Self::DecreaseReturn),
            Self::WriteOff => Some(Self::WriteOffReturn),
            Self::Charge => Some(Self::ChargeReturn),
            Self::DecreaseReturn => Some(Self::Decrease),
            Self::WriteOffReturn => Some(Self::WriteOff),
            Self::ChargeReturn => Some(Self::Charge),
            Self::Interest | Self::Shift => None,
        }
    }

    /// The memorandum ledger that stands against the debt.
    pub fn contra(self) -> Ledger {
        match self {
            Self::Interest | Self::Charge | Self::ChargeReturn | Self::Shift => Ledger::DebtAccrued,
            Self::Decrease | Self::WriteOff | Self::DecreaseReturn | Self::WriteOffReturn => {
                Ledger::DebtAdjusted
            }
        }
    }
}

/// Why an entry is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChange {
    /// More is taken from a bucket than it holds.
    #[error("{} holds {holds}; {asked} cannot be taken from it", .bucket.words())]
    OverBucket {
        /// The bucket that would fall below zero.
        bucket: Bucket,
        /// What it holds.
        holds: Money,
        /// What was to be taken.
        asked: Money,
    },
    /// Nothing changes.
    #[error("an entry changes at least one bucket")]
    Nothing,
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// The debt after a signed change; no bucket goes below zero.
pub fn changed(owed: &Buckets, change: &Buckets) -> Result<Buckets, BadChange> {
    let mut after = *owed;
    if Bucket::ALL.iter().all(|bucket| change.get(*bucket).is_zero()) {
        return Err(BadChange::Nothing);
    }
    for bucket in Bucket::ALL {
        let (holds, more) = (owed.get(bucket), change.get(bucket));
        let rest = holds.plus(more)?;
        if rest.is_negative() {
            return Err(BadChange::OverBucket { bucket, holds, asked: more.negated()? });
        }
        after.set(bucket, rest);
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_twice_is_done_again() {
        for kind in DebtEntryKind::ALL {
            if let Some(undone) = kind.reversed() {
                assert_eq!(undone.reversed(), Some(*kind));
                assert_eq!(undone.contra(), kind.contra());
            }
        }
    }

    #[test]
    fn a_bucket_never_goes_below_zero() {
        let of = Money::from_minor;
        let owed = Buckets { principal: of(500), fees: of(100), ..Buckets::default() };
        let change = Buckets { principal: of(-500), fees: of(20), ..Buckets::default() };
        let after = changed(&owed, &change).unwrap();
        assert_eq!((after.principal, after.fees), (Money::ZERO, of(120)));
        let refused = changed(&owed, &Buckets { fees: of(-101), ..Buckets::default() });
        let (bucket, holds, asked) = (Bucket::Fees, of(100), of(101));
        assert_eq!(refused, Err(BadChange::OverBucket { bucket, holds, asked }));
        assert_eq!(changed(&owed, &Buckets::default()), Err(BadChange::Nothing));
    }
}
