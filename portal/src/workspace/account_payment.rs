//! A payment entered on an account's page (A4), with its own commission where two people agree.

use super::account::show_payment;
use super::account_acts::{account, back};
use super::figures::{amount, day, money_of, percent};
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Problems};
use crate::page::{Tone, go};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use domain::AccountId;
use domain::payment::{PaymentKind, PaymentMethod};
use serde::Deserialize;
use service::approvals::Outcome;
use service::once::Once;
use service::payments::{self, NewOverride, NewPayment, OwnCommission, TakeRefused};
use service::{Kind, Refused};

pub fn routes(config: &mut ServiceConfig) {
    config.route("/accounts/{account}/payments", web::post().to(take_payment));
}

/// A payment as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entered {
    pub amount: String,
    pub method: String,
    pub kind: String,
    pub paid_on: String,
    pub memo: String,
    pub directed: Option<String>,
    pub own_rate: String,
    pub own_amount: String,
    pub own_why: String,
}

async fn take_payment(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Entered>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let typed = form.fields;
    let (new, own) = match (payment(&member, id, &typed), own(&member, &typed)) {
        (Ok(new), Ok(own)) => (new, own),
        (Err((field, words)), _) | (_, Err((field, words))) => {
            return show_payment(&member, id, Problems::one(field, words), typed).await;
        }
    };
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_take_payment",
        fingerprint: service::random::hash(&format!("{new:?}|{own:?}|{}", typed.own_why)),
    };
    let (app, actor) = (member.app(), member.actor());
    let taken = match own {
        None => payments::take(app, actor, new, &once).await.map(|it| Outcome::Done(it.value)),
        Some(commission) => {
            let new = NewOverride { payment: new, commission, note: typed.own_why.clone() };
            payments::take_with_override(app, actor, new, &once).await.map(|it| it.value)
        }
    };
    match taken {
        Ok(Outcome::Done(_)) => back(&member, id, "The payment was entered and posted.").await,
        Ok(Outcome::Asked(approval)) => {
            let words = "Another person has to approve the commission; nothing is posted yet.";
            member.flash(Tone::Note, words).await?;
            Ok(go(format!("/approvals/{approval}")))
        }
        Err(err) => refuse(&member, id, &err, typed).await,
    }
}

/// A refusal that the person can act on stands at its field, and what was typed stays; any other is a
/// page of its own.
async fn refuse(
    member: &Member,
    id: AccountId,
    err: &TakeRefused,
    typed: Entered,
) -> Result<HttpResponse, Refusal> {
    let field = match err.pointer() {
        Some("/commission/note") => "own_why",
        Some("/commission/amount") => "own_amount",
        Some("/effective_on") => "paid_on",
        Some(_) | None => "amount",
    };
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            let problems = Problems::one(field, sentence(&err.to_string()));
            show_payment(member, id, problems, typed).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}

/// The commission of this payment alone, where one was typed: a rate or an amount.
fn own(
    member: &Member,
    typed: &Entered,
) -> Result<Option<OwnCommission>, (&'static str, &'static str)> {
    match (typed.own_rate.trim(), typed.own_amount.trim()) {
        ("", "") => Ok(None),
        (rate, "") => {
            let rate = percent(rate).ok_or(("own_rate", "Write the rate as in 12.5"))?;
            Ok(Some(OwnCommission::Rate { rate }))
        }
        ("", money) => {
            let amount = money_of(money, member.front().currency)
                .ok_or(("own_amount", "Write the amount as in 12.50"))?;
            Ok(Some(OwnCommission::Amount { amount }))
        }
        (_, _) => Err(("own_rate", "Write a rate or an amount, not both")),
    }
}

fn payment(
    member: &Member,
    account: AccountId,
    typed: &Entered,
) -> Result<NewPayment, (&'static str, &'static str)> {
    let money = amount(&typed.amount, member.front().currency)
        .ok_or(("amount", "Write the amount as in 125.00"))?;
    let method = [
        (PaymentMethod::Check, "check"),
        (PaymentMethod::Cash, "cash"),
        (PaymentMethod::MoneyOrder, "money_order"),
        (PaymentMethod::Wire, "wire"),
    ]
    .into_iter()
    .find(|(_, name)| *name == typed.method)
    .ok_or(("amount", "Choose how the money came"))?
    .0;
    let kind = match typed.kind.as_str() {
        "paid_agency" => PaymentKind::PaidAgency,
        "paid_creditor" => PaymentKind::PaidCreditor,
        _ => return Err(("amount", "Choose to whom it was paid")),
    };
    let effective_on = match typed.paid_on.trim() {
        "" => None,
        text => Some(day(text).ok_or(("paid_on", "Write the day as in 2026-12-01"))?),
    };
    let memo = Some(typed.memo.trim().to_owned()).filter(|memo| !memo.is_empty());
    let currency = member.front().currency;
    Ok(NewPayment {
        account,
        kind,
        method,
        amount: money,
        currency,
        forwarder_fee: None,
        effective_on,
        deposited_on: None,
        memo,
        directed: typed.directed.is_some(),
    })
}
