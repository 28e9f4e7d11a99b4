//! Tiers: how low a settlement may go, by balance, days since placement, and product.

use super::Acceptance;
use crate::limits::range::{Span, SpanFault, faults};
use crate::limits::{End, rate_text};
use crate::money::Money;
use crate::rate::Rate;

/// The most tiers of one table: the check compares them with each other.
const MOST_TIERS: usize = 200;

/// Balances from one on, below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoneyRange {
    /// From this balance on, minor units.
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub from: Money,
    /// Below this balance, minor units; none: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub below: Option<Money>,
}

/// Days since placement, from one on, below another: 91 to 180 days is from 91 below 181.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DaysRange {
    /// From this day on.
    pub from: u32,
    /// Below this day; none: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<u32>,
}

/// What a tier allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierTerms {
    /// The least share of the balance.
    #[serde(with = "rate_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub floor: Rate,
    /// The most parts.
    pub most_parts: u32,
    /// An offer may be accepted for so many days, until the end of the last in the debtor's zone.
    pub valid_days: u32,
    /// Who may accept.
    pub acceptance: Acceptance,
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tier {
    /// Only debts of this product; none: every product that has no tiers of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Which balances.
    pub balance: MoneyRange,
    /// Which days since placement.
    pub days: DaysRange,
    /// What is allowed; none: nothing is settled here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<TierTerms>,
}

/// A table of tiers. An empty one settles nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tiers(pub Vec<Tier>);

/// Why a table of tiers cannot be saved. The product is none for the tiers of every product.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TierFault {
    /// Too many tiers.
    #[error("a table has at most {most} tiers, and this one has {given}")]
    TooMany {
        /// The most.
        most: usize,
        /// As given.
        given: usize,
    },
    /// No tier holds these.
    #[error("no tier holds balances from {} to {} at {} to {} days", .balance.from, End(.balance.below), .days.from, End(.days.below))]
    Gap {
        /// The product.
        product: Option<String>,
        /// Which balances.
        balance: MoneyRange,
        /// Which days.
        days: DaysRange,
    },
    /// More than one tier holds these.
    #[error("two tiers hold balances from {} to {} at {} to {} days", .balance.from, End(.balance.below), .days.from, End(.days.below))]
    Overlap {
        /// The product.
        product: Option<String>,
        /// Which balances.
        balance: MoneyRange,
        /// Which days.
        days: DaysRange,
    },
    /// A tier that holds nothing, or starts below zero.
    #[error("the tier of balances from {} to {} at {} to {} days holds nothing", .balance.from, End(.balance.below), .days.from, End(.days.below))]
    Empty {
        /// The product.
        product: Option<String>,
        /// Which balances.
        balance: MoneyRange,
        /// Which days.
        days: DaysRange,
    },
    /// A tier of no parts.
    #[error("a settlement has at least one part; leave the terms out where nothing is settled")]
    NoParts,
    /// A floor of nothing.
    #[error("a floor of 0 would give the debt away; leave the terms out where nothing is settled")]
    NoFloor,
}

impl TierFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "too_many_tiers",
            Self::Gap { .. } => "tier_gap",
            Self::Overlap { .. } => "tier_overlap",
            Self::Empty { .. } => "tier_empty",
            Self::NoParts => "tier_no_parts",
            Self::NoFloor => "tier_no_floor",
        }
    }
}

impl Tiers {
    /// The tier of a debt: of its product where that has tiers of its own, else of every product. A
    /// checked table that is not empty has one for each balance from zero on.
    pub fn find(&self, balance: Money, days_since_placement: u32, product: &str) -> Option<&Tier> {
        let own = self.0.iter().any(|tier| tier.product.as_deref() == Some(product));
        let product = own.then_some(product);
        self.0.iter().find(|tier| {
            tier.product.as_deref() == product
                && balance >= tier.balance.from
                && tier.balance.below.is_none_or(|below| balance < below)
                && days_since_placement >= tier.days.from
                && tier.days.below.is_none_or(|below| days_since_placement < below)
        })
    }

    /// Everything that keeps the table from being saved: for the tiers of every product and for those
    /// of each product, each balance and day must be in exactly one tier.
    pub fn check(&self) -> Result<(), Vec<TierFault>> {
        if self.0.len() > MOST_TIERS {
            return Err(vec![TierFault::TooMany { most: MOST_TIERS, given: self.0.len() }]);
        }
        let mut found = Vec::new();
        for terms in self.0.iter().filter_map(|tier| tier.terms) {
            if terms.most_parts == 0 {
                found.push(TierFault::NoParts);
            }
            if terms.floor == Rate::ZERO {
                found.push(TierFault::NoFloor);
            }
        }
        let mut products: Vec<Option<&str>> =
            self.0.iter().map(|tier| tier.product.as_deref()).collect();
        if !products.is_empty() {
            // A product without tiers of its own must find one too.
            products.push(None);
        }
        products.sort_unstable();
        products.dedup();
        for product in products {
            let tiers: Vec<_> =
                self.0.iter().filter(|tier| tier.product.as_deref() == product).collect();
            found.extend(faults_of(product, &tiers));
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

/// Cuts the balances where any tier begins or ends; within such a band the days must follow each
/// other without gap or overlap.
fn faults_of(product: Option<&str>, tiers: &[&Tier]) -> Vec<TierFault> {
    let named = || product.map(str::to_owned);
    let (sound, empty): (Vec<&Tier>, Vec<&Tier>) = tiers.iter().copied().partition(|tier| {
        !tier.balance.from.is_negative()
            && tier.balance.below.is_none_or(|below| below > tier.balance.from)
            && tier.days.below.is_none_or(|below| below > tier.days.from)
    });
    let mut found: Vec<_> = empty
        .into_iter()
        .map(|tier| TierFault::Empty { product: named(), balance: tier.balance, days: tier.days })
        .collect();
    let mut cuts: Vec<Money> = std::iter::once(Money::ZERO)
        .chain(
            sound.iter().flat_map(|tier| [Some(tier.balance.from), tier.balance.below]).flatten(),
        )
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    for (at, from) in cuts.iter().copied().enumerate() {
        let balance = MoneyRange { from, below: cuts.get(at + 1).copied() };
        let spans: Vec<_> = sound
            .iter()
            .filter(|tier| tier.balance.from <= from)
            .filter(|tier| tier.balance.below.is_none_or(|below| from < below))
            .map(|tier| Span { from: tier.days.from, below: tier.days.below })
            .collect();
        found.extend(faults(&spans).into_iter().map(|fault| {
            let product = named();
            match fault {
                SpanFault::Gap(Span { from, below }) => {
                    TierFault::Gap { product, balance, days: DaysRange { from, below } }
                }
                SpanFault::Overlap(Span { from, below }) => {
                    TierFault::Overlap { product, balance, days: DaysRange { from, below } }
                }
                SpanFault::Empty(Span { from, below }) => {
                    TierFault::Empty { product, balance, days: DaysRange { from, below } }
                }
            }
        }));
    }
    found
}
