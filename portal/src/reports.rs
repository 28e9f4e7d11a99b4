//! Reports, at the client site and in the workspace: an index that says what each answers, and one page
//! for any of them with its filters, its definition, a chart where people would rather look, the table,
//! and the file.

mod picture;

use crate::chart::Svg;
use crate::entry::Member;
use crate::export;
use crate::form::{Field, Problems};
use crate::locale::Loc;
use crate::page::{Page, show};
use crate::pager::address;
use crate::refusal::{Refusal, refused};
use crate::stairs::{Stairs, percent};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::NaiveDate;
use domain::CreditorId;
use domain::recovery::{Denominator, StepBasis, StepMeasure};
use serde::Deserialize;
use service::exports::Format;
use service::recovery::{self, Of, PortfolioFigures, Reading};
use service::reports::{self, Asked as Which, Cell, Column, ColumnKind, Definition, Name, Table};

/// The most cohorts of a stair-step on a page.
const MONTHS: [u32; 4] = [12, 24, 36, 60];

/// The pages.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/reports", web::get().to(list_reports))
        .route("/reports/{name}.{ending:csv|xlsx}", web::get().to(export_report))
        .route("/reports/{name}", web::get().to(show_report));
}

#[derive(Template)]
#[template(path = "reports/list.html")]
struct ReportsPage {
    page: Page,
    reports: Vec<&'static Definition>,
}

async fn list_reports(member: Member) -> Result<HttpResponse, Refusal> {
    let names = reports::index(member.actor()).map_err(|e| refused(&e))?;
    let page = member.frame("Reports");
    let reports = names.into_iter().map(Name::definition).collect();
    Ok(show(&ReportsPage { page: page.clone(), reports }, &page))
}

/// What is asked of a report.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    from: String,
    to: String,
    creditor: String,
    portfolio: String,
    basis: String,
    measure: String,
    denominator: String,
    principal: String,
    months: String,
}

impl Asked {
    /// Of one portfolio, for the stair-step on its own page.
    pub fn of_portfolio(&self, portfolio: String) -> Self {
        Self { portfolio, ..self.clone() }
    }

    /// How a stair-step is to be read.
    pub fn reading(&self) -> Reading {
        let usual = Reading::default();
        Reading {
            basis: StepBasis::parse(&self.basis).unwrap_or(usual.basis),
            measure: StepMeasure::parse(&self.measure).unwrap_or(usual.measure),
            denominator: Denominator::parse(&self.denominator).unwrap_or(usual.denominator),
            principal_only: self.principal == "1",
            months: self.months.parse().ok().filter(|m| MONTHS.contains(m)).unwrap_or(usual.months),
        }
    }

    fn read(&self) -> (Which, Problems) {
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
        } else if from.zip(to).is_some_and(|(from, to)| (to - from).num_days() > 3_660) {
            problems.add("to", "A report covers at most ten years.");
        }
        let creditor: Option<CreditorId> = self.creditor.parse().ok();
        let of = Of { creditor, portfolio: self.portfolio.parse().ok() };
        (Which { of, from, to }, problems)
    }

    fn questions(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("from", &self.from),
            ("to", &self.to),
            ("creditor", &self.creditor),
            ("portfolio", &self.portfolio),
            ("basis", &self.basis),
            ("measure", &self.measure),
            ("denominator", &self.denominator),
            ("principal", &self.principal),
            ("months", &self.months),
        ];
        all.into_iter()
            .filter(|(_, answer)| !answer.is_empty())
            .map(|(name, answer)| (name, answer.clone()))
            .collect()
    }

    /// The addresses of the same report as files.
    pub fn files(&self, name: Name) -> Files {
        Files::of(&format!("/reports/{}", name.slug()), &self.questions())
    }
}

/// Where a list is as a file: the links under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Comma-separated values.
    pub csv: String,
    /// A sheet.
    pub xlsx: String,
}

impl Files {
    /// Of the list at an address, narrowed by what was asked.
    pub fn of(path: &str, asked: &[(&str, String)]) -> Self {
        let file = |format: Format| address(&format!("{path}.{}", format.extension()), asked);
        Self { csv: file(Format::Csv), xlsx: file(Format::Xlsx) }
    }
}

#[derive(Template)]
#[template(path = "reports/report.html")]
struct ReportPage {
    page: Page,
    definition: &'static Definition,
    asked: Asked,
    reading: Reading,
    /// The places that a creditor can be chosen from; empty: there is one.
    creditors: Vec<(String, String)>,
    portfolios: Vec<(String, String)>,
    has_period: bool,
    from: Field,
    to: Field,
    chart: Option<Svg>,
    stairs: Option<Stairs>,
    table: Option<Table>,
    head: Vec<Shown>,
    rows: Vec<Vec<Shown>>,
    footer: Vec<Vec<Shown>>,
    files: Files,
}

