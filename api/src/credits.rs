//! What debtors paid too much: `/v1/debtors/{debtor_id}/credits`, its refund and its move.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::debt_entry::{CreditUseKind, CreditUseState};
use domain::{AccountId, CreditUseId, DebtorId, PaymentId};
use serde::{Deserialize, Serialize};
use service::App;
use service::approvals::Outcome;
use service::credits::{self, CreditsView, NewMove, NewRefund, RefundBy, UseView};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::approvals::{Approval, asked};
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::{Answer, Problem};

/// The operations on credits.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(get_debtor_credits);
    cfg.service(refund_credit);
    cfg.service(move_credit);
}

/// The credits of a debtor: what was paid too much, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct DebtorCredits {
    debtor_id: DebtorId,
    /// All of it.
    total: WireMoney,
    /// Account by account; those without one are left out.
    #[schema(max_items = 1000)]
    accounts: Vec<AccountCredit>,
    /// What became of credits, newest first.
    #[schema(max_items = 100)]
    uses: Vec<CreditUse>,
}

/// The credit on one account.
#[derive(Debug, Serialize, ToSchema)]
struct AccountCredit {
    account_id: AccountId,
    /// In the books; below zero when it was used and its payment was then returned.
    credit: WireMoney,
    /// Of it: on its way back through the gateway.
    reserved: WireMoney,
    /// Of it: from payments that the bank may still take back; not refunded by check.
    on_hold: WireMoney,
    /// The day on which all of it has cleared.
    #[schema(required = true)]
    available_on: Option<NaiveDate>,
    /// The payments through whose gateway it may go back, and how much of each.
    #[schema(max_items = 1000)]
    through: Vec<RefundablePayment>,
}

/// How much of a payment may go back through the gateway as a credit.
#[derive(Debug, Serialize, ToSchema)]
struct RefundablePayment {
    payment_id: PaymentId,
    refundable: WireMoney,
}

/// What became of a credit.
#[derive(Debug, Serialize, ToSchema)]
struct CreditUse {
    id: CreditUseId,
    /// The account that was overpaid.
    account_id: AccountId,
    kind: CreditUseKind,
    state: CreditUseState,
    amount: WireMoney,
    /// The payment that a move made on the other debt.
    #[schema(required = true)]
    payment_id: Option<PaymentId>,
    /// The payment that it went back through.
    #[schema(required = true)]
    through_payment_id: Option<PaymentId>,
    /// The check's number.
    #[schema(max_length = 100, required = true)]
    reference: Option<String>,
    #[schema(max_length = 500)]
    reason: String,
    /// Since when it stands so.
    at: DateTime<Utc>,
    /// Who asked.
    #[schema(max_length = 200)]
    entered_by: String,
    /// The second person.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
}

/// How a credit goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RefundWay {
    /// By a check from the trust account.
    Check,
    /// Through the gateway, to the card or bank account that overpaid.
    Gateway,
}

/// A credit to be given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditRefund {
    amount: WireMoney,
    by: RefundWay,
    /// With `gateway`: the payment that overpaid.
    payment_id: Option<PaymentId>,
    /// With `check`: the check's number.
    #[schema(max_length = 100, example = "Check 2207")]
    reference: Option<String>,
    /// Kept with the refund and in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Paid more than was owed")]
    reason: String,
}

/// A credit to be moved to another debt of the same debtor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCreditMove {
    amount: WireMoney,
    /// The debt that it pays.
    to_account_id: AccountId,
    /// The debtor chose this debt; a disputed one takes nothing else.
    directed: Option<bool>,
    /// Kept with the move and in the audit trail.
    #[schema(min_length = 1, max_length = 500, example = "Asked for on the telephone")]
    reason: String,
}

/// Read a debtor's credits.
#[utoipa::path(
    tag = "Credits",
    params(("debtor_id" = DebtorId, Path, description = "Whose.")),
    responses((status = 200, description = "The credits.", body = DebtorCredits)),
    extensions(("x-permission" = json!("payment:read"))),
)]
#[get("/v1/debtors/{debtor_id}/credits")]
async fn get_debtor_credits(
    app: web::Data<App>,
    caller: Authenticated,
    debtor: web::Path<DebtorId>,
) -> Answer {
    let found = credits::of_debtor(&app, &caller.0, *debtor).await?;
    Ok(HttpResponse::Ok().json(DebtorCredits::from(found)))
}

