//! A placement as its readers see it.

use chrono::{DateTime, Utc};
use domain::placement::{CommitPolicy, Difference, PlacementState, Severity, Tally};
use domain::{AccountId, CreditorId, Currency, Money, PlacementId, PortfolioId};
use entity::placement;
use kernel::stop::Fault;
use serde::Deserialize;

/// A placement: where it stands, what it counts, how far it is.
#[derive(Debug, Clone)]
pub struct Placement {
    /// Its id.
    pub id: PlacementId,
    /// Whose debts.
    pub creditor: CreditorId,
    /// The portfolio of lines that name none.
    pub portfolio: Option<PortfolioId>,
    /// The file's name, as it was uploaded.
    pub file_name: String,
    /// Bytes, unpacked.
    pub byte_size: i64,
    /// Where it stands.
    pub state: PlacementState,
    /// What was decided about bad lines.
    pub policy: Option<CommitPolicy>,
    /// Why the file, or its commit, was refused.
    pub refusal: Option<Refusal>,
    /// Counts and dollars.
    pub tally: Tally,
    /// Where it differs from its control totals.
    pub differences: Vec<Difference>,
    /// How far the work is that runs now.
    pub progress: Progress,
    /// Who uploaded it.
    pub uploaded_by: String,
    /// Who committed it.
    pub committed_by: Option<String>,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// When it was checked.
    pub checked_at: Option<DateTime<Utc>>,
    /// When its accounts were made.
    pub committed_at: Option<DateTime<Utc>>,
    /// The currency of its dollars: the agency's.
    pub currency: Currency,
    /// Changes with every change.
    pub version: i64,
}

/// Why a file or a commit was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// In words.
    pub detail: String,
}

/// How far a check or commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows done.
    pub rows: i64,
    /// Bytes of the file done; 0 where they are not counted.
    pub bytes: i64,
    /// Rows a second since it began; none when nothing runs.
    pub rows_per_second: Option<i64>,
}

/// A finding about a line, with what tells whose line it is.
#[derive(Debug, Clone, sea_orm::FromQueryResult)]
pub struct LineFinding {
    /// The physical line, or the sheet's row; 0 for the file as a whole.
    pub line_no: i64,
    /// Its place among the findings of the line.
    pub seq: i16,
    /// Error or warning.
    pub severity: Severity,
    /// The canonical column.
    pub column_name: Option<String>,
    /// The stable code.
    pub code: String,
    /// The value as it came, without secrets.
    pub value: Option<String>,
    /// Why.
    pub reason: String,
    /// What to do.
    pub fix: Option<String>,
    /// The line's account number.
    pub client_account_number: Option<String>,
    /// The line's name.
    pub debtor_name: Option<String>,
    /// What the line's buckets add up to.
    pub balance: Option<Money>,
}

/// An account of the acknowledgment.
#[derive(Debug, Clone, sea_orm::FromQueryResult)]
pub struct AcknowledgedAccount {
    /// The agency's id.
    pub id: AccountId,
    /// The agency's reference, compact.
    pub reference: String,
    /// The creditor's number.
    pub client_account_number: String,
    /// The debtor.
    pub debtor_name: String,
    /// As placed.
    pub placed_balance: Money,
    /// As owed now.
    pub current_balance: Money,
    /// When it was received.
    pub placed_on: chrono::NaiveDate,
    /// The last payment before placement.
    pub last_payment_on: Option<chrono::NaiveDate>,
    /// How much it was.
    pub last_payment_amount: Option<Money>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Totals {
    tally: Tally,
    differences: Vec<Difference>,
}

impl Placement {
    pub(super) fn of(row: placement::Model, now: DateTime<Utc>) -> Result<Self, Fault> {
        let unknown = Fault::Unexpected("a placement is in a state that nobody knows");
        let state = PlacementState::parse(&row.state).ok_or(unknown)?;
        let totals: Totals = match row.totals {
            Some(totals) => serde_json::from_value(totals)?,
            None => Totals::default(),
        };
        let runs = matches!(state, PlacementState::Checking | PlacementState::Committing);
        let seconds = row.started_at.map(|start| (now - start).num_milliseconds().max(1));
        let rows_per_second =
            seconds.filter(|_| runs).map(|ms| row.rows_done.saturating_mul(1_000) / ms);
        Ok(Self {
            id: row.id,
            creditor: row.creditor_id,
            portfolio: row.portfolio_id,
            file_name: row.file_name,
            byte_size: row.byte_size,
            state,
            policy: row.policy.as_deref().and_then(CommitPolicy::parse),
            refusal: row
                .refusal_code
                .map(|code| Refusal { code, detail: row.refusal_detail.unwrap_or_default() }),
            tally: totals.tally,
            differences: totals.differences,
            progress: Progress { rows: row.rows_done, bytes: row.bytes_done, rows_per_second },
            uploaded_by: row.uploaded_by,
            committed_by: row.committed_by,
            created_at: row.created_at,
            checked_at: row.checked_at,
            committed_at: row.committed_at,
            currency: Currency::Usd,
            version: row.version,
        })
    }

    /// The same in the books of its agency.
    pub(super) fn in_currency(self, currency: Currency) -> Self {
        Self { currency, ..self }
    }
}
