//! The limits of promises and plans and the tiers of settlements: what is in force on an account and
//! from where, what each level says, and a new version of it.

use super::account_acts::account;
use super::figures::{day, percent};
use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::NaiveDate;
use domain::limits::Limits;
use domain::settlement::{Acceptance, Tiers};
use domain::{Permission, Rate, StaffRole};
use serde::Deserialize;
use service::accounts::{self, Account};
use service::arrangement_rules::{self, LimitVersion, Place};
use service::creditors::{self, Creditor};
use service::{Kind, Refused};

mod place;
mod tiers;
mod typed;
mod words;

use place::{Chosen, name_of, of_limits, of_tiers};
use typed::{Typed, fields, limits_of, typed_of};
pub(super) use words::{Limit, why_no_promise};
use words::{level_words, stated, tier_words};

/// Creditors in the list of levels.
const CREDITORS: u64 = 500;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/rules", web::get().to(list))
        .route("/rules/new", web::get().to(ask))
        .route("/rules/limits", web::post().to(set_limits))
        .route("/rules/floor", web::post().to(set_floor))
        .route("/rules/tiers", web::post().to(tiers::set))
        .route("/accounts/{account}/rules", web::get().to(explain));
}

/// One version, in words.
struct Version {
    whose: String,
    place: Chosen,
    from: NaiveDate,
    /// Whether it is the one in force at its level today.
    in_force: bool,
    says: Vec<String>,
    by: String,
}

#[derive(Template)]
#[template(path = "workspace/rules.html")]
struct RulesPage {
    page: Page,
    limits: Vec<Version>,
    tiers: Vec<Version>,
    creditors: Vec<Creditor>,
    may_write: bool,
}

impl RulesPage {
    fn roles(&self) -> &'static [StaffRole] {
        StaffRole::ALL
    }
}

#[derive(Template)]
#[template(path = "workspace/rules_new.html")]
struct NewRulesPage {
    page: Page,
    whose: String,
    chosen: Chosen,
    fields: Vec<Field>,
    /// Each with whether it is ticked.
    often: Vec<(&'static str, &'static str, bool)>,
    ranges: Option<String>,
    effective_on: Field,
    floor: Field,
    floor_from: Field,
    tiers: Vec<tiers::Row>,
    tiers_from: Field,
    by_role: bool,
}

impl NewRulesPage {
    /// Who may accept a settlement, and what is posted for it.
    fn accepts(&self) -> [(&'static str, &'static str); 4] {
        [
            (Acceptance::Auto.name(), "the debtor alone"),
            (Acceptance::Collector.name(), "a collector"),
            (Acceptance::Supervisor.name(), "a supervisor"),
            (Acceptance::Client.name(), "the creditor"),
        ]
    }
}

#[derive(Template)]
#[template(path = "workspace/account_rules.html")]
struct AccountRulesPage {
    page: Page,
    account: Account,
    role: StaffRole,
    limits: Vec<Limit>,
    tiers_by: Option<&'static str>,
    tiers: Vec<(String, String)>,
    floor: Option<Rate>,
    /// Where a rule could be set for this account, nearest first.
    places: Vec<(&'static str, Chosen)>,
    may_write: bool,
}

impl AccountRulesPage {
    fn roles(&self) -> &'static [StaffRole] {
        StaffRole::ALL
    }

    fn percent(&self, rate: &Rate) -> String {
        super::figures::in_percent(*rate)
    }
}

