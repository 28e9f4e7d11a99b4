//! Placing accounts with agents: by hand, or by a strategy over the accounts that wait.
//!
//! A packet is never split: whoever works one account of a debtor works all of them.

mod deal;
mod moves;

pub use deal::{Deal, DeskShare, Outlook, Waiting, preview, run};
pub use moves::give_back;

use crate::desks;
use domain::{AccountId, DeskId, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::stop::{Kind, Refused, Stop};
use moves::{Move, apply, held, waiting_with};
use serde_json::json;

/// Accounts that may be assigned by hand at once.
pub const MOST_BY_HAND: usize = 1000;

/// Why accounts are not assigned.
#[derive(Debug, thiserror::Error)]
pub enum AssignRefused {
    /// Nothing was named.
    #[error("name 1 to {MOST_BY_HAND} accounts")]
    HowMany,
    /// One of them does not exist or is closed.
    #[error("one of the accounts does not exist, or is closed")]
    NotOpen,
    /// The desk is out of work.
    #[error("the desk is out of work")]
    DeskInactive,
    /// No desk to deal to.
    #[error("there is no active desk to deal to")]
    NoDesks,
    /// A desk deals to itself.
    #[error("the desk that gives cannot be one that takes")]
    GivesToItself,
    /// The desk would hold more than its cap.
    #[error("the desk holds {held} of at most {cap} accounts and cannot take {asked} more")]
    CapReached {
        /// The most it takes.
        cap: i64,
        /// What it has.
        held: i64,
        /// What would come, with the rest of their packets.
        asked: i64,
    },
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(AssignRefused);

impl Refused for AssignRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::HowMany | Self::NotOpen | Self::GivesToItself => Kind::Invalid,
            Self::DeskInactive | Self::NoDesks | Self::CapReached { .. } => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::HowMany => "account_count",
            Self::NotOpen => "account_not_open",
            Self::DeskInactive => "desk_inactive",
            Self::NoDesks => "no_desks",
            Self::GivesToItself => "desk_gives_to_itself",
            Self::CapReached { .. } => "cap_reached",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::HowMany | Self::NotOpen => Some("/account_ids"),
            Self::GivesToItself => Some("/desk_ids"),
            Self::DeskInactive | Self::NoDesks | Self::CapReached { .. } | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::CapReached { cap, held, asked } => {
                vec![("cap", json!(cap)), ("held", json!(held)), ("asked", json!(asked))]
            }
            Self::HowMany
            | Self::NotOpen
            | Self::DeskInactive
            | Self::NoDesks
            | Self::GivesToItself
            | Self::Stop(_) => Vec::new(),
        }
    }
}

/// Puts accounts, with the rest of their packets, on a desk, or takes them off theirs. Answers how
/// many accounts moved.
///
/// # Errors
/// [`AssignRefused::CapReached`]: all or none.
pub async fn by_hand(
    app: &App,
    actor: &Actor,
    accounts: &[AccountId],
    to: Option<DeskId>,
) -> Result<u64, AssignRefused> {
    actor.require_agency(Permission::DeskWrite)?;
    if accounts.is_empty() || accounts.len() > MOST_BY_HAND {
        return Err(AssignRefused::HowMany);
    }
    let tx = app.begin(actor).await?;
    let desk = match to {
        Some(id) => Some(desks::lock(&tx, id).await?),
        None => None,
    };
    if desk.as_ref().is_some_and(|desk| !desk.active) {
        return Err(AssignRefused::DeskInactive);
    }
    let coming = waiting_with(&tx, accounts, to).await?.ok_or(AssignRefused::NotOpen)?;
    if let Some(desk) = &desk
        && let Some(cap) = desk.cap.map(i64::from)
    {
        let held = held(&tx, desk.id).await?;
        let asked = i64::try_from(coming.len()).unwrap_or(i64::MAX);
        if held.saturating_add(asked) > cap && asked > 0 {
            return Err(AssignRefused::CapReached { cap, held, asked });
        }
    }
    let moves: Vec<Move> = coming.into_iter().map(|account| Move { account, to }).collect();
    let moved = apply(&tx, &moves, "by_hand").await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "assignment.by_hand",
            subject_type: "desk",
            subject_id: to.map(|id| id.0),
            after: Some(json!({ "named": accounts.len(), "moved": moved })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(moved)
}
