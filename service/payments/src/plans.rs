//! Paying a plan over several debts: each payment is divided over them by what each owes then (domain
//! rules 2.9 and 2.10, example E8).

use crate::payments::{self, Entering, NewPayment, TakeRefused};
use accounts::agreements::lock_all;
use accounts::agreements::plans::{accounts_of, debt_ids, read};
use chrono::NaiveDate;
use domain::compliance::{Payer, Paying, may_pay};
use domain::payment::{PaymentKind, PaymentMethod};
use domain::plan::{NotSpreadable, PlanState, spread_installment};
use domain::{AccountId, Amount, Currency, PaymentId, Permission, PlanId};
use entity::account;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::{Value, json};

/// A payment that came for a plan by other means than the gateway.
#[derive(Debug, Clone)]
pub struct InstallmentPayment {
    /// For which plan.
    pub plan: PlanId,
    /// How it came.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// When the debtor paid; today unless told.
    pub effective_on: Option<NaiveDate>,
    /// Check number or whatever else finds it.
    pub memo: Option<String>,
}

/// Why a plan is not paid.
#[derive(Debug, thiserror::Error)]
pub enum PayRefused {
    /// It does not run.
    #[error("this plan is {}; enter the payment on the account", .0.name())]
    NotOpen(PlanState),
    /// It is more than the debts together owe.
    #[error(transparent)]
    NotSpreadable(#[from] NotSpreadable),
    /// A part cannot be entered.
    #[error(transparent)]
    Take(#[from] TakeRefused),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(PayRefused);

impl Refused for PayRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotOpen(_) => Kind::Conflict,
            Self::NotSpreadable(_) => Kind::Invalid,
            Self::Take(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotOpen(_) => "plan_not_active",
            Self::NotSpreadable(err) => err.code(),
            Self::Take(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NotSpreadable(_) => Some("/amount"),
            Self::Take(err) => err.pointer(),
            Self::NotOpen(_) | Self::Once(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::NotOpen(state) => vec![("state", json!(state.name()))],
            Self::NotSpreadable(NotSpreadable::OverBalance { owed, amount }) => vec![
                ("owed", json!(owed.to_decimal())),
                ("amount", json!(amount.money().to_decimal())),
            ],
            Self::Take(err) => err.facts(),
            Self::NotSpreadable(NotSpreadable::TooLarge) | Self::Once(_) | Self::Stop(_) => {
                Vec::new()
            }
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Take(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::NotOpen(_) | Self::NotSpreadable(_) => None,
        }
    }
}

/// How a payment would be divided over the debts of a plan now.
pub async fn allocate(
    app: &App,
    actor: &Actor,
    id: PlanId,
    amount: Amount,
) -> Result<Vec<(AccountId, Amount)>, PayRefused> {
    actor.require_agency(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    read(&tx, id).await?;
    let rows = accounts_of(&tx, &debt_ids(&tx, id).await?).await?;
    let shares = shares(&tx, rows, amount).await?;
    tx.commit().await?;
    Ok(shares.into_iter().map(|(row, share)| (row.id, share)).collect())
}

/// Enters and posts a payment for a plan, one part on each of its debts, all or nothing. The parts
/// share a spread.
pub async fn pay(
    app: &App,
    actor: &Actor,
    new: InstallmentPayment,
    once: &Once,
) -> Result<Answer<Vec<PaymentId>>, PayRefused> {
    actor.require_agency(Permission::PaymentTake)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    read(&tx, new.plan).await?;
    let rows = lock_all(&tx, &debt_ids(&tx, new.plan).await?).await?;
    let plan = read(&tx, new.plan).await?;
    if !plan.state.is_open() {
        return Err(PayRefused::NotOpen(plan.state));
    }
    let spread = random::uuid();
    let mut ids = Vec::new();
    for (row, share) in shares(&tx, rows, new.amount).await? {
        let part = NewPayment {
            account: row.id,
            kind: PaymentKind::PaidAgency,
            method: new.method,
            amount: share,
            currency: new.currency,
            forwarder_fee: None,
            effective_on: new.effective_on,
            deposited_on: None,
            memo: new.memo.clone(),
            directed: false,
        };
        payments::by_hand(&part)?;
        let how = Entering { spread: Some(spread), ..Entering::default() };
        ids.push(payments::enter(&tx, &row, &part, how).await?.id);
    }
    once.keep(&tx, &ids).await?;
    tx.commit().await?;
    Ok(Answer::first(ids))
}

/// Each debt's share, oldest placed first (money rule 14). A disputed debt gets nothing, nor does one
/// that takes no payments.
async fn shares(
    tx: &Tx,
    mut rows: Vec<account::Model>,
    amount: Amount,
) -> Result<Vec<(account::Model, Amount)>, PayRefused> {
    rows.sort_by_key(|row| (row.placed_on, row.id));
    let mut owed = Vec::with_capacity(rows.len());
    // A part of a plan is not what the debtor chose for one debt: a disputed one gets nothing.
    let came = Paying { payer: Payer::Received, amount: None, directed: false, funding: None };
    for (row, case) in rows.iter().zip(accounts::cases(tx, &rows).await?) {
        if !may_pay(&case, &came).is_blocked() && row.status.row().accepts_payments {
            owed.push((row.id, accounts::owed_on(row)));
        }
    }
    let spread = spread_installment(amount, &owed)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let share = spread.iter().find(|(id, _)| *id == row.id).map(|(_, share)| *share)?;
            Some((row, share))
        })
        .collect())
}
