//! Accounts: search and list.

use super::frame;
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::Pager;
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::account::AccountStatus;
use domain::{AccountId, CreditorId, DeskId};
use serde::Deserialize;
use service::accounts::{self, Account, Filter};
use service::creditors;
use service::desks::{self, Desk};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/accounts", web::get().to(list));
}

/// What was searched for, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct Search {
    /// Name prefix, reference or creditor's account number.
    #[serde(default)]
    q: String,
    #[serde(default)]
    creditor: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    desk: String,
    after: Option<String>,
}

impl Search {
    /// A text with a digit is a reference or an account number; one without is a name.
    fn filters(&self) -> Vec<Filter> {
        let base = Filter {
            statuses: AccountStatus::parse(&self.status).into_iter().collect(),
            creditor: self.creditor.parse::<CreditorId>().ok(),
            desk: self.desk.parse::<DeskId>().ok(),
            unassigned: self.desk == "none",
            ..Filter::default()
        };
        let text = self.q.trim();
        if text.is_empty() {
            return vec![base];
        }
        if text.chars().any(|c| c.is_ascii_digit()) {
            return vec![
                Filter { reference: Some(text.to_owned()), ..base.clone() },
                Filter { number: Some(text.to_owned()), ..base },
            ];
        }
        vec![Filter { name: Some(text.to_owned()), ..base }]
    }

    fn address(&self, after: Option<AccountId>) -> String {
        let mut pairs = vec![
            ("q", self.q.clone()),
            ("creditor", self.creditor.clone()),
            ("status", self.status.clone()),
            ("desk", self.desk.clone()),
        ];
        if let Some(after) = after {
            pairs.push(("after", after.to_string()));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        crate::pager::address("/accounts", &pairs)
    }
}

#[derive(Template)]
#[template(path = "workspace/accounts.html")]
struct AccountsPage {
    page: Page,
    search: Search,
    accounts: Vec<Account>,
    creditors: Vec<(CreditorId, String)>,
    desks: Vec<Desk>,
    pager: Pager,
}

async fn list(member: Member, search: web::Query<Search>) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let search = search.into_inner();
    let after = search.after.as_deref().and_then(|after| after.parse::<AccountId>().ok());
    let mut found = None;
    for filter in search.filters() {
        let window = Window { after, limit: PAGE };
        let part = accounts::list(app, actor, &filter, window).await.map_err(|e| refused(&e))?;
        let empty = part.rows.is_empty();
        found = Some(part);
        if !empty {
            break;
        }
    }
    let found = found.ok_or(Refusal::Broken)?;
    let creditors = creditors::list(app, actor, None, 500).await.map_err(|e| refused(&e))?;
    let desks = desks::list(app, actor).await.map_err(|e| refused(&e))?;
    let next = found.rows.last().filter(|_| found.more).map(|row| search.address(Some(row.id)));
    let first = after.map(|_| search.address(None));
    let pager = Pager::new(first, next, format!("{} accounts", found.rows.len()));
    let page = frame(&member, "Accounts");
    let creditors = creditors.into_iter().map(|row| (row.id, row.name)).collect();
    Ok(show(
        &AccountsPage { page: page.clone(), search, accounts: found.rows, creditors, desks, pager },
        &page,
    ))
}
