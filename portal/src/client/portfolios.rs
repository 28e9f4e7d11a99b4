//! Portfolios with their figures, and the stair-step of one.

use super::home::{Stairs, percent};
use super::{ROWS, frame};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::PortfolioId;
use domain::recovery::Denominator;
use serde::Deserialize;
use service::recovery::{self, Of, PortfolioFigures};

#[derive(Template)]
#[template(path = "client/portfolios.html")]
struct PortfoliosPage {
    page: Page,
    rows: Vec<PortfolioFigures>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "client/portfolio.html")]
struct PortfolioPage {
    page: Page,
    row: PortfolioFigures,
    stairs: Stairs,
}

/// What is asked of the list.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<PortfolioId>,
}

/// The list.
pub async fn list_portfolios(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let most = u64::from(ROWS);
    let mut rows = recovery::portfolios(app, actor, Of::default(), asked.after, most + 1)
        .await
        .map_err(|e| refused(&e))?;
    let more = rows.len() > usize::from(ROWS);
    rows.truncate(usize::from(ROWS));
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| address("/portfolios", &[("after", last.id.to_string())]));
    let first = asked.after.map(|_| "/portfolios".to_owned());
    let pager = Pager::new(first, next, format!("{} portfolios", rows.len()));
    let page = frame(&member, "Portfolios");
    Ok(show(&PortfoliosPage { page: page.clone(), rows, pager }, &page))
}

/// One portfolio.
pub async fn show_portfolio(
    member: Member,
    id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let id: PortfolioId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let of = Of { portfolio: Some(id), ..Of::default() };
    let rows = recovery::portfolios(app, actor, of, None, 1).await.map_err(|e| refused(&e))?;
    let row = rows.into_iter().next().ok_or(Refusal::NotFound)?;
    let cohorts = recovery::stairs(app, actor, of, 12).await.map_err(|e| refused(&e))?;
    let page = frame(&member, row.name.clone());
    let stairs = Stairs::of(&cohorts, member.loc());
    Ok(show(&PortfolioPage { page: page.clone(), row, stairs }, &page))
}

fn gross(row: &PortfolioFigures) -> String {
    percent(row.figures.liquidation(Denominator::GrossPlaced))
}

fn net(row: &PortfolioFigures) -> String {
    percent(row.figures.liquidation(Denominator::NetPlaced))
}
