//! `/v1/placements`: files of debts handed over for collection.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::placement::{CommitPolicy, Difference, PlacementState, Severity};
use domain::{
    AccountId, Buckets, CreditorId, Currency, Money, PlacementId, PortfolioId, Reference,
};
use serde::{Deserialize, Serialize};
use service::App;
use service::placements;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

mod mappings;
mod report;
mod upload;

/// The operations on placements.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(upload::create_placement);
    cfg.service(list_placements);
    cfg.service(get_placement);
    cfg.service(list_placement_findings);
    cfg.service(commit_placement);
    cfg.service(cancel_placement);
    cfg.service(list_placement_accounts);
    cfg.service(report::get_placement_acknowledgment);
    cfg.configure(mappings::routes);
}

/// A placement: a file of debts, checked line by line, then committed or not.
#[derive(Debug, Serialize, ToSchema)]
struct Placement {
    id: PlacementId,
    creditor_id: CreditorId,
    /// The portfolio of lines that name none.
    #[schema(required = true)]
    portfolio_id: Option<PortfolioId>,
    #[schema(max_length = 255, example = "november.csv")]
    file_name: String,
    /// Bytes of the file, unpacked.
    #[schema(minimum = 0)]
    byte_size: i64,
    state: PlacementState,
    /// What was decided about bad lines.
    #[schema(required = true)]
    policy: Option<CommitPolicy>,
    /// Why the file as a whole, or its commit, was refused.
    #[schema(required = true)]
    refusal: Option<Refusal>,
    totals: Totals,
    /// Where the file differs from its control totals.
    #[schema(max_items = 20)]
    differences: Vec<Difference>,
    progress: Progress,
    #[schema(max_length = 300)]
    uploaded_by: String,
    #[schema(max_length = 300, required = true)]
    committed_by: Option<String>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    checked_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    committed_at: Option<DateTime<Utc>>,
}

/// Why a file as a whole, or a commit, was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementRefusal)]
struct Refusal {
    /// Stable name of the reason.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$", example = "control_totals_differ")]
    code: String,
    /// For a person.
    #[schema(max_length = 2000)]
    detail: String,
}

/// Counts and dollars of a file. Skipped lines (blank, repeated headers, totals) are not received.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementTotals)]
struct Totals {
    #[schema(minimum = 0)]
    received: u64,
    #[schema(minimum = 0)]
    accepted: u64,
    #[schema(minimum = 0)]
    rejected: u64,
    #[schema(minimum = 0)]
    duplicate: u64,
    #[schema(minimum = 0)]
    skipped: u64,
    /// Accepted lines with warnings.
    #[schema(minimum = 0)]
    warned: u64,
    /// Lines with an amount that cannot be read.
    #[schema(minimum = 0)]
    unreadable: u64,
    accepted_dollars: Dollars,
    rejected_dollars: Dollars,
    duplicate_dollars: Dollars,
}

/// Dollars by bucket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementDollars)]
struct Dollars {
    principal: WireMoney,
    interest: WireMoney,
    fees: WireMoney,
    costs: WireMoney,
    other: WireMoney,
    total: WireMoney,
}

/// How far the check or commit is that runs now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementProgress)]
struct Progress {
    #[schema(minimum = 0)]
    rows: i64,
    /// Bytes of the file gone by; 0 where they are not counted.
    #[schema(minimum = 0)]
    bytes: i64,
    /// Null when nothing runs.
    #[schema(minimum = 0, required = true)]
    rows_per_second: Option<i64>,
}

/// Something to say about a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementFinding)]
struct Finding {
    /// The physical line of the file (the header is 1) or the sheet's row; 0 for the file itself.
    #[schema(minimum = 0)]
    line: i64,
    severity: Severity,
    /// The canonical column.
    #[schema(max_length = 64, required = true, example = "principal")]
    column: Option<String>,
    /// Stable name of the finding.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$", example = "amount_letters")]
    code: String,
    /// The value as it came; never a social security number.
    #[schema(max_length = 200, required = true, example = "1,2O4.50")]
    value: Option<String>,
    #[schema(max_length = 1000)]
    reason: String,
    /// What to do about it.
    #[schema(max_length = 500, required = true)]
    fix: Option<String>,
    #[schema(max_length = 200, required = true)]
    client_account_number: Option<String>,
    #[schema(max_length = 1000, required = true)]
    debtor_name: Option<String>,
    /// What the line's buckets add up to, as far as they can be read.
    #[schema(required = true)]
    balance: Option<WireMoney>,
}

