//! The commission schedules of a creditor: what is in force, and a new version as JSON.

use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems, Select};
use crate::page::{Page, Tone, go};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web;
use chrono::NaiveDate;
use domain::commission::Schedule;
use domain::{CreditorId, PortfolioId};
use serde::Deserialize;
use service::commission_schedules::{self, NewSchedule, ScheduleRefused, ScheduleVersion, Subject};
use service::window::Window;
use service::{Kind, Refused};

/// Versions of each subject that the page shows.
const SHOWN: u16 = 20;

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    schedule_from: String,
    #[serde(default)]
    schedule: String,
}

/// A version as the page shows it.
pub struct Row {
    pub whose: String,
    pub effective_on: NaiveDate,
    pub created_by: String,
    pub json: String,
}

/// The parts of the form.
pub struct ScheduleForm {
    pub subject: Select,
    pub from: Field,
    pub schedule: Field,
    /// Everything that was wrong with the schedule.
    pub flaws: Vec<String>,
}

/// The shortest schedule, for whoever starts.
const EXAMPLE: &str = r#"{
  "standard": {"plan": {"by": "flat", "rate": "0.3"}}
}"#;

impl Typed {
    /// The form; `portfolios` by id and name.
    pub fn form(&self, page: &Page, portfolios: &[(PortfolioId, String)]) -> ScheduleForm {
        let all = page
            .select("subject", "Whose schedule")
            .chosen(self.subject.clone())
            .option("creditor", "This creditor's");
        let each = portfolios
            .iter()
            .fold(all, |list, (id, name)| list.option(id.to_string(), format!("Portfolio {name}")));
        let schedule =
            if self.schedule.is_empty() { EXAMPLE.to_owned() } else { self.schedule.clone() };
        ScheduleForm {
            subject: each.option("agency", "The agency's default, for all creditors"),
            from: page
                .field("schedule_from", "Effective from")
                .kind("date")
                .value(self.schedule_from.clone()),
            schedule: page
                .field("schedule", "The schedule, as JSON")
                .hint("As the API describes it under CommissionSchedule")
                .value(schedule)
                .lines(),
            flaws: page
                .problems
                .iter()
                .filter(|problem| problem.field == "schedule")
                .map(|problem| problem.words.clone())
                .collect(),
        }
    }

    fn read(&self, creditor: CreditorId) -> Result<NewSchedule, Problems> {
        let mut problems = Problems::none();
        let subject = match self.subject.as_str() {
            "creditor" => Some(Subject::Creditor(creditor)),
            "agency" => Some(Subject::Agency),
            other => other.parse().ok().map(Subject::Portfolio),
        };
        if subject.is_none() {
            problems.add("subject", "Choose whose schedule it is");
        }
        let from = NaiveDate::parse_from_str(self.schedule_from.trim(), "%Y-%m-%d").ok();
        if from.is_none() {
            problems.add("schedule_from", "Write the day as in 2026-12-01");
        }
        let schedule: Option<Schedule> = serde_json::from_str(&self.schedule)
            .inspect_err(|err| problems.add("schedule", sentence(&err.to_string())))
            .ok();
        match (subject, from, schedule) {
            (Some(subject), Some(effective_on), Some(schedule)) => {
                Ok(NewSchedule { subject, effective_on, schedule })
            }
            _ => Err(problems),
        }
    }
}

/// The versions that may apply to this creditor's payments, the last added first.
pub async fn versions(
    member: &Member,
    creditor: CreditorId,
    portfolios: &[(PortfolioId, String)],
) -> Result<Vec<Row>, Refusal> {
    let named = portfolios.iter().map(|(id, name)| (Subject::Portfolio(*id), name.clone()));
    let subjects = [(Subject::Creditor(creditor), "This creditor".to_owned())]
        .into_iter()
        .chain(named)
        .chain([(Subject::Agency, "Agency's default".to_owned())]);
    let mut rows = Vec::new();
    for (subject, whose) in subjects {
        let window = Window { after: None, limit: SHOWN };
        let found =
            commission_schedules::list(member.app(), member.actor(), Some(subject), window).await;
        let found = found.map_err(|err| refused(&err))?;
        rows.extend(found.rows.into_iter().map(|version| row(whose.clone(), version)));
    }
    Ok(rows)
}

fn row(whose: String, version: ScheduleVersion) -> Row {
    Row {
        whose,
        effective_on: version.effective_on,
        created_by: version.created_by,
        json: serde_json::to_string_pretty(&version.schedule).unwrap_or_default(),
    }
}

pub async fn add(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let id = super::creditor(&path)?;
    let typed = form.fields;
    let new = match typed.read(id) {
        Ok(new) => new,
        Err(problems) => return super::show_after(&member, id, typed, problems).await,
    };
    match commission_schedules::add(member.app(), member.actor(), new).await {
        Ok(version) => {
            let from = version.effective_on;
            member.flash(Tone::Done, format!("The schedule is in force from {from} on.")).await?;
            Ok(go(format!("/creditors/{id}")))
        }
        Err(ScheduleRefused::Flawed(flaws)) => {
            let mut problems = Problems::none();
            for flaw in flaws {
                problems.add("schedule", sentence(&flaw.to_string()));
            }
            super::show_after(&member, id, typed, problems).await
        }
        Err(err) if matches!(err.kind(), Kind::Invalid | Kind::Conflict) => {
            let problems = Problems::one("schedule_from", sentence(&err.to_string()));
            super::show_after(&member, id, typed, problems).await
        }
        Err(err) => Err(refused(&err)),
    }
}
