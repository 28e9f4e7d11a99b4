//! Desks: who takes which accounts, and how many.

use super::account_acts::amount;
use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::{Currency, DeskId, Money, Permission};
use serde::Deserialize;
use service::desks::{self, Agent, Desk, DeskChange, DeskTerms};
use service::{Kind, Refused};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/desks", web::get().to(list))
        .route("/desks", web::post().to(create))
        .route("/desks/{desk}/active", web::post().to(switch));
}

#[derive(Template)]
#[template(path = "workspace/desks.html")]
struct DesksPage {
    page: Page,
    desks: Vec<Desk>,
    agents: Vec<Agent>,
    chosen: String,
    may_write: bool,
    name: Field,
    cap: Field,
    weight: Field,
    least: Field,
    most: Field,
}

#[derive(Debug, Default, Deserialize)]
struct NewDesk {
    name: String,
    user: String,
    cap: String,
    weight: String,
    least: String,
    most: String,
}

#[derive(Deserialize)]
struct Switch {
    active: String,
    version: String,
}

async fn list(member: Member) -> Result<HttpResponse, Refusal> {
    show_desks(&member, &NewDesk::default(), Problems::none()).await
}

async fn show_desks(
    member: &Member,
    typed: &NewDesk,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let desks = desks::list(app, actor).await.map_err(|e| refused(&e))?;
    let may_write = member.may(Permission::DeskWrite);
    let agents = if may_write {
        desks::agents(app, actor).await.map_err(|e| refused(&e))?
    } else {
        Vec::new()
    };
    let page = frame(member, "Desks").with(problems);
    let field = |name, label: &str, value: &str| page.field(name, label).value(value).optional();
    let view = DesksPage {
        name: page.field("name", "Name of the desk").value(typed.name.as_str()),
        cap: field("cap", "Most open accounts (no limit if empty)", &typed.cap)
            .digits()
            .class("w4"),
        weight: field("weight", "Weight in weighted assignment (1 if empty)", &typed.weight)
            .digits()
            .class("w4"),
        least: field("least", "Takes balances from (optional)", &typed.least).money().class("w8"),
        most: field("most", "up to, excluded (optional)", &typed.most).money().class("w8"),
        chosen: typed.user.clone(),
        page: page.clone(),
        desks,
        agents,
        may_write,
    };
    Ok(show(&view, &page))
}

async fn create(member: Member, form: CsrfForm<NewDesk>) -> Result<HttpResponse, Refusal> {
    let typed = form.fields;
    let terms = match terms(&typed, member.front().currency) {
        Ok(terms) => terms,
        Err((field, words)) => {
            return show_desks(&member, &typed, Problems::one(field, words)).await;
        }
    };
    match desks::create(member.app(), member.actor(), terms).await {
        Ok(desk) => {
            member.flash(Tone::Done, format!("The desk {} was added.", desk.name)).await?;
            Ok(go("/desks"))
        }
        Err(err) if matches!(err.kind(), Kind::Invalid | Kind::Conflict) => {
            let field = match err.pointer() {
                Some("/cap") => "cap",
                Some("/weight") => "weight",
                Some("/max_balance") => "most",
                Some("/user_id") => "user",
                _ => "name",
            };
            show_desks(&member, &typed, Problems::one(field, sentence(&err.to_string()))).await
        }
        Err(err) => Err(refused(&err)),
    }
}

fn terms(typed: &NewDesk, currency: Currency) -> Result<DeskTerms, (&'static str, &'static str)> {
    let balance = |text: &str, field| match text.trim() {
        "" => Ok(None),
        text => amount(text, currency)
            .map(|amount| Some(Money::from(amount)))
            .ok_or((field, "Write the amount as in 125.00")),
    };
    let number = |text: &str, field| match text.trim() {
        "" => Ok(None),
        text => text.parse::<i32>().map(Some).map_err(|_| (field, "Write a whole number")),
    };
    let user = match typed.user.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| ("user", "Choose an agent"))?),
    };
    Ok(DeskTerms {
        name: typed.name.trim().to_owned(),
        user,
        cap: number(&typed.cap, "cap")?,
        weight: number(&typed.weight, "weight")?.unwrap_or(1),
        min_balance: balance(&typed.least, "least")?,
        max_balance: balance(&typed.most, "most")?,
    })
}

async fn switch(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Switch>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<DeskId>().map_err(|_| Refusal::NotFound)?;
    let active = form.fields.active == "yes";
    let seen = form.fields.version.parse().ok();
    let change = DeskChange { active: Some(active), ..DeskChange::default() };
    match desks::change(member.app(), member.actor(), id, seen, change).await {
        Ok(desk) => {
            let words = if desk.active {
                "works again"
            } else {
                "is out of work; its accounts wait for another desk"
            };
            member.flash(Tone::Done, format!("{} {words}.", desk.name)).await?;
            Ok(go("/desks"))
        }
        Err(err) if matches!(err.kind(), Kind::Stale | Kind::Conflict) => {
            member.flash(Tone::Failed, sentence(&err.to_string())).await?;
            Ok(go("/desks"))
        }
        Err(err) => Err(refused(&err)),
    }
}
