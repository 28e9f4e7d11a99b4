//! Reading statements, their lines, and what is left to work.

use super::matching::{self, Movement};
use domain::bank_statement::LineState;
use domain::bank_statement::matches::Exception;
use domain::{BankLineId, BankStatementId, Currency, Money, Permission, TrustAccountId, TxnId};
use entity::{agency, bank_line, bank_match, bank_statement};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// A statement of the bank.
#[derive(Debug, Clone)]
pub struct StatementView {
    /// The row.
    pub row: bank_statement::Model,
    /// The currency of the books.
    pub currency: Currency,
    /// Lines that nobody has worked.
    pub open_lines: u64,
}

/// A line of the bank, with what stands for it.
#[derive(Debug, Clone)]
pub struct LineView {
    /// The row.
    pub row: bank_line::Model,
    /// The currency of the books.
    pub currency: Currency,
    /// The movements of the books.
    pub transactions: Vec<TxnId>,
}

/// Something left to work.
#[derive(Debug, Clone)]
pub struct ExceptionView {
    /// `in_bank_not_in_books`, `in_books_not_in_bank` or `amount_differs`.
    pub code: &'static str,
    /// The line of the bank.
    pub line: Option<bank_line::Model>,
    /// The movement of the books.
    pub movement: Option<Movement>,
    /// By how much the bank's amount is above the book's, where both have the reference.
    pub by: Option<Money>,
}

async fn currency(tx: &Tx) -> Result<Currency, Stop> {
    let row = agency::Entity::find_by_id(tx.agency()).one(tx).await?;
    Ok(row.ok_or(Stop::NotFound("agency"))?.currency)
}

async fn open_lines(tx: &Tx, id: BankStatementId) -> Result<u64, Stop> {
    Ok(bank_line::in_agency(tx.agency())
        .filter(bank_line::Column::BankStatementId.eq(id))
        .filter(bank_line::Column::State.eq(LineState::Open))
        .count(tx)
        .await?)
}

/// The imported statements, the last imported first.
pub async fn list(
    app: &App,
    actor: &Actor,
    window: Window<BankStatementId>,
) -> Result<Part<StatementView>, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let currency = currency(&tx).await?;
    let mut query = bank_statement::in_agency(tx.agency())
        .order_by_desc(bank_statement::Column::Id)
        .limit(window.one_more());
    if let Some(after) = window.after {
        query = query.filter(bank_statement::Column::Id.lt(after));
    }
    let part = window.cut(query.all(&tx).await?);
    let mut rows = Vec::new();
    for row in part.rows {
        let open_lines = open_lines(&tx, row.id).await?;
        rows.push(StatementView { row, currency, open_lines });
    }
    tx.commit().await?;
    Ok(Part { rows, more: part.more })
}

/// One statement.
pub async fn get(app: &App, actor: &Actor, id: BankStatementId) -> Result<StatementView, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let row = bank_statement::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("bank statement"))?;
    let (currency, open_lines) = (currency(&tx).await?, open_lines(&tx, id).await?);
    tx.commit().await?;
    Ok(StatementView { row, currency, open_lines })
}

/// The lines of a statement in their order, all or those in one state.
pub async fn lines(
    app: &App,
    actor: &Actor,
    id: BankStatementId,
    state: Option<LineState>,
    window: Window<i32>,
) -> Result<Part<LineView>, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    bank_statement::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("bank statement"))?;
    let currency = currency(&tx).await?;
    let mut query = bank_line::in_agency(tx.agency())
        .filter(bank_line::Column::BankStatementId.eq(id))
        .order_by_asc(bank_line::Column::Seq)
        .limit(window.one_more());
    if let Some(after) = window.after {
        query = query.filter(bank_line::Column::Seq.gt(after));
    }
    if let Some(state) = state {
        query = query.filter(bank_line::Column::State.eq(state));
    }
    let part = window.cut(query.all(&tx).await?);
    let ids: Vec<BankLineId> = part.rows.iter().map(|row| row.id).collect();
    let matches = bank_match::in_agency(tx.agency())
        .filter(bank_match::Column::BankLineId.is_in(ids))
        .all(&tx)
        .await?;
    tx.commit().await?;
    Ok(part.map(|row| LineView {
        transactions: matches
            .iter()
            .filter(|one| one.bank_line_id == row.id)
            .map(|one| one.txn_id)
            .collect(),
        row,
        currency,
    }))
}

/// What is left to work of one trust account, and how much of it: lines of the bank without
/// movement, movements without line, and pairs whose amounts differ. By position.
pub async fn exceptions(
    app: &App,
    actor: &Actor,
    trust: TrustAccountId,
    window: Window<u32>,
) -> Result<(Currency, Part<ExceptionView>, u64), Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let currency = currency(&tx).await?;
    let last = bank_statement::in_agency(tx.agency())
        .filter(bank_statement::Column::TrustAccountId.eq(trust))
        .order_by_desc(bank_statement::Column::ToOn)
        .one(&tx)
        .await?;
    let first = bank_statement::in_agency(tx.agency())
        .filter(bank_statement::Column::TrustAccountId.eq(trust))
        .order_by_asc(bank_statement::Column::FromOn)
        .one(&tx)
        .await?;
    let (Some(first), Some(last)) = (first, last) else {
        return Ok((currency, window.cut(Vec::new()), 0));
    };
    let lines = matching::open_lines(&tx, trust).await?;
    // What moved after the last covered day cannot be at the bank yet.
    let mut movements = matching::unmatched(&tx, trust, last.to_on).await?;
    movements.retain(|one| one.moved_on >= first.from_on);
    tx.commit().await?;
    let found = matching::paired(&lines, &movements)?;
    let movement = |id: TxnId| movements.iter().find(|one| one.txn_id == id).cloned();
    // Pairs that would match now (their line came before its movement) are worked like the others.
    let open = found.matches.iter().map(|one| Exception::InBankOnly { bank: one.bank });
    let all: Vec<Exception<TxnId>> = open.chain(found.exceptions.iter().copied()).collect();
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let skip = window.after.map_or(0, |at| usize::try_from(at).unwrap_or(usize::MAX));
    let rows = all.into_iter().skip(skip).take(usize::from(window.limit) + 1).map(|one| {
        let code = one.code();
        match one {
            Exception::InBankOnly { bank } => {
                ExceptionView { code, line: lines.get(bank).cloned(), movement: None, by: None }
            }
            Exception::InBooksOnly { book } => {
                ExceptionView { code, line: None, movement: movement(book), by: None }
            }
            Exception::AmountDiffers { bank, book, by } => ExceptionView {
                code,
                line: lines.get(bank).cloned(),
                movement: movement(book),
                by: Some(by),
            },
        }
    });
    Ok((currency, window.cut(rows.collect()), total))
}
