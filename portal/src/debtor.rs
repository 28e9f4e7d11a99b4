//! The debtor site: who you are, what it is about, paying.
//!
//! Before identity is proven no page says that there is a debt, nor whether anything was found.

mod agreed;
mod code;
mod door;
mod draft;
mod hub;
mod link;
mod not_me;
mod outcome;
mod pay;
mod plan;
mod receipt;
mod settle;
mod words;

use crate::form::CsrfForm;
use crate::locale;
use crate::page::go;
use crate::refusal::Refusal;
use crate::visit::{self, Visit};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig, get, post};
use serde::Deserialize;
use service::actor::Debtor;

/// Its pages.
pub fn pages(config: &mut ServiceConfig) {
    config
        .route("/", get().to(door::door))
        .route("/language", post().to(speak))
        .route("/sign-out", post().to(sign_out))
        .configure(access)
        .configure(accounts)
        .configure(paying)
        .configure(agreeing);
}

fn access(config: &mut ServiceConfig) {
    config
        .route("/start", get().to(door::start))
        .route("/start", post().to(door::take_reference))
        .route("/r/{reference}", get().to(door::scanned))
        .route("/verify", get().to(door::verify))
        .route("/verify", post().to(door::take_facts))
        .route("/code", get().to(code::code))
        .route("/code", post().to(code::take))
        .route("/code/again", post().to(code::again))
        .route("/link", get().to(link::ask))
        .route("/link", post().to(link::take_email))
        .route("/link/sent", get().to(link::sent))
        .route("/l/{token}", get().to(link::opened))
        .route("/l/{token}", post().to(link::used))
        .route("/l/{token}/not-me", post().to(not_me::by_mail))
        .route("/zip", get().to(link::zip))
        .route("/zip", post().to(link::take_zip))
        .route("/not-me", get().to(not_me::not_me))
        .route("/not-me", post().to(not_me::by_letter))
        .route("/not-me/done", get().to(not_me::done));
}

fn accounts(config: &mut ServiceConfig) {
    config
        .route("/accounts", get().to(hub::list))
        .route("/accounts/{id}", get().to(hub::hub))
        .route("/accounts/{id}", post().to(hub::choose))
        .route("/accounts/{id}/plan", get().to(agreed::agreed))
        .route("/accounts/{id}/settlement", get().to(agreed::agreed))
        .route("/accounts/{id}/dispute", get().to(words::dispute))
        .route("/accounts/{id}/cannot-pay", get().to(words::cannot_pay))
        .route("/accounts/{id}/contact", get().to(words::contact));
}

fn agreeing(config: &mut ServiceConfig) {
    config
        .route("/plan", get().to(plan::builder))
        .route("/plan", post().to(plan::preview))
        .route("/plan/check", get().to(plan::check))
        .route("/plan/check", post().to(plan::agree))
        .route("/settle", get().to(settle::offers))
        .route("/settle", post().to(settle::choose))
        .route("/settle/check", get().to(settle::check))
        .route("/settle/check", post().to(settle::agree));
}

fn paying(config: &mut ServiceConfig) {
    config
        .route("/pay/full", get().to(pay::full))
        .route("/pay/full", post().to(pay::take_full))
        .route("/pay/part", get().to(pay::part))
        .route("/pay/part", post().to(pay::take_part))
        .route("/method", get().to(pay::method))
        .route("/method", post().to(pay::take_method))
        .route("/method/phone", get().to(pay::by_phone))
        .route("/method/post", get().to(pay::by_post))
        .route("/check", get().to(pay::check))
        .route("/check", post().to(pay::pay))
        .route("/return", get().to(outcome::outcome))
        .route("/receipts/{id}", get().to(receipt::receipt));
}

#[derive(Debug, Deserialize)]
struct Spoken {
    language: String,
    back: String,
}

/// `POST /language`: stores the language and goes back to the page.
async fn speak(visit: Visit, form: CsrfForm<Spoken>) -> Result<HttpResponse, Refusal> {
    let language = locale::read(&form.fields.language).ok_or(Refusal::Unreadable)?;
    visit.speak(language).await?;
    let back = form.fields.back;
    let ours = back.starts_with('/') && !back.starts_with("//") && !back.contains('\\');
    let mut answer = go(if ours { back.as_str() } else { "/" });
    answer.add_cookie(&visit::language_cookie(language)).map_err(visit::broken)?;
    Ok(answer)
}

/// `POST /sign-out`.
async fn sign_out(visit: Visit, _: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    visit.sign_out().await?;
    let mut answer = go("/?ended=1");
    let clear = web::Bytes::from_static(b"\"cache\"");
    if let Ok(value) = actix_web::http::header::HeaderValue::from_maybe_shared(clear) {
        answer
            .headers_mut()
            .insert(actix_web::http::header::HeaderName::from_static("clear-site-data"), value);
    }
    Ok(answer)
}

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
struct Nothing {}

/// The debtor whose identity is proven.
fn debtor(visit: &Visit) -> Result<Debtor, Refusal> {
    visit.session().and_then(|session| session.debtor()).ok_or(Refusal::SignInFirst)
}
