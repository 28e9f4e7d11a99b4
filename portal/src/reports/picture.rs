//! The charts of reports: where people would rather look.

use crate::chart::{self, Bar, Caption, Svg};
use crate::stairs::{dollars, number};
use service::reports::{Cell, Name, Table};
use std::collections::BTreeMap;

/// Bars side by side that can still be read.
const MOST_BARS: usize = 16;

/// The chart of a report; none where the table says it better.
pub fn of(table: &Table) -> Option<Svg> {
    match table.definition.name {
        Name::DailyCash => by_day(table, "net", "Net received by day", "%b %-d"),
        Name::Deposit => by_day(table, "net", "Net deposits by day", "%b %-d"),
        Name::HeldFunds => {
            by_day(table, "share", "Creditors' part by the day it is available", "%b %-d")
        }
        Name::CreditorAnalysis => by_day(table, "collected", "Collected by month", "%b %y"),
        Name::CommissionRevenue => revenue(table),
        Name::DebtorCredits
        | Name::StairStep
        | Name::TrialBalance
        | Name::CollectorProductivity => None,
    }
}

/// One bar a day; where there are too many days, the latest.
fn by_day(table: &Table, column: &str, title: &str, form: &str) -> Option<Svg> {
    let at = |name: &str| table.columns.iter().position(|one| one.name == name);
    let day = ["day", "available_on", "month"].into_iter().find_map(at)?;
    let money = at(column)?;
    let mut sums: BTreeMap<chrono::NaiveDate, f64> = BTreeMap::new();
    for row in &table.rows {
        if let (Some(Cell::Date(day)), Some(Cell::Money(sum))) = (row.get(day), row.get(money)) {
            *sums.entry(*day).or_default() += number(sum);
        }
    }
    if sums.is_empty() {
        return None;
    }
    let left_out = sums.len().saturating_sub(MOST_BARS);
    let named: Vec<(String, f64)> = sums
        .into_iter()
        .skip(left_out)
        .map(|(day, sum)| (day.format(form).to_string(), sum))
        .collect();
    let says = match left_out {
        0 => "A bar each; the table below has the figures.".to_owned(),
        _ => format!("The latest {MOST_BARS}; the table below has all figures."),
    };
    let bars: Vec<Bar<'_>> =
        named.iter().map(|(name, value)| Bar { name, value: *value }).collect();
    let caption = Caption { id: "picture", title, says: &says };
    Some(chart::bars(&caption, &bars, &dollars))
}

/// Earned and revenue, month by month.
fn revenue(table: &Table) -> Option<Svg> {
    let at = |name: &str| table.columns.iter().position(|one| one.name == name);
    let (month, earned, revenue) = (at("month")?, at("earned")?, at("revenue")?);
    let money = |row: &Vec<Cell>, at: usize| match row.get(at) {
        Some(Cell::Money(sum)) => number(sum),
        _ => 0.0,
    };
    if table.rows.len() < 2 {
        return by_day(table, "earned", "Commission earned by month", "%b %y");
    }
    let names: Vec<String> = table
        .rows
        .iter()
        .filter_map(|row| match row.get(month) {
            Some(Cell::Date(day)) => Some(day.format("%b %y").to_string()),
            _ => None,
        })
        .collect();
    let earned: Vec<f64> = table.rows.iter().map(|row| money(row, earned)).collect();
    let revenue: Vec<f64> = table.rows.iter().map(|row| money(row, revenue)).collect();
    let says = "Commission earned, and what of it became revenue; the table below has the figures.";
    let caption = Caption { id: "picture", title: "Commission by month", says };
    let series = [
        chart::Series { name: "Earned", points: &earned },
        chart::Series { name: "Revenue", points: &revenue },
    ];
    Some(chart::lines_over(&caption, &series, &names, &dollars))
}
