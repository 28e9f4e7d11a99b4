//! Packets: the accounts of one person. The import links by SSN or identity; people correct it.

use crate::credits;
use accounts::{Account, lock, show};
use domain::reason;
use domain::timeline::TimelineKind;
use domain::{AccountId, DebtorId, DeskId, Permission};
use entity::{account, debtor};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set, raw_sql};
use serde_json::json;

/// Why accounts are not linked or unlinked.
#[derive(Debug, thiserror::Error)]
pub enum LinkRefused {
    /// They are in one packet already.
    #[error("both accounts are in one packet already")]
    SamePacket,
    /// It is alone in its packet.
    #[error("the account is alone in its packet")]
    Alone,
    /// A payment is under way; whose it is must not change meanwhile.
    #[error("a payment of this account is under way; try again when it is done")]
    PaymentUnderWay,
    /// A reason is missing or too long.
    #[error("say why, in at most 500 characters")]
    NoReason,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(LinkRefused);

impl Refused for LinkRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::SamePacket | Self::Alone | Self::PaymentUnderWay => Kind::Conflict,
            Self::NoReason => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::SamePacket => "same_packet",
            Self::Alone => "alone_in_packet",
            Self::PaymentUnderWay => "payment_under_way",
            Self::NoReason => "reason_required",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoReason => Some("/reason"),
            Self::SamePacket | Self::Alone | Self::PaymentUnderWay | Self::Stop(_) => None,
        }
    }
}

/// Moves an account into the packet of another: the same person owes both. It follows to the
/// packet's desk. The person will see both at the portal.
pub async fn link(
    app: &App,
    actor: &Actor,
    id: AccountId,
    with: AccountId,
    why: &str,
) -> Result<Account, LinkRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let why = reason(why).ok_or(LinkRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    // One order for every pair, so that two links never wait for each other.
    let (first, second) = if id < with { (id, with) } else { (with, id) };
    let (first, second) =
        (lock(&tx, actor, first, None).await?, lock(&tx, actor, second, None).await?);
    let (row, other) = if first.id == id { (first, second) } else { (second, first) };
    if row.debtor_id == other.debtor_id {
        return Err(LinkRefused::SamePacket);
    }
    let (left, desk) = (row.debtor_id, other.desk_id.or(row.desk_id));
    let row = shift(&tx, row, other.debtor_id, desk).await?;
    hand_on(&tx, left, other.debtor_id).await?;
    let detail = json!({ "with": with, "reason": why });
    let words = format!("Linked with another account of the same person: {why}");
    timeline::record(&tx, (&row).into(), TimelineKind::Linked, words, Some(detail)).await?;
    trail(&tx, "account.link", &row, json!({ "with": with }), why).await?;
    let shown = show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Takes an account out of its packet: another person owes it. It keeps its desk.
pub async fn unlink(
    app: &App,
    actor: &Actor,
    id: AccountId,
    why: &str,
) -> Result<Account, LinkRefused> {
    actor.require_agency(Permission::AccountWrite)?;
    let why = reason(why).ok_or(LinkRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    let row = lock(&tx, actor, id, None).await?;
    let alone = account::in_agency(tx.agency())
        .filter(account::Column::DebtorId.eq(row.debtor_id))
        .filter(account::Column::Id.ne(id))
        .one(&tx)
        .await?
        .is_none();
    if alone {
        return Err(LinkRefused::Alone);
    }
    let (from, desk) = (row.debtor_id, row.desk_id);
    let own = another_debtor(&tx, from).await?;
    let row = shift(&tx, row, own, desk).await?;
    let words = format!("Taken out of its packet: {why}");
    let detail = json!({ "reason": why });
    timeline::record(&tx, (&row).into(), TimelineKind::Unlinked, words, Some(detail)).await?;
    trail(&tx, "account.unlink", &row, json!({ "from": from }), why).await?;
    let shown = show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// A debtor who is left without accounts is found no more: what the import finds a person by goes to
/// the debtor who took the accounts, where that one has none of its own.
async fn hand_on(tx: &Tx, left: DebtorId, to: DebtorId) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"WITH empty AS (
               SELECT d.id, d.ssn_index, d.identity_index FROM debtor d
               WHERE d.agency_id = {agency} AND d.id = {left}
                 AND NOT EXISTS (SELECT FROM account a WHERE a.agency_id = {agency} AND a.debtor_id = {left})),
           given AS (
               UPDATE debtor SET ssn_index = coalesce(debtor.ssn_index, empty.ssn_index),
                      identity_index = coalesce(debtor.identity_index, empty.identity_index)
               FROM empty WHERE debtor.agency_id = {agency} AND debtor.id = {to})
           UPDATE debtor SET ssn_index = NULL, identity_index = NULL
           FROM empty WHERE debtor.agency_id = {agency} AND debtor.id = empty.id"#
    ))
    .await?;
    Ok(())
}

