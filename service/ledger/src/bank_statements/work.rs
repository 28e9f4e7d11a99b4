//! Working what could not be matched: by hand, each step in the audit trail.

use super::matching::{self, tie};
use crate::transfers::{self, Cause};
use chrono::{Days, NaiveDate};
use domain::bank_statement::LineState;
use domain::books::{self, Move};
use domain::ledger::Ledger;
use domain::posting::held_in;
use domain::{BankLineId, Money, PaymentId, Permission, TxnId};
use entity::{bank_line, bank_match, payment, trust_account};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::stop::{Fault, Kind, Refused, Stop};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Set,
    raw_sql,
};
use serde_json::json;

/// Why a line of the bank is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum WorkRefused {
    /// It is matched or noted.
    #[error("the line has been worked already; undo its match first")]
    NotOpen,
    /// There is nothing to undo.
    #[error("the line is not matched")]
    NotMatched,
    /// Undoing would leave money in the books that nothing stands for.
    #[error("the line was posted to the unidentified money: assign it to a payment instead")]
    PostedByHand,
    /// A movement is matched with another line, or is none of this account's.
    #[error("movement {0} is no unmatched movement of this trust account")]
    NotAMovement(TxnId),
    /// The sums differ.
    #[error("the movements make {movements}, the line is {line}")]
    DoesNotSum {
        /// Of the books.
        movements: Money,
        /// Of the bank.
        line: Money,
    },
    /// Nobody said why.
    #[error("say why, in 1 to 500 characters")]
    NoNote,
    /// Money that went out is not from an unknown payer.
    #[error("only money that came in can be unidentified")]
    WentOut,
    /// It was not posted as unidentified, or was assigned before.
    #[error("the line is not among the unidentified money")]
    NotUnidentified,
    /// The payment has another amount.
    #[error("the payment is {payment}, the line is {line}")]
    OtherAmount {
        /// Of the payment.
        payment: Money,
        /// Of the bank.
        line: Money,
    },
    /// It did not go through the trust bank account, or has not posted.
    #[error("the payment did not reach the trust bank account by itself")]
    NotInTheBank,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(WorkRefused);

impl Refused for WorkRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotOpen
            | Self::NotMatched
            | Self::PostedByHand
            | Self::NotAMovement(_)
            | Self::NotUnidentified
            | Self::NotInTheBank => Kind::Conflict,
            Self::DoesNotSum { .. } | Self::NoNote | Self::WentOut | Self::OtherAmount { .. } => {
                Kind::Invalid
            }
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotOpen => "bank_line_not_open",
            Self::NotMatched => "bank_line_not_matched",
            Self::PostedByHand => "bank_line_posted",
            Self::NotAMovement(_) => "not_a_movement",
            Self::DoesNotSum { .. } => "match_does_not_sum",
            Self::NoNote => "note_needed",
            Self::WentOut => "money_went_out",
            Self::NotUnidentified => "not_unidentified",
            Self::OtherAmount { .. } => "payment_of_other_amount",
            Self::NotInTheBank => "payment_not_in_bank",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::DoesNotSum { movements, line } => vec![
                ("movements", json!(movements.to_decimal())),
                ("line", json!(line.to_decimal())),
            ],
            Self::OtherAmount { payment, line } => {
                vec![("payment", json!(payment.to_decimal())), ("line", json!(line.to_decimal()))]
            }
            Self::NotAMovement(txn) => vec![("transaction", json!(txn))],
            Self::NotOpen
            | Self::NotMatched
            | Self::PostedByHand
            | Self::NoNote
            | Self::WentOut
            | Self::NotUnidentified
            | Self::NotInTheBank
            | Self::Once(_)
            | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NotOpen
            | Self::NotMatched
            | Self::PostedByHand
            | Self::NotAMovement(_)
            | Self::DoesNotSum { .. }
            | Self::NoNote
            | Self::WentOut
            | Self::NotUnidentified
            | Self::OtherAmount { .. }
            | Self::NotInTheBank => None,
        }
    }
}