/// Give a credit back.
///
/// It takes two people: 202 with the request that waits for the other, unless the agency lets the
/// role act alone. By check only what has cleared and is in the bank; through the gateway up to what
/// its payment was too much.
#[utoipa::path(
    tag = "Credits",
    params(("account_id" = AccountId, Path, description = "The account that was overpaid."), IdempotencyKey),
    request_body = NewCreditRefund,
    responses(
        (status = 201, description = "Given back, or asked of the gateway.", body = CreditUse),
        (status = 202, description = "Waits for a second person.", body = Approval,
            headers(("Location" = String, description = "Where the request is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("payment:reverse"))),
)]
#[post("/v1/accounts/{account_id}/credit-refunds")]
async fn refund_credit(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    key: IdempotencyKey,
    body: Json<NewCreditRefund>,
) -> Answer {
    let once = key.once(&caller.0, "refund_credit", body.canonical());
    let NewCreditRefund { amount, by, payment_id, reference, reason } = body.value;
    let by = match (by, payment_id) {
        (RefundWay::Check, None) => RefundBy::Check { reference },
        (RefundWay::Gateway, Some(payment)) => RefundBy::Gateway { payment },
        (RefundWay::Check, Some(_)) | (RefundWay::Gateway, None) => {
            return Err(Problem::invalid_field(
                "/payment_id",
                "payment_id_misplaced",
                "Name the payment exactly when the money goes back through the gateway.",
            ));
        }
    };
    let currency = amount.currency;
    let amount = amount.positive(currency, "/amount")?;
    let new = NewRefund { account: *account, amount, currency, by, reason };
    let done = credits::refund(&app, &caller.0, new, &once).await?;
    match done.value {
        Outcome::Asked(id) => asked(&app, &caller.0, id, done.replayed).await,
        Outcome::Done(id) => {
            let (used, currency) = credits::get_use(&app, &caller.0, id).await?;
            let mut response = HttpResponse::Created();
            mark(&mut response, done.replayed);
            Ok(response.json(CreditUse::of(used, currency)))
        }
    }
}

/// Move a credit to another debt of the same debtor.
///
/// It becomes a payment there, with commission; the answer is that payment's id. What the bank may
/// still take back stays on hold there.
#[utoipa::path(
    tag = "Credits",
    params(("account_id" = AccountId, Path, description = "The account that was overpaid."), IdempotencyKey),
    request_body = NewCreditMove,
    responses((status = 201, description = "Moved.", body = MovedCredit,
        headers(("Location" = String, description = "Where the payment is.")))),
    extensions(("x-permission" = json!("payment:take"))),
)]
#[post("/v1/accounts/{account_id}/credit-moves")]
async fn move_credit(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    key: IdempotencyKey,
    body: Json<NewCreditMove>,
) -> Answer {
    let once = key.once(&caller.0, "move_credit", body.canonical());
    let NewCreditMove { amount, to_account_id, directed, reason } = body.value;
    let currency = amount.currency;
    let new = NewMove {
        from: *account,
        to: to_account_id,
        amount: amount.positive(currency, "/amount")?,
        currency,
        directed: directed.unwrap_or(false),
        reason,
    };
    let done = credits::move_to(&app, &caller.0, new, &once).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, done.replayed);
    response.insert_header((header::LOCATION, format!("/v1/payments/{}", done.value)));
    Ok(response.json(MovedCredit { payment_id: done.value }))
}

/// The payment that a moved credit made.
#[derive(Debug, Serialize, ToSchema)]
struct MovedCredit {
    payment_id: PaymentId,
}

impl From<CreditsView> for DebtorCredits {
    fn from(it: CreditsView) -> Self {
        let currency = it.currency;
        let wire = |money| WireMoney::new(money, currency);
        let account = |one: credits::AccountCredit| AccountCredit {
            account_id: one.account,
            credit: wire(one.credit),
            reserved: wire(one.reserved),
            on_hold: wire(one.on_hold),
            available_on: one.available_on,
            through: one
                .through
                .into_iter()
                .map(|(payment_id, money)| RefundablePayment {
                    payment_id,
                    refundable: wire(money),
                })
                .collect(),
        };
        Self {
            debtor_id: it.debtor,
            total: wire(it.total),
            accounts: it.accounts.into_iter().map(account).collect(),
            uses: it.uses.into_iter().map(|used| CreditUse::of(used, currency)).collect(),
        }
    }
}

impl CreditUse {
    fn of(it: UseView, currency: domain::Currency) -> Self {
        Self {
            id: it.id,
            account_id: it.account,
            kind: it.kind,
            state: it.state,
            amount: WireMoney::new(it.amount, currency),
            payment_id: it.payment,
            through_payment_id: it.through,
            reference: it.reference,
            reason: it.reason,
            at: it.at,
            entered_by: it.entered_by,
            approved_by: it.approved_by,
        }
    }
}
