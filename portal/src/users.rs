//! People who may come in: invited, shut out and let in again by their administrator. Both the client
//! site and the workspace have these pages; the agency invites its staff and its creditors' people.

use crate::entry::{Member, sentence};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::agency::Site;
use domain::user::UserStatus;
use domain::{ClientRole, CreditorId, Permission, StaffRole, UserId};
use serde::Deserialize;
use service::actor::Scope;
use service::creditors;
use service::users::{self, Change, Invitation, Membership, NewUser, User, UserRefused};

/// Rows on one page of the list.
const ROWS: u16 = 50;

#[derive(Template)]
#[template(path = "users/list.html")]
struct UsersPage {
    page: Page,
    rows: Vec<User>,
    me: Option<UserId>,
    may_change: bool,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "users/invite.html")]
struct InvitePage {
    page: Page,
    name: Field,
    email: Field,
    role: Choices,
    creditor: Option<Choices>,
}

#[derive(Template)]
#[template(path = "users/invited.html")]
struct InvitedPage {
    page: Page,
    link: String,
}

impl UsersPage {
    fn is_me(&self, user: &User) -> bool {
        self.me == Some(user.id)
    }
}

/// What is asked of the list.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<UserId>,
}

/// A new colleague.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewColleague {
    name: String,
    email: String,
    role: String,
    creditor: String,
}

/// Letting in or shutting out.
#[derive(Debug, Deserialize)]
pub struct Access {
    active: bool,
    version: i64,
}

/// The pages.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/users", web::get().to(list_users))
        .route("/users", web::post().to(invite_user))
        .route("/users/new", web::get().to(new_user))
        .route("/users/{user_id}/access", web::post().to(change_access))
        .route("/users/{user_id}/link", web::post().to(new_link));
}

/// The list.
pub async fn list_users(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let most = u64::from(ROWS) + 1;
    let mut rows = users::list(member.app(), member.actor(), asked.after, most)
        .await
        .map_err(|e| refused(&e))?;
    let more = rows.len() > usize::from(ROWS);
    rows.truncate(usize::from(ROWS));
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| address("/users", &[("after", last.id.to_string())]));
    let first = asked.after.map(|_| "/users".to_owned());
    let pager = Pager::new(first, next, format!("{} people", rows.len()));
    let page = member.frame("Users");
    let list = UsersPage {
        page: page.clone(),
        rows,
        me: member.actor().user(),
        may_change: member.may(Permission::UserWrite),
        pager,
    };
    Ok(show(&list, &page))
}

/// The form for a new colleague.
pub async fn new_user(member: Member) -> Result<HttpResponse, Refusal> {
    member.require(Permission::UserWrite)?;
    show_form(&member, &NewColleague::default(), Problems::none()).await
}

/// Invites them; the link is shown once.
pub async fn invite_user(
    member: Member,
    form: CsrfForm<NewColleague>,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::UserWrite)?;
    let typed = form.fields;
    let membership = match membership(&member, &typed) {
        Ok(membership) => membership,
        Err(problems) => return show_form(&member, &typed, problems).await,
    };
    let new = NewUser {
        email: typed.email.trim().to_owned(),
        name: typed.name.trim().to_owned(),
        membership,
    };
    match users::invite(member.app(), member.actor(), new).await {
        Ok(invitation) => {
            let title = format!("{} is invited", typed.name.trim());
            Ok(show_link(&member, title, &invitation))
        }
        Err(refusal @ (UserRefused::BadEmail(_) | UserRefused::EmailTaken)) => {
            let problems = Problems::one("email", sentence(&refusal.to_string()));
            show_form(&member, &typed, problems).await
        }
        Err(refusal @ UserRefused::BadName) => {
            let problems = Problems::one("name", sentence(&refusal.to_string()));
            show_form(&member, &typed, problems).await
        }
        Err(other) => Err(refused(&other)),
    }
}

/// Lets somebody in again, or shuts them out.
pub async fn change_access(
    member: Member,
    id: web::Path<String>,
    form: CsrfForm<Access>,
) -> Result<HttpResponse, Refusal> {
    let id: UserId = id.parse().map_err(|_| Refusal::NotFound)?;
    let Access { active, version } = form.fields;
    let change = Change { active: Some(active), ..Change::default() };
    match users::change(member.app(), member.actor(), id, version, change).await {
        Ok(user) => {
            let words = if active { "may sign in again" } else { "can no longer sign in" };
            member.flash(Tone::Done, format!("{} {words}.", user.name)).await?;
        }
        Err(refusal @ UserRefused::OwnAccess) => {
            member.flash(Tone::Failed, sentence(&refusal.to_string())).await?;
        }
        Err(UserRefused::Stop(service::Stop::Stale)) => {
            let words = "Somebody changed this person meanwhile. Look again, then repeat it.";
            member.flash(Tone::Failed, words).await?;
        }
        Err(other) => return Err(refused(&other)),
    }
    Ok(go("/users"))
}

