//! A packet spread: one payment over the accounts of a debtor (domain rule 2.9, E8).

use super::apportion;
use crate::id::{AccountId, CreditorId};
use crate::money::{Amount, Money, TooLarge};
use crate::rate::Rate;
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One account of the packet and what it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The account.
    pub id: AccountId,
    /// Whose debt it is.
    pub creditor: CreditorId,
    /// When it was placed.
    pub placed_on: NaiveDate,
    /// What is owed; zero or less takes nothing.
    pub balance: Money,
    /// Its interest rate a year; none counts as the lowest.
    pub interest_rate: Option<Rate>,
    /// The debtor disputes it.
    pub disputed: bool,
}

/// How a payment is spread over a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strategy {
    /// The oldest placed first.
    OldestFirst,
    /// The highest interest rate first; ties: the oldest placed (money rule 14).
    HighestRateFirst,
    /// In proportion to the balances, cents by largest remainder.
    ProRata,
    /// The amounts that the debtor named.
    Chosen(Vec<(AccountId, Money)>),
}

impl Strategy {
    /// The name in the database and on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OldestFirst => "oldest_first",
            Self::HighestRateFirst => "highest_rate_first",
            Self::ProRata => "pro_rata",
            Self::Chosen(_) => "chosen",
        }
    }

    /// Reads the name of a strategy that needs no amounts.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::OldestFirst, Self::HighestRateFirst, Self::ProRata]
            .into_iter()
            .find(|strategy| strategy.name() == name)
    }
}

/// What one account gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The account.
    pub id: AccountId,
    /// What it gets; above zero.
    pub amount: Amount,
}

/// A payment spread over a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// The accounts that get something, in the order in which they are filled.
    pub parts: Vec<Part>,
    /// What is above all balances that may take money: it belongs to the debtor.
    pub overpaid: Money,
}

/// Why a payment cannot be spread so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpreadRefusal {
    /// The packet is empty.
    #[error("the packet has no account to pay")]
    NoAccounts,
    /// An account is in the packet twice.
    #[error("account {0} is in the packet twice")]
    AccountTwice(AccountId),
    /// Whatever is still owed is disputed.
    #[error(
        "everything still owed ({disputed}) is disputed; a payment may not be applied to a disputed debt (FDCPA 1692h)"
    )]
    OnlyDisputed {
        /// What is owed on disputed accounts.
        disputed: Money,
    },
    /// The accounts are of several creditors and the debtor has not said who is paid.
    #[error(
        "the accounts belong to {creditors} creditors; record which debts the debtor wants to pay (FDCPA 1692h)"
    )]
    SeveralCreditors {
        /// Creditors among the accounts.
        creditors: usize,
    },
    /// The debtor chose an account that is not in the packet.
    #[error("account {0} is not in the packet")]
    UnknownAccount(AccountId),
    /// The debtor chose an account twice.
    #[error("account {0} is chosen twice; give it one amount")]
    ChosenTwice(AccountId),
    /// The chosen account is disputed.
    #[error("account {0} is disputed; a payment may not be applied to it (FDCPA 1692h)")]
    Disputed(AccountId),
    /// A chosen amount is not above zero.
    #[error("{amount} was chosen for account {id}; choose more than zero")]
    NotPositive {
        /// The account.
        id: AccountId,
        /// What was chosen.
        amount: Money,
    },
    /// A chosen amount is above the balance.
    #[error("{amount} was chosen for account {id}, which owes {balance}")]
    OverBalance {
        /// The account.
        id: AccountId,
        /// What was chosen.
        amount: Money,
        /// What is owed on it.
        balance: Money,
    },
    /// The chosen amounts are not the payment.
    #[error("the chosen amounts sum to {chosen}, the payment is {amount}")]
    NotTheSum {
        /// Their sum.
        chosen: Money,
        /// The payment.
        amount: Money,
    },
    /// The numbers do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

impl SpreadRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAccounts => "packet_empty",
            Self::AccountTwice(_) => "packet_account_twice",
            Self::OnlyDisputed { .. } => "only_disputed",
            Self::SeveralCreditors { .. } => "direction_required",
            Self::UnknownAccount(_) => "not_in_packet",
            Self::ChosenTwice(_) => "chosen_twice",
            Self::Disputed(_) => "account_disputed",
            Self::NotPositive { .. } => "chosen_not_positive",
            Self::OverBalance { .. } => "chosen_over_balance",
            Self::NotTheSum { .. } => "chosen_not_the_sum",
            Self::TooLarge(_) => "amount_too_large",
        }
    }
}

