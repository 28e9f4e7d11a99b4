//! A plan that runs: its schedule, a payment of it changed or left out, the pause, money that came
//! early, the end.

use super::super::arrangements::once;
use super::super::figures::{amount, day};
use super::super::frame;
use super::place;
use crate::entry::{Member, sentence};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::payment::PaymentMethod;
use domain::plan::PlanState;
use domain::{Permission, PlanId};
use serde::Deserialize;
use service::accounts::{self, Account};
use service::plans::{self, Changed, InstallmentPayment, InstallmentRow, PlanView};
use service::{Kind, Refused};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/plans/{plan}", web::get().to(read))
        .route("/plans/{plan}/change", web::post().to(change))
        .route("/plans/{plan}/pause", web::post().to(pause))
        .route("/plans/{plan}/payments", web::post().to(pay))
        .route("/plans/{plan}/cancel", web::post().to(cancel));
}

#[derive(Template)]
#[template(path = "workspace/plan.html")]
struct PlanPage {
    page: Page,
    view: PlanView,
    debts: Vec<Account>,
    /// Which payment is to be changed, and how: nothing chosen beforehand.
    what: Choices,
    amount: Field,
    due: Field,
    reason: Field,
    days: Field,
    pause_reason: Field,
    paid: Field,
    method: Choices,
    paid_on: Field,
    memo: Field,
    cancel_reason: Field,
    may_write: bool,
    may_take: bool,
}

impl PlanPage {
    /// Payments that still may be changed.
    fn open(&self) -> Vec<&InstallmentRow> {
        self.view.rows.iter().filter(|row| !row.skipped && row.paid < row.amount).collect()
    }

    fn is_active(&self) -> bool {
        self.view.plan.state == PlanState::Active
    }

    fn may_cancel(&self) -> bool {
        self.view.plan.state.may_become(PlanState::Canceled)
    }

    fn is_last(&self, row: &InstallmentRow) -> bool {
        self.view.rows.last().is_some_and(|last| last.number == row.number)
    }
}

#[derive(Deserialize)]
struct Asked {
    number: String,
    #[serde(default)]
    what: String,
    amount: String,
    due: String,
    reason: String,
    version: String,
}

#[derive(Deserialize)]
struct Pause {
    days: String,
    pause_reason: String,
    version: String,
}

#[derive(Deserialize)]
struct Paid {
    paid: String,
    #[serde(default)]
    method: String,
    paid_on: String,
    memo: String,
}

#[derive(Deserialize)]
struct End {
    cancel_reason: String,
    version: String,
}

/// How money comes that is entered by hand, and what is posted for it.
pub(in super::super) const BY_HAND: [(PaymentMethod, &str, &str); 4] = [
    (PaymentMethod::Check, "check", "Check"),
    (PaymentMethod::Cash, "cash", "Cash"),
    (PaymentMethod::MoneyOrder, "money_order", "Money order"),
    (PaymentMethod::Wire, "wire", "Wire"),
];

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_plan(&member, id_of(&path)?, Problems::none()).await
}

async fn show_plan(
    member: &Member,
    id: PlanId,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let view = plans::get(app, actor, id).await.map_err(|e| refused(&e))?;
    let mut debts = Vec::with_capacity(view.accounts.len());
    for account in &view.accounts {
        let sheet = accounts::find(app, actor, *account).await.map_err(|e| refused(&e))?;
        debts.push(sheet.account);
    }
    let page = frame(member, "Payment plan").with(problems);
    let method = page.choices("method", "How it came");
    let method = BY_HAND.into_iter().fold(method, |all, (_, name, words)| all.option(name, words));
    let plan = PlanPage {
        what: page
            .choices("what", "What changes")
            .option("amount", "Its amount; the last payment compensates")
            .option("due", "Its day")
            .option("skip", "It is left out; the last payment carries it"),
        amount: page.field("amount", "New amount").money().class("w8").optional(),
        due: page.field("due", "New day").kind("date").optional(),
        reason: page.field("reason", "Why"),
        days: page.field("days", "For how many days").digits().class("w4"),
        pause_reason: page.field("pause_reason", "Which hardship"),
        paid: page.field("paid", "Amount").money().class("w8"),
        method,
        paid_on: page.field("paid_on", "Paid on (today if empty)").kind("date").optional(),
        memo: page.field("memo", "Check number or memo (optional)").optional(),
        cancel_reason: page.field("cancel_reason", "Why"),
        may_write: member.may(Permission::ArrangementWrite),
        may_take: member.may(Permission::PaymentTake),
        page: page.clone(),
        view,
        debts,
    };
    Ok(show(&plan, &page))
}

