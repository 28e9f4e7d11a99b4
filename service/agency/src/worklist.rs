//! The worklist: `next` hands an agent the next account with a lease, a logged result gives it back
//! with a date (domain rule 2.11).

mod result;

pub use result::{Outcome, Promised, ResultRefused, log_result};

use accounts::{self, Account};
use chrono::{DateTime, Duration, Utc};
use domain::worklist::{LEASE_MINUTES, WorkClass};
use domain::{AccountId, DeskId, Permission, UserId};
use entity::{account, desk};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::window::{Part, Window};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Set, raw_sql,
};
use serde_json::json;

/// Why an account is not handed out or given back.
#[derive(Debug, thiserror::Error)]
pub enum WorkRefused {
    /// The account is not in this agent's hands (any more).
    #[error("you do not have this account in hand, or no longer; take the next one")]
    NotInHand,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(WorkRefused);

impl Refused for WorkRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotInHand => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotInHand => "not_in_hand",
            Self::Stop(stop) => stop.code(),
        }
    }
}

/// An account in an agent's hands.
#[derive(Debug, Clone)]
pub struct InHand {
    /// The account.
    pub account: Account,
    /// Until when nobody else gets it.
    pub until: DateTime<Utc>,
}

/// An agent's work at a glance.
#[derive(Debug, Clone)]
pub struct Mine {
    /// What the agent has in hand.
    pub in_hand: Option<InHand>,
    /// How much is due now, by class, in the order of work.
    pub due: Vec<(WorkClass, u64)>,
    /// The desks that the agent draws from: the own ones, then the pools.
    pub desks: Vec<(DeskId, String)>,
}

/// Where a list of due work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The class of the last row seen.
    pub class: WorkClass,
    /// Its date.
    pub due_at: DateTime<Utc>,
    /// The account.
    pub account: AccountId,
}

/// Hands out the next account, with a lease of [`LEASE_MINUTES`]; none when nothing is due. Whoever
/// has one in hand gets the same again, so a double click takes nothing twice.
pub async fn next(app: &App, actor: &Actor) -> Result<Option<InHand>, Stop> {
    let user = agent(actor)?;
    let tx = app.begin(actor).await?;
    let mut taken = None;
    lock_agent(&tx, user).await?;
    if let Some(held) = renew(&tx, user).await? {
        taken = Some(held);
    } else {
        for (desk, _) in desks_of(&tx, user).await? {
            taken = take(&tx, user, desk).await?;
            if taken.is_some() {
                break;
            }
        }
    }
    let in_hand = match taken {
        None => None,
        Some(id) => Some(in_hand(&tx, actor, accounts::get(&tx, actor, id).await?).await?),
    };
    tx.commit().await?;
    Ok(in_hand)
}