/// The words of a cell, and its class.
type Shown = (String, &'static str);

async fn show_report(
    member: Member,
    name: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let name = Name::parse(&name).ok_or(Refusal::NotFound)?;
    let (app, actor, asked) = (member.app(), member.actor(), asked.into_inner());
    let definition = name.definition();
    let (which, problems) = asked.read();
    let reading = asked.reading();
    let good = problems.is_empty();
    let page = member.frame(definition.title).with(problems);
    let (mut stairs, mut table, mut chart) = (None, None, None);
    if good && name == Name::StairStep {
        let steps =
            reports::stair_step(app, actor, which, reading).await.map_err(|e| refused(&e))?;
        stairs = Some(Stairs::of(&steps, member.loc(), true));
    } else if good {
        let rows =
            reports::table(app, actor, name, which, reading).await.map_err(|e| refused(&e))?;
        chart = picture::of(&rows);
        table = Some(rows);
    }
    let (creditors, portfolios) = places(&member, name).await?;
    let loc = member.loc();
    let head = |column: &Column| (column.label.clone(), class(column.kind));
    let laid = |rows: fn(&Table) -> &Vec<Vec<Cell>>| -> Vec<Vec<Shown>> {
        let line = |table: &Table, row: &Vec<Cell>| {
            let each = row.iter().zip(&table.columns);
            each.map(|(cell, column)| (shown(cell, column, &loc), class(column.kind))).collect()
        };
        table.iter().flat_map(|it| rows(it).iter().map(|row| line(it, row))).collect()
    };
    let report = ReportPage {
        definition,
        reading,
        creditors,
        portfolios,
        from: page.field("from", "From (optional)").kind("date").value(&asked.from).optional(),
        to: page.field("to", "To (optional)").kind("date").value(&asked.to).optional(),
        has_period: !matches!(name, Name::HeldFunds | Name::DebtorCredits | Name::StairStep),
        chart,
        stairs,
        head: table.iter().flat_map(|table| &table.columns).map(head).collect(),
        rows: laid(|table| &table.rows),
        footer: laid(|table| &table.footer),
        table,
        files: asked.files(name),
        asked,
        page: page.clone(),
    };
    Ok(show(&report, &page))
}

async fn export_report(
    member: Member,
    of: web::Path<(String, String)>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let (name, ending) = of.into_inner();
    let name = Name::parse(&name).ok_or(Refusal::NotFound)?;
    let format = Format::parse(&ending).ok_or(Refusal::NotFound)?;
    let (which, problems) = asked.read();
    if !problems.is_empty() {
        return Err(Refusal::Unreadable);
    }
    let table = reports::table(member.app(), member.actor(), name, which, asked.reading())
        .await
        .map_err(|e| refused(&e))?;
    Ok(export::file(reports::file(table, format).await.map_err(|e| refused(&e))?))
}

type Choices = Vec<(String, String)>;

/// The creditors and portfolios to choose from; none where there is no choice.
async fn places(member: &Member, name: Name) -> Result<(Choices, Choices), Refusal> {
    if matches!(name, Name::TrialBalance | Name::CollectorProductivity) {
        return Ok((Vec::new(), Vec::new()));
    }
    let all = recovery::portfolios(member.app(), member.actor(), Of::default(), None, 500)
        .await
        .map_err(|e| refused(&e))?;
    let mut creditors: Choices =
        all.iter().map(|row| (row.creditor.to_string(), row.creditor_name.clone())).collect();
    creditors.sort_by(|one, two| one.1.cmp(&two.1));
    creditors.dedup();
    let portfolio = |row: &PortfolioFigures| {
        (row.id.to_string(), format!("{}: {}", row.creditor_name, row.name))
    };
    let portfolios: Choices = all.iter().map(portfolio).collect();
    let several = |choices: Choices| if choices.len() > 1 { choices } else { Vec::new() };
    Ok((several(creditors), several(portfolios)))
}

/// A cell as a page shows it.
fn shown(cell: &Cell, column: &Column, loc: &Loc) -> String {
    match cell {
        Cell::Text(words, true) => words.clone(),
        Cell::Text(words, false) => words.replace('_', " "),
        Cell::Date(day) if column.name == "month" => day.format("%B %Y").to_string(),
        Cell::Date(day) => loc.short_date(day),
        Cell::Count(count) => count.to_string(),
        Cell::Money(money) => loc.money(money),
        Cell::Percent(share) => percent(Some(*share)),
        Cell::Blank => String::new(),
    }
}

fn class(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text => "",
        ColumnKind::Date => "nowrap",
        ColumnKind::Count | ColumnKind::Money | ColumnKind::Percent => "num",
    }
}
