//! Ways to reach a party: added, found to be bad, found to be good again. None is ever deleted.

use super::work::{Due, settle};
use super::{Account, ContactPoint, lock, show};
use domain::party::ContactPointKind;
use domain::placement::address::{read_country, read_state, read_zip};
use domain::placement::contact::{PhoneType, read_email, read_phone};
use domain::timeline::TimelineKind;
use domain::{AccountId, ContactPointId, PartyId, Permission};
use entity::{contact_point, party};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;

/// A new way to reach a party.
#[derive(Debug, Clone)]
pub struct NewContactPoint {
    /// Whose.
    pub party: PartyId,
    /// What.
    pub reach: Reach,
    /// Whether the debtor agreed to be reached there; none: not known.
    pub consent: Option<bool>,
    /// Where it came from, such as `debtor` or `skip trace`.
    pub source: Option<String>,
}

/// A way to reach somebody, as it was typed.
#[derive(Debug, Clone)]
pub enum Reach {
    /// A telephone number, and `mobile`, `home`, `work` or `unknown`.
    Phone(String, Option<String>),
    /// An e-mail address.
    Email(String),
    /// A postal address.
    Address {
        /// Street.
        address1: String,
        /// Second line.
        address2: Option<String>,
        /// City.
        city: String,
        /// State or province.
        state: String,
        /// Postal code.
        zip: String,
        /// Country; the United States where none is said.
        country: Option<String>,
    },
}

/// What was found out about a way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Wrong, disconnected, returned, bounced.
    Bad,
    /// It works after all.
    Good,
}

/// Why a way to reach somebody is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ContactPointRefused {
    /// No telephone number.
    #[error("this is no telephone number that can be called from the United States")]
    Phone,
    /// No type of telephone.
    #[error("the type is one of mobile, home, work, unknown")]
    PhoneType,
    /// No e-mail address.
    #[error("this is no e-mail address")]
    Email,
    /// No postal address.
    #[error("the address needs street, city, and a state and postal code of its country")]
    Address,
    /// The party has it already.
    #[error("the party has this already")]
    Known,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ContactPointRefused);

impl Refused for ContactPointRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Phone | Self::PhoneType | Self::Email | Self::Address => Kind::Invalid,
            Self::Known => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Phone => "not_a_phone",
            Self::PhoneType => "not_a_phone_type",
            Self::Email => "not_an_email",
            Self::Address => "not_an_address",
            Self::Known => "contact_point_known",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Phone => Some("/phone"),
            Self::PhoneType => Some("/phone_type"),
            Self::Email => Some("/email"),
            Self::Address => Some("/address"),
            Self::Known | Self::Stop(_) => None,
        }
    }
}

/// Adds a way to reach a party of the account. One that was to be traced is worked again.
pub async fn add_contact_point(
    app: &App,
    actor: &Actor,
    id: AccountId,
    new: NewContactPoint,
) -> Result<ContactPoint, ContactPointRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, None).await?;
    let party = party::in_agency(tx.agency())
        .filter(party::Column::AccountId.eq(id))
        .filter(party::Column::Id.eq(new.party))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("party"))?;
    let mut point = read(new.reach)?;
    refuse_known(&tx, &party, &point).await?;
    point.agency_id = Set(tx.agency());
    point.id = Set(ContactPointId(random::uuid()));
    point.account_id = Set(id);
    point.party_id = Set(party.id);
    point.creditor_id = Set(row.creditor_id);
    point.debtor_id = Set(party.debtor_id);
    point.consent = Set(new.consent);
    point.source = Set(new.source);
    point.bad = Set(false);
    point.created_at = Set(tx.now());
    let point = point.insert(&tx).await?;
    let status = row.status;
    let row = settle(&tx, row, status, Due::AsBefore).await?;
    let words = format!("Added: {}", point.kind.name());
    let detail = json!({ "contact_point": point.id });
    timeline::record(&tx, (&row).into(), TimelineKind::ContactPointAdded, words, Some(detail))
        .await?;
    note(&tx, "account.add_contact_point", id, point.id, None).await?;
    tx.commit().await?;
    Ok(point.into())
}

