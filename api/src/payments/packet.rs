//! `/v1/debtors/{debtor_id}/payments`: one payment for all accounts of a debtor.

use actix_web::{HttpResponse, post, web};
use chrono::NaiveDate;
use domain::payment::PaymentMethod;
use domain::{AccountId, DebtorId, Money, PaymentId};
use serde::{Deserialize, Serialize};
use service::App;
use service::payments::{self, NewPacketPayment, SpreadStrategy};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::{Answer, Problem};

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(preview_packet_payment);
    cfg.service(take_packet_payment);
}

/// How a payment is spread over the accounts of a debtor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PacketStrategy {
    /// The oldest placed first.
    OldestFirst,
    /// The highest interest rate first.
    HighestRateFirst,
    /// In proportion to the balances, cents by largest remainder.
    ProRata,
    /// The amounts in `chosen`.
    Chosen,
}

/// What the debtor chose for one account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChosenAmount {
    account_id: AccountId,
    amount: WireMoney,
}

/// One payment for all accounts of a debtor, paid to the agency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDebtorPayment {
    /// `check`, `cash`, `wire` or `money_order`.
    method: PaymentMethod,
    amount: WireMoney,
    strategy: PacketStrategy,
    /// With `chosen`: what each account gets; the amounts sum to the payment.
    #[serde(default)]
    #[schema(max_items = 100)]
    chosen: Vec<ChosenAmount>,
    /// The debtor said to spread it so. Needed where the accounts are of several creditors
    /// (15 USC 1692h); chosen amounts are the debtor's own direction.
    directed: Option<bool>,
    /// When the debtor paid; today unless told.
    effective_on: Option<NaiveDate>,
    /// When it went to the bank.
    deposited_on: Option<NaiveDate>,
    /// Check number or whatever else finds it.
    #[schema(max_length = 500, example = "Check 1042")]
    memo: Option<String>,
}

/// What a payment for a packet made.
#[derive(Debug, Serialize, ToSchema)]
struct PacketPayment {
    /// What its payments share.
    spread_id: Uuid,
    /// Account by account, in the order in which they were filled.
    #[schema(max_items = 100)]
    payments: Vec<PacketPart>,
    /// What is above all balances: a credit of the debtor on the first account.
    overpaid: WireMoney,
}

/// What one account got.
#[derive(Debug, Serialize, ToSchema)]
struct PacketPart {
    payment_id: PaymentId,
    account_id: AccountId,
    amount: WireMoney,
}

/// How a payment for a packet would be spread.
#[derive(Debug, Serialize, ToSchema)]
struct PacketPreview {
    /// Account by account, in the order in which they would be filled.
    #[schema(max_items = 100)]
    parts: Vec<PreviewPart>,
    /// What is above all balances: it would be a credit of the debtor on the first account.
    overpaid: WireMoney,
}

/// What one account would get.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewPart {
    account_id: AccountId,
    amount: WireMoney,
}

/// Preview one payment for all accounts of a debtor.
///
/// How it would be spread now, or why it would not. Nothing is stored.
#[utoipa::path(
    tag = "Payments",
    params(("debtor_id" = DebtorId, Path, description = "Whose accounts.")),
    request_body = NewDebtorPayment,
    responses((status = 200, description = "How it would be spread.", body = PacketPreview)),
    extensions(("x-permission" = json!("payment:take"))),
)]
#[post("/v1/debtors/{debtor_id}/payment-previews")]
async fn preview_packet_payment(
    app: web::Data<App>,
    caller: Authenticated,
    debtor: web::Path<DebtorId>,
    body: Json<NewDebtorPayment>,
) -> Answer {
    let currency = body.value.amount.currency;
    let new = body.value.wanted(*debtor)?;
    let preview = payments::preview_for_packet(&app, &caller.0, &new).await?;
    let parts = preview.parts.into_iter().map(|(account_id, amount)| PreviewPart {
        account_id,
        amount: WireMoney::new(amount, currency),
    });
    Ok(HttpResponse::Ok().json(PacketPreview {
        parts: parts.collect(),
        overpaid: WireMoney::new(preview.overpaid, currency),
    }))
}

/// Enter one payment for all accounts of a debtor.
///
/// One payment an account is posted, all or none. A disputed account gets nothing, an account that
/// takes no payments stands aside. The debtor's direction is kept on each payment.
#[utoipa::path(
    tag = "Payments",
    params(("debtor_id" = DebtorId, Path, description = "Whose accounts."), IdempotencyKey),
    request_body = NewDebtorPayment,
    responses((status = 201, description = "Posted.", body = PacketPayment)),
    extensions(("x-permission" = json!("payment:take"))),
)]
#[post("/v1/debtors/{debtor_id}/payments")]
async fn take_packet_payment(
    app: web::Data<App>,
    caller: Authenticated,
    debtor: web::Path<DebtorId>,
    key: IdempotencyKey,
    body: Json<NewDebtorPayment>,
) -> Answer {
    let once = key.once(&caller.0, "take_packet_payment", body.canonical());
    let currency = body.value.amount.currency;
    let new = body.value.wanted(*debtor)?;
    let taken = payments::take_for_packet(&app, &caller.0, new, &once).await?;
    let view = taken.value;
    let parts = view.parts.into_iter().map(|part| PacketPart {
        payment_id: part.payment,
        account_id: part.account,
        amount: WireMoney::new(part.amount, currency),
    });
    let answer = PacketPayment {
        spread_id: view.spread,
        payments: parts.collect(),
        overpaid: WireMoney::new(view.overpaid, currency),
    };
    let mut response = HttpResponse::Created();
    mark(&mut response, taken.replayed);
    Ok(response.json(answer))
}

impl NewDebtorPayment {
    fn wanted(self, debtor: DebtorId) -> Result<NewPacketPayment, Problem> {
        let sent = self;
        let currency = sent.amount.currency;
        let chosen = sent
            .chosen
            .iter()
            .enumerate()
            .map(|(at, one)| {
                let money = one.amount.any(currency, &format!("/chosen/{at}/amount"))?;
                Ok((one.account_id, money))
            })
            .collect::<Result<Vec<(AccountId, Money)>, Problem>>()?;
        if sent.strategy != PacketStrategy::Chosen && !chosen.is_empty() {
            return Err(Problem::invalid_field(
                "/chosen",
                "chosen_misplaced",
                "Amounts belong to the strategy chosen.",
            ));
        }
        let strategy = match sent.strategy {
            PacketStrategy::Chosen => SpreadStrategy::Chosen(chosen),
            PacketStrategy::OldestFirst => SpreadStrategy::OldestFirst,
            PacketStrategy::HighestRateFirst => SpreadStrategy::HighestRateFirst,
            PacketStrategy::ProRata => SpreadStrategy::ProRata,
        };
        Ok(NewPacketPayment {
            debtor,
            method: sent.method,
            amount: sent.amount.positive(currency, "/amount")?,
            currency,
            strategy,
            directed: sent.directed.unwrap_or(false),
            effective_on: sent.effective_on,
            deposited_on: sent.deposited_on,
            memo: sent.memo,
        })
    }
}
