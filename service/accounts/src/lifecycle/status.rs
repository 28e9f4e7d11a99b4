//! Changing the status of an account.

use crate::accounts::work::{Due, settle};
use crate::accounts::{Account, lock, owed_on, show};
use crate::agreements::{Ended, Open, end_all, open_on, resume_all, suspend_all};
use crate::interest;
use domain::account::{AccountStatus, NoTransition, Transition, TransitionFacts, transition};
use domain::arrangement::{OnArrangements, may_arrange};
use domain::reason;
use domain::timeline::TimelineKind;
use domain::{AccountId, Permission};
use entity::account;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use kernel::timeline;
use serde_json::json;

/// What a person wants.
#[derive(Debug, Clone)]
pub struct StatusChange {
    /// The new status.
    pub status: AccountStatus,
    /// Why, 1 to 500 characters; kept in the timeline and the audit trail.
    pub reason: String,
    /// What it does to an open promise, plan or settlement; needed where there is one.
    pub arrangements: Option<OnArrangements>,
}

/// Why a status is not changed.
#[derive(Debug, thiserror::Error)]
pub enum StatusRefused {
    /// The status may not follow the present one.
    #[error("an account with the status \"{}\" cannot become \"{}\"", .from.words(), .to.words())]
    NotAllowed {
        /// The present status.
        from: AccountStatus,
        /// The status asked for.
        to: AccountStatus,
        /// Those that may follow.
        allowed: Vec<AccountStatus>,
    },
    /// A reason is missing or too long.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// A promise, plan or settlement is open, and nobody said what happens to it.
    #[error("a {} is open; say whether to cancel, keep or hold it", .0.words())]
    ArrangementOpen(Open),
    /// A closed account keeps no agreement.
    #[error("an account that closes keeps no agreement: cancel it")]
    NotKept,
    /// The same debt was placed again meanwhile and is open.
    #[error("the creditor has placed this account again; work the open one")]
    PlacedAgain,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(StatusRefused);

impl From<NoTransition> for StatusRefused {
    fn from(refused: NoTransition) -> Self {
        match refused {
            NoTransition::NotAllowed { from, to, allowed } => {
                Self::NotAllowed { from, to, allowed }
            }
            NoTransition::PlacedAgain => Self::PlacedAgain,
            NoTransition::StillOwed => {
                Fault::Unexpected("a chosen status that asks what is owed").into()
            }
        }
    }
}

impl Refused for StatusRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotAllowed { .. } | Self::PlacedAgain | Self::ArrangementOpen(_) => {
                Kind::Conflict
            }
            Self::NoReason | Self::NotKept => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "status_not_allowed",
            Self::PlacedAgain => "placed_again",
            Self::ArrangementOpen(_) => "arrangement_open",
            Self::NotKept => "arrangement_not_kept",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::NotAllowed { .. } => Some("/status"),
            Self::ArrangementOpen(_) | Self::NotKept => Some("/arrangements"),
            Self::PlacedAgain => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::NotAllowed { from, allowed, .. } => {
                let allowed: Vec<&str> = allowed.iter().map(|status| status.code()).collect();
                vec![("account_status", json!(from.code())), ("allowed", json!(allowed))]
            }
            Self::ArrangementOpen(open) => {
                let choices: Vec<&str> = OnArrangements::ALL.iter().map(|one| one.name()).collect();
                vec![("arrangement", json!(open.id())), ("arrangements", json!(choices))]
            }
            Self::NoReason | Self::PlacedAgain | Self::NotKept => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Stop(stop) => stop.retry_after(),
            Self::NotAllowed { .. }
            | Self::NoReason
            | Self::PlacedAgain
            | Self::ArrangementOpen(_)
            | Self::NotKept => None,
        }
    }
}

/// Changes the status of an account (domain rule 2.2). `seen` is the version the person looked at.
///
/// # Errors
/// [`StatusRefused::NotAllowed`] with the statuses that may follow.
pub async fn change_status(
    app: &App,
    actor: &Actor,
    id: AccountId,
    seen: Option<i64>,
    change: StatusChange,
) -> Result<Account, StatusRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let reason = reason(&change.reason).ok_or(StatusRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, seen).await?;
    let (from, to) = (row.status, change.status);
    // That the debt was placed again is refused by the key of open accounts, below.
    let facts = TransitionFacts { owed: owed_on(&row), restrictions: &[], placed_again: false };
    transition(from, Transition::Chosen(to), &facts)?;
    on_arrangements(&tx, &row, &change, &reason).await?;
    // Closing stops interest: what accrued until today is posted first (domain rule 2.9).
    let row = if to.is_open() { row } else { interest::post_through(&tx, row, None).await? };
    let row = settle(&tx, row, to, Due::AsBefore).await.map_err(twin)?;
    let row = match change.arrangements {
        Some(OnArrangements::Keep) if may_arrange(to) => {
            let zone = kernel::agency::own(&tx).await?.time_zone;
            resume_all(&tx, row, date_in(&zone, tx.now()), &zone).await?
        }
        Some(OnArrangements::Keep | OnArrangements::Cancel | OnArrangements::Hold) | None => row,
    };
    let words = format!("Status changed from {} to {}: {reason}", from.words(), to.words());
    let detail = json!({ "from": from.code(), "to": to.code(), "reason": reason });
    timeline::record(&tx, (&row).into(), TimelineKind::StatusChanged, words, Some(detail)).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "account.change_status",
            subject_type: "account",
            subject_id: Some(id.0),
            before: Some(json!({ "status": from.code() })),
            after: Some(json!({ "status": to.code() })),
            reason: Some(reason),
        },
    )
    .await?;
    let shown = show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// What the change does to what is open on the account (domain rule 2.2: it must be said).
async fn on_arrangements(
    tx: &Tx,
    row: &account::Model,
    change: &StatusChange,
    reason: &str,
) -> Result<(), StatusRefused> {
    let open = open_on(tx, row.id).await?;
    let Some(first) = open.first() else { return Ok(()) };
    let stays_open = change.status.is_open();
    match change.arrangements {
        None => Err(StatusRefused::ArrangementOpen(*first)),
        Some(OnArrangements::Keep | OnArrangements::Hold) if !stays_open => {
            Err(StatusRefused::NotKept)
        }
        Some(OnArrangements::Keep) => Ok(()),
        Some(OnArrangements::Hold) => Ok(suspend_all(tx, row, reason).await?),
        Some(OnArrangements::Cancel) => {
            Ok(end_all(tx, row, Ended { why: reason, all: true }).await?)
        }
    }
}

fn twin(fault: Fault) -> StatusRefused {
    let is_twin = matches!(&fault, Fault::Db(err) if broke(err, "account_open_unique"));
    if is_twin { StatusRefused::PlacedAgain } else { fault.into() }
}