/// The line, with its trust account locked before it.
async fn lock(tx: &Tx, id: BankLineId) -> Result<bank_line::Model, Stop> {
    let find = || bank_line::Entity::find_by_id((tx.agency(), id));
    let seen = find().one(tx).await?.ok_or(Stop::NotFound("bank line"))?;
    trust_account::Entity::find_by_id((tx.agency(), seen.trust_account_id))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    find().lock_exclusive().one(tx).await?.ok_or(Stop::NotFound("bank line"))
}

fn said(note: &str) -> Result<(), WorkRefused> {
    let said = !note.trim().is_empty() && note.chars().count() <= 500;
    if said { Ok(()) } else { Err(WorkRefused::NoNote) }
}

async fn trail(
    tx: &Tx,
    action: &'static str,
    id: BankLineId,
    after: serde_json::Value,
    reason: Option<String>,
) -> Result<(), Fault> {
    let entry = audit::Entry {
        action,
        subject_type: "bank_line",
        subject_id: Some(id.0),
        before: None,
        after: Some(after),
        reason,
    };
    audit::write(tx, entry).await
}

/// Matches an open line with movements of the books that sum to it.
pub async fn match_line(
    app: &App,
    actor: &Actor,
    id: BankLineId,
    txns: Vec<TxnId>,
    note: Option<String>,
) -> Result<(), WorkRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    if let Some(note) = &note {
        said(note)?;
    }
    let tx = app.begin(actor).await?;
    let line = lock(&tx, id).await?;
    if line.state != LineState::Open {
        return Err(WorkRefused::NotOpen);
    }
    let until = line.booked_on + Days::new(3_650);
    let free = matching::unmatched(&tx, line.trust_account_id, until).await?;
    let mut amounts = Vec::new();
    for txn in &txns {
        let found = free.iter().find(|one| one.txn_id == *txn);
        amounts.push(found.ok_or(WorkRefused::NotAMovement(*txn))?.amount);
    }
    let movements =
        Money::total(amounts).map_err(|_| Fault::Unexpected("amounts that are too large"))?;
    if txns.is_empty() || movements != line.amount {
        return Err(WorkRefused::DoesNotSum { movements, line: line.amount });
    }
    trail(&tx, "bank_line.match", id, json!({"transactions": txns}), note.clone()).await?;
    tie(&tx, line, &txns, "hand", note).await?;
    tx.commit().await?;
    Ok(())
}

/// Undoes a match or a note: the line is open again.
pub async fn unmatch(app: &App, actor: &Actor, id: BankLineId) -> Result<(), WorkRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    let line = lock(&tx, id).await?;
    if line.state == LineState::Open {
        return Err(WorkRefused::NotMatched);
    }
    if line.unidentified_id.is_some() {
        return Err(WorkRefused::PostedByHand);
    }
    bank_match::Entity::delete_many()
        .filter(bank_match::Column::AgencyId.eq(tx.agency()))
        .filter(bank_match::Column::BankLineId.eq(id))
        .exec(&tx)
        .await?;
    let (was, version) = (line.state, line.version);
    let mut row: bank_line::ActiveModel = line.into();
    row.state = Set(LineState::Open);
    row.matched_by = Set(None);
    row.note = Set(None);
    row.worked_at = Set(Some(tx.now()));
    row.worked_by = Set(Some(tx.signature().name.clone()));
    row.version = Set(version + 1);
    row.update(&tx).await?;
    trail(&tx, "bank_line.unmatch", id, json!({"was": was}), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks an open line: the books have nothing for it, and a person says why.
pub async fn note(
    app: &App,
    actor: &Actor,
    id: BankLineId,
    note: String,
) -> Result<(), WorkRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    said(&note)?;
    let tx = app.begin(actor).await?;
    let line = lock(&tx, id).await?;
    if line.state != LineState::Open {
        return Err(WorkRefused::NotOpen);
    }
    let version = line.version;
    let mut row: bank_line::ActiveModel = line.into();
    row.state = Set(LineState::Noted);
    row.note = Set(Some(note.clone()));
    row.worked_at = Set(Some(tx.now()));
    row.worked_by = Set(Some(tx.signature().name.clone()));
    row.version = Set(version + 1);
    row.update(&tx).await?;
    trail(&tx, "bank_line.note", id, json!({"state": LineState::Noted}), Some(note)).await?;
    tx.commit().await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Txn {
    txn_id: TxnId,
}

async fn txn_of(tx: &Tx, id: BankLineId, effect: &str) -> Result<TxnId, Stop> {
    let agency = tx.agency();
    let row = Txn::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT txn_id FROM transfer
           WHERE agency_id = {agency} AND source_type = 'bank_line' AND source_id = {id}
             AND effect = {effect} LIMIT 1"#
    ))
    .one(tx)
    .await?;
    Ok(row.ok_or(Fault::Unexpected("a posting that is not there"))?.txn_id)
}

