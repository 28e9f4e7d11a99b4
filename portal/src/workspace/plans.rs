//! Payment plans (A5): shown before they are agreed to, changed, paid, ended.

use super::account_acts::account;
use super::arrangements::once;
use super::figures::{amount, day};
use super::frame;
use super::rules::Limit;
use crate::entry::{Member, sentence};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::arrangement::Channel;
use domain::plan::{Dates, DownPayment, Frequency, Parts};
use domain::{AccountId, Money, Permission, PlanId};
use serde::Deserialize;
use service::accounts::{self, Account};
use service::plans::{self, NewPlan, PlanRefused, Preview};
use service::{Kind, Refused};

mod run;

pub(super) use run::BY_HAND;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}/plan", web::get().to(plan))
        .route("/accounts/{account}/plans", web::post().to(make));
    run::routes(config);
}

/// How often, in words.
pub(super) const OFTEN: [(Frequency, &str); 4] = [
    (Frequency::Monthly, "Every month"),
    (Frequency::SemiMonthly, "Twice a month"),
    (Frequency::Biweekly, "Every 2 weeks"),
    (Frequency::Weekly, "Every week"),
];

/// What was typed: in the address while it is only looked at, in the form once it is agreed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Typed {
    total: String,
    each: String,
    number: String,
    often: String,
    first: String,
    down: String,
    /// Whether it pays all accounts of the debtor that may be agreed upon.
    packet: Option<String>,
    consent: String,
}

#[derive(Template)]
#[template(path = "workspace/plan_new.html")]
struct NewPlanPage {
    page: Page,
    account: Account,
    /// Other accounts of the debtor that owe something.
    others: usize,
    total: Field,
    each: Field,
    number: Field,
    often: Choices,
    first: Field,
    down: Field,
    consent: Field,
    typed: Typed,
    preview: Option<Preview>,
    may_write: bool,
}

impl NewPlanPage {
    /// Why it cannot be made, in sentences.
    fn reasons(&self) -> Vec<String> {
        let refusals = self.preview.iter().flat_map(|preview| &preview.refusals);
        refusals.map(|one| sentence(&one.to_string())).collect()
    }

    /// The limits behind it, and who set them.
    fn limits(&self) -> Vec<Limit> {
        self.preview.iter().flat_map(|preview| &preview.behind).map(Limit::of).collect()
    }

    /// Whether the last payment differs from the others: it takes the remainder.
    fn remainder(&self) -> Option<Money> {
        let rows = &self.preview.as_ref()?.rows;
        let regular: Vec<_> = rows.iter().filter(|row| row.number > 0).collect();
        let (last, others) = regular.split_last()?;
        others.first().filter(|one| one.amount != last.amount).map(|_| last.amount.money())
    }
}

async fn plan(
    member: Member,
    path: web::Path<String>,
    typed: web::Query<Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let typed = typed.into_inner();
    if typed == Typed::default() {
        return show_plan(&member, id, typed, (Problems::none(), None)).await;
    }
    let new = match planned(&member, id, &typed).await? {
        Ok(new) => new,
        Err(problems) => return show_plan(&member, id, typed, (problems, None)).await,
    };
    match plans::preview(member.app(), member.actor(), &new).await {
        Ok(preview) => show_plan(&member, id, typed, (Problems::none(), Some(preview))).await,
        Err(err) => refuse(&member, id, typed, &err).await,
    }
}

async fn make(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let typed = form.fields;
    let new = match planned(&member, id, &typed).await? {
        Ok(new) => new,
        Err(problems) => return show_plan(&member, id, typed, (problems, None)).await,
    };
    let once = once(&member, &form.form_id, "workspace_make_plan", &new);
    let (app, actor) = (member.app(), member.actor());
    match plans::make(app, actor, new.clone(), &once).await {
        Ok(made) => {
            member.flash(Tone::Done, "The payment plan was made.").await?;
            Ok(go(format!("/plans/{}", made.value)))
        }
        Err(err @ PlanRefused::NoConsent) => {
            let preview = plans::preview(app, actor, &new).await.map_err(|e| refused(&e))?;
            let problems = Problems::one("consent", sentence(&err.to_string()));
            show_plan(&member, id, typed, (problems, Some(preview))).await
        }
        Err(PlanRefused::Limits(..)) => {
            // What is open may have changed since the look: it is looked at again.
            let preview = plans::preview(app, actor, &new).await.map_err(|e| refused(&e))?;
            show_plan(&member, id, typed, (Problems::none(), Some(preview))).await
        }
        Err(err) => refuse(&member, id, typed, &err).await,
    }
}

