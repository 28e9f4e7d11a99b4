//! `/v1/assignments`: placing accounts with agents.

use actix_web::{HttpResponse, post, web};
use domain::assignment::Strategy;
use domain::{AccountId, CreditorId, DeskId, PlacementId, PortfolioId};
use serde::{Deserialize, Serialize};
use service::assignments::{self, Deal, Outlook, Waiting};
use service::{App, books};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::WireMoney;
use crate::problem::Problem;

/// The operations on assignments.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(assign_accounts);
    cfg.service(preview_assignment);
    cfg.service(run_assignment);
}

/// Accounts to be put on a desk.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAssignment {
    /// The rest of their packets goes with them.
    #[schema(min_items = 1, max_items = 1000)]
    account_ids: Vec<AccountId>,
    /// The desk; none takes them off theirs.
    desk_id: Option<DeskId>,
}

/// How many accounts moved.
#[derive(Debug, Serialize, ToSchema)]
struct Assigned {
    #[schema(minimum = 0)]
    moved: u64,
}

/// What is to be dealt, and how. What is absent does not narrow it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDeal {
    strategy: Strategy,
    /// To which desks, in this order; none: all active desks by name.
    #[schema(max_items = 1000)]
    desk_ids: Option<Vec<DeskId>>,
    creditor_id: Option<CreditorId>,
    portfolio_id: Option<PortfolioId>,
    placement_id: Option<PlacementId>,
    /// Accounts that owe at least this.
    min_balance: Option<WireMoney>,
    /// Accounts that owe at most this.
    max_balance: Option<WireMoney>,
    /// The desk that gives its accounts away; none: accounts on no desk.
    from_desk_id: Option<DeskId>,
}

/// What a deal does, or would do.
#[derive(Debug, Serialize, ToSchema)]
struct DealOutlook {
    #[schema(max_items = 10000)]
    desks: Vec<DeskShare>,
    /// Accounts that get a desk.
    #[schema(minimum = 0)]
    placed: u64,
    /// Accounts that get none because every desk is full.
    #[schema(minimum = 0)]
    no_room: u64,
    /// Accounts that get none because no desk takes such a balance.
    #[schema(minimum = 0)]
    no_band: u64,
    /// Whether more wait than one run deals; run it again.
    more: bool,
}

/// What one desk gets.
#[derive(Debug, Serialize, ToSchema)]
struct DeskShare {
    desk_id: DeskId,
    #[schema(max_length = 80)]
    name: String,
    /// Open accounts it had.
    #[schema(minimum = 0)]
    held: u32,
    /// The most it takes; none: no limit.
    #[schema(required = true, minimum = 0)]
    cap: Option<u32>,
    /// Accounts it gets.
    #[schema(minimum = 0)]
    accounts: u64,
    /// What they owe together.
    balance: WireMoney,
}

/// Assign accounts by hand.
///
/// All or none: 409 `cap_reached` says how many the desk has and takes.
#[utoipa::path(
    tag = "Desks",
    request_body = NewAssignment,
    responses((status = 200, description = "Assigned.", body = Assigned)),
    extensions(("x-permission" = json!("desk:write"))),
)]
#[post("/v1/assignments")]
async fn assign_accounts(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewAssignment>,
) -> Answer {
    let NewAssignment { account_ids, desk_id } = body.value;
    let moved = assignments::by_hand(&app, &caller.0, &account_ids, desk_id).await?;
    Ok(HttpResponse::Ok().json(Assigned { moved }))
}

/// Preview an assignment.
///
/// What `run_assignment` with the same body would do; writes nothing.
#[utoipa::path(
    tag = "Desks",
    request_body = NewDeal,
    responses((status = 200, description = "What it would do.", body = DealOutlook)),
    extensions(("x-permission" = json!("desk:write"))),
)]
#[post("/v1/assignments/previews")]
async fn preview_assignment(
    app: web::Data<App>,
    caller: Authenticated,
    body: Json<NewDeal>,
) -> Answer {
    let deal = read(&app, &caller, body.value).await?;
    let outlook = assignments::preview(&app, &caller.0, &deal).await?;
    Ok(HttpResponse::Ok().json(DealOutlook::from(outlook)))
}

/// Run an assignment.
///
/// Deals the accounts that wait to desks by the strategy. Packets stay together, and go where the
/// person's other accounts are.
#[utoipa::path(
    tag = "Desks",
    request_body = NewDeal,
    responses((status = 200, description = "What it did.", body = DealOutlook)),
    extensions(("x-permission" = json!("desk:write"))),
)]
#[post("/v1/assignments/runs")]
async fn run_assignment(app: web::Data<App>, caller: Authenticated, body: Json<NewDeal>) -> Answer {
    let deal = read(&app, &caller, body.value).await?;
    let outlook = assignments::run(&app, &caller.0, &deal).await?;
    Ok(HttpResponse::Ok().json(DealOutlook::from(outlook)))
}

async fn read(app: &App, caller: &Authenticated, new: NewDeal) -> Result<Deal, Problem> {
    let currency = books::currency(app, &caller.0).await?;
    let end = |money: Option<WireMoney>, pointer| {
        money.map(|money| money.any(currency, pointer)).transpose()
    };
    Ok(Deal {
        strategy: new.strategy,
        desks: new.desk_ids.unwrap_or_default(),
        waiting: Waiting {
            creditor: new.creditor_id,
            portfolio: new.portfolio_id,
            placement: new.placement_id,
            least: end(new.min_balance, "/min_balance")?,
            most: end(new.max_balance, "/max_balance")?,
            from: new.from_desk_id,
        },
    })
}

impl From<Outlook> for DealOutlook {
    fn from(it: Outlook) -> Self {
        let currency = it.currency;
        let share = |share: assignments::DeskShare| DeskShare {
            desk_id: share.desk,
            name: share.name,
            held: share.held,
            cap: share.cap,
            accounts: share.accounts,
            balance: WireMoney::new(share.balance, currency),
        };
        Self {
            desks: it.shares.into_iter().map(share).collect(),
            placed: it.placed,
            no_room: it.no_room,
            no_band: it.no_band,
            more: it.more,
        }
    }
}