/// Spreads a payment over a packet. Disputed accounts get nothing, whatever the strategy
/// (FDCPA 1692h). Unless the debtor chose the amounts, or his direction of how to spread over
/// creditors is recorded (`directed`), all accounts that may take money are of one creditor.
/// Ties: the oldest placed, then the account id (money rule 14).
///
/// # Errors
/// [`SpreadRefusal`], with the numbers.
pub fn spread(
    amount: Amount,
    accounts: &[Share],
    strategy: &Strategy,
    directed: bool,
) -> Result<Spread, SpreadRefusal> {
    let open = open_accounts(accounts)?;
    let parts = match strategy {
        Strategy::Chosen(chosen) => {
            return Ok(Spread {
                parts: check_choice(amount, accounts, chosen)?,
                overpaid: Money::ZERO,
            });
        }
        Strategy::OldestFirst => fill(amount, &open),
        Strategy::HighestRateFirst => {
            let mut open = open.clone();
            // A stable sort: equal rates stay oldest placed first.
            open.sort_by_key(|share| Reverse(share.interest_rate));
            fill(amount, &open)
        }
        Strategy::ProRata => divide(amount, &open),
    }?;
    let creditors: BTreeSet<CreditorId> = open.iter().map(|share| share.creditor).collect();
    if creditors.len() > 1 && !directed {
        return Err(SpreadRefusal::SeveralCreditors { creditors: creditors.len() });
    }
    let given = Money::total(parts.iter().map(|part| part.amount.money()))?;
    Ok(Spread { parts, overpaid: amount.money().minus(given)? })
}

/// The accounts that may take money, the oldest placed first.
fn open_accounts(accounts: &[Share]) -> Result<Vec<Share>, SpreadRefusal> {
    let mut seen = BTreeSet::new();
    if let Some(again) = accounts.iter().find(|share| !seen.insert(share.id)) {
        return Err(SpreadRefusal::AccountTwice(again.id));
    }
    if accounts.is_empty() {
        return Err(SpreadRefusal::NoAccounts);
    }
    let owing = |share: &&Share| share.balance.is_positive();
    let mut open: Vec<Share> =
        accounts.iter().filter(owing).filter(|share| !share.disputed).copied().collect();
    if open.is_empty() {
        let disputed = Money::total(accounts.iter().filter(owing).map(|share| share.balance))?;
        if disputed.is_positive() || accounts.iter().all(|share| share.disputed) {
            return Err(SpreadRefusal::OnlyDisputed { disputed });
        }
    }
    open.sort_by_key(|share| (share.placed_on, share.id));
    Ok(open)
}

fn fill(amount: Amount, open: &[Share]) -> Result<Vec<Part>, TooLarge> {
    let mut left = amount.money();
    let mut parts = Vec::new();
    for share in open {
        let taken = left.min(share.balance);
        left = left.minus(taken)?;
        parts.extend(Amount::new(taken).map(|amount| Part { id: share.id, amount }));
    }
    Ok(parts)
}

fn divide(amount: Amount, open: &[Share]) -> Result<Vec<Part>, TooLarge> {
    let owed = Money::total(open.iter().map(|share| share.balance))?;
    let weights: Vec<u128> =
        open.iter().map(|share| u128::from(share.balance.minor().unsigned_abs())).collect();
    let shares = apportion(amount.money().min(owed), &weights)?;
    let part = |(share, money): (&Share, Money)| {
        Amount::new(money).ok().map(|amount| Part { id: share.id, amount })
    };
    Ok(open.iter().zip(shares).filter_map(part).collect())
}

fn check_choice(
    amount: Amount,
    accounts: &[Share],
    chosen: &[(AccountId, Money)],
) -> Result<Vec<Part>, SpreadRefusal> {
    let packet: BTreeMap<AccountId, &Share> = accounts.iter().map(|s| (s.id, s)).collect();
    let mut seen = BTreeSet::new();
    let mut parts = Vec::with_capacity(chosen.len());
    for &(id, money) in chosen {
        let share = packet.get(&id).ok_or(SpreadRefusal::UnknownAccount(id))?;
        if !seen.insert(id) {
            return Err(SpreadRefusal::ChosenTwice(id));
        }
        if share.disputed {
            return Err(SpreadRefusal::Disputed(id));
        }
        let part =
            Amount::new(money).map_err(|_| SpreadRefusal::NotPositive { id, amount: money })?;
        if money > share.balance {
            let balance = share.balance;
            return Err(SpreadRefusal::OverBalance { id, amount: money, balance });
        }
        parts.push(Part { id, amount: part });
    }
    let sum = Money::total(chosen.iter().map(|(_, money)| *money))?;
    if sum != amount.money() {
        return Err(SpreadRefusal::NotTheSum { chosen: sum, amount: amount.money() });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests;
