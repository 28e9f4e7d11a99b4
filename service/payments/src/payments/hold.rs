//! Holding one payment back from the creditor: delayed, blocked, released (domain rule 2.6).

use super::checkout::lock;
use super::post::method_words;
use domain::hold::Holding;
use domain::payment::PaymentState;
use domain::timeline::TimelineKind;
use domain::{PaymentId, Permission, StatementId};
use entity::payment;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::stop::{Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// Why a payment is not held back, or not released.
#[derive(Debug, thiserror::Error)]
pub enum HoldRefused {
    /// The creditor has seen it.
    #[error("the payment is on a statement already; what is paid out is not held back")]
    OnStatement(StatementId),
    /// There is nothing to give on.
    #[error("only a payment that counts is held back; this one is {}", .0.words())]
    NotSucceeded(PaymentState),
    /// A return lowers what the creditor gets: holding it would pay too much.
    #[error("a return is not held back: the creditor would be paid too much")]
    IsReturn,
    /// It is so already.
    #[error("the payment is {} already", .0.name())]
    AlreadySo(Holding),
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(HoldRefused);

impl Refused for HoldRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::OnStatement(_) | Self::NotSucceeded(_) | Self::IsReturn | Self::AlreadySo(_) => {
                Kind::Conflict
            }
            Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::OnStatement(_) => "payment_on_statement",
            Self::NotSucceeded(_) => "payment_not_succeeded",
            Self::IsReturn => "is_return",
            Self::AlreadySo(_) => "already_held_so",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::AlreadySo(_) => Some("/holding"),
            Self::OnStatement(_) | Self::NotSucceeded(_) | Self::IsReturn => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::OnStatement(statement) => vec![("statement_id", json!(statement))],
            Self::NotSucceeded(state) => vec![("state", json!(state))],
            Self::AlreadySo(holding) => vec![("holding", json!(holding))],
            Self::IsReturn | Self::NoReason => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::OnStatement(_)
            | Self::NotSucceeded(_)
            | Self::IsReturn
            | Self::AlreadySo(_)
            | Self::NoReason => None,
        }
    }
}

/// Delays a payment (it skips the first close it would be in), blocks it (it waits until it is
/// released), or releases it. `seen` is the version that was looked at.
pub async fn hold(
    app: &App,
    actor: &Actor,
    id: PaymentId,
    seen: Option<i64>,
    holding: Holding,
    reason: &str,
) -> Result<(), HoldRefused> {
    actor.require_agency(Permission::PaymentHold)?;
    let reason = domain::reason(reason).ok_or(HoldRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let (account, row) = lock(&tx, id).await?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Stop::Stale.into());
    }
    may_be_held(&row, holding)?;
    let (before, version) = (row.holding, row.version);
    let shown = row.amount.to_display(kernel::agency::own(&tx).await?.currency);
    let mut next: payment::ActiveModel = row.clone().into();
    next.holding = Set(holding);
    next.version = Set(version + 1);
    next.update(&tx).await?;
    let what = match holding {
        Holding::Normal => "released",
        Holding::Delayed => "delayed to the close after the next",
        Holding::Blocked => "blocked until it is released",
    };
    let summary = format!("Payment of {shown} ({}) {what}: {reason}", method_words(row.method));
    let detail = json!({ "payment": id, "from": before, "to": holding });
    let kind = TimelineKind::PaymentHeld;
    timeline::record(&tx, (&account).into(), kind, summary, Some(detail)).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "payment.hold",
            subject_type: "payment",
            subject_id: Some(id.0),
            before: Some(json!({ "holding": before })),
            after: Some(json!({ "holding": holding })),
            reason: Some(reason),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

fn may_be_held(row: &payment::Model, holding: Holding) -> Result<(), HoldRefused> {
    if row.kind.is_return() {
        return Err(HoldRefused::IsReturn);
    }
    if row.state != PaymentState::Succeeded {
        return Err(HoldRefused::NotSucceeded(row.state));
    }
    if let Some(statement) = row.statement_id {
        return Err(HoldRefused::OnStatement(statement));
    }
    if row.holding == holding {
        return Err(HoldRefused::AlreadySo(holding));
    }
    Ok(())
}
