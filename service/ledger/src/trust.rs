//! The trust ledger: its accounts, what they hold, and the proof that every cent in it is owed to
//! somebody.

pub mod balances;
pub mod checkpoint;
mod checks;
mod proof;
mod verify;

pub use crate::findings::{Check, Finding, Invariant};
pub use balances::{TrustBalances, cash};
pub use checkpoint::keep_now as keep_checkpoint;
pub use checks::After;
pub use proof::{AccountProof, BelowZero, Proof, Verdict, findings, proof};
pub use verify::{AgencyVerdict, Progress, verify};

use domain::{Permission, TrustAccountId};
use entity::trust_account;
pub use entity::trust_account::Model as TrustAccount;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use sea_orm::{ActiveModelTrait, QueryOrder, Set};
use serde_json::json;

/// Why a trust account is not made.
#[derive(Debug, thiserror::Error)]
pub enum TrustRefused {
    /// It has no name.
    #[error("a trust account needs a name of 1 to 100 characters")]
    NoName,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(TrustRefused);

impl Refused for TrustRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NoName => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoName => "trust_account_needs_name",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoName => Some("/name"),
            Self::Stop(_) => None,
        }
    }
}

/// The trust accounts of the agency, the one that takes the payments first.
pub async fn accounts(app: &App, actor: &Actor) -> Result<Vec<TrustAccount>, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let all = trust_account::in_agency(tx.agency())
        .order_by_desc(trust_account::Column::IsDefault)
        .order_by_asc(trust_account::Column::Id);
    Ok(all.all(&tx).await?)
}

/// Opens a trust account; the agency's first one takes the payments.
pub async fn open(
    app: &App,
    actor: &Actor,
    name: &str,
    bank_last4: Option<String>,
) -> Result<TrustAccountId, TrustRefused> {
    actor.require_agency(Permission::AgencyWrite)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(TrustRefused::NoName);
    }
    let tx = app.begin(actor).await?;
    let id = insert(&tx, name, bank_last4).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "trust_account.open",
            subject_type: "trust_account",
            subject_id: Some(id.0),
            after: Some(json!({"name": name})),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a trust account in the caller's transaction: an agency is created with its first one.
pub async fn insert(
    tx: &Tx,
    name: &str,
    bank_last4: Option<String>,
) -> Result<TrustAccountId, Stop> {
    let first = trust_account::in_agency(tx.agency()).one(tx).await?.is_none();
    let id = TrustAccountId(random::uuid());
    trust_account::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        name: Set(name.to_owned()),
        bank_last4: Set(bank_last4),
        is_default: Set(first),
        created_at: Set(tx.now()),
    }
    .insert(tx)
    .await?;
    Ok(id)
}
