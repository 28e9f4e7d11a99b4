//! Alarms: trust lacks money. Computed right after every commit that can cause it, with amount and
//! cause; the way out is an advance from operating (domain rule 2.6, money rule 5; E1).

use crate::trust::balances::{self, Balance};
use chrono::{DateTime, Utc};
use domain::books::{Lacking, Owner};
use domain::ledger::Ledger;
use domain::{AgencyId, CreditorId, Currency, DebtorId, Money, PaymentId, Permission};
use domain::{TrustAccountId, TrustAlarmId};
use entity::{agency, trust_account, trust_alarm};
use kernel::actor::{Actor, JobRunner};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::window::{Part, Window};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Set, raw_sql,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// One ledger below zero, and the entry that brought it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The ledger.
    pub ledger: Ledger,
    /// Whose, where it is a creditor's.
    pub creditor: Option<CreditorId>,
    /// Whose, where it is a debtor's.
    pub debtor: Option<DebtorId>,
    /// What is lacking.
    pub amount: Money,
    /// What kind of thing made the entry: `payment`, `payout`, `remittance`, …
    pub source_type: String,
    /// Which.
    pub source_id: Uuid,
    /// What of it, such as `reverse`.
    pub effect: String,
    /// The payment it belongs to.
    pub payment: Option<PaymentId>,
    /// When.
    pub posted_at: DateTime<Utc>,
}

/// An alarm: amounts, and who is short by what.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Which.
    pub id: TrustAlarmId,
    /// The trust account that lacks money.
    pub trust_account: TrustAccountId,
    /// The currency of the books.
    pub currency: Currency,
    /// Lacking now; zero once it is cleared.
    pub amount: Money,
    /// The most that was lacking.
    pub worst: Money,
    /// Whose ledgers are below zero; those of the worst moment once it is cleared.
    pub causes: Vec<Cause>,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// When it was last looked at.
    pub seen_at: DateTime<Utc>,
    /// When nothing was lacking any more.
    pub cleared_at: Option<DateTime<Utc>>,
}

