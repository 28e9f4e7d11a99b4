//! Invoices and credit notes, with what of them is open.

use super::{ROWS, frame, words};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::InvoiceId;
use domain::invoice::InvoiceKind;
use serde::Deserialize;
use service::invoices::{self, Invoice, InvoiceFilter};
use service::window::Window;

#[derive(Template)]
#[template(path = "client/invoices.html")]
struct InvoicesPage {
    page: Page,
    invoices: Vec<Invoice>,
    pager: Pager,
}

/// What is asked of the list.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<InvoiceId>,
}

/// The list.
pub async fn list_invoices(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let window = Window { after: asked.after, limit: ROWS };
    let part = invoices::list(member.app(), member.actor(), InvoiceFilter::default(), &window)
        .await
        .map_err(|e| refused(&e))?;
    let next = part.rows.last().filter(|_| part.more);
    let next = next.map(|last| address("/invoices", &[("after", last.id.to_string())]));
    let first = asked.after.map(|_| "/invoices".to_owned());
    let page = frame(&member, "Invoices and credit notes");
    let list = InvoicesPage {
        pager: Pager::new(first, next, format!("{} on this page", part.rows.len())),
        invoices: part.rows,
        page: page.clone(),
    };
    Ok(show(&list, &page))
}
