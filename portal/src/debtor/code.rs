//! The code from the mail.

use super::Nothing;
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;
use service::debtor_access::{self, AccessRefused};

#[derive(Template)]
#[template(path = "debtor/code.html")]
struct CodePage {
    page: Page,
    code: Field,
}

#[derive(Debug, Deserialize)]
pub struct Typed {
    code: String,
}

/// `GET /code`
pub async fn code(visit: Visit) -> Result<HttpResponse, Refusal> {
    if visit.session().is_none() {
        return Ok(go("/start"));
    }
    Ok(ask(&visit, Problems::none()))
}

/// `POST /code`
pub async fn take(visit: Visit, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    let Some(session) = visit.session() else { return Ok(go("/start")) };
    let typed = form.fields.code;
    if typed.chars().filter(char::is_ascii_digit).count() != 6 {
        return Ok(ask(&visit, Problems::one("code", visit.loc().t("code-short"))));
    }
    match debtor_access::enter(visit.app(), &session, &typed).await {
        Ok(entered) => {
            visit.signed_in(entered.cookie);
            Ok(go("/accounts"))
        }
        Err(AccessRefused::NotRight) => {
            Ok(ask(&visit, Problems::one("code", visit.loc().t("code-bad"))))
        }
        Err(AccessRefused::Expired) => {
            Ok(ask(&visit, Problems::one("code", visit.loc().t("code-used"))))
        }
        Err(other) => Err(refused(&other)),
    }
}

/// `POST /code/again`
pub async fn again(visit: Visit, _: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    let Some(session) = visit.session() else { return Ok(go("/start")) };
    let (tone, key) = match debtor_access::resend(visit.app(), &session).await {
        Ok(()) => (Tone::Note, "code-sent"),
        Err(AccessRefused::TooSoon) => (Tone::Note, "code-soon"),
        Err(AccessRefused::Expired) => return Ok(go("/start")),
        Err(other) => return Err(refused(&other)),
    };
    visit.flash(tone, visit.loc().t(key)).await?;
    Ok(go("/code"))
}

fn ask(visit: &Visit, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("code-title")).with(problems);
    let code = page
        .field("code", page.t("code-label"))
        .hint(page.t("code-hint"))
        .digits()
        .autocomplete("one-time-code")
        .class("w8");
    show(&CodePage { page: page.clone(), code }, &page)
}
