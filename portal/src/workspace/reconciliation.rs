//! The three-way reconciliation day by day: bank, book, sub-ledgers (domain rule 2.8, invariant 6).

use super::subnav::{self, Subnav};
use super::{day, frame};
use crate::entry::Member;
use crate::form::{Field, Problems};
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::{Days, NaiveDate};
use domain::TrustAccountId;
use serde::Deserialize;
use service::bank_statements::{Day, three_way};
use service::clock::date_in;
use service::trust::{self, TrustAccount};

/// Days back that are shown unless told.
const BACK: u64 = 31;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/trust/reconciliation", web::get().to(report));
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    account: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

#[derive(Template)]
#[template(path = "workspace/reconciliation.html")]
struct ReconciliationPage {
    page: Page,
    nav: Subnav,
    accounts: Vec<TrustAccount>,
    account: TrustAccountId,
    from: Field,
    to: Field,
    days: Vec<Day>,
}

impl ReconciliationPage {
    fn open(&self) -> usize {
        self.days.iter().filter(|day| !day.reconciled()).count()
    }
}

async fn report(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { account, from, to } = asked.into_inner();
    let (app, actor) = (member.app(), member.actor());
    let accounts = trust::accounts(app, actor).await.map_err(|e| refused(&e))?;
    let chosen = account.parse::<TrustAccountId>().ok();
    let chosen = chosen.or_else(|| accounts.first().map(|one| one.id)).ok_or(Refusal::NotFound)?;
    let today = date_in(&member.front().time_zone, app.clock().now());
    let mut problems = Problems::none();
    let mut read = |name: &'static str, typed: &str, usual: NaiveDate| match day(typed) {
        Ok(day) => day.unwrap_or(usual),
        Err(_) => {
            problems.add(name, "Choose a day");
            usual
        }
    };
    let last = read("to", &to, today);
    let first = read("from", &from, last.checked_sub_days(Days::new(BACK)).unwrap_or(last));
    let found = three_way::report(app, actor, chosen, (first, last)).await;
    let (_, mut days) = found.map_err(|e| refused(&e))?;
    days.reverse();
    let page = frame(&member, "Three-way reconciliation").with(problems);
    let shown =
        |typed: String, day: NaiveDate| if typed.is_empty() { day.to_string() } else { typed };
    let view = ReconciliationPage {
        nav: subnav::trust(&member, &page),
        from: page.field("from", "From").kind("date").value(shown(from, first)).optional(),
        to: page.field("to", "To").kind("date").value(shown(to, last)).optional(),
        accounts,
        account: chosen,
        days,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}
