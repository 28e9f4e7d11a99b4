//! What is done on an account's page. Each act comes back to the page; what was wrong stands at its
//! field there.

use super::account::show_account;
pub(super) use super::figures::amount;
use super::rules::why_no_promise;
use crate::entry::{Member, Nothing, sentence};
use crate::form::{CsrfForm, Problems};
use crate::page::{Tone, go};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::account::{AccountStatus, Disposition, Restriction};
use domain::arrangement::OnArrangements;
use domain::payment::PaymentMethod;
use domain::{AccountId, RestrictionId};
use serde::Deserialize;
use service::accounts::{self, NewNote, NewRestriction, StatusChange};
use service::promises::PromiseRefused;
use service::worklist::{self, Outcome, Promised, ResultRefused};
use service::{Kind, Refused};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}/result", web::post().to(log_result))
        .route("/accounts/{account}/release", web::post().to(release))
        .route("/accounts/{account}/notes", web::post().to(add_note))
        .route("/accounts/{account}/status", web::post().to(change_status))
        .route("/accounts/{account}/restrictions", web::post().to(set_restriction))
        .route("/accounts/{account}/restrictions/{restriction}/lift", web::post().to(lift));
}

#[derive(Deserialize)]
struct Logged {
    disposition: String,
    at: String,
    note: String,
    version: String,
    #[serde(default)]
    promised: String,
    #[serde(default)]
    promised_by: String,
    #[serde(default)]
    promised_how: String,
}

#[derive(Deserialize)]
struct Note {
    text: String,
    client_visible: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    status: String,
    reason: String,
    version: String,
    /// What it does to what is open; the page asks where something is.
    arrangements: Option<String>,
}

#[derive(Deserialize)]
struct NewLimit {
    kind: String,
    reason: String,
    version: String,
}

#[derive(Deserialize)]
struct Why {
    reason: String,
}

async fn log_result(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Logged>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let Some(disposition) = Disposition::parse(&form.fields.disposition) else {
        return wrong(&member, id, "disposition", "Choose the result").await;
    };
    let Ok(at) = local_time(&member, &form.fields.at) else {
        return wrong(&member, id, "at", "Write the time as in 2026-12-01 14:30").await;
    };
    let promise = match promised(&member, &form.fields) {
        Ok(promise) => promise,
        Err(words) => return wrong(&member, id, "promised", words).await,
    };
    let Logged { note, version, .. } = form.fields;
    let outcome = Outcome { disposition, note: Some(note), at, promise };
    let seen = version.parse().ok();
    match worklist::log_result(member.app(), member.actor(), id, seen, outcome).await {
        Ok(account) => {
            let words = format!("{}: {}", account.debtor_name, disposition.words());
            member.flash(Tone::Done, words).await?;
            Ok(go("/"))
        }
        Err(ResultRefused::Promise(err @ PromiseRefused::Limits(..))) => {
            wrong(&member, id, "promised", &why_no_promise(&err)).await
        }
        Err(
            err @ (ResultRefused::PromiseMissing
            | ResultRefused::PromiseMisplaced
            | ResultRefused::Promise(_)),
        ) => at_field(&member, id, "promised", &err).await,
        Err(err) => at_field(&member, id, "disposition", &err).await,
    }
}

/// What was promised, where anything of it was typed.
fn promised(member: &Member, typed: &Logged) -> Result<Option<Promised>, &'static str> {
    let fields = [&typed.promised, &typed.promised_by, &typed.promised_how];
    if fields.iter().all(|field| field.trim().is_empty()) {
        return Ok(None);
    }
    let currency = member.front().currency;
    let amount = amount(&typed.promised, currency).ok_or("Write the amount as in 125.00")?;
    let due_on = NaiveDate::parse_from_str(typed.promised_by.trim(), "%Y-%m-%d")
        .map_err(|_| "Choose the day of the promise")?;
    let (method, _) = PROMISED_BY
        .into_iter()
        .find(|(_, name)| *name == typed.promised_how)
        .ok_or("Choose how the debtor means to pay")?;
    Ok(Some(Promised { amount, currency, due_on, method }))
}

