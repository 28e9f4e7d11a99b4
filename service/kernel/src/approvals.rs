//! Two people (domain checklist 65): what one asked for is kept exactly as it was asked, and done when
//! another approves it, in the transaction of the approval.
//!
//! # How to add a kind of approval
//! A variant of [`Request`] in `domain::approval` that holds its terms; the `match` that carries out
//! approved requests, in the crate `service`, then does not compile until it knows it. Its verb takes
//! the terms and the [`TwoPeople`], works in the caller's transaction, and answers what it made.
//! Whoever asks calls [`request`] in the transaction that checked that it could be done.

mod authority;
mod decide;
mod read;

pub use authority::{AuthorityRefused, Said, authority, may_alone, set_authority};
pub use decide::{Approvable, DecisionRefused, approved, decline, to_approve, withdraw};
pub use domain::approval::Request;
pub use read::{ApprovalFilter, ApprovalView, get, list};

use crate::actor::{Actor, Scope};
use crate::audit;
use crate::db::Tx;
use crate::random;
use crate::stop::Fault;
use crate::timeline;
use domain::approval::{ApprovalState, Deed};
use domain::timeline::TimelineKind;
use domain::{ApprovalId, GatewayCallId, Money};
use entity::{account, approval};
use sea_orm::{ActiveModelTrait, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// A deed that one person may do alone, or that waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// Done now.
    Done(T),
    /// Asked for; it is done when another person approves.
    Asked(ApprovalId),
}

/// The names on what a deed makes: who asked, and the second person, if it took one.
#[derive(Debug, Clone)]
pub struct TwoPeople {
    pub asked_by: String,
    pub approved_by: Option<String>,
}

impl TwoPeople {
    /// Somebody who acts within the own limit.
    pub fn alone(actor: &Actor) -> Self {
        Self { asked_by: actor.signature().name, approved_by: None }
    }

    /// Both names, for a text.
    pub fn words(&self) -> String {
        match &self.approved_by {
            Some(second) => format!("asked for by {}, approved by {second}", self.asked_by),
            None => format!("by {}", self.asked_by),
        }
    }
}

/// What a deed made.
pub struct Performed {
    /// The payment, entry or use of a credit.
    pub result: Uuid,
    /// A call that has to be sent once the transaction is committed.
    pub call: Option<GatewayCallId>,
}

/// Something to be put before a second person.
pub struct Ask<'a> {
    pub request: &'a Request,
    /// What it is about: `account`, `payment`.
    pub subject: (&'static str, Uuid),
    pub account: &'a account::Model,
    pub amount: Money,
    /// Why, in the person's words.
    pub note: &'a str,
}

/// Puts a deed before a second person, in the transaction that found it could be done.
pub async fn request(tx: &Tx, actor: &Actor, ask: Ask<'_>) -> Result<ApprovalId, Fault> {
    let id = ApprovalId(random::uuid());
    let deed = ask.request.deed();
    approval::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        deed: Set(deed),
        subject_type: Set(ask.subject.0.to_owned()),
        subject_id: Set(ask.subject.1),
        account_id: Set(Some(ask.account.id)),
        creditor_id: Set(Some(ask.account.creditor_id)),
        amount: Set(ask.amount),
        request: Set(serde_json::to_value(ask.request)?),
        state: Set(ApprovalState::Pending),
        requested_by: Set(actor.principal()),
        requested_name: Set(actor.signature().name),
        requested_at: Set(tx.now()),
        note: Set(ask.note.to_owned()),
        version: Set(1),
        ..Default::default()
    }
    .insert(tx)
    .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "approval.ask",
            subject_type: "approval",
            subject_id: Some(id.0),
            after: Some(json!({
                "deed": deed, "amount": ask.amount.to_decimal(), "request": ask.request,
            })),
            reason: Some(ask.note.to_owned()),
            ..audit::Entry::default()
        },
    )
    .await?;
    let summary = format!("{} of {} asked for: {}", words(deed), ask.amount, ask.note);
    let detail = json!({ "approval": id });
    timeline::record(tx, ask.account.into(), TimelineKind::ApprovalAsked, summary, Some(detail))
        .await?;
    Ok(id)
}

/// The deed in plain words.
pub fn words(deed: Deed) -> &'static str {
    match deed {
        Deed::Refund => "Refund",
        Deed::Adjustment => "Adjustment",
        Deed::SettlementBelowFloor => "Settlement below the floor",
        Deed::FeeOverride => "Own commission on a payment",
        Deed::Remittance => "Remittance",
    }
}
