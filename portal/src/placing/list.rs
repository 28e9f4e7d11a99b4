//! The placements, the latest first.

use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono_tz::Tz;
use domain::placement::PlacementState;
use domain::{Bucket, Money, Permission, PlacementId};
use serde::Deserialize;
use service::placements::{self, Placement};

/// Rows on one page.
const ROWS: u64 = 50;

#[derive(Template)]
#[template(path = "placing/list.html")]
struct ListPage {
    page: Page,
    rows: Vec<Placement>,
    pager: Pager,
    may_place: bool,
    zone: Tz,
}

/// What is asked of the list.
#[derive(Debug, Deserialize)]
pub struct Asked {
    after: Option<PlacementId>,
}

/// The list.
pub async fn list_placements(
    member: Member,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let mut rows = placements::list(member.app(), member.actor(), None, asked.after, ROWS + 1)
        .await
        .map_err(|e| refused(&e))?;
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|last| address("/placements", &[("after", last.id.to_string())]));
    let first = asked.after.map(|_| "/placements".to_owned());
    let pager = Pager::new(first, next, format!("{} placements on this page", rows.len()));
    let page = member.frame("Placements");
    let list = ListPage {
        page: page.clone(),
        rows,
        pager,
        may_place: member.may(Permission::PlacementWrite),
        zone: member.zone(),
    };
    Ok(show(&list, &page))
}

/// The class of the tag of a state, and the state in words.
pub fn standing(state: PlacementState) -> (&'static str, &'static str) {
    match state {
        PlacementState::Received => ("warn", "Waits for its columns"),
        PlacementState::Checking => ("quiet", "Being checked"),
        PlacementState::Checked => ("warn", "Waits for your decision"),
        PlacementState::Committing => ("quiet", "Being placed"),
        PlacementState::Committed => ("ok", "Placed"),
        PlacementState::Refused => ("bad", "Refused"),
        PlacementState::Canceled => ("quiet", "Canceled"),
    }
}

/// The dollars of the lines that can be placed, or were.
pub fn accepted(row: &Placement) -> Money {
    Bucket::ALL.into_iter().map(|bucket| row.tally.accepted_dollars.get(bucket)).sum()
}
