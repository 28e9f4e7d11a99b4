//! `/v1/trust/reconciliation`: bank, book and sub-ledgers, day by day, and what is left to work.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use domain::{Currency, TrustAccountId, TxnId};
use serde::{Deserialize, Serialize};
use service::App;
use service::bank_statements::{self, Day, ExceptionView, Movement};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::bank_statements::BankLine;
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on the reconciliation.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(reconcile_trust);
    cfg.service(list_bank_exceptions);
}

/// One day of one trust account.
#[derive(Debug, Serialize, ToSchema)]
struct ReconciledDay {
    day: NaiveDate,
    /// The bank's balance at its end.
    bank: WireMoney,
    /// Trust cash in the book at its end, by days of deposit and disbursement.
    book: WireMoney,
    /// What is owed to all owners, less what is with the processor.
    sub_ledgers: WireMoney,
    /// In the book and not at the bank by that day.
    under_way: WireMoney,
    /// At the bank and not in the book by that day.
    bank_only: WireMoney,
    /// Of it, what a person has explained.
    noted: WireMoney,
    /// What is left unexplained.
    difference: WireMoney,
    /// Whether all three agree but for what is under way or explained.
    reconciled: bool,
}

/// The three-way reconciliation of one trust account.
#[derive(Debug, Serialize, ToSchema)]
struct Reconciliation {
    trust_account_id: TrustAccountId,
    /// The days that an imported bank statement covers, oldest first; at most 366.
    #[schema(max_items = 366)]
    days: Vec<ReconciledDay>,
}

/// A movement of trust cash in the books.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrustMovement {
    /// The transaction in the ledger.
    transaction_id: TxnId,
    /// The day of deposit or disbursement.
    moved_on: NaiveDate,
    amount: WireMoney,
    /// What made it, such as `payment`, `payout` or `remittance`.
    #[schema(max_length = 40)]
    source_type: String,
    /// Which one, by its plain id.
    #[schema(max_length = 36)]
    source_id: String,
    /// What the bank may know it by.
    #[schema(max_length = 500, required = true)]
    reference: Option<String>,
}

/// Something left to work.
#[derive(Debug, Serialize, ToSchema)]
struct BankException {
    /// `in_bank_not_in_books`, `in_books_not_in_bank` or `amount_differs`.
    #[schema(max_length = 40)]
    kind: String,
    /// The line of the bank.
    #[schema(required = true)]
    line: Option<BankLine>,
    /// The movement of the books.
    #[schema(required = true)]
    movement: Option<TrustMovement>,
    /// By how much the bank's amount is above the book's, where both have the reference.
    #[schema(required = true)]
    by: Option<WireMoney>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReconcileTrust {
    /// Which trust account.
    trust_account_id: TrustAccountId,
    /// From this day.
    from: NaiveDate,
    /// To this day.
    to: NaiveDate,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListBankExceptions {
    /// Of this trust account.
    trust_account_id: TrustAccountId,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Reconcile a trust account.
///
/// For each day that an imported bank statement covers: the bank's balance, the book's, and what the
/// sub-ledgers sum to, with what lies between them.
#[utoipa::path(
    tag = "Trust",
    params(ReconcileTrust),
    responses((status = 200, description = "The days.", body = Reconciliation)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/trust/reconciliation")]
async fn reconcile_trust(
    app: web::Data<App>,
    caller: Authenticated,
    query: web::Query<ReconcileTrust>,
) -> Answer {
    let ReconcileTrust { trust_account_id, from, to } = query.into_inner();
    let (currency, days) =
        bank_statements::report(&app, &caller.0, trust_account_id, (from, to)).await?;
    let days = days.into_iter().map(|day| shown(&day, currency)).collect();
    Ok(HttpResponse::Ok().json(Reconciliation { trust_account_id, days }))
}

/// List what is left to reconcile.
///
/// Lines of the bank without movement in the books, movements without line, and pairs whose amounts
/// differ, up to the last day that a statement covers.
#[utoipa::path(
    tag = "Trust",
    params(ListBankExceptions),
    responses((status = 200, description = "A page of them.", body = Page<BankException>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/trust/reconciliation/exceptions")]
async fn list_bank_exceptions(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListBankExceptions>,
    req: HttpRequest,
) -> Answer {
    let list = format!("bank exceptions {}", query.trust_account_id);
    let window = cursors.window::<u32>(&list, query.cursor.as_deref(), query.limit)?;
    let skipped = window.after.unwrap_or(0);
    let (currency, part, _) =
        bank_statements::exceptions(&app, &caller.0, query.trust_account_id, window).await?;
    let shown = u32::try_from(part.rows.len()).unwrap_or(u32::MAX);
    let next = skipped.saturating_add(shown);
    Ok(cursors.answer(&req, &list, part, |_| next, |row| exception(row, currency)))
}

fn shown(it: &Day, currency: Currency) -> ReconciledDay {
    let wire = |money| WireMoney::new(money, currency);
    ReconciledDay {
        day: it.day,
        bank: wire(it.bank),
        book: wire(it.book),
        sub_ledgers: wire(it.sub_ledgers),
        under_way: wire(it.under_way),
        bank_only: wire(it.bank_only),
        noted: wire(it.noted),
        difference: wire(it.difference),
        reconciled: it.reconciled(),
    }
}

fn exception(it: ExceptionView, currency: Currency) -> BankException {
    BankException {
        kind: it.code.to_owned(),
        line: it.line.map(|row| BankLine::of(row, Vec::new(), currency)),
        movement: it.movement.map(|one| movement(one, currency)),
        by: it.by.map(|money| WireMoney::new(money, currency)),
    }
}

fn movement(it: Movement, currency: Currency) -> TrustMovement {
    TrustMovement {
        transaction_id: it.txn_id,
        moved_on: it.moved_on,
        amount: WireMoney::new(it.amount, currency),
        source_type: it.source_type,
        source_id: it.source_id.to_string(),
        reference: it.reference,
    }
}
