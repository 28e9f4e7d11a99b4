//! Plans on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use domain::arrangement::Channel;
use domain::payment::PaymentMethod;
use domain::plan::{Dates, DownPayment, Frequency, InstallmentState, Parts, PlanKind, PlanState};
use domain::{AccountId, Currency, PaymentId, PlanId, UserId};
use serde::{Deserialize, Serialize};
use service::plans::{self, InstallmentRow, PlanView, Preview};
use utoipa::ToSchema;

use crate::Problem;
use crate::arrangement_rules::ExplainedLimit;
use crate::money::WireMoney;

/// A payment plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    id: PlanId,
    /// The accounts that it pays.
    #[schema(max_items = 1000)]
    account_ids: Vec<AccountId>,
    kind: PlanKind,
    state: PlanState,
    frequency: Frequency,
    /// What it pays in all.
    total: WireMoney,
    /// What was owed on the day of the agreement.
    balance: WireMoney,
    /// What was paid so far.
    paid: WireMoney,
    agreed_on: NaiveDate,
    /// Calendar days after a due date before the plan is broken.
    #[schema(minimum = 0)]
    grace_days: i32,
    channel: Channel,
    #[schema(max_length = 200)]
    made_by: String,
    /// The supervisor under whose limits it was made.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
    made_at: DateTime<Utc>,
    /// The day of its one pause.
    #[schema(required = true)]
    paused_on: Option<NaiveDate>,
    /// Since when its days do not count.
    #[schema(required = true)]
    suspended_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    broken_on: Option<NaiveDate>,
    #[schema(required = true)]
    ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500, required = true)]
    end_reason: Option<String>,
    #[schema(max_items = 1001)]
    installments: Vec<Installment>,
}

/// One installment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Installment {
    /// 0 is the down payment.
    #[schema(minimum = 0)]
    number: i32,
    due_on: NaiveDate,
    amount: WireMoney,
    paid: WireMoney,
    state: InstallmentState,
    /// Since when it is on hold.
    #[schema(required = true)]
    held_at: Option<DateTime<Utc>>,
}

/// What a plan would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanPreview {
    /// Whether it may be made.
    allowed: bool,
    total: WireMoney,
    balance: WireMoney,
    /// The smallest installment that is allowed; the last may be less.
    least: WireMoney,
    /// The most installments that are allowed, the down payment not counted.
    #[schema(required = true, minimum = 0)]
    most: Option<u32>,
    /// Every limit that is not kept.
    #[schema(max_items = 20)]
    refusals: Vec<PreviewRefusal>,
    /// The limits behind the refusals, each with who set it.
    #[schema(max_items = 100)]
    limits: Vec<ExplainedLimit>,
    #[schema(max_items = 1001)]
    installments: Vec<PreviewInstallment>,
}

/// A limit that is not kept.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewRefusal {
    #[schema(max_length = 100)]
    code: String,
    #[schema(max_length = 500)]
    message: String,
}

/// One installment of a preview.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewInstallment {
    /// 0 is the down payment.
    #[schema(minimum = 0)]
    number: u32,
    due_on: NaiveDate,
    amount: WireMoney,
}

/// A plan to be made. Give `amount` or `number`; the other follows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"frequency": "monthly", "first_on": "2026-12-05", "number": 6,
    "channel": "phone", "consent": "Agreed on the recorded line"}))]
pub(crate) struct NewPlan {
    /// Further accounts of the same debtor that it pays too.
    #[serde(default)]
    #[schema(max_items = 200)]
    account_ids: Vec<AccountId>,
    /// What it pays in all; what is owed unless told.
    total: Option<WireMoney>,
    down_payment: Option<NewDownPayment>,
    frequency: Frequency,
    /// The first due date; not with `custom`.
    first_on: Option<NaiveDate>,
    /// Every due date, with `custom`.
    #[schema(max_items = 1000)]
    dates: Option<Vec<NaiveDate>>,
    /// So much each time; the last pays what is left.
    amount: Option<WireMoney>,
    /// So many installments; the last takes the remainder.
    #[schema(minimum = 1, maximum = 1000)]
    number: Option<u32>,
    channel: Channel,
    /// How the debtor agreed.
    #[schema(min_length = 1, max_length = 500, example = "Agreed on the recorded line")]
    consent: String,
    /// The colleague who spoke with the debtor; for a supervisor who takes over under the own limits.
    colleague_id: Option<UserId>,
}

/// What is paid at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDownPayment {
    amount: WireMoney,
    due_on: NaiveDate,
}

