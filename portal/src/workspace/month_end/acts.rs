//! What is done in a run: creditors are closed, one or all; the run is finished.

use super::super::once;
use super::pages::{Asked, show_close, show_lock};
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Problems};
use crate::page::{Tone, go};
use crate::pager::address;
use crate::refusal::{Refusal, refused, told};
use actix_web::HttpResponse;
use actix_web::web;
use domain::{CloseRunId, CreditorId};
use serde::Deserialize;
use service::close_runs;

/// Creditors that one press closes: a page answers within seconds, and the run goes on where it stood.
const AT_ONCE: usize = 25;

#[derive(Debug, Deserialize)]
pub struct Closing {
    /// One creditor; none: all that are due.
    #[serde(default)]
    creditor: String,
    /// The code after which closing goes on.
    #[serde(default)]
    closed_to: String,
    /// Whether one creditor was to be named: then nobody chosen is not everybody.
    named: Option<String>,
}

/// Closes one creditor, or the next of all that are due. What is closed stays closed: a second press
/// is answered with that, so no key is needed.
pub async fn close(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Closing>,
) -> Result<HttpResponse, Refusal> {
    let run = path.parse::<CloseRunId>().map_err(|_| Refusal::NotFound)?;
    let Closing { creditor, closed_to, named } = form.fields;
    if named.is_some() && creditor.is_empty() {
        let problems = Problems::one("close", "Choose the creditor");
        return show_close(&member, &path, Asked::default(), problems).await;
    }
    if !creditor.is_empty() {
        let creditor = creditor.parse::<CreditorId>().map_err(|_| Refusal::NotFound)?;
        return close_one(&member, run, creditor).await;
    }
    let (app, actor) = (member.app(), member.actor());
    let left = close_runs::left(app, actor, run).await.map_err(|e| refused(&e))?;
    let next: Vec<(String, CreditorId)> =
        left.iter().filter(|(code, _)| *code > closed_to).take(AT_ONCE).cloned().collect();
    let named: Vec<CreditorId> = next.iter().map(|(_, id)| *id).collect();
    if named.is_empty() {
        member.flash(Tone::Note, "Nobody is left to be closed.").await?;
        return Ok(go(format!("/month-end/{run}/close")));
    }
    let outcomes = match close_runs::close(app, actor, run, &named).await {
        Ok(outcomes) => outcomes,
        Err(err) => {
            let problems = Problems::one("close", told(&err)?);
            return show_close(&member, &path, Asked::default(), problems).await;
        }
    };
    let closed = outcomes.iter().filter(|one| one.result.is_ok()).count();
    let stopped = outcomes.len() - closed;
    let mut words = format!("{closed} closed.");
    if stopped > 0 {
        words.push_str(&format!(" {stopped} not; the list says why."));
    }
    let tone = if stopped > 0 { Tone::Note } else { Tone::Done };
    member.flash(tone, words).await?;
    // Those after the last one are next: who is refused does not keep the others waiting.
    let last = next.last().map(|(code, _)| code.clone()).unwrap_or_default();
    let more = left.iter().any(|(code, _)| *code > last);
    let pairs: Vec<_> = more.then_some(("closed_to", last)).into_iter().collect();
    Ok(go(address(&format!("/month-end/{run}/close"), &pairs)))
}

async fn close_one(
    member: &Member,
    run: CloseRunId,
    creditor: CreditorId,
) -> Result<HttpResponse, Refusal> {
    let problem = match close_runs::close(member.app(), member.actor(), run, &[creditor]).await {
        Ok(outcomes) => match outcomes.into_iter().next().map(|one| one.result) {
            Some(Ok(_)) | None => None,
            Some(Err(err)) => Some(told(&err)?),
        },
        Err(err) => Some(told(&err)?),
    };
    if let Some(words) = problem {
        let problems = Problems::one("close", words);
        return show_close(member, &run.to_string(), Asked::default(), problems).await;
    }
    member.flash(Tone::Done, "The statement is closed.").await?;
    Ok(go(format!("/month-end/{run}/close")))
}

#[derive(Debug, Deserialize)]
pub struct Finishing {
    #[serde(default)]
    sweep: String,
}

/// Finishes the run; with the sweep of earned fees, or without.
pub async fn finish(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Finishing>,
) -> Result<HttpResponse, Refusal> {
    let run = path.parse::<CloseRunId>().map_err(|_| Refusal::NotFound)?;
    let sweep = match form.fields.sweep.as_str() {
        "yes" => true,
        "no" => false,
        _ => {
            let problems = Problems::one("sweep", "Choose what happens with the fees");
            return show_lock(&member, &path, problems).await;
        }
    };
    let once = once(&member, form.form_id, "workspace_finish_close_run", &format!("{run}|{sweep}"));
    match close_runs::finish(member.app(), member.actor(), run, sweep, &once).await {
        Ok(done) => {
            let words = match done.value.sweep {
                Some(_) => "The run is finished; the earned fees are swept",
                None => "The run is finished; nothing was swept",
            };
            member.flash(Tone::Done, sentence(words)).await?;
            Ok(go(format!("/month-end/{run}/lock")))
        }
        Err(err) => show_lock(&member, &path, Problems::one("sweep", told(&err)?)).await,
    }
}
