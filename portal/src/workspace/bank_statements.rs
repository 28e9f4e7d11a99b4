//! The bank's statements of the trust accounts: imported, listed, and one with its lines.

mod upload;

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
use domain::bank_statement::{FileFormat, LineState};
use domain::{BankStatementId, Permission};
use serde::Deserialize;
use service::bank_statements::{self, LineView, StatementView};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/trust/bank-statements", web::get().to(list))
        .route("/trust/bank-statements", web::post().to(upload::take))
        .route("/trust/bank-statements/new", web::get().to(upload::ask))
        .route("/trust/bank-statements/{statement}", web::get().to(read));
}

/// Where a line stands, in words.
pub(super) fn standing(state: LineState) -> &'static str {
    match state {
        LineState::Open => "open",
        LineState::Matched => "matched",
        LineState::Noted => "explained",
    }
}

/// The tone of that.
pub(super) fn tone(state: LineState) -> &'static str {
    match state {
        LineState::Open => "warn",
        LineState::Matched => "ok",
        LineState::Noted => "quiet",
    }
}

fn format(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Csv => "CSV",
        FileFormat::Camt053 => "camt.053",
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/bank_statements.html")]
struct StatementsPage {
    page: Page,
    nav: Subnav,
    rows: Vec<StatementView>,
    pager: Pager,
    may_import: bool,
    zone: Tz,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let after = asked.into_inner().after.and_then(|it| it.parse::<BankStatementId>().ok());
    let window = Window { after, limit: PAGE };
    let found = bank_statements::list(member.app(), member.actor(), window).await;
    let found = found.map_err(|e| refused(&e))?;
    let here = "/trust/bank-statements";
    let next = found.rows.last().filter(|_| found.more);
    let next = next.map(|row| address(here, &[("after", row.row.id.to_string())]));
    let shown = format!("{} statements", found.rows.len());
    let pager = Pager::new(after.map(|_| here.to_owned()), next, shown);
    let page = frame(&member, "Bank statements");
    let view = StatementsPage {
        nav: subnav::trust(&member, &page),
        rows: found.rows,
        pager,
        may_import: member.may(Permission::TrustWrite),
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Debug, Clone, Deserialize)]
struct Narrowed {
    #[serde(default)]
    state: String,
    after: Option<i32>,
}

#[derive(Template)]
#[template(path = "workspace/bank_statement.html")]
struct StatementPage {
    page: Page,
    nav: Subnav,
    statement: StatementView,
    state: String,
    lines: Vec<LineView>,
    pager: Pager,
    zone: Tz,
}

impl StatementPage {
    fn states(&self) -> &'static [LineState] {
        LineState::ALL
    }
}

async fn read(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Narrowed>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<BankStatementId>().map_err(|_| Refusal::NotFound)?;
    let Narrowed { state, after } = asked.into_inner();
    let (app, actor) = (member.app(), member.actor());
    let statement = bank_statements::get(app, actor, id).await.map_err(|e| refused(&e))?;
    let window = Window { after, limit: PAGE };
    let found = bank_statements::lines(app, actor, id, LineState::parse(&state), window).await;
    let found = found.map_err(|e| refused(&e))?;
    let place = |after: Option<i32>| {
        let mut pairs = vec![("state", state.clone())];
        pairs.extend(after.map(|seq| ("after", seq.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address(&format!("/trust/bank-statements/{id}"), &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|row| place(Some(row.row.seq)));
    let shown = format!("{} lines", found.rows.len());
    let pager = Pager::new(after.map(|_| place(None)), next, shown);
    let page = frame(&member, "Bank statement");
    let view = StatementPage {
        nav: subnav::trust(&member, &page),
        statement,
        state,
        lines: found.rows,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}
