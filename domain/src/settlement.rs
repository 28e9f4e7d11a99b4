//! A settlement: less than the balance, in one or more parts, for the release of the rest (domain
//! rule 2.10, money rules 19 to 21, example E5).

mod accept;
mod finish;
mod offer;
mod tiers;

pub use accept::{AcceptRefusal, Accepted, Consent, accept};
pub use finish::{NotFinished, WriteOff, complete, judge};
pub use offer::{Ask, Offer, OfferRefusal, Offered, expires_at, propose};
pub use tiers::{DaysRange, MoneyRange, Tier, TierFault, TierTerms, Tiers};

use crate::account::AccountStatus;
use crate::plan::status::{close, follow, release};

names! {
    /// Who may accept for the creditor. Each may also accept what those before it may, except that
    /// only the creditor's approval replaces itself.
    Acceptance {
        /// The terms themselves: the debtor accepts on the debtor site.
        Auto = "auto";
        /// A collector.
        Collector = "collector";
        /// A supervisor.
        Supervisor = "supervisor";
        /// The creditor.
        Client = "client";
    }
}

impl Acceptance {
    /// Whether an approval by `by` is enough where this one is needed.
    pub fn is_given_by(self, by: Self) -> bool {
        match self {
            Self::Auto => true,
            Self::Collector => !matches!(by, Self::Auto),
            Self::Supervisor => matches!(by, Self::Supervisor | Self::Client),
            Self::Client => matches!(by, Self::Client),
        }
    }
}

names! {
    /// The states of a settlement offer.
    OfferState {
        /// May be accepted.
        Offered = "offered";
        /// Accepted, not yet paid and available.
        Accepted = "accepted";
        /// Paid and available; the rest is written off.
        Completed = "completed";
        /// Annulled by an event: another offer was accepted, a recall, bankruptcy.
        Void = "void";
        /// Not accepted in time.
        Expired = "expired";
        /// Taken back by the agency or the creditor.
        Withdrawn = "withdrawn";
        /// Accepted and missed beyond grace, or charged back: it binds nobody any more, what was paid
        /// stays paid, and the rest of the full balance is owed.
        Broken = "broken";
    }
}

impl OfferState {
    /// Whether the step is one that an offer may take. An offer is single-use: nothing leads back to
    /// "offered". Only a chargeback leads on from "completed": to "accepted" while the grace of the part
    /// runs, in which it may be made good, else to "broken".
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Offered => {
                matches!(next, Self::Accepted | Self::Expired | Self::Withdrawn | Self::Void)
            }
            Self::Accepted => matches!(next, Self::Completed | Self::Broken | Self::Void),
            Self::Completed => matches!(next, Self::Accepted | Self::Broken),
            Self::Void | Self::Expired | Self::Withdrawn | Self::Broken => false,
        }
    }
}

/// The status an account takes when its settlement comes into a state; none: it keeps its own.
/// After a chargeback the agreement decides; broken is the default (example E5).
pub fn status_after(state: OfferState, current: AccountStatus) -> Option<AccountStatus> {
    match state {
        OfferState::Offered | OfferState::Expired | OfferState::Withdrawn => None,
        OfferState::Accepted => follow(current, AccountStatus::Settlement),
        OfferState::Completed => close(current, AccountStatus::SettledInFull),
        OfferState::Void => release(current, AccountStatus::Settlement),
        OfferState::Broken => follow(current, AccountStatus::Broken),
    }
}

#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod property_tests;
