//! The door: what one can do here, the reference, the facts.

use super::draft::Draft;
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{Datelike, NaiveDate};
use domain::reference::Reference;
use serde::Deserialize;
use service::debtor_access::{self, AccessRefused, Claim, Fact};

#[derive(Template)]
#[template(path = "debtor/door.html")]
struct DoorPage {
    page: Page,
    ended: bool,
}

#[derive(Debug, Deserialize)]
pub struct DoorQuery {
    ended: Option<String>,
}

/// `GET /`
pub async fn door(visit: Visit, query: web::Query<DoorQuery>) -> Result<HttpResponse, Refusal> {
    if super::debtor(&visit).is_ok() {
        return Ok(go("/accounts"));
    }
    let page = visit.page(visit.loc().t("door-title"));
    Ok(show(&DoorPage { page: page.clone(), ended: query.ended.is_some() }, &page))
}

#[derive(Template)]
#[template(path = "debtor/start.html")]
struct StartPage {
    page: Page,
    reference: Field,
}

#[derive(Debug, Deserialize)]
pub struct Typed {
    reference: String,
}

/// `GET /start`
pub async fn start(visit: Visit) -> Result<HttpResponse, Refusal> {
    let draft = Draft::of(&visit);
    Ok(ask_reference(&visit, draft.reference.as_deref().unwrap_or(""), Problems::none()))
}

/// `GET /r/{reference}`: from the square code on a letter.
pub async fn scanned(visit: Visit, reference: web::Path<String>) -> Result<HttpResponse, Refusal> {
    Ok(ask_reference(&visit, &reference, Problems::none()))
}

/// `POST /start`: only the check digit is looked at; whether it exists is nobody's business yet.
pub async fn take_reference(visit: Visit, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    let typed = form.fields.reference.trim();
    let Ok(reference) = typed.parse::<Reference>() else {
        let problems = Problems::one("reference", visit.loc().t("start-bad"));
        return Ok(ask_reference(&visit, typed, problems));
    };
    let draft = Draft { reference: Some(reference.compact()), ..Draft::of(&visit) };
    draft.keep(&visit).await?;
    Ok(go("/verify"))
}

fn ask_reference(visit: &Visit, typed: &str, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("start-title")).with(problems);
    let shown = typed.parse::<Reference>().map_or_else(|_| typed.to_owned(), |r| r.to_string());
    let reference = page
        .field("reference", page.t("start-label"))
        .hint(page.t("start-hint"))
        .value(shown)
        .class("w16");
    show(&StartPage { page: page.clone(), reference }, &page)
}

#[derive(Template)]
#[template(path = "debtor/verify.html")]
struct VerifyPage {
    page: Page,
    zip: Field,
    month: Field,
    day: Field,
    year: Field,
    ssn: Field,
    birth_problem: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Facts {
    zip: String,
    birth_month: String,
    birth_day: String,
    birth_year: String,
    ssn: String,
}

/// `GET /verify`: the same for every reference.
pub async fn verify(visit: Visit) -> Result<HttpResponse, Refusal> {
    if Draft::of(&visit).reference.is_none() {
        return Ok(go("/start"));
    }
    Ok(ask_facts(&visit, &Facts::default(), Problems::none()))
}

/// `POST /verify`: whatever was typed, the next page is the same.
pub async fn take_facts(visit: Visit, form: CsrfForm<Facts>) -> Result<HttpResponse, Refusal> {
    let reference = Draft::of(&visit).reference.and_then(|r| r.parse::<Reference>().ok());
    let (Some(reference), Some(session)) = (reference, visit.session()) else {
        return Ok(go("/start"));
    };
    let (zip, fact) = match read(&visit, &form.fields) {
        Ok(read) => read,
        Err(problems) => return Ok(ask_facts(&visit, &form.fields, problems)),
    };
    let claim = Claim { reference, zip, fact };
    match debtor_access::prove(visit.app(), &session, visit.address(), &claim).await {
        Ok(()) => Ok(go("/code")),
        Err(AccessRefused::TooMany { .. }) => Err(Refusal::TooMany),
        Err(other) => Err(refused(&other)),
    }
}

fn read(visit: &Visit, facts: &Facts) -> Result<(String, Fact), Problems> {
    let loc = visit.loc();
    let mut problems = Problems::none();
    let zip: String = facts.zip.chars().filter(char::is_ascii_digit).take(5).collect();
    if zip.len() != 5 {
        problems.add("zip", loc.t("verify-zip-bad"));
    }
    let ssn: String = facts.ssn.chars().filter(char::is_ascii_digit).collect();
    let parts = [&facts.birth_month, &facts.birth_day, &facts.birth_year];
    let fact = if parts.iter().any(|part| !part.trim().is_empty()) {
        let born = birth_date(facts).map(Fact::BirthDate);
        if born.is_none() {
            problems.add("birth_month", loc.t("verify-birth-bad"));
        }
        born
    } else if ssn.len() == 4 {
        Some(Fact::SsnLast4(ssn))
    } else if facts.ssn.trim().is_empty() {
        problems.add("birth_month", loc.t("verify-second-bad"));
        None
    } else {
        problems.add("ssn", loc.t("verify-ssn-bad"));
        None
    };
    match fact {
        Some(fact) if problems.is_empty() => Ok((zip, fact)),
        Some(_) | None => Err(problems),
    }
}

fn birth_date(facts: &Facts) -> Option<NaiveDate> {
    let number = |text: &String| text.trim().parse::<u32>().ok();
    let year = i32::try_from(number(&facts.birth_year)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&facts.birth_month)?, number(&facts.birth_day)?)
        .filter(|date| (1880..=2200).contains(&date.year()))
}

fn ask_facts(visit: &Visit, facts: &Facts, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("verify-title")).with(problems);
    let birth_problem = page.problems.of("birth_month").map(str::to_owned);
    let part = |name: &'static str, key: &str, value: &str, token: &'static str| {
        Field::new(name, page.t(key), None)
            .value(value)
            .digits()
            .autocomplete(token)
            .wrong(birth_problem.is_some())
            .optional()
    };
    let zip = page
        .field("zip", page.t("verify-zip"))
        .hint(page.t("verify-zip-hint"))
        .value(facts.zip.as_str())
        .digits()
        .autocomplete("postal-code")
        .class("w8");
    let ssn = page
        .field("ssn", page.t("verify-ssn"))
        .value(facts.ssn.as_str())
        .digits()
        .optional()
        .class("w4");
    let month = part("birth_month", "verify-month", &facts.birth_month, "bday-month").class("w2");
    let day = part("birth_day", "verify-day", &facts.birth_day, "bday-day").class("w2");
    let year = part("birth_year", "verify-year", &facts.birth_year, "bday-year").class("w4");
    show(&VerifyPage { page: page.clone(), zip, month, day, year, ssn, birth_problem }, &page)
}
