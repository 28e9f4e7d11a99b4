//! Logging the result of work on an account.

use super::agent;
use accounts::agreements::ground;
use accounts::agreements::promises::{self, NewPromises, PromiseRefused};
use accounts::work::{Due, settle};
use accounts::{self, Account};
use chrono::{DateTime, NaiveDate, Utc};
use domain::account::{AccountStatus, Disposition, Transition, TransitionFacts, transition};
use domain::arrangement::Channel;
use domain::payment::PaymentMethod;
use domain::timeline::TimelineKind;
use domain::worklist::{BadTime, WorkClass, due_again};
use domain::{AccountId, Amount, Currency, Permission, UserId};
use entity::{account, work_result};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::clock::start_of_day;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Set, raw_sql};
use serde_json::{Value, json};

/// What came of the work.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The result.
    pub disposition: Disposition,
    /// What the agent writes about it, at most 4000 characters; never shown to the creditor.
    pub note: Option<String>,
    /// The time that was agreed, of the call back; a promise has its own day.
    pub at: Option<DateTime<Utc>>,
    /// What was promised, where the result is a promise.
    pub promise: Option<Promised>,
}

/// What a debtor promised on the phone.
#[derive(Debug, Clone)]
pub struct Promised {
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// By when.
    pub due_on: NaiveDate,
    /// How the debtor means to pay.
    pub method: PaymentMethod,
}