fn cause(id: BankLineId, effect: &'static str, on: NaiveDate) -> Cause {
    Cause { source_type: "bank_line", source_id: id.0, effect, effective_on: on }
}

/// Posts an open line that came in to the unidentified money: it is in the bank, and nobody's yet.
pub async fn post_unidentified(
    app: &App,
    actor: &Actor,
    id: BankLineId,
    once: &Once,
) -> Result<Answer<BankLineId>, WorkRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let line = lock(&tx, id).await?;
    if line.state != LineState::Open {
        return Err(WorkRefused::NotOpen);
    }
    if !line.amount.is_positive() {
        return Err(WorkRefused::WentOut);
    }
    let (amount, trust) = (line.amount, line.trust_account_id);
    // A line whose posting was undone by an assignment is never open again, so the cause is new.
    let moves = books::unidentified(amount);
    transfers::write(&tx, cause(id, "unidentified", line.booked_on), trust, &moves).await?;
    let txn = txn_of(&tx, id, "unidentified").await?;
    let mut row: bank_line::ActiveModel = line.into();
    row.unidentified_id = Set(Some(txn.0));
    let line = row.update(&tx).await?;
    tie(&tx, line, &[txn], "posted", None).await?;
    trail(&tx, "bank_line.unidentified", id, json!({"amount": amount.to_decimal()}), None).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    Ok(Answer::first(id))
}

/// The payer was found: takes unidentified money back out for a payment of the same amount that was
/// entered for it.
pub async fn assign(
    app: &App,
    actor: &Actor,
    id: BankLineId,
    payment: PaymentId,
    once: &Once,
) -> Result<Answer<BankLineId>, WorkRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let line = lock(&tx, id).await?;
    if line.unidentified_id.is_none() || line.payment_id.is_some() {
        return Err(WorkRefused::NotUnidentified);
    }
    let paid = payment::Entity::find_by_id((tx.agency(), payment))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    if paid.amount != line.amount {
        return Err(WorkRefused::OtherAmount { payment: paid.amount, line: line.amount });
    }
    let in_bank = paid.posted_at.is_some()
        && paid.kind.moves_trust()
        && !paid.kind.is_return()
        && held_in(paid.method) == Ledger::TrustCash;
    if !in_bank {
        return Err(WorkRefused::NotInTheBank);
    }
    let until = line.booked_on + Days::new(3_650);
    let free = matching::unmatched(&tx, line.trust_account_id, until).await?;
    let entered = free
        .iter()
        .find(|one| one.source_type == "payment" && one.source_id == payment.0)
        .map(|one| one.txn_id)
        .ok_or(WorkRefused::NotInTheBank)?;
    let moves: Vec<Move> = books::unidentified(line.amount)
        .into_iter()
        .map(|it| Move { debit: it.credit, credit: it.debit, ..it })
        .collect();
    let (trust, booked_on) = (line.trust_account_id, line.booked_on);
    transfers::write(&tx, cause(id, "assigned", booked_on), trust, &moves).await?;
    let back = txn_of(&tx, id, "assigned").await?;
    let mut row: bank_line::ActiveModel = line.into();
    row.payment_id = Set(Some(payment));
    let line = row.update(&tx).await?;
    tie(&tx, line, &[back, entered], "posted", None).await?;
    trail(&tx, "bank_line.assign", id, json!({"payment": payment}), None).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    Ok(Answer::first(id))
}
