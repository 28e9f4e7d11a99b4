//! Two people (domain checklist 65): what one asked for is kept exactly as it was asked, and done when
//! another approves it, in the transaction of the approval.
//!
//! # How to add a deed
//! A variant of [`Request`] that holds the terms of the deed; [`Request::deed`] and [`perform`] then do
//! not compile until they know it. The deed's verb takes the terms and the [`TwoPeople`], works in the
//! caller's transaction, and answers what it made. Whoever asks calls [`request`] in the transaction
//! that checked that the deed could be done.

mod authority;
mod decide;
mod read;

pub use authority::{AuthorityRefused, Said, authority, currency, set_authority};
pub(crate) use authority::{may_alone, today};
pub use decide::{ApprovalRefused, approve, decline, withdraw};
pub use read::{ApprovalFilter, ApprovalView, get, list};

use crate::actor::{Actor, Scope, Staff};
use crate::adjustments::{self, Adjustment};
use crate::app::App;
use crate::audit;
use crate::credits::{self, Refund};
use crate::db::Tx;
use crate::payments::{self, FeeOverride};
use crate::random;
use crate::settlements::{self, BelowFloor};
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

/// What was asked for, exactly; kept in `approval.request`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "deed", content = "terms", rename_all = "snake_case")]
pub enum Request {
    /// Giving money back to a debtor.
    Refund(Refund),
    /// Changing a debt without money.
    Adjustment(Adjustment),
    /// A settlement below the floor of its tier.
    SettlementBelowFloor(BelowFloor),
    /// A payment with its own commission.
    FeeOverride(FeeOverride),
}

impl Request {
    /// Which deed it is.
    pub fn deed(&self) -> Deed {
        match self {
            Self::Refund(_) => Deed::Refund,
            Self::Adjustment(_) => Deed::Adjustment,
            Self::SettlementBelowFloor(_) => Deed::SettlementBelowFloor,
            Self::FeeOverride(_) => Deed::FeeOverride,
        }
    }
}

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
pub(crate) struct TwoPeople {
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
pub(crate) struct Performed {
    /// The payment, entry or use of a credit.
    pub result: Uuid,
    /// A call that has to be sent once the transaction is committed.
    pub call: Option<GatewayCallId>,
}

/// Something to be put before a second person.
pub(crate) struct Ask<'a> {
    pub request: &'a Request,
    /// What it is about: `account`, `payment`.
    pub subject: (&'static str, Uuid),
    pub account: &'a account::Model,
    pub amount: Money,
    /// Why, in the person's words.
    pub note: &'a str,
}

/// Puts a deed before a second person, in the transaction that found it could be done.
pub(crate) async fn request(tx: &Tx, actor: &Actor, ask: Ask<'_>) -> Result<ApprovalId, Fault> {
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

/// Does what was asked for, in the transaction of the approval. A refusal leaves nothing behind.
async fn perform(
    app: &App,
    tx: &Tx,
    (row, request): (&approval::Model, Request),
    people: &TwoPeople,
    approver: &Staff,
) -> Result<Performed, ApprovalRefused> {
    match request {
        Request::Refund(terms) => Ok(credits::give_back(app, tx, &terms, people).await?),
        Request::Adjustment(terms) => Ok(adjustments::adjust(tx, &terms, people).await?),
        Request::SettlementBelowFloor(_) => {
            let by = (approver.user(), approver.name());
            let offer = settlements::approved(tx, row, by).await?;
            Ok(Performed { result: offer.0, call: None })
        }
        Request::FeeOverride(terms) => Ok(payments::enter_overridden(tx, &terms, people).await?),
    }
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
