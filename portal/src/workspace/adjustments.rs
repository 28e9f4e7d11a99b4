//! What changed a debt without money: the list, the form for a decrease or a charge, and undoing.

use super::account_acts::amount;
use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::{AccountId, Bucket, Buckets, DebtEntryId, Permission};
use serde::Deserialize;
use service::accounts::{self, Account};
use service::adjustments::{self, AdjustRefused, Adjustment, EntryView, Terms};
use service::approvals::Outcome;
use service::once::Once;
use service::window::Window;
use service::{Kind, Refused};

const LINES: u16 = 100;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}/adjustments", web::get().to(read))
        .route("/accounts/{account}/adjustments", web::post().to(enter))
        .route("/accounts/{account}/adjustments/{entry}/undo", web::post().to(undo));
}

#[derive(Template)]
#[template(path = "workspace/adjustments.html")]
struct AdjustmentsPage {
    page: Page,
    account: Account,
    /// Each with its change in words.
    entries: Vec<(EntryView, String)>,
    kind: String,
    amounts: Vec<Field>,
    effective_on: Field,
    reason: Field,
    may_write: bool,
    zone: Tz,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Entered {
    #[serde(default)]
    kind: String,
    principal: String,
    interest: String,
    fees: String,
    costs: String,
    other: String,
    effective_on: String,
    reason: String,
}

#[derive(Deserialize)]
struct Why {
    reason: String,
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = path.parse().map_err(|_| Refusal::NotFound)?;
    show_adjustments(&member, id, Problems::none(), &Entered::default()).await
}

async fn show_adjustments(
    member: &Member,
    id: AccountId,
    problems: Problems,
    typed: &Entered,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let window = Window { after: None, limit: LINES };
    let entries = adjustments::list(app, actor, id, window).await.map_err(|e| refused(&e))?.rows;
    let page = frame(member, "Adjustments and charges").with(problems);
    let field = |bucket: Bucket| {
        let (name, value) = cell(typed, bucket);
        let holds = format!("holds {}", page.money(&sheet.account.balance.get(bucket)));
        let field = page.field(name, bucket.words()).hint(holds).money().class("w8");
        field.value(value.clone()).optional()
    };
    let amounts = Bucket::ALL.into_iter().map(field).collect();
    let changed = |entry: &EntryView| {
        let all = Bucket::ALL.into_iter().map(|bucket| (bucket, entry.change.get(bucket)));
        let parts: Vec<String> = all
            .filter(|(_, change)| !change.is_zero())
            .map(|(bucket, change)| format!("{} {}", bucket.words(), page.money(&change)))
            .collect();
        parts.join(", ")
    };
    let entries = entries.into_iter().map(|entry| {
        let words = changed(&entry);
        (entry, words)
    });
    let entries = entries.collect();
    let view = AdjustmentsPage {
        account: sheet.account,
        entries,
        kind: typed.kind.clone(),
        amounts,
        effective_on: page
            .field("effective_on", "Takes effect on (today if empty)")
            .kind("date")
            .value(typed.effective_on.clone())
            .optional(),
        reason: page.field("reason", "Reason; the creditor reads it").value(typed.reason.clone()),
        may_write: member.may(Permission::AdjustmentWrite),
        zone: member.zone(),
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

fn cell(typed: &Entered, bucket: Bucket) -> (&'static str, &String) {
    match bucket {
        Bucket::Principal => ("principal", &typed.principal),
        Bucket::Interest => ("interest", &typed.interest),
        Bucket::Fees => ("fees", &typed.fees),
        Bucket::Costs => ("costs", &typed.costs),
        Bucket::Other => ("other", &typed.other),
    }
}

async fn enter(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Entered>,
) -> Result<HttpResponse, Refusal> {
    let id: AccountId = path.parse().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields;
    let terms = match terms(&member, id, &typed) {
        Ok(terms) => terms,
        Err((field, words)) => {
            return show_adjustments(&member, id, Problems::one(field, words), &typed).await;
        }
    };
    let adjustment = match typed.kind.as_str() {
        "decrease" => Adjustment::Decrease(terms),
        "charge" => Adjustment::Charge(terms),
        _ => {
            let problems = Problems::one("kind", "Choose whether less or more is owed");
            return show_adjustments(&member, id, problems, &typed).await;
        }
    };
    act(&member, id, adjustment, form.form_id, &typed).await
}

async fn undo(
    member: Member,
    path: web::Path<(String, String)>,
    form: CsrfForm<Why>,
) -> Result<HttpResponse, Refusal> {
    let (account, entry) = path.into_inner();
    let account: AccountId = account.parse().map_err(|_| Refusal::NotFound)?;
    let entry: DebtEntryId = entry.parse().map_err(|_| Refusal::NotFound)?;
    let reason = form.fields.reason;
    let adjustment = Adjustment::Reversal { account, entry, reason };
    act(&member, account, adjustment, form.form_id, &Entered::default()).await
}

async fn act(
    member: &Member,
    id: AccountId,
    adjustment: Adjustment,
    form: uuid::Uuid,
    typed: &Entered,
) -> Result<HttpResponse, Refusal> {
    let undoes = matches!(adjustment, Adjustment::Reversal { .. });
    let once = Once {
        principal: member.actor().principal(),
        key: form.to_string(),
        operation: "workspace_adjust",
        fingerprint: service::random::hash(&format!("{adjustment:?}")),
    };
    match adjustments::enter(member.app(), member.actor(), adjustment, &once).await {
        Ok(done) => match done.value {
            Outcome::Done(_) => {
                member.flash(Tone::Done, "Done; the balance is changed.").await?;
                Ok(go(format!("/accounts/{id}/adjustments")))
            }
            Outcome::Asked(approval) => {
                member
                    .flash(
                        Tone::Note,
                        "This is above your own limit: another person has to approve it.",
                    )
                    .await?;
                Ok(go(format!("/approvals/{approval}")))
            }
        },
        Err(err) => {
            let field = if undoes { "undo" } else { at(&err) };
            match err.kind() {
                Kind::Invalid | Kind::Conflict | Kind::Stale => {
                    let problems = Problems::one(field, sentence(&err.to_string()));
                    show_adjustments(member, id, problems, typed).await
                }
                Kind::NotFound
                | Kind::Forbidden
                | Kind::Unauthenticated
                | Kind::TooMany
                | Kind::Unavailable
                | Kind::Fault => Err(refused(&err)),
            }
        }
    }
}

/// The field that a refusal is about.
fn at(err: &AdjustRefused) -> &'static str {
    match err.pointer() {
        Some("/amounts/interest") => "interest",
        Some("/amounts/fees") => "fees",
        Some("/amounts/costs") => "costs",
        Some("/amounts/other") => "other",
        Some("/effective_on") => "effective_on",
        Some("/reason") => "reason",
        Some(_) | None => "principal",
    }
}

fn terms(
    member: &Member,
    account: AccountId,
    typed: &Entered,
) -> Result<Terms, (&'static str, &'static str)> {
    let mut amounts = Buckets::default();
    for bucket in Bucket::ALL {
        let (name, text) = cell(typed, bucket);
        if text.trim().is_empty() {
            continue;
        }
        let money = amount(text, member.front().currency)
            .ok_or((name, "Write the amount as in 125.00, above zero"))?;
        amounts.set(bucket, money.money());
    }
    let effective_on = match typed.effective_on.trim() {
        "" => None,
        text => Some(
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map_err(|_| ("effective_on", "Write the day as in 2026-12-01"))?,
        ),
    };
    Ok(Terms { account, amounts, effective_on, reason: typed.reason.clone() })
}
