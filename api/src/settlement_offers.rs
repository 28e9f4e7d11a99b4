//! `/v1/accounts/{account_id}/settlement-offers` and `/v1/settlement-offers`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::arrangement::Channel;
use domain::plan::{Dates, Frequency};
use domain::settlement::{self, OfferState, Offered};
use domain::{AccountId, ApprovalId, SettlementOfferId};
use serde::{Deserialize, Serialize};
use service::actor::Actor;
use service::settlements::{self, Acceptance, OfferView, Outcome};
use service::{App, books};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::{WireMoney, WireRate};
use crate::page::{Cursors, Limit, Page};
use crate::plans::wire::Installment;
use crate::{Answer, Problem};

/// The operations on settlement offers.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(offer_settlement);
    cfg.service(list_settlement_offers);
    cfg.service(get_settlement_offer);
    cfg.service(accept_settlement_offer);
    cfg.service(withdraw_settlement_offer);
}

/// An offer to settle a debt for less than its balance.
#[derive(Debug, Serialize, ToSchema)]
struct SettlementOffer {
    id: SettlementOfferId,
    account_id: AccountId,
    /// What letters and agents name it by.
    #[schema(max_length = 20)]
    code: String,
    state: OfferState,
    /// The balance that it was made for.
    balance: WireMoney,
    /// What settles it.
    total: WireMoney,
    /// The least that tier and creditor allowed.
    floor: WireMoney,
    #[schema(minimum = 1)]
    most_parts: i32,
    /// Who may accept it for the creditor.
    acceptance: settlement::Acceptance,
    /// The last day on which it may be accepted, where the debtor lives.
    last_day: NaiveDate,
    /// The last second of that day.
    expires_at: DateTime<Utc>,
    channel: Channel,
    offered_at: DateTime<Utc>,
    #[schema(max_length = 200)]
    offered_by: String,
    /// The second person, below the floor.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
    #[schema(required = true)]
    accepted_at: Option<DateTime<Utc>>,
    #[schema(max_length = 200, required = true)]
    accepted_by: Option<String>,
    /// What was paid so far.
    paid: WireMoney,
    #[schema(required = true)]
    ended_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500, required = true)]
    end_reason: Option<String>,
    /// The parts; none until it is accepted.
    #[schema(max_items = 1000)]
    parts: Vec<Installment>,
}

/// A settlement to be offered: a share, an amount, or neither for as little as the tier allows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSettlementOffer {
    /// A share of the balance.
    share: Option<WireRate>,
    /// An amount.
    amount: Option<WireMoney>,
    /// In at most how many parts.
    #[schema(minimum = 1, maximum = 1000)]
    parts: u32,
    channel: Channel,
    /// Below the floor: why a second person should approve it. Without it the offer is refused.
    #[schema(min_length = 1, max_length = 500)]
    ask_approval_because: Option<String>,
}

/// That a second person was asked.
#[derive(Debug, Serialize, ToSchema)]
struct SettlementApprovalAsked {
    approval_id: ApprovalId,
}

/// How an offer is accepted for a debtor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parts": 2, "first_on": "2026-12-05",
    "consent": "Agreed on the recorded line"}))]
struct SettlementAcceptance {
    #[schema(minimum = 1, maximum = 1000)]
    parts: u32,
    /// How often a part is due; each month unless told.
    #[serde(default = "monthly")]
    frequency: Frequency,
    /// The day of the first part; not with `custom`.
    first_on: Option<NaiveDate>,
    /// Every due date, with `custom`.
    #[schema(max_items = 1000)]
    dates: Option<Vec<NaiveDate>>,
    /// How the debtor agreed.
    #[schema(min_length = 1, max_length = 500, example = "Agreed on the recorded line")]
    consent: String,
    /// Who agreed for the creditor and how, where the tier asks for it.
    #[schema(min_length = 1, max_length = 500)]
    creditor_approval: Option<String>,
}

/// Why an offer is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettlementWithdrawal {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListSettlementOffers {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

fn monthly() -> Frequency {
    Frequency::Monthly
}

/// Offer a settlement.
///
/// 422 `below_floor` names the floor; with `ask_approval_because` a second person is asked instead,
/// and the answer is 202.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account."), IdempotencyKey),
    request_body = NewSettlementOffer,
    responses(
        (status = 201, description = "Offered.", body = SettlementOffer,
            headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version."))),
        (status = 202, description = "A second person was asked.", body = SettlementApprovalAsked)),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/accounts/{account_id}/settlement-offers")]
async fn offer_settlement(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    key: IdempotencyKey,
    body: Json<NewSettlementOffer>,
) -> Answer {
    let once = key.once(&caller.0, "offer_settlement", body.canonical());
    let NewSettlementOffer { share, amount, parts, channel, ask_approval_because } = body.value;
    let currency = books::currency(&app, &caller.0).await?;
    let offered = match (share, amount) {
        (None, None) => Offered::Floor,
        (Some(share), None) => Offered::Share(share.rate("/share")?),
        (None, Some(amount)) => Offered::Amount(amount.positive(currency, "/amount")?),
        (Some(_), Some(_)) => {
            let text = "Give share or amount, not both.";
            return Err(Problem::invalid_field("/share", "one_of_two", text));
        }
    };
    let new = settlements::NewOffer {
        account: *account,
        offered,
        currency: Some(currency),
        parts,
        channel,
        ask_because: ask_approval_because,
    };
    let made = settlements::offer(&app, &caller.0, new, &once).await?;
    match made.value {
        Outcome::Offered(id) => created(&app, &caller.0, id, made.replayed).await,
        Outcome::Asked(approval_id) => {
            let mut response = HttpResponse::Accepted();
            mark(&mut response, made.replayed);
            Ok(response.json(SettlementApprovalAsked { approval_id }))
        }
    }
}

/// List the settlement offers of an account.
///
/// Newest first.
#[utoipa::path(
    tag = "Arrangements",
    params(("account_id" = AccountId, Path, description = "Of which account."), ListSettlementOffers),
    responses((status = 200, description = "A page of them.", body = Page<SettlementOffer>)),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/accounts/{account_id}/settlement-offers")]
async fn list_settlement_offers(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    query: web::Query<ListSettlementOffers>,
    req: HttpRequest,
) -> Answer {
    let (cursor, limit) = (query.cursor.as_deref(), query.limit);
    let window = cursors.window::<SettlementOfferId>("settlement_offers", cursor, limit)?;
    let mut rows = settlements::list(&app, &caller.0, *account).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.offer.id < after));
    let part = window.cut(rows);
    Ok(cursors.answer(&req, "settlement_offers", part, |row| row.offer.id, SettlementOffer::from))
}

