//! `/v1/accounts/{account_id}/adjustments`: what changes a debt without money.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::debt_entry::DebtEntryKind;
use domain::{AccountId, Bucket, Buckets, Currency, DebtEntryId, Money};
use serde::{Deserialize, Serialize};
use service::App;
use service::adjustments::{self, Adjustment, EntryView, Terms};
use service::approvals::Outcome;
use service::once::Answer as Once;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::accounts::wire::{WireBuckets, buckets};
use crate::approvals::{Approval, asked};
use crate::auth::Authenticated;
use crate::body::Json;
use crate::idempotency::{IdempotencyKey, mark};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

/// The operations on adjustments.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_adjustment);
    cfg.service(list_adjustments);
    cfg.service(reverse_adjustment);
}

/// An entry that changed a debt without money.
#[derive(Debug, Serialize, ToSchema)]
struct DebtEntry {
    id: DebtEntryId,
    account_id: AccountId,
    kind: DebtEntryKind,
    /// The change of what is owed, by bucket; below zero: less is owed.
    change: WireBuckets,
    effective_on: NaiveDate,
    entered_at: DateTime<Utc>,
    #[schema(max_length = 500)]
    reason: String,
    /// The entry that this one undoes.
    #[schema(required = true)]
    reverses_id: Option<DebtEntryId>,
    /// The entry that undid this one.
    #[schema(required = true)]
    reversed_by_id: Option<DebtEntryId>,
    /// Who asked; null to a creditor's user.
    #[schema(max_length = 200, required = true)]
    entered_by: Option<String>,
    /// The second person, where it took one.
    #[schema(max_length = 200, required = true)]
    approved_by: Option<String>,
}

/// What is to be done to the debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AdjustmentKind {
    /// Less is owed.
    Decrease,
    /// Court costs or a fee that agreement or law permits (15 USC 1692f(1)).
    Charge,
}

/// A change of a debt without money.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAdjustment {
    kind: AdjustmentKind,
    amounts: NewBuckets,
    /// The day on which it takes effect; today unless told.
    effective_on: Option<NaiveDate>,
    /// Kept with the entry and in the audit trail; the creditor reads it.
    #[schema(min_length = 1, max_length = 500, example = "Duplicate fee of the creditor")]
    reason: String,
}

/// Amounts by bucket; what is left out is zero. Fees, costs and other can be charged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct NewBuckets {
    principal: Option<WireMoney>,
    interest: Option<WireMoney>,
    fees: Option<WireMoney>,
    /// Court costs.
    costs: Option<WireMoney>,
    other: Option<WireMoney>,
}

