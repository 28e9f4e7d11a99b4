//! A closed statement as it is printed: from the stored rows alone, so that it reads the same for
//! ever (domain rule 2.7). JSON, CSV, XLSX and PDF are made of the same head, sums and lines.

use super::bills::Bill;
use crate::exports::{Cell, ColumnKind};
pub use crate::press::Party;
use chrono::{DateTime, NaiveDate, Utc};
use domain::bucket::Bucket;
use domain::remittance::{RemittanceMethod, Terms, statement_date};
use domain::statement::{Line, Tie, Totals};
use domain::{CloseRunId, ContractId, CreditorId, Currency, Money, Rate, StatementId};
use entity::statement;
use kernel::stop::{Fault, Stop};
use serde::{Deserialize, Serialize};

/// What a reprint needs besides figures and lines; kept with the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Printed {
    pub agency: Party,
    pub creditor: Party,
    /// The first day covered, also of the first statement.
    pub period_start: NaiveDate,
    pub terms: Terms,
    pub bills: Vec<Bill>,
    /// What the ledger said.
    pub tie: Tie,
    pub offset: Money,
}

/// The head of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Which.
    pub id: StatementId,
    /// Gapless within the agency.
    pub number: i64,
    /// Whose.
    pub creditor_id: CreditorId,
    /// The agency, as it was called.
    pub agency: Party,
    /// The creditor, as it was called.
    pub creditor: Party,
    /// The contract version whose remittance terms apply.
    pub contract_id: ContractId,
    /// The close run that made it.
    pub run_id: Option<CloseRunId>,
    /// How collected money and commission meet.
    pub method: RemittanceMethod,
    /// The remittance terms.
    pub terms: Terms,
    /// The first day covered.
    pub period_start: NaiveDate,
    /// The last day covered.
    pub period_end: NaiveDate,
    /// The day it is dated: the day after the last one covered.
    pub dated: NaiveDate,
    /// What was posted later waits for the next one.
    pub cutoff: DateTime<Utc>,
    /// The currency of all its figures.
    pub currency: Currency,
    /// How many lines it shows.
    pub line_count: i32,
    /// Invoices and credit notes that came of it.
    pub bills: Vec<Bill>,
    /// Both sides of the comparison with the ledger (money rule 6).
    pub tie: Tie,
    /// Taken from the creditor's money in trust for what it owed; below zero: given back.
    pub offset: Money,
    /// When it was closed.
    pub closed_at: DateTime<Utc>,
    /// By whom.
    pub closed_by: String,
}

impl Facts {
    /// Reads a stored statement.
    pub fn of(row: statement::Model) -> Result<(Self, Totals), Stop> {
        let printed: Printed = serde_json::from_value(row.printed).map_err(Fault::from)?;
        let facts = Self {
            id: row.id,
            number: row.number,
            creditor_id: row.creditor_id,
            agency: printed.agency,
            creditor: printed.creditor,
            contract_id: row.contract_id,
            run_id: row.run_id,
            method: row.method,
            terms: printed.terms,
            period_start: printed.period_start,
            period_end: row.period_end,
            dated: statement_date(row.period_end),
            cutoff: row.cutoff,
            currency: row.currency,
            line_count: row.line_count,
            bills: printed.bills,
            tie: printed.tie,
            offset: printed.offset,
            closed_at: row.closed_at,
            closed_by: row.closed_by,
        };
        Ok((facts, row.totals))
    }
}

/// The columns of the lines: the name in CSV, the heading in a sheet, and what stands there.
pub(super) const COLUMNS: [(&str, &str, ColumnKind); 22] = [
    ("statement", "Statement", ColumnKind::Whole),
    ("type", "Type", ColumnKind::Text),
    ("agency_reference", "Agency reference", ColumnKind::Text),
    ("client_account_number", "Your account number", ColumnKind::Text),
    ("name", "Debtor", ColumnKind::Text),
    ("paid_on", "Paid on", ColumnKind::Date),
    ("posted_on", "Posted on", ColumnKind::Date),
    ("to_us", "Paid to us", ColumnKind::Money),
    ("direct", "Paid to you", ColumnKind::Money),
    ("principal", "Principal", ColumnKind::Money),
    ("interest", "Interest", ColumnKind::Money),
    ("fees", "Fees", ColumnKind::Money),
    ("costs", "Costs", ColumnKind::Money),
    ("other", "Other", ColumnKind::Money),
    ("rate", "Commission rate", ColumnKind::Percent),
    ("commission", "Commission", ColumnKind::Money),
    ("tax", "Tax", ColumnKind::Money),
    ("due_creditor", "Due to you", ColumnKind::Money),
    ("balance", "Balance", ColumnKind::Money),
    ("mark", "Mark", ColumnKind::Text),
    ("prior_period", "Prior period", ColumnKind::Text),
    ("returned_from", "Returned from statement", ColumnKind::Whole),
];

/// The cells of a line, one a column.
pub(super) fn cells(number: i64, line: &Line) -> Result<Vec<Cell>, Stop> {
    let rate = line.rate.as_deref().map(Rate::parse).transpose();
    let rate = rate.map_err(|_| Fault::Unexpected("a stored rate is none"))?;
    let mut cells = vec![
        Cell::Whole(number),
        Cell::text(line.kind.code()),
        Cell::text(line.reference.as_str()),
        Cell::text(line.client_account_number.as_str()),
        Cell::text(line.debtor_name.as_str()),
        Cell::Date(line.effective_on),
        Cell::Date(line.posted_on),
        Cell::Money(line.to_us),
        Cell::Money(line.direct),
    ];
    cells.extend(Bucket::ALL.map(|bucket| Cell::Money(line.buckets.get(bucket))));
    cells.extend([
        Cell::maybe(rate, Cell::Percent),
        Cell::Money(line.commission),
        Cell::Money(line.tax),
        Cell::Money(line.due_creditor),
        Cell::Money(line.balance),
        Cell::maybe(line.mark.as_deref(), Cell::text),
        if line.prior_period { Cell::text("yes") } else { Cell::Empty },
        Cell::maybe(line.returned_from, Cell::Whole),
    ]);
    Ok(cells)
}
