//! A statement as a close would make it.

use super::pages::Run;
use crate::entry::Member;
use crate::form::Problems;
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web;
use askama::Template;
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::{CreditorId, Permission};
use service::creditors;
use service::statements::{self, Preview};

/// Lines that a draft shows; a closed statement has pages of them.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "workspace/month_end/draft.html")]
struct DraftPage {
    page: Page,
    run: Run,
    creditor: CreditorId,
    code: String,
    draft: Result<Box<Preview>, String>,
    may_close: bool,
}

impl DraftPage {
    fn shown<'a>(&self, draft: &'a Preview) -> impl Iterator<Item = &'a domain::statement::Line> {
        draft.statement.lines.iter().take(SHOWN)
    }

    fn left_out(&self, draft: &Preview) -> usize {
        draft.statement.lines.len().saturating_sub(SHOWN)
    }

    fn bill(&self, kind: &InvoiceKind, purpose: &InvoicePurpose) -> &'static str {
        crate::workspace::invoices::words(*kind, *purpose)
    }
}

pub async fn read(
    member: Member,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Refusal> {
    let (run, creditor) = path.into_inner();
    let run = Run::read(&member, &run, Problems::none()).await?;
    let id = creditor.parse::<CreditorId>().map_err(|_| Refusal::NotFound)?;
    let (app, actor) = (member.app(), member.actor());
    let creditor = creditors::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let (period_end, cutoff) = (run.progress.run.period_end, run.progress.run.cutoff);
    let draft = match statements::preview(app, actor, id, Some(period_end), Some(cutoff)).await {
        Ok(draft) => Ok(Box::new(draft)),
        Err(err) => Err(told(&err)?),
    };
    let page = Page { title: format!("Draft for {}", creditor.name), ..run.page.clone() };
    let view = DraftPage {
        may_close: run.is_open() && member.may(Permission::RemittanceWrite),
        page: page.clone(),
        run,
        creditor: id,
        code: creditor.code,
        draft,
    };
    Ok(show(&view, &page))
}
