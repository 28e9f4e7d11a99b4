//! A closed statement as it is printed: from the stored rows alone, so that it reads the same for
//! ever (domain rule 2.7). JSON, CSV, XLSX and PDF are made of the same document.

use super::bills::Bill;
use crate::stop::{Fault, Stop};
use chrono::{DateTime, NaiveDate, Utc};
use domain::bucket::Bucket;
use domain::remittance::{RemittanceMethod, Terms, statement_date};
use domain::statement::{Line, Tie, Totals};
use domain::{CloseRunId, ContractId, CreditorId, Currency, Money, StatementId};
use entity::statement;
use serde::{Deserialize, Serialize};

/// Who is named on a statement, as they were called at the close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The agency's or the creditor's name.
    pub name: String,
    /// The creditor's code; the agency's is empty.
    pub code: String,
    /// The postal address; empty where none is known.
    pub address: String,
    /// The telephone number; empty where none is known.
    pub phone: String,
}

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

/// A closed statement, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The head.
    pub facts: Facts,
    /// The sums, as they were computed once.
    pub totals: Totals,
    /// What is shown, in order.
    pub lines: Vec<Line>,
}

impl Facts {
    /// Reads a stored statement.
    pub(crate) fn of(row: statement::Model) -> Result<(Self, Totals), Stop> {
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

const HEADER: [&str; 22] = [
    "statement",
    "type",
    "agency_reference",
    "client_account_number",
    "name",
    "paid_on",
    "posted_on",
    "to_us",
    "direct",
    "principal",
    "interest",
    "fees",
    "costs",
    "other",
    "rate",
    "commission",
    "tax",
    "due_creditor",
    "balance",
    "mark",
    "prior_period",
    "returned_from",
];

/// Lines of a statement as CSV, with the heading before the first ones. Text that a spreadsheet
/// would take for a formula is made harmless by an apostrophe.
pub fn csv_part(number: i64, lines: &[Line], heading: bool) -> Result<Vec<u8>, Stop> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = (|| -> Result<(), csv::Error> {
        if heading {
            writer.write_record(HEADER)?;
        }
        for line in lines {
            writer.write_record(record(number, line))?;
        }
        writer.flush()?;
        Ok(())
    })();
    written.map_err(|_| Fault::Unexpected("a statement could not be written as CSV"))?;
    Ok(writer.into_inner().map_err(|_| Fault::Unexpected("a statement was not written"))?)
}

fn record(number: i64, line: &Line) -> Vec<String> {
    let text = |text: &str| {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if formula { format!("'{text}") } else { text.to_owned() }
    };
    let mut row = vec![
        number.to_string(),
        line.kind.code().to_owned(),
        text(&line.reference),
        text(&line.client_account_number),
        text(&line.debtor_name),
        line.effective_on.to_string(),
        line.posted_on.to_string(),
        line.to_us.to_decimal(),
        line.direct.to_decimal(),
    ];
    row.extend(Bucket::ALL.map(|bucket| line.buckets.get(bucket).to_decimal()));
    row.extend([
        line.rate.clone().unwrap_or_default(),
        line.commission.to_decimal(),
        line.tax.to_decimal(),
        line.due_creditor.to_decimal(),
        line.balance.to_decimal(),
        line.mark.clone().unwrap_or_default(),
        if line.prior_period { "yes" } else { "" }.to_owned(),
        line.returned_from.map(|number| number.to_string()).unwrap_or_default(),
    ]);
    row
}
