//! Sweeps: fees that were earned on closed statements leave trust (money rule 8).

use super::account_acts::amount;
use super::subnav::{self, Subnav};
use super::{frame, once};
use crate::entry::Member;
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::{Permission, SweepId};
use serde::Deserialize;
use service::sweeps::{self, Sweep, Sweepable};
use service::window::Window;

const PAGE: u16 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/sweeps", web::get().to(list)).route("/sweeps", web::post().to(sweep));
}

#[derive(Debug, Deserialize)]
struct Asked {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/sweeps.html")]
struct SweepsPage {
    page: Page,
    nav: Subnav,
    now: Sweepable,
    amount: Option<Field>,
    rows: Vec<Sweep>,
    pager: Pager,
    zone: Tz,
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    show_list(&member, asked.into_inner().after, Problems::none(), String::new()).await
}

async fn show_list(
    member: &Member,
    after: Option<String>,
    problems: Problems,
    typed: String,
) -> Result<HttpResponse, Refusal> {
    let after = after.and_then(|after| after.parse::<SweepId>().ok());
    let (app, actor) = (member.app(), member.actor());
    let now = sweeps::preview(app, actor).await.map_err(|e| refused(&e))?;
    let window = Window { after, limit: PAGE };
    let found = sweeps::list(app, actor, &window).await.map_err(|e| refused(&e))?;
    let next = found.rows.last().filter(|_| found.more);
    let next = next.map(|row| address("/sweeps", &[("after", row.id.to_string())]));
    let shown = format!("{} sweeps", found.rows.len());
    let pager = Pager::new(after.map(|_| "/sweeps".to_owned()), next, shown);
    let page = frame(member, "Sweeps of earned fees").with(problems);
    let may_sweep = member.may(Permission::RemittanceWrite)
        && (now.amount.is_positive() || !page.problems.is_empty());
    let field = || {
        page.field("amount", "Amount (all that may be swept if empty)")
            .money()
            .class("w8")
            .value(typed)
            .optional()
    };
    let view = SweepsPage {
        nav: subnav::month_end(&page),
        now,
        amount: may_sweep.then(field),
        rows: found.rows,
        pager,
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    amount: String,
}

async fn sweep(member: Member, form: CsrfForm<Wanted>) -> Result<HttpResponse, Refusal> {
    let typed = form.fields.amount;
    let wanted = amount(&typed, member.front().currency);
    if wanted.is_none() && !typed.trim().is_empty() {
        let words = "Write the amount as in 1250.00, or leave it empty for all";
        return show_list(&member, None, Problems::one("amount", words), typed).await;
    }
    let once = once(&member, form.form_id, "workspace_sweep", typed.trim());
    match sweeps::sweep(member.app(), member.actor(), wanted, &once).await {
        Ok(_) => {
            member.flash(Tone::Done, "Swept: the fees are in operating.").await?;
            Ok(go("/sweeps"))
        }
        Err(err) => show_list(&member, None, Problems::one("amount", told(&err)?), typed).await,
    }
}
