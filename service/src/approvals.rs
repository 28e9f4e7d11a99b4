//! Approving: what was asked for is carried out as it was asked, in the transaction of the approval.

pub use kernel::approvals::*;

use crate::jobs;
use accounts::adjustments::{self, AdjustRefused};
use accounts::agreements::settlements::{self, OfferRefused};
use domain::ApprovalId;
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::stop::{Kind, Refused, Stop};
use payments::TakeRefused;
use payments::credits::{self, CreditRefused};
use payments::gateway::calls as gateway_calls;

/// Why a request is not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalRefused {
    /// It may not be decided, or not by this person.
    #[error(transparent)]
    Decision(#[from] DecisionRefused),
    /// The adjustment cannot be made (any more); the request stays pending.
    #[error(transparent)]
    Adjustment(#[from] AdjustRefused),
    /// The money cannot be given back (any more); the request stays pending.
    #[error(transparent)]
    Refund(#[from] CreditRefused),
    /// The settlement cannot be offered (any more); the request stays pending.
    #[error(transparent)]
    Settlement(#[from] OfferRefused),
    /// The payment cannot be entered (any more); the request stays pending.
    #[error(transparent)]
    Payment(#[from] TakeRefused),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ApprovalRefused);

impl ApprovalRefused {
    fn cause(&self) -> &dyn Refused {
        match self {
            Self::Decision(err) => err,
            Self::Adjustment(err) => err,
            Self::Refund(err) => err,
            Self::Settlement(err) => err,
            Self::Payment(err) => err,
            Self::Once(err) => err,
            Self::Stop(err) => err,
        }
    }
}

impl Refused for ApprovalRefused {
    fn kind(&self) -> Kind {
        self.cause().kind()
    }

    fn code(&self) -> &'static str {
        self.cause().code()
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Decision(err) => err.pointer(),
            Self::Stop(stop) => stop.pointer(),
            // What was asked for is no part of this request.
            Self::Adjustment(_)
            | Self::Refund(_)
            | Self::Settlement(_)
            | Self::Payment(_)
            | Self::Once(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        self.cause().facts()
    }

    fn retry_after(&self) -> Option<u32> {
        self.cause().retry_after()
    }
}

/// Approves: does what was asked for, as it was asked, in this transaction. When that is refused the
/// request stays pending and nothing is left behind.
pub async fn approve(
    app: &App,
    actor: &Actor,
    id: ApprovalId,
    note: Option<String>,
    once: &Once,
) -> Result<Answer<ApprovalView>, ApprovalRefused> {
    let tx = app.begin(actor).await?;
    if once.claim::<ApprovalId>(&tx).await?.is_some() {
        return Ok(Answer::again(get(app, actor, id).await?));
    }
    let approvable = to_approve(&tx, actor, id, note.as_deref()).await?;
    let done = Box::pin(carry_out(app, &tx, &approvable)).await?;
    approved(&tx, actor, approvable, done.result).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    if let Some(call) = done.call {
        Box::pin(gateway_calls::perform(app, &jobs::runner(actor.agency()), call)).await?;
    }
    Ok(Answer::first(get(app, actor, id).await?))
}

/// Does what was asked for, in the transaction of the approval.
async fn carry_out(
    app: &App,
    tx: &Tx,
    approvable: &Approvable,
) -> Result<Performed, ApprovalRefused> {
    let people = &approvable.people;
    match &approvable.request {
        Request::Refund(terms) => Ok(credits::give_back(app, tx, terms, people).await?),
        Request::Adjustment(terms) => Ok(adjustments::adjust(tx, terms, people).await?),
        Request::SettlementBelowFloor(_) => {
            let by = (approvable.approver.user(), approvable.approver.name());
            let offer = settlements::approved(tx, &approvable.row, by).await?;
            Ok(Performed { result: offer.0, call: None })
        }
        Request::FeeOverride(terms) => Ok(payments::enter_overridden(tx, terms, people).await?),
    }
}
