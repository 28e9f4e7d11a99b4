//! What waits for a second person: the list, one request, and the decision.

use super::figures::in_percent;
use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::approval::ApprovalState;
use domain::{ApprovalId, Bucket, Buckets, Currency, Permission};
use serde::Deserialize;
use service::adjustments::Adjustment;
use service::approvals::{self, ApprovalFilter, ApprovalView, Request};
use service::credits::{Refund, RefundBy};
use service::once::Once;
use service::payments::OwnCommission;
use service::window::Window;
use service::{Kind, Refused};

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/approvals", web::get().to(list))
        .route("/approvals/{approval}", web::get().to(read))
        .route("/approvals/{approval}/approve", web::post().to(approve))
        .route("/approvals/{approval}/decline", web::post().to(decline))
        .route("/approvals/{approval}/withdraw", web::post().to(withdraw));
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default = "pending")]
    state: String,
    after: Option<String>,
}

fn pending() -> String {
    ApprovalState::Pending.name().to_owned()
}

#[derive(Template)]
#[template(path = "workspace/approvals.html")]
struct ApprovalsPage {
    page: Page,
    state: String,
    /// Each with its deed in words.
    approvals: Vec<(ApprovalView, &'static str)>,
    pager: Pager,
    zone: Tz,
}

impl ApprovalsPage {
    fn states(&self) -> &'static [ApprovalState] {
        ApprovalState::ALL
    }
}

