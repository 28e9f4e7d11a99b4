//! "I am not this person": reachable by anybody, asks for no name.

use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::reference::Reference;
use serde::Deserialize;
use service::debtor_access::{self, Known};

#[derive(Template)]
#[template(path = "debtor/not_me.html")]
struct NotMePage {
    page: Page,
    reference: Field,
}

#[derive(Template)]
#[template(path = "debtor/not_me_done.html")]
struct DonePage {
    page: Page,
}

#[derive(Debug, Deserialize)]
pub struct Typed {
    reference: String,
}

/// `GET /not-me`
pub async fn not_me(visit: Visit) -> Result<HttpResponse, Refusal> {
    Ok(ask(&visit, "", Problems::none()))
}

/// `POST /not-me`: with the reference of a letter.
pub async fn by_letter(visit: Visit, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    let typed = form.fields.reference.trim();
    let Ok(reference) = typed.parse::<Reference>() else {
        let problems = Problems::one("reference", visit.loc().t("start-bad"));
        return Ok(ask(&visit, typed, problems));
    };
    tell(&visit, &Known::Letter(reference)).await
}

/// `POST /l/{token}/not-me`: with the link of a mail.
pub async fn by_mail(
    visit: Visit,
    token: web::Path<String>,
    _: CsrfForm<super::Nothing>,
) -> Result<HttpResponse, Refusal> {
    tell(&visit, &Known::Mail(token.into_inner())).await
}

/// `GET /not-me/done`
pub async fn done(visit: Visit) -> Result<HttpResponse, Refusal> {
    let page = visit.page(visit.loc().t("not-me-done-title"));
    Ok(show(&DonePage { page: page.clone() }, &page))
}

async fn tell(visit: &Visit, known: &Known) -> Result<HttpResponse, Refusal> {
    debtor_access::not_me(visit.app(), visit.agency(), visit.address(), known)
        .await
        .map_err(|err| refused(&err))?;
    Ok(go("/not-me/done"))
}

fn ask(visit: &Visit, typed: &str, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("not-me-title")).with(problems);
    let reference = page
        .field("reference", page.t("not-me-label"))
        .hint(page.t("start-hint"))
        .value(typed)
        .class("w16");
    show(&NotMePage { page: page.clone(), reference }, &page)
}
