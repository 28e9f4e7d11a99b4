//! Alarms: trust lacks money. Each with its amount, who is short, what did it, and the advance from
//! operating that ends it (money rule 5).

use super::subnav::{self, Subnav};
use super::{Names, frame, once, trust};
use crate::entry::{Member, Nothing};
use crate::form::{CsrfForm, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::ledger::Ledger;
use domain::{Permission, TrustAlarmId};
use serde::Deserialize;
use service::advances;
use service::alarms::{self, Alarm, Cause};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/trust/alarms", web::get().to(list))
        .route("/trust/alarms/{alarm}", web::get().to(read))
        .route("/trust/alarms/{alarm}/advance", web::post().to(advance));
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    open: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/alarms.html")]
struct AlarmsPage {
    page: Page,
    nav: Subnav,
    open: bool,
    rows: Vec<Alarm>,
    pager: Pager,
    zone: Tz,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { open, after } = asked.into_inner();
    let after = after.and_then(|after| after.parse::<TrustAlarmId>().ok());
    let only_open = open == "yes";
    let window = Window { after, limit: PAGE };
    let found = alarms::list(member.app(), member.actor(), only_open, window).await;
    let found = found.map_err(|e| refused(&e))?;
    let place = |after: Option<TrustAlarmId>| {
        let mut pairs = vec![("open", open.clone())];
        pairs.extend(after.map(|id| ("after", id.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/trust/alarms", &pairs)
    };
    let next = found.rows.last().filter(|_| found.more).map(|row| place(Some(row.id)));
    let shown = format!("{} alarms", found.rows.len());
    let pager = Pager::new(after.map(|_| place(None)), next, shown);
    let page = frame(&member, "Trust alarms");
    let view = AlarmsPage {
        nav: subnav::trust(&member, &page),
        open: only_open,
        rows: found.rows,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/alarm.html")]
struct AlarmPage {
    page: Page,
    nav: Subnav,
    alarm: Alarm,
    names: Names,
    may_advance: bool,
    zone: Tz,
}

impl AlarmPage {
    fn ledger(&self, ledger: &Ledger) -> &'static str {
        trust::words(*ledger)
    }

    /// Whose money is short.
    fn owner(&self, cause: &Cause) -> String {
        match (cause.creditor, cause.debtor) {
            (Some(creditor), _) => self.names.get(&creditor).to_owned(),
            (None, Some(debtor)) => format!("debtor {debtor}"),
            (None, None) => "the agency".to_owned(),
        }
    }
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_one(&member, &path, Problems::none()).await
}

async fn show_one(member: &Member, id: &str, problems: Problems) -> Result<HttpResponse, Refusal> {
    let id = id.parse::<TrustAlarmId>().map_err(|_| Refusal::NotFound)?;
    let found = alarms::get(member.app(), member.actor(), id).await;
    let alarm = found.map_err(|e| refused(&e))?;
    let names = Names::of(member, alarm.causes.iter().filter_map(|one| one.creditor)).await;
    let page = frame(member, "Trust lacks money").with(problems);
    let title = if alarm.cleared_at.is_some() { "Trust lacked money" } else { "Trust lacks money" };
    let page = Page { title: title.to_owned(), ..page };
    let view = AlarmPage {
        nav: subnav::trust(member, &page),
        may_advance: alarm.cleared_at.is_none() && member.may(Permission::TrustWrite),
        names: names.map_err(|e| refused(&e))?,
        alarm,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

async fn advance(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id = path.parse::<TrustAlarmId>().map_err(|_| Refusal::NotFound)?;
    let once = once(&member, form.form_id, "workspace_advance", &id.to_string());
    match advances::make(member.app(), member.actor(), id, &once).await {
        Ok(_) => {
            let words =
                "Operating advanced what was lacking. Make the transfer with the bank today.";
            member.flash(Tone::Done, words).await?;
            Ok(go(format!("/trust/alarms/{id}")))
        }
        Err(err) => show_one(&member, &path, Problems::one("advance", told(&err)?)).await,
    }
}
