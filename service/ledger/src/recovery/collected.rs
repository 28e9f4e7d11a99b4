//! The payments that make up what was collected.

use super::{Of, Reach, reach};
use chrono::NaiveDate;
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::{AccountId, CreditorId, Money, PaymentId, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{FromQueryResult, raw_sql};
use uuid::Uuid;

/// Which posted payments to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Collected {
    /// Whose.
    pub of: Of,
    /// On one account.
    pub account: Option<AccountId>,
    /// In effect on this day or later.
    pub from: Option<NaiveDate>,
    /// In effect on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Posted before this one.
    pub after: Option<PaymentId>,
    /// At most so many.
    pub most: u16,
}

/// One posted payment, or the return of one, with the account it belongs to.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Collection {
    /// The payment.
    pub id: PaymentId,
    /// The account.
    pub account_id: AccountId,
    /// Whose account it is.
    pub creditor_id: CreditorId,
    /// The creditor's own number of the account.
    pub client_account_number: String,
    /// The debtor's name.
    pub debtor_name: String,
    /// Paid to the agency or to the creditor, or a return.
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// Why it went back, for a return.
    pub reversal_reason: Option<ReversalReason>,
    /// The day it took effect.
    pub effective_on: NaiveDate,
    /// What it took off the debt; below zero for a return.
    pub amount: Money,
    /// The agency's share of it; below zero for a return.
    pub commission: Money,
}

impl Collection {
    /// What is the creditor's.
    pub fn net(&self) -> Money {
        self.amount.minus(self.commission).unwrap_or(Money::ZERO)
    }
}

/// Lists posted payments, newest first.
///
/// # Errors
/// [`Stop::Forbidden`] without `payment:read`, [`Stop::NotFound`] for a creditor or portfolio out
/// of reach.
pub async fn collections(
    app: &App,
    actor: &Actor,
    which: Collected,
) -> Result<Vec<Collection>, Stop> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let Reach { agency, all, creditors, creditor, every, portfolios, .. } =
        reach(&tx, actor, which.of).await?;
    let account: Option<Uuid> = which.account.map(|id| id.0);
    let after: Option<Uuid> = which.after.map(|id| id.0);
    let (from, to, most) = (which.from, which.to, i64::from(which.most));
    let rows = Collection::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT p.id, p.account_id, p.creditor_id, a.client_account_number, a.debtor_name, p.kind, p.method,
                  p.reversal_reason, p.effective_on,
                  CASE WHEN p.kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder') THEN p.applied ELSE -p.applied END AS amount,
                  CASE WHEN p.kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder') THEN p.commission ELSE -p.commission END AS commission
           FROM payment p JOIN account a ON a.agency_id = p.agency_id AND a.id = p.account_id
           WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL
             AND ({all} OR p.creditor_id IN ({..creditors}))
             AND ({creditor}::uuid IS NULL OR p.creditor_id = {creditor})
             AND ({every} OR a.portfolio_id IN ({..portfolios}))
             AND ({account}::uuid IS NULL OR p.account_id = {account})
             AND ({from}::date IS NULL OR p.effective_on >= {from})
             AND ({to}::date IS NULL OR p.effective_on <= {to})
             AND ({after}::uuid IS NULL OR p.id < {after})
           ORDER BY p.id DESC LIMIT {most}"#
    ))
    .all(&tx)
    .await?;
    tx.commit().await?;
    Ok(rows)
}