/// Why a result is not logged.
#[derive(Debug, thiserror::Error)]
pub enum ResultRefused {
    /// A colleague has it in hand.
    #[error("a colleague has this account in hand")]
    InOtherHands,
    /// The time does not fit.
    #[error(transparent)]
    Time(#[from] BadTime),
    /// The note is too long.
    #[error("the note has at most {} characters", accounts::LONGEST_NOTE)]
    NoteTooLong,
    /// Nothing is owed, or the status does not lead to a promise.
    #[error("a promise is taken only on an account that is worked and owes something")]
    NoPromise,
    /// A promise without amount and day is no promise.
    #[error("say how much was promised, by which day, and how it is paid")]
    PromiseMissing,
    /// Amount and day belong to a promise only.
    #[error("only the result \"promise to pay\" has a promise")]
    PromiseMisplaced,
    /// The promise is not taken; nothing is logged then.
    #[error(transparent)]
    Promise(#[from] PromiseRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ResultRefused);

impl Refused for ResultRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::InOtherHands | Self::NoPromise => Kind::Conflict,
            Self::Time(_) | Self::NoteTooLong | Self::PromiseMissing | Self::PromiseMisplaced => {
                Kind::Invalid
            }
            Self::Promise(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::InOtherHands => "in_other_hands",
            Self::Time(BadTime::Missing) => "call_back_time_required",
            Self::Time(BadTime::Past) => "time_in_the_past",
            Self::Time(BadTime::TooFar) => "time_too_far",
            Self::NoteTooLong => "note_length",
            Self::NoPromise => "promise_not_allowed",
            Self::PromiseMissing => "promise_required",
            Self::PromiseMisplaced => "promise_misplaced",
            Self::Promise(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Time(_) => Some("/at"),
            Self::NoteTooLong => Some("/note"),
            Self::NoPromise => Some("/disposition"),
            Self::PromiseMissing | Self::PromiseMisplaced => Some("/promise"),
            Self::Promise(err) => err.pointer().map(|_| "/promise"),
            Self::InOtherHands | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Promise(err) => err.facts(),
            Self::InOtherHands
            | Self::Time(_)
            | Self::NoteTooLong
            | Self::NoPromise
            | Self::PromiseMissing
            | Self::PromiseMisplaced => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Promise(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::InOtherHands
            | Self::Time(_)
            | Self::NoteTooLong
            | Self::NoPromise
            | Self::PromiseMissing
            | Self::PromiseMisplaced => None,
        }
    }
}

/// Logs the result of work on an account, whoever took it from the worklist or opened it because
/// the debtor called. The disposition decides status, restriction and next date (domain rule 2.2);
/// the lease ends; the rest of the packet waits until then too, but for its own call backs and
/// promises. A promise to pay is taken with it, under the agent's limits, and its day is the next
/// date. `seen` is the version the agent looked at: a result that is sent twice is logged once.
pub async fn log_result(
    app: &App,
    actor: &Actor,
    id: AccountId,
    seen: Option<i64>,
    outcome: Outcome,
) -> Result<Account, ResultRefused> {
    let user = agent(actor)?;
    let Outcome { disposition, note, at, promise } = outcome;
    let note = note.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if note.as_ref().is_some_and(|text| text.chars().count() > accounts::LONGEST_NOTE) {
        return Err(ResultRefused::NoteTooLong);
    }
    let tx = app.begin(actor).await?;
    let row = accounts::lock(&tx, actor, id, seen).await?;
    let live = row.lease_until.is_some_and(|till| till > tx.now());
    if live && row.lease_user_id != Some(user) {
        return Err(ResultRefused::InOtherHands);
    }
    let before = row.status;
    let promised = disposition.meaning().status == Some(AccountStatus::Promise);
    if promised && !may_promise(&row) {
        return Err(ResultRefused::NoPromise);
    }
    let promise = match (promised, promise) {
        (true, Some(promise)) => Some(promise),
        (false, None) => None,
        (true, None) => return Err(ResultRefused::PromiseMissing),
        (false, Some(_)) => return Err(ResultRefused::PromiseMisplaced),
    };
    let due_at = match &promise {
        Some(promise) => {
            let zone = kernel::agency::own(&tx).await?.time_zone;
            Some(start_of_day(&zone, promise.due_on).max(tx.now()))
        }
        None => due_again(disposition, at, tx.now())?,
    };
    // First the result: the class of the work that follows looks at when it was worked.
    record(&tx, user, &row, (disposition, note.clone(), due_at)).await?;
    let row = free(&tx, row).await?;
    let row = match promise {
        Some(promise) => take_promise(&tx, actor, row, promise).await?,
        None => follow(&tx, row, disposition, due_at).await?,
    };
    if let Some(due_at) = due_at {
        let followers = hold_followers(&tx, &row, due_at).await?;
        tracing::debug!(account = %id, followers, "result logged");
    }
    let words = match &note {
        None => disposition.words().to_owned(),
        Some(note) => format!("{}: {note}", disposition.words()),
    };
    let detail = json!({ "disposition": disposition.code(), "next_work_at": row.next_work_at });
    timeline::record(&tx, (&row).into(), TimelineKind::Worked, words, Some(detail)).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "worklist.log_result",
            subject_type: "account",
            subject_id: Some(id.0),
            before: Some(json!({ "status": before.code() })),
            after: Some(json!({
                "status": row.status.code(), "disposition": disposition.code(),
                "next_work_at": row.next_work_at,
            })),
            reason: None,
        },
    )
    .await?;
    let shown = accounts::show(&tx, actor, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Gives the account the status, the restriction and the date that the disposition means.
async fn follow(
    tx: &Tx,
    row: account::Model,
    disposition: Disposition,
    due_at: Option<DateTime<Utc>>,
) -> Result<account::Model, Stop> {
    let (row, restrictions) = match disposition.meaning().restriction {
        None => (row, Vec::new()),
        Some(kind) => {
            let row =
                accounts::lifecycle::restrict(tx, row, kind, disposition.words(), None).await?;
            let restrictions = accounts::restrictions_on(tx, row.id).await?;
            (row, restrictions)
        }
    };
    let facts = TransitionFacts {
        owed: accounts::owed_on(&row),
        restrictions: &restrictions,
        placed_again: false,
    };
    let status = transition(row.status, Transition::Logged(disposition), &facts)
        .map_err(|_| Fault::Unexpected("a result that refuses a status"))?;
    let due = match due_at {
        None => Due::Never,
        Some(at) if disposition == Disposition::CallBack => Due::CallBack(at),
        Some(at) => Due::At(at),
    };
    Ok(settle(tx, row, status, due).await?)
}

/// Takes the promise that was given on the phone; the account then waits for its day.
async fn take_promise(
    tx: &Tx,
    actor: &Actor,
    row: account::Model,
    promise: Promised,
) -> Result<account::Model, ResultRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let new = NewPromises {
        account: row.id,
        promises: vec![(promise.amount, promise.due_on)],
        currency: promise.currency,
        method: promise.method,
        channel: Channel::Phone,
        colleague: None,
    };
    let ground = ground(tx, row).await?;
    let (_, row) = promises::agree(tx, actor, ground, &new).await?;
    Ok(row)
}

fn may_promise(row: &account::Model) -> bool {
    let ready =
        row.status == AccountStatus::Promise || row.status.may_become(AccountStatus::Promise);
    ready && accounts::owed_on(row).is_positive()
}

async fn record(
    tx: &Tx,
    user: UserId,
    row: &account::Model,
    (disposition, note, next_work_at): (Disposition, Option<String>, Option<DateTime<Utc>>),
) -> Result<(), Fault> {
    let meaning = disposition.meaning();
    work_result::Entity::insert(work_result::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(random::uuid()),
        account_id: Set(row.id),
        user_id: Set(user),
        disposition: Set(disposition),
        attempt: Set(meaning.attempt),
        conversation: Set(meaning.conversation),
        note: Set(note),
        next_work_at: Set(next_work_at),
        at: Set(tx.now()),
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

/// Ends the lease.
async fn free(tx: &Tx, row: account::Model) -> Result<account::Model, Fault> {
    if row.lease_user_id.is_none() {
        return Ok(row);
    }
    let mut changed = row.into_active_model();
    changed.lease_user_id = Set(None);
    changed.lease_until = Set(None);
    Ok(changed.update(tx).await?)
}

/// The whole packet was worked: its other accounts come no earlier than this one, but for promises
/// and call backs, which have a day of their own.
async fn hold_followers(tx: &Tx, row: &account::Model, until: DateTime<Utc>) -> Result<u64, Fault> {
    let (agency, debtor, id) = (tx.agency(), row.debtor_id, row.id);
    let (call_back, promise) = (WorkClass::CallBack.rank(), WorkClass::PromiseDue.rank());
    let done = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE account SET next_work_at = {until}, version = version + 1
               WHERE agency_id = {agency} AND debtor_id = {debtor} AND id <> {id} AND closed_at IS NULL
                 AND next_work_at < {until} AND work_class NOT IN ({call_back}, {promise})"#
        ))
        .await?;
    Ok(done.rows_affected())
}
