//! `/v1/trust`: the proof of the trust ledger.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use domain::ledger::Ledger;
use domain::{CreditorId, Currency, DebtorId, Money, TrustAccountId};
use serde::{Deserialize, Serialize};
use service::App;
use service::trust::{self, Proof};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::money::WireMoney;

/// The operations on the trust ledger.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(prove_trust);
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
    /// Rows that contradict the ledger; looked for only in a proof of the present.
    #[schema(max_items = 1000)]
    findings: Vec<TrustFinding>,
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
    /// `account_balance`, `payment_lines` or `payment_trust`.
    #[schema(max_length = 40)]
    check: String,
    /// The row, by its plain id.
    #[schema(max_length = 36)]
    subject_id: String,
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
/// Shows for each trust account that cash and clearing are the sum of what is owed, now or at any
/// past instant, and names whoever is owed less than nothing.
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

impl From<Proof> for TrustProof {
    fn from(it: Proof) -> Self {
        let currency = it.currency;
        Self {
            at: it.at,
            balanced: it.balanced,
            accounts: it.accounts.into_iter().map(|account| shown(account, currency)).collect(),
            findings: it
                .findings
                .into_iter()
                .map(|finding| TrustFinding {
                    check: finding.check,
                    subject_id: finding.subject_id.to_string(),
                    ledger: WireMoney::new(finding.ledger, currency),
                    record: WireMoney::new(finding.record, currency),
                })
                .collect(),
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