async fn change(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Asked>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&path)?;
    let view = plans::get(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    let changed = match changed(&member, &view, &form.fields) {
        Ok(changed) => changed,
        Err((field, words)) => return show_plan(&member, id, Problems::one(field, words)).await,
    };
    let Asked { reason, version, .. } = form.fields;
    changes(&member, id, &version, (changed, &reason), "reason").await
}

/// What is to change, as it was typed.
fn changed(
    member: &Member,
    view: &PlanView,
    typed: &Asked,
) -> Result<Changed, (&'static str, &'static str)> {
    let number: u32 = typed.number.parse().map_err(|_| ("number", "Choose the payment"))?;
    let row = view.rows.iter().find(|row| u32::try_from(row.number) == Ok(number));
    let row = row.ok_or(("number", "Choose the payment"))?;
    match typed.what.as_str() {
        "amount" => {
            let amount = amount(&typed.amount, member.front().currency)
                .ok_or(("amount", "Write the amount as in 125.00"))?;
            Ok(Changed::Amount { number, amount })
        }
        "due" => {
            let due = day(&typed.due).ok_or(("due", "Choose the new day"))?;
            let days = due.signed_duration_since(row.due_on).num_days();
            let days = i32::try_from(days).map_err(|_| ("due", "Choose a day that is nearer"))?;
            Ok(Changed::Moved { number, days })
        }
        "skip" => Ok(Changed::Skipped { number }),
        _ => Err(("what", "Choose what changes")),
    }
}

async fn pause(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Pause>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&path)?;
    let Pause { days, pause_reason, version } = form.fields;
    let Ok(days) = days.trim().parse() else {
        let problems = Problems::one("days", "Write the number of days");
        return show_plan(&member, id, problems).await;
    };
    changes(&member, id, &version, (Changed::Paused { days }, &pause_reason), "days").await
}

async fn changes(
    member: &Member,
    id: PlanId,
    version: &str,
    change: (Changed, &str),
    field: &'static str,
) -> Result<HttpResponse, Refusal> {
    let seen = version.parse().ok();
    match plans::change(member.app(), member.actor(), id, seen, change).await {
        Ok(_) => back(member, id, "The payment plan was changed.").await,
        Err(err) => at_field(member, id, field, &err).await,
    }
}

async fn pay(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Paid>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&path)?;
    let currency = member.front().currency;
    let Paid { paid, method, paid_on, memo } = form.fields;
    let Some(money) = amount(&paid, currency) else {
        return show_plan(&member, id, Problems::one("paid", "Write the amount as in 125.00"))
            .await;
    };
    let Some((method, _, _)) = BY_HAND.into_iter().find(|(_, name, _)| *name == method) else {
        return show_plan(&member, id, Problems::one("method", "Choose how it came")).await;
    };
    let effective_on = day(&paid_on);
    if effective_on.is_none() && !paid_on.trim().is_empty() {
        return show_plan(&member, id, Problems::one("paid_on", "Choose the day")).await;
    }
    let memo = Some(memo.trim().to_owned()).filter(|memo| !memo.is_empty());
    let new = InstallmentPayment { plan: id, method, amount: money, currency, effective_on, memo };
    let once = once(&member, &form.form_id, "workspace_pay_plan", &new);
    match plans::pay(member.app(), member.actor(), new, &once).await {
        Ok(made) => {
            let words = match made.value.len() {
                1 => "The payment was entered and posted.".to_owned(),
                parts => format!("The payment was posted on {parts} accounts, by what each owes."),
            };
            back(&member, id, &words).await
        }
        Err(err) => at_field(&member, id, "paid", &err).await,
    }
}

async fn cancel(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<End>,
) -> Result<HttpResponse, Refusal> {
    let id = id_of(&path)?;
    let End { cancel_reason, version } = form.fields;
    let seen = version.parse().ok();
    match plans::cancel(member.app(), member.actor(), id, seen, &cancel_reason).await {
        Ok(_) => back(&member, id, "The payment plan was canceled.").await,
        Err(err) => at_field(&member, id, "cancel_reason", &err).await,
    }
}

fn id_of(path: &str) -> Result<PlanId, Refusal> {
    path.parse().map_err(|_| Refusal::NotFound)
}

async fn back(member: &Member, id: PlanId, words: &str) -> Result<HttpResponse, Refusal> {
    member.flash(Tone::Done, words).await?;
    Ok(go(place(id)))
}

/// What a person can act on stands at its field; any other refusal is a page of its own.
async fn at_field(
    member: &Member,
    id: PlanId,
    field: &'static str,
    err: &impl Refused,
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            show_plan(member, id, Problems::one(field, sentence(&err.to_string()))).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
