//! Sweeps: fees that were earned on closed statements leave trust for the agency's own account
//! (money rules 8 and 13).

use domain::books;
use domain::ledger::Ledger;
use domain::money::TooLarge;
use domain::{Amount, Money, Permission, SweepId, TrustAccountId};
pub use entity::sweep::Model as Sweep;
use entity::{agency, sweep};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use kernel::window::{Part, Window};
use ledger::Cause;
use ledger::advances::default_account;
use ledger::alarms;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Set, raw_sql,
};
use serde_json::{Value, json};

/// What may be swept now, and why not more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweepable {
    /// From which trust account.
    pub trust_account: TrustAccountId,
    /// `AGENCY_EARNED`: the agency's share in trust.
    pub earned: Money,
    /// Commission on payments that no closed statement shows, less what was returned.
    pub unstated: Money,
    /// What trust owes operating: offsets and taxes taken from creditors' money.
    pub due: Money,
    /// In the trust bank account.
    pub cash: Money,
    /// What may be swept.
    pub amount: Money,
}

/// Why nothing is swept.
#[derive(Debug, thiserror::Error)]
pub enum SweepRefused {
    /// Nothing is earned beyond what no statement shows.
    #[error("there is nothing to sweep")]
    NothingToSweep,
    /// More than may be swept.
    #[error("{amount} is more than the {sweepable} that may be swept")]
    OverSweepable {
        /// Asked for.
        amount: Money,
        /// What may be.
        sweepable: Money,
    },
    /// The bank does not hold it: it still lies with the processor.
    #[error("the trust bank account holds {cash}; {amount} is to be swept")]
    TrustCashShort {
        /// In the bank.
        cash: Money,
        /// To be swept.
        amount: Money,
    },
    /// The sums do not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(SweepRefused);

impl Refused for SweepRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NothingToSweep | Self::TrustCashShort { .. } => Kind::Conflict,
            Self::OverSweepable { .. } | Self::TooLarge(_) => Kind::Invalid,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NothingToSweep => "nothing_to_sweep",
            Self::OverSweepable { .. } => "over_sweepable",
            Self::TrustCashShort { .. } => "trust_cash_short",
            Self::TooLarge(_) => "amount_too_large",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::OverSweepable { .. } => Some("/amount"),
            Self::NothingToSweep
            | Self::TrustCashShort { .. }
            | Self::TooLarge(_)
            | Self::Once(_) => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::OverSweepable { amount, sweepable } => vec![
                ("amount", json!(amount.to_decimal())),
                ("sweepable", json!(sweepable.to_decimal())),
            ],
            Self::TrustCashShort { cash, amount } => vec![
                ("trust_cash", json!(cash.to_decimal())),
                ("amount", json!(amount.to_decimal())),
            ],
            Self::NothingToSweep | Self::TooLarge(_) | Self::Once(_) | Self::Stop(_) => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NothingToSweep
            | Self::OverSweepable { .. }
            | Self::TrustCashShort { .. }
            | Self::TooLarge(_) => None,
        }
    }
}

/// What may be swept now.
pub async fn preview(app: &App, actor: &Actor) -> Result<Sweepable, SweepRefused> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    sweepable(&tx).await
}