/// A change of one installment: `move_days` or `amount`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": 2, "move_days": 5, "reason": "Paid on the 10th"}))]
pub(crate) struct PlanTweak {
    /// Which installment.
    #[schema(minimum = 0, maximum = 1000)]
    pub number: u32,
    /// So many days later, or earlier below zero.
    #[schema(minimum = -366, maximum = 366)]
    pub move_days: Option<i32>,
    /// Another amount; the last installment compensates.
    pub amount: Option<WireMoney>,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// An installment to be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanSkip {
    #[schema(minimum = 0, maximum = 1000)]
    pub number: u32,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A pause for hardship.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanPause {
    #[schema(minimum = 1, maximum = 366)]
    pub days: u32,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Why a plan ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanCancellation {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A payment that came for a plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlanPayment {
    pub amount: WireMoney,
    /// `check`, `cash`, `wire` or `money_order`.
    pub method: PaymentMethod,
    /// When the debtor paid; today unless told.
    pub effective_on: Option<NaiveDate>,
    #[schema(max_length = 500, example = "Check 1042")]
    pub memo: Option<String>,
}

/// The payments that it was divided into, one an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanPayments {
    #[schema(max_items = 1000)]
    pub payment_ids: Vec<PaymentId>,
}

impl NewPlan {
    /// What the service is asked for.
    pub(super) fn wanted(
        self,
        account: AccountId,
        currency: Currency,
    ) -> Result<plans::NewPlan, Problem> {
        let missing = |at: &str, text: &str| Problem::invalid_field(at, "one_of_two", text);
        let dates = match (self.first_on, self.dates) {
            (Some(first), None) => Dates::regular(self.frequency, first)
                .ok_or_else(|| missing("/dates", "Give every date with custom."))?,
            (None, Some(dates)) if self.frequency == Frequency::Custom => Dates::Custom(dates),
            (None, _) | (Some(_), Some(_)) => {
                return Err(missing("/first_on", "Give first_on, or dates with custom."));
            }
        };
        let parts = match (self.amount, self.number) {
            (Some(amount), None) => Parts::Amount(amount.positive(currency, "/amount")?),
            (None, Some(number)) => Parts::Number(number),
            (None, None) | (Some(_), Some(_)) => {
                return Err(missing("/amount", "Give amount or number, one of the two."));
            }
        };
        let down = |down: NewDownPayment| {
            let amount = down.amount.positive(currency, "/down_payment/amount")?;
            Ok::<_, Problem>(DownPayment { amount, due: down.due_on })
        };
        let mut accounts = self.account_ids;
        accounts.insert(0, account);
        Ok(plans::NewPlan {
            accounts,
            total: self.total.map(|total| total.positive(currency, "/total")).transpose()?,
            currency: Some(currency),
            down_payment: self.down_payment.map(down).transpose()?,
            dates,
            parts,
            channel: self.channel,
            consent: self.consent,
            colleague: self.colleague_id,
        })
    }
}

impl Installment {
    /// A row of a schedule.
    pub(crate) fn of(row: InstallmentRow, currency: Currency) -> Self {
        Self {
            number: row.number,
            due_on: row.due_on,
            amount: WireMoney::new(row.amount, currency),
            paid: WireMoney::new(row.paid, currency),
            state: row.state,
            held_at: row.held_at,
        }
    }
}

impl From<PlanView> for Plan {
    fn from(it: PlanView) -> Self {
        let paid = it.paid();
        let PlanView { plan, accounts, rows, currency } = it;
        let wire = |money| WireMoney::new(money, currency);
        Self {
            id: plan.id,
            account_ids: accounts,
            kind: plan.kind,
            state: plan.state,
            frequency: plan.frequency,
            total: wire(plan.total),
            balance: wire(plan.balance),
            paid: wire(paid),
            agreed_on: plan.agreed_on,
            grace_days: plan.grace_days,
            channel: plan.channel,
            made_by: plan.made_by_name,
            approved_by: plan.approved_by_name,
            made_at: plan.made_at,
            paused_on: plan.paused_on,
            suspended_at: plan.suspended_at,
            broken_on: plan.broken_on,
            ended_at: plan.ended_at,
            end_reason: plan.end_reason,
            installments: rows.into_iter().map(|row| Installment::of(row, currency)).collect(),
        }
    }
}

impl From<Preview> for PlanPreview {
    fn from(it: Preview) -> Self {
        let wire = |money| WireMoney::new(money, it.currency);
        Self {
            allowed: it.refusals.is_empty(),
            total: wire(it.total),
            balance: wire(it.balance),
            least: wire(it.least),
            most: it.most,
            refusals: it
                .refusals
                .iter()
                .map(|one| PreviewRefusal { code: one.code().to_owned(), message: one.to_string() })
                .collect(),
            limits: it.behind.into_iter().map(ExplainedLimit::from).collect(),
            installments: it
                .rows
                .iter()
                .map(|row| PreviewInstallment {
                    number: row.number,
                    due_on: row.due,
                    amount: wire(row.amount.money()),
                })
                .collect(),
        }
    }
}
