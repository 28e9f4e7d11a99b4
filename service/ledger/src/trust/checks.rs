//! The checks behind the proof: each is one set-based statement that finds the rows that contradict
//! the books. A page of them is shown, all of them are counted.

mod statements;

use crate::findings::{Check, Finding};
use chrono::{DateTime, Utc};
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::{DbBackend, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The findings of one check: a page, and how many there are.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// In the order of row and detail.
    pub findings: Vec<Finding>,
    /// All of them.
    pub total: u64,
}

/// Where a list of findings goes on: the last one's row and detail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct After(pub Uuid, pub String);

/// Looks for the findings of one check: at most `most` after the position. None where the check is
/// not a query.
pub(super) async fn find(
    tx: &Tx,
    check: Check,
    at: DateTime<Utc>,
    after: Option<&After>,
    most: u64,
) -> Result<Option<Found>, Stop> {
    let Some(sql) = check.sql() else { return Ok(None) };
    let (subject, detail) = after.map(|After(id, detail)| (*id, detail.clone())).unzip();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values: [sea_orm::Value; 6] = [
        tx.agency().0.into(),
        at.into(),
        subject.into(),
        detail.into(),
        most.into(),
        check.name().into(),
    ];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let findings = Finding::find_by_statement(statement).all(tx).await?;
    let total = findings.first().map_or(0, |first| first.total);
    Ok(Some(Found { findings, total: u64::try_from(total).unwrap_or_default() }))
}

impl Check {
    /// Whether it compares rows that are kept up to date, and so has only a present.
    pub(super) fn of_the_present(self) -> bool {
        match self {
            Self::AccountBalance | Self::StatementRemittance | Self::StatementTies => true,
            Self::TransferBook
            | Self::ReversalMirror
            | Self::TrustAccount
            | Self::TrustShortfall
            | Self::PaymentLines
            | Self::PaymentTransfers
            | Self::DebtEntry
            | Self::StatementChain
            | Self::StatementLines
            | Self::BankReconciliation => false,
        }
    }
}
