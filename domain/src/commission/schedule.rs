//! What a commission schedule says (domain rule 2.5), as it is stored and as the wire carries it.
//!
//! A schedule is data: whoever changes it saves a new version. The shortest says 30 % on all:
//!
//! ```json
//! {"standard": {"plan": {"by": "flat", "rate": "0.3"}}}
//! ```
//!
//! 35 % up to 1,000.00 collected and 25 % above, half on fees, nothing on court costs, no fee on
//! what the creditor is paid in the first ten days, never more than a quarter of the balance:
//!
//! ```json
//! {
//!   "standard": {
//!     "plan": {"by": "liquidation", "tiers": [
//!       {"over": "0.00", "up_to": "1000.00", "rate": "0.35"},
//!       {"over": "1000.00", "rate": "0.25"}]},
//!     "buckets": [{"bucket": "fees", "rate": "0.5"}, {"bucket": "costs", "rate": "0"}]
//!   },
//!   "free_demand": {"days": 10, "payment_types": ["paid_creditor"]},
//!   "cap": {"share": "0.25"}
//! }
//! ```

use super::decimal;
use crate::bucket::Bucket;
use crate::money::Money;
use crate::rate::Rate;

/// The type of a payment that earns commission. Its return mirrors it, an adjustment and an
/// overpayment never earn any (domain rule 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PaymentType {
    /// PU: paid to the agency.
    #[serde(rename = "paid_agency")]
    Agency,
    /// PC: paid to the creditor directly.
    #[serde(rename = "paid_creditor")]
    Creditor,
    /// PA: paid to a forwarder, an agency or attorney that this one placed the account with.
    #[serde(rename = "paid_forwarder")]
    Forwarder,
}

names! {
    /// The day from which the age of an account is counted, to the payment's effective date.
    AgeFrom {
        /// Placed with the agency.
        Placed = "placed";
        /// The debtor's last charge or purchase.
        LastCharge = "last_charge";
        /// The debtor's last payment to the creditor, before placement.
        LastPaymentToCreditor = "last_payment_to_creditor";
        /// The service was given, or the account opened.
        Service = "service";
        /// The creditor wrote the account off.
        ChargeOff = "charge_off";
        /// The debtor first failed to pay.
        Delinquency = "delinquency";
    }
}

names! {
    /// Which of a schedule's rates apply to an account.
    RateSet {
        /// Neither legal nor placed before.
        Standard = "standard";
        /// An attorney has the account, or there is a judgment.
        Legal = "legal";
        /// Another agency had the account before.
        SecondPlacement = "second_placement";
        /// Two or more agencies had the account before.
        ThirdPlacement = "third_placement";
    }
}

/// A commission schedule: which share the agency keeps of a payment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionSchedule))]
pub struct Schedule {
    /// The rates, unless one of the next three sets applies.
    pub standard: Rates,
    /// The rates once an attorney has the account or there is a judgment; they come before those
    /// of a second or third placement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal: Option<Rates>,
    /// The rates of an account that another agency had before; also of a third placement, unless
    /// that has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_placement: Option<Rates>,
    /// The rates of an account that two or more agencies had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub third_placement: Option<Rates>,
    /// The first days after placement, in which nothing is earned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_demand: Option<FreeDemand>,
    /// The least commission of a payment, but never more than the payment. A payment in free
    /// demand, or one whose rates are all zero, has no minimum.
    #[serde(default, with = "decimal::optional", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, pattern = r"^[0-9]{1,15}\.[0-9]{2}$", example = "25.00")
    )]
    pub minimum: Option<Money>,
    /// The most commission of a payment.
    #[serde(default, with = "decimal::optional", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, pattern = r"^[0-9]{1,15}\.[0-9]{2}$", example = "500.00")
    )]
    pub maximum: Option<Money>,
    /// The most commission of an account, over all its payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
}

/// A plan and what is charged differently. The most particular rate applies: that of the payment
/// type and bucket, that of the bucket, the plan of the payment type, the plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionRates))]
pub struct Rates {
    /// What a bucket is charged that has no rate of its own.
    pub plan: Plan,
    /// Buckets with a rate of their own, such as fees at 50 %, costs that the creditor advanced at
    /// 0 %, costs that the agency advanced at 100 %.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<BucketRate>,
    /// Payment types with a plan of their own, such as direct payments at half the rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payment_types: Vec<PaymentTypeRates>,
}

/// How the rate is found.
///
/// Tiers are written in rising order and meet at the same number; that number belongs to the lower
/// of the two ("up to 365 days", "over 365 days"). The first tier is over zero and holds zero too;
/// the last has no upper bound.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionPlan))]
pub enum Plan {
    /// One rate.
    Flat {
        /// The rate.
        rate: Rate,
    },
    /// By the age of the account on the payment's effective date (money rule 3): one rate for the
    /// whole payment. If the account lacks the date, the lowest rate of the tiers applies.
    Age {
        /// The day from which the age is counted.
        from: AgeFrom,
        /// The tiers, in days.
        tiers: Vec<AgeTier>,
    },
    /// By the placed balance, over all buckets: one rate for the whole payment (money rule 17).
    Balance {
        /// The tiers.
        tiers: Vec<AmountTier>,
    },
    /// By what was collected on the account so far, this payment on top: each slice of the payment
    /// at its own rate (domain rule 2.5, tier crossing).
    Liquidation {
        /// The tiers.
        tiers: Vec<AmountTier>,
    },
    /// By the size of the payment: each slice of the payment at its own rate.
    PaymentSize {
        /// The tiers.
        tiers: Vec<AmountTier>,
    },
}

