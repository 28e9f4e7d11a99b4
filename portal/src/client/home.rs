//! The home page: placed, collected, liquidation; where they come from; what was placed last.

use super::frame;
use super::statements::{Listed, listed};
use crate::chart::{self, Bar, Caption, Svg};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::placing::{accepted, standing};
use crate::refusal::{Refusal, refused};
use crate::stairs::{Stairs, dollars, month_name, number};
use actix_web::HttpResponse;
use askama::Template;
use chrono_tz::Tz;
use domain::recovery::{Denominator, Month};
use domain::{Money, Permission};
use service::actor::Scope;
use service::placements::{self, Placement};
use service::recovery::{self, Figures, Of, Reading, Summary};

/// Placements shown.
const LATEST: u64 = 5;
/// Statements shown.
const LATEST_STATEMENTS: u16 = 3;

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
    rows: Vec<Listed>,
    several: bool,
}

/// The home page.
pub async fn show_home(member: Member) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let summary = recovery::summary(app, actor, Of::default()).await.map_err(|e| refused(&e))?;
    let steps = recovery::stair_step(app, actor, Of::default(), Reading::default())
        .await
        .map_err(|e| refused(&e))?;
    let latest = placements::list(app, actor, None, None, LATEST).await.map_err(|e| refused(&e))?;
    let rows = if member.may(Permission::RemittanceRead) {
        listed(&member, None, LATEST_STATEMENTS).await?.rows
    } else {
        Vec::new()
    };
    let page = frame(&member, "Recovery");
    let now = Month::of(summary.as_of);
    let home = HomePage {
        month: month_name(now),
        last_month: month_name(now.back(1)),
        gross: percent(summary.figures.liquidation(Denominator::GrossPlaced)),
        net: percent(summary.figures.liquidation(Denominator::NetPlaced)),
        bars: collected_bars(&summary),
        months: summary.months.iter().rev().map(|(m, sum)| (month_name(*m), *sum)).collect(),
        stairs: Stairs::of(&steps, member.loc(), false),
        latest,
        zone: member.zone(),
        may_place: member.may(Permission::PlacementWrite),
        rows,
        several: actor.creditors().len() > 1,
        figures: summary.figures,
        page: page.clone(),
    };
    Ok(show(&home, &page))
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
    chart::bars(&caption, &bars, &dollars)
}

/// `7.41 %`; a dash where nothing was placed.
pub fn percent(share: Option<impl std::fmt::Display>) -> String {
    share.map_or_else(
        || "\u{2013}".to_owned(),
        |share| format!("{:.2}\u{a0}%", number(&share) * 100.0),
    )
}