#[derive(Template)]
#[template(path = "workspace/approval.html")]
struct ApprovalPage {
    page: Page,
    approval: ApprovalView,
    what: String,
    amounts: Vec<(Bucket, domain::Money)>,
    may_decide: bool,
    is_own: bool,
    note: Field,
    zone: Tz,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { state, after } = asked.into_inner();
    let after = after.and_then(|after| after.parse::<ApprovalId>().ok());
    let filter =
        ApprovalFilter { state: ApprovalState::parse(&state), ..ApprovalFilter::default() };
    let window = Window { after, limit: PAGE };
    let found = approvals::list(member.app(), member.actor(), filter, window)
        .await
        .map_err(|e| refused(&e))?;
    let place = |after: Option<ApprovalId>| {
        let mut pairs = vec![("state", state.clone())];
        pairs.extend(after.map(|id| ("after", id.to_string())));
        address("/approvals", &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|row| place(Some(row.id)));
    let pager =
        Pager::new(after.map(|_| place(None)), next, format!("{} requests", found.rows.len()));
    let page = frame(&member, "Approvals");
    let zone = member.zone();
    let worded = found.rows.into_iter().map(|row| {
        let words = approvals::words(row.deed);
        (row, words)
    });
    let approvals = worded.collect();
    Ok(show(&ApprovalsPage { page: page.clone(), state, approvals, pager, zone }, &page))
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_approval(&member, &path, Problems::none(), "").await
}

async fn show_approval(
    member: &Member,
    id: &str,
    problems: Problems,
    typed: &str,
) -> Result<HttpResponse, Refusal> {
    let id = id.parse::<ApprovalId>().map_err(|_| Refusal::NotFound)?;
    let approval =
        approvals::get(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    let title = format!("{} asked for", approvals::words(approval.deed));
    let page = frame(member, title).with(problems);
    let is_own = approval.requested_by == member.actor().principal();
    let waits = approval.state == ApprovalState::Pending;
    let view = ApprovalPage {
        what: what(&approval.request, approval.currency),
        amounts: amounts(&approval.request),
        may_decide: waits && !is_own && member.may(Permission::ApprovalDecide),
        is_own: waits && is_own,
        note: page
            .field("note", "Note")
            .hint("Needed to decline. Kept in the audit trail.")
            .value(typed)
            .optional(),
        zone: member.zone(),
        page: page.clone(),
        approval,
    };
    Ok(show(&view, &page))
}

/// What will be done, in a sentence.
fn what(request: &Request, currency: Currency) -> String {
    match request {
        Request::Refund(Refund::Payment { .. }) => {
            "The whole payment goes back through the gateway that took it.".to_owned()
        }
        Request::Refund(Refund::Credit(terms)) => {
            let amount = terms.amount.to_display(currency);
            match &terms.by {
                RefundBy::Check { reference: Some(reference) } => {
                    format!("{amount} of the credit goes back by check ({reference}).")
                }
                RefundBy::Check { reference: None } => {
                    format!("{amount} of the credit goes back by check.")
                }
                RefundBy::Gateway { .. } => {
                    format!("{amount} of the credit goes back to the card or bank account.")
                }
            }
        }
        Request::Adjustment(Adjustment::Decrease(_)) => "Less will be owed.".to_owned(),
        Request::Adjustment(Adjustment::Charge(_)) => "A cost or fee is added.".to_owned(),
        Request::Adjustment(Adjustment::Reversal { .. }) => {
            "An earlier entry is undone.".to_owned()
        }
        Request::SettlementBelowFloor(terms) => {
            let total = terms.total.to_display(currency);
            format!("The debt is settled for {total}, below the floor of its tier.")
        }
        Request::FeeOverride(terms) => {
            let amount = terms.amount.to_display(currency);
            let keeps = match terms.commission {
                OwnCommission::Rate { rate } => {
                    format!("{} % of what reduces the debt", in_percent(rate))
                }
                OwnCommission::Amount { amount } => amount.to_display(currency),
            };
            format!(
                "A payment of {amount} ({}, paid on {}) is entered and posted. Of it the agency \
                 keeps {keeps}, whatever the schedules say.",
                terms.method.words(),
                terms.effective_on.format("%B %-d, %Y"),
            )
        }
    }
}

fn amounts(request: &Request) -> Vec<(Bucket, domain::Money)> {
    let of = |amounts: &Buckets| {
        let all = Bucket::ALL.into_iter().map(|bucket| (bucket, amounts.get(bucket)));
        all.filter(|(_, amount)| !amount.is_zero()).collect()
    };
    match request {
        Request::Adjustment(Adjustment::Decrease(terms) | Adjustment::Charge(terms)) => {
            of(&terms.amounts)
        }
        Request::Adjustment(Adjustment::Reversal { .. })
        | Request::Refund(_)
        | Request::SettlementBelowFloor(_)
        | Request::FeeOverride(_) => Vec::new(),
    }
}

#[derive(Deserialize)]
struct Decision {
    note: String,
}

async fn approve(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Decision>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<ApprovalId>().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields.note.trim().to_owned();
    let note = Some(typed.clone()).filter(|note| !note.is_empty());
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_approve",
        fingerprint: service::random::hash(&format!("{id}|{typed}")),
    };
    match approvals::approve(member.app(), member.actor(), id, note, &once).await {
        Ok(_) => back(&member, id, "Approved and done.").await,
        Err(err) => at_note(&member, &path, &err, &typed).await,
    }
}

async fn decline(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Decision>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<ApprovalId>().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields.note;
    match approvals::decline(member.app(), member.actor(), id, &typed).await {
        Ok(_) => back(&member, id, "Declined; nothing was done.").await,
        Err(err) => at_note(&member, &path, &err, &typed).await,
    }
}

async fn withdraw(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Decision>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<ApprovalId>().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields.note.trim().to_owned();
    let note = Some(typed.clone()).filter(|note| !note.is_empty());
    match approvals::withdraw(member.app(), member.actor(), id, note).await {
        Ok(_) => back(&member, id, "Withdrawn; nothing was done.").await,
        Err(err) => at_note(&member, &path, &err, &typed).await,
    }
}

async fn back(member: &Member, id: ApprovalId, words: &str) -> Result<HttpResponse, Refusal> {
    member.flash(Tone::Done, words).await?;
    Ok(go(format!("/approvals/{id}")))
}

/// What a person can act on stands at the note, whatever refused: the deed or the decision.
async fn at_note(
    member: &Member,
    id: &str,
    err: &impl Refused,
    typed: &str,
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale | Kind::Forbidden => {
            show_approval(member, id, Problems::one("note", sentence(&err.to_string())), typed)
                .await
        }
        Kind::NotFound
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
