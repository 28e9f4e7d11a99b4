//! Reading a full SSN, tax id or date of birth: each read leaves a line in the audit trail.

use super::get;
use domain::reason;
use domain::{AccountId, PartyId, Permission};
use entity::party;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::stop::{Kind, Refused, Stop};
use kernel::vault;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;
use zeroize::Zeroizing;

/// What is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// The social security number, nine digits.
    Ssn,
    /// The tax id, nine digits.
    TaxId,
    /// The date of birth, `YYYY-MM-DD`.
    BirthDate,
}

impl Secret {
    /// The name on the wire and in the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssn => "ssn",
            Self::TaxId => "tax_id",
            Self::BirthDate => "birth_date",
        }
    }
}

/// Why it is not shown.
#[derive(Debug, thiserror::Error)]
pub enum RevealRefused {
    /// There is none on file.
    #[error("there is none on file")]
    NotOnFile,
    /// A reason is missing or too long.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(RevealRefused);

impl Refused for RevealRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotOnFile => Kind::Conflict,
            Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotOnFile => "not_on_file",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::NotOnFile | Self::Stop(_) => None,
        }
    }
}

/// Reads a full number or date of a party; the trail says who read it and why.
pub async fn reveal(
    app: &App,
    actor: &Actor,
    (account, party): (AccountId, PartyId),
    secret: Secret,
    why: &str,
) -> Result<Zeroizing<String>, RevealRefused> {
    actor.require_agency(Permission::SensitiveRead)?;
    let why = reason(why).ok_or(RevealRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    get(&tx, actor, account).await?;
    let row = party::in_agency(tx.agency())
        .filter(party::Column::AccountId.eq(account))
        .filter(party::Column::Id.eq(party))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("party"))?;
    let (column, sealed) = match secret {
        Secret::Ssn => (vault::SSN, row.ssn),
        Secret::TaxId => (vault::TAX_ID, row.tax_id),
        Secret::BirthDate => (vault::BIRTH_DATE, row.birth_date),
    };
    let sealed = sealed.ok_or(RevealRefused::NotOnFile)?;
    let plain = app.vault().keys(&tx, tx.agency()).await?.open(column, party.0, &sealed)?;
    audit::write(
        &tx,
        audit::Entry {
            action: "party.reveal",
            subject_type: "party",
            subject_id: Some(party.0),
            after: Some(json!({ "account": account, "read": secret.name() })),
            reason: Some(why),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(plain)
}
