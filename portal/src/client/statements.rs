//! Statements: what was collected, what the agency keeps, and when the rest was paid.

use super::{ROWS, frame, words};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::Money;
use domain::invoice::InvoiceKind;
use domain::remittance::RemittanceState;
use domain::statement::Totals;
use serde::Deserialize;
use service::actor::Scope;
use service::invoices::{self, Invoice, InvoiceFilter};
use service::statements::{self, Facts, StatementFilter};
use service::window::{Part, Window};

/// Invoices shown under the statements.
const LATEST_INVOICES: u16 = 10;

#[derive(Template)]
#[template(path = "client/statements.html")]
struct StatementsPage {
    page: Page,
    several: bool,
    rows: Vec<Listed>,
    next_close: Option<NaiveDate>,
    invoices: Vec<Invoice>,
    pager: Pager,
}

/// A statement as a list shows it.
pub struct Listed {
    /// Its head.
    pub facts: Facts,
    /// Its sums.
    pub totals: Totals,
    /// What became of its money.
    pub standing: Standing,
}

/// What became of a statement's money.
pub struct Standing {
    /// The class of its tag.
    pub tone: &'static str,
    /// In two words.
    pub words: &'static str,
    /// When and by what it was paid.
    pub paid: Option<(NaiveDate, String)>,
}

/// What is asked of the list.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<i64>,
}

/// The list.
pub async fn list_statements(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let part = listed(&member, asked.after, ROWS).await?;
    let next_close = if part.rows.is_empty() {
        statements::next_close(app, actor).await.map_err(|e| refused(&e))?
    } else {
        None
    };
    let window = Window { after: None, limit: LATEST_INVOICES };
    let invoices = invoices::list(app, actor, InvoiceFilter::default(), &window).await;
    let next = part.rows.last().filter(|_| part.more);
    let next = next.map(|last| address("/statements", &[("after", last.facts.number.to_string())]));
    let first = asked.after.map(|_| "/statements".to_owned());
    let page = frame(&member, "Statements");
    let list = StatementsPage {
        several: actor.creditors().len() > 1,
        pager: Pager::new(first, next, format!("{} statements on this page", part.rows.len())),
        rows: part.rows,
        next_close,
        invoices: invoices.map_err(|e| refused(&e))?.rows,
        page: page.clone(),
    };
    Ok(show(&list, &page))
}

/// Statements before a number, the newest first.
pub async fn listed(
    member: &Member,
    before: Option<i64>,
    most: u16,
) -> Result<Part<Listed>, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let window = Window { after: before, limit: most };
    let part = statements::list(app, actor, StatementFilter::default(), &window)
        .await
        .map_err(|e| refused(&e))?;
    let ids = part.rows.iter().map(|(facts, _)| facts.id);
    let mut sent = statements::sent(app, actor, ids).await.map_err(|e| refused(&e))?;
    Ok(part.map(|(facts, totals)| {
        let sent = sent.remove(&facts.id);
        let paid =
            sent.as_ref().and_then(|row| row.issued_on.map(|on| (on, row.reference.clone())));
        let standing = Standing::of(&totals, sent.map(|row| row.state), paid);
        Listed { facts, totals, standing }
    }))
}

impl Standing {
    /// Of a statement, by its remittance where there is one.
    pub fn of(
        totals: &Totals,
        sent: Option<RemittanceState>,
        paid: Option<(NaiveDate, Option<String>)>,
    ) -> Self {
        let (tone, words) = match sent {
            Some(state) => words::remittance(state),
            None if totals.invoice_deficit.is_positive() => ("warn", "Invoiced to you"),
            None if totals.carried.is_negative() => ("warn", "Due from you, carried forward"),
            None if totals.carried.is_positive() => ("quiet", "Carried forward"),
            None => ("quiet", "Nothing to pay"),
        };
        let paid = paid.map(|(on, reference)| (on, reference.unwrap_or_default()));
        Self { tone, words, paid }
    }
}

impl Listed {
    /// What the agency keeps or invoices: commission and the tax on it.
    pub fn fees(&self) -> Money {
        let it = &self.totals;
        [it.commission_to_us, it.commission_direct, it.tax].into_iter().sum()
    }

    /// What it comes to, whichever way.
    pub fn total(&self) -> Money {
        self.totals.total.max(self.totals.total.negated().unwrap_or_default())
    }

    /// What the creditor gets, or owes where it is below zero.
    pub fn net(&self) -> Money {
        self.totals.total
    }
}
