//! Pages that say how to reach us where the site itself does not do it yet.

use super::hub;
use crate::page::{Page, show};
use crate::refusal::Refusal;
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "debtor/dispute.html")]
struct DisputePage {
    page: Page,
    account: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "debtor/cannot_pay.html")]
struct CannotPage {
    page: Page,
    account: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "debtor/contact.html")]
struct ContactPage {
    page: Page,
    account: String,
    reference: String,
}

/// `GET /accounts/{id}/dispute`
pub async fn dispute(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let line = hub::find(&visit, &id).await?.line;
    let page = visit.page(visit.loc().t("dispute-title"));
    let account = line.id.to_string();
    Ok(show(&DisputePage { page: page.clone(), account, reference: line.reference }, &page))
}

/// `GET /accounts/{id}/cannot-pay`
pub async fn cannot_pay(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let line = hub::find(&visit, &id).await?.line;
    let page = visit.page(visit.loc().t("cannot-title"));
    let account = line.id.to_string();
    Ok(show(&CannotPage { page: page.clone(), account, reference: line.reference }, &page))
}

/// `GET /accounts/{id}/contact`
pub async fn contact(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let line = hub::find(&visit, &id).await?.line;
    let page = visit.page(visit.loc().t("contact-title"));
    let account = line.id.to_string();
    Ok(show(&ContactPage { page: page.clone(), account, reference: line.reference }, &page))
}