/// How debtors pay what they promised, and what is posted for it.
pub(super) const PROMISED_BY: [(PaymentMethod, &str); 5] = [
    (PaymentMethod::Online, "online"),
    (PaymentMethod::Check, "check"),
    (PaymentMethod::MoneyOrder, "money_order"),
    (PaymentMethod::Cash, "cash"),
    (PaymentMethod::Wire, "wire"),
];

async fn release(
    member: Member,
    path: web::Path<String>,
    _form: CsrfForm<Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    match worklist::release(member.app(), member.actor(), id).await {
        Ok(()) => {
            member.flash(Tone::Note, "Given back; it comes again.").await?;
            Ok(go("/"))
        }
        Err(err) => at_field(&member, id, "disposition", &err).await,
    }
}

async fn add_note(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Note>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let client_visible = form.fields.client_visible.is_some();
    let note = NewNote { text: form.fields.text, client_visible };
    match accounts::add_note(member.app(), member.actor(), id, note).await {
        Ok(()) => back(&member, id, "The note was added.").await,
        Err(err) => at_field(&member, id, "text", &err).await,
    }
}

async fn change_status(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Status>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let Status { status, reason, version, arrangements } = form.fields;
    let Some(status) = AccountStatus::parse(&status) else {
        return wrong(&member, id, "status-reason", "Choose the new status and say why").await;
    };
    let seen = version.parse().ok();
    let arrangements = arrangements.as_deref().and_then(OnArrangements::parse);
    let change = StatusChange { status, reason, arrangements };
    match accounts::change_status(member.app(), member.actor(), id, seen, change).await {
        Ok(_) => back(&member, id, "The status was changed.").await,
        Err(err) => at_field(&member, id, "status-reason", &err).await,
    }
}

async fn set_restriction(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<NewLimit>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let NewLimit { kind, reason, version } = form.fields;
    let Some(kind) = Restriction::parse(&kind) else {
        return wrong(&member, id, "restriction-reason", "Choose the restriction and say why")
            .await;
    };
    let seen = version.parse().ok();
    let new = NewRestriction { kind, detail: None, reason };
    match accounts::set_restriction(member.app(), member.actor(), id, seen, new).await {
        Ok(_) => back(&member, id, "The restriction was set.").await,
        Err(err) => at_field(&member, id, "restriction-reason", &err).await,
    }
}

async fn lift(
    member: Member,
    path: web::Path<(String, String)>,
    form: CsrfForm<Why>,
) -> Result<HttpResponse, Refusal> {
    let (id, restriction) = path.into_inner();
    let id = id.parse::<AccountId>().map_err(|_| Refusal::NotFound)?;
    let restriction = restriction.parse::<RestrictionId>().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    match accounts::lift_restriction(app, actor, id, restriction, &form.fields.reason).await {
        Ok(_) => back(&member, id, "The restriction was lifted.").await,
        Err(err) => at_field(&member, id, "restriction-reason", &err).await,
    }
}

pub(super) fn account(path: &web::Path<String>) -> Result<AccountId, Refusal> {
    path.parse().map_err(|_| Refusal::NotFound)
}

/// What a `datetime-local` field holds, in the agency's zone.
fn local_time(member: &Member, typed: &str) -> Result<Option<DateTime<Utc>>, ()> {
    let typed = typed.trim().replace(' ', "T");
    if typed.is_empty() {
        return Ok(None);
    }
    let local = NaiveDateTime::parse_from_str(&typed, "%Y-%m-%dT%H:%M").map_err(|_| ())?;
    let at = local.and_local_timezone(member.zone()).earliest().ok_or(())?;
    Ok(Some(at.with_timezone(&Utc)))
}

pub(super) async fn back(
    member: &Member,
    id: AccountId,
    words: &str,
) -> Result<HttpResponse, Refusal> {
    member.flash(Tone::Done, words).await?;
    Ok(go(format!("/accounts/{id}")))
}

pub(super) async fn wrong(
    member: &Member,
    id: AccountId,
    field: &'static str,
    words: &str,
) -> Result<HttpResponse, Refusal> {
    show_account(member, id, Problems::one(field, words)).await
}

/// A refusal that the person can act on stands at its field; any other is a page of its own.
pub(super) async fn at_field(
    member: &Member,
    id: AccountId,
    field: &'static str,
    err: &impl Refused,
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            wrong(member, id, field, &sentence(&err.to_string())).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
