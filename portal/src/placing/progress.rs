//! Steps 3 and 4: a placement as it stands. While it is checked or placed, the page comes again by
//! itself (`Refresh`, no script); then it shows what was found, or the receipt.

use super::Step;
use super::list::{accepted, standing};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono_tz::Tz;
use domain::placement::{PlacementState, Severity};
use domain::{Bucket, Buckets, Money, Permission, PlacementId};
use serde::Deserialize;
use service::placements::{self, LineFinding, Placement};

/// Findings on one page.
const ROWS: u64 = 100;
/// Seconds until a page of something that runs comes again.
const AGAIN: &str = "2";

#[derive(Template)]
#[template(path = "placing/placement.html")]
struct PlacementPage {
    page: Page,
    step: Step,
    placement: Placement,
    findings: Vec<LineFinding>,
    narrowed: Option<Severity>,
    pager: Pager,
    may_decide: bool,
    zone: Tz,
}

impl PlacementPage {
    fn is(&self, state: PlacementState) -> bool {
        self.placement.state == state
    }

    fn runs(&self) -> bool {
        runs(self.placement.state)
    }

    /// Lines that stay out.
    fn left_out(&self) -> u64 {
        self.placement.tally.rejected + self.placement.tally.duplicate
    }

    /// Done, in percent of the lines, where the number of lines is known.
    fn percent(&self) -> Option<i64> {
        let placement = &self.placement;
        let share =
            |done: i64, all: i64| (all > 0).then(|| (done.saturating_mul(100) / all).clamp(0, 99));
        match placement.state {
            PlacementState::Checking => share(placement.progress.bytes, placement.byte_size),
            PlacementState::Committing => {
                let all = i64::try_from(placement.tally.accepted).unwrap_or(i64::MAX);
                share(placement.progress.rows, all)
            }
            PlacementState::Received
            | PlacementState::Checked
            | PlacementState::Committed
            | PlacementState::Refused
            | PlacementState::Canceled => None,
        }
    }

    fn narrowed_to(&self, severity: &str) -> bool {
        self.narrowed.map_or("", Severity::name) == severity
    }
}

/// What is asked of the findings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    show: String,
    after: String,
}

/// The page of a placement.
pub async fn show_placement(
    member: Member,
    id: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let id: PlacementId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let placement = placements::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let narrowed = Severity::parse(&asked.show);
    let after = position(&asked.after);
    let mut findings = placements::findings(app, actor, id, narrowed, after, ROWS + 1)
        .await
        .map_err(|e| refused(&e))?;
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let more = findings.len() > most;
    findings.truncate(most);
    let here = format!("/placements/{id}");
    let shown: Vec<(&str, String)> =
        narrowed.iter().map(|severity| ("show", severity.name().to_owned())).collect();
    let next = findings.last().filter(|_| more).map(|last| {
        let after = ("after", format!("{}.{}", last.line_no, last.seq));
        address(&here, &[shown.as_slice(), &[after]].concat())
    });
    let first = after.map(|_| address(&here, &shown));
    let state = placement.state;
    let page = member.frame(title(&placement));
    let view = PlacementPage {
        step: step(state),
        pager: Pager::new(first, next, format!("{} findings on this page", findings.len())),
        findings,
        narrowed,
        may_decide: member.may(Permission::PlacementWrite),
        zone: member.zone(),
        placement,
        page: page.clone(),
    };
    let mut answer = show(&view, &page);
    if runs(state) {
        let again = HeaderValue::from_static(AGAIN);
        answer.headers_mut().insert(HeaderName::from_static("refresh"), again);
    }
    Ok(answer)
}

fn runs(state: PlacementState) -> bool {
    matches!(state, PlacementState::Checking | PlacementState::Committing)
}

fn step(state: PlacementState) -> Step {
    match state {
        PlacementState::Received => Step::Columns,
        PlacementState::Checking
        | PlacementState::Checked
        | PlacementState::Refused
        | PlacementState::Canceled => Step::Check,
        PlacementState::Committing | PlacementState::Committed => Step::Receipt,
    }
}

fn title(placement: &Placement) -> String {
    match placement.state {
        PlacementState::Received => "Say what the columns mean".to_owned(),
        PlacementState::Checking => "We are checking your file".to_owned(),
        PlacementState::Checked => "What we found".to_owned(),
        PlacementState::Committing => "We are placing your accounts".to_owned(),
        PlacementState::Committed => {
            format!("{} accounts are placed", placement.tally.accepted)
        }
        PlacementState::Refused => "This file is refused".to_owned(),
        PlacementState::Canceled => "This placement is canceled".to_owned(),
    }
}

/// Line and place of the last finding of the page before: `42.1`.
fn position(text: &str) -> Option<(i64, i16)> {
    let (line, seq) = text.split_once('.')?;
    Some((line.parse().ok()?, seq.parse().ok()?))
}

fn sum(buckets: &Buckets) -> Money {
    Bucket::ALL.into_iter().map(|bucket| buckets.get(bucket)).sum()
}

fn severity(finding: &LineFinding) -> (&'static str, &'static str) {
    match finding.severity {
        Severity::Error => ("bad", "Error"),
        Severity::Warning => ("warn", "Warning"),
    }
}
