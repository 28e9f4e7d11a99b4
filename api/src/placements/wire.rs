//! A placement, its findings and its accounts on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use domain::placement::{CommitPolicy, Difference, PlacementState, Severity};
use domain::{
    AccountId, Buckets, CreditorId, Currency, Money, PlacementId, PortfolioId, Reference,
};
use serde::Serialize;
use service::placements;
use utoipa::ToSchema;

use crate::money::WireMoney;

/// A placement: a file of debts, checked line by line, then committed or not.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Placement {
    id: PlacementId,
    creditor_id: CreditorId,
    /// The portfolio of lines that name none.
    #[schema(required = true)]
    portfolio_id: Option<PortfolioId>,
    #[schema(max_length = 255, example = "november.csv")]
    file_name: String,
    /// Bytes of the file, unpacked.
    #[schema(minimum = 0)]
    byte_size: i64,
    state: PlacementState,
    /// What was decided about bad lines.
    #[schema(required = true)]
    policy: Option<CommitPolicy>,
    /// Why the file as a whole, or its commit, was refused.
    #[schema(required = true)]
    refusal: Option<Refusal>,
    totals: Totals,
    /// Where the file differs from its control totals.
    #[schema(max_items = 20)]
    differences: Vec<Difference>,
    progress: Progress,
    #[schema(max_length = 300)]
    uploaded_by: String,
    #[schema(max_length = 300, required = true)]
    committed_by: Option<String>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    checked_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    committed_at: Option<DateTime<Utc>>,
}

/// Why a file as a whole, or a commit, was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementRefusal)]
pub(super) struct Refusal {
    /// Stable name of the reason.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$", example = "control_totals_differ")]
    code: String,
    /// For a person.
    #[schema(max_length = 2000)]
    detail: String,
}

/// Counts and dollars of a file. Skipped lines (blank, repeated headers, totals) are not received.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementTotals)]
pub(super) struct Totals {
    #[schema(minimum = 0)]
    received: u64,
    #[schema(minimum = 0)]
    accepted: u64,
    #[schema(minimum = 0)]
    rejected: u64,
    #[schema(minimum = 0)]
    duplicate: u64,
    #[schema(minimum = 0)]
    skipped: u64,
    /// Accepted lines with warnings.
    #[schema(minimum = 0)]
    warned: u64,
    /// Lines with an amount that cannot be read.
    #[schema(minimum = 0)]
    unreadable: u64,
    accepted_dollars: Dollars,
    rejected_dollars: Dollars,
    duplicate_dollars: Dollars,
}

/// Dollars by bucket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementDollars)]
pub(super) struct Dollars {
    principal: WireMoney,
    interest: WireMoney,
    fees: WireMoney,
    costs: WireMoney,
    other: WireMoney,
    total: WireMoney,
}

/// How far the check or commit is that runs now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementProgress)]
pub(super) struct Progress {
    #[schema(minimum = 0)]
    rows: i64,
    /// Bytes of the file gone by; 0 where they are not counted.
    #[schema(minimum = 0)]
    bytes: i64,
    /// Null when nothing runs.
    #[schema(minimum = 0, required = true)]
    rows_per_second: Option<i64>,
}

/// Something to say about a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlacementFinding)]
pub(super) struct Finding {
    /// The physical line of the file (the header is 1) or the sheet's row; 0 for the file itself.
    #[schema(minimum = 0)]
    line: i64,
    severity: Severity,
    /// The canonical column.
    #[schema(max_length = 64, required = true, example = "principal")]
    column: Option<String>,
    /// Stable name of the finding.
    #[schema(max_length = 64, pattern = "^[a-z0-9_]+$", example = "amount_letters")]
    code: String,
    /// The value as it came; never a social security number.
    #[schema(max_length = 200, required = true, example = "1,2O4.50")]
    value: Option<String>,
    #[schema(max_length = 1000)]
    reason: String,
    /// What to do about it.
    #[schema(max_length = 500, required = true)]
    fix: Option<String>,
    #[schema(max_length = 200, required = true)]
    client_account_number: Option<String>,
    #[schema(max_length = 1000, required = true)]
    debtor_name: Option<String>,
    /// What the line's buckets add up to, as far as they can be read.
    #[schema(required = true)]
    balance: Option<WireMoney>,
}