/// Read a settlement offer.
#[utoipa::path(
    tag = "Arrangements",
    params(("settlement_offer_id" = SettlementOfferId, Path, description = "Which.")),
    responses((status = 200, description = "The offer.", body = SettlementOffer,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("arrangement:read"))),
)]
#[get("/v1/settlement-offers/{settlement_offer_id}")]
async fn get_settlement_offer(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<SettlementOfferId>,
) -> Answer {
    // Always whole: payments mark its parts without a new version.
    let found = settlements::get(&app, &caller.0, *id).await?;
    Ok(etag::changed(found.offer.version, &SettlementOffer::from(found)))
}

/// Accept a settlement offer.
///
/// On the debtor's behalf, once: 409 `offer_not_open` for whoever comes second, 409 `offer_expired`
/// after midnight where the debtor lives. The terms are frozen.
#[utoipa::path(
    tag = "Arrangements",
    params(("settlement_offer_id" = SettlementOfferId, Path, description = "Which."), IdempotencyKey),
    request_body = SettlementAcceptance,
    responses((status = 201, description = "Accepted.", body = SettlementOffer,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/settlement-offers/{settlement_offer_id}/acceptances")]
async fn accept_settlement_offer(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<SettlementOfferId>,
    key: IdempotencyKey,
    body: Json<SettlementAcceptance>,
) -> Answer {
    let once = key.once(&caller.0, "accept_settlement_offer", body.canonical());
    let SettlementAcceptance { parts, frequency, first_on, dates, consent, creditor_approval } =
        body.value;
    let missing = || {
        let text = "Give first_on, or dates with custom.";
        Problem::invalid_field("/first_on", "one_of_two", text)
    };
    let dates = match (first_on, dates) {
        (Some(first), None) => Dates::regular(frequency, first).ok_or_else(missing)?,
        (None, Some(dates)) if frequency == Frequency::Custom => Dates::Custom(dates),
        (None, _) | (Some(_), Some(_)) => return Err(missing()),
    };
    let new = Acceptance { offer: *id, parts, dates, consent, creditor_approval };
    let accepted = settlements::accept(&app, &caller.0, new, &once).await?;
    created(&app, &caller.0, accepted.value, accepted.replayed).await
}

/// Withdraw a settlement offer.
///
/// Or annul one that was accepted and is not paid; what was paid stays paid.
#[utoipa::path(
    tag = "Arrangements",
    params(("settlement_offer_id" = SettlementOfferId, Path, description = "Which."), IfMatch),
    request_body = SettlementWithdrawal,
    responses((status = 200, description = "Withdrawn.", body = SettlementOffer,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("arrangement:write"))),
)]
#[post("/v1/settlement-offers/{settlement_offer_id}/withdrawals")]
async fn withdraw_settlement_offer(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<SettlementOfferId>,
    seen: IfMatch,
    body: Json<SettlementWithdrawal>,
) -> Answer {
    let reason = &body.value.reason;
    settlements::withdraw(&app, &caller.0, *id, Some(seen.0), reason).await?;
    let found = settlements::get(&app, &caller.0, *id).await?;
    Ok(etag::changed(found.offer.version, &SettlementOffer::from(found)))
}

async fn created(app: &App, caller: &Actor, id: SettlementOfferId, replayed: bool) -> Answer {
    let found = settlements::get(app, caller, id).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, replayed);
    response.insert_header((header::LOCATION, format!("/v1/settlement-offers/{id}")));
    response.insert_header((header::ETAG, etag::tag(found.offer.version)));
    Ok(response.json(SettlementOffer::from(found)))
}

impl From<OfferView> for SettlementOffer {
    fn from(it: OfferView) -> Self {
        let paid = it.paid();
        let OfferView { offer, rows, currency } = it;
        let wire = |money| WireMoney::new(money, currency);
        Self {
            id: offer.id,
            account_id: offer.account_id,
            code: offer.code,
            state: offer.state,
            balance: wire(offer.balance),
            total: wire(offer.total),
            floor: wire(offer.floor),
            most_parts: offer.most_parts,
            acceptance: offer.acceptance,
            last_day: offer.last_day,
            expires_at: offer.expires_at,
            channel: offer.channel,
            offered_at: offer.offered_at,
            offered_by: offer.offered_by_name,
            approved_by: offer.approved_by_name,
            accepted_at: offer.accepted_at,
            accepted_by: offer.accepted_by_name,
            paid: wire(paid),
            ended_at: offer.ended_at,
            end_reason: offer.end_reason,
            parts: rows.into_iter().map(|row| Installment::of(row, currency)).collect(),
        }
    }
}