async fn list(member: Member) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let today = today(&member);
    let creditors = creditors::list(app, actor, None, CREDITORS).await.map_err(|e| refused(&e))?;
    let (limits, _) = arrangement_rules::limits(app, actor).await.map_err(|e| refused(&e))?;
    let (tiers, currency) = arrangement_rules::tiers(app, actor).await.map_err(|e| refused(&e))?;
    let page = frame(&member, "Limits of agreements");
    let limit_dates: Vec<_> = limits.iter().map(|row| (of_limits(row), row.effective_on)).collect();
    let tier_dates: Vec<_> = tiers.iter().map(|row| (of_tiers(row), row.effective_on)).collect();
    let limits = limits.iter().map(|row| {
        let place = of_limits(row);
        Version {
            whose: name_of(place, &creditors),
            place: Chosen::of(place),
            from: row.effective_on,
            in_force: in_force(&limit_dates, place, today) == Some(row.effective_on),
            says: stored(row).map(|limits| stated(&limits)).unwrap_or_default(),
            by: row.created_by.clone(),
        }
    });
    let limits = limits.collect();
    let tiers = tiers.iter().map(|row| {
        let place = of_tiers(row);
        let table = row.tiers.clone().and_then(|it| serde_json::from_value::<Tiers>(it).ok());
        let mut says: Vec<String> = table
            .iter()
            .flat_map(|table| &table.0)
            .map(|tier| tier_words(tier, currency))
            .map(|(whom, what)| format!("{whom}: {what}"))
            .collect();
        says.extend(row.client_floor.map(|floor| {
            format!("nothing below {} % of the balance", super::figures::in_percent(floor))
        }));
        Version {
            whose: name_of(place, &creditors),
            place: Chosen::of(place),
            from: row.effective_on,
            in_force: in_force(&tier_dates, place, today) == Some(row.effective_on),
            says,
            by: row.created_by.clone(),
        }
    });
    let tiers = tiers.collect();
    let may_write = member.may(Permission::ArrangementRules);
    Ok(show(&RulesPage { page: page.clone(), limits, tiers, creditors, may_write }, &page))
}

/// Since when the version of a level is in force that is in force today.
fn in_force(dates: &[(Place, NaiveDate)], place: Place, today: NaiveDate) -> Option<NaiveDate> {
    let here = dates.iter().filter(|(of, from)| *of == place && *from <= today);
    here.map(|(_, from)| *from).max()
}

fn stored(row: &LimitVersion) -> Option<Limits> {
    serde_json::from_value(row.limits.clone()).ok()
}

fn today(member: &Member) -> NaiveDate {
    member.app().clock().now().with_timezone(&member.zone()).date_naive()
}

/// What a level says today; nothing where it has no version in force.
async fn present(member: &Member, place: Place) -> Result<Limits, Refusal> {
    let found = arrangement_rules::limits(member.app(), member.actor()).await;
    let (rows, _) = found.map_err(|e| refused(&e))?;
    let today = today(member);
    let here = rows.iter().filter(|row| of_limits(row) == place && row.effective_on <= today);
    Ok(here.max_by_key(|row| row.effective_on).and_then(stored).unwrap_or_default())
}

async fn ask(member: Member, chosen: web::Query<Chosen>) -> Result<HttpResponse, Refusal> {
    let chosen = chosen.into_inner();
    let place = chosen.place().ok_or(Refusal::NotFound)?;
    let mut typed = typed_of(&present(&member, place).await?);
    typed.extend(tiers::typed_of(&member, place).await?);
    show_new(&member, chosen, &typed, Problems::none()).await
}

async fn show_new(
    member: &Member,
    chosen: Chosen,
    typed: &Typed,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::ArrangementRules)?;
    let place = chosen.place().ok_or(Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let creditors = creditors::list(app, actor, None, CREDITORS).await.map_err(|e| refused(&e))?;
    let kept = present(member, place).await?;
    let page = frame(member, "Set limits").with(problems);
    let one = |name: &str| typed.get(name).cloned().unwrap_or_default();
    let ticked = |name: &str| typed.contains_key(&format!("often_{name}"));
    let often = super::plans::OFTEN.into_iter();
    let view = NewRulesPage {
        whose: name_of(place, &creditors),
        fields: fields(&page, typed),
        often: often.map(|(one, words)| (one.name(), words, ticked(one.name()))).collect(),
        ranges: Limits { plan_balance_ranges: kept.plan_balance_ranges, ..Limits::default() }
            .stated()
            .into_iter()
            .next()
            .map(|(_, words)| words),
        effective_on: page
            .field("effective_on", "In force from (today or later)")
            .kind("date")
            .value(one("effective_on")),
        floor: page
            .field("floor", "No settlement below, in percent of the balance")
            .class("w4")
            .value(one("floor")),
        floor_from: page
            .field("floor_from", "In force from (today or later)")
            .kind("date")
            .value(one("floor_from")),
        tiers: tiers::rows(typed),
        tiers_from: page
            .field("tiers_from", "In force from (today or later)")
            .kind("date")
            .value(one("tiers_from")),
        by_role: matches!(place, Place::Role(_)),
        page: page.clone(),
        chosen,
    };
    Ok(show(&view, &page))
}

