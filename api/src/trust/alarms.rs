//! `/v1/trust/alarms`: trust lacks money, and operating advances it.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use domain::ledger::Ledger;
use domain::{AdvanceId, CreditorId, Currency, DebtorId, PaymentId, TrustAccountId, TrustAlarmId};
use serde::{Deserialize, Serialize};
use service::App;
use service::advances::{self, Advance};
use service::alarms::{self, Alarm};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on alarms.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_trust_alarms);
    cfg.service(get_trust_alarm);
    cfg.service(advance_trust_alarm);
}

/// Trust lacks money.
#[derive(Debug, Serialize, ToSchema)]
struct TrustAlarm {
    id: TrustAlarmId,
    trust_account_id: TrustAccountId,
    /// Lacking now; zero once it is cleared.
    amount: WireMoney,
    /// The most that was lacking.
    worst: WireMoney,
    /// Whose ledgers are below zero, and by which entry.
    #[schema(max_items = 10000)]
    causes: Vec<TrustAlarmCause>,
    /// Since when.
    opened_at: DateTime<Utc>,
    /// When it last changed.
    seen_at: DateTime<Utc>,
    /// When nothing was lacking any more.
    #[schema(required = true)]
    cleared_at: Option<DateTime<Utc>>,
}

/// A ledger below zero, and the entry that brought it there.
#[derive(Debug, Serialize, ToSchema)]
struct TrustAlarmCause {
    ledger: Ledger,
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    #[schema(required = true)]
    debtor_id: Option<DebtorId>,
    /// What is lacking.
    amount: WireMoney,
    /// What kind of thing made the entry, such as `payment` or `payout`.
    #[schema(max_length = 40)]
    source_type: String,
    /// Which one, by its plain id.
    #[schema(max_length = 36)]
    source_id: String,
    /// What of it, such as `reverse`.
    #[schema(max_length = 40)]
    effect: String,
    /// The payment it belongs to.
    #[schema(required = true)]
    payment_id: Option<PaymentId>,
    posted_at: DateTime<Utc>,
}

/// Money that operating put into trust.
#[derive(Debug, Serialize, ToSchema)]
struct TrustAdvance {
    id: AdvanceId,
    trust_account_id: TrustAccountId,
    #[schema(required = true)]
    alarm_id: Option<TrustAlarmId>,
    amount: WireMoney,
    /// For whom.
    #[schema(max_items = 10000)]
    split: Vec<TrustAdvanceShare>,
}

/// The part of an advance that filled one ledger: a creditor owes the agency as much from now on, the
/// agency's own share is taken from its revenue, a debtor's credit is its loss.
#[derive(Debug, Serialize, ToSchema)]
struct TrustAdvanceShare {
    ledger: Ledger,
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    #[schema(required = true)]
    debtor_id: Option<DebtorId>,
    amount: WireMoney,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListTrustAlarms {
    /// Only those that are not cleared.
    open: Option<bool>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List trust alarms.
///
/// Newest first. An open alarm is a task: operating has to advance the amount at once.
#[utoipa::path(
    tag = "Trust",
    params(ListTrustAlarms),
    responses((status = 200, description = "A page of them.", body = Page<TrustAlarm>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/trust/alarms")]
async fn list_trust_alarms(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListTrustAlarms>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("trust alarms", query.cursor.as_deref(), query.limit)?;
    let part = alarms::list(&app, &caller.0, query.open.unwrap_or(false), window).await?;
    Ok(cursors.answer(&req, "trust alarms", part, |row| row.id, TrustAlarm::from))
}

/// Read a trust alarm.
#[utoipa::path(
    tag = "Trust",
    params(("alarm_id" = TrustAlarmId, Path, description = "Which.")),
    responses((status = 200, description = "The alarm.", body = TrustAlarm)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/trust/alarms/{alarm_id}")]
async fn get_trust_alarm(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<TrustAlarmId>,
) -> Answer {
    let found = alarms::get(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(TrustAlarm::from(found)))
}

/// Advance what trust lacks.
///
/// Books money from operating into trust: for exactly what lacks at this moment, never more. The
/// alarm is cleared by it.
#[utoipa::path(
    tag = "Trust",
    params(("alarm_id" = TrustAlarmId, Path, description = "Which."), IdempotencyKey),
    responses((status = 201, description = "Advanced.", body = TrustAdvance)),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/trust/alarms/{alarm_id}/advance")]
async fn advance_trust_alarm(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<TrustAlarmId>,
    key: IdempotencyKey,
) -> Answer {
    let once = key.once(&caller.0, "advance_trust_alarm", "");
    let currency = alarms::get(&app, &caller.0, *id).await?.currency;
    let made = advances::make(&app, &caller.0, *id, &once).await?;
    let mut response = HttpResponse::Created();
    mark(&mut response, made.replayed);
    Ok(response.json(shown(made.value, currency)))
}

impl From<Alarm> for TrustAlarm {
    fn from(it: Alarm) -> Self {
        let wire = |money| WireMoney::new(money, it.currency);
        Self {
            id: it.id,
            trust_account_id: it.trust_account,
            amount: wire(it.amount),
            worst: wire(it.worst),
            causes: it
                .causes
                .into_iter()
                .map(|cause| TrustAlarmCause {
                    ledger: cause.ledger,
                    creditor_id: cause.creditor,
                    debtor_id: cause.debtor,
                    amount: wire(cause.amount),
                    source_type: cause.source_type,
                    source_id: cause.source_id.to_string(),
                    effect: cause.effect,
                    payment_id: cause.payment,
                    posted_at: cause.posted_at,
                })
                .collect(),
            opened_at: it.opened_at,
            seen_at: it.seen_at,
            cleared_at: it.cleared_at,
        }
    }
}

fn shown(it: Advance, currency: Currency) -> TrustAdvance {
    let wire = |money| WireMoney::new(money, currency);
    TrustAdvance {
        id: it.id,
        trust_account_id: it.trust_account,
        alarm_id: it.alarm,
        amount: wire(it.amount),
        split: it
            .split
            .into_iter()
            .map(|share| TrustAdvanceShare {
                ledger: share.ledger,
                creditor_id: share.creditor,
                debtor_id: share.debtor,
                amount: wire(share.amount),
            })
            .collect(),
    }
}
