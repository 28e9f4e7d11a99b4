//! `/v1/desks`: the owners of queues.

use actix_web::{HttpRequest, get, patch, post, web};
use domain::{Currency, DeskId, Money, UserId};
use serde::{Deserialize, Serialize};
use service::desks::{self, DeskChange, DeskTerms};
use service::window::Window;
use service::{App, books};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::{Field, Json, MergePatch};
use crate::etag::{self, IfMatch};
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};
use crate::problem::Problem;

/// The operations on desks.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_desk);
    cfg.service(list_desks);
    cfg.service(get_desk);
    cfg.service(change_desk);
}

/// A desk with what lies on it.
#[derive(Debug, Serialize, ToSchema)]
struct Desk {
    id: DeskId,
    #[schema(max_length = 80, example = "Carla")]
    name: String,
    /// The agent whose desk it is; none: a pool.
    #[schema(required = true)]
    user_id: Option<UserId>,
    #[schema(required = true, max_length = 200)]
    user_name: Option<String>,
    /// Whether it takes and hands out accounts.
    active: bool,
    /// The most open accounts it takes; none: no limit.
    #[schema(required = true, minimum = 0)]
    cap: Option<i32>,
    /// Its share in weighted assignment.
    #[schema(minimum = 1, maximum = 1000)]
    weight: i32,
    /// The least balance it takes by balance band, included.
    #[schema(required = true)]
    min_balance: Option<WireMoney>,
    /// The balance from which it takes no more, excluded.
    #[schema(required = true)]
    max_balance: Option<WireMoney>,
    /// Open accounts on it.
    #[schema(minimum = 0)]
    open_accounts: i64,
    /// Of them, due now.
    #[schema(minimum = 0)]
    due_accounts: i64,
    /// What they owe together.
    open_balance: WireMoney,
}

/// A desk to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDesk {
    /// Unique in the agency.
    #[schema(min_length = 1, max_length = 80, example = "Carla")]
    name: String,
    /// The agent whose desk it is; none: a pool.
    user_id: Option<UserId>,
    /// The most open accounts it takes; none: no limit.
    #[schema(minimum = 0)]
    cap: Option<i32>,
    /// Its share in weighted assignment; 1 unless it is said.
    #[schema(minimum = 1, maximum = 1000)]
    weight: Option<i32>,
    min_balance: Option<WireMoney>,
    max_balance: Option<WireMoney>,
}

/// What is to change; what is absent stays, what is null is emptied.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeskPatch {
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    user_id: Field<UserId>,
    #[serde(default)]
    #[schema(value_type = Option<i32>, minimum = 0)]
    cap: Field<i32>,
    #[schema(minimum = 1, maximum = 1000)]
    weight: Option<i32>,
    #[serde(default)]
    #[schema(value_type = Option<WireMoney>)]
    min_balance: Field<WireMoney>,
    #[serde(default)]
    #[schema(value_type = Option<WireMoney>)]
    max_balance: Field<WireMoney>,
    /// A desk that is taken out of work gives its open accounts back.
    active: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListDesks {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Add a desk.
#[utoipa::path(
    tag = "Desks",
    request_body = NewDesk,
    responses((status = 201, description = "Added.", body = Desk,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("desk:write"))),
)]
#[post("/v1/desks")]
async fn create_desk(app: web::Data<App>, caller: Authenticated, body: Json<NewDesk>) -> Answer {
    let new = body.value;
    let currency = books::currency(&app, &caller.0).await?;
    let terms = DeskTerms {
        name: new.name,
        user: new.user_id,
        cap: new.cap,
        weight: new.weight.unwrap_or(1),
        min_balance: end(new.min_balance, currency, "/min_balance")?,
        max_balance: end(new.max_balance, currency, "/max_balance")?,
    };
    let desk = desks::create(&app, &caller.0, terms).await?;
    Ok(etag::created(&format!("/v1/desks/{}", desk.id), desk.version, &Desk::from(desk)))
}

/// List the desks.
///
/// By name.
#[utoipa::path(
    tag = "Desks",
    params(ListDesks),
    responses((status = 200, description = "A page of them.", body = Page<Desk>)),
    extensions(("x-permission" = json!("desk:read"))),
)]
#[get("/v1/desks")]
async fn list_desks(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListDesks>,
    req: HttpRequest,
) -> Answer {
    let window: Window<DeskId> = cursors.window("desks", query.cursor.as_deref(), query.limit)?;
    let mut rows = desks::list(&app, &caller.0).await?;
    if let Some(after) = window.after {
        let seen = rows.iter().position(|row| row.id == after).map_or(0, |at| at + 1);
        rows = rows.split_off(seen);
    }
    Ok(cursors.answer(&req, "desks", window.cut(rows), |row| row.id, Desk::from))
}

/// Read a desk.
#[utoipa::path(
    tag = "Desks",
    params(("desk_id" = DeskId, Path, description = "Which.")),
    responses((status = 200, description = "The desk.", body = Desk,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("desk:read"))),
)]
#[get("/v1/desks/{desk_id}")]
async fn get_desk(app: web::Data<App>, caller: Authenticated, id: web::Path<DeskId>) -> Answer {
    let desk = desks::find(&app, &caller.0, *id).await?;
    Ok(etag::changed(desk.version, &Desk::from(desk)))
}

/// Change a desk.
///
/// Only what is sent changes. A desk that is taken out of work gives its open accounts back.
#[utoipa::path(
    tag = "Desks",
    params(("desk_id" = DeskId, Path, description = "Which."), IfMatch),
    request_body(content = DeskPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed.", body = Desk,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("desk:write"))),
)]
#[patch("/v1/desks/{desk_id}")]
async fn change_desk(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<DeskId>,
    seen: IfMatch,
    body: MergePatch<DeskPatch>,
) -> Answer {
    let patch = body.value;
    let currency = books::currency(&app, &caller.0).await?;
    let change = DeskChange {
        name: patch.name,
        user: set(patch.user_id),
        cap: set(patch.cap),
        weight: patch.weight,
        min_balance: money(patch.min_balance, currency, "/min_balance")?,
        max_balance: money(patch.max_balance, currency, "/max_balance")?,
        active: patch.active,
    };
    let desk = desks::change(&app, &caller.0, *id, Some(seen.0), change).await?;
    Ok(etag::changed(desk.version, &Desk::from(desk)))
}

fn set<T>(field: Field<T>) -> Option<Option<T>> {
    match field {
        Field::Absent => None,
        Field::Null => Some(None),
        Field::Set(value) => Some(Some(value)),
    }
}

fn money(
    field: Field<WireMoney>,
    currency: Currency,
    pointer: &str,
) -> Result<Option<Option<Money>>, Problem> {
    set(field).map(|value| end(value, currency, pointer)).transpose()
}

fn end(
    money: Option<WireMoney>,
    currency: Currency,
    pointer: &str,
) -> Result<Option<Money>, Problem> {
    money.map(|money| money.any(currency, pointer)).transpose()
}

impl From<desks::Desk> for Desk {
    fn from(it: desks::Desk) -> Self {
        let money = |money| WireMoney::new(money, it.currency);
        Self {
            id: it.id,
            name: it.name,
            user_id: it.user,
            user_name: it.user_name,
            active: it.active,
            cap: it.cap,
            weight: it.weight,
            min_balance: it.min_balance.map(money),
            max_balance: it.max_balance.map(money),
            open_accounts: it.open,
            due_accounts: it.due,
            open_balance: money(it.balance),
        }
    }
}