/// Flags a way to reach a party as bad, or as good again.
pub async fn flag_contact_point(
    app: &App,
    actor: &Actor,
    id: AccountId,
    point: ContactPointId,
    flag: Flag,
) -> Result<Account, ContactPointRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, None).await?;
    let found = contact_point::in_agency(tx.agency())
        .filter(contact_point::Column::AccountId.eq(id))
        .filter(contact_point::Column::Id.eq(point))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("contact point"))?;
    let bad = flag == Flag::Bad;
    if found.bad != bad {
        let kind = found.kind;
        let mut found = found.into_active_model();
        found.bad = Set(bad);
        found.update(&tx).await?;
        let status = row.status;
        let row = settle(&tx, row.clone(), status, Due::AsBefore).await?;
        let words = format!("{} found {}", kind.name(), if bad { "bad" } else { "good" });
        let detail = json!({ "contact_point": point, "bad": bad });
        let what = TimelineKind::ContactPointFlagged;
        timeline::record(&tx, (&row).into(), what, words, Some(detail)).await?;
        note(&tx, "account.flag_contact_point", id, point, Some(bad)).await?;
        let shown = show(&tx, actor, row).await?;
        tx.commit().await?;
        return Ok(shown);
    }
    let shown = show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

fn read(reach: Reach) -> Result<contact_point::ActiveModel, ContactPointRefused> {
    let mut point = contact_point::ActiveModel {
        value: Set(None),
        address1: Set(None),
        address2: Set(None),
        city: Set(None),
        state: Set(None),
        zip: Set(None),
        country: Set(None),
        phone_type: Set(None),
        ..Default::default()
    };
    match reach {
        Reach::Phone(number, kind) => {
            let number = read_phone(&number).ok_or(ContactPointRefused::Phone)?;
            let kind = kind.as_deref().unwrap_or("unknown");
            let kind = PhoneType::read(kind).ok_or(ContactPointRefused::PhoneType)?;
            point.kind = Set(ContactPointKind::Phone);
            point.value = Set(Some(number));
            point.phone_type = Set(Some(kind.name().to_owned()));
        }
        Reach::Email(address) => {
            let address = read_email(&address).ok_or(ContactPointRefused::Email)?;
            point.kind = Set(ContactPointKind::Email);
            point.value = Set(Some(address.to_lowercase()));
        }
        Reach::Address { address1, address2, city, state, zip, country } => {
            let country = country.as_deref().unwrap_or("US");
            let country = read_country(country).ok_or(ContactPointRefused::Address)?;
            let state = read_state(&state, &country).ok_or(ContactPointRefused::Address)?;
            let zip = read_zip(&zip, &country).ok_or(ContactPointRefused::Address)?.zip;
            let line = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            let street = line(address1).ok_or(ContactPointRefused::Address)?;
            let city = line(city).ok_or(ContactPointRefused::Address)?;
            point.kind = Set(ContactPointKind::Address);
            point.address1 = Set(Some(street));
            point.address2 = Set(address2.and_then(line));
            point.city = Set(Some(city));
            point.state = Set(Some(state));
            point.zip = Set(Some(zip));
            point.country = Set(Some(country));
        }
    }
    Ok(point)
}

async fn refuse_known(
    tx: &Tx,
    party: &party::Model,
    new: &contact_point::ActiveModel,
) -> Result<(), ContactPointRefused> {
    let rows = contact_point::in_agency(tx.agency())
        .filter(contact_point::Column::AccountId.eq(party.account_id))
        .filter(contact_point::Column::PartyId.eq(party.id))
        .all(tx)
        .await?;
    let known = rows.iter().any(|row| {
        new.kind.as_ref() == &row.kind
            && new.value.as_ref() == &row.value
            && new.address1.as_ref() == &row.address1
            && new.zip.as_ref() == &row.zip
    });
    if known { Err(ContactPointRefused::Known) } else { Ok(()) }
}

async fn note(
    tx: &Tx,
    action: &'static str,
    account: AccountId,
    point: ContactPointId,
    bad: Option<bool>,
) -> Result<(), kernel::stop::Fault> {
    audit::write(
        tx,
        audit::Entry {
            action,
            subject_type: "account",
            subject_id: Some(account.0),
            after: Some(json!({ "contact_point": point, "bad": bad })),
            ..audit::Entry::default()
        },
    )
    .await
}
