//! The trust proof: cash and clearing against all that is owed, now or at a past instant.

use super::subnav::{self, Subnav};
use super::{Names, frame};
use crate::entry::Member;
use crate::form::Problems;
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::{NaiveDateTime, Utc};
use chrono_tz::Tz;
use domain::ledger::Ledger;
use serde::Deserialize;
use service::trust::{self, Proof};

pub fn routes(config: &mut ServiceConfig) {
    config.route("/trust", web::get().to(prove));
}

/// A ledger in words.
pub(super) fn words(ledger: Ledger) -> &'static str {
    match ledger {
        Ledger::TrustCash => "Trust cash",
        Ledger::ProcessorClearing => "With the processor",
        Ledger::ClientPayable => "Payable to creditors",
        Ledger::AgencyEarned => "Commission earned, not swept",
        Ledger::DebtorCredit => "Credits of debtors",
        Ledger::Unidentified => "Unidentified money",
        Ledger::CostsAdvanced => "Costs advanced by creditors",
        Ledger::OpCash => "Operating cash",
        Ledger::ClientReceivable => "Receivable from creditors",
        Ledger::CommissionRevenue => "Commission revenue",
        Ledger::ProcessorFees => "Processor fees",
        Ledger::TaxPayable => "Tax payable",
        Ledger::DueToTrust => "Due to trust",
        Ledger::OperatingLoss => "Operating loss",
        Ledger::Debt => "Debt",
        Ledger::DebtPaid => "Debt paid",
        Ledger::DebtAdjusted => "Debt adjusted",
        Ledger::DebtAccrued => "Debt accrued",
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    at: String,
}

#[derive(Template)]
#[template(path = "workspace/trust.html")]
struct TrustPage {
    page: Page,
    nav: Subnav,
    names: Names,
    at: String,
    proof: Proof,
    zone: Tz,
}

async fn prove(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let at = asked.into_inner().at;
    let zone = member.zone();
    let typed = at.trim().replace(' ', "T");
    let instant = NaiveDateTime::parse_from_str(&typed, "%Y-%m-%dT%H:%M")
        .ok()
        .and_then(|local| local.and_local_timezone(zone).earliest())
        .map(|at| at.with_timezone(&Utc));
    let problems = if instant.is_none() && !at.is_empty() {
        Problems::one("at", "Write the instant as in 2026-12-01 14:30")
    } else {
        Problems::none()
    };
    let proof =
        trust::proof(member.app(), member.actor(), instant).await.map_err(|e| refused(&e))?;
    let below = proof.accounts.iter().flat_map(|account| &account.below_zero);
    let names = Names::of(&member, below.filter_map(|row| row.creditor)).await;
    let names = names.map_err(|e| refused(&e))?;
    let page = frame(&member, "Trust proof").with(problems);
    let nav = subnav::trust(&member, &page);
    Ok(show(&TrustPage { page: page.clone(), nav, names, at, proof, zone }, &page))
}
