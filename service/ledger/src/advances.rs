//! Advances: operating puts into trust exactly what is lacking (domain rule 2.6, E1).

use crate::alarms;
use crate::transfers::{self, Cause};
use crate::trust::balances::{self, Balance};
use domain::books::{self, Lacking, Owner};
use domain::ledger::Ledger;
use domain::{AdvanceId, CreditorId, DebtorId, Money, Permission, TrustAccountId, TrustAlarmId};
use entity::{advance, agency, trust_account, trust_alarm};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Money that operating put into trust.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Advance {
    /// Which.
    pub id: AdvanceId,
    /// Into which account.
    pub trust_account: TrustAccountId,
    /// The alarm it answers.
    pub alarm: Option<TrustAlarmId>,
    /// How much.
    pub amount: Money,
    /// For whom.
    pub split: Vec<Share>,
}

/// The part of an advance that filled one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The ledger.
    pub ledger: Ledger,
    /// Whose, where it is a creditor's: it owes the agency as much from now on.
    pub creditor: Option<CreditorId>,
    /// Whose, where it is a debtor's: a loss of the agency.
    pub debtor: Option<DebtorId>,
    /// How much.
    pub amount: Money,
}

impl From<&Lacking> for Share {
    fn from(one: &Lacking) -> Self {
        let (creditor, debtor) = match one.owner {
            Owner::Agency => (None, None),
            Owner::Creditor(creditor) => (Some(creditor), None),
            Owner::Debtor(debtor) => (None, Some(debtor)),
        };
        Self { ledger: one.ledger, creditor, debtor, amount: one.amount }
    }
}

/// Why nothing is advanced.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceRefused {
    /// Somebody did it, or the money came.
    #[error("nothing is lacking any more: the alarm is over")]
    NothingLacking,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(AdvanceRefused);

impl Refused for AdvanceRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NothingLacking => Kind::Conflict,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NothingLacking => "nothing_lacking",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NothingLacking => None,
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
        }
    }
}

/// Advances from operating what the account of an alarm lacks at this moment, never more, and clears
/// the alarm.
pub async fn make(
    app: &App,
    actor: &Actor,
    alarm: TrustAlarmId,
    once: &Once,
) -> Result<Answer<Advance>, AdvanceRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let row = lock(&tx, alarm).await?;
    let lacking: Vec<Lacking> = balances::now(&tx)
        .await?
        .iter()
        .filter(|balance| balance.trust_account_id == row.trust_account_id)
        .filter_map(Balance::lacking)
        .collect();
    if row.cleared_at.is_some() || lacking.is_empty() {
        return Err(AdvanceRefused::NothingLacking);
    }
    let made = post(&tx, row.trust_account_id, Some(alarm), &lacking).await?;
    alarms::clear(&tx, row).await?;
    once.keep(&tx, &made).await?;
    tx.commit().await?;
    // What came meanwhile raises it again.
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(made))
}

/// The alarm, with its trust account locked before it, in the order in which the watch locks them.
async fn lock(tx: &Tx, alarm: TrustAlarmId) -> Result<trust_alarm::Model, Stop> {
    let find = || trust_alarm::Entity::find_by_id((tx.agency(), alarm));
    let seen = find().one(tx).await?.ok_or(Stop::NotFound("trust alarm"))?;
    trust_account::Entity::find_by_id((tx.agency(), seen.trust_account_id))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    find().lock_exclusive().one(tx).await?.ok_or(Stop::NotFound("trust alarm"))
}

/// The trust account that takes the agency's payments.
pub async fn default_account(tx: &Tx) -> Result<TrustAccountId, Stop> {
    Ok(trust_account::in_agency(tx.agency())
        .filter(trust_account::Column::IsDefault.eq(true))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("trust account"))?
        .id)
}

/// Posts an advance for what is lacking, in the caller's transaction.
pub async fn post(
    tx: &Tx,
    trust: TrustAccountId,
    alarm: Option<TrustAlarmId>,
    lacking: &[Lacking],
) -> Result<Advance, Stop> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let id = AdvanceId(random::uuid());
    let amount: Money = lacking.iter().map(|one| one.amount).sum();
    let split: Vec<Share> = lacking.iter().map(Share::from).collect();
    advance::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        trust_account_id: Set(trust),
        alarm_id: Set(alarm),
        amount: Set(amount),
        split: Set(json!(split)),
        advanced_at: Set(tx.now()),
        advanced_by: Set(tx.signature().name.clone()),
    }
    .insert(tx)
    .await?;
    let cause = Cause {
        source_type: "advance",
        source_id: id.0,
        effect: "post",
        effective_on: date_in(&agency.time_zone, tx.now()),
    };
    transfers::write(tx, cause, trust, &books::advance(lacking)).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "advance.make",
            subject_type: "advance",
            subject_id: Some(id.0),
            after: Some(json!({"amount": amount.to_decimal(), "alarm": alarm, "split": split})),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(Advance { id, trust_account: trust, alarm, amount, split })
}
