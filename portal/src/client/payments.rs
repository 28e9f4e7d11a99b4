//! The payments that make up what was collected.

use super::{ROWS, frame, words};
use crate::entry::Member;
use crate::export::{self, BATCH, Batch};
use crate::form::{Field, Problems};
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::{PaymentId, Permission};
use serde::Deserialize;
use service::recovery::{self, Collected, Collection};
use std::io;

#[derive(Template)]
#[template(path = "client/payments.html")]
struct PaymentsPage {
    page: Page,
    from: Field,
    to: Field,
    narrowed: bool,
    rows: Vec<Collection>,
    pager: Pager,
    export: String,
}

/// What is asked of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    from: String,
    to: String,
    after: String,
}

impl Asked {
    /// What was asked, for the address of another page of the same list.
    fn questions(&self) -> Vec<(&'static str, String)> {
        let all = [("from", self.from.clone()), ("to", self.to.clone())];
        all.into_iter().filter(|(_, answer)| !answer.is_empty()).collect()
    }

    /// What it narrows the list to, and what of it could not be read.
    fn read(&self, most: u16) -> (Collected, Problems) {
        let mut problems = Problems::none();
        let mut day = |field: &'static str, text: &str| {
            let day = text.parse::<NaiveDate>().ok();
            if day.is_none() && !text.is_empty() {
                problems.add(field, "Write the date as year-month-day, such as 2026-11-30.");
            }
            day
        };
        let (from, to) = (day("from", &self.from), day("to", &self.to));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            problems.add("to", "The last day must not be before the first.");
        }
        let after: Option<PaymentId> = self.after.parse().ok();
        (Collected { from, to, after, most, ..Collected::default() }, problems)
    }
}

/// The list.
pub async fn list_payments(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let (which, problems) = asked.read(ROWS + 1);
    let mut rows = if problems.is_empty() {
        recovery::collections(member.app(), member.actor(), which).await.map_err(|e| refused(&e))?
    } else {
        Vec::new()
    };
    let more = rows.len() > usize::from(ROWS);
    rows.truncate(usize::from(ROWS));
    let questions = asked.questions();
    let next = rows.last().filter(|_| more).map(|last| {
        let after = ("after", last.id.to_string());
        address("/payments", &[questions.as_slice(), &[after]].concat())
    });
    let first = (!asked.after.is_empty()).then(|| address("/payments", &questions));
    let page = frame(&member, "Payments").with(problems);
    let list = PaymentsPage {
        from: page.field("from", "From (optional)").kind("date").value(&asked.from).optional(),
        to: page.field("to", "To (optional)").kind("date").value(&asked.to).optional(),
        narrowed: !asked.from.is_empty() || !asked.to.is_empty(),
        pager: Pager::new(first, next, format!("{} payments on this page", rows.len())),
        export: address("/payments.csv", &questions),
        rows,
        page: page.clone(),
    };
    Ok(show(&list, &page))
}

/// The list as CSV.
pub async fn export_payments(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::PaymentRead)?;
    let (which, problems) = asked.read(BATCH);
    if !problems.is_empty() {
        return Err(Refusal::Unreadable);
    }
    let (app, actor) = (member.app().clone(), member.actor().clone());
    let heading = [
        "Date",
        "Your account number",
        "Debtor",
        "What",
        "How",
        "Amount",
        "Fee",
        "Yours",
        "Payment",
    ];
    Ok(export::csv("payments.csv", &heading, move |after: Option<PaymentId>| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let which = Collected { after, ..which };
            let rows =
                recovery::collections(&app, &actor, which).await.map_err(io::Error::other)?;
            let full = rows.len() == usize::from(BATCH);
            let next = rows.last().filter(|_| full).map(|last| last.id);
            Ok(Batch { lines: rows.iter().map(line).collect(), next })
        }
    }))
}

fn line(row: &Collection) -> Vec<String> {
    vec![
        row.effective_on.to_string(),
        export::text(&row.client_account_number),
        export::text(&row.debtor_name),
        words::payment(row.kind, row.reversal_reason).to_owned(),
        words::method(row.method).to_owned(),
        row.amount.to_decimal(),
        row.commission.to_decimal(),
        row.net().to_decimal(),
        row.id.to_string(),
    ]
}