/// Gives an account back without a result. It comes again after what is due already in its class,
/// and the leaving is counted.
pub async fn release(app: &App, actor: &Actor, id: AccountId) -> Result<(), WorkRefused> {
    let user = agent(actor)?;
    let tx = app.begin(actor).await?;
    let row = accounts::lock(&tx, actor, id, None).await?;
    let held =
        row.lease_user_id == Some(user) && row.lease_until.is_some_and(|till| till > tx.now());
    if !held {
        return Err(WorkRefused::NotInHand);
    }
    let (lapses, version) = (row.lapses, row.version);
    let mut changed = row.into_active_model();
    changed.lease_user_id = Set(None);
    changed.lease_until = Set(None);
    changed.lapses = Set(lapses + 1);
    changed.next_work_at = Set(Some(tx.now()));
    changed.version = Set(version + 1);
    changed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "worklist.release",
            subject_type: "account",
            subject_id: Some(id.0),
            after: Some(json!({ "lapses": lapses + 1 })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// What the agent has in hand, and how much is due by class.
pub async fn mine(app: &App, actor: &Actor) -> Result<Mine, Stop> {
    let user = agent(actor)?;
    let tx = app.begin(actor).await?;
    let desks = desks_of(&tx, user).await?;
    let held = account::in_agency(tx.agency())
        .filter(account::Column::LeaseUserId.eq(user))
        .filter(account::Column::LeaseUntil.gt(tx.now()))
        .one(&tx)
        .await?;
    let in_hand = match held {
        None => None,
        Some(row) => Some(in_hand(&tx, actor, row).await?),
    };
    let due = due_by_class(&tx, &desks).await?;
    tx.commit().await?;
    Ok(Mine { in_hand, due, desks })
}

/// The due accounts of the agent's desks, in the order of work. A look only: nothing is taken, and
/// the followers of a packet are shown too.
pub async fn due(app: &App, actor: &Actor, window: Window<Place>) -> Result<Part<Account>, Stop> {
    use account::Column as C;
    let user = agent(actor)?;
    let tx = app.begin(actor).await?;
    let desks: Vec<DeskId> = desks_of(&tx, user).await?.into_iter().map(|(id, _)| id).collect();
    let mut rows = account::in_agency(tx.agency())
        .filter(C::DeskId.is_in(desks))
        .filter(C::ClosedAt.is_null())
        .filter(C::NextWorkAt.lte(tx.now()));
    if let Some(Place { class, due_at, account }) = window.after {
        let class = class.rank();
        let later = Condition::any()
            .add(C::WorkClass.gt(class))
            .add(Condition::all().add(C::WorkClass.eq(class)).add(C::NextWorkAt.gt(due_at)))
            .add(
                Condition::all()
                    .add(C::WorkClass.eq(class))
                    .add(C::NextWorkAt.eq(due_at))
                    .add(C::Id.gt(account)),
            );
        rows = rows.filter(later);
    }
    let rows = rows
        .order_by_asc(C::WorkClass)
        .order_by_asc(C::NextWorkAt)
        .order_by_asc(C::Id)
        .limit(window.one_more())
        .all(&tx)
        .await?;
    let part = window.cut(rows);
    let shown = accounts::show_all(&tx, actor, &part.rows).await?;
    tx.commit().await?;
    Ok(Part { rows: shown, more: part.more })
}

/// The person who works: a member of staff who may.
fn agent(actor: &Actor) -> Result<UserId, Stop> {
    actor.require_agency(Permission::WorklistWork)?;
    actor.user().ok_or(Stop::Forbidden(Permission::WorklistWork))
}

async fn in_hand(tx: &Tx, actor: &Actor, row: account::Model) -> Result<InHand, Fault> {
    let until = row.lease_until.ok_or(Fault::Unexpected("an account in hand without a lease"))?;
    Ok(InHand { account: accounts::show(tx, actor, row).await?, until })
}

/// Two clicks of one agent at once come one after the other.
async fn lock_agent(tx: &Tx, user: UserId) -> Result<(), Fault> {
    let agency = tx.agency();
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"SELECT 1 FROM app_user WHERE agency_id = {agency} AND id = {user} FOR NO KEY UPDATE"#
    ))
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Taken {
    id: AccountId,
}

/// What the agent has in hand gets its whole lease again.
async fn renew(tx: &Tx, user: UserId) -> Result<Option<AccountId>, Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    let until = now + Duration::minutes(LEASE_MINUTES);
    let held = Taken::find_by_statement(raw_sql!(
        Postgres,
        r#"UPDATE account SET lease_until = {until}
           WHERE agency_id = {agency} AND lease_user_id = {user} AND lease_until > {now}
             AND next_work_at IS NOT NULL
           RETURNING id"#
    ))
    .one(tx)
    .await?;
    Ok(held.map(|taken| taken.id))
}