async fn set_limits(member: Member, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    let mut typed = form.fields;
    let chosen = Chosen::typed(&typed);
    let place = chosen.place().ok_or(Refusal::NotFound)?;
    // The other forms of the page go on showing what is in force.
    typed.extend(tiers::typed_of(&member, place).await?);
    let Some(from) = typed.get("effective_on").and_then(|text| day(text)) else {
        let problems = Problems::one("effective_on", "Choose the day");
        return show_new(&member, chosen, &typed, problems).await;
    };
    let kept = present(&member, place).await?;
    let limits = match limits_of(&typed, &kept, member.front().currency) {
        Ok(limits) => limits,
        Err(problems) => return show_new(&member, chosen, &typed, problems).await,
    };
    let (app, actor) = (member.app(), member.actor());
    match arrangement_rules::set_limits(app, actor, place, from, limits).await {
        Ok(_) => saved(&member, from).await,
        Err(err) => at_field(&member, chosen, &typed, ("effective_on", &err)).await,
    }
}

#[derive(Debug, Deserialize)]
struct Floor {
    level: String,
    #[serde(default)]
    of: String,
    floor: String,
    floor_from: String,
}

/// Sets the blanket floor of a level; its table of tiers, where it has one, goes on.
async fn set_floor(member: Member, form: CsrfForm<Floor>) -> Result<HttpResponse, Refusal> {
    let Floor { level, of, floor, floor_from } = form.fields;
    let chosen = Chosen { level, of };
    let place = chosen.place().ok_or(Refusal::NotFound)?;
    let mut typed = typed_of(&present(&member, place).await?);
    typed.extend(tiers::typed_of(&member, place).await?);
    typed.insert("floor".to_owned(), floor.clone());
    typed.insert("floor_from".to_owned(), floor_from.clone());
    let Some(rate) = percent(&floor) else {
        let problems = Problems::one("floor", "Write percent as in 60");
        return show_new(&member, chosen, &typed, problems).await;
    };
    let Some(from) = day(&floor_from) else {
        let problems = Problems::one("floor_from", "Choose the day");
        return show_new(&member, chosen, &typed, problems).await;
    };
    let (app, actor) = (member.app(), member.actor());
    let (table, _) = tiers::on(&member, place, from).await?;
    match arrangement_rules::set_tiers(app, actor, place, from, (table, Some(rate))).await {
        Ok(_) => saved(&member, from).await,
        Err(err) => at_field(&member, chosen, &typed, ("floor", &err)).await,
    }
}

async fn saved(member: &Member, from: NaiveDate) -> Result<HttpResponse, Refusal> {
    let words = format!("Saved; in force from {}.", from.format("%B %-d, %Y"));
    member.flash(Tone::Done, words).await?;
    Ok(go("/rules"))
}

async fn explain(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<OfRole>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let (app, actor) = (member.app(), member.actor());
    let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let roles = StaffRole::ALL.iter().copied();
    let role = roles.clone().find(|role| role.name() == asked.role);
    let role = role.unwrap_or(StaffRole::Collector);
    let found = arrangement_rules::explain(app, actor, id, role).await.map_err(|e| refused(&e))?;
    let page = frame(&member, "Limits in force");
    let account = sheet.account;
    let places = [
        ("this account", Place::Account(account.id)),
        ("its portfolio", Place::Portfolio(account.portfolio)),
        ("its creditor", Place::Creditor(account.creditor)),
        ("the role", Place::Role(role)),
        ("the agency", Place::Agency),
    ];
    let tiers = found.rules.table();
    let view = AccountRulesPage {
        limits: found.rules.merged.explained.iter().map(Limit::of).collect(),
        tiers_by: found.rules.tiers.as_ref().map(|(level, _)| level_words(*level)),
        tiers: tiers.0.iter().map(|tier| tier_words(tier, found.currency)).collect(),
        floor: found.rules.client_floor,
        places: places.into_iter().map(|(words, place)| (words, Chosen::of(place))).collect(),
        may_write: member.may(Permission::ArrangementRules),
        page: page.clone(),
        account,
        role,
    };
    Ok(show(&view, &page))
}

/// Whose limits are looked at.
#[derive(Debug, Default, Deserialize)]
struct OfRole {
    #[serde(default)]
    role: String,
}

async fn at_field(
    member: &Member,
    chosen: Chosen,
    typed: &Typed,
    (field, err): (&'static str, &impl Refused),
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            let problems = Problems::one(field, sentence(&err.to_string()));
            show_new(member, chosen, typed, problems).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