/// An account that the placement made, as the acknowledgment shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AcknowledgedAccount {
    account_id: AccountId,
    #[schema(max_length = 16, example = "7K3M-9QX2-4T8D-N")]
    reference: String,
    #[schema(max_length = 64)]
    client_account_number: String,
    #[schema(max_length = 1100)]
    debtor_name: String,
    placed_balance: WireMoney,
    current_balance: WireMoney,
    received_on: NaiveDate,
    #[schema(required = true)]
    last_payment_on: Option<NaiveDate>,
    #[schema(required = true)]
    last_payment_amount: Option<WireMoney>,
}

impl From<placements::Placement> for Placement {
    fn from(it: placements::Placement) -> Self {
        let (tally, currency) = (it.tally, it.currency);
        Self {
            id: it.id,
            creditor_id: it.creditor,
            portfolio_id: it.portfolio,
            file_name: it.file_name,
            byte_size: it.byte_size,
            state: it.state,
            policy: it.policy,
            refusal: it.refusal.map(|why| Refusal { code: why.code, detail: why.detail }),
            totals: Totals {
                received: tally.received,
                accepted: tally.accepted,
                rejected: tally.rejected,
                duplicate: tally.duplicate,
                skipped: tally.skipped,
                warned: tally.warned,
                unreadable: tally.unreadable,
                accepted_dollars: Dollars::of(&tally.accepted_dollars, currency),
                rejected_dollars: Dollars::of(&tally.rejected_dollars, currency),
                duplicate_dollars: Dollars::of(&tally.duplicate_dollars, currency),
            },
            differences: it.differences,
            progress: Progress {
                rows: it.progress.rows,
                bytes: it.progress.bytes,
                rows_per_second: it.progress.rows_per_second,
            },
            uploaded_by: it.uploaded_by,
            committed_by: it.committed_by,
            created_at: it.created_at,
            checked_at: it.checked_at,
            committed_at: it.committed_at,
        }
    }
}

impl Dollars {
    fn of(buckets: &Buckets, currency: Currency) -> Self {
        let money = |money: Money| WireMoney::new(money, currency);
        let all = [buckets.principal, buckets.interest, buckets.fees, buckets.costs, buckets.other];
        Self {
            principal: money(buckets.principal),
            interest: money(buckets.interest),
            fees: money(buckets.fees),
            costs: money(buckets.costs),
            other: money(buckets.other),
            total: money(all.into_iter().sum()),
        }
    }
}

impl Finding {
    pub(super) fn of(it: placements::LineFinding, currency: Currency) -> Self {
        Self {
            line: it.line_no,
            severity: it.severity,
            column: it.column_name,
            code: it.code,
            value: it.value,
            reason: it.reason,
            fix: it.fix,
            client_account_number: it.client_account_number,
            debtor_name: it.debtor_name,
            balance: it.balance.map(|money| WireMoney::new(money, currency)),
        }
    }
}

impl AcknowledgedAccount {
    pub(super) fn of(it: placements::AcknowledgedAccount, currency: Currency) -> Self {
        let reference = it.reference.parse::<Reference>();
        Self {
            account_id: it.id,
            reference: reference.map_or(it.reference, |reference| reference.to_string()),
            client_account_number: it.client_account_number,
            debtor_name: it.debtor_name,
            placed_balance: WireMoney::new(it.placed_balance, currency),
            current_balance: WireMoney::new(it.current_balance, currency),
            received_on: it.placed_on,
            last_payment_on: it.last_payment_on,
            last_payment_amount: it.last_payment_amount.map(|m| WireMoney::new(m, currency)),
        }
    }
}
