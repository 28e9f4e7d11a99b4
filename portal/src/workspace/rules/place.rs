//! At which level a rule stands, as an address names it and a person reads it.

use domain::limits::Level;
use domain::{AccountId, CreditorId, PortfolioId, StaffRole};
use serde::Deserialize;
use service::arrangement_rules::{LimitVersion, Place, TierVersion};
use service::creditors::Creditor;
use std::collections::HashMap;

/// A level, and of whom: `level=creditor&of=cred_…`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    pub level: String,
    pub of: String,
}

impl Chosen {
    /// From the fields of a form.
    pub fn typed(typed: &HashMap<String, String>) -> Self {
        let one = |name| typed.get(name).cloned().unwrap_or_default();
        Self { level: one("level"), of: one("of") }
    }

    /// The place; none: there is no such.
    pub fn place(&self) -> Option<Place> {
        let of = self.of.as_str();
        match Level::parse(&self.level)? {
            Level::Agency => Some(Place::Agency),
            Level::Role => {
                StaffRole::ALL.iter().copied().find(|role| role.name() == of).map(Place::Role)
            }
            Level::Creditor => of.parse::<CreditorId>().ok().map(Place::Creditor),
            Level::Portfolio => of.parse::<PortfolioId>().ok().map(Place::Portfolio),
            Level::Account => of.parse::<AccountId>().ok().map(Place::Account),
            Level::Preset => None,
        }
    }

    /// The address of a place.
    pub fn of(place: Place) -> Self {
        let (level, of) = match place {
            Place::Agency => (Level::Agency, String::new()),
            Place::Role(role) => (Level::Role, role.name().to_owned()),
            Place::Creditor(id) => (Level::Creditor, id.to_string()),
            Place::Portfolio(id) => (Level::Portfolio, id.to_string()),
            Place::Account(id) => (Level::Account, id.to_string()),
        };
        Self { level: level.name().to_owned(), of }
    }
}

/// Where a version of limits stands.
pub(super) fn of_limits(row: &LimitVersion) -> Place {
    row.role.map_or_else(|| of_ids(row.creditor_id, row.portfolio_id, row.account_id), Place::Role)
}

/// Where a version of tiers stands.
pub(super) fn of_tiers(row: &TierVersion) -> Place {
    of_ids(row.creditor_id, row.portfolio_id, row.account_id)
}

fn of_ids(
    creditor: Option<CreditorId>,
    portfolio: Option<PortfolioId>,
    account: Option<AccountId>,
) -> Place {
    let nearest = account.map(Place::Account).or(portfolio.map(Place::Portfolio));
    nearest.or(creditor.map(Place::Creditor)).unwrap_or(Place::Agency)
}

/// A place in words.
pub(super) fn name_of(place: Place, creditors: &[Creditor]) -> String {
    match place {
        Place::Agency => "The agency".to_owned(),
        Place::Role(role) => format!("Role {}", role.name()),
        Place::Creditor(id) => creditors
            .iter()
            .find(|creditor| creditor.id == id)
            .map_or_else(|| format!("Creditor {id}"), |found| found.name.clone()),
        Place::Portfolio(id) => format!("Portfolio {id}"),
        Place::Account(id) => format!("Account {id}"),
    }
}
