//! Closed statements: the list, and one with its sums, papers and lines.

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
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::remittance::{RemittanceMethod, RemittanceState};
use domain::statement::Totals;
use domain::{CreditorId, StatementId};
use serde::Deserialize;
use service::remittances::{self, Remittance, RemittanceFilter};
use service::statements::{self, Facts, StatementFilter, StatementLine};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/statements", web::get().to(list))
        .route("/statements/{statement}", web::get().to(read));
}

/// How collected money and commission meet, in words.
pub(super) fn method(method: RemittanceMethod) -> &'static str {
    match method {
        RemittanceMethod::Net => "Net: collected less commission",
        RemittanceMethod::Gross => "Gross: all that was collected; commission is invoiced",
        RemittanceMethod::Combined => "Combined: as gross, on one document",
        RemittanceMethod::SeparateDirect => {
            "Gross, with a second invoice for commission on direct payments"
        }
    }
}

/// Where a remittance stands, in words.
pub(super) fn standing(state: RemittanceState) -> &'static str {
    match state {
        RemittanceState::Prepared => "waits for a second person",
        RemittanceState::Issued => "paid out",
        RemittanceState::Voided => "voided",
    }
}

/// The tone of that.
pub(super) fn tone(state: RemittanceState) -> &'static str {
    match state {
        RemittanceState::Prepared => "warn",
        RemittanceState::Issued => "ok",
        RemittanceState::Voided => "quiet",
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    creditor: String,
    after: Option<i64>,
}

#[derive(Template)]
#[template(path = "workspace/statements.html")]
struct StatementsPage {
    page: Page,
    nav: Subnav,
    rows: Vec<(Facts, Totals)>,
    /// The creditor to which the list is narrowed.
    of: Option<String>,
    pager: Pager,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { creditor, after } = asked.into_inner();
    let only = creditor.parse::<CreditorId>().ok();
    let filter = StatementFilter { creditor: only, run: None };
    let window = Window { after, limit: PAGE };
    let found = statements::list(member.app(), member.actor(), filter, &window)
        .await
        .map_err(|e| refused(&e))?;
    let place = |after: Option<i64>| {
        let mut pairs = vec![("creditor", creditor.clone())];
        pairs.extend(after.map(|number| ("after", number.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/statements", &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|(row, _)| place(Some(row.number)));
    let shown = format!("{} statements", found.rows.len());
    let pager = Pager::new(after.map(|_| place(None)), next, shown);
    let page = frame(&member, "Statements");
    let of = only.and_then(|_| found.rows.first().map(|(row, _)| row.creditor.name.clone()));
    let view = StatementsPage {
        nav: subnav::month_end(&page),
        rows: found.rows,
        of,
        pager,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Debug, Deserialize)]
struct Place {
    after: Option<i32>,
}

#[derive(Template)]
#[template(path = "workspace/statement.html")]
struct StatementPage {
    page: Page,
    nav: Subnav,
    facts: Facts,
    totals: Totals,
    remittances: Vec<Remittance>,
    lines: Vec<StatementLine>,
    pager: Pager,
    zone: Tz,
}

impl StatementPage {
    fn bill(&self, kind: &InvoiceKind, purpose: &InvoicePurpose) -> &'static str {
        super::invoices::words(*kind, *purpose)
    }
}

async fn read(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Place>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<StatementId>().map_err(|_| Refusal::NotFound)?;
    let (app, actor, after) = (member.app(), member.actor(), asked.after);
    let (facts, totals) = statements::get(app, actor, id).await.map_err(|e| refused(&e))?;
    let window = Window { after, limit: PAGE };
    let found = statements::lines(app, actor, id, &window).await.map_err(|e| refused(&e))?;
    let filter = RemittanceFilter { statement: Some(id), ..RemittanceFilter::default() };
    let paid = remittances::list(app, actor, filter, &Window { after: None, limit: 20 }).await;
    let here = format!("/statements/{id}");
    let next = found.rows.last().filter(|_| found.more);
    let next = next.map(|row| address(&here, &[("after", row.seq.to_string())]));
    let shown = format!("{} of {} lines", found.rows.len(), facts.line_count);
    let pager = Pager::new(after.map(|_| here.clone()), next, shown);
    let page = frame(&member, format!("Statement {}", facts.number));
    let view = StatementPage {
        nav: subnav::month_end(&page),
        facts,
        totals,
        remittances: paid.map_err(|e| refused(&e))?.rows,
        lines: found.rows,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}
