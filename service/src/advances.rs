//! Operating money that is put into trust where somebody's money lends what is lacking (E1).

use crate::actor::Actor;
use crate::app::App;
use crate::audit;
use crate::db::Tx;
use crate::ledger::{self, Cause};
use crate::once::{Answer, Once, OnceRefused};
use crate::random;
use crate::stop::{Fault, Kind, Refused, Stop};
use domain::books::{self, Lacking, Owner};
use domain::ledger::Ledger;
use domain::{AdvanceId, CreditorId, DebtorId, Money, Permission, TrustAccountId, TrustAlarmId};
use entity::{advance, agency, trust_account};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Set,
    raw_sql,
};
use serde_json::json;

/// Why nothing is advanced.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceRefused {
    /// Trust holds what it owes.
    #[error("trust lacks nothing")]
    NothingLacks,
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(AdvanceRefused);

impl Refused for AdvanceRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NothingLacks => Kind::Conflict,
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NothingLacks => "nothing_lacks",
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NothingLacks => None,
        }
    }
}

/// Advances all that the agency's trust account lacks now, and no more.
pub async fn fill(
    app: &App,
    actor: &Actor,
    once: &Once,
) -> Result<Answer<AdvanceId>, AdvanceRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    // Two people who see the same shortfall fill it once.
    agency::Entity::find_by_id(tx.agency())
        .lock(LockType::NoKeyUpdate)
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("agency"))?;
    let trust = default_account(&tx).await?;
    let lacking = lacking(&tx, trust).await?;
    if lacking.is_empty() {
        return Err(AdvanceRefused::NothingLacks);
    }
    let id = make(&tx, trust, &lacking, None).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    Ok(Answer::first(id))
}

/// The trust account that takes the agency's payments.
pub(crate) async fn default_account(tx: &Tx) -> Result<TrustAccountId, Stop> {
    Ok(trust_account::in_agency(tx.agency())
        .filter(trust_account::Column::IsDefault.eq(true))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("trust account"))?
        .id)
}

#[derive(FromQueryResult)]
struct Row {
    ledger: Ledger,
    creditor_id: Option<CreditorId>,
    debtor_id: Option<DebtorId>,
    lacks: Money,
}

/// Who is owed less than nothing, in the booked view (money rule 5).
pub(crate) async fn lacking(tx: &Tx, trust: TrustAccountId) -> Result<Vec<Lacking>, Stop> {
    let agency = tx.agency();
    let rows = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT m.ledger,
               CASE WHEN m.ledger IN ('client_payable', 'costs_advanced') THEN m.creditor_id END AS creditor_id,
               CASE WHEN m.ledger = 'debtor_credit' THEN m.debtor_id END AS debtor_id,
               sum(m.amount)::bigint AS lacks
           FROM (
               SELECT debit_ledger AS ledger, creditor_id, debtor_id, amount
               FROM transfer WHERE agency_id = {agency} AND trust_account_id = {trust}
               UNION ALL
               SELECT credit_ledger, creditor_id, debtor_id, -amount
               FROM transfer WHERE agency_id = {agency} AND trust_account_id = {trust}) m
           WHERE m.ledger IN ('client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
           GROUP BY 1, 2, 3 HAVING sum(m.amount) > 0
           ORDER BY 1, 2, 3"#
    ))
    .all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Lacking {
            ledger: row.ledger,
            owner: match (row.creditor_id, row.debtor_id) {
                (Some(creditor), _) => Owner::Creditor(creditor),
                (None, Some(debtor)) => Owner::Debtor(debtor),
                (None, None) => Owner::Agency,
            },
            amount: row.lacks,
        })
        .collect())
}

/// Makes an advance in the caller's transaction: the row, the moves in both books, the audit line.
pub(crate) async fn make(
    tx: &Tx,
    trust: TrustAccountId,
    lacking: &[Lacking],
    alarm: Option<TrustAlarmId>,
) -> Result<AdvanceId, Stop> {
    let id = AdvanceId(random::uuid());
    let amount = Money::total(lacking.iter().map(|one| one.amount))
        .map_err(|_| Fault::Unexpected("an advance that does not fit"))?;
    let split: Vec<_> = lacking
        .iter()
        .map(|one| {
            let (creditor, debtor) = match one.owner {
                Owner::Agency => (None, None),
                Owner::Creditor(creditor) => (Some(creditor), None),
                Owner::Debtor(debtor) => (None, Some(debtor)),
            };
            json!({
                "ledger": one.ledger, "creditor": creditor, "debtor": debtor,
                "amount": one.amount.to_decimal(),
            })
        })
        .collect();
    let split = json!(split);
    advance::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        trust_account_id: Set(trust),
        alarm_id: Set(alarm),
        amount: Set(amount),
        split: Set(split.clone()),
        advanced_at: Set(tx.now()),
        advanced_by: Set(tx.signature().name.clone()),
    }
    .insert(tx)
    .await?;
    let row =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let cause = Cause {
        source_type: "advance",
        source_id: id.0,
        effect: "post",
        effective_on: crate::clock::date_in(&row.time_zone, tx.now()),
    };
    ledger::write(tx, cause, trust, &books::advance(lacking)).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "advance.make",
            subject_type: "advance",
            subject_id: Some(id.0),
            after: Some(json!({"amount": amount.to_decimal(), "split": split})),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(id)
}
