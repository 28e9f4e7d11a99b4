//! `/v1/accounts/{account_id}/timeline`: what happened to an account.

use actix_web::{HttpRequest, get, web};
use chrono::{DateTime, Utc};
use domain::timeline::TimelineKind;
use domain::{AccountId, TimelineEntryId};
use serde::{Deserialize, Serialize};
use service::App;
use service::timeline;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::page::{Cursors, Limit, Page};

/// The operations on timelines.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_account_timeline);
}

/// A line of the timeline.
#[derive(Debug, Serialize, ToSchema)]
struct TimelineEntry {
    id: TimelineEntryId,
    kind: TimelineKind,
    at: DateTime<Utc>,
    /// `staff`, `client`, `debtor`, `api_key` or `job`.
    #[schema(max_length = 20, example = "staff")]
    by_kind: String,
    /// Who; a creditor's user does not see the names of the agency's people.
    #[schema(required = true, max_length = 200)]
    by_name: Option<String>,
    #[schema(max_length = 5000, example = "Status changed from New to Active: notice sent")]
    summary: String,
    /// Whether the creditor sees it.
    client_visible: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListTimeline {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List what happened to an account.
///
/// Newest first. A creditor's user reads what is meant for the creditor.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Of which account."), ListTimeline),
    responses((status = 200, description = "A page of lines.", body = Page<TimelineEntry>)),
    extensions(("x-permission" = json!("account:read"))),
)]
#[get("/v1/accounts/{account_id}/timeline")]
async fn list_account_timeline(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<AccountId>,
    query: web::Query<ListTimeline>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("timeline", query.cursor.as_deref(), query.limit)?;
    let part = timeline::list(&app, &caller.0, *id, window).await?;
    Ok(cursors.answer(&req, "timeline", part, |line| line.id, TimelineEntry::from))
}

impl From<timeline::Line> for TimelineEntry {
    fn from(it: timeline::Line) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            at: it.at,
            by_kind: it.by_kind,
            by_name: it.by_name,
            summary: it.summary,
            client_visible: it.client_visible,
        }
    }
}