/// Computes what is lacking in each trust account of an agency, and opens, updates or clears its
/// alarm. Called right after each commit that can take from trust.
pub async fn watch(app: &App, agency: AgencyId) -> Result<(), Stop> {
    let runner = jobs::runner(agency);
    let tx = app.begin(&runner).await?;
    let quiet = balances::now(&tx).await?.iter().all(|row| row.lacking().is_none())
        && open_alarms(&tx).await?.is_empty();
    if quiet {
        return Ok(());
    }
    // One at a time: what is looked at under the lock is what gets written.
    let accounts = trust_account::in_agency(tx.agency())
        .order_by_asc(trust_account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(&tx)
        .await?;
    let rows = balances::now(&tx).await?;
    for account in accounts {
        let own = rows.iter().filter(|row| row.trust_account_id == account.id);
        settle(&tx, account.id, &own.filter_map(Balance::lacking).collect::<Vec<_>>()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The backstop: the same by a job that commits with its cause, in case the process ends between the
/// commit and the look.
pub async fn watch_later(tx: &Tx) -> Result<(), Fault> {
    jobs::enqueue(tx, Job::WatchTrust).await
}

/// The job.
pub async fn run(app: &App, runner: &JobRunner) -> Result<(), Stop> {
    watch(app, kernel::actor::Scope::agency(runner)).await
}

async fn open_alarms(tx: &Tx) -> Result<Vec<trust_alarm::Model>, Stop> {
    Ok(trust_alarm::in_agency(tx.agency())
        .filter(trust_alarm::Column::ClearedAt.is_null())
        .all(tx)
        .await?)
}

/// Brings the alarm of one account to what is lacking. The account is locked.
async fn settle(tx: &Tx, trust: TrustAccountId, lacking: &[Lacking]) -> Result<(), Stop> {
    let open = trust_alarm::in_agency(tx.agency())
        .filter(trust_alarm::Column::TrustAccountId.eq(trust))
        .filter(trust_alarm::Column::ClearedAt.is_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    let amount: Money = lacking.iter().map(|one| one.amount).sum();
    match open {
        None if amount.is_zero() => Ok(()),
        None => raise(tx, trust, lacking, amount).await,
        Some(row) if amount.is_zero() => clear(tx, row).await,
        Some(row) => update(tx, row, trust, lacking, amount).await,
    }
}

async fn raise(
    tx: &Tx,
    trust: TrustAccountId,
    lacking: &[Lacking],
    amount: Money,
) -> Result<(), Stop> {
    let causes = causes(tx, trust, lacking).await?;
    let id = TrustAlarmId(random::uuid());
    let since = causes.iter().map(|cause| cause.posted_at).min().unwrap_or(tx.now());
    trust_alarm::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        trust_account_id: Set(trust),
        amount: Set(amount),
        worst: Set(amount),
        cause: Set(json!(causes)),
        opened_at: Set(since.min(tx.now())),
        seen_at: Set(tx.now()),
        cleared_at: Set(None),
        version: Set(1),
    }
    .insert(tx)
    .await?;
    tracing::error!(alarm = %id, trust_account = %trust, "trust lacks money: operating has to advance it");
    metrics::counter!("trust_alarms_total").increment(1);
    trail(tx, "trust_alarm.open", id, amount).await
}

async fn update(
    tx: &Tx,
    row: trust_alarm::Model,
    trust: TrustAccountId,
    lacking: &[Lacking],
    amount: Money,
) -> Result<(), Stop> {
    let causes = causes(tx, trust, lacking).await?;
    if row.amount == amount && row.cause == json!(causes) {
        return Ok(());
    }
    let (id, worst, version) = (row.id, row.worst, row.version);
    let mut row: trust_alarm::ActiveModel = row.into();
    row.amount = Set(amount);
    row.worst = Set(worst.max(amount));
    row.cause = Set(json!(causes));
    row.seen_at = Set(tx.now());
    row.version = Set(version + 1);
    row.update(tx).await?;
    trail(tx, "trust_alarm.update", id, amount).await
}

/// Nothing is lacking any more.
pub async fn clear(tx: &Tx, row: trust_alarm::Model) -> Result<(), Stop> {
    let (id, version) = (row.id, row.version);
    let mut row: trust_alarm::ActiveModel = row.into();
    row.amount = Set(Money::ZERO);
    row.seen_at = Set(tx.now());
    row.cleared_at = Set(Some(tx.now()));
    row.version = Set(version + 1);
    row.update(tx).await?;
    trail(tx, "trust_alarm.clear", id, Money::ZERO).await
}

async fn trail(tx: &Tx, action: &'static str, id: TrustAlarmId, amount: Money) -> Result<(), Stop> {
    audit::write(
        tx,
        audit::Entry {
            action,
            subject_type: "trust_alarm",
            subject_id: Some(id.0),
            after: Some(json!({"amount": amount.to_decimal()})),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Culprit {
    source_type: String,
    source_id: Uuid,
    effect: String,
    payment_id: Option<PaymentId>,
    posted_at: DateTime<Utc>,
}

/// For each ledger below zero the entry that brought it there: the last one before which it was not.
async fn causes(tx: &Tx, trust: TrustAccountId, lacking: &[Lacking]) -> Result<Vec<Cause>, Stop> {
    let mut causes = Vec::new();
    for one in lacking {
        let (creditor, debtor) = match one.owner {
            Owner::Agency => (None, None),
            Owner::Creditor(creditor) => (Some(creditor), None),
            Owner::Debtor(debtor) => (None, Some(debtor)),
        };
        let culprit = culprit(tx, trust, one, (creditor, debtor)).await?;
        causes.push(Cause {
            ledger: one.ledger,
            creditor,
            debtor,
            amount: one.amount,
            source_type: culprit.source_type,
            source_id: culprit.source_id,
            effect: culprit.effect,
            payment: culprit.payment_id,
            posted_at: culprit.posted_at,
        });
    }
    Ok(causes)
}

/// Walks back over the last entries of a ledger, at most ten thousand; where it was below zero all
/// that time, the oldest of them stands for the cause.
async fn culprit(
    tx: &Tx,
    trust: TrustAccountId,
    lacking: &Lacking,
    (creditor, debtor): (Option<CreditorId>, Option<DebtorId>),
) -> Result<Culprit, Stop> {
    let (agency, ledger, short) = (tx.agency(), lacking.ledger, lacking.amount);
    Culprit::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH last AS (
               SELECT t.*, CASE WHEN t.credit_ledger = {ledger} THEN t.amount ELSE -t.amount END AS change
               FROM transfer t
               WHERE t.agency_id = {agency} AND t.trust_account_id = {trust}
                 AND (t.debit_ledger = {ledger} OR t.credit_ledger = {ledger})
                 AND ({creditor}::uuid IS NULL OR t.creditor_id = {creditor}::uuid)
                 AND ({debtor}::uuid IS NULL OR t.debtor_id = {debtor}::uuid)
               ORDER BY t.posted_at DESC, t.id DESC LIMIT 10000),
           walked AS (
               SELECT last.*, -{short}::bigint - sum(change) OVER (ORDER BY posted_at DESC, id DESC) AS before
               FROM last)
           SELECT source_type, source_id, effect, payment_id, posted_at FROM walked
           ORDER BY before >= 0 AND change < 0 DESC,
               CASE WHEN before >= 0 AND change < 0 THEN posted_at END DESC, posted_at
           LIMIT 1"#
    ))
    .one(tx)
    .await?
    .ok_or_else(|| Fault::Unexpected("a balance without entries").into())
}

/// The alarms of the agency, newest first; `open`: only those that are not cleared.
pub async fn list(
    app: &App,
    actor: &Actor,
    open: bool,
    window: Window<TrustAlarmId>,
) -> Result<Part<Alarm>, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let currency = currency(&tx).await?;
    let mut query = trust_alarm::in_agency(tx.agency())
        .order_by_desc(trust_alarm::Column::Id)
        .limit(window.one_more());
    if let Some(after) = window.after {
        query = query.filter(trust_alarm::Column::Id.lt(after));
    }
    if open {
        query = query.filter(trust_alarm::Column::ClearedAt.is_null());
    }
    let rows = query.all(&tx).await?;
    tx.commit().await?;
    let rows: Result<Vec<Alarm>, Fault> =
        rows.into_iter().map(|row| shown(row, currency)).collect();
    Ok(window.cut(rows?))
}

/// One alarm.
pub async fn get(app: &App, actor: &Actor, id: TrustAlarmId) -> Result<Alarm, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let row = trust_alarm::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("trust alarm"))?;
    let currency = currency(&tx).await?;
    tx.commit().await?;
    Ok(shown(row, currency)?)
}

async fn currency(tx: &Tx) -> Result<Currency, Stop> {
    let row = agency::Entity::find_by_id(tx.agency()).one(tx).await?;
    Ok(row.ok_or(Stop::NotFound("agency"))?.currency)
}

fn shown(row: trust_alarm::Model, currency: Currency) -> Result<Alarm, Fault> {
    Ok(Alarm {
        id: row.id,
        trust_account: row.trust_account_id,
        currency,
        amount: row.amount,
        worst: row.worst,
        causes: serde_json::from_value(row.cause)?,
        opened_at: row.opened_at,
        seen_at: row.seen_at,
        cleared_at: row.cleared_at,
    })
}
