//! Portfolios with their figures, and one of them: stair-step, curve, waterfall, what became of the
//! accounts.

use super::home::percent;
use super::{ROWS, frame};
use crate::chart::{self, Caption, Step, Svg};
use crate::entry::Member;
use crate::export;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use crate::reports::{Asked as Wished, Files};
use crate::stairs::{Stairs, dollars, number};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::recovery::{Denominator, StepBasis, StepMeasure, share};
use domain::{Money, Permission, PortfolioId};
use serde::Deserialize;
use service::accounts::{self, Account, Filter};
use service::exports::{self, Cell, Column, ExportError, Format, Table};
use service::recovery::{self, Figures, Of, PortfolioFigures, Reading};
use service::reports::Name;
use service::window::Window;

/// Accounts shown on a portfolio's page.
const LATEST: u16 = 10;
/// Cohorts that a stair-step may go back.
const MONTHS: [u32; 4] = [12, 24, 36, 60];

#[derive(Template)]
#[template(path = "client/portfolios.html")]
struct PortfoliosPage {
    page: Page,
    rows: Vec<PortfolioFigures>,
    total: Figures,
    pager: Pager,
    files: Files,
}

#[derive(Template)]
#[template(path = "client/portfolio.html")]
struct PortfolioPage {
    page: Page,
    row: PortfolioFigures,
    reading: Reading,
    stairs: Stairs,
    waterfall: Svg,
    steps: Vec<(&'static str, Money)>,
    mix: Vec<Mix>,
    accounts: Vec<Account>,
    files: Files,
}

/// How many accounts stand in one way.
struct Mix {
    words: &'static str,
    state: &'static str,
    accounts: i64,
    share: String,
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
    let total =
        recovery::summary(app, actor, Of::default()).await.map_err(|e| refused(&e))?.figures;
    let more = rows.len() > usize::from(ROWS);
    rows.truncate(usize::from(ROWS));
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| address("/portfolios", &[("after", last.id.to_string())]));
    let first = asked.after.map(|_| "/portfolios".to_owned());
    let pager = Pager::new(first, next, format!("{} portfolios", rows.len()));
    let page = frame(&member, "Portfolios");
    let files = Files::of("/portfolios", &[]);
    Ok(show(&PortfoliosPage { page: page.clone(), rows, total, pager, files }, &page))
}

/// The list as a file, the totals last.
pub async fn export_portfolios(
    member: Member,
    ending: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::PaymentRead)?;
    let format = Format::parse(&ending).ok_or(Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let all = recovery::summary(app, actor, Of::default()).await.map_err(|e| refused(&e))?;
    let mut table = Table::new(format!("portfolios-{}", all.as_of), columns()).titled("Portfolios");
    let mut after = None;
    loop {
        let rows = recovery::portfolios(app, actor, Of::default(), after, 500)
            .await
            .map_err(|e| refused(&e))?;
        for row in &rows {
            table.push(line(&row.name, &row.creditor_name, &row.figures)).map_err(broken)?;
        }
        after = rows.last().map(|row| row.id);
        if rows.len() < 500 {
            break;
        }
    }
    table.push_foot(line("Total", "", &all.figures)).map_err(broken)?;
    Ok(export::file(exports::file(table, format).await.map_err(|e| refused(&e))?))
}

fn broken(fault: ExportError) -> Refusal {
    tracing::error!(error = %fault, "a list cannot be written");
    Refusal::Broken
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("Portfolio"),
        Column::text("Creditor"),
        Column::date("First placed in"),
        Column::date("Last placed in"),
        Column::whole("Accounts"),
        Column::money("Placed"),
        Column::money("Adjusted, recalled"),
        Column::money("Collected"),
        Column::money("Fee"),
        Column::money("Net"),
        Column::percent("Liquidation of gross placed"),
        Column::percent("Liquidation of net placed"),
        Column::whole("Open"),
        Column::whole("Paid"),
        Column::whole("Recalled"),
        Column::whole("Closed otherwise"),
    ]
}

