//! One statement: what it comes to and why, what was paid for it, and its lines.

use super::home::percent;
use super::statements::{Listed, Standing};
use super::{ROWS, frame, words};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::invoice::InvoiceKind;
use domain::remittance::RemittanceState;
use domain::{Money, StatementId};
use serde::Deserialize;
use service::remittances::{self, Remittance, RemittanceFilter};
use service::statements::{self, StatementLine};
use service::window::Window;

/// Remittances of one statement that are shown: one, and those that came back.
const REMITTANCES: u16 = 20;

#[derive(Template)]
#[template(path = "client/statement.html")]
struct StatementPage {
    page: Page,
    row: Listed,
    has_tax: bool,
    steps: Vec<(&'static str, Money)>,
    remittances: Vec<Remittance>,
    lines: Vec<StatementLine>,
    pager: Pager,
}

/// What is asked of the lines.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<i32>,
}

/// The page of a statement; one of another creditor is not found.
pub async fn show_statement(
    member: Member,
    id: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let id: StatementId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let (facts, totals) = statements::get(app, actor, id).await.map_err(|e| refused(&e))?;
    let steps = statements::steps(&totals).map_err(|e| refused(&e))?;
    let filter = RemittanceFilter { statement: Some(id), ..RemittanceFilter::default() };
    let window = Window { after: None, limit: REMITTANCES };
    let sent = remittances::list(app, actor, filter, &window).await.map_err(|e| refused(&e))?.rows;
    let window = Window { after: asked.after, limit: ROWS };
    let part = statements::lines(app, actor, id, &window).await.map_err(|e| refused(&e))?;
    let here = format!("/statements/{id}");
    let next = part.rows.last().filter(|_| part.more);
    let next = next.map(|last| address(&here, &[("after", last.seq.to_string())]));
    let first = asked.after.map(|_| here);
    let counts = sent.iter().find(|one| one.row.state != RemittanceState::Voided);
    let paid = counts.and_then(|one| one.row.issued_on.map(|on| (on, one.row.reference.clone())));
    let standing = Standing::of(&totals, counts.map(|one| one.row.state), paid);
    let page = frame(&member, format!("Statement {}", facts.number));
    let shown = StatementPage {
        pager: Pager::new(first, next, format!("{} payments on this page", part.rows.len())),
        lines: part.rows,
        remittances: sent,
        steps,
        has_tax: !totals.tax.is_zero(),
        row: Listed { facts, totals, standing },
        page: page.clone(),
    };
    Ok(show(&shown, &page))
}
