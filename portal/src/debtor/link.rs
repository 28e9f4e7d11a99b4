//! The link from the mail.

use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use service::debtor_access::{self, AccessRefused};

#[derive(Template)]
#[template(path = "debtor/link.html")]
struct LinkPage {
    page: Page,
    email: Field,
}

#[derive(Template)]
#[template(path = "debtor/link_sent.html")]
struct SentPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "debtor/link_open.html")]
struct OpenPage {
    page: Page,
    token: String,
}

#[derive(Template)]
#[template(path = "debtor/link_used.html")]
struct UsedPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "debtor/zip.html")]
struct ZipPage {
    page: Page,
    zip: Field,
}

#[derive(Debug, Deserialize)]
pub struct TypedEmail {
    email: String,
}

#[derive(Debug, Deserialize)]
pub struct TypedZip {
    zip: String,
}

/// `GET /link`
pub async fn ask(visit: Visit) -> Result<HttpResponse, Refusal> {
    Ok(ask_email(&visit, "", Problems::none()))
}

/// `POST /link`: the same answer whether the address is on file or not.
pub async fn take_email(visit: Visit, form: CsrfForm<TypedEmail>) -> Result<HttpResponse, Refusal> {
    let email = form.fields.email.trim();
    let plausible = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !email.contains(char::is_whitespace)
    });
    if !plausible || email.len() > 254 {
        return Ok(ask_email(&visit, email, Problems::one("email", visit.loc().t("link-bad"))));
    }
    let session = visit.remembered().await?;
    match debtor_access::ask(visit.app(), &session, visit.address(), email, visit.origin()).await {
        Ok(()) => Ok(go("/link/sent")),
        Err(AccessRefused::TooMany { .. }) => Err(Refusal::TooMany),
        Err(other) => Err(refused(&other)),
    }
}

/// `GET /link/sent`
pub async fn sent(visit: Visit) -> Result<HttpResponse, Refusal> {
    let page = visit.page(visit.loc().t("link-sent-title"));
    Ok(show(&SentPage { page: page.clone() }, &page))
}

/// `GET /l/{token}`: shows a button only, since mail scanners open links by themselves.
pub async fn opened(visit: Visit, token: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let page = visit.page(visit.loc().t("link-open-title"));
    Ok(show(&OpenPage { page: page.clone(), token: token.into_inner() }, &page))
}

/// `POST /l/{token}`: uses the link.
pub async fn used(
    visit: Visit,
    token: web::Path<String>,
    _: CsrfForm<super::Nothing>,
) -> Result<HttpResponse, Refusal> {
    let session = visit.remembered().await?;
    match debtor_access::open(visit.app(), &session, &token).await {
        Ok(()) => Ok(go("/zip")),
        Err(AccessRefused::Expired) => {
            let page = visit.page(visit.loc().t("link-used-title"));
            Ok(show(&UsedPage { page: page.clone() }, &page))
        }
        Err(other) => Err(refused(&other)),
    }
}

/// `GET /zip`
pub async fn zip(visit: Visit) -> Result<HttpResponse, Refusal> {
    if visit.session().is_none() {
        return Ok(go("/link"));
    }
    Ok(ask_zip(&visit, Problems::none()))
}

/// `POST /zip`
pub async fn take_zip(visit: Visit, form: CsrfForm<TypedZip>) -> Result<HttpResponse, Refusal> {
    let Some(session) = visit.session() else { return Ok(go("/link")) };
    match debtor_access::confirm(visit.app(), &session, &form.fields.zip).await {
        Ok(entered) => {
            visit.signed_in(entered.cookie);
            Ok(go("/accounts"))
        }
        Err(AccessRefused::NotRight) => {
            Ok(ask_zip(&visit, Problems::one("zip", visit.loc().t("zip-bad"))))
        }
        Err(AccessRefused::Expired) => {
            let page = visit.page(visit.loc().t("link-used-title"));
            Ok(show(&UsedPage { page: page.clone() }, &page))
        }
        Err(other) => Err(refused(&other)),
    }
}

fn ask_email(visit: &Visit, typed: &str, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("link-title")).with(problems);
    let email = page
        .field("email", page.t("link-label"))
        .hint(page.t("link-hint"))
        .kind("email")
        .autocomplete("email")
        .value(typed);
    show(&LinkPage { page: page.clone(), email }, &page)
}

fn ask_zip(visit: &Visit, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("zip-title")).with(problems);
    let zip = page
        .field("zip", page.t("verify-zip"))
        .hint(page.t("verify-zip-hint"))
        .digits()
        .autocomplete("postal-code")
        .class("w8");
    show(&ZipPage { page: page.clone(), zip }, &page)
}
