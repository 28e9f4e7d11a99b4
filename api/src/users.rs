//! `/v1/users`: people who sign in.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use domain::user::{UserKind, UserStatus};
use domain::{ClientRole, CreditorId, StaffRole, UserId};
use serde::{Deserialize, Serialize};
use service::App;
use service::users::{self, Membership, Role};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::{Json, MergePatch};
use crate::etag::{self, IfMatch};
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

/// The operations on users.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(invite_user);
    cfg.service(list_users);
    cfg.service(get_user);
    cfg.service(change_user);
    cfg.service(create_reset_link);
}

/// A person who signs in: agency staff or a creditor's user.
#[derive(Debug, Serialize, ToSchema)]
struct User {
    id: UserId,
    kind: UserKind,
    /// Whose user, where it is a creditor's.
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    #[schema(max_length = 254, format = Email, example = "ada@northsouth.example")]
    email: String,
    #[schema(max_length = 120, example = "Ada Admin")]
    name: String,
    #[schema(required = true)]
    staff_role: Option<StaffRole>,
    #[schema(required = true)]
    client_role: Option<ClientRole>,
    status: UserStatus,
    #[schema(required = true)]
    last_sign_in_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// A person to be invited: staff with `staff_role`, or a creditor's user with `creditor_id` and
/// `client_role`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    #[schema(min_length = 3, max_length = 254, format = Email, example = "cora@northsouth.example")]
    email: String,
    #[schema(min_length = 1, max_length = 120, example = "Cora Collector")]
    name: String,
    staff_role: Option<StaffRole>,
    creditor_id: Option<CreditorId>,
    client_role: Option<ClientRole>,
}

/// What is to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserPatch {
    #[schema(min_length = 1, max_length = 120, example = "Cora Collector")]
    name: Option<String>,
    /// For staff.
    staff_role: Option<StaffRole>,
    /// For a creditor's user.
    client_role: Option<ClientRole>,
    /// Whether they may sign in.
    active: Option<bool>,
}

/// A one-time link; its token is shown only now.
#[derive(Debug, Serialize, ToSchema)]
struct OneTimeLink {
    user_id: UserId,
    /// Give it to the person on a safe way; good for three days, once.
    #[schema(max_length = 100, format = Password,
        example = "01kanq8zv3e8qt1wz1h5r3c9xdZk1vR3l4S2tXb1Z0c2pQd0xhM0hOYzV5VWRiR2ZKaWU")]
    token: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListUsers {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Invite a user.
///
/// They choose their own password with the one-time link. A creditor's administrator invites users
/// of its own creditors only.
#[utoipa::path(
    tag = "Users",
    request_body = NewUser,
    responses((status = 201, description = "Invited.", body = OneTimeLink,
        headers(("Location" = String, description = "Where the user is.")))),
    extensions(("x-permission" = json!("user:write"))),
)]
#[post("/v1/users")]
async fn invite_user(app: web::Data<App>, caller: Authenticated, body: Json<NewUser>) -> Answer {
    let NewUser { email, name, staff_role, creditor_id, client_role } = body.value;
    let membership = match (staff_role, creditor_id, client_role) {
        (Some(role), None, None) => Membership::Staff(role),
        (None, Some(creditor), Some(role)) => Membership::Client(creditor, role),
        _ => {
            let text = "Give staff_role alone, or creditor_id with client_role.";
            return Err(Problem::invalid_field("/staff_role", "unclear_membership", text));
        }
    };
    let invited =
        users::invite(&app, &caller.0, users::NewUser { email, name, membership }).await?;
    Ok(link(invited))
}

/// List the users.
///
/// Oldest first; a creditor's administrator sees the users of its own creditors.
#[utoipa::path(
    tag = "Users",
    params(ListUsers),
    responses((status = 200, description = "A page of them.", body = Page<User>)),
    extensions(("x-permission" = json!("user:read"))),
)]
#[get("/v1/users")]
async fn list_users(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListUsers>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("users", query.cursor.as_deref(), query.limit)?;
    let rows = users::list(&app, &caller.0, window.after, window.one_more()).await?;
    Ok(cursors.answer(&req, "users", window.cut(rows), |row| row.id, User::from))
}

/// Read a user.
#[utoipa::path(
    tag = "Users",
    params(("user_id" = UserId, Path, description = "Which.")),
    responses((status = 200, description = "The user.", body = User,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("user:read"))),
)]
#[get("/v1/users/{user_id}")]
async fn get_user(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<UserId>,
    req: HttpRequest,
) -> Answer {
    let found = users::find(&app, &caller.0, *id).await?;
    Ok(etag::found(&req, found.version, &User::from(found)))
}

/// Change a user.
///
/// Another role, or being disabled, takes effect on their next request; nobody changes their own.
#[utoipa::path(
    tag = "Users",
    params(("user_id" = UserId, Path, description = "Which."), IfMatch),
    request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "Changed.", body = User,
        headers(("ETag" = String, description = "Its new version.")))),
    extensions(("x-permission" = json!("user:write"))),
)]
#[patch("/v1/users/{user_id}")]
async fn change_user(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<UserId>,
    seen: IfMatch,
    body: MergePatch<UserPatch>,
) -> Answer {
    let UserPatch { name, staff_role, client_role, active } = body.value;
    let role = match (staff_role, client_role) {
        (None, None) => None,
        (Some(role), None) => Some(Role::Staff(role)),
        (None, Some(role)) => Some(Role::Client(role)),
        (Some(_), Some(_)) => {
            let text = "Give staff_role or client_role, not both.";
            return Err(Problem::invalid_field("/client_role", "wrong_kind_of_role", text));
        }
    };
    let change = users::Change { name, role, active };
    let changed = users::change(&app, &caller.0, *id, seen.0, change).await?;
    Ok(etag::changed(changed.version, &User::from(changed)))
}

/// Make a link to choose another password.
///
/// The old password stays good until the link is used.
#[utoipa::path(
    tag = "Users",
    params(("user_id" = UserId, Path, description = "Whose.")),
    responses((status = 201, description = "The link.", body = OneTimeLink,
        headers(("Location" = String, description = "Where the user is.")))),
    extensions(("x-permission" = json!("user:write"))),
)]
#[post("/v1/users/{user_id}/reset-links")]
async fn create_reset_link(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<UserId>,
) -> Answer {
    Ok(link(users::reset_link(&app, &caller.0, *id).await?))
}

fn link(made: users::Invitation) -> HttpResponse {
    let location = format!("/v1/users/{}", made.user);
    HttpResponse::Created()
        .insert_header(("Location", location))
        .json(OneTimeLink { user_id: made.user, token: made.token })
}

impl From<users::User> for User {
    fn from(row: users::User) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            creditor_id: row.creditor_id,
            email: row.email,
            name: row.name,
            staff_role: row.staff_role,
            client_role: row.client_role,
            status: row.status,
            last_sign_in_at: row.last_sign_in_at,
            created_at: row.created_at,
        }
    }
}
