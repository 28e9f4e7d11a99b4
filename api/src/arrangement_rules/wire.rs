//! Limits and tiers on the wire: money is decimal text with its currency, never a number.

use domain::plan::Frequency;
use domain::settlement::{self, Acceptance};
use domain::{Currency, Money, limits};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Problem;
use crate::money::{WireMoney, WireRate};

/// Limits of one level; what is left out says nothing there.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    /// Least amount of a promise.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise_min_amount: Option<WireMoney>,
    /// Least share of the balance of a promise; the greater of the two counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise_min_percent: Option<WireRate>,
    /// The first promise is due within so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 3660)]
    promise_first_within_days: Option<u32>,
    /// Most promises open at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 250)]
    promise_most_open: Option<u32>,
    /// Least amount of the second and later promises.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise_min_additional: Option<WireMoney>,
    /// A payment counts from so many calendar days before the due date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 366)]
    promise_lead_days: Option<u32>,
    /// A payment counts until so many banking days after the due date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 60)]
    promise_grace_banking_days: Option<u32>,
    /// The share from which a promise is kept in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    promise_partial_percent: Option<WireRate>,
    /// Least amount of an installment.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_min_payment: Option<WireMoney>,
    /// Least share of the plan's total that an installment must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_min_percent: Option<WireRate>,
    /// Least share of the plan's total that is paid down.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_min_down_percent: Option<WireRate>,
    /// Most installments, the down payment not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1000)]
    plan_most_installments: Option<u32>,
    /// Most days from the agreement to the last installment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 36600)]
    plan_most_days: Option<u32>,
    /// The first payment is due within so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 3660)]
    plan_start_within_days: Option<u32>,
    /// The frequencies that may be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 5)]
    plan_frequencies: Option<Vec<Frequency>>,
    /// Calendar days after a due date before the plan is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 366)]
    plan_grace_days: Option<u32>,
    /// Most days of the one pause for hardship.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 366)]
    plan_most_pause_days: Option<u32>,
    /// Minimums by the balance on the day of the agreement; without gap or overlap.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    plan_balance_ranges: Option<Vec<BalanceRange>>,
}

/// Minimums for the balances of one range.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanBalanceRange)]
pub(super) struct BalanceRange {
    /// From this balance on; "0.00" for the first.
    #[schema(max_length = 19, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "0.00")]
    from: String,
    /// Below this balance; left out: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<WireMoney>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_payment: Option<WireMoney>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_percent: Option<WireRate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_down_percent: Option<WireRate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 1000)]
    most_installments: Option<u32>,
}

/// One tier of settlements.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettlementTier)]
pub(super) struct Tier {
    /// Only debts of this product; left out: every product that has no tiers of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    product: Option<String>,
    /// From this balance on.
    #[schema(max_length = 19, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "0.00")]
    balance_from: String,
    /// Below this balance; left out: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance_below: Option<WireMoney>,
    /// From this many days since placement on.
    #[schema(maximum = 36600)]
    days_from: u32,
    /// Below this many days: 91 to 180 days is from 91 below 181; left out: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 36600)]
    days_below: Option<u32>,
    /// What is allowed; left out: nothing is settled here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<TierTerms>,
}

/// What a tier allows.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettlementTierTerms)]
pub(super) struct TierTerms {
    /// The least share of the balance.
    floor: WireRate,
    #[schema(minimum = 1, maximum = 1000)]
    most_parts: u32,
    /// An offer may be accepted for so many days.
    #[schema(maximum = 3660)]
    valid_days: u32,
    acceptance: Acceptance,
}

/// An amount that may be zero.
fn amount(money: &WireMoney, currency: Currency, at: &str) -> Result<Money, Problem> {
    money.any(currency, at)
}

fn plain(text: &str, currency: Currency, at: &str) -> Result<Money, Problem> {
    Money::parse(text, currency)
        .map_err(|err| Problem::invalid_field(at.to_owned(), "not_money", err.to_string()))
}

impl Limits {
    /// As the rules know them.
    pub(super) fn read(self, currency: Currency) -> Result<limits::Limits, Problem> {
        let money = |money: Option<WireMoney>, at: &str| {
            let at = format!("/limits/{at}");
            money.map(|money| amount(&money, currency, &at)).transpose()
        };
        let rate = |rate: Option<WireRate>, at: &str| {
            rate.map(|rate| rate.rate(&format!("/limits/{at}"))).transpose()
        };
        let ranges = self.plan_balance_ranges.map(|ranges| {
            ranges.into_iter().map(|range| range.read(currency)).collect::<Result<Vec<_>, _>>()
        });
        Ok(limits::Limits {
            promise_min_amount: money(self.promise_min_amount, "promise_min_amount")?,
            promise_min_percent: rate(self.promise_min_percent, "promise_min_percent")?,
            promise_first_within_days: self.promise_first_within_days,
            promise_most_open: self.promise_most_open,
            promise_min_additional: money(self.promise_min_additional, "promise_min_additional")?,
            promise_lead_days: self.promise_lead_days,
            promise_grace_banking_days: self.promise_grace_banking_days,
            promise_partial_percent: rate(self.promise_partial_percent, "promise_partial_percent")?,
            plan_min_payment: money(self.plan_min_payment, "plan_min_payment")?,
            plan_min_percent: rate(self.plan_min_percent, "plan_min_percent")?,
            plan_min_down_percent: rate(self.plan_min_down_percent, "plan_min_down_percent")?,
            plan_most_installments: self.plan_most_installments,
            plan_most_days: self.plan_most_days,
            plan_start_within_days: self.plan_start_within_days,
            plan_frequencies: self.plan_frequencies,
            plan_grace_days: self.plan_grace_days,
            plan_most_pause_days: self.plan_most_pause_days,
            plan_balance_ranges: ranges.transpose()?,
        })
    }

