//! A payment entered on an account's page (A4), with its own commission where two people agree.

use super::account_acts::{account, at_field, back, wrong};
use super::figures::{amount, day, money_of, percent};
use crate::entry::Member;
use crate::form::CsrfForm;
use crate::page::{Tone, go};
use crate::refusal::Refusal;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use domain::AccountId;
use domain::payment::{PaymentKind, PaymentMethod};
use serde::Deserialize;
use service::approvals::Outcome;
use service::once::Once;
use service::payments::{self, NewOverride, NewPayment, OwnCommission, TakeRefused};

pub fn routes(config: &mut ServiceConfig) {
    config.route("/accounts/{account}/payments", web::post().to(take_payment));
}

#[derive(Deserialize)]
struct Entered {
    amount: String,
    method: String,
    kind: String,
    paid_on: String,
    memo: String,
    directed: Option<String>,
    #[serde(default)]
    own_rate: String,
    #[serde(default)]
    own_amount: String,
    #[serde(default)]
    own_why: String,
}

async fn take_payment(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Entered>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let (new, own) = match (payment(&member, id, &form.fields), own(&member, &form.fields)) {
        (Ok(new), Ok(own)) => (new, own),
        (Err((field, words)), _) | (_, Err((field, words))) => {
            return wrong(&member, id, field, words).await;
        }
    };
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_take_payment",
        fingerprint: service::random::hash(&format!("{new:?}|{own:?}|{}", form.fields.own_why)),
    };
    let Some(commission) = own else {
        return match payments::take(member.app(), member.actor(), new, &once).await {
            Ok(_) => back(&member, id, "The payment was entered and posted.").await,
            Err(err) => at_field(&member, id, "amount", &err).await,
        };
    };
    let new = NewOverride { payment: new, commission, note: form.fields.own_why };
    match payments::take_with_override(member.app(), member.actor(), new, &once).await {
        Ok(answer) => match answer.value {
            Outcome::Done(_) => back(&member, id, "The payment was entered and posted.").await,
            Outcome::Asked(approval) => {
                let words = "Another person has to approve the commission; nothing is posted yet.";
                member.flash(Tone::Note, words).await?;
                Ok(go(format!("/approvals/{approval}")))
            }
        },
        Err(err @ TakeRefused::NoNote) => at_field(&member, id, "own_why", &err).await,
        Err(err @ TakeRefused::OwnCommissionOverPayment { .. }) => {
            at_field(&member, id, "own_amount", &err).await
        }
        Err(err) => at_field(&member, id, "amount", &err).await,
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