/// A rate for a range of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionAgeTier))]
pub struct AgeTier {
    /// More days than this; zero in the first tier, which holds day zero too.
    pub over: u32,
    /// Up to and including this many days; missing in the last tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u32>,
    /// The rate.
    pub rate: Rate,
}

/// A rate for a range of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionAmountTier))]
pub struct AmountTier {
    /// More than this, such as "1000.00"; "0.00" in the first tier, which holds zero too.
    #[serde(with = "decimal")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, pattern = r"^[0-9]{1,15}\.[0-9]{2}$", example = "0.00")
    )]
    pub over: Money,
    /// Up to and including this; missing in the last tier.
    #[serde(default, with = "decimal::optional", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, pattern = r"^[0-9]{1,15}\.[0-9]{2}$", example = "1000.00")
    )]
    pub up_to: Option<Money>,
    /// The rate.
    pub rate: Rate,
}

/// A bucket with a rate of its own. What it gets still counts for the position of the slices after
/// it: that is the sum of payments, all buckets (money rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionBucketRate))]
pub struct BucketRate {
    /// The bucket.
    pub bucket: Bucket,
    /// The rate.
    pub rate: Rate,
}

/// A payment type with rates of its own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionPaymentTypeRates))]
pub struct PaymentTypeRates {
    /// The payment type.
    pub payment_type: PaymentType,
    /// The plan instead of the common one.
    pub plan: Plan,
    /// Buckets with a rate of their own on this payment type, before the common ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<BucketRate>,
}

/// The days after placement in which the agency only demands and earns nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionFreeDemand))]
pub struct FreeDemand {
    /// How many days; the day of placement is the first. Placed on 1 March with 10 days, the last
    /// free day is 10 March.
    pub days: u32,
    /// The payment types that are free.
    pub payment_types: Vec<PaymentType>,
}

/// The most commission of an account; of a share and an amount the lower decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CommissionCap))]
pub struct Cap {
    /// A share of the placed balance, over all buckets (money rule 17).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Rate>,
    /// An amount.
    #[serde(default, with = "decimal::optional", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, pattern = r"^[0-9]{1,15}\.[0-9]{2}$", example = "400.00")
    )]
    pub amount: Option<Money>,
}

impl PaymentType {
    /// All three.
    pub const ALL: &'static [Self] = &[Self::Agency, Self::Creditor, Self::Forwarder];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agency => "paid_agency",
            Self::Creditor => "paid_creditor",
            Self::Forwarder => "paid_forwarder",
        }
    }

    /// The trade's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Agency => "PU",
            Self::Creditor => "PC",
            Self::Forwarder => "PA",
        }
    }
}

impl Schedule {
    /// One rate on everything.
    pub fn flat(rate: Rate) -> Self {
        Self {
            standard: Rates {
                plan: Plan::Flat { rate },
                buckets: Vec::new(),
                payment_types: Vec::new(),
            },
            legal: None,
            second_placement: None,
            third_placement: None,
            free_demand: None,
            minimum: None,
            maximum: None,
            cap: None,
        }
    }

    /// The rates of an account: legal before second and third placement, these before standard.
    /// The placement is 1 for the first agency that has the account.
    pub fn rates_for(&self, legal: bool, placement: u32) -> (RateSet, &Rates) {
        let legal = self.legal.as_ref().filter(|_| legal);
        let third = self.third_placement.as_ref().filter(|_| placement >= 3);
        let second = self.second_placement.as_ref().filter(|_| placement >= 2);
        [
            (RateSet::Legal, legal),
            (RateSet::ThirdPlacement, third),
            (RateSet::SecondPlacement, second),
        ]
        .into_iter()
        .find_map(|(set, rates)| rates.map(|rates| (set, rates)))
        .unwrap_or((RateSet::Standard, &self.standard))
    }
}

impl Rates {
    /// The plan of a payment type, and whether it is its own.
    pub fn plan_for(&self, of: PaymentType) -> (&Plan, bool) {
        self.own(of).map_or((&self.plan, false), |own| (&own.plan, true))
    }

    /// The rate that a bucket has of its own for a payment type.
    pub fn bucket_rate(&self, of: PaymentType, bucket: Bucket) -> Option<Rate> {
        let own = self.own(of).map(|own| own.buckets.iter()).into_iter().flatten();
        own.chain(&self.buckets).find(|rate| rate.bucket == bucket).map(|rate| rate.rate)
    }

    fn own(&self, of: PaymentType) -> Option<&PaymentTypeRates> {
        self.payment_types.iter().find(|own| own.payment_type == of)
    }
}
