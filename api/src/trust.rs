//! `/v1/trust`: the proof of the trust ledger, its alarms, the reconciliation with the bank.

mod alarms;
mod reconciliation;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use domain::ledger::Ledger;
use domain::{CreditorId, Currency, DebtorId, Money, TrustAccountId};
use serde::{Deserialize, Serialize};
use service::App;
use service::trust::{self, After, Check, Finding, Proof};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};
use crate::problem::Problem;

/// The operations on the trust ledger.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(prove_trust);
    cfg.service(list_trust_findings);
    alarms::routes(cfg);
    reconciliation::routes(cfg);
}

/// The proof that every cent in trust is owed to somebody.
#[derive(Debug, Serialize, ToSchema)]
struct TrustProof {
    /// The instant that it is about.
    at: DateTime<Utc>,
    /// Whether every trust account balances, nobody is owed less than nothing, and no rows
    /// contradict each other.
    balanced: bool,
    #[schema(max_items = 100)]
    accounts: Vec<TrustAccountProof>,
    /// Whether all six invariants hold; a shortfall that an open alarm carries does not break them.
    proven: bool,
    /// The six invariants, in their order.
    #[schema(max_items = 6)]
    verdicts: Vec<TrustVerdict>,
    /// Rows that contradict the ledger: the first hundred of each check. `GET /v1/trust/findings`
    /// lists them all. What is kept up to date beside the ledger (balances on accounts, states of
    /// remittances) is compared in a proof of the present only.
    #[schema(max_items = 1300)]
    findings: Vec<TrustFinding>,
}

/// What became of one invariant.
#[derive(Debug, Serialize, ToSchema)]
struct TrustVerdict {
    /// 1: each transaction balances and stays in its book. 2: cash and clearing are what is owed.
    /// 3: nothing is lacking, or an open alarm carries the amount. 4: accounts and payments say what
    /// was posted. 5: statements are the movement of what creditors are owed and owe. 6: bank, book
    /// and sub-ledgers agree.
    #[schema(minimum = 1, maximum = 6)]
    invariant: u8,
    /// The same in words.
    #[schema(max_length = 100)]
    says: String,
    holds: bool,
    /// The checks that found something, with how many rows.
    #[schema(max_items = 13)]
    found: Vec<TrustFound>,
}

/// How much a check found.
#[derive(Debug, Serialize, ToSchema)]
struct TrustFound {
    #[schema(max_length = 40)]
    check: String,
    rows: u64,
}

/// The proof of one trust account: `cash + clearing` is the sum of the liabilities.
#[derive(Debug, Serialize, ToSchema)]
struct TrustAccountProof {
    id: TrustAccountId,
    #[schema(max_length = 100)]
    name: String,
    /// In the bank.
    cash: WireMoney,
    /// With the processor, not yet paid out.
    clearing: WireMoney,
    /// Owed to creditors.
    client_payable: WireMoney,
    /// Commission earned and still in trust.
    agency_earned: WireMoney,
    /// Overpaid by debtors.
    debtor_credit: WireMoney,
    /// From unknown payers.
    unidentified: WireMoney,
    /// Costs advanced by creditors.
    costs_advanced: WireMoney,
    /// Assets less liabilities: zero.
    difference: WireMoney,
    /// What is lacking where somebody is owed less than nothing: zero, or operating has to advance it.
    shortfall: WireMoney,
    /// The same without funds that are still on hold: a warning.
    cleared_shortfall: WireMoney,
    /// Whose ledgers are below zero.
    #[schema(max_items = 10000)]
    below_zero: Vec<TrustBelowZero>,
}

/// A liability below zero.
#[derive(Debug, Serialize, ToSchema)]
struct TrustBelowZero {
    ledger: Ledger,
    #[schema(required = true)]
    creditor_id: Option<CreditorId>,
    #[schema(required = true)]
    debtor_id: Option<DebtorId>,
    balance: WireMoney,
}

