//! `/v1/audit`: who did what, when and why.

use actix_web::{HttpRequest, get, web};
use chrono::{DateTime, Utc};
use domain::AuditId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::App;
use service::audit::{self, Wanted};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::Answer;
use crate::auth::Authenticated;
use crate::page::{Cursors, Limit, Page};
use crate::query::text;

/// The operations on the audit trail.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_audit);
}

/// A line of the audit trail. Lines are never changed.
#[derive(Debug, Serialize, ToSchema)]
struct AuditLine {
    id: AuditId,
    at: DateTime<Utc>,
    /// `staff`, `client`, `debtor`, `api_key`, `job` or `visitor`.
    #[schema(max_length = 40, example = "staff")]
    actor_kind: String,
    /// The user, debtor or key; none for the system.
    #[schema(required = true)]
    actor_id: Option<Uuid>,
    #[schema(max_length = 200, example = "Ada Admin")]
    actor_name: String,
    /// What was done, `noun.verb`.
    #[schema(max_length = 100, example = "creditor.change")]
    action: String,
    /// To what kind of thing.
    #[schema(max_length = 100, example = "creditor")]
    subject_type: String,
    #[schema(required = true)]
    subject_id: Option<Uuid>,
    /// What mattered before.
    #[schema(required = true, value_type = Option<Object>, example = json!({"name": "Acme"}))]
    before: Option<Value>,
    /// What mattered after.
    #[schema(required = true, value_type = Option<Object>, example = json!({"name": "Acme Health"}))]
    after: Option<Value>,
    /// Why, in the person's words.
    #[schema(required = true, max_length = 2000)]
    reason: Option<String>,
    /// The request that did it, as the logs name it.
    #[schema(required = true, max_length = 64)]
    request_id: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListAudit {
    /// What was done, such as `creditor.change`.
    #[param(min_length = 1, max_length = 100, example = "creditor.change")]
    action: Option<String>,
    /// To what kind of thing, such as `creditor`.
    #[param(min_length = 1, max_length = 100, example = "creditor")]
    subject_type: Option<String>,
    /// To which one, as the lines name it.
    subject_id: Option<Uuid>,
    /// By whom, as the lines name them.
    actor_id: Option<Uuid>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Read the audit trail.
///
/// Newest first: every write, and every read of a full SSN, date of birth or tax id.
#[utoipa::path(
    tag = "Audit",
    params(ListAudit),
    responses((status = 200, description = "A page of it.", body = Page<AuditLine>)),
    extensions(("x-permission" = json!("audit:read"))),
)]
#[get("/v1/audit")]
async fn list_audit(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListAudit>,
    req: HttpRequest,
) -> Answer {
    let query = query.into_inner();
    let window = cursors.window("audit", query.cursor.as_deref(), query.limit)?;
    let ListAudit { action, subject_type, subject_id, actor_id, .. } = query;
    let action = text("action", action, 100)?;
    let subject_type = text("subject_type", subject_type, 100)?;
    let wanted = Wanted { action, subject_type, subject_id, actor_id };
    let rows = audit::list(&app, &caller.0, wanted, window.after, window.one_more()).await?;
    Ok(cursors.answer(&req, "audit", window.cut(rows), |row| row.id, AuditLine::from))
}

impl From<audit::Line> for AuditLine {
    fn from(row: audit::Line) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            action: row.action,
            subject_type: row.subject_type,
            subject_id: row.subject_id,
            before: row.before,
            after: row.after,
            reason: row.reason,
            request_id: row.request_id,
        }
    }
}