/// The desks an agent draws from: the own ones first, then the pools.
async fn desks_of(tx: &Tx, user: UserId) -> Result<Vec<(DeskId, String)>, Fault> {
    let mut rows = desk::in_agency(tx.agency())
        .filter(desk::Column::Active.eq(true))
        .filter(
            Condition::any().add(desk::Column::UserId.eq(user)).add(desk::Column::UserId.is_null()),
        )
        .order_by_asc(desk::Column::Name)
        .all(tx)
        .await?;
    rows.sort_by_key(|row| row.user_id.is_none());
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Takes the first due account of a desk that nobody has in hand: one statement, which skips rows
/// that another agent is taking at this moment.
///
/// Only the account that leads its packet is taken: of the packet's due accounts the first in the
/// order of work, and none while another account of the packet is in somebody's hands. A lease that
/// ran out without a result is counted.
async fn take(tx: &Tx, user: UserId, desk: DeskId) -> Result<Option<AccountId>, Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    let until = now + Duration::minutes(LEASE_MINUTES);
    let taken = Taken::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH first AS MATERIALIZED (
               SELECT a.id, a.lease_user_id FROM account a
               WHERE a.agency_id = {agency} AND a.desk_id = {desk} AND a.closed_at IS NULL
                 AND a.next_work_at IS NOT NULL AND a.next_work_at <= {now}
                 AND (a.lease_until IS NULL OR a.lease_until <= {now})
                 AND NOT EXISTS (
                     SELECT FROM account b
                     WHERE b.agency_id = {agency} AND b.debtor_id = a.debtor_id AND b.id <> a.id
                       AND b.closed_at IS NULL
                       AND (b.lease_until > {now}
                            OR (b.desk_id IS NOT NULL AND b.next_work_at <= {now}
                                AND (b.work_class, b.next_work_at, b.id) < (a.work_class, a.next_work_at, a.id))))
               ORDER BY a.work_class, a.next_work_at, a.id
               LIMIT 1 FOR UPDATE OF a SKIP LOCKED)
           UPDATE account SET lease_user_id = {user}, lease_until = {until},
                  lapses = account.lapses + CASE WHEN first.lease_user_id IS NULL THEN 0 ELSE 1 END
           FROM first WHERE account.agency_id = {agency} AND account.id = first.id
           RETURNING account.id"#
    ))
    .one(tx)
    .await?;
    Ok(taken.map(|taken| taken.id))
}

#[derive(FromQueryResult)]
struct ClassCount {
    work_class: i16,
    n: i64,
}

async fn due_by_class(tx: &Tx, desks: &[(DeskId, String)]) -> Result<Vec<(WorkClass, u64)>, Fault> {
    let (agency, now) = (tx.agency(), tx.now());
    let ids: Vec<uuid::Uuid> = desks.iter().map(|(id, _)| id.0).collect();
    let rows = ClassCount::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT work_class, count(*) AS n FROM account
           WHERE agency_id = {agency} AND desk_id = ANY({ids}::uuid[]) AND closed_at IS NULL
             AND next_work_at IS NOT NULL AND next_work_at <= {now}
           GROUP BY work_class ORDER BY work_class"#
    ))
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (WorkClass::of_rank(row.work_class), u64::try_from(row.n).unwrap_or(0)))
        .collect())
}

/// Puts what is no longer new into its class: an account that nobody worked for
/// [`domain::worklist::NEW_DAYS`] days counts as aged. Answers how many changed class.
pub async fn age(app: &App, who: &impl Scope) -> Result<u64, Stop> {
    let tx = app.begin(who).await?;
    let zone = kernel::agency::own(&tx).await?.time_zone;
    let newest =
        kernel::clock::date_in(&zone, tx.now()) - Duration::days(domain::worklist::NEW_DAYS);
    let (agency, new, aged) = (tx.agency(), WorkClass::New.rank(), WorkClass::Aged.rank());
    let done = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE account SET work_class = {aged}
               WHERE agency_id = {agency} AND work_class = {new} AND placed_on < {newest}
                 AND closed_at IS NULL AND next_work_at IS NOT NULL"#
        ))
        .await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
