//! Invoices and credit notes to creditors: the list, one of them, and how late they are.

use super::subnav::{self, Subnav};
use super::{Names, frame};
use crate::chart::{self, Bar, Caption, Svg};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use crate::stairs::{dollars, number};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::invoice::{AgeBand, InvoiceKind, InvoicePurpose};
use domain::{InvoiceId, Permission};
use serde::Deserialize;
use service::invoices::{self, Application, Invoice, InvoiceFilter, Receivables};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/invoices", web::get().to(list))
        .route("/invoices/{invoice}", web::get().to(read))
        .route("/receivables", web::get().to(aging));
}

/// What a paper is, in words.
pub(super) fn words(kind: InvoiceKind, purpose: InvoicePurpose) -> &'static str {
    match (kind, purpose) {
        (InvoiceKind::Invoice, InvoicePurpose::Commission) => "Invoice for commission",
        (InvoiceKind::Invoice, InvoicePurpose::DirectCommission) => {
            "Invoice for commission on direct payments"
        }
        (InvoiceKind::Invoice, InvoicePurpose::Deficit) => "Invoice for a statement below zero",
        (InvoiceKind::CreditNote, InvoicePurpose::Commission) => "Credit note for commission",
        (InvoiceKind::CreditNote, InvoicePurpose::DirectCommission) => {
            "Credit note for commission on direct payments"
        }
        (InvoiceKind::CreditNote, InvoicePurpose::Deficit) => {
            "Credit note for a statement below zero"
        }
    }
}

/// How late, in words.
fn late(band: AgeBand) -> &'static str {
    match band {
        AgeBand::Current => "Not due",
        AgeBand::To30 => "1 to 30 days",
        AgeBand::To60 => "31 to 60 days",
        AgeBand::To90 => "61 to 90 days",
        AgeBand::Over90 => "Over 90 days",
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    open: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/invoices.html")]
struct InvoicesPage {
    page: Page,
    nav: Subnav,
    kind: String,
    open: bool,
    rows: Vec<Invoice>,
    names: Names,
    pager: Pager,
}

impl InvoicesPage {
    fn words(&self, row: &Invoice) -> &'static str {
        words(row.kind, row.purpose)
    }
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { kind, open, after } = asked.into_inner();
    let after = after.and_then(|after| after.parse::<InvoiceId>().ok());
    let only_open = open == "yes";
    let filter = InvoiceFilter { kind: InvoiceKind::parse(&kind), open: only_open, creditor: None };
    let window = Window { after, limit: PAGE };
    let found = invoices::list(member.app(), member.actor(), filter, &window)
        .await
        .map_err(|e| refused(&e))?;
    let names = Names::of(&member, found.rows.iter().map(|row| row.creditor_id)).await;
    let place = |after: Option<InvoiceId>| {
        let mut pairs = vec![("kind", kind.clone()), ("open", open.clone())];
        pairs.extend(after.map(|id| ("after", id.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/invoices", &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|row| place(Some(row.id)));
    let shown = format!("{} papers", found.rows.len());
    let pager = Pager::new(after.map(|_| place(None)), next, shown);
    let page = frame(&member, "Invoices and credit notes");
    let view = InvoicesPage {
        nav: subnav::month_end(&page),
        kind,
        open: only_open,
        rows: found.rows,
        names: names.map_err(|e| refused(&e))?,
        pager,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/invoice.html")]
struct InvoicePage {
    page: Page,
    nav: Subnav,
    invoice: Invoice,
    creditor: String,
    applications: Vec<Application>,
    may_enter: bool,
    zone: Tz,
}

impl InvoicePage {
    fn is_invoice(&self) -> bool {
        match self.invoice.kind {
            InvoiceKind::Invoice => true,
            InvoiceKind::CreditNote => false,
        }
    }
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<InvoiceId>().map_err(|_| Refusal::NotFound)?;
    let found = invoices::get(member.app(), member.actor(), id).await;
    let (invoice, applications) = found.map_err(|e| refused(&e))?;
    let names = Names::of(&member, [invoice.creditor_id].into_iter()).await;
    let creditor = names.map_err(|e| refused(&e))?.get(&invoice.creditor_id).to_owned();
    let title = format!("{}, no. {}", words(invoice.kind, invoice.purpose), invoice.number);
    let page = frame(&member, title);
    let may_enter = member.may(Permission::RemittanceWrite) && invoice.open.is_positive();
    let view = InvoicePage {
        nav: subnav::month_end(&page),
        invoice,
        creditor,
        applications,
        may_enter,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/receivables.html")]
struct ReceivablesPage {
    page: Page,
    nav: Subnav,
    found: Receivables,
    picture: Svg,
}

impl ReceivablesPage {
    fn late(&self, band: &AgeBand) -> &'static str {
        late(*band)
    }
}

async fn aging(member: Member) -> Result<HttpResponse, Refusal> {
    let found = invoices::aging(member.app(), member.actor(), None).await;
    let found = found.map_err(|e| refused(&e))?;
    let page = frame(&member, "Receivables by age");
    let bars: Vec<Bar<'_>> = found
        .bands
        .iter()
        .map(|(band, sum)| Bar { name: late(*band), value: number(&sum.to_decimal()) })
        .collect();
    let says = format!("{} is open on invoices.", page.money(&found.invoiced));
    let caption = Caption { id: "aging", title: "Open on invoices, by how late", says: &says };
    let picture = chart::bars(&caption, &bars, &dollars);
    let nav = subnav::month_end(&page);
    Ok(show(&ReceivablesPage { page: page.clone(), nav, found, picture }, &page))
}
