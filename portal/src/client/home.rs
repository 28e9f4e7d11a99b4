//! The home page: placed, collected, liquidation; where they come from; what was placed last.

use super::frame;
use crate::chart::{self, Bar, Caption, Series, Svg};
use crate::entry::Member;
use crate::locale::Loc;
use crate::page::{Page, show};
use crate::placing::{accepted, standing};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use askama::Template;
use chrono_tz::Tz;
use domain::recovery::{Cohort, Denominator, Month};
use domain::{Money, Permission};
use service::placements::{self, Placement};
use service::recovery::{self, Figures, Of, Summary};

/// Months of placement that the stair-step goes back.
const MONTHS: u32 = 12;
/// Placements shown.
const LATEST: u64 = 5;
/// Curves that can be told apart.
const CURVES: usize = 4;

#[derive(Template)]
#[template(path = "client/home.html")]
struct HomePage {
    page: Page,
    month: String,
    last_month: String,
    figures: Figures,
    gross: String,
    net: String,
    months: Vec<(String, Money)>,
    bars: Svg,
    stairs: Stairs,
    latest: Vec<Placement>,
    zone: Tz,
    may_place: bool,
}

/// The home page.
pub async fn show_home(member: Member) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let summary = recovery::summary(app, actor, Of::default()).await.map_err(|e| refused(&e))?;
    let cohorts =
        recovery::stairs(app, actor, Of::default(), MONTHS).await.map_err(|e| refused(&e))?;
    let latest = placements::list(app, actor, None, None, LATEST).await.map_err(|e| refused(&e))?;
    let page = frame(&member, "Recovery");
    let now = Month::of(summary.as_of);
    let home = HomePage {
        month: month_name(now),
        last_month: month_name(now.back(1)),
        gross: percent(summary.figures.liquidation(Denominator::GrossPlaced)),
        net: percent(summary.figures.liquidation(Denominator::NetPlaced)),
        bars: collected_bars(&summary),
        months: summary.months.iter().rev().map(|(m, sum)| (month_name(*m), *sum)).collect(),
        stairs: Stairs::of(&cohorts, member.loc()),
        latest,
        zone: member.zone(),
        may_place: member.may(Permission::PlacementWrite),
        figures: summary.figures,
        page: page.clone(),
    };
    Ok(show(&home, &page))
}

/// The stair-step: a curve for the latest cohorts and a table for all.
#[derive(Template)]
#[template(path = "client/stairs.html")]
pub struct Stairs {
    loc: Loc,
    curve: Svg,
    rows: Vec<Step>,
    columns: Vec<usize>,
}

impl askama::filters::HtmlSafe for Stairs {}

struct Step {
    month: String,
    accounts: i64,
    placed: Money,
    shares: Vec<String>,
    gross: String,
    net: String,
}

impl Stairs {
    /// Of cohorts, oldest first.
    pub fn of(cohorts: &[Cohort], loc: Loc) -> Self {
        let longest = cohorts.iter().map(|cohort| cohort.collected.len()).max().unwrap_or(0);
        let rows = cohorts
            .iter()
            .rev()
            .map(|cohort| Step {
                month: month_name(cohort.month),
                accounts: cohort.accounts,
                placed: cohort.placed,
                shares: (0..longest)
                    .map(|at| {
                        let curve = cohort.curve(Denominator::GrossPlaced);
                        curve.get(at).map_or(String::new(), |share| percent(*share))
                    })
                    .collect(),
                gross: percent(cohort.liquidation(Denominator::GrossPlaced)),
                net: percent(cohort.liquidation(Denominator::NetPlaced)),
            })
            .collect();
        Self { loc, curve: curve(cohorts), rows, columns: (1..=longest).collect() }
    }
}

fn curve(cohorts: &[Cohort]) -> Svg {
    let latest = cohorts.iter().rev().filter(|cohort| cohort.placed.is_positive()).take(CURVES);
    // A curve begins at nothing, before its first month.
    let named: Vec<(String, Vec<f64>)> = latest
        .map(|cohort| {
            let shares = cohort.curve(Denominator::GrossPlaced);
            let points = shares.into_iter().map(|share| number(&share.unwrap_or_default()) * 100.0);
            (short_month(cohort.month), std::iter::once(0.0).chain(points).collect())
        })
        .collect();
    let series: Vec<Series<'_>> =
        named.iter().map(|(name, points)| Series { name, points }).collect();
    let says =
        named.iter().fold(String::from("Share collected so far."), |says, (name, points)| {
            format!("{says} {name}: {:.1} %.", points.last().copied().unwrap_or(0.0))
        });
    let caption = Caption { id: "curve", title: "Liquidation by month of placement", says: &says };
    chart::lines(&caption, &series, "months since placement", &|value| format!("{value:.1}%"))
}

fn collected_bars(summary: &Summary) -> Svg {
    let named: Vec<(String, f64)> = summary
        .months
        .iter()
        .map(|(month, sum)| (month.first().format("%b").to_string(), number(sum)))
        .collect();
    let bars: Vec<Bar<'_>> =
        named.iter().map(|(name, value)| Bar { name, value: *value }).collect();
    let caption = Caption {
        id: "collected",
        title: "Collected by month",
        says: "Collected in each of the last twelve months; the table below has the figures.",
    };
    chart::bars(&caption, &bars, &|value| dollars(value))
}

/// `$950`, `$12.4k`, `$1.2m`: short enough for the top of a bar.
fn dollars(value: f64) -> String {
    let sign = if value < 0.0 { "\u{2212}" } else { "" };
    let plain = value.abs();
    let short = |value: f64, unit: &str| {
        let text = format!("{value:.1}");
        format!("{sign}${}{unit}", text.strip_suffix(".0").unwrap_or(&text))
    };
    if plain >= 999_500.0 {
        short(plain / 1_000_000.0, "m")
    } else if plain >= 1_000.0 {
        short(plain / 1_000.0, "k")
    } else {
        format!("{sign}${plain:.0}")
    }
}

/// An exact decimal as a coordinate of a drawing.
fn number(exact: &impl std::fmt::Display) -> f64 {
    exact.to_string().parse().unwrap_or(0.0)
}

/// `7.41 %`; a dash where nothing was placed.
pub fn percent(share: Option<impl std::fmt::Display>) -> String {
    share.map_or_else(
        || "\u{2013}".to_owned(),
        |share| format!("{:.2}\u{a0}%", number(&share) * 100.0),
    )
}

/// `November 2026`.
fn month_name(month: Month) -> String {
    month.first().format("%B %Y").to_string()
}

/// `Nov 2026`, at the end of a curve.
fn short_month(month: Month) -> String {
    month.first().format("%b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_labelled_shortly() {
        let labels = [0.0, 950.4, 12_400.0, 20_000.0, 999_999.0, 1_250_000.0, -3_150.0];
        let shown = labels.map(dollars);
        assert_eq!(shown, ["$0", "$950", "$12.4k", "$20k", "$1m", "$1.2m", "\u{2212}$3.1k"]);
    }

    #[test]
    fn a_share_names_its_percent() {
        assert_eq!(percent(Some("0.0741")), "7.41\u{a0}%");
        assert_eq!(percent(None::<String>), "\u{2013}");
    }
}
