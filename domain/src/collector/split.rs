//! Who shares the credit of a payment, and at which rate.

use crate::id::{CreditorId, UserId};
use crate::rate::Rate;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// The most members of a team (domain rule 2.12).
pub const MOST_MEMBERS: usize = 16;

/// One collector's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CollectorShare))]
pub struct Member {
    /// The member of the staff.
    pub collector: UserId,
    /// The part, as decimal text: `"0.5"` is 50 %.
    #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 8, example = "0.5"))]
    pub percent: Rate,
}

/// Among whom the credit of a payment is split.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CollectorSplit))]
pub enum Split {
    /// Equal parts: half and half, thirds.
    Equal(Vec<UserId>),
    /// Parts that total 100 %.
    Percent(Vec<Member>),
    /// A team: up to sixteen members, parts that total 100 % or less. What is left is credited to no one.
    Team(Vec<Member>),
}

/// Why this is no split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotASplit {
    /// Nobody.
    #[error("a split names at least one collector")]
    Nobody,
    /// Too many.
    #[error("a split has {members} members; the most is {MOST_MEMBERS}")]
    TooMany {
        /// Members in the split.
        members: usize,
    },
    /// Somebody twice.
    #[error("collector {0} is in the split twice; give one part")]
    Twice(UserId),
    /// A part of nothing.
    #[error("the part of collector {0} is zero; leave the collector out")]
    Zero(UserId),
    /// A split that is not 100 %, or a team above it.
    #[error("the parts total {percent} %; a split totals 100 %, a team at most 100 %")]
    Total {
        /// The total in percent.
        percent: Decimal,
    },
}

impl NotASplit {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nobody => "split_empty",
            Self::TooMany { .. } => "split_too_many",
            Self::Twice(_) => "split_collector_twice",
            Self::Zero(_) => "split_part_zero",
            Self::Total { .. } => "split_total",
        }
    }
}

impl Split {
    /// Everything to one collector.
    pub fn all_to(collector: UserId) -> Self {
        Self::Equal(vec![collector])
    }

    /// Refuses what is no split.
    ///
    /// # Errors
    /// [`NotASplit`], the first that is wrong.
    pub fn check(&self) -> Result<(), NotASplit> {
        let collectors = self.collectors();
        if collectors.is_empty() {
            return Err(NotASplit::Nobody);
        }
        if collectors.len() > MOST_MEMBERS {
            return Err(NotASplit::TooMany { members: collectors.len() });
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = collectors.into_iter().find(|collector| !seen.insert(*collector)) {
            return Err(NotASplit::Twice(twice));
        }
        let (members, may_be_less) = match self {
            Self::Equal(_) => return Ok(()),
            Self::Percent(members) => (members, false),
            Self::Team(members) => (members, true),
        };
        if let Some(zero) = members.iter().find(|member| member.percent == Rate::ZERO) {
            return Err(NotASplit::Zero(zero.collector));
        }
        let total: Decimal = members.iter().map(|member| member.percent.share()).sum();
        if total > Decimal::ONE || total < Decimal::ONE && !may_be_less {
            let percent = (total * Decimal::ONE_HUNDRED).normalize();
            return Err(NotASplit::Total { percent });
        }
        Ok(())
    }

    /// Who shares, in the order given.
    pub fn collectors(&self) -> Vec<UserId> {
        match self {
            Self::Equal(collectors) => collectors.clone(),
            Self::Percent(members) | Self::Team(members) => {
                members.iter().map(|member| member.collector).collect()
            }
        }
    }

    /// Each collector's part as a fraction: the numerators, and the denominator of all.
    pub(super) fn parts(&self) -> (Vec<(UserId, u128)>, u128) {
        match self {
            Self::Equal(collectors) => (
                collectors.iter().map(|collector| (*collector, 1)).collect(),
                u128::try_from(collectors.len().max(1)).unwrap_or(1),
            ),
            Self::Percent(members) | Self::Team(members) => {
                (members.iter().map(|m| (m.collector, millionths(m.percent))).collect(), MILLION)
            }
        }
    }
}

/// What a rate of six decimals is counted in.
pub(super) const MILLION: u128 = 1_000_000;

/// A rate in millionths: exact, for a rate has at most six decimals.
pub(super) fn millionths(rate: Rate) -> u128 {
    let mut share = rate.share();
    share.rescale(6);
    share.mantissa().unsigned_abs()
}

/// A collector's rate, and those for single creditors.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CollectorRates {
    /// The rate for every creditor without an own one, as decimal text: `"0.6"` is 60 %.
    #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 8, example = "0.6"))]
    pub usual: Rate,
    /// The rates for single creditors; the first that names a creditor counts.
    #[serde(default)]
    pub overrides: Vec<CreditorRate>,
}

/// A collector's rate for one creditor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CollectorCreditorRate))]
pub struct CreditorRate {
    /// The creditor.
    pub creditor: CreditorId,
    /// The rate, as decimal text.
    #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 8, example = "0.5"))]
    pub rate: Rate,
}

impl CollectorRates {
    /// The rate for a creditor.
    pub fn rate_for(&self, creditor: CreditorId) -> Rate {
        self.overrides
            .iter()
            .find(|own| own.creditor == creditor)
            .map_or(self.usual, |own| own.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn user(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    fn members(parts: &[&str]) -> Vec<Member> {
        (1..)
            .zip(parts)
            .map(|(n, part)| Member { collector: user(n), percent: Rate::parse(part).unwrap() })
            .collect()
    }

    #[test]
    fn a_split_totals_a_hundred_and_a_team_at_most_that() {
        assert_eq!(Split::Percent(members(&["0.5", "0.3", "0.2"])).check(), Ok(()));
        assert_eq!(Split::Team(members(&["0.5", "0.3"])).check(), Ok(()));
        assert_eq!(Split::Equal(vec![user(1), user(2), user(3)]).check(), Ok(()));
        let refusal = |split: Split| split.check().unwrap_err().code();
        assert_eq!(
            Split::Percent(members(&["0.5", "0.333333"])).check().unwrap_err().to_string(),
            "the parts total 83.3333 %; a split totals 100 %, a team at most 100 %"
        );
        assert_eq!(refusal(Split::Percent(members(&["0.5", "0.6"]))), "split_total");
        assert_eq!(refusal(Split::Team(members(&["0.5", "0.500001"]))), "split_total");
        assert_eq!(refusal(Split::Team(members(&["0.5", "0"]))), "split_part_zero");
        assert_eq!(refusal(Split::Team(members(&["0.05"; 17]))), "split_too_many");
        assert_eq!(Split::Team(members(&["0.05"; 16])).check(), Ok(()));
        assert_eq!(refusal(Split::Equal(vec![])), "split_empty");
        assert_eq!(refusal(Split::Equal(vec![user(1), user(1)])), "split_collector_twice");
    }

    #[test]
    fn a_creditors_own_rate_overrides_the_usual_one() {
        let (one, two) = (CreditorId(Uuid::from_u128(1)), CreditorId(Uuid::from_u128(2)));
        let rates: CollectorRates = serde_json::from_str(&format!(
            r#"{{"usual": "0.6", "overrides": [{{"creditor": "{two}", "rate": "0.45"}}]}}"#
        ))
        .unwrap();
        assert_eq!(rates.rate_for(one).to_string(), "0.6");
        assert_eq!(rates.rate_for(two).to_string(), "0.45");
    }
}