/// A debtor without blind indexes: a person decided who it is, so the import does not match it.
async fn another_debtor(tx: &Tx, like: DebtorId) -> Result<DebtorId, LinkRefused> {
    let like = debtor::Entity::find_by_id((tx.agency(), like))
        .one(tx)
        .await?
        .ok_or(Fault::Unexpected("an account without a debtor"))?;
    let id = DebtorId(random::uuid());
    debtor::Entity::insert(debtor::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        language: Set(like.language),
        ssn_index: Set(None),
        identity_index: Set(None),
        name_key: Set(like.name_key),
        needs_review: Set(false),
        created_at: Set(tx.now()),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(id)
}

/// Gives the account, and what hangs on it, to another debtor. Ledger and timeline are append-only:
/// what was written before stays under the debtor of its day; a credit is moved along.
async fn shift(
    tx: &Tx,
    row: account::Model,
    to: DebtorId,
    desk: Option<DeskId>,
) -> Result<account::Model, LinkRefused> {
    let (agency, id) = (tx.agency(), row.id);
    let under_way = tx
        .query_one_raw(raw_sql!(
            Postgres,
            r#"SELECT 1 FROM payment WHERE agency_id = {agency} AND account_id = {id}
               AND state IN ('created', 'session_open', 'processing') LIMIT 1"#
        ))
        .await?;
    if under_way.is_some() {
        return Err(LinkRefused::PaymentUnderWay);
    }
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"WITH parties AS (UPDATE party SET debtor_id = {to}
               WHERE agency_id = {agency} AND account_id = {id} AND debtor_id IS NOT NULL),
           points AS (UPDATE contact_point SET debtor_id = {to}
               WHERE agency_id = {agency} AND account_id = {id} AND debtor_id IS NOT NULL),
           restrictions AS (UPDATE restriction SET debtor_id = {to}
               WHERE agency_id = {agency} AND account_id = {id}),
           payments AS (UPDATE payment SET debtor_id = {to}
               WHERE agency_id = {agency} AND account_id = {id}),
           lines AS (UPDATE payment_line l SET debtor_id = {to} FROM payment p
               WHERE l.agency_id = {agency} AND p.agency_id = {agency} AND p.id = l.payment_id
                 AND p.account_id = {id})
           UPDATE account SET debtor_id = {to}, desk_id = {desk}, version = version + 1
           WHERE agency_id = {agency} AND id = {id}"#
    ))
    .await?;
    let from = row.debtor_id;
    let row = account::Entity::find_by_id((agency, id))
        .one(tx)
        .await?
        .ok_or(Fault::Unexpected("the account is gone"))?;
    credits::follow_debtor(tx, &row, from).await?;
    Ok(row)
}

async fn trail(
    tx: &Tx,
    action: &'static str,
    row: &account::Model,
    before: serde_json::Value,
    why: String,
) -> Result<(), Fault> {
    audit::write(
        tx,
        audit::Entry {
            action,
            subject_type: "account",
            subject_id: Some(row.id.0),
            before: Some(before),
            after: Some(json!({ "debtor": row.debtor_id })),
            reason: Some(why),
        },
    )
    .await
}
