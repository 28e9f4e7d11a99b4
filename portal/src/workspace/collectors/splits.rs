//! Who shares the credit: of accounts on nobody's desk, and of one account.

use super::super::account_acts::account as account_of;
use super::super::figures::{day, in_percent, percent};
use super::super::frame;
use crate::entry::{Member, sentence};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::collector::{Member as Part, Split};
use domain::{AccountId, Permission, UserId};
use service::accounts::{self, Account};
use service::collectors::{self, Collector, NewSplit, SplitVersion};
use service::{Kind, Refused};
use std::collections::HashMap;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/collectors/splits", web::get().to(agencys))
        .route("/collectors/splits", web::post().to(add_agencys))
        .route("/accounts/{account}/splits", web::get().to(accounts))
        .route("/accounts/{account}/splits", web::post().to(add_accounts));
}

/// What was typed: `with_<user>` and `of_<user>`.
type Typed = HashMap<String, String>;

#[derive(Template)]
#[template(path = "workspace/splits.html")]
struct SplitsPage {
    page: Page,
    account: Option<Account>,
    action: String,
    versions: Vec<SplitVersion>,
    collectors: Vec<Collector>,
    typed: Typed,
    how: Choices,
    effective_on: Field,
    may_write: bool,
}

impl SplitsPage {
    /// A split in words.
    fn words(&self, split: &Split) -> String {
        let name = |id: &UserId| {
            let known = self.collectors.iter().find(|one| one.user == *id);
            known.map_or_else(|| id.to_string(), |one| one.name.clone())
        };
        let parts = |members: &[Part]| {
            let one =
                |part: &Part| format!("{} {} %", name(&part.collector), in_percent(part.percent));
            members.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        match split {
            Split::Equal(all) => {
                format!("equal parts: {}", all.iter().map(name).collect::<Vec<_>>().join(", "))
            }
            Split::Percent(members) => parts(members),
            Split::Team(members) => format!("{}; the rest is nobody's", parts(members)),
        }
    }

    /// Those who have terms, with what was typed for them.
    fn people(&self) -> Vec<(&Collector, bool, String)> {
        let earns = self.collectors.iter().filter(|one| one.terms.is_some());
        let typed = |one: &Collector| {
            let share = self.typed.get(&format!("of_{}", one.user)).cloned();
            (self.typed.contains_key(&format!("with_{}", one.user)), share.unwrap_or_default())
        };
        earns
            .map(|one| {
                let (with, share) = typed(one);
                (one, with, share)
            })
            .collect()
    }
}

async fn agencys(member: Member) -> Result<HttpResponse, Refusal> {
    show_splits(&member, None, Typed::new(), Problems::none()).await
}

async fn accounts(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_splits(&member, Some(account_of(&path)?), Typed::new(), Problems::none()).await
}

async fn add_agencys(member: Member, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    add(&member, None, form.fields).await
}

async fn add_accounts(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    add(&member, Some(account_of(&path)?), form.fields).await
}

fn place(account: Option<AccountId>) -> String {
    match account {
        None => "/collectors/splits".to_owned(),
        Some(id) => format!("/accounts/{id}/splits"),
    }
}

async fn show_splits(
    member: &Member,
    account: Option<AccountId>,
    typed: Typed,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let versions = collectors::splits(app, actor, account).await.map_err(|e| refused(&e))?;
    let collectors = collectors::list(app, actor).await.map_err(|e| refused(&e))?;
    let action = place(account);
    let account = match account {
        None => None,
        Some(id) => Some(accounts::find(app, actor, id).await.map_err(|e| refused(&e))?.account),
    };
    let one = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let page = frame(member, "Who shares the credit").with(problems);
    let view = SplitsPage {
        how: page
            .choices("how", "How it is shared")
            .option("equal", "Equal parts of those who are ticked")
            .option("percent", "The percentages below, which total 100 %")
            .option("team", "The percentages below, at most 100 %; the rest is nobody's")
            .option("usual", "The usual order again, from that day on")
            .chosen(one("how")),
        effective_on: page
            .field("effective_on", "For payments made from")
            .kind("date")
            .value(one("effective_on")),
        may_write: member.may(Permission::CollectorWrite),
        page: page.clone(),
        account,
        action,
        versions,
        collectors,
        typed,
    };
    Ok(show(&view, &page))
}

async fn add(
    member: &Member,
    account: Option<AccountId>,
    typed: Typed,
) -> Result<HttpResponse, Refusal> {
    let one = |name: &str| typed.get(name).map(|text| text.trim()).unwrap_or_default();
    let Some(effective_on) = day(one("effective_on")) else {
        let problems = Problems::one("effective_on", "Choose the day");
        return show_splits(member, account, typed, problems).await;
    };
    let split = match split(&typed) {
        Ok(split) => split,
        Err(words) => {
            return show_splits(member, account, typed, Problems::one("how", words)).await;
        }
    };
    let new = NewSplit { account, effective_on, split };
    match collectors::add_split(member.app(), member.actor(), new).await {
        Ok(_) => {
            member.flash(Tone::Done, "The split was entered.").await?;
            Ok(go(place(account)))
        }
        Err(err) if matches!(err.kind(), Kind::Invalid | Kind::Conflict) => {
            let problems = Problems::one("how", sentence(&err.to_string()));
            show_splits(member, account, typed, problems).await
        }
        Err(err) => Err(refused(&err)),
    }
}

/// The split that was typed; none: the usual order.
fn split(typed: &Typed) -> Result<Option<Split>, &'static str> {
    let named = |prefix: &'static str| {
        let mut all: Vec<(UserId, &str)> = typed
            .iter()
            .filter_map(|(name, text)| {
                let user = name.strip_prefix(prefix)?.parse().ok()?;
                Some((user, text.trim()))
            })
            .filter(|(_, text)| !text.is_empty())
            .collect();
        all.sort_unstable();
        all
    };
    let parts = || {
        let part = |(collector, text): (UserId, &str)| {
            percent(text).map(|percent| Part { collector, percent })
        };
        let parts: Option<Vec<Part>> = named("of_").into_iter().map(part).collect();
        parts.ok_or("Write percent as in 12.5")
    };
    match typed.get("how").map(String::as_str) {
        Some("equal") => {
            let ticked = named("with_").into_iter().map(|(user, _)| user).collect();
            Ok(Some(Split::Equal(ticked)))
        }
        Some("percent") => Ok(Some(Split::Percent(parts()?))),
        Some("team") => Ok(Some(Split::Team(parts()?))),
        Some("usual") => Ok(None),
        Some(_) | None => Err("Choose how it is shared"),
    }
}
