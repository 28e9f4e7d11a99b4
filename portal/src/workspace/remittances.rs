//! Remittances: the list, one of them, its payment by a second person, and its voiding.

use super::subnav::{self, Subnav};
use super::{day, frame, once, statements};
use crate::entry::Member;
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::remittance::RemittanceState;
use domain::{Permission, RemittanceId};
use serde::Deserialize;
use service::Refused;
use service::remittances::{self, NewIssue, Remittance, RemittanceFilter, RemittanceRefused};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/remittances", web::get().to(list))
        .route("/remittances/{remittance}", web::get().to(read))
        .route("/remittances/{remittance}/issue", web::post().to(issue))
        .route("/remittances/{remittance}/void", web::post().to(void));
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/remittances.html")]
struct RemittancesPage {
    page: Page,
    nav: Subnav,
    state: String,
    rows: Vec<Remittance>,
    pager: Pager,
    zone: Tz,
}

impl RemittancesPage {
    fn states(&self) -> &'static [RemittanceState] {
        RemittanceState::ALL
    }
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { state, after } = asked.into_inner();
    let after = after.and_then(|after| after.parse::<RemittanceId>().ok());
    let filter =
        RemittanceFilter { state: RemittanceState::parse(&state), ..RemittanceFilter::default() };
    let window = Window { after, limit: PAGE };
    let found = remittances::list(member.app(), member.actor(), filter, &window)
        .await
        .map_err(|e| refused(&e))?;
    let place = |after: Option<RemittanceId>| {
        let mut pairs = vec![("state", state.clone())];
        pairs.extend(after.map(|id| ("after", id.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/remittances", &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|row| place(Some(row.row.id)));
    let shown = format!("{} remittances", found.rows.len());
    let pager = Pager::new(after.map(|_| place(None)), next, shown);
    let page = frame(&member, "Remittances");
    let view = RemittancesPage {
        nav: subnav::month_end(&page),
        state,
        rows: found.rows,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/remittance.html")]
struct RemittancePage {
    page: Page,
    nav: Subnav,
    remittance: Remittance,
    /// Reference and day, for the second person.
    issue: Option<(Field, Field)>,
    /// Whether the reader prepared it, so that somebody else has to approve.
    is_own: bool,
    void: Option<Field>,
    zone: Tz,
}

/// What was typed into the forms of a remittance.
#[derive(Debug, Default)]
struct Typed {
    reference: String,
    issued_on: String,
    reason: String,
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_one(&member, &path, Problems::none(), Typed::default()).await
}

async fn show_one(
    member: &Member,
    id: &str,
    problems: Problems,
    typed: Typed,
) -> Result<HttpResponse, Refusal> {
    let id = id.parse::<RemittanceId>().map_err(|_| Refusal::NotFound)?;
    let found = remittances::get(member.app(), member.actor(), id).await;
    let remittance = found.map_err(|e| refused(&e))?;
    let page = frame(member, format!("Remittance to {}", remittance.creditor_name)).with(problems);
    let (waits, issued) = match remittance.row.state {
        RemittanceState::Prepared => (true, false),
        RemittanceState::Issued => (false, true),
        RemittanceState::Voided => (false, false),
    };
    let is_own = waits && remittance.row.prepared_by == member.actor().principal();
    let may_issue = waits && !is_own && member.may(Permission::ApprovalDecide);
    let fields = || {
        let reference = page
            .field("reference", "Check or trace number (optional)")
            .hint("By which the bank and the creditor will know it.")
            .class("w16")
            .value(typed.reference)
            .optional();
        let issued_on = page
            .field("issued_on", "Day on which it leaves (today if empty)")
            .kind("date")
            .class("w8")
            .value(typed.issued_on)
            .optional();
        (reference, issued_on)
    };
    let may_void = issued && member.may(Permission::RemittanceWrite);
    let reason = || page.field("reason", "Why it did not arrive").value(typed.reason);
    let view = RemittancePage {
        nav: subnav::month_end(&page),
        issue: may_issue.then(fields),
        is_own,
        void: may_void.then(reason),
        zone: member.zone(),
        remittance,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Debug, Deserialize)]
struct Issue {
    reference: String,
    issued_on: String,
}

async fn issue(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Issue>,
) -> Result<HttpResponse, Refusal> {
    let remittance = path.parse::<RemittanceId>().map_err(|_| Refusal::NotFound)?;
    let Issue { reference, issued_on } = form.fields;
    let asked = format!("{remittance}|{reference}|{issued_on}");
    let once = once(&member, form.form_id, "workspace_issue_remittance", &asked);
    let typed =
        || Typed { reference: reference.clone(), issued_on: issued_on.clone(), ..Typed::default() };
    let Ok(day) = day(&issued_on) else {
        let problems = Problems::one("issued_on", "Choose a day, or leave it empty for today");
        return show_one(&member, &path, problems, typed()).await;
    };
    let named = Some(reference.trim().to_owned()).filter(|text| !text.is_empty());
    let new = NewIssue { remittance, reference: named, issued_on: day };
    match remittances::issue(member.app(), member.actor(), new, &once).await {
        Ok(_) => {
            member.flash(Tone::Done, "Approved: the remittance has left trust.").await?;
            Ok(go(format!("/remittances/{remittance}")))
        }
        Err(err) => {
            let field = match err.pointer() {
                Some("/issued_on") => "issued_on",
                Some(_) | None => "reference",
            };
            let problems = Problems::one(field, said(&err)?);
            show_one(&member, &path, problems, typed()).await
        }
    }
}

/// Who may not approve is told why at the form: it is about this remittance, not about the page.
fn said(err: &RemittanceRefused) -> Result<String, Refusal> {
    match err {
        RemittanceRefused::NotYours(why) => Ok(crate::entry::sentence(&why.to_string())),
        RemittanceRefused::NotPrepared(_)
        | RemittanceRefused::NotIssued(_)
        | RemittanceRefused::NeedsPerson
        | RemittanceRefused::TrustCashShort { .. }
        | RemittanceRefused::InTheFuture
        | RemittanceRefused::LongReference
        | RemittanceRefused::NoReason
        | RemittanceRefused::Once(_)
        | RemittanceRefused::Stop(_) => told(err),
    }
}

#[derive(Debug, Deserialize)]
struct Void {
    reason: String,
}

async fn void(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Void>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<RemittanceId>().map_err(|_| Refusal::NotFound)?;
    let reason = form.fields.reason;
    let once = once(&member, form.form_id, "workspace_void_remittance", &format!("{id}|{reason}"));
    match remittances::void(member.app(), member.actor(), id, &reason, &once).await {
        Ok(again) => {
            let words =
                "Voided: the money is in trust again, and this remittance was prepared anew.";
            member.flash(Tone::Done, words).await?;
            Ok(go(format!("/remittances/{}", again.value)))
        }
        Err(err) => {
            let problems = Problems::one("reason", said(&err)?);
            show_one(&member, &path, problems, Typed { reason, ..Typed::default() }).await
        }
    }
}