/// A row that contradicts the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct TrustFinding {
    /// Such as `account_balance` or `payment_transfers`.
    #[schema(max_length = 40)]
    check: String,
    /// The row, by its plain id.
    #[schema(max_length = 36)]
    subject_id: String,
    /// What of it, such as a bucket.
    #[schema(max_length = 100)]
    detail: String,
    /// The trust account, where the row belongs to one.
    #[schema(required = true)]
    trust_account_id: Option<TrustAccountId>,
    /// What the ledger says.
    ledger: WireMoney,
    /// What the row says.
    record: WireMoney,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProveTrust {
    /// As it stood at this instant; now unless told.
    at: Option<DateTime<Utc>>,
}

/// Prove the trust ledger.
///
/// Proves six invariants, now or at any past instant: each transaction balances and stays in its
/// book; cash and clearing are the sum of what is owed; what is lacking is carried by an open alarm;
/// accounts and payments say what was posted; statements are the movement of what creditors are owed
/// and owe; bank, book and sub-ledgers agree. Each has a verdict and the rows that contradict it.
#[utoipa::path(
    tag = "Trust",
    params(ProveTrust),
    responses((status = 200, description = "The proof.", body = TrustProof)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/trust/proof")]
async fn prove_trust(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<ProveTrust>,
) -> Answer {
    let proof = trust::proof(&app, &caller.0, query.at).await?;
    Ok(HttpResponse::Ok().json(TrustProof::from(proof)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListTrustFindings {
    /// Of this check, as the proof names it.
    #[param(max_length = 40)]
    check: String,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List what a check found.
///
/// Every row that contradicts the ledger now, page by page, in the order of row and detail.
#[utoipa::path(
    tag = "Trust",
    params(ListTrustFindings),
    responses((status = 200, description = "A page of them.", body = Page<TrustFinding>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/trust/findings")]
async fn list_trust_findings(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListTrustFindings>,
    req: HttpRequest,
) -> Answer {
    let check = Check::parse(&query.check).ok_or_else(|| {
        Problem::invalid_field("?check", "unknown_check", "No check of the proof has this name.")
    })?;
    let list = format!("trust findings {}", check.name());
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let (currency, part, _) = trust::findings(&app, &caller.0, check, window).await?;
    let position = |row: &Finding| After(row.subject_id, row.detail.clone());
    Ok(cursors.answer(&req, &list, part, position, |row| finding(row, currency)))
}

fn finding(it: Finding, currency: Currency) -> TrustFinding {
    TrustFinding {
        check: it.check,
        subject_id: it.subject_id.to_string(),
        detail: it.detail,
        trust_account_id: it.trust_account_id,
        ledger: WireMoney::new(it.ledger, currency),
        record: WireMoney::new(it.record, currency),
    }
}

impl From<Proof> for TrustProof {
    fn from(it: Proof) -> Self {
        let currency = it.currency;
        Self {
            at: it.at,
            balanced: it.balanced,
            proven: it.proven,
            accounts: it.accounts.into_iter().map(|account| shown(account, currency)).collect(),
            verdicts: it
                .verdicts
                .into_iter()
                .map(|verdict| TrustVerdict {
                    invariant: verdict.invariant.number(),
                    says: verdict.invariant.words().to_owned(),
                    holds: verdict.holds,
                    found: verdict
                        .found
                        .into_iter()
                        .map(|(check, rows)| TrustFound { check: check.name().to_owned(), rows })
                        .collect(),
                })
                .collect(),
            findings: it.findings.into_iter().map(|one| finding(one, currency)).collect(),
        }
    }
}

fn shown(it: trust::AccountProof, currency: Currency) -> TrustAccountProof {
    let wire = |money: Money| WireMoney::new(money, currency);
    TrustAccountProof {
        id: it.id,
        name: it.name,
        cash: wire(it.cash),
        clearing: wire(it.clearing),
        client_payable: wire(it.client_payable),
        agency_earned: wire(it.agency_earned),
        debtor_credit: wire(it.debtor_credit),
        unidentified: wire(it.unidentified),
        costs_advanced: wire(it.costs_advanced),
        difference: wire(it.difference),
        shortfall: wire(it.shortfall),
        cleared_shortfall: wire(it.cleared_shortfall),
        below_zero: it
            .below_zero
            .into_iter()
            .map(|row| TrustBelowZero {
                ledger: row.ledger,
                creditor_id: row.creditor,
                debtor_id: row.debtor,
                balance: wire(row.balance),
            })
            .collect(),
    }
}