/// A new one-time link for somebody who lost theirs or their password.
pub async fn new_link(
    member: Member,
    id: web::Path<String>,
    _form: CsrfForm<crate::entry::Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id: UserId = id.parse().map_err(|_| Refusal::NotFound)?;
    let link =
        users::reset_link(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    Ok(show_link(&member, "A new link".to_owned(), &link))
}

fn show_link(member: &Member, title: String, invitation: &Invitation) -> HttpResponse {
    let page = member.frame(title);
    let link = format!("{}/join/{}", member.origin(), invitation.token);
    show(&InvitedPage { page: page.clone(), link }, &page)
}

async fn show_form(
    member: &Member,
    typed: &NewColleague,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let page = member.frame("Invite somebody").with(problems);
    let role = roles(member, page.choices("role", "What may this person do?")).chosen(&typed.role);
    let form = InvitePage {
        name: page.field("name", "Name").value(&typed.name),
        email: page.field("email", "E-mail address").kind("email").value(&typed.email),
        role,
        creditor: creditors_of(member, &page, &typed.creditor).await?,
        page: page.clone(),
    };
    Ok(show(&form, &page))
}

/// Whose accounts, where there is a choice.
async fn creditors_of(
    member: &Member,
    page: &Page,
    chosen: &str,
) -> Result<Option<Choices>, Refusal> {
    let rows =
        creditors::list(member.app(), member.actor(), None, 50).await.map_err(|e| refused(&e))?;
    if rows.is_empty() || member.actor().creditors().len() == 1 {
        return Ok(None);
    }
    let question = page.choices("creditor", "Whose accounts may a creditor's person see?");
    let question = question.chosen(chosen);
    Ok(Some(
        rows.into_iter()
            .fold(question, |question, row| question.option(row.id.to_string(), row.name)),
    ))
}

/// The roles that may be given at this site: at the workspace those of the staff as well.
fn roles(member: &Member, question: Choices) -> Choices {
    let staff = match member.kind() {
        Site::Workspace => StaffRole::ALL,
        Site::Client | Site::Debtor => &[],
    };
    let question = staff.iter().fold(question, |question, role| {
        let (name, may) = staff_words(*role);
        question.explained(format!("staff_{}", role.name()), name, may)
    });
    ClientRole::ALL.iter().copied().rev().fold(question, |question, role| {
        let (name, may) = client_words(role);
        question.explained(role.name(), name, may)
    })
}

/// What the form asks the new person to be.
fn membership(member: &Member, typed: &NewColleague) -> Result<Membership, Problems> {
    let staff = typed.role.strip_prefix("staff_");
    let staff =
        staff.and_then(|name| StaffRole::ALL.iter().copied().find(|role| role.name() == name));
    if let Some(role) = staff.filter(|_| member.kind() == Site::Workspace) {
        return Ok(Membership::Staff(role));
    }
    let role = ClientRole::ALL
        .iter()
        .copied()
        .find(|role| role.name() == typed.role)
        .ok_or_else(|| Problems::one("role", "Choose what this person may do."))?;
    let creditor = creditor_of(member, typed)
        .ok_or_else(|| Problems::one("creditor", "Choose whose accounts this person may see."))?;
    Ok(Membership::Client(creditor, role))
}

fn creditor_of(member: &Member, typed: &NewColleague) -> Option<CreditorId> {
    match member.actor().creditors() {
        [only] => Some(*only),
        [] => typed.creditor.parse().ok(),
        reach => typed.creditor.parse().ok().filter(|id| reach.contains(id)),
    }
}

fn staff_words(role: StaffRole) -> (&'static str, &'static str) {
    match role {
        StaffRole::Admin => ("Administrator of the agency", "Everything, users and settings too"),
        StaffRole::Manager => ("Manager", "Desks, assignment, placements, and all that agents do"),
        StaffRole::Collector => ("Collector", "Work accounts and take payments"),
        StaffRole::Compliance => ("Compliance", "Read everything, also the audit trail"),
        StaffRole::Finance => ("Finance", "Payments, reversals, the trust account, contracts"),
    }
}

fn client_words(role: ClientRole) -> (&'static str, &'static str) {
    match role {
        ClientRole::Admin => {
            ("Creditor: everything", "Also invite the creditor's people and shut them out")
        }
        ClientRole::Placer => ("Creditor: look and place", "Also upload files of accounts"),
        ClientRole::Viewer => ("Creditor: look", "See accounts, payments and reports"),
    }
}

fn role(user: &User) -> &'static str {
    match (user.staff_role, user.client_role) {
        (Some(role), _) => staff_words(role).0,
        (None, Some(role)) => client_words(role).0,
        (None, None) => "",
    }
}

fn standing(user: &User) -> (&'static str, &'static str) {
    match user.status {
        UserStatus::Active => ("ok", "May sign in"),
        UserStatus::Invited => ("quiet", "Invited"),
        UserStatus::Disabled => ("warn", "Shut out"),
    }
}
