//! Placing accounts with desks (A8): choose how, see what would happen, do it.

use super::account_acts::amount;
use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::assignment::Strategy;
use domain::{CreditorId, DeskId, Money, Permission};
use serde::Deserialize;
use service::assignments::{self, Deal, Outlook, Waiting};
use service::creditors;
use service::desks::{self, Desk};
use service::{Kind, Refused};

pub fn routes(config: &mut ServiceConfig) {
    config.route("/assign", web::get().to(ask)).route("/assign", web::post().to(deal));
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    strategy: String,
    #[serde(default)]
    creditor: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    least: String,
    #[serde(default)]
    most: String,
    /// `run` deals; anything else only looks.
    #[serde(default)]
    act: String,
}

#[derive(Template)]
#[template(path = "workspace/assign.html")]
struct AssignPage {
    page: Page,
    asked: Asked,
    outlook: Option<Outlook>,
    creditors: Vec<(CreditorId, String)>,
    desks: Vec<Desk>,
    least: Field,
    most: Field,
}

impl AssignPage {
    fn strategies(&self) -> [(Strategy, &'static str); 3] {
        [
            (Strategy::RoundRobin, "Evenly, one after another"),
            (Strategy::Weighted, "By the desks' weights"),
            (Strategy::BalanceBand, "By balance, to the desk whose band fits"),
        ]
    }
}

async fn ask(member: Member) -> Result<HttpResponse, Refusal> {
    show_assign(&member, Asked::default(), None, Problems::none()).await
}

async fn deal(member: Member, form: CsrfForm<Asked>) -> Result<HttpResponse, Refusal> {
    let asked = form.fields;
    let deal = match read(&member, &asked) {
        Ok(deal) => deal,
        Err((field, words)) => {
            return show_assign(&member, asked, None, Problems::one(field, words)).await;
        }
    };
    let (app, actor) = (member.app(), member.actor());
    let running = asked.act == "run";
    let outcome = if running {
        assignments::run(app, actor, &deal).await
    } else {
        assignments::preview(app, actor, &deal).await
    };
    match outcome {
        Ok(outlook) if running => {
            let words = format!("{} accounts were placed with desks.", outlook.placed);
            member.flash(Tone::Done, words).await?;
            Ok(go("/desks"))
        }
        Ok(outlook) => show_assign(&member, asked, Some(outlook), Problems::none()).await,
        Err(err) if matches!(err.kind(), Kind::Invalid | Kind::Conflict) => {
            let problems = Problems::one("strategy", sentence(&err.to_string()));
            show_assign(&member, asked, None, problems).await
        }
        Err(err) => Err(refused(&err)),
    }
}

fn read(member: &Member, asked: &Asked) -> Result<Deal, (&'static str, &'static str)> {
    let currency = member.front().currency;
    let balance = |text: &str, field| match text.trim() {
        "" => Ok(None),
        text => amount(text, currency)
            .map(|amount| Some(Money::from(amount)))
            .ok_or((field, "Write the amount as in 125.00")),
    };
    let strategy = Strategy::parse(&asked.strategy).ok_or(("strategy", "Choose how"))?;
    Ok(Deal {
        strategy,
        desks: Vec::new(),
        waiting: Waiting {
            creditor: asked.creditor.parse::<CreditorId>().ok(),
            from: asked.from.parse::<DeskId>().ok(),
            least: balance(&asked.least, "least")?,
            most: balance(&asked.most, "most")?,
            ..Waiting::default()
        },
    })
}

async fn show_assign(
    member: &Member,
    asked: Asked,
    outlook: Option<Outlook>,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::DeskWrite)?;
    let (app, actor) = (member.app(), member.actor());
    let creditors = creditors::list(app, actor, None, 500).await.map_err(|e| refused(&e))?;
    let creditors = creditors.into_iter().map(|row| (row.id, row.name)).collect();
    let desks = desks::list(app, actor).await.map_err(|e| refused(&e))?;
    let page = frame(member, "Place accounts with desks").with(problems);
    let field = |name, label: &str, value: &str| {
        page.field(name, label).value(value).optional().money().class("w8")
    };
    let least = field("least", "Owing at least (optional)", &asked.least);
    let most = field("most", "Owing at most (optional)", &asked.most);
    let view = AssignPage { least, most, page: page.clone(), asked, outlook, creditors, desks };
    Ok(show(&view, &page))
}
