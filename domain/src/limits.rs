//! The limits of promises and plans (domain rule 2.10): what an agency, a role, a creditor, a
//! portfolio or an account allows, each field optional, merged field by field.
//!
//! What a settlement may go down to stands in its tiers: [`crate::settlement::Tiers`].

mod check;
mod merge;
pub(crate) mod range;
pub(crate) mod rate_text;
mod role;

pub(crate) use check::End;
pub use check::LimitsFault;
pub use merge::{Explained, Level, Merged, merge};
pub use role::for_role;

use crate::money::{Money, TooLarge};
use crate::plan::Frequency;
use crate::rate::Rate;
use rust_decimal::Decimal;

macro_rules! limits {
    ($($(#[$meta:meta])* $variant:ident, $field:ident: $type:ty = $text:literal;)*) => {
        /// Limits of one level, or merged. A field that is not set says nothing. In storage money
        /// is whole minor units and a percentage is a share as text (`"0.1"` for 10 %).
        #[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct Limits {$(
            $(#[$meta])*
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $field: Option<$type>,
        )*}

        names! {
            /// A field of [`Limits`], to say where its value came from.
            Field {$(
                #[doc = $text]
                $variant = $text;
            )*}
        }

        impl Limits {
            /// These limits, and where they say nothing the weaker ones.
            ///
            /// A minimum that the stronger level sets for every balance also replaces the same
            /// minimum inside the weaker level's balance ranges: else an account's exception would
            /// be undone by the agency's table. Associative and idempotent.
            pub fn over(&self, weaker: &Self) -> Self {
                let mut merged =
                    Self { $($field: self.$field.clone().or_else(|| weaker.$field.clone()),)* };
                if self.plan_balance_ranges.is_none() {
                    for range in merged.plan_balance_ranges.iter_mut().flatten() {
                        range.give_way_to(self);
                    }
                }
                merged
            }

            /// Which fields are set, with their values in words.
            pub fn stated(&self) -> Vec<(Field, String)> {
                [$((Field::$variant, self.$field.as_ref().map(merge::Worded::worded)),)*]
                    .into_iter()
                    .filter_map(|(field, words)| words.map(|words| (field, words)))
                    .collect()
            }
        }
    };
}

limits! {
    /// Least amount of a promise, minor units.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    PromiseMinAmount, promise_min_amount: Money = "promise_min_amount";
    /// Least share of the balance that a promise must be.
    #[serde(with = "rate_text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    PromiseMinPercent, promise_min_percent: Rate = "promise_min_percent";
    /// The first promise is due within so many days.
    PromiseFirstWithinDays, promise_first_within_days: u32 = "promise_first_within_days";
    /// Most promises open at once on an account.
    PromiseMostOpen, promise_most_open: u32 = "promise_most_open";
    /// Least amount of the second and later promises of a series, minor units.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    PromiseMinAdditional, promise_min_additional: Money = "promise_min_additional";
    /// A payment counts from so many calendar days before the due date; 10 when not set.
    PromiseLeadDays, promise_lead_days: u32 = "promise_lead_days";
    /// A payment counts until so many banking days after the due date; 3 when not set.
    PromiseGraceBankingDays, promise_grace_banking_days: u32 = "promise_grace_banking_days";
    /// The share of a promise from which it is partly kept; one half when not set.
    #[serde(with = "rate_text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    PromisePartialPercent, promise_partial_percent: Rate = "promise_partial_percent";
    /// Least amount of an installment, minor units.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    PlanMinPayment, plan_min_payment: Money = "plan_min_payment";
    /// Least share of the plan's total that an installment must be.
    #[serde(with = "rate_text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    PlanMinPercent, plan_min_percent: Rate = "plan_min_percent";
    /// Least share of the plan's total that is paid down.
    #[serde(with = "rate_text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    PlanMinDownPercent, plan_min_down_percent: Rate = "plan_min_down_percent";
    /// Most installments, the down payment not counted.
    PlanMostInstallments, plan_most_installments: u32 = "plan_most_installments";
    /// Most days from the agreement to the last installment.
    PlanMostDays, plan_most_days: u32 = "plan_most_days";
    /// The first payment is due within so many days.
    PlanStartWithinDays, plan_start_within_days: u32 = "plan_start_within_days";
    /// The frequencies that may be chosen; all when not set.
    PlanFrequencies, plan_frequencies: Vec<Frequency> = "plan_frequencies";
    /// Calendar days after a due date before the plan is broken; 10 when not set.
    PlanGraceDays, plan_grace_days: u32 = "plan_grace_days";
    /// Most days that the one pause for hardship may last; 60 when not set.
    PlanMostPauseDays, plan_most_pause_days: u32 = "plan_most_pause_days";
    /// Minimums by the balance on the day of the agreement. A minimum of the range goes before the
    /// same minimum above.
    PlanBalanceRanges, plan_balance_ranges: Vec<BalanceRange> = "plan_balance_ranges";
}

/// Minimums for the balances of one range.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BalanceRange {
    /// From this balance on, minor units.
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub from: Money,
    /// Below this balance, minor units; none: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub below: Option<Money>,
    /// Least amount of an installment, minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>))]
    pub min_payment: Option<Money>,
    /// Least share of the plan's total that an installment must be.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "rate_text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub min_percent: Option<Rate>,
    /// Least share of the plan's total that is paid down.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "rate_text::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub min_down_percent: Option<Rate>,
    /// Most installments, the down payment not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_installments: Option<u32>,
}

