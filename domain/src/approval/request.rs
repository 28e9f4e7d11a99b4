//! What may be put before a second person, exactly as it was asked for. It is stored in the approval
//! until somebody decides; amounts are whole minor units in its JSON, which is for storage and not for
//! the wire.

use super::Deed;
use crate::arrangement::Channel;
use crate::commission::Schedule;
use crate::payment::{PaymentKind, PaymentMethod};
use crate::{AccountId, Buckets, Currency, DebtEntryId, Money, PaymentId, Rate};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What was asked for, exactly; kept in `approval.request`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", content = "terms", rename_all = "snake_case")]
pub enum Request {
    /// Giving money back to a debtor.
    Refund(Refund),
    /// Changing a debt without money.
    Adjustment(Adjustment),
    /// A settlement below the floor of its tier.
    SettlementBelowFloor(BelowFloor),
    /// A payment with its own commission.
    FeeOverride(FeeOverride),
}

impl Request {
    /// Which deed it is.
    pub fn deed(&self) -> Deed {
        match self {
            Self::Refund(_) => Deed::Refund,
            Self::Adjustment(_) => Deed::Adjustment,
            Self::SettlementBelowFloor(_) => Deed::SettlementBelowFloor,
            Self::FeeOverride(_) => Deed::FeeOverride,
        }
    }
}

/// Money to be given back to a debtor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Refund {
    /// A whole payment, through the gateway that took it.
    Payment {
        /// The payment that goes back.
        payment: PaymentId,
        /// Why, 1 to 500 characters.
        note: String,
    },
    /// Of a credit.
    Credit(CreditRefund),
}

/// How much of a credit goes back, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditRefund {
    /// The account that was overpaid.
    pub account: AccountId,
    /// How much; above zero.
    pub amount: Money,
    /// How it goes back.
    pub by: RefundBy,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// How money goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum RefundBy {
    /// By a check from the trust account.
    Check {
        /// The check's number, where it is known.
        reference: Option<String>,
    },
    /// Through the gateway, to the card or bank account that overpaid.
    Gateway {
        /// The payment that overpaid.
        payment: PaymentId,
    },
}

/// What is to be done to a debt without money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Adjustment {
    /// DA: less is owed.
    Decrease(Terms),
    /// CHG: court costs or a fee that agreement or law permits (15 USC 1692f(1)).
    Charge(Terms),
    /// DAR, CHR, or the reversal of one: an earlier entry undone, once.
    Reversal {
        /// The account.
        account: AccountId,
        /// The entry that is undone.
        entry: DebtEntryId,
        /// Why, 1 to 500 characters.
        reason: String,
    },
}

/// The terms of a decrease or a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The account.
    pub account: AccountId,
    /// How much of each bucket; none below zero.
    pub amounts: Buckets,
    /// The day on which it takes effect; today unless given, never in the future.
    pub effective_on: Option<NaiveDate>,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

impl Adjustment {
    /// The account.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Decrease(terms) | Self::Charge(terms) => terms.account,
            Self::Reversal { account, .. } => *account,
        }
    }

    /// Why, in the words of who asked.
    pub fn reason(&self) -> &str {
        match self {
            Self::Decrease(terms) | Self::Charge(terms) => &terms.reason,
            Self::Reversal { reason, .. } => reason,
        }
    }
}

/// A settlement below the floor of its tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BelowFloor {
    /// The debt.
    pub account: AccountId,
    /// For how much it is settled.
    pub total: Money,
    /// In how many parts.
    pub parts: u32,
    /// Where it was agreed.
    pub channel: Channel,
}

/// A payment with its own commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeOverride {
    /// The debt it pays.
    pub account: AccountId,
    /// Paid to the agency, the creditor or a forwarder.
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// Above zero.
    pub amount: Money,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// Of a PA: what the forwarder kept of it.
    pub forwarder_fee: Option<Money>,
    /// When the debtor paid: fixed when it is asked for, so that the day of the approval does not matter.
    pub effective_on: NaiveDate,
    /// When it went to the bank, where it did.
    pub deposited_on: Option<NaiveDate>,
    /// Check number or whatever else a person wants to find it by.
    pub memo: Option<String>,
    /// The debtor chose this debt (15 USC 1692h).
    #[serde(default)]
    pub directed: bool,
    /// What the agency keeps of it.
    pub commission: OwnCommission,
}

/// The commission of one payment alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum OwnCommission {
    /// This share of what reduces the debt.
    Rate {
        /// The share.
        rate: Rate,
    },
    /// This amount, or all that reduces the debt where that is less.
    Amount {
        /// The amount; not below zero and not above the payment.
        amount: Money,
    },
}

impl OwnCommission {
    /// The schedule that says so. An amount is all of the payment, limited to that maximum.
    pub fn schedule(self) -> Schedule {
        match self {
            Self::Rate { rate } => Schedule::flat(rate),
            Self::Amount { amount } => {
                Schedule { maximum: Some(amount), ..Schedule::flat(Rate::ONE) }
            }
        }
    }
}
