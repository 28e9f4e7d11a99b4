//! What creditors pay to the agency: entered once, applied to the invoices named or to the oldest,
//! the rest on account (domain rule 2.7).

use super::account_acts::amount;
use super::subnav::{self, Subnav};
use super::{Names, day, frame, once};
use crate::entry::Member;
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::invoice::InvoiceKind;
use domain::{CreditorId, CreditorPaymentId, InvoiceId, Permission};
use serde::Deserialize;
use service::creditor_payments::{
    self, CreditorPayment, CreditorPaymentFilter, CreditorPaymentRefused, NewCreditorPayment,
};
use service::invoices::{self, Application, Invoice, InvoiceFilter};
use service::window::Window;
use service::{Refused, creditors};
use std::collections::BTreeMap;

const PAGE: u16 = 50;
/// Creditors to choose from, and open invoices of one, at most.
const CHOICES: u16 = 500;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/creditor-payments", web::get().to(list))
        .route("/creditor-payments", web::post().to(enter))
        .route("/creditor-payments/new", web::get().to(ask))
        .route("/creditor-payments/{payment}", web::get().to(read))
        .route("/creditor-payments/{payment}/apply", web::post().to(apply));
}

#[derive(Debug, Deserialize)]
struct Asked {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/creditor_payments.html")]
struct PaymentsPage {
    page: Page,
    nav: Subnav,
    rows: Vec<CreditorPayment>,
    names: Names,
    /// Whose payment may be entered.
    creditors: Vec<(CreditorId, String)>,
    pager: Pager,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let after = asked.into_inner().after.and_then(|it| it.parse::<CreditorPaymentId>().ok());
    let (app, actor) = (member.app(), member.actor());
    let window = Window { after, limit: PAGE };
    let found = creditor_payments::list(app, actor, CreditorPaymentFilter::default(), &window)
        .await
        .map_err(|e| refused(&e))?;
    let names = Names::of(&member, found.rows.iter().map(|row| row.creditor_id)).await;
    let here = "/creditor-payments";
    let next = found.rows.last().filter(|_| found.more);
    let next = next.map(|row| address(here, &[("after", row.id.to_string())]));
    let shown = format!("{} payments", found.rows.len());
    let pager = Pager::new(after.map(|_| here.to_owned()), next, shown);
    let creditors = if member.may(Permission::RemittanceWrite) {
        let all = creditors::list(app, actor, None, CHOICES.into()).await;
        let all = all.map_err(|e| refused(&e))?.into_iter();
        all.map(|row| (row.id, format!("{}, {}", row.name, row.code))).collect()
    } else {
        Vec::new()
    };
    let page = frame(&member, "Payments of creditors");
    let view = PaymentsPage {
        nav: subnav::month_end(&page),
        rows: found.rows,
        names: names.map_err(|e| refused(&e))?,
        creditors,
        pager,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Debug, Deserialize)]
struct Of {
    #[serde(default)]
    creditor: String,
}

#[derive(Template)]
#[template(path = "workspace/creditor_payment_new.html")]
struct EntryPage {
    page: Page,
    nav: Subnav,
    creditor: CreditorId,
    amount: Field,
    received_on: Field,
    reference: Field,
    /// Open invoices, the oldest first, and whether each is ticked.
    open: Vec<(Invoice, bool)>,
}

/// What was typed. The rest are ticks: the ids of invoices.
#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    creditor: String,
    #[serde(default)]
    amount: String,
    #[serde(default)]
    received_on: String,
    #[serde(default)]
    reference: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

impl Typed {
    fn ticked(&self, invoice: &InvoiceId) -> bool {
        self.rest.contains_key(&invoice.to_string())
    }
}

async fn ask(member: Member, asked: web::Query<Of>) -> Result<HttpResponse, Refusal> {
    member.require(Permission::RemittanceWrite)?;
    let Of { creditor } = asked.into_inner();
    if creditor.is_empty() {
        member.flash(Tone::Note, "Choose the creditor that paid.").await?;
        return Ok(go("/creditor-payments"));
    }
    show_entry(&member, Typed { creditor, ..Typed::default() }, Problems::none()).await
}

async fn show_entry(
    member: &Member,
    typed: Typed,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let id = typed.creditor.parse::<CreditorId>().map_err(|_| Refusal::NotFound)?;
    let creditor = creditors::find(member.app(), member.actor(), id).await;
    let creditor = creditor.map_err(|e| refused(&e))?;
    let open = open_invoices(member, id).await?;
    let page = frame(member, format!("Payment from {}", creditor.name)).with(problems);
    let view = EntryPage {
        nav: subnav::month_end(&page),
        creditor: id,
        open: open
            .into_iter()
            .map(|row| (typed.ticked(&row.id), row))
            .map(|(t, r)| (r, t))
            .collect(),
        amount: page.field("amount", "Amount").money().class("w8").value(typed.amount),
        received_on: page
            .field("received_on", "Day on which it came (today if empty)")
            .kind("date")
            .class("w8")
            .value(typed.received_on)
            .optional(),
        reference: page
            .field("reference", "Check number or other reference (optional)")
            .class("w16")
            .value(typed.reference)
            .optional(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

/// The open invoices of a creditor, the oldest first: the order in which they are paid.
async fn open_invoices(member: &Member, of: CreditorId) -> Result<Vec<Invoice>, Refusal> {
    let kind = Some(InvoiceKind::Invoice);
    let filter = InvoiceFilter { creditor: Some(of), kind, open: true };
    let window = Window { after: None, limit: CHOICES };
    let found = invoices::list(member.app(), member.actor(), filter, &window).await;
    let mut rows = found.map_err(|e| refused(&e))?.rows;
    rows.sort_by_key(|row| (row.issued_on, row.number));
    Ok(rows)
}

async fn enter(member: Member, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    let typed = form.fields;
    let creditor = typed.creditor.parse::<CreditorId>().map_err(|_| Refusal::NotFound)?;
    let currency = member.front().currency;
    let mut problems = Problems::none();
    let money = amount(&typed.amount, currency);
    if money.is_none() {
        problems.add("amount", "Write the amount as in 1250.00");
    }
    let received_on = day(&typed.received_on);
    if received_on.is_err() {
        problems.add("received_on", "Choose a day, or leave it empty for today");
    }
    let (Some(money), Ok(received_on)) = (money, received_on) else {
        return show_entry(&member, typed, problems).await;
    };
    let open = open_invoices(&member, creditor).await?;
    let named: Vec<InvoiceId> =
        open.iter().map(|row| row.id).filter(|id| typed.ticked(id)).collect();
    let reference = Some(typed.reference.trim().to_owned()).filter(|text| !text.is_empty());
    let ticks: Vec<&str> =
        typed.rest.keys().map(String::as_str).filter(|key| is_tick(key)).collect();
    let asked = format!("{creditor}|{money}|{received_on:?}|{reference:?}|{}", ticks.join(","));
    let once = once(&member, form.form_id, "workspace_enter_creditor_payment", &asked);
    let new = NewCreditorPayment {
        creditor,
        amount: money,
        currency,
        received_on,
        reference,
        invoices: named,
    };
    match creditor_payments::enter(member.app(), member.actor(), new, &once).await {
        Ok(done) => {
            member.flash(Tone::Done, "The payment is entered.").await?;
            Ok(go(format!("/creditor-payments/{}", done.value)))
        }
        Err(err) => {
            let field = match err.pointer() {
                Some("/received_on") => "received_on",
                Some("/reference") => "reference",
                Some(_) | None => "amount",
            };
            let problems = Problems::one(field, said(&err)?);
            show_entry(&member, typed, problems).await
        }
    }
}

/// Seal and form id come with every form and are no ticks.
fn is_tick(key: &str) -> bool {
    key.parse::<InvoiceId>().is_ok()
}

fn said(err: &CreditorPaymentRefused) -> Result<String, Refusal> {
    match err {
        CreditorPaymentRefused::InvoiceNotOpen(_) => {
            Ok("One of the invoices is no longer open. Choose again.".to_owned())
        }
        CreditorPaymentRefused::NothingToApply
        | CreditorPaymentRefused::InTheFuture
        | CreditorPaymentRefused::TooLongAgo
        | CreditorPaymentRefused::WrongCurrency(_)
        | CreditorPaymentRefused::LongReference
        | CreditorPaymentRefused::TooLarge(_)
        | CreditorPaymentRefused::Once(_)
        | CreditorPaymentRefused::Stop(_) => told(err),
    }
}

#[derive(Template)]
#[template(path = "workspace/creditor_payment.html")]
struct PaymentPage {
    page: Page,
    nav: Subnav,
    payment: CreditorPayment,
    creditor: String,
    applications: Vec<Application>,
    may_apply: bool,
    zone: Tz,
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_one(&member, &path, Problems::none()).await
}

async fn show_one(member: &Member, id: &str, problems: Problems) -> Result<HttpResponse, Refusal> {
    let id = id.parse::<CreditorPaymentId>().map_err(|_| Refusal::NotFound)?;
    let found = creditor_payments::get(member.app(), member.actor(), id).await;
    let (payment, applications) = found.map_err(|e| refused(&e))?;
    let names = Names::of(member, [payment.creditor_id].into_iter()).await;
    let creditor = names.map_err(|e| refused(&e))?.get(&payment.creditor_id).to_owned();
    let page = frame(member, format!("Payment from {creditor}")).with(problems);
    let may_apply = payment.unapplied.is_positive() && member.may(Permission::RemittanceWrite);
    let view = PaymentPage {
        nav: subnav::month_end(&page),
        payment,
        creditor,
        applications,
        may_apply,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

async fn apply(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<crate::entry::Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<CreditorPaymentId>().map_err(|_| Refusal::NotFound)?;
    let once = once(&member, form.form_id, "workspace_apply_creditor_payment", &id.to_string());
    match creditor_payments::apply_rest(member.app(), member.actor(), id, &[], &once).await {
        Ok(_) => {
            member.flash(Tone::Done, "Applied to the oldest open invoices.").await?;
            Ok(go(format!("/creditor-payments/{id}")))
        }
        Err(err) => show_one(&member, &path, Problems::one("apply", said(&err)?)).await,
    }
}