/// An account that the placement made, as the acknowledgment shows it.
#[derive(Debug, Serialize, ToSchema)]
struct AcknowledgedAccount {
    account_id: AccountId,
    #[schema(max_length = 16, example = "7K3M-9QX2-4T8D-N")]
    reference: String,
    #[schema(max_length = 64)]
    client_account_number: String,
    #[schema(max_length = 1100)]
    debtor_name: String,
    placed_balance: WireMoney,
    current_balance: WireMoney,
    received_on: NaiveDate,
    #[schema(required = true)]
    last_payment_on: Option<NaiveDate>,
    #[schema(required = true)]
    last_payment_amount: Option<WireMoney>,
}

/// What to do with bad lines.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommitOrder {
    policy: CommitPolicy,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListPlacements {
    /// Only those of this creditor.
    creditor_id: Option<CreditorId>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListFindings {
    /// Only errors, or only warnings.
    #[param(inline)]
    severity: Option<Severity>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListAccounts {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List placements.
///
/// Newest first. A creditor's user sees those of its own creditors.
#[utoipa::path(
    tag = "Placements",
    params(ListPlacements),
    responses((status = 200, description = "A page of them.", body = Page<Placement>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements")]
async fn list_placements(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListPlacements>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("placements", query.cursor.as_deref(), query.limit)?;
    let (creditor, most) = (query.creditor_id, window.one_more());
    let rows = placements::list(&app, &caller.0, creditor, window.after, most).await?;
    Ok(cursors.answer(&req, "placements", window.cut(rows), |row| row.id, Placement::from))
}

/// Read a placement.
///
/// While it is being checked or committed, its progress moves.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which.")),
    responses((status = 200, description = "The placement.", body = Placement,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}")]
async fn get_placement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
) -> Answer {
    let found = placements::find(&app, &caller.0, *id).await?;
    // Progress moves without a new version, so a reader is never told that nothing changed.
    Ok(etag::changed(found.version, &Placement::from(found)))
}

/// List the findings of a placement.
///
/// By line. Errors keep a line out; warnings do not.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which."), ListFindings),
    responses((status = 200, description = "A page of them.", body = Page<Finding>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}/findings")]
async fn list_placement_findings(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
    query: web::Query<ListFindings>,
    req: HttpRequest,
) -> Answer {
    let list = format!("findings {} {:?}", *id, query.severity);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let currency = placements::find(&app, &caller.0, *id).await?.currency;
    let (severity, most) = (query.severity, window.one_more());
    let rows = placements::findings(&app, &caller.0, *id, severity, window.after, most).await?;
    let at = |row: &placements::LineFinding| (row.line_no, row.seq);
    Ok(cursors.answer(&req, &list, window.cut(rows), at, |row| Finding::of(row, currency)))
}

/// Commit a placement.
///
/// Makes the accounts of all good lines in one transaction, or none. `all_or_nothing` refuses when
/// a line is rejected or duplicate. A big file is committed in the background: read the placement
/// until its state is `committed`.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which."), IdempotencyKey),
    request_body = CommitOrder,
    responses((status = 200, description = "Committed, or on its way.", body = Placement,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[post("/v1/placements/{placement_id}/commit")]
async fn commit_placement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
    key: IdempotencyKey,
    body: Json<CommitOrder>,
) -> Answer {
    let once = key.once(&caller.0, "commit_placement", body.canonical());
    let answer = placements::commit(&app, &caller.0, &once, *id, body.value.policy).await?;
    let mut response = HttpResponse::Ok();
    idempotency::mark(&mut response, answer.replayed);
    response.insert_header(("ETag", etag::tag(answer.value.version)));
    Ok(response.json(Placement::from(answer.value)))
}

/// Give up a placement.
///
/// One that is committed cannot be given up; recall its accounts instead.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which.")),
    responses((status = 200, description = "Given up; nothing was placed.", body = Placement,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[post("/v1/placements/{placement_id}/cancel")]
async fn cancel_placement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
) -> Answer {
    let given_up = placements::cancel(&app, &caller.0, *id).await?;
    Ok(etag::changed(given_up.version, &Placement::from(given_up)))
}

/// List the accounts that a placement made.
///
/// The account part of the acknowledgment; the placement has its counts and dollars.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which."), ListAccounts),
    responses((status = 200, description = "A page of them.", body = Page<AcknowledgedAccount>)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}/accounts")]
async fn list_placement_accounts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
    query: web::Query<ListAccounts>,
    req: HttpRequest,
) -> Answer {
    let list = format!("placed {}", *id);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let currency = placements::find(&app, &caller.0, *id).await?.currency;
    let rows = placements::accounts(&app, &caller.0, *id, window.after, window.one_more()).await?;
    let render = |row| AcknowledgedAccount::of(row, currency);
    Ok(cursors.answer(&req, &list, window.cut(rows), |row| row.id, render))
}

impl From<placements::Placement> for Placement {
    fn from(it: placements::Placement) -> Self {
        let (tally, currency) = (it.tally, it.currency);
        Self {
            id: it.id,
            creditor_id: it.creditor,
            portfolio_id: it.portfolio,
            file_name: it.file_name,
            byte_size: it.byte_size,
            state: it.state,
            policy: it.policy,
            refusal: it.refusal.map(|why| Refusal { code: why.code, detail: why.detail }),
            totals: Totals {
                received: tally.received,
                accepted: tally.accepted,
                rejected: tally.rejected,
                duplicate: tally.duplicate,
                skipped: tally.skipped,
                warned: tally.warned,
                unreadable: tally.unreadable,
                accepted_dollars: Dollars::of(&tally.accepted_dollars, currency),
                rejected_dollars: Dollars::of(&tally.rejected_dollars, currency),
                duplicate_dollars: Dollars::of(&tally.duplicate_dollars, currency),
            },
            differences: it.differences,
            progress: Progress {
                rows: it.progress.rows,
                bytes: it.progress.bytes,
                rows_per_second: it.progress.rows_per_second,
            },
            uploaded_by: it.uploaded_by,
            committed_by: it.committed_by,
            created_at: it.created_at,
            checked_at: it.checked_at,
            committed_at: it.committed_at,
        }
    }
}

impl Dollars {
    fn of(buckets: &Buckets, currency: Currency) -> Self {
        let money = |money: Money| WireMoney::new(money, currency);
        let all = [buckets.principal, buckets.interest, buckets.fees, buckets.costs, buckets.other];
        Self {
            principal: money(buckets.principal),
            interest: money(buckets.interest),
            fees: money(buckets.fees),
            costs: money(buckets.costs),
            other: money(buckets.other),
            total: money(all.into_iter().sum()),
        }
    }
}

impl Finding {
    fn of(it: placements::LineFinding, currency: Currency) -> Self {
        Self {
            line: it.line_no,
            severity: it.severity,
            column: it.column_name,
            code: it.code,
            value: it.value,
            reason: it.reason,
            fix: it.fix,
            client_account_number: it.client_account_number,
            debtor_name: it.debtor_name,
            balance: it.balance.map(|money| WireMoney::new(money, currency)),
        }
    }
}

impl AcknowledgedAccount {
    fn of(it: placements::AcknowledgedAccount, currency: Currency) -> Self {
        let reference = it.reference.parse::<Reference>();
        Self {
            account_id: it.id,
            reference: reference.map_or(it.reference, |reference| reference.to_string()),
            client_account_number: it.client_account_number,
            debtor_name: it.debtor_name,
            placed_balance: WireMoney::new(it.placed_balance, currency),
            current_balance: WireMoney::new(it.current_balance, currency),
            received_on: it.placed_on,
            last_payment_on: it.last_payment_on,
            last_payment_amount: it.last_payment_amount.map(|m| WireMoney::new(m, currency)),
        }
    }
}