/// Sweeps earned fees: all that may be, or a part of it.
pub async fn sweep(
    app: &App,
    actor: &Actor,
    amount: Option<Amount>,
    once: &Once,
) -> Result<Answer<SweepId>, SweepRefused> {
    actor.require_agency(Permission::RemittanceWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    lock_cash(&tx).await?;
    let id = sweep_in(&tx, amount).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

/// The sweeps, newest first.
pub async fn list(app: &App, actor: &Actor, window: &Window<SweepId>) -> Result<Part<Sweep>, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let mut query = sweep::in_agency(tx.agency());
    if let Some(after) = window.after {
        query = query.filter(sweep::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(sweep::Column::Id).limit(window.one_more()).all(&tx).await?;
    Ok(window.cut(rows))
}

/// One sweep.
pub async fn get(app: &App, actor: &Actor, id: SweepId) -> Result<Sweep, Stop> {
    actor.require_agency(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    sweep::Entity::find_by_id((tx.agency(), id)).one(&tx).await?.ok_or(Stop::NotFound("sweep"))
}

/// What leaves the bank is decided one after another, so that the same cash is not given twice.
pub(crate) async fn lock_cash(tx: &Tx) -> Result<agency::Model, Stop> {
    agency::Entity::find_by_id(tx.agency())
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("agency"))
}

#[derive(FromQueryResult)]
struct Figures {
    unstated: Money,
    due: Money,
}

/// Money rule 8. A payment that came back is not commission to come, and its return took its share
/// out of `AGENCY_EARNED` already: only payments that stand count.
async fn sweepable(tx: &Tx) -> Result<Sweepable, SweepRefused> {
    let trust_account = default_account(tx).await?;
    let agency = tx.agency();
    let figures = Figures::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT
               (SELECT coalesce(sum(p.commission - coalesce(p.forwarder_fee, 0)), 0)::bigint
                FROM payment p
                WHERE p.agency_id = {agency} AND p.statement_id IS NULL AND p.posted_at IS NOT NULL
                  AND p.state = 'succeeded' AND p.kind IN ('paid_agency', 'paid_forwarder')
                  AND coalesce(p.commission_basis, 'net') = 'net') AS unstated,
               (SELECT coalesce(sum(CASE WHEN t.debit_ledger = 'due_to_trust' THEN t.amount ELSE -t.amount END), 0)::bigint
                FROM transfer t
                WHERE t.agency_id = {agency} AND t.source_type IN ('statement', 'sweep')
                  AND (t.debit_ledger = 'due_to_trust' OR t.credit_ledger = 'due_to_trust')) AS due"#
    ))
    .one(tx)
    .await?;
    let (unstated, due) = figures.map_or((Money::ZERO, Money::ZERO), |f| (f.unstated, f.due));
    let earned = ledger::held(tx, trust_account, Ledger::AgencyEarned).await?.negated()?;
    let cash = ledger::held(tx, trust_account, Ledger::TrustCash).await?;
    let amount = books::sweepable(earned, unstated)?;
    Ok(Sweepable { trust_account, earned, unstated, due, cash, amount })
}

/// Sweeps in the caller's transaction, which holds [`lock_cash`].
pub(crate) async fn sweep_in(tx: &Tx, wanted: Option<Amount>) -> Result<SweepId, SweepRefused> {
    let found = sweepable(tx).await?;
    let amount = wanted.map_or(found.amount, Amount::money);
    if amount > found.amount {
        return Err(SweepRefused::OverSweepable { amount, sweepable: found.amount });
    }
    if !amount.is_positive() {
        return Err(SweepRefused::NothingToSweep);
    }
    if amount > found.cash {
        return Err(SweepRefused::TrustCashShort { cash: found.cash, amount });
    }
    let split = books::split_sweep(amount, found.due)?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let id = SweepId(random::uuid());
    sweep::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        trust_account_id: Set(found.trust_account),
        amount: Set(split.amount),
        due: Set(split.due),
        revenue: Set(split.revenue),
        swept_at: Set(tx.now()),
        swept_by: Set(tx.signature().name.clone()),
    }
    .insert(tx)
    .await?;
    let cause = Cause {
        source_type: "sweep",
        source_id: id.0,
        effect: "post",
        effective_on: kernel::clock::date_in(&agency.time_zone, tx.now()),
    };
    ledger::write(tx, cause, found.trust_account, &books::sweep(split)).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "sweep.make",
            subject_type: "sweep",
            subject_id: Some(id.0),
            after: Some(json!({
                "amount": split.amount.to_decimal(), "due": split.due.to_decimal(),
                "revenue": split.revenue.to_decimal(), "earned": found.earned.to_decimal(),
                "unstated": found.unstated.to_decimal(),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(id)
}
