//! `/v1/collectors`: who may be credited.

use actix_web::{HttpRequest, get, web};
use domain::{StaffRole, UserId};
use serde::Serialize;
use service::App;
use service::collectors;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{CollectorTerms, ListVersions};
use crate::Answer;
use crate::auth::Authenticated;
use crate::page::{Cursors, Page};

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_collectors);
}

/// Somebody of the staff, who may be credited.
#[derive(Debug, Serialize, ToSchema)]
struct CollectorOfStaff {
    user_id: UserId,
    #[schema(max_length = 120)]
    name: String,
    role: StaffRole,
    /// The terms in force today; null: nothing is earned.
    #[schema(required = true)]
    terms: Option<CollectorTerms>,
}

/// List who may be credited.
///
/// The staff by name, each with the terms in force today.
#[utoipa::path(
    tag = "Collectors",
    params(ListVersions),
    responses((status = 200, description = "A page of them.", body = Page<CollectorOfStaff>)),
    extensions(("x-permission" = json!("collector:read"))),
)]
#[get("/v1/collectors")]
async fn list_collectors(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListVersions>,
    req: HttpRequest,
) -> Answer {
    let list = "collectors";
    let window = cursors.window::<Named>(list, query.cursor.as_deref(), query.limit)?;
    let mut rows = collectors::list(&app, &caller.0).await?;
    let currency = service::recovery::currency(&app, &caller.0).await?;
    let named = |row: &collectors::Collector| (row.name.clone(), row.user);
    rows.retain(|row| window.after.as_ref().is_none_or(|after| named(row) > *after));
    let shown = |row: collectors::Collector| CollectorOfStaff {
        user_id: row.user,
        name: row.name,
        role: row.role,
        terms: row.terms.map(|terms| CollectorTerms::new(terms, currency)),
    };
    Ok(cursors.answer(&req, list, window.cut(rows), named, shown))
}

/// Name and id of the last row seen.
type Named = (String, UserId);
