//! Accounts: found by number, reference or name, narrowed, exported.

use super::words::{self, StatusWords};
use super::{ROWS, frame};
use crate::entry::Member;
use crate::export::{self, BATCH, Batch};
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::account::AccountStatus;
use domain::{AccountId, Permission, PlacementId, PortfolioId, Reference};
use serde::Deserialize;
use service::App;
use service::accounts::{self, Account, Filter};
use service::actor::Actor;
use service::recovery::{self, Of};
use service::stop::Stop;
use service::window::{Part, Window};
use std::io;

#[derive(Template)]
#[template(path = "client/accounts.html")]
struct AccountsPage {
    page: Page,
    asked: Asked,
    portfolios: Vec<(String, String)>,
    rows: Vec<Account>,
    pager: Pager,
    export: String,
}

/// What is asked of the list. All is text: what cannot be read narrows nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// How `q` was understood, so that the next page understands it alike.
    by: String,
    state: String,
    portfolio: String,
    placement: String,
    after: String,
}

impl Asked {
    /// What was asked, for the address of another page of the same list.
    fn questions(&self, by: Option<By>) -> Vec<(&'static str, String)> {
        let by = by.map_or("", By::name).to_owned();
        let all = [
            ("q", self.q.clone()),
            ("by", by),
            ("state", self.state.clone()),
            ("portfolio", self.portfolio.clone()),
            ("placement", self.placement.clone()),
        ];
        all.into_iter().filter(|(_, answer)| !answer.is_empty()).collect()
    }
}

/// How the text in the search box is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Reference,
    Number,
    Name,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Number => "number",
            Self::Name => "name",
        }
    }
}

/// The list.
pub async fn list_accounts(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let asked = asked.into_inner();
    let (by, part) =
        search(member.app(), member.actor(), &asked, ROWS).await.map_err(|e| refused(&e))?;
    let questions = asked.questions(by);
    let next = part.rows.last().filter(|_| part.more).map(|last| {
        let after = ("after", last.id.to_string());
        address("/accounts", &[questions.as_slice(), &[after]].concat())
    });
    let first = (!asked.after.is_empty()).then(|| address("/accounts", &questions));
    let pager = Pager::new(first, next, format!("{} accounts on this page", part.rows.len()));
    let export = address("/accounts.csv", &questions);
    let portfolios = portfolios(&member).await?;
    let page = frame(&member, "Accounts");
    let list =
        AccountsPage { page: page.clone(), portfolios, rows: part.rows, pager, export, asked };
    Ok(show(&list, &page))
}

/// The list as CSV.
pub async fn export_accounts(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::AccountRead)?;
    let (app, actor, asked) = (member.app().clone(), member.actor().clone(), asked.into_inner());
    let heading = [
        "Your account number",
        "Reference",
        "Debtor",
        "Creditor",
        "Status",
        "Placed on",
        "Placed",
        "Owed",
        "Last payment on",
        "Last payment",
        "Closed on",
    ];
    Ok(export::csv("accounts.csv", &heading, move |after: Option<AccountId>| {
        let (app, actor, mut asked) = (app.clone(), actor.clone(), asked.clone());
        asked.after = after.map(|id| id.to_string()).unwrap_or_default();
        async move {
            let (_, part) = search(&app, &actor, &asked, BATCH).await.map_err(io::Error::other)?;
            let next = part.rows.last().filter(|_| part.more).map(|last| last.id);
            Ok(Batch { lines: part.rows.iter().map(line).collect(), next })
        }
    }))
}

fn line(row: &Account) -> Vec<String> {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        export::text(&row.client_account_number),
        row.reference.clone(),
        export::text(&row.debtor_name),
        export::text(&row.creditor_name),
        row.status.words().to_owned(),
        row.placed_on.to_string(),
        row.placed_total().to_decimal(),
        row.owed().to_decimal(),
        day(row.last_payment_on),
        row.last_payment_amount.map(|money| money.to_decimal()).unwrap_or_default(),
        day(row.closed_at.map(|at| at.date_naive())),
    ]
}

/// Tries what the text may mean, the most exact first, until something is found.
async fn search(
    app: &App,
    actor: &Actor,
    asked: &Asked,
    most: u16,
) -> Result<(Option<By>, Part<Account>), Stop> {
    let text = asked.q.trim();
    let meanings: Vec<Option<By>> = match asked.by.as_str() {
        _ if text.is_empty() => vec![None],
        "reference" => vec![Some(By::Reference)],
        "number" => vec![Some(By::Number)],
        "name" => vec![Some(By::Name)],
        _ => meanings(text).into_iter().map(Some).collect(),
    };
    let after: Option<AccountId> = asked.after.parse().ok();
    let mut found = (None, Part { rows: Vec::new(), more: false });
    for by in meanings {
        let filter = filter(asked, text, by);
        found = (by, accounts::list(app, actor, &filter, Window { after, limit: most }).await?);
        if !found.1.rows.is_empty() {
            break;
        }
    }
    Ok(found)
}

fn meanings(text: &str) -> Vec<By> {
    let reference = text.parse::<Reference>().is_ok().then_some(By::Reference);
    reference.into_iter().chain([By::Number, By::Name]).collect()
}

fn filter(asked: &Asked, text: &str, by: Option<By>) -> Filter {
    let given = |wanted: By| (by == Some(wanted)).then(|| text.to_owned());
    let open = match asked.state.as_str() {
        "open" => Some(true),
        "closed" => Some(false),
        _ => None,
    };
    let statuses: Vec<AccountStatus> = AccountStatus::parse(&asked.state).into_iter().collect();
    Filter {
        statuses,
        open,
        portfolio: asked.portfolio.parse::<PortfolioId>().ok(),
        placement: asked.placement.parse::<PlacementId>().ok(),
        reference: given(By::Reference),
        number: given(By::Number),
        name: given(By::Name),
        ..Filter::default()
    }
}

/// The first hundred portfolios, to choose from.
async fn portfolios(member: &Member) -> Result<Vec<(String, String)>, Refusal> {
    let rows = recovery::portfolios(member.app(), member.actor(), Of::default(), None, 100)
        .await
        .map_err(|e| refused(&e))?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id.to_string(), format!("{}, {}", row.name, row.creditor_name)))
        .collect())
}

fn status(row: &Account) -> StatusWords {
    words::status(row.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_tried_first_and_a_name_last() {
        let reference = Reference::from_random(77).to_string();
        assert_eq!(meanings(&reference), [By::Reference, By::Number, By::Name]);
        assert_eq!(meanings("A-00931"), [By::Number, By::Name]);
    }
}
