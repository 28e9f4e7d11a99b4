//! `/v1/payments/{payment_id}/commission`: how a commission came about; and what one would be.

use actix_web::{HttpResponse, get, post, web};
use chrono::NaiveDate;
use domain::commission::{
    Adjustment, AdjustmentRule, AgeFrom, Commission, Level, RateSet, Schedule, Slice, SliceRule,
};
use domain::payment::PaymentKind;
use domain::remittance::CommissionBasis;
use domain::{AccountId, Bucket, Buckets, Currency, Money, PaymentId, ScheduleId};
use serde::{Deserialize, Serialize};
use service::App;
use service::payments::{self, Explained, Trial, Tried};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::{WireMoney, WireRate};

/// The operations on the commission of payments.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(explain_commission);
    cfg.service(simulate_commission);
}

/// How a commission came about, as it was frozen at posting. Of a return every amount is the exact
/// negative of its payment's.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentCommission {
    payment_id: PaymentId,
    kind: PaymentKind,
    /// The day whose terms apply.
    #[schema(required = true)]
    effective_on: Option<NaiveDate>,
    /// Where the schedule came from; the first of payment, account, portfolio, creditor and agency
    /// that has one.
    level: Level,
    /// The version of the schedule; null for a contract's flat rate or a choice of two people.
    #[schema(required = true)]
    schedule_id: Option<ScheduleId>,
    /// Since when that version is effective.
    #[schema(required = true)]
    schedule_effective_on: Option<NaiveDate>,
    /// Who asked for another commission on this payment alone.
    #[schema(max_length = 200, required = true)]
    asked_by: Option<String>,
    /// Who approved it.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
    /// `net`: taken out in trust; `gross`: owed by the creditor.
    #[schema(required = true)]
    basis: Option<CommissionBasis>,
    #[serde(flatten)]
    breakdown: CommissionBreakdown,
}

/// What a payment would earn.
#[derive(Debug, Serialize, ToSchema)]
struct SimulatedCommission {
    effective_on: NaiveDate,
    /// Where the schedule came from; null for one that was sent.
    #[schema(required = true)]
    level: Option<Level>,
    #[schema(required = true)]
    schedule_id: Option<ScheduleId>,
    /// What would be too much and belong to the debtor.
    overpaid: WireMoney,
    #[serde(flatten)]
    breakdown: CommissionBreakdown,
}

/// The breakdown of a commission, slice by slice.
#[derive(Debug, Serialize, ToSchema)]
struct CommissionBreakdown {
    /// Which of the schedule's rates applied.
    rate_set: RateSet,
    /// What reduced the debt: the sum of the slices.
    applied: WireMoney,
    /// The slices, in the order in which they were consumed.
    #[schema(max_items = 10000)]
    slices: Vec<CommissionSlice>,
    /// What changed the sum of the slices, in the order in which it did.
    #[schema(max_items = 10)]
    adjustments: Vec<CommissionAdjustment>,
    /// The commission.
    commission: WireMoney,
    /// The commission over the buckets.
    #[schema(max_items = 5)]
    by_bucket: Vec<BucketCommission>,
    /// The rate of the tax on it.
    #[schema(required = true)]
    tax_rate: Option<WireRate>,
    /// The tax on it; the creditor owes it on top.
    tax: WireMoney,
    /// What a forwarder kept, part of the commission.
    forwarder_fee: WireMoney,
    /// What the agency has of it.
    agency_share: WireMoney,
}

/// A part of a payment in one bucket and one tier.
#[derive(Debug, Serialize, ToSchema)]
struct CommissionSlice {
    bucket: Bucket,
    /// Where it begins: in all that was collected on the account under a plan by liquidation, else
    /// in the payment.
    from: WireMoney,
    to: WireMoney,
    amount: WireMoney,
    rate: WireRate,
    /// Rounded here, half away from zero.
    commission: WireMoney,
    /// Why this rate: `flat`, `bucket`, `age`, `age_unknown`, `balance`, `liquidation` or
    /// `payment_size`.
    #[schema(max_length = 20)]
    by: &'static str,
    /// The day from which the age is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_from: Option<AgeFrom>,
    /// The age in days.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    /// The tier, in days.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_days: Option<u32>,
    /// The tier, in days; absent where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to_days: Option<u32>,
    /// The placed balance.
    #[serde(skip_serializing_if = "Option::is_none")]
    placed: Option<WireMoney>,
    /// The tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<WireMoney>,
    /// The tier; absent where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to: Option<WireMoney>,
}