    /// As they are written.
    pub(super) fn of(it: limits::Limits, currency: Currency) -> Self {
        let money = |money: Option<Money>| money.map(|money| WireMoney::new(money, currency));
        let ranges = |ranges: Vec<limits::BalanceRange>| {
            ranges.into_iter().map(|range| BalanceRange::of(range, currency)).collect()
        };
        Self {
            promise_min_amount: money(it.promise_min_amount),
            promise_min_percent: it.promise_min_percent.map(WireRate::new),
            promise_first_within_days: it.promise_first_within_days,
            promise_most_open: it.promise_most_open,
            promise_min_additional: money(it.promise_min_additional),
            promise_lead_days: it.promise_lead_days,
            promise_grace_banking_days: it.promise_grace_banking_days,
            promise_partial_percent: it.promise_partial_percent.map(WireRate::new),
            plan_min_payment: money(it.plan_min_payment),
            plan_min_percent: it.plan_min_percent.map(WireRate::new),
            plan_min_down_percent: it.plan_min_down_percent.map(WireRate::new),
            plan_most_installments: it.plan_most_installments,
            plan_most_days: it.plan_most_days,
            plan_start_within_days: it.plan_start_within_days,
            plan_frequencies: it.plan_frequencies,
            plan_grace_days: it.plan_grace_days,
            plan_most_pause_days: it.plan_most_pause_days,
            plan_balance_ranges: it.plan_balance_ranges.map(ranges),
        }
    }
}

impl BalanceRange {
    fn read(self, currency: Currency) -> Result<limits::BalanceRange, Problem> {
        let at = "/limits/plan_balance_ranges";
        let rate = |rate: Option<WireRate>| rate.map(|rate| rate.rate(at)).transpose();
        Ok(limits::BalanceRange {
            from: plain(&self.from, currency, at)?,
            below: self.below.map(|below| amount(&below, currency, at)).transpose()?,
            min_payment: self.min_payment.map(|least| amount(&least, currency, at)).transpose()?,
            min_percent: rate(self.min_percent)?,
            min_down_percent: rate(self.min_down_percent)?,
            most_installments: self.most_installments,
        })
    }

    fn of(it: limits::BalanceRange, currency: Currency) -> Self {
        Self {
            from: it.from.to_decimal(),
            below: it.below.map(|below| WireMoney::new(below, currency)),
            min_payment: it.min_payment.map(|least| WireMoney::new(least, currency)),
            min_percent: it.min_percent.map(WireRate::new),
            min_down_percent: it.min_down_percent.map(WireRate::new),
            most_installments: it.most_installments,
        }
    }
}

/// A table as the rules know it.
pub(super) fn tiers(tiers: Vec<Tier>, currency: Currency) -> Result<settlement::Tiers, Problem> {
    let tiers: Result<Vec<_>, Problem> = tiers
        .into_iter()
        .enumerate()
        .map(|(at, tier)| {
            let at = |name: &str| format!("/tiers/{at}/{name}");
            let below = tier.balance_below.map(|b| amount(&b, currency, &at("balance_below")));
            let terms = tier.terms.map(|terms| {
                Ok::<_, Problem>(settlement::TierTerms {
                    floor: terms.floor.rate(&at("terms/floor"))?,
                    most_parts: terms.most_parts,
                    valid_days: terms.valid_days,
                    acceptance: terms.acceptance,
                })
            });
            Ok(settlement::Tier {
                product: tier.product,
                balance: settlement::MoneyRange {
                    from: plain(&tier.balance_from, currency, &at("balance_from"))?,
                    below: below.transpose()?,
                },
                days: settlement::DaysRange { from: tier.days_from, below: tier.days_below },
                terms: terms.transpose()?,
            })
        })
        .collect();
    Ok(settlement::Tiers(tiers?))
}

impl Tier {
    /// As it is written.
    pub(super) fn of(it: settlement::Tier, currency: Currency) -> Self {
        Self {
            product: it.product,
            balance_from: it.balance.from.to_decimal(),
            balance_below: it.balance.below.map(|below| WireMoney::new(below, currency)),
            days_from: it.days.from,
            days_below: it.days.below,
            terms: it.terms.map(|terms| TierTerms {
                floor: WireRate::new(terms.floor),
                most_parts: terms.most_parts,
                valid_days: terms.valid_days,
                acceptance: terms.acceptance,
            }),
        }
    }
}
