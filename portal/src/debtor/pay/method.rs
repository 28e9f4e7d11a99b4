//! Online, by telephone, by post.

use super::chosen;
use crate::form::{Choices, CsrfForm, Problems};
use crate::page::{Page, go, show};
use crate::refusal::Refusal;
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use domain::Amount;
use serde::Deserialize;
use service::debtor_hub::Hub;

#[derive(Template)]
#[template(path = "debtor/method.html")]
struct MethodPage {
    page: Page,
    hub: Hub,
    paying: String,
    choices: Choices,
}

#[derive(Template)]
#[template(path = "debtor/by_phone.html")]
struct PhonePage {
    page: Page,
    hub: Hub,
    paying: String,
}

#[derive(Template)]
#[template(path = "debtor/by_post.html")]
struct PostPage {
    page: Page,
    hub: Hub,
    paying: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Way {
    way: String,
}

/// `GET /method`
pub async fn method(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some((hub, amount)) = chosen(&visit).await? else { return Ok(go("/accounts")) };
    Ok(ask(&visit, hub, amount, Problems::none()))
}

/// `POST /method`
pub async fn take_method(visit: Visit, form: CsrfForm<Way>) -> Result<HttpResponse, Refusal> {
    let Some((hub, amount)) = chosen(&visit).await? else { return Ok(go("/accounts")) };
    match form.fields.way.as_str() {
        "online" => Ok(go("/check")),
        "phone" => Ok(go("/method/phone")),
        "post" => Ok(go("/method/post")),
        _ => {
            let problems = Problems::one("way", visit.loc().t("method-bad"));
            Ok(ask(&visit, hub, amount, problems))
        }
    }
}

/// `GET /method/phone`
pub async fn by_phone(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some((hub, amount)) = chosen(&visit).await? else { return Ok(go("/accounts")) };
    let page = visit.page(visit.loc().t("method-phone-title"));
    let paying = paying_words(&page, &hub, amount);
    Ok(show(&PhonePage { page: page.clone(), hub, paying }, &page))
}

/// `GET /method/post`
pub async fn by_post(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some((hub, amount)) = chosen(&visit).await? else { return Ok(go("/accounts")) };
    let page = visit.page(visit.loc().t("method-post-title"));
    let paying = paying_words(&page, &hub, amount);
    Ok(show(&PostPage { page: page.clone(), hub, paying }, &page))
}

fn ask(visit: &Visit, hub: Hub, amount: Amount, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("method-title")).with(problems);
    let paying = paying_words(&page, &hub, amount);
    let choices = page
        .choices("way", page.t("method-title"))
        .as_heading()
        .explained("online", page.t("method-online"), page.t("method-online-hint"))
        .option("phone", page.t("method-phone"))
        .option("post", page.t("method-post"));
    show(&MethodPage { page: page.clone(), hub, paying, choices }, &page)
}

fn paying_words(page: &Page, hub: &Hub, amount: Amount) -> String {
    let money = page.money(&amount.money());
    page.ta("method-paying", &[("money", &money), ("creditor", &hub.line.creditor)])
}