impl BalanceRange {
    /// Whether a balance falls into it.
    pub fn holds(&self, balance: Money) -> bool {
        balance >= self.from && self.below.is_none_or(|below| balance < below)
    }

    fn give_way_to(&mut self, stronger: &Limits) {
        if stronger.plan_min_payment.is_some() {
            self.min_payment = None;
        }
        if stronger.plan_min_percent.is_some() {
            self.min_percent = None;
        }
        if stronger.plan_min_down_percent.is_some() {
            self.min_down_percent = None;
        }
        if stronger.plan_most_installments.is_some() {
            self.most_installments = None;
        }
    }
}

/// What a plan must keep to, for one balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanMinimums {
    /// Least amount of an installment; never more than what the plan pays.
    pub payment: Money,
    /// Least down payment; nothing when none is asked for.
    pub down_payment: Money,
    /// Most installments, the down payment not counted.
    pub installments: Option<u32>,
}

impl Limits {
    /// Calendar days before a promise's due date from which a payment counts.
    pub fn lead_days(&self) -> u32 {
        self.promise_lead_days.unwrap_or(10)
    }

    /// Banking days after a promise's due date until which a payment counts (money rule 20).
    pub fn promise_grace(&self) -> u32 {
        self.promise_grace_banking_days.unwrap_or(3)
    }

    /// The share of a promise from which it is partly kept.
    pub fn partial_share(&self) -> Decimal {
        self.promise_partial_percent.map_or_else(|| Decimal::new(5, 1), Rate::share)
    }

    /// Calendar days after an installment's due date before the plan is broken (money rule 20).
    pub fn plan_grace(&self) -> u32 {
        self.plan_grace_days.unwrap_or(10)
    }

    /// Most days of the one pause for hardship.
    pub fn most_pause_days(&self) -> u32 {
        self.plan_most_pause_days.unwrap_or(60)
    }

    /// The least first promise on a balance: the greater of amount and share, and the whole balance
    /// where that is less (domain rule 2.10).
    pub fn least_promise(&self, balance: Money) -> Result<Money, TooLarge> {
        let share = self.promise_min_percent.map_or(Ok(Money::ZERO), |rate| rate.of(balance))?;
        Ok(self.promise_min_amount.unwrap_or(Money::ZERO).max(share).min(balance))
    }

    /// The minimums of a plan that pays `total`, agreed while `balance` is owed.
    pub fn plan_minimums(&self, balance: Money, total: Money) -> Result<PlanMinimums, TooLarge> {
        let range = self.plan_balance_ranges.iter().flatten().find(|range| range.holds(balance));
        let amount = range.and_then(|range| range.min_payment).or(self.plan_min_payment);
        let share = range.and_then(|range| range.min_percent).or(self.plan_min_percent);
        let down = range.and_then(|range| range.min_down_percent).or(self.plan_min_down_percent);
        let most = range.and_then(|range| range.most_installments).or(self.plan_most_installments);
        let share = share.map_or(Ok(Money::ZERO), |rate| rate.of(total))?;
        Ok(PlanMinimums {
            payment: amount.unwrap_or(Money::ZERO).max(share).min(total),
            down_payment: down.map_or(Ok(Money::ZERO), |rate| rate.of(total))?,
            installments: most,
        })
    }

    /// Whether a frequency may be chosen.
    pub fn allows(&self, frequency: Frequency) -> bool {
        self.plan_frequencies.as_ref().is_none_or(|allowed| allowed.contains(&frequency))
    }
}

#[cfg(test)]
mod tests;
