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
use crate::reports::Asked as Wished;
use crate::stairs::{Stairs, dollars, number};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::recovery::{Denominator, StepBasis, StepMeasure, share};
use domain::{Money, Permission, PortfolioId};
use serde::Deserialize;
use service::accounts::{self, Account, Filter};
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
    file: String,
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
    Ok(show(&PortfoliosPage { page: page.clone(), rows, total, pager }, &page))
}

/// The list as CSV, the totals last.
pub async fn export_portfolios(member: Member) -> Result<HttpResponse, Refusal> {
    member.require(Permission::PaymentRead)?;
    let (app, actor) = (member.app(), member.actor());
    let heading = [
        "Portfolio",
        "Creditor",
        "First placed in",
        "Last placed in",
        "Accounts",
        "Placed",
        "Adjusted, recalled",
        "Collected",
        "Fee",
        "Net",
        "Liquidation of gross placed",
        "Liquidation of net placed",
        "Open",
        "Paid",
        "Recalled",
        "Closed otherwise",
    ];
    let mut lines = vec![heading.map(str::to_owned).to_vec()];
    let mut after = None;
    loop {
        let rows = recovery::portfolios(app, actor, Of::default(), after, 500)
            .await
            .map_err(|e| refused(&e))?;
        lines.extend(rows.iter().map(|row| line(&row.name, &row.creditor_name, &row.figures)));
        after = rows.last().map(|row| row.id);
        if rows.len() < 500 {
            break;
        }
    }
    let all = recovery::summary(app, actor, Of::default()).await.map_err(|e| refused(&e))?;
    lines.push(line("Total", "", &all.figures));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"portfolios-{}.csv\"", all.as_of),
        ))
        .body(export::lines(lines)?))
}

fn line(name: &str, creditor: &str, it: &Figures) -> Vec<String> {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let share = |of| it.liquidation(of).map(|share| share.to_string()).unwrap_or_default();
    vec![
        export::text(name),
        export::text(creditor),
        day(it.placed_in.map(|(first, _)| first)),
        day(it.placed_in.map(|(_, last)| last)),
        it.accounts.to_string(),
        it.placed.to_decimal(),
        it.withdrawn.to_decimal(),
        it.collected.to_decimal(),
        it.commission.to_decimal(),
        it.net().to_decimal(),
        share(Denominator::GrossPlaced),
        share(Denominator::NetPlaced),
        it.open_accounts.to_string(),
        it.paid_accounts.to_string(),
        it.recalled_accounts.to_string(),
        it.closed_accounts.to_string(),
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
        file: wished.of_portfolio(id.to_string()).file(Name::StairStep),
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
