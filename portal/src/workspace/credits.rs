//! What a debtor paid too much: how much on which account, giving it back, moving it.

use super::account_acts::amount;
use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::{AccountId, Permission};
use serde::Deserialize;
use service::accounts::{self, Account};
use service::approvals::Outcome;
use service::credits::{
    self, AccountCredit, CreditRefused, CreditsView, NewMove, NewRefund, RefundBy,
};
use service::once::Once;
use service::{Kind, Refused};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}/credits", web::get().to(read))
        .route("/accounts/{account}/credits/refund", web::post().to(refund))
        .route("/accounts/{account}/credits/move", web::post().to(move_credit));
}

#[derive(Template)]
#[template(path = "workspace/credits.html")]
struct CreditsPage {
    page: Page,
    account: Account,
    packet: Vec<Account>,
    credits: CreditsView,
    here: Option<AccountCredit>,
    refund_amount: Field,
    refund_reference: Field,
    refund_reason: Field,
    move_amount: Field,
    move_reason: Field,
    may_refund: bool,
    may_move: bool,
    zone: Tz,
}

impl CreditsPage {
    /// The reference of an account of the packet.
    fn reference(&self, id: &AccountId) -> &str {
        let all = self.packet.iter().chain([&self.account]);
        let mut found = all.filter(|account| account.id == *id);
        found.next().map_or("another account", |account| account.reference.as_str())
    }
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = path.parse().map_err(|_| Refusal::NotFound)?;
    show_credits(&member, id, Problems::none()).await
}

async fn show_credits(
    member: &Member,
    id: AccountId,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let credits = credits::of_debtor(app, actor, sheet.account.debtor).await;
    let credits = credits.map_err(|e| refused(&e))?;
    let page = frame(member, "Credits of the debtor").with(problems);
    let view = CreditsPage {
        here: credits.accounts.iter().find(|credit| credit.account == id).cloned(),
        refund_amount: page.field("refund_amount", "Amount").money().class("w8"),
        refund_reference: page.field("refund_reference", "Check number (optional)").optional(),
        refund_reason: page.field("refund_reason", "Reason"),
        move_amount: page.field("move_amount", "Amount").money().class("w8"),
        move_reason: page.field("move_reason", "Reason"),
        may_refund: member.may(Permission::PaymentReverse),
        may_move: member.may(Permission::PaymentTake),
        zone: member.zone(),
        account: sheet.account,
        packet: sheet.packet,
        credits,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Debug, Deserialize)]
struct Back {
    refund_amount: String,
    #[serde(default)]
    by: String,
    refund_reference: String,
    refund_reason: String,
}

async fn refund(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Back>,
) -> Result<HttpResponse, Refusal> {
    let id: AccountId = path.parse().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields;
    let currency = member.front().currency;
    let Some(money) = amount(&typed.refund_amount, currency) else {
        return wrong(&member, id, "refund_amount", "Write the amount as in 20.00").await;
    };
    let reference = Some(typed.refund_reference.trim().to_owned()).filter(|text| !text.is_empty());
    let by = match (typed.by.as_str(), typed.by.parse()) {
        ("check", _) => RefundBy::Check { reference },
        (_, Ok(payment)) => RefundBy::Gateway { payment },
        (_, Err(_)) => return wrong(&member, id, "by", "Choose how it goes back").await,
    };
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_refund_credit",
        fingerprint: service::random::hash(&format!("{id}|{by:?}|{money}|{}", typed.refund_reason)),
    };
    let new = NewRefund { account: id, amount: money, currency, by, reason: typed.refund_reason };
    match credits::refund(member.app(), member.actor(), new, &once).await {
        Ok(done) => match done.value {
            Outcome::Done(_) => back(&member, id, "The credit was given back.").await,
            Outcome::Asked(approval) => {
                member.flash(Tone::Note, "Another person has to approve the refund.").await?;
                Ok(go(format!("/approvals/{approval}")))
            }
        },
        Err(err) => {
            let field = match err.pointer() {
                Some("/reason") => "refund_reason",
                Some("/reference") => "refund_reference",
                Some("/payment_id") => "by",
                Some(_) | None => "refund_amount",
            };
            at_field(&member, id, field, &err).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct Moved {
    move_amount: String,
    #[serde(default)]
    to: String,
    directed: Option<String>,
    move_reason: String,
}

async fn move_credit(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Moved>,
) -> Result<HttpResponse, Refusal> {
    let id: AccountId = path.parse().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields;
    let currency = member.front().currency;
    let Some(money) = amount(&typed.move_amount, currency) else {
        return wrong(&member, id, "move_amount", "Write the amount as in 20.00").await;
    };
    let Ok(to) = typed.to.parse::<AccountId>() else {
        return wrong(&member, id, "to", "Choose the account that it pays").await;
    };
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_move_credit",
        fingerprint: service::random::hash(&format!("{id}|{to}|{money}|{}", typed.move_reason)),
    };
    let new = NewMove {
        from: id,
        to,
        amount: money,
        currency,
        directed: typed.directed.is_some(),
        reason: typed.move_reason,
    };
    match credits::move_to(member.app(), member.actor(), new, &once).await {
        Ok(done) => {
            member.flash(Tone::Done, "The credit was moved; it is a payment there.").await?;
            Ok(go(format!("/payments/{}", done.value)))
        }
        Err(err) => {
            let field = match err.pointer() {
                Some("/reason") => "move_reason",
                Some("/to_account_id" | "/directed") => "to",
                Some(_) | None => "move_amount",
            };
            at_field(&member, id, field, &err).await
        }
    }
}

async fn back(member: &Member, id: AccountId, words: &str) -> Result<HttpResponse, Refusal> {
    member.flash(Tone::Done, words).await?;
    Ok(go(format!("/accounts/{id}/credits")))
}

async fn wrong(
    member: &Member,
    id: AccountId,
    field: &'static str,
    words: &str,
) -> Result<HttpResponse, Refusal> {
    show_credits(member, id, Problems::one(field, words)).await
}

async fn at_field(
    member: &Member,
    id: AccountId,
    field: &'static str,
    err: &CreditRefused,
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            wrong(member, id, field, &sentence(&err.to_string())).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