async fn refuse(
    member: &Member,
    id: AccountId,
    typed: Typed,
    err: &PlanRefused,
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            let problems = Problems::one("total", sentence(&err.to_string()));
            show_plan(member, id, typed, (problems, None)).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}

async fn show_plan(
    member: &Member,
    id: AccountId,
    typed: Typed,
    (problems, preview): (Problems, Option<Preview>),
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::ArrangementRead)?;
    let (app, actor) = (member.app(), member.actor());
    let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let page = frame(member, "Payment plan").with(problems);
    let often = page.choices("often", "How often");
    let often = OFTEN
        .into_iter()
        .fold(often, |often, (one, words)| often.option(one.name(), words))
        .chosen(typed.often.as_str());
    let view = NewPlanPage {
        total: page
            .field("total", "What it pays in all (empty: what is owed)")
            .value(typed.total.as_str())
            .money()
            .class("w8")
            .optional(),
        each: page
            .field("each", "Amount each time")
            .value(typed.each.as_str())
            .money()
            .class("w8")
            .optional(),
        number: page
            .field("number", "Or number of payments")
            .value(typed.number.as_str())
            .digits()
            .class("w4")
            .optional(),
        often,
        first: page.field("first", "First payment on").kind("date").value(typed.first.as_str()),
        down: page
            .field("down", "Down payment today (optional)")
            .value(typed.down.as_str())
            .money()
            .class("w8")
            .optional(),
        consent: page
            .field("consent", "How the debtor agreed")
            .hint("In your words; kept with the plan.")
            .value(typed.consent.as_str()),
        others: sheet.packet.iter().filter(|other| owes(other)).count(),
        may_write: member.may(Permission::ArrangementWrite),
        account: sheet.account,
        page: page.clone(),
        typed,
        preview,
    };
    Ok(show(&view, &page))
}

fn owes(account: &Account) -> bool {
    account.status.is_open() && account.owed().is_positive()
}

/// The plan that was typed, or what is wrong with it.
async fn planned(
    member: &Member,
    id: AccountId,
    typed: &Typed,
) -> Result<Result<NewPlan, Problems>, Refusal> {
    let currency = member.front().currency;
    let mut problems = Problems::none();
    let mut money = |text: &str, field| match text.trim() {
        "" => None,
        text => {
            let read = amount(text, currency);
            if read.is_none() {
                problems.add(field, "Write the amount as in 125.00");
            }
            read
        }
    };
    let (total, each, down) =
        (money(&typed.total, "total"), money(&typed.each, "each"), money(&typed.down, "down"));
    let parts = match (each, typed.number.trim()) {
        (Some(each), "") => Some(Parts::Amount(each)),
        (None, number) if typed.each.trim().is_empty() => number.parse().ok().map(Parts::Number),
        (Some(_) | None, _) => None,
    };
    if parts.is_none() && problems.of("each").is_none() {
        problems.add("each", "Write an amount each time, or a number of payments, not both");
    }
    let often = OFTEN.into_iter().map(|(one, _)| one).find(|one| one.name() == typed.often);
    if often.is_none() {
        problems.add("often", "Choose how often");
    }
    let first = day(&typed.first);
    if first.is_none() {
        problems.add("first", "Choose the day of the first payment");
    }
    let dates = often.zip(first).and_then(|(often, first)| Dates::regular(often, first));
    let (Some(parts), Some(dates), true) = (parts, dates, problems.is_empty()) else {
        return Ok(Err(problems));
    };
    let mut debts = vec![id];
    if typed.packet.is_some() {
        let sheet = accounts::find(member.app(), member.actor(), id).await;
        let packet = sheet.map_err(|e| refused(&e))?.packet;
        debts.extend(packet.iter().filter(|other| owes(other)).map(|other| other.id));
    }
    let today = member.app().clock().now().with_timezone(&member.zone()).date_naive();
    Ok(Ok(NewPlan {
        accounts: debts,
        total,
        currency: None,
        down_payment: down.map(|amount| DownPayment { amount, due: today }),
        dates,
        parts,
        channel: Channel::Phone,
        consent: typed.consent.clone(),
        colleague: None,
    }))
}

/// The plan's page.
fn place(id: PlanId) -> String {
    format!("/plans/{id}")
}
