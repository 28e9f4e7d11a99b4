//! Payouts of the processor into the trust bank account, and what was found wanting in them.

use super::frame;
use super::subnav::{self, Subnav};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::PayoutId;
use serde::Deserialize;
use service::payouts::{self, Finding, PayoutView};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/trust/payouts", web::get().to(list))
        .route("/trust/payouts/{payout}", web::get().to(read));
}

#[derive(Debug, Deserialize)]
struct Asked {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/payouts.html")]
struct PayoutsPage {
    page: Page,
    nav: Subnav,
    rows: Vec<PayoutView>,
    findings: Vec<Finding>,
    /// Whether more findings wait behind those.
    more_findings: bool,
    pager: Pager,
    zone: Tz,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let after = asked.into_inner().after.and_then(|it| it.parse::<PayoutId>().ok());
    let (app, actor) = (member.app(), member.actor());
    let found = payouts::list(app, actor, Window { after, limit: PAGE }).await;
    let found = found.map_err(|e| refused(&e))?;
    let wanting = payouts::findings(app, actor, Window { after: None, limit: PAGE }).await;
    let (_, wanting) = wanting.map_err(|e| refused(&e))?;
    let here = "/trust/payouts";
    let next = found.rows.last().filter(|_| found.more);
    let next = next.map(|row| address(here, &[("after", row.row.id.to_string())]));
    let shown = format!("{} payouts", found.rows.len());
    let pager = Pager::new(after.map(|_| here.to_owned()), next, shown);
    let page = frame(&member, "Payouts of the processor");
    let view = PayoutsPage {
        nav: subnav::trust(&member, &page),
        rows: found.rows,
        findings: wanting.rows,
        more_findings: wanting.more,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/payout.html")]
struct PayoutPage {
    page: Page,
    nav: Subnav,
    payout: PayoutView,
    zone: Tz,
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<PayoutId>().map_err(|_| Refusal::NotFound)?;
    let payout = payouts::get(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    let page = frame(&member, "Payout");
    let nav = subnav::trust(&member, &page);
    Ok(show(&PayoutPage { page: page.clone(), nav, payout, zone: member.zone() }, &page))
}
