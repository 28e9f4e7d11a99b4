//! Which level a limit comes from.
//!
//! The nearer the debt, the stronger: account > portfolio > creditor > role > agency > preset. A creditor's
//! rule goes before what a role of the agency's staff may do, and before the agency's default
//! (domain rule 2.10: "client rules override user rules"); a portfolio belongs to a creditor and an
//! account to a portfolio, so each refines the one before, in the order in which commission
//! schedules are found too (domain rule 2.5). Were the agency the strongest, no creditor could have
//! rules of its own. Levels are merged field by field: a level that sets one field does not reset
//! the others, nor is zero "not set" (domain rule 2.10, checklist 33).

use super::{BalanceRange, Field, Limits};
use crate::money::Money;
use crate::plan::Frequency;
use crate::rate::Rate;

names! {
    /// Who set a limit.
    Level {
        /// The product's preset for the role ([`super::for_role`]), until the agency says otherwise.
        Preset = "preset";
        /// The agency, for all its creditors.
        Agency = "agency";
        /// What the agency set for the role of who agrees, or of the supervisor who overrides.
        Role = "role";
        /// The creditor's contract.
        Creditor = "creditor";
        /// The portfolio.
        Portfolio = "portfolio";
        /// The account.
        Account = "account";
    }
}

impl Level {
    fn strength(self) -> u8 {
        match self {
            Self::Preset => 0,
            Self::Agency => 1,
            Self::Role => 2,
            Self::Creditor => 3,
            Self::Portfolio => 4,
            Self::Account => 5,
        }
    }
}

/// Merged limits with the level that each came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What applies.
    pub limits: Limits,
    /// Each field that applies, its value in words, and who set it, in the order of the fields.
    pub explained: Vec<Explained>,
}

/// One limit and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Which limit.
    pub field: Field,
    /// Its value: an amount `25.00`, a share `0.1`, a count, a list.
    pub value: String,
    /// Who set it.
    pub level: Level,
}

impl Merged {
    /// Which level set a limit; none: no level did.
    pub fn level(&self, field: Field) -> Option<Level> {
        self.explained.iter().find(|one| one.field == field).map(|one| one.level)
    }

    /// Those of these limits that apply, with who set them: what is behind a refusal.
    pub fn behind(&self, fields: &[Field]) -> Vec<Explained> {
        self.explained.iter().filter(|one| fields.contains(&one.field)).cloned().collect()
    }
}

/// Merges levels field by field, the strongest first, whatever the order they are given in.
pub fn merge(levels: &[(Level, &Limits)]) -> Merged {
    let mut by_strength: Vec<_> = levels.iter().collect();
    by_strength.sort_by_key(|(level, _)| std::cmp::Reverse(level.strength()));
    let limits =
        by_strength.iter().fold(Limits::default(), |merged, (_, weaker)| merged.over(weaker));
    let stated: Vec<_> =
        by_strength.iter().map(|(level, limits)| (*level, limits.stated())).collect();
    let explained = limits
        .stated()
        .into_iter()
        .filter_map(|(field, value)| {
            stated
                .iter()
                .find(|(_, fields)| fields.iter().any(|(stated, _)| *stated == field))
                .map(|(level, _)| Explained { field, value, level: *level })
        })
        .collect();
    Merged { limits, explained }
}

/// A limit's value as a person reads it in an explanation.
pub(super) trait Worded {
    fn worded(&self) -> String;
}

impl Worded for Money {
    fn worded(&self) -> String {
        self.to_decimal()
    }
}

impl Worded for Rate {
    fn worded(&self) -> String {
        self.to_string()
    }
}

impl Worded for u32 {
    fn worded(&self) -> String {
        self.to_string()
    }
}

impl Worded for Vec<Frequency> {
    fn worded(&self) -> String {
        self.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ")
    }
}

impl Worded for Vec<BalanceRange> {
    fn worded(&self) -> String {
        let one = |range: &BalanceRange| {
            let least = range.min_payment.map(|least| format!("at least {least}"));
            let share = range.min_percent.map(|share| format!("at least {share} of the total"));
            let down = range.min_down_percent.map(|share| format!("{share} down"));
            let most = range.most_installments.map(|most| format!("at most {most} parts"));
            let rules: Vec<_> = [least, share, down, most].into_iter().flatten().collect();
            format!("from {}: {}", range.from, rules.join(", "))
        };
        self.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}
