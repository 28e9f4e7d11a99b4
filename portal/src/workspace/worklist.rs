//! The worklist (A1): what is due, and the next account.

use super::frame;
use crate::entry::{Member, Nothing};
use crate::form::CsrfForm;
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::Permission;
use domain::worklist::WorkClass;
use service::accounts::Account;
use service::window::Window;
use service::worklist::{self, Mine};

/// Accounts that are due, shown ahead.
const AHEAD: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/", web::get().to(list)).route("/next", web::post().to(next));
}

#[derive(Template)]
#[template(path = "workspace/worklist.html")]
struct WorklistPage {
    page: Page,
    mine: Mine,
    due: Vec<Account>,
    more: bool,
    zone: Tz,
}

impl WorklistPage {
    fn waiting(&self) -> u64 {
        self.mine.due.iter().map(|(_, count)| count).sum()
    }
}

#[derive(Template)]
#[template(path = "workspace/no_worklist.html")]
struct NoWorklistPage {
    page: Page,
}

async fn list(member: Member) -> Result<HttpResponse, Refusal> {
    let page = frame(&member, "Worklist");
    if !member.may(Permission::WorklistWork) {
        return Ok(show(&NoWorklistPage { page: page.clone() }, &page));
    }
    let (app, actor) = (member.app(), member.actor());
    let mine = worklist::mine(app, actor).await.map_err(|e| refused(&e))?;
    let window = Window { after: None, limit: AHEAD };
    let due = worklist::due(app, actor, window).await.map_err(|e| refused(&e))?;
    let zone = member.zone();
    Ok(show(&WorklistPage { page: page.clone(), mine, due: due.rows, more: due.more, zone }, &page))
}

async fn next(member: Member, _form: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    let taken = worklist::next(member.app(), member.actor()).await.map_err(|e| refused(&e))?;
    if let Some(in_hand) = taken {
        return Ok(go(format!("/accounts/{}", in_hand.account.id)));
    }
    member.flash(Tone::Note, "Nothing is due on your desks now.").await?;
    Ok(go("/"))
}

/// The words of a class, for the rows of a list.
pub(super) fn class_words(account: &Account) -> &'static str {
    account.work.as_ref().map_or("", |work| match work.due_at {
        Some(_) => WorkClass::words(work.class),
        None => "Not workable",
    })
}
