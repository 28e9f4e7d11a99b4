//! The month end: the list of close runs, and one run as steps that may be taken again and again.

mod acts;
mod draft;
mod pages;
mod step;

use super::subnav::{self, Subnav};
use super::{day, frame, once};
use crate::entry::Member;
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use domain::remittance::CloseRunState;
use domain::{CloseRunId, Permission};
use serde::Deserialize;
use service::clock::date_in;
use service::close_runs::{self, CloseRun, NewRun, RunRefused};
use service::window::Window;

const PAGE: u16 = 24;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/month-end", web::get().to(list))
        .route("/month-end", web::post().to(open))
        .route("/month-end/{run}", web::get().to(pages::begin))
        .route("/month-end/{run}/funds", web::get().to(pages::funds))
        .route("/month-end/{run}/fees", web::get().to(pages::fees))
        .route("/month-end/{run}/tie-out", web::get().to(pages::tie_out))
        .route("/month-end/{run}/close", web::get().to(pages::close))
        .route("/month-end/{run}/close", web::post().to(acts::close))
        .route("/month-end/{run}/close/{creditor}", web::get().to(draft::read))
        .route("/month-end/{run}/approve", web::get().to(pages::approve))
        .route("/month-end/{run}/issue", web::get().to(pages::issue))
        .route("/month-end/{run}/lock", web::get().to(pages::lock))
        .route("/month-end/{run}/lock", web::post().to(acts::finish));
}

#[derive(Debug, Deserialize)]
struct Asked {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/month_end.html")]
struct RunsPage {
    page: Page,
    nav: Subnav,
    runs: Vec<CloseRun>,
    pager: Pager,
    period_end: Option<Field>,
    zone: Tz,
}

impl RunsPage {
    fn is_open(&self, run: &CloseRun) -> bool {
        is_open(run)
    }
}

fn is_open(run: &CloseRun) -> bool {
    match run.state {
        CloseRunState::Open => true,
        CloseRunState::Closed => false,
    }
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    show_list(&member, asked.into_inner().after, Problems::none(), None).await
}

async fn show_list(
    member: &Member,
    after: Option<String>,
    problems: Problems,
    typed: Option<String>,
) -> Result<HttpResponse, Refusal> {
    let after = after.and_then(|after| after.parse::<CloseRunId>().ok());
    let window = Window { after, limit: PAGE };
    let found =
        close_runs::list(member.app(), member.actor(), &window).await.map_err(|e| refused(&e))?;
    let place = |after: Option<CloseRunId>| {
        let pairs: Vec<_> = after.map(|id| ("after", id.to_string())).into_iter().collect();
        address("/month-end", &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|row| place(Some(row.id)));
    let pager = Pager::new(after.map(|_| place(None)), next, format!("{} runs", found.rows.len()));
    let page = frame(member, "Month end").with(problems);
    let field = || {
        page.field("period_end", "Last day covered")
            .hint("Statements are made for creditors whose period ends on this day.")
            .kind("date")
            .class("w8")
            .value(typed.unwrap_or_else(|| last_month_end(member).to_string()))
    };
    let view = RunsPage {
        nav: subnav::month_end(&page),
        period_end: member.may(Permission::RemittanceWrite).then(field),
        runs: found.rows,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

/// The last day of the month before this one, where the agency is.
fn last_month_end(member: &Member) -> NaiveDate {
    let today = date_in(&member.front().time_zone, member.app().clock().now());
    today.with_day(1).and_then(|first| first.checked_sub_days(Days::new(1))).unwrap_or(today)
}

#[derive(Debug, Deserialize)]
struct Opening {
    period_end: String,
}

async fn open(member: Member, form: CsrfForm<Opening>) -> Result<HttpResponse, Refusal> {
    let typed = form.fields.period_end;
    let Ok(Some(period_end)) = day(&typed) else {
        let problems = Problems::one("period_end", "Choose the last day covered");
        return show_list(&member, None, problems, Some(typed)).await;
    };
    let once = once(&member, form.form_id, "workspace_open_close_run", &typed);
    let new = NewRun { period_end, cutoff: None };
    match close_runs::open(member.app(), member.actor(), new, &once).await {
        Ok(run) => Ok(go(format!("/month-end/{}", run.value))),
        Err(RunRefused::RunOpen(run)) => {
            member.flash(Tone::Note, "This run is open already; go on with it.").await?;
            Ok(go(format!("/month-end/{run}")))
        }
        Err(err) => {
            let problems = Problems::one("period_end", told(&err)?);
            show_list(&member, None, problems, Some(typed)).await
        }
    }
}
