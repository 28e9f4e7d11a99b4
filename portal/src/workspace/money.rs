//! The overview of money: what came in day by day, and how far each creditor's debts are collected.
//! The reports have the figures; this page leads to them.

use super::frame;
use super::subnav::{self, Subnav};
use crate::chart::{self, Bar, Caption, Svg};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use crate::stairs::{dollars, month_name, number};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::NaiveDate;
use domain::recovery::{Denominator, Month};
use domain::{CreditorId, Money, Permission};
use service::alarms;
use service::recovery::{self, Figures, Of, PortfolioFigures};
use service::reports::{self, Asked, CashRow};
use service::window::Window;
use std::collections::BTreeMap;

/// Days that a chart can show beside each other.
const DAYS: usize = 16;
/// Portfolios that are summed up.
const PORTFOLIOS: u64 = 2_000;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/money", web::get().to(overview));
}

/// A creditor with its figures.
struct Row {
    id: CreditorId,
    name: String,
    figures: Figures,
}

#[derive(Template)]
#[template(path = "workspace/money.html")]
struct MoneyPage {
    page: Page,
    nav: Subnav,
    month: String,
    last_month: String,
    all: Figures,
    creditors: Vec<Row>,
    days: Vec<(NaiveDate, Money)>,
    picture: Option<Svg>,
    lacking: bool,
}

impl MoneyPage {
    fn share(&self, figures: &Figures) -> String {
        percent(figures)
    }
}

/// `7.41 %`; a dash where nothing was placed.
fn percent(figures: &Figures) -> String {
    figures.liquidation(Denominator::GrossPlaced).map_or_else(
        || "\u{2013}".to_owned(),
        |share| format!("{:.2}\u{a0}%", number(&share) * 100.0),
    )
}

async fn overview(member: Member) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let cash = reports::daily_cash(app, actor, Asked::default()).await.map_err(|e| refused(&e))?;
    let portfolios = recovery::portfolios(app, actor, Of::default(), None, PORTFOLIOS).await;
    let portfolios = portfolios.map_err(|e| refused(&e))?;
    let lacking = if member.may(Permission::TrustRead) {
        let open = alarms::list(app, actor, true, Window { after: None, limit: 1 }).await;
        !open.map_err(|e| refused(&e))?.rows.is_empty()
    } else {
        false
    };
    let days = by_day(&cash.rows);
    let month = Month::of(cash.as_of);
    let page = frame(&member, "Money");
    let view = MoneyPage {
        nav: subnav::month_end(&page),
        month: month_name(month),
        last_month: month_name(month.back(1)),
        all: portfolios.iter().fold(Figures::default(), |sum, one| sum.with(&one.figures)),
        creditors: by_creditor(portfolios),
        picture: picture(&days),
        days,
        lacking,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

/// Received less returned, day by day.
fn by_day(rows: &[CashRow]) -> Vec<(NaiveDate, Money)> {
    let mut days: BTreeMap<NaiveDate, Money> = BTreeMap::new();
    for row in rows {
        let sum = days.entry(row.day).or_default();
        *sum = [*sum, row.net()].into_iter().sum();
    }
    days.into_iter().collect()
}

/// The creditors, the one that paid most first.
fn by_creditor(portfolios: Vec<PortfolioFigures>) -> Vec<Row> {
    let mut all: BTreeMap<CreditorId, Row> = BTreeMap::new();
    for one in portfolios {
        let PortfolioFigures { creditor, creditor_name, figures, .. } = one;
        let empty = || Row { id: creditor, name: creditor_name, figures: Figures::default() };
        let row = all.entry(creditor).or_insert_with(empty);
        row.figures = row.figures.with(&figures);
    }
    let mut rows: Vec<Row> = all.into_values().collect();
    rows.sort_by(|a, b| {
        b.figures.collected.cmp(&a.figures.collected).then_with(|| a.name.cmp(&b.name))
    });
    rows
}

fn picture(days: &[(NaiveDate, Money)]) -> Option<Svg> {
    let left_out = days.len().saturating_sub(DAYS);
    let named: Vec<(String, f64)> = days
        .iter()
        .skip(left_out)
        .map(|(day, sum)| (day.format("%b %-d").to_string(), number(&sum.to_decimal())))
        .collect();
    let bars: Vec<Bar<'_>> =
        named.iter().map(|(name, value)| Bar { name, value: *value }).collect();
    let says = "Received less returned, a bar for each day; the table below has the figures.";
    let caption = Caption { id: "cash", title: "Cash of this month by day", says };
    (!bars.is_empty()).then(|| chart::bars(&caption, &bars, &dollars))
}