/// Why an entry is undone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAdjustmentReversal {
    #[schema(min_length = 1, max_length = 500, example = "Entered on the wrong account")]
    reason: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListAdjustments {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Lower or charge a debt without money.
///
/// Earns no commission and is on no statement. Within the caller's own limit it is done at once;
/// above it, and for a program always, it waits for another person: 202 with the request.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which."), IdempotencyKey),
    request_body = NewAdjustment,
    responses(
        (status = 201, description = "Done.", body = DebtEntry),
        (status = 202, description = "Waits for a second person.", body = Approval,
            headers(("Location" = String, description = "Where the request is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("adjustment:write"))),
)]
#[post("/v1/accounts/{account_id}/adjustments")]
async fn create_adjustment(
    app: web::Data<App>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    key: IdempotencyKey,
    body: Json<NewAdjustment>,
) -> Answer {
    let once = key.once(&caller.0, "create_adjustment", body.canonical());
    let currency = service::books::currency(&app, &caller.0).await?;
    let NewAdjustment { kind, amounts, effective_on, reason } = body.value;
    let amounts = amounts.read(currency)?;
    let terms = Terms { account: *account, amounts, effective_on, reason };
    let adjustment = match kind {
        AdjustmentKind::Decrease => Adjustment::Decrease(terms),
        AdjustmentKind::Charge => Adjustment::Charge(terms),
    };
    let done = adjustments::enter(&app, &caller.0, adjustment, &once).await?;
    answer(&app, &caller, *account, done).await
}

/// Undo an adjustment.
///
/// Each entry once; what undid it can be undone in its turn. Interest and write-offs are not undone
/// by hand.
#[utoipa::path(
    tag = "Accounts",
    params(
        ("account_id" = AccountId, Path, description = "Of which account."),
        ("debt_entry_id" = DebtEntryId, Path, description = "Which."),
        IdempotencyKey),
    request_body = NewAdjustmentReversal,
    responses(
        (status = 201, description = "Undone; the entry that did it.", body = DebtEntry),
        (status = 202, description = "Waits for a second person.", body = Approval,
            headers(("Location" = String, description = "Where the request is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("adjustment:write"))),
)]
#[post("/v1/accounts/{account_id}/adjustments/{debt_entry_id}/reversals")]
async fn reverse_adjustment(
    app: web::Data<App>,
    caller: Authenticated,
    path: web::Path<(AccountId, DebtEntryId)>,
    key: IdempotencyKey,
    body: Json<NewAdjustmentReversal>,
) -> Answer {
    let once = key.once(&caller.0, "reverse_adjustment", body.canonical());
    let (account, entry) = path.into_inner();
    let undo = Adjustment::Reversal { account, entry, reason: body.value.reason };
    let done = adjustments::enter(&app, &caller.0, undo, &once).await?;
    answer(&app, &caller, account, done).await
}

/// List what changed a debt without money.
///
/// Newest first, interest and write-offs included.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account."), ListAdjustments),
    responses((status = 200, description = "A page of them.", body = Page<DebtEntry>)),
    extensions(("x-permission" = json!("account:read"))),
)]
#[get("/v1/accounts/{account_id}/adjustments")]
async fn list_adjustments(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    account: web::Path<AccountId>,
    query: web::Query<ListAdjustments>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("adjustments", query.cursor.as_deref(), query.limit)?;
    let part = adjustments::list(&app, &caller.0, *account, window).await?;
    Ok(cursors.answer(&req, "adjustments", part, |row| row.id, DebtEntry::from))
}

async fn answer(
    app: &App,
    caller: &Authenticated,
    account: AccountId,
    done: Once<Outcome<DebtEntryId>>,
) -> Answer {
    match done.value {
        Outcome::Asked(id) => asked(app, &caller.0, id, done.replayed).await,
        Outcome::Done(id) => {
            let entry = adjustments::get(app, &caller.0, account, id).await?;
            let mut response = HttpResponse::Created();
            mark(&mut response, done.replayed);
            let place = format!("/v1/accounts/{account}/adjustments");
            response.insert_header((header::CONTENT_LOCATION, place));
            Ok(response.json(DebtEntry::from(entry)))
        }
    }
}

impl NewBuckets {
    fn read(&self, currency: Currency) -> Result<Buckets, Problem> {
        let mut amounts = Buckets::default();
        for (bucket, sent) in [
            (Bucket::Principal, &self.principal),
            (Bucket::Interest, &self.interest),
            (Bucket::Fees, &self.fees),
            (Bucket::Costs, &self.costs),
            (Bucket::Other, &self.other),
        ] {
            let pointer = format!("/amounts/{}", bucket.name());
            let money = sent.as_ref().map(|money| money.any(currency, &pointer)).transpose()?;
            amounts.set(bucket, money.unwrap_or(Money::ZERO));
        }
        Ok(amounts)
    }
}

impl From<EntryView> for DebtEntry {
    fn from(it: EntryView) -> Self {
        Self {
            id: it.id,
            account_id: it.account,
            kind: it.kind,
            change: buckets(&it.change, it.currency),
            effective_on: it.effective_on,
            entered_at: it.entered_at,
            reason: it.reason,
            reverses_id: it.reverses,
            reversed_by_id: it.reversed_by,
            entered_by: it.entered_by,
            approved_by: it.approved_by,
        }
    }
}
