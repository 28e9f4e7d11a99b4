//! Deciding about a checked placement, and its lists as CSV.

use crate::entry::{Member, Nothing, sentence};
use crate::export::{self, BATCH, Batch};
use crate::form::CsrfForm;
use crate::page::{Tone, go};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use domain::placement::{CommitPolicy, Severity};
use domain::{AccountId, Permission, PlacementId, Reference};
use serde::Deserialize;
use service::once::Once;
use service::placements::{self, AcknowledgedAccount, CommitRefused, LineFinding};
use std::io;

/// What becomes of bad lines.
#[derive(Debug, Deserialize)]
pub struct Decision {
    policy: String,
}

/// What is asked of the findings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    show: String,
}

/// Has the accounts made. The form's own id makes a second press the same act.
pub async fn commit(
    member: Member,
    id: web::Path<String>,
    form: CsrfForm<Decision>,
) -> Result<HttpResponse, Refusal> {
    let id: PlacementId = id.parse().map_err(|_| Refusal::NotFound)?;
    let policy = CommitPolicy::parse(&form.fields.policy).ok_or(Refusal::Unreadable)?;
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "commit_placement",
        fingerprint: [id.0.as_bytes().as_slice(), policy.name().as_bytes()].concat(),
    };
    match placements::commit(member.app(), member.actor(), &once, id, policy).await {
        Ok(_) => {}
        Err(refusal @ (CommitRefused::NotChecked(_) | CommitRefused::NotCommitted(_))) => {
            member.flash(Tone::Failed, sentence(&refusal.to_string())).await?;
        }
        Err(other) => return Err(refused(&other)),
    }
    Ok(go(format!("/placements/{id}")))
}

/// Places nothing.
pub async fn cancel(
    member: Member,
    id: web::Path<String>,
    _form: CsrfForm<Nothing>,
) -> Result<HttpResponse, Refusal> {
    let id: PlacementId = id.parse().map_err(|_| Refusal::NotFound)?;
    match placements::cancel(member.app(), member.actor(), id).await {
        Ok(_) => member.flash(Tone::Done, "The placement is canceled. Nothing was placed.").await?,
        Err(refusal @ CommitRefused::NotChecked(_)) => {
            member.flash(Tone::Failed, sentence(&refusal.to_string())).await?;
        }
        Err(other) => return Err(refused(&other)),
    }
    Ok(go(format!("/placements/{id}")))
}

/// The findings, with what tells whose line each is.
pub async fn findings_csv(
    member: Member,
    id: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let id = found(&member, &id).await?;
    let severity = Severity::parse(&asked.show);
    let (app, actor) = (member.app().clone(), member.actor().clone());
    let heading = [
        "Line",
        "Kind",
        "Your account number",
        "Name",
        "Balance",
        "Column",
        "Value",
        "What is wrong",
        "What to do",
        "Code",
    ];
    Ok(export::csv("findings.csv", &heading, move |after: Option<(i64, i16)>| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let rows = placements::findings(&app, &actor, id, severity, after, u64::from(BATCH))
                .await
                .map_err(io::Error::other)?;
            let full = rows.len() == usize::from(BATCH);
            let next = rows.last().filter(|_| full).map(|last| (last.line_no, last.seq));
            Ok(Batch { lines: rows.iter().map(finding_line).collect(), next })
        }
    }))
}

/// The acknowledgment: the accounts that were made.
pub async fn accounts_csv(member: Member, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = found(&member, &id).await?;
    let (app, actor) = (member.app().clone(), member.actor().clone());
    let heading = [
        "Reference",
        "Your account number",
        "Debtor",
        "Placed",
        "Placed on",
        "Owed now",
        "Last payment before placement on",
        "Last payment before placement",
    ];
    Ok(export::csv("acknowledgment.csv", &heading, move |after: Option<AccountId>| {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let rows = placements::accounts(&app, &actor, id, after, u64::from(BATCH))
                .await
                .map_err(io::Error::other)?;
            let full = rows.len() == usize::from(BATCH);
            let next = rows.last().filter(|_| full).map(|last| last.id);
            Ok(Batch { lines: rows.iter().map(account_line).collect(), next })
        }
    }))
}

/// A placement within reach; refused before the first byte of a file goes out.
async fn found(member: &Member, id: &str) -> Result<PlacementId, Refusal> {
    let id: PlacementId = id.parse().map_err(|_| Refusal::NotFound)?;
    member.require(Permission::PlacementRead)?;
    placements::find(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    Ok(id)
}

fn finding_line(row: &LineFinding) -> Vec<String> {
    let outside = |text: &Option<String>| export::text(text.as_deref().unwrap_or_default());
    vec![
        if row.line_no > 0 { row.line_no.to_string() } else { "file".to_owned() },
        row.severity.name().to_owned(),
        outside(&row.client_account_number),
        outside(&row.debtor_name),
        row.balance.map(|money| money.to_decimal()).unwrap_or_default(),
        row.column_name.clone().unwrap_or_default(),
        outside(&row.value),
        export::text(&row.reason),
        row.fix.clone().unwrap_or_default(),
        row.code.clone(),
    ]
}

fn account_line(row: &AcknowledgedAccount) -> Vec<String> {
    let shown = |text: &str| {
        text.parse::<Reference>().map_or_else(|_| text.to_owned(), |it| it.to_string())
    };
    vec![
        shown(&row.reference),
        export::text(&row.client_account_number),
        export::text(&row.debtor_name),
        row.placed_balance.to_decimal(),
        row.placed_on.to_string(),
        row.current_balance.to_decimal(),
        row.last_payment_on.map(|day| day.to_string()).unwrap_or_default(),
        row.last_payment_amount.map(|money| money.to_decimal()).unwrap_or_default(),
    ]
}
