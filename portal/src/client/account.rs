//! One account: what is owed, where it stands, what was paid, what happened.

use super::frame;
use super::words::{self, StatusWords};
use crate::entry::Member;
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono_tz::Tz;
use domain::{AccountId, Bucket, Money};
use service::accounts::{self, Sheet};
use service::recovery::{self, Collected, Collection};
use service::timeline::{self, Line};
use service::window::Window;

/// Lines of the timeline that are shown.
const LINES: u16 = 100;

#[derive(Template)]
#[template(path = "client/account.html")]
struct AccountPage {
    page: Page,
    sheet: Sheet,
    status: StatusWords,
    restrictions: Vec<&'static str>,
    buckets: Vec<(&'static str, Money, Money)>,
    placed: Money,
    owed: Money,
    payments: Vec<Collection>,
    timeline: Vec<Line>,
    zone: Tz,
}

/// The page of an account; one of another creditor is not found.
pub async fn show_account(member: Member, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id: AccountId = id.parse().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let which = Collected { account: Some(id), most: LINES, ..Collected::default() };
    let payments = recovery::collections(app, actor, which).await.map_err(|e| refused(&e))?;
    let window = Window { after: None, limit: LINES };
    let timeline = timeline::list(app, actor, id, window).await.map_err(|e| refused(&e))?.rows;
    let page = frame(&member, sheet.account.debtor_name.clone());
    let kept = |bucket: Bucket| {
        (words_of(bucket), sheet.account.placed.get(bucket), sheet.account.balance.get(bucket))
    };
    let view = AccountPage {
        status: words::status(sheet.account.status),
        restrictions: sheet
            .restrictions
            .iter()
            .filter(|one| one.lifted_at.is_none())
            .map(|one| words::restriction(one.kind))
            .collect(),
        buckets: Bucket::ALL.map(kept).to_vec(),
        placed: sheet.account.placed_total(),
        owed: sheet.account.owed(),
        payments,
        timeline,
        zone: member.zone(),
        sheet,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

fn words_of(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Principal => "Principal",
        Bucket::Interest => "Interest",
        Bucket::Fees => "Fees",
        Bucket::Costs => "Court costs",
        Bucket::Other => "Other charges",
    }
}
