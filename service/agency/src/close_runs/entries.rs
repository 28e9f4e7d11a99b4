//! The entries to look at where creditors do not tie: the last ones in their ledgers.

use chrono::{DateTime, Utc};
use domain::ledger::Ledger;
use domain::{CreditorId, Money, PaymentId, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{FromQueryResult, raw_sql};
use uuid::Uuid;

/// An entry in a creditor's ledgers.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Entry {
    /// Whose.
    pub creditor: CreditorId,
    /// Its code.
    pub code: String,
    /// When.
    pub posted_at: DateTime<Utc>,
    /// The ledger that was debited.
    pub debit_ledger: Ledger,
    /// The ledger that was credited.
    pub credit_ledger: Ledger,
    /// How much.
    pub amount: Money,
    /// What kind of thing made it: `payment`, `statement`, `remittance`, …
    pub source_type: String,
    /// Which.
    pub source_id: Uuid,
    /// What of it, such as `post`.
    pub effect: String,
    /// The payment it belongs to.
    pub payment_id: Option<PaymentId>,
}

/// The last hundred entries in the ledgers of these creditors, newest first.
pub async fn entries(app: &App, actor: &Actor, of: &[CreditorId]) -> Result<Vec<Entry>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let agency = tx.agency();
    let of: Vec<Uuid> = of.iter().map(|id| id.0).collect();
    Ok(Entry::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT t.creditor_id AS creditor, c.code, t.posted_at, t.debit_ledger, t.credit_ledger, t.amount,
               t.source_type, t.source_id, t.effect, t.payment_id
           FROM transfer t JOIN creditor c ON c.agency_id = {agency} AND c.id = t.creditor_id
           WHERE t.agency_id = {agency} AND t.creditor_id = ANY({of}::uuid[])
             AND (t.debit_ledger IN ('client_payable', 'client_receivable')
                  OR t.credit_ledger IN ('client_payable', 'client_receivable'))
           ORDER BY t.posted_at DESC, t.id DESC LIMIT 100"#
    ))
    .all(&tx)
    .await?)
}
