//! What the bank and the books do not agree on, and one line of the bank with what may be done about
//! it: matched, explained, posted as unidentified, assigned to the payment that was found.

use super::subnav::{self, Subnav};
use super::{bank_statements as statements, frame, once};
use crate::entry::{Member, Nothing};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::bank_statement::LineState;
use domain::{BankLineId, PaymentId, PayoutId, Permission, RemittanceId, TrustAccountId, TxnId};
use serde::Deserialize;
use service::bank_statements::{self, ExceptionView, Movement, OpenLine, WorkRefused};
use service::trust::{self, TrustAccount};
use service::window::Window;
use std::collections::BTreeMap;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/trust/exceptions", web::get().to(exceptions))
        .route("/trust/bank-lines/{line}", web::get().to(read))
        .route("/trust/bank-lines/{line}/match", web::post().to(match_line))
        .route("/trust/bank-lines/{line}/unmatch", web::post().to(unmatch))
        .route("/trust/bank-lines/{line}/note", web::post().to(note))
        .route("/trust/bank-lines/{line}/unidentified", web::post().to(unidentified))
        .route("/trust/bank-lines/{line}/assign", web::post().to(assign));
}

/// What made a movement, and where it can be read.
fn source(movement: &Movement) -> (&'static str, Option<String>) {
    let id = movement.source_id;
    match movement.source_type.as_str() {
        "payment" => ("Payment", Some(format!("/payments/{}", PaymentId(id)))),
        "remittance" => ("Remittance", Some(format!("/remittances/{}", RemittanceId(id)))),
        "payout" => ("Payout", Some(format!("/trust/payouts/{}", PayoutId(id)))),
        "sweep" => ("Sweep", Some("/sweeps".to_owned())),
        "advance" => ("Advance from operating", None),
        "credit_use" => ("Refund of a credit", None),
        "bank_line" => ("Unidentified money", None),
        _ => ("Entry", None),
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    account: String,
    after: Option<u32>,
}

#[derive(Template)]
#[template(path = "workspace/exceptions.html")]
struct ExceptionsPage {
    page: Page,
    nav: Subnav,
    accounts: Vec<TrustAccount>,
    account: TrustAccountId,
    rows: Vec<ExceptionView>,
    total: u64,
    pager: Pager,
}

impl ExceptionsPage {
    fn source(&self, movement: &Movement) -> (&'static str, Option<String>) {
        source(movement)
    }
}

async fn exceptions(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { account, after } = asked.into_inner();
    let (app, actor) = (member.app(), member.actor());
    let accounts = trust::accounts(app, actor).await.map_err(|e| refused(&e))?;
    let chosen = account.parse::<TrustAccountId>().ok();
    let chosen = chosen.or_else(|| accounts.first().map(|one| one.id)).ok_or(Refusal::NotFound)?;
    let window = Window { after, limit: PAGE };
    let found = bank_statements::exceptions(app, actor, chosen, window).await;
    let (_, part, total) = found.map_err(|e| refused(&e))?;
    let place = |after: Option<u32>| {
        let mut pairs = vec![("account", account.clone())];
        pairs.extend(after.map(|at| ("after", at.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/trust/exceptions", &pairs)
    };
    let seen = u32::try_from(part.rows.len()).unwrap_or(u32::MAX);
    let next = part.more.then(|| place(Some(after.unwrap_or(0).saturating_add(seen))));
    let shown = format!("{} of {total}", part.rows.len());
    let pager = Pager::new(after.map(|_| place(None)), next, shown);
    let page = frame(&member, "Bank and books: what is left to work");
    let view = ExceptionsPage {
        nav: subnav::trust(&member, &page),
        accounts,
        account: chosen,
        rows: part.rows,
        total,
        pager,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/bank_line.html")]
struct LinePage {
    page: Page,
    nav: Subnav,
    open: OpenLine,
    /// What may be done, as far as the reader may do anything.
    work: Option<Work>,
    zone: Tz,
}

/// What may be done about a line from where it stands.
#[derive(Debug)]
enum Work {
    /// It is open: match, note, and where it came in post it as unidentified.
    Open(Box<(Field, Field)>),
    /// It lies among the unidentified money: its payment may have been found.
    Unidentified,
    /// It is matched or noted: that may be undone.
    Done,
}

impl LinePage {
    fn source(&self, movement: &Movement) -> (&'static str, Option<String>) {
        source(movement)
    }

    fn fits(&self, movement: &Movement) -> bool {
        movement.amount == self.open.line.row.amount
    }

    /// Payments of the same amount that no line of the bank stands for.
    fn payments(&self) -> Vec<(&Movement, PaymentId)> {
        let found = self.open.movements.iter();
        found
            .filter(|one| one.source_type == "payment" && self.fits(one))
            .map(|one| (one, PaymentId(one.source_id)))
            .collect()
    }
}

/// What was typed into the forms of a line.
#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    note: String,
    #[serde(default)]
    match_note: String,
    #[serde(default)]
    payment: String,
    /// Ticks: the movements that are to be matched.
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_line(&member, &path, Problems::none(), Typed::default()).await
}

async fn show_line(
    member: &Member,
    id: &str,
    problems: Problems,
    typed: Typed,
) -> Result<HttpResponse, Refusal> {
    let id = id.parse::<BankLineId>().map_err(|_| Refusal::NotFound)?;
    let found = bank_statements::line(member.app(), member.actor(), id).await;
    let open = found.map_err(|e| refused(&e))?;
    let page = frame(member, "Line of the bank").with(problems);
    let fields = || {
        let note = page.field("note", "Why the books have nothing for it").value(typed.note);
        let why = page.field("match_note", "Note (optional)").value(typed.match_note).optional();
        (note, why)
    };
    let row = &open.line.row;
    let waits = row.unidentified_id.is_some() && row.payment_id.is_none();
    let work = match row.state {
        LineState::Open => Some(Work::Open(Box::new(fields()))),
        LineState::Matched if waits => Some(Work::Unidentified),
        LineState::Matched if row.unidentified_id.is_some() => None,
        LineState::Matched | LineState::Noted => Some(Work::Done),
    };
    let view = LinePage {
        nav: subnav::trust(member, &page),
        work: work.filter(|_| member.may(Permission::TrustWrite)),
        open,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

fn line(path: &str) -> Result<BankLineId, Refusal> {
    path.parse().map_err(|_| Refusal::NotFound)
}

async fn done(member: &Member, id: BankLineId, words: &str) -> Result<HttpResponse, Refusal> {
    member.flash(Tone::Done, words).await?;
    Ok(go(format!("/trust/bank-lines/{id}")))
}

fn said(err: &WorkRefused) -> Result<String, Refusal> {
    match err {
        WorkRefused::NotAMovement(_) => {
            Ok("One of these movements is matched with another line by now.".to_owned())
        }
        WorkRefused::NotOpen
        | WorkRefused::NotMatched
        | WorkRefused::PostedByHand
        | WorkRefused::DoesNotSum { .. }
        | WorkRefused::NoNote
        | WorkRefused::WentOut
        | WorkRefused::NotUnidentified
        | WorkRefused::OtherAmount { .. }
        | WorkRefused::NotInTheBank
        | WorkRefused::Once(_)
        | WorkRefused::Stop(_) => told(err),
    }
}

async fn match_line(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = line(&path)?;
    let typed = form.fields;
    let txns: Vec<TxnId> = typed.rest.keys().filter_map(|key| key.parse().ok()).collect();
    if txns.is_empty() {
        let problems = Problems::one("movements", "Tick the movements that this line stands for");
        return show_line(&member, &path, problems, typed).await;
    }
    let note = Some(typed.match_note.trim().to_owned()).filter(|note| !note.is_empty());
    match bank_statements::match_line(member.app(), member.actor(), id, txns, note).await {
        Ok(()) => done(&member, id, "Matched.").await,
        Err(err) => {
            let problems = Problems::one("movements", said(&err)?);
            show_line(&member, &path, problems, typed).await
        }
    }
}

async fn unmatch(
    member: Member,
    path: web::Path<String>,
    _form: CsrfForm<Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id = line(&path)?;
    match bank_statements::unmatch(member.app(), member.actor(), id).await {
        Ok(()) => done(&member, id, "The line is open again.").await,
        Err(err) => {
            show_line(&member, &path, Problems::one("done", said(&err)?), Typed::default()).await
        }
    }
}

async fn note(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = line(&path)?;
    let typed = form.fields;
    match bank_statements::note(member.app(), member.actor(), id, typed.note.clone()).await {
        Ok(()) => done(&member, id, "Explained; it is left out of the difference.").await,
        Err(err) => show_line(&member, &path, Problems::one("note", said(&err)?), typed).await,
    }
}

async fn unidentified(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id = line(&path)?;
    let once = once(&member, form.form_id, "workspace_post_unidentified", &id.to_string());
    match bank_statements::post_unidentified(member.app(), member.actor(), id, &once).await {
        Ok(_) => done(&member, id, "Posted: it is in trust, and nobody's yet.").await,
        Err(err) => {
            let problems = Problems::one("unidentified", said(&err)?);
            show_line(&member, &path, problems, Typed::default()).await
        }
    }
}

async fn assign(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = line(&path)?;
    let typed = form.fields;
    let Ok(payment) = typed.payment.parse::<PaymentId>() else {
        let problems = Problems::one("payment", "Choose the payment that was entered for it");
        return show_line(&member, &path, problems, typed).await;
    };
    let asked = format!("{id}|{payment}");
    let once = once(&member, form.form_id, "workspace_assign_bank_line", &asked);
    match bank_statements::assign(member.app(), member.actor(), id, payment, &once).await {
        Ok(_) => done(&member, id, "Assigned: the money is the payment's.").await,
        Err(err) => show_line(&member, &path, Problems::one("payment", said(&err)?), typed).await,
    }
}