/// A step that changed the commission.
#[derive(Debug, Serialize, ToSchema)]
struct CommissionAdjustment {
    /// `free_demand`, `minimum`, `maximum` or `cap`.
    #[schema(max_length = 20)]
    rule: &'static str,
    before: WireMoney,
    after: WireMoney,
    /// The minimum, the maximum, or the cap of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<WireMoney>,
    /// Charged on the account before this payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    charged: Option<WireMoney>,
    /// How many days are free.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    /// The day of the payment, the day of placement being day 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<i64>,
}

/// The commission on what one bucket got.
#[derive(Debug, Serialize, ToSchema)]
struct BucketCommission {
    bucket: Bucket,
    commission: WireMoney,
}

/// A payment to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommissionTrial {
    /// `paid_agency`, `paid_creditor` or `paid_forwarder`.
    kind: PaymentKind,
    amount: WireMoney,
    /// When it would be paid; today unless told.
    effective_on: Option<NaiveDate>,
    /// Of a `paid_forwarder`: what the forwarder would keep.
    forwarder_fee: Option<WireMoney>,
    /// The schedule to try; the one in force unless told.
    schedule: Option<Schedule>,
}

/// Explain the commission of a payment.
///
/// Level, version, every slice with its rate, every adjustment, tax and the forwarder's fee, as they
/// were frozen when the payment posted.
#[utoipa::path(
    tag = "Commission",
    params(("payment_id" = PaymentId, Path, description = "Which.")),
    responses((status = 200, description = "The breakdown.", body = PaymentCommission)),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/payments/{payment_id}/commission")]
async fn explain_commission(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PaymentId>,
) -> Answer {
    let found = payments::explain(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(PaymentCommission::from(found)))
}

/// Try what a payment would earn.
///
/// Under the schedule in force, or one that is not saved yet. No row is written.
#[utoipa::path(
    tag = "Commission",
    params(("account_id" = AccountId, Path, description = "On which account.")),
    request_body = CommissionTrial,
    responses((status = 200, description = "The breakdown.", body = SimulatedCommission)),
    extensions(("x-permission" = json!("commission:read"))),
)]
#[post("/v1/accounts/{account_id}/commission/simulate")]
async fn simulate_commission(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    body: Json<CommissionTrial>,
) -> Answer {
    let CommissionTrial { kind, amount, effective_on, forwarder_fee, schedule } = body.value;
    let currency = amount.currency;
    let fee = forwarder_fee.map(|fee| fee.positive(currency, "/forwarder_fee")).transpose()?;
    let trial = Trial {
        account: *account,
        kind,
        amount: amount.positive(currency, "/amount")?,
        currency,
        effective_on,
        forwarder_fee: fee,
        schedule,
    };
    let tried = payments::simulate(&app, &caller.0, trial).await?;
    Ok(HttpResponse::Ok().json(SimulatedCommission::from(tried)))
}

/// How amounts of a breakdown are written: in a currency, as they are or negated.
struct Writing {
    currency: Currency,
    negative: bool,
}

impl Writing {
    fn plain(&self, money: Money) -> WireMoney {
        WireMoney::new(money, self.currency)
    }

    fn signed(&self, money: Money) -> WireMoney {
        let money = if self.negative { money.negated().unwrap_or(money) } else { money };
        WireMoney::new(money, self.currency)
    }

    fn breakdown(&self, of: Commission) -> CommissionBreakdown {
        let applied: Money = of.slices.iter().map(|slice| slice.amount).sum();
        CommissionBreakdown {
            rate_set: of.rate_set,
            applied: self.signed(applied),
            slices: of.slices.into_iter().map(|slice| self.slice(slice)).collect(),
            adjustments: of.adjustments.into_iter().map(|one| self.adjustment(one)).collect(),
            commission: self.signed(of.total),
            by_bucket: self.by_bucket(&of.per_bucket),
            tax_rate: of.tax_rate.map(WireRate::new),
            tax: self.signed(of.tax),
            forwarder_fee: self.signed(of.forwarder_fee),
            agency_share: self.signed(of.agency_share),
        }
    }

