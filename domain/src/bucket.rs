//! The balance of an account in buckets: principal, interest, fees, court costs, other.

use crate::money::{Money, TooLarge};

/// One part of a balance. Money is allocated to, and commission computed on, a bucket.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(
    feature = "db",
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Bucket {
    /// What was lent, bought or consumed.
    Principal,
    /// Interest.
    Interest,
    /// Late fees, collection fees and the like.
    Fees,
    /// Court costs.
    Costs,
    /// Anything else.
    Other,
}

impl Bucket {
    /// All buckets, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Principal, Self::Interest, Self::Fees, Self::Costs, Self::Other];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Interest => "interest",
            Self::Fees => "fees",
            Self::Costs => "costs",
            Self::Other => "other",
        }
    }

    /// The name in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Principal => "Principal",
            Self::Interest => "Interest",
            Self::Fees => "Fees",
            Self::Costs => "Court costs",
            Self::Other => "Other",
        }
    }
}

/// An amount for each bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Buckets {
    /// Principal.
    pub principal: Money,
    /// Interest.
    pub interest: Money,
    /// Fees.
    pub fees: Money,
    /// Court costs.
    pub costs: Money,
    /// Other.
    pub other: Money,
}

impl Buckets {
    /// The amount of one bucket.
    pub fn get(&self, bucket: Bucket) -> Money {
        match bucket {
            Bucket::Principal => self.principal,
            Bucket::Interest => self.interest,
            Bucket::Fees => self.fees,
            Bucket::Costs => self.costs,
            Bucket::Other => self.other,
        }
    }

    /// Sets the amount of one bucket.
    pub fn set(&mut self, bucket: Bucket, money: Money) {
        match bucket {
            Bucket::Principal => self.principal = money,
            Bucket::Interest => self.interest = money,
            Bucket::Fees => self.fees = money,
            Bucket::Costs => self.costs = money,
            Bucket::Other => self.other = money,
        }
    }

    /// The sum of all buckets.
    pub fn total(&self) -> Result<Money, TooLarge> {
        Money::total(Bucket::ALL.map(|bucket| self.get(bucket)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_one_name_for_programs_and_one_for_people() {
        for bucket in Bucket::ALL {
            assert_eq!(serde_json::to_value(bucket).unwrap(), bucket.name());
        }
        let shown = Bucket::ALL.map(Bucket::words);
        assert_eq!(shown, ["Principal", "Interest", "Fees", "Court costs", "Other"]);
    }
}