fn line(name: &str, creditor: &str, it: &Figures) -> Vec<Cell> {
    let share = |of| Cell::maybe(it.liquidation(of), Cell::Share);
    vec![
        Cell::text(name),
        Cell::text(creditor),
        Cell::maybe(it.placed_in.map(|(first, _)| first), Cell::Date),
        Cell::maybe(it.placed_in.map(|(_, last)| last), Cell::Date),
        Cell::Whole(it.accounts),
        Cell::Money(it.placed),
        Cell::Money(it.withdrawn),
        Cell::Money(it.collected),
        Cell::Money(it.commission),
        Cell::Money(it.net()),
        share(Denominator::GrossPlaced),
        share(Denominator::NetPlaced),
        Cell::Whole(it.open_accounts),
        Cell::Whole(it.paid_accounts),
        Cell::Whole(it.recalled_accounts),
        Cell::Whole(it.closed_accounts),
    ]
}

/// One portfolio.
pub async fn show_portfolio(
    member: Member,
    id: web::Path<String>,
    wished: web::Query<Wished>,
) -> Result<HttpResponse, Refusal> {
    let id: PortfolioId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let of = Of { portfolio: Some(id), ..Of::default() };
    let rows = recovery::portfolios(app, actor, of, None, 1).await.map_err(|e| refused(&e))?;
    let row = rows.into_iter().next().ok_or(Refusal::NotFound)?;
    let reading = wished.reading();
    let steps = recovery::stair_step(app, actor, of, reading).await.map_err(|e| refused(&e))?;
    let accounts = if member.may(Permission::AccountRead) {
        let filter = Filter { portfolio: Some(id), ..Filter::default() };
        let window = Window { after: None, limit: LATEST };
        accounts::list(app, actor, &filter, window).await.map_err(|e| refused(&e))?.rows
    } else {
        Vec::new()
    };
    let page = frame(&member, row.name.clone());
    let fall = fall(&row.figures);
    let portfolio = PortfolioPage {
        reading,
        stairs: Stairs::of(&steps, member.loc(), true),
        waterfall: waterfall(&fall),
        steps: fall,
        mix: mix(&row.figures),
        accounts,
        files: wished.of_portfolio(id.to_string()).files(Name::StairStep),
        row,
        page: page.clone(),
    };
    Ok(show(&portfolio, &page))
}

/// From what was placed to what is open: what is neither taken back, collected nor open was closed
/// unpaid, or came on top as interest and charges.
fn fall(it: &Figures) -> Vec<(&'static str, Money)> {
    let less = |money: Money| money.negated().unwrap_or(Money::ZERO);
    let known: Money =
        [it.placed, less(it.withdrawn), less(it.collected), less(it.open_owed)].into_iter().sum();
    vec![
        ("Placed", it.placed),
        ("Taken back", less(it.withdrawn)),
        ("Collected", less(it.collected)),
        ("Other", less(known)),
        ("Open", it.open_owed),
    ]
}

fn waterfall(steps: &[(&'static str, Money)]) -> Svg {
    let last = steps.len().saturating_sub(1);
    let steps: Vec<Step<'_>> = steps
        .iter()
        .enumerate()
        .map(|(at, (name, money))| {
            let value = number(money);
            if at == 0 || at == last { Step::total(name, value) } else { Step::change(name, value) }
        })
        .collect();
    let caption = Caption {
        id: "waterfall",
        title: "From placed to open",
        says: "What was placed, less what was taken back and collected, to what is open now; the \
            table below has the figures.",
    };
    chart::waterfall(&caption, &steps, &dollars)
}

fn mix(it: &Figures) -> Vec<Mix> {
    let of = Money::from_minor(it.accounts);
    let mix = |words, state, accounts| Mix {
        words,
        state,
        accounts,
        share: percent(share(Money::from_minor(accounts), of)),
    };
    vec![
        mix("Open", "open", it.open_accounts),
        mix("Paid or settled in full", "PIF", it.paid_accounts),
        mix("Taken back by you", "CRC", it.recalled_accounts),
        mix("Closed otherwise", "closed", it.closed_accounts),
    ]
}

fn gross(it: &Figures) -> String {
    percent(it.liquidation(Denominator::GrossPlaced))
}

fn net(it: &Figures) -> String {
    percent(it.liquidation(Denominator::NetPlaced))
}