    fn by_bucket(&self, buckets: &Buckets) -> Vec<BucketCommission> {
        Bucket::ALL
            .into_iter()
            .filter(|bucket| !buckets.get(*bucket).is_zero())
            .map(|bucket| BucketCommission { bucket, commission: self.signed(buckets.get(bucket)) })
            .collect()
    }

    fn slice(&self, slice: Slice) -> CommissionSlice {
        let mut wire = CommissionSlice {
            bucket: slice.bucket,
            from: self.plain(slice.from),
            to: self.plain(slice.to),
            amount: self.signed(slice.amount),
            rate: WireRate::new(slice.rate),
            commission: self.signed(slice.commission),
            by: "flat",
            age_from: None,
            days: None,
            over_days: None,
            up_to_days: None,
            placed: None,
            over: None,
            up_to: None,
        };
        let mut tier = |by, over: Money, up_to: Option<Money>| {
            wire.by = by;
            wire.over = Some(self.plain(over));
            wire.up_to = up_to.map(|money| self.plain(money));
        };
        match slice.rule {
            SliceRule::Flat => {}
            SliceRule::Bucket => wire.by = "bucket",
            SliceRule::Age { age_from, days, over, up_to } => {
                wire.by = "age";
                wire.age_from = Some(age_from);
                wire.days = Some(days);
                wire.over_days = Some(over);
                wire.up_to_days = up_to;
            }
            SliceRule::AgeUnknown { age_from } => {
                wire.by = "age_unknown";
                wire.age_from = Some(age_from);
            }
            SliceRule::Balance { placed, over, up_to } => {
                tier("balance", over, up_to);
                wire.placed = Some(self.plain(placed));
            }
            SliceRule::Liquidation { over, up_to } => tier("liquidation", over, up_to),
            SliceRule::PaymentSize { over, up_to } => tier("payment_size", over, up_to),
        }
        wire
    }

    fn adjustment(&self, one: Adjustment) -> CommissionAdjustment {
        let mut wire = CommissionAdjustment {
            rule: "minimum",
            before: self.signed(one.before),
            after: self.signed(one.after),
            limit: None,
            charged: None,
            days: None,
            day: None,
        };
        match one.rule {
            AdjustmentRule::FreeDemand { days, day } => {
                wire.rule = "free_demand";
                wire.days = Some(days);
                wire.day = Some(day);
            }
            AdjustmentRule::Minimum { minimum } => wire.limit = Some(self.plain(minimum)),
            AdjustmentRule::Maximum { maximum } => {
                wire.rule = "maximum";
                wire.limit = Some(self.plain(maximum));
            }
            AdjustmentRule::Cap { cap, charged } => {
                wire.rule = "cap";
                wire.limit = Some(self.plain(cap));
                wire.charged = Some(self.plain(charged));
            }
        }
        wire
    }
}

impl From<Explained> for PaymentCommission {
    fn from(it: Explained) -> Self {
        let writing = Writing { currency: it.currency, negative: it.kind.is_return() };
        let (asked_by, approved_by) =
            it.signed_by.map(|signed| (signed.asked_by, signed.approved_by)).unzip();
        Self {
            payment_id: it.payment,
            kind: it.kind,
            effective_on: it.effective_on,
            level: it.level,
            schedule_id: it.schedule.map(|(id, _)| id),
            schedule_effective_on: it.schedule.and_then(|(_, on)| on),
            asked_by,
            approved_by: approved_by.flatten(),
            basis: it.basis,
            breakdown: writing.breakdown(it.breakdown),
        }
    }
}

impl From<Tried> for SimulatedCommission {
    fn from(it: Tried) -> Self {
        let writing = Writing { currency: it.currency, negative: false };
        Self {
            effective_on: it.effective_on,
            level: it.level,
            schedule_id: it.schedule,
            overpaid: writing.plain(it.overpaid),
            breakdown: writing.breakdown(it.breakdown),
        }
    }
}
