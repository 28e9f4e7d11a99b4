//! What a close run made, and whether the books tie out.

use actix_web::{HttpResponse, get, web};
use domain::{CloseRunId, CreditorId, Currency, Money};
use serde::Serialize;
use service::App;
use service::close_runs::{self, Summary, TieOut};
use utoipa::ToSchema;

use super::CloseRun;
use crate::Answer;
use crate::auth::Authenticated;
use crate::money::WireMoney;

/// The sums of a run's statements, and the tie-out of the present.
#[derive(Debug, Serialize, ToSchema)]
struct CloseRunSummary {
    close_run: CloseRun,
    #[schema(minimum = 0)]
    statements: i64,
    #[schema(minimum = 0)]
    lines: i64,
    /// Creditors that are due and not closed.
    #[schema(minimum = 0)]
    due: u64,
    to_us: WireMoney,
    direct: WireMoney,
    commission: WireMoney,
    tax: WireMoney,
    /// What goes to creditors.
    remit: WireMoney,
    /// Of it, waiting for a second person.
    prepared: WireMoney,
    /// Of it, paid out.
    issued: WireMoney,
    /// Due from creditors and carried; zero or below.
    carried_due: WireMoney,
    /// Due to creditors and carried, below the minimum.
    carried_small: WireMoney,
    /// Invoices less credit notes.
    invoiced: WireMoney,
    tie_out: CloseTieOut,
}

/// Bank book, ledger and creditors against each other.
#[derive(Debug, Serialize, ToSchema)]
struct CloseTieOut {
    /// Whether all sides say the same.
    holds: bool,
    /// In the trust bank account, by the book.
    cash: WireMoney,
    /// With the processor.
    clearing: WireMoney,
    /// Owed to creditors.
    client_payable: WireMoney,
    /// Commission earned and still in trust.
    agency_earned: WireMoney,
    /// Debtors' credits, unidentified money, costs advanced.
    others: WireMoney,
    /// Cash and clearing less all that is owed: zero.
    difference: WireMoney,
    /// What the creditors' documents say is owed to them.
    creditors: WireMoney,
    /// `client_payable` less that: zero.
    creditors_difference: WireMoney,
    /// Creditors whose ledger and documents differ.
    #[schema(max_items = 10000)]
    untied: Vec<UntiedCreditor>,
}

/// A creditor whose ledger and documents differ.
#[derive(Debug, Serialize, ToSchema)]
struct UntiedCreditor {
    creditor_id: CreditorId,
    payable: WireMoney,
    documented: WireMoney,
}

/// Sum up a close run.
///
/// The sums of its statements so far, and whether bank book, ledger and creditors tie out now.
#[utoipa::path(
    tag = "Statements",
    params(("close_run_id" = CloseRunId, Path, description = "Which.")),
    responses((status = 200, description = "The summary.", body = CloseRunSummary)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/close-runs/{close_run_id}/summary")]
pub(super) async fn get_close_run_summary(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<CloseRunId>,
) -> Answer {
    let summary = close_runs::summary(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(CloseRunSummary::from(summary)))
}

impl From<Summary> for CloseRunSummary {
    fn from(it: Summary) -> Self {
        let (currency, figures) = (it.currency, it.figures);
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            close_run: CloseRun::from(it.run),
            statements: figures.statements,
            lines: figures.lines,
            due: it.due,
            to_us: wire(figures.to_us),
            direct: wire(figures.direct),
            commission: wire(figures.commission),
            tax: wire(figures.tax),
            remit: wire(figures.remit),
            prepared: wire(figures.prepared),
            issued: wire(figures.issued),
            carried_due: wire(figures.carried_due),
            carried_small: wire(figures.carried_small),
            invoiced: wire(figures.invoiced),
            tie_out: shown(it.tie_out, currency),
        }
    }
}

fn shown(it: TieOut, currency: Currency) -> CloseTieOut {
    let wire = |money: Money| WireMoney::new(money, currency);
    CloseTieOut {
        holds: it.holds(),
        cash: wire(it.cash),
        clearing: wire(it.clearing),
        client_payable: wire(it.client_payable),
        agency_earned: wire(it.agency_earned),
        others: wire(it.others),
        difference: wire(it.difference),
        creditors: wire(it.creditors),
        creditors_difference: wire(it.creditors_difference),
        untied: it
            .untied
            .into_iter()
            .map(|tie| UntiedCreditor {
                creditor_id: tie.creditor,
                payable: wire(tie.payable),
                documented: wire(tie.documented),
            })
            .collect(),
    }
}
