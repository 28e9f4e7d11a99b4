//! Creditors with their portfolios, contract terms and commission schedules.

mod schedules;
mod terms;

use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::NaiveDate;
use domain::remittance::RemittanceMethod;
use domain::{CreditorId, Permission, PortfolioId, Rate};
use schedules::ScheduleForm;
use serde::Deserialize;
use service::contracts;
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::{Kind, Refused};
use terms::TermsForm;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/creditors", web::get().to(list))
        .route("/creditors", web::post().to(create))
        .route("/creditors/{creditor}", web::get().to(read))
        .route("/creditors/{creditor}/portfolios", web::post().to(add_portfolio))
        .route("/creditors/{creditor}/contracts", web::post().to(add_contract))
        .route("/creditors/{creditor}/schedules", web::post().to(schedules::add));
}

struct Row {
    id: CreditorId,
    code: String,
    name: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "workspace/creditors.html")]
struct CreditorsPage {
    page: Page,
    rows: Vec<Row>,
    may_write: bool,
    code: Field,
    name: Field,
}

struct Terms {
    effective_on: NaiveDate,
    rate: String,
    method: &'static str,
    order: String,
    more: String,
}

#[derive(Template)]
#[template(path = "workspace/creditor.html")]
struct CreditorPage {
    page: Page,
    id: CreditorId,
    code: String,
    portfolios: Vec<(String, String)>,
    contracts: Vec<Terms>,
    may_write: bool,
    portfolio_code: Field,
    portfolio_name: Field,
    terms: TermsForm,
    may_schedule: bool,
    schedules: Vec<schedules::Row>,
    schedule: ScheduleForm,
}

#[derive(Default, Deserialize)]
struct Named {
    code: String,
    name: String,
}

/// What was typed into the forms of a creditor's page.
#[derive(Default)]
struct Typed {
    terms: terms::Typed,
    schedule: schedules::Typed,
}

async fn list(member: Member) -> Result<HttpResponse, Refusal> {
    show_list(&member, Named::default(), Problems::none()).await
}

async fn show_list(
    member: &Member,
    typed: Named,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let rows = creditors::list(member.app(), member.actor(), None, 500)
        .await
        .map_err(|e| refused(&e))?
        .into_iter()
        .map(|row| Row {
            id: row.id,
            code: row.code,
            name: row.name,
            open: row.status == domain::agency::CreditorStatus::Active,
        })
        .collect();
    let page = frame(member, "Creditors").with(problems);
    let view = CreditorsPage {
        code: page.field("code", "Code").hint("As placement files name it").value(typed.code),
        name: page.field("name", "Name").value(typed.name),
        may_write: member.may(Permission::CreditorWrite),
        page: page.clone(),
        rows,
    };
    Ok(show(&view, &page))
}

async fn create(member: Member, form: CsrfForm<Named>) -> Result<HttpResponse, Refusal> {
    let Named { code, name } = form.fields;
    let new = NewCreditor { code: code.clone(), name: name.clone(), parent: None };
    match creditors::create(member.app(), member.actor(), new).await {
        Ok(row) => {
            member.flash(Tone::Done, format!("{} was added.", row.name)).await?;
            Ok(go(format!("/creditors/{}", row.id)))
        }
        Err(err) => {
            let problems = at_field(&err, "code")?;
            show_list(&member, Named { code, name }, problems).await
        }
    }
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_creditor(&member, creditor(&path)?, Typed::default(), Problems::none()).await
}

/// The page again, with the schedule that was typed.
async fn show_after(
    member: &Member,
    id: CreditorId,
    schedule: schedules::Typed,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    show_creditor(member, id, Typed { schedule, ..Typed::default() }, problems).await
}

async fn show_creditor(
    member: &Member,
    id: CreditorId,
    typed: Typed,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let row = creditors::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let portfolios = creditors::portfolios(app, actor, id).await.map_err(|e| refused(&e))?;
    let contracts = contracts::list(app, actor, id).await.map_err(|e| refused(&e))?;
    let named: Vec<(PortfolioId, String)> =
        portfolios.iter().map(|row| (row.id, row.name.clone())).collect();
    let may_schedule = member.may(Permission::CommissionRead);
    let schedules =
        if may_schedule { schedules::versions(member, id, &named).await? } else { Vec::new() };
    let page = frame(member, row.name).with(problems);
    let view = CreditorPage {
        terms: typed.terms.form(&page),
        schedule: typed.schedule.form(&page, &named),
        may_schedule,
        schedules,
        portfolio_code: page.field("code", "Code of the portfolio"),
        portfolio_name: page.field("name", "Name of the portfolio"),
        may_write: member.may(Permission::CreditorWrite),
        page: page.clone(),
        id,
        code: row.code,
        portfolios: portfolios.into_iter().map(|row| (row.code, row.name)).collect(),
        contracts: contracts
            .into_iter()
            .map(|row| Terms {
                more: terms::words(&row).join("; "),
                effective_on: row.effective_on,
                rate: row.commission_rate.map_or_else(|| "by schedule".to_owned(), percent),
                method: method(row.remittance.method),
                order: row.allocation_order.join(", "),
            })
            .collect(),
    };
    Ok(show(&view, &page))
}

async fn add_portfolio(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Named>,
) -> Result<HttpResponse, Refusal> {
    let id = creditor(&path)?;
    let Named { code, name } = form.fields;
    match creditors::add_portfolio(
        member.app(),
        member.actor(),
        NewPortfolio { creditor: id, code, name },
    )
    .await
    {
        Ok(row) => back(&member, id, format!("The portfolio {} was added.", row.code)).await,
        Err(err) => {
            let problems = at_field(&err, "code")?;
            show_creditor(&member, id, Typed::default(), problems).await
        }
    }
}

async fn add_contract(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<terms::Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = creditor(&path)?;
    let again = |problems| {
        let typed = Typed { terms: form.fields.clone(), ..Typed::default() };
        show_creditor(&member, id, typed, problems)
    };
    let new = match form.fields.read(id) {
        Ok(new) => new,
        Err(problems) => return again(problems).await,
    };
    match contracts::add(member.app(), member.actor(), new).await {
        Ok(_) => back(&member, id, "The contract terms were added.".to_owned()).await,
        Err(err) => match terms::at_terms(&err) {
            Some(problems) => again(problems).await,
            None => Err(refused(&err)),
        },
    }
}

/// The remittance method in plain words.
fn method(method: RemittanceMethod) -> &'static str {
    match method {
        RemittanceMethod::Net => "Net",
        RemittanceMethod::Gross => "Gross",
        RemittanceMethod::Combined => "Combined",
        RemittanceMethod::SeparateDirect => "Gross, directs invoiced apart",
    }
}

/// `30 %` for 0.3.
fn percent(rate: Rate) -> String {
    format!("{} %", (rate.share() * rust_decimal::Decimal::ONE_HUNDRED).normalize())
}

fn creditor(path: &web::Path<String>) -> Result<CreditorId, Refusal> {
    path.parse().map_err(|_| Refusal::NotFound)
}

async fn back(member: &Member, id: CreditorId, words: String) -> Result<HttpResponse, Refusal> {
    member.flash(Tone::Done, words).await?;
    Ok(go(format!("/creditors/{id}")))
}

fn at_field(err: &impl Refused, otherwise: &'static str) -> Result<Problems, Refusal> {
    let field = match err.pointer() {
        Some("/name") => "name",
        _ => otherwise,
    };
    match err.kind() {
        Kind::Invalid | Kind::Conflict => Ok(Problems::one(field, sentence(&err.to_string()))),
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::Stale
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
