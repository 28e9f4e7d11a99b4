//! `/v1/bank-statements` and `/v1/bank-lines`: what the bank says, and the working of its lines.

mod lines;
mod upload;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::bank_statement::{FileFormat, LineState};
use domain::{BankLineId, BankStatementId, Currency, PaymentId, TrustAccountId, TxnId};
use serde::{Deserialize, Serialize};
use service::App;
use service::bank_statements::{self, Line, StatementView};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::money::WireMoney;
use crate::page::{Cursors, Limit, Page};

/// The operations on bank statements and their lines.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(upload::import_bank_statement);
    cfg.service(list_bank_statements);
    cfg.service(get_bank_statement);
    cfg.service(list_bank_lines);
    lines::routes(cfg);
}

/// A statement of the bank.
#[derive(Debug, Serialize, ToSchema)]
struct BankStatement {
    id: BankStatementId,
    trust_account_id: TrustAccountId,
    format: FileFormat,
    #[schema(max_length = 255)]
    file_name: String,
    /// How the bank names the account.
    #[schema(max_length = 200, required = true)]
    bank_account: Option<String>,
    /// The bank's number of the statement.
    #[schema(max_length = 200, required = true)]
    number: Option<String>,
    from: NaiveDate,
    to: NaiveDate,
    opening: WireMoney,
    closing: WireMoney,
    line_count: i32,
    /// Lines that nobody has worked.
    open_lines: u64,
    /// Entries that the bank had not booked: they were left out.
    not_booked: i64,
    imported_at: DateTime<Utc>,
}

/// A line of a bank's statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BankLine {
    id: BankLineId,
    bank_statement_id: BankStatementId,
    /// The line of the file.
    file_line: i64,
    booked_on: NaiveDate,
    #[schema(required = true)]
    valued_on: Option<NaiveDate>,
    /// Above zero came in, below zero went out.
    amount: WireMoney,
    /// What the bank writes about it.
    #[schema(max_length = 10000)]
    description: String,
    /// The bank calls it the reversal of an earlier one.
    reversal: bool,
    state: LineState,
    /// `reference`, `amount_and_date`, `deposit`, `hand` or `posted`.
    #[schema(max_length = 40, required = true)]
    matched_by: Option<String>,
    /// What a person wrote.
    #[schema(max_length = 500, required = true)]
    note: Option<String>,
    /// The payment that unidentified money was assigned to.
    #[schema(required = true)]
    payment_id: Option<PaymentId>,
    /// The transactions of the ledger that stand for it.
    #[schema(max_items = 10000)]
    transactions: Vec<TxnId>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListBankStatements {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListBankLines {
    /// Only those in this state.
    state: Option<LineState>,
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// List bank statements.
///
/// The last imported first.
#[utoipa::path(
    tag = "Bank statements",
    params(ListBankStatements),
    responses((status = 200, description = "A page of them.", body = Page<BankStatement>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/bank-statements")]
async fn list_bank_statements(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListBankStatements>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window("bank statements", query.cursor.as_deref(), query.limit)?;
    let part = bank_statements::list(&app, &caller.0, window).await?;
    Ok(cursors.answer(&req, "bank statements", part, |it| it.row.id, BankStatement::from))
}

/// Read a bank statement.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_statement_id" = BankStatementId, Path, description = "Which.")),
    responses((status = 200, description = "The statement.", body = BankStatement)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/bank-statements/{bank_statement_id}")]
async fn get_bank_statement(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<BankStatementId>,
) -> Answer {
    let found = bank_statements::get(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(BankStatement::from(found)))
}

/// List the lines of a bank statement.
///
/// In the order of the statement, with the transactions of the ledger that stand for them.
#[utoipa::path(
    tag = "Bank statements",
    params(("bank_statement_id" = BankStatementId, Path, description = "Of which."), ListBankLines),
    responses((status = 200, description = "A page of them.", body = Page<BankLine>)),
    extensions(("x-permission" = json!("trust:read"))),
)]
#[get("/v1/bank-statements/{bank_statement_id}/lines")]
async fn list_bank_lines(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    id: web::Path<BankStatementId>,
    query: web::Query<ListBankLines>,
    req: HttpRequest,
) -> Answer {
    let list = format!("lines of {}", *id);
    let window = cursors.window(&list, query.cursor.as_deref(), query.limit)?;
    let part = bank_statements::lines(&app, &caller.0, *id, query.state, window).await?;
    Ok(cursors.answer(
        &req,
        &list,
        part,
        |it| it.row.seq,
        |it| BankLine::of(it.row, it.transactions, it.currency),
    ))
}

impl BankLine {
    pub(crate) fn of(it: Line, transactions: Vec<TxnId>, currency: Currency) -> Self {
        Self {
            id: it.id,
            bank_statement_id: it.bank_statement_id,
            file_line: it.file_line,
            booked_on: it.booked_on,
            valued_on: it.valued_on,
            amount: WireMoney::new(it.amount, currency),
            description: it.description,
            reversal: it.reversal,
            state: it.state,
            matched_by: it.matched_by,
            note: it.note,
            payment_id: it.payment_id,
            transactions,
        }
    }
}

impl From<StatementView> for BankStatement {
    fn from(it: StatementView) -> Self {
        let wire = |money| WireMoney::new(money, it.currency);
        Self {
            id: it.row.id,
            trust_account_id: it.row.trust_account_id,
            format: it.row.format,
            file_name: it.row.file_name,
            bank_account: it.row.bank_account,
            number: it.row.number,
            from: it.row.from_on,
            to: it.row.to_on,
            opening: wire(it.row.opening),
            closing: wire(it.row.closing),
            line_count: it.row.line_count,
            open_lines: it.open_lines,
            not_booked: it.row.not_booked,
            imported_at: it.row.imported_at,
        }
    }
}
