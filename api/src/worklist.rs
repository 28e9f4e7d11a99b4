//! `/v1/worklist`: the next account to work, and what came of it.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::account::Disposition;
use domain::payment::PaymentMethod;
use domain::worklist::WorkClass;
use domain::{AccountId, DeskId};
use serde::{Deserialize, Serialize};
use service::App;
use service::worklist::{self, Outcome, Place, Promised};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::accounts::wire::Account;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

/// The operations on the worklist.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(get_worklist);
    cfg.service(list_due_accounts);
    cfg.service(take_next_account);
    cfg.service(release_account);
    cfg.service(log_work_result);
}

/// The caller's work at a glance.
#[derive(Debug, Serialize, ToSchema)]
struct Worklist {
    /// What the caller has in hand.
    #[schema(required = true)]
    in_hand: Option<AccountInHand>,
    /// How much is due now, by class, in the order of work.
    #[schema(max_items = 9)]
    due: Vec<DueCount>,
    /// The desks that the caller draws from: the own ones, then the pools.
    #[schema(max_items = 10000)]
    desks: Vec<DeskName>,
}

/// An account in the caller's hands.
#[derive(Debug, Serialize, ToSchema)]
struct AccountInHand {
    account: Account,
    /// Until when nobody else gets it.
    until: DateTime<Utc>,
}

/// How much of one class is due.
#[derive(Debug, Serialize, ToSchema)]
struct DueCount {
    class: WorkClass,
    #[schema(minimum = 0)]
    accounts: u64,
}

/// A desk by name.
#[derive(Debug, Serialize, ToSchema)]
struct DeskName {
    id: DeskId,
    #[schema(max_length = 80)]
    name: String,
}

/// The result of work on an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkResult {
    disposition: Disposition,
    /// Never shown to the creditor.
    #[schema(max_length = 4000, example = "Will call back after payday.")]
    note: Option<String>,
    /// The time that was agreed, of the call back; a promise has its own day.
    at: Option<DateTime<Utc>>,
    /// With the disposition `PTP`: the promise, which is taken under the caller's limits.
    promise: Option<LoggedPromise>,
}

/// What a debtor promised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoggedPromise {
    amount: WireMoney,
    due_on: NaiveDate,
    /// How the debtor means to pay.
    method: PaymentMethod,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListDue {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Read the worklist.
///
/// What the caller has in hand, and how much is due by class.
#[utoipa::path(
    tag = "Worklist",
    responses((status = 200, description = "The worklist.", body = Worklist)),
    extensions(("x-permission" = json!("worklist:work"))),
)]
#[get("/v1/worklist")]
async fn get_worklist(app: web::Data<App>, caller: Authenticated) -> Answer {
    let mine = worklist::mine(&app, &caller.0).await?;
    Ok(HttpResponse::Ok().json(Worklist {
        in_hand: mine.in_hand.map(AccountInHand::from),
        due: mine.due.into_iter().map(|(class, accounts)| DueCount { class, accounts }).collect(),
        desks: mine.desks.into_iter().map(|(id, name)| DeskName { id, name }).collect(),
    }))
}

/// List what is due.
///
/// In the order of work. A look only: nothing is taken.
#[utoipa::path(
    tag = "Worklist",
    params(ListDue),
    responses((status = 200, description = "A page of accounts.", body = Page<Account>)),
    extensions(("x-permission" = json!("worklist:work"))),
)]
#[get("/v1/worklist/accounts")]
async fn list_due_accounts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListDue>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window::<Position>("due", query.cursor.as_deref(), query.limit)?;
    let window = service::window::Window { after: window.after.map(place), limit: window.limit };
    let part = worklist::due(&app, &caller.0, window).await?;
    let position = |row: &service::accounts::Account| -> Option<Position> {
        let work = row.work.as_ref()?;
        Some((work.class.rank(), work.due_at?, row.id))
    };
    Ok(cursors.answer(&req, "due", part, position, Account::from))
}

/// Take the next account.
///
/// Nobody else gets it for 15 minutes. Whoever has one in hand gets the same again; 204 when nothing
/// is due.
#[utoipa::path(
    tag = "Worklist",
    responses((status = 200, description = "The account.", body = AccountInHand,
            headers(("ETag" = String, description = "The version of the account."))),
        (status = 204, description = "Nothing is due.")),
    extensions(("x-permission" = json!("worklist:work"))),
)]
#[post("/v1/worklist/next")]
async fn take_next_account(app: web::Data<App>, caller: Authenticated) -> Answer {
    Ok(match worklist::next(&app, &caller.0).await? {
        None => HttpResponse::NoContent().finish(),
        Some(taken) => etag::changed(taken.account.version, &AccountInHand::from(taken)),
    })
}

/// Give an account back without a result.
///
/// It is queued again, and the leaving is counted.
#[utoipa::path(
    tag = "Worklist",
    params(("account_id" = AccountId, Path, description = "Which.")),
    responses((status = 204, description = "Given back.")),
    extensions(("x-permission" = json!("worklist:work"))),
)]
#[post("/v1/accounts/{account_id}/releases")]
async fn release_account(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
) -> Answer {
    worklist::release(&app, &caller.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Log the result of work on an account.
///
/// The disposition decides status, restriction and next date; a promise to pay is taken with it, or
/// nothing is logged. With the version of the account, so
/// that a result that is sent twice is logged once.
#[utoipa::path(
    tag = "Worklist",
    params(("account_id" = AccountId, Path, description = "Which."), IfMatch),
    request_body = WorkResult,
    responses((status = 200, description = "Logged.", body = Account,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("worklist:work"))),
)]
#[post("/v1/accounts/{account_id}/results")]
async fn log_work_result(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    seen: IfMatch,
    body: Json<WorkResult>,
) -> Answer {
    let WorkResult { disposition, note, at, promise } = body.value;
    let promise = promise.map(LoggedPromise::promised).transpose()?;
    let outcome = Outcome { disposition, note, at, promise };
    let worked = worklist::log_result(&app, &caller.0, *id, Some(seen.0), outcome).await?;
    Ok(etag::changed(worked.version, &Account::from(worked)))
}

/// Class, date and id of the last row seen.
type Position = (i16, DateTime<Utc>, AccountId);

fn place((class, due_at, account): Position) -> Place {
    Place { class: WorkClass::of_rank(class), due_at, account }
}

impl LoggedPromise {
    fn promised(self) -> Result<Promised, Problem> {
        let currency = self.amount.currency;
        let amount = self.amount.positive(currency, "/promise/amount")?;
        Ok(Promised { amount, currency, due_on: self.due_on, method: self.method })
    }
}

impl From<worklist::InHand> for AccountInHand {
    fn from(it: worklist::InHand) -> Self {
        Self { account: it.account.into(), until: it.until }
    }
}
