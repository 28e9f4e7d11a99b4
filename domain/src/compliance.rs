//! May we take money, may we contact: decided here from the facts of one account, and nowhere else.
//! Sites and API show the [`Decision`]; they derive nothing.
//!
//! All findings are given, never only the first. A prohibition blocks; what is not known or not
//! decided yet needs an answer first and is never green.

mod case;
mod contact;
mod pay;
mod rule;

pub use case::{Case, ContactFacts, InForce};
pub use contact::{Attempt, Medium, Purpose, may_contact};
pub use pay::{Funding, Payer, Paying, may_pay};
pub use rule::Rule;

use crate::account::{AccountStatus, Restriction, standing_on};
use crate::money::Money;
use chrono::{DateTime, Utc};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may be done.
    pub outcome: Outcome,
    /// Every rule that spoke, in the order in which they were asked.
    pub findings: Vec<Finding>,
    /// When what blocks now has ended by itself; none: not by itself, or not known.
    pub next_allowed: Option<DateTime<Utc>>,
    /// What has to be kept to when it is done.
    pub obligations: Vec<Obligation>,
}

/// Whether something may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It may.
    Allowed,
    /// It must not.
    Blocked,
    /// Not before these are answered.
    Needs(Vec<Need>),
}

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What follows.
    pub effect: Effect,
    /// The facts it rests on.
    pub evidence: Vec<Evidence>,
    /// Until when it holds by itself.
    pub until: Option<DateTime<Utc>>,
}

/// What follows from a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It must not be done.
    Prohibit,
    /// Not before this is answered.
    Need(Need),
    /// It may be done; whoever does it should know.
    Warn,
}

/// What a rule rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The status of the account.
    Status(AccountStatus),
    /// A restriction in force.
    Restriction(Restriction),
    /// Owed now, less the payments in flight.
    Payable(Money),
    /// The least that is taken in part.
    Least(Money),
}

names! {
    /// What has to be answered before something may be done.
    Need {
        /// Where the debtor is, and so what time it is there.
        Location = "location", "where the debtor is, and so the time there, is not established";
        /// How many calls and talks there were in seven days.
        Frequency = "frequency", "calls and talks within seven days are not counted yet";
        /// What permits this electronic address.
        ElectronicBasis = "electronic_basis", "no permission for this e-mail address or number is on record";
        /// The times and places the debtor called inconvenient.
        Preference = "preference", "the debtor named inconvenient times or places; look before";
        /// Who speaks for the estate.
        Estate = "estate", "only who represents the estate may be contacted";
        /// A parent or guardian.
        Guardian = "guardian", "only a parent or guardian may be contacted";
        /// The attorney's name and address.
        AttorneyOnly = "attorney_only", "only the attorney may be contacted";
        /// A person of compliance has to look at it.
        Review = "review", "compliance has to look at it before";
        /// The law of the debtor's state.
        StateLaw = "state_law", "the rules of the debtor's state are not checked yet";
    }
}

names! {
    /// What has to be kept to when something is done.
    Obligation {
        /// Nobody asks for the payment; the debtor pays of his own accord.
        DoNotAsk = "do_not_ask";
        /// The text is addressed to the estate.
        AddressEstate = "address_estate";
        /// The debt is reported as disputed wherever it is reported.
        MarkDisputed = "mark_disputed";
        /// The notice of Reg F 1006.18(e).
        StateWho = "state_who";
        /// A simple way to opt out (Reg F 1006.6(e)).
        OptOut = "opt_out";
    }
}

impl Decision {
    /// Draws the conclusion: any prohibition blocks, any open need comes before it is done.
    fn of(findings: Vec<Finding>, obligations: Vec<Obligation>) -> Self {
        let blocking: Vec<&Finding> =
            findings.iter().filter(|one| one.effect == Effect::Prohibit).collect();
        let mut needs = Vec::new();
        for finding in &findings {
            match finding.effect {
                Effect::Need(need) if !needs.contains(&need) => needs.push(need),
                Effect::Need(_) | Effect::Prohibit | Effect::Warn => {}
            }
        }
        let ends: Option<Vec<DateTime<Utc>>> = blocking.iter().map(|one| one.until).collect();
        let next_allowed = ends.and_then(|ends| ends.into_iter().max());
        let outcome = if !blocking.is_empty() {
            Outcome::Blocked
        } else if needs.is_empty() {
            Outcome::Allowed
        } else {
            Outcome::Needs(needs)
        };
        Self { outcome, findings, next_allowed, obligations }
    }

    /// Whether it may be done.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// Whether it must not be done.
    pub fn is_blocked(&self) -> bool {
        self.outcome == Outcome::Blocked
    }

    /// What blocks it.
    pub fn blocking(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|one| one.effect == Effect::Prohibit)
    }
}

impl Outcome {
    /// The name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
            Self::Needs(_) => "needs",
        }
    }
}

impl Finding {
    fn new(rule: Rule, effect: Effect, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        Self { rule, effect, evidence: evidence.into_iter().collect(), until: None }
    }

    /// The restriction it rests on, set as such or entered as the status alone.
    pub fn restriction(&self) -> Option<Restriction> {
        self.evidence.iter().find_map(|one| match one {
            Evidence::Restriction(kind) => Some(*kind),
            Evidence::Status(status) => standing_on(*status, &[]).first().copied(),
            Evidence::Payable(_) | Evidence::Least(_) => None,
        })
    }

    /// The law or rule of the trade behind it.
    pub fn citation(&self) -> &'static str {
        self.rule.citation()
    }
}

#[cfg(test)]
mod tests;
