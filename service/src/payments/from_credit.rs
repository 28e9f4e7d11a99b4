//! A debtor's own credit pays another debt: a PU whose money was in trust already.

use super::grounds::{Made, grounds};
use super::post::{self, Arrived, FromGateway};
use super::take::{NewPayment, TakeRefused, entered, takes};
use crate::accounts;
use crate::actor::Actor;
use crate::db::Tx;
use chrono::NaiveDate;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, Amount, PaymentId};
use entity::account;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// A credit that pays a debt.
pub(crate) struct FromCredit {
    /// How much; not more than is owed.
    pub amount: Amount,
    /// The account that was overpaid.
    pub from: AccountId,
    /// The day on which the money behind it has cleared, where it has not.
    pub available_on: Option<NaiveDate>,
    /// The debtor chose this debt.
    pub directed: bool,
    /// What is noted at the payment.
    pub memo: String,
}

/// Posts the payment, in the transaction that takes the credit from where it was. The account is
/// locked by the caller.
pub(crate) async fn pay_from_credit(
    tx: &Tx,
    actor: &Actor,
    account: &account::Model,
    pay: FromCredit,
) -> Result<PaymentId, TakeRefused> {
    let restrictions = accounts::set_on(tx, account.id).await?;
    takes(account, &restrictions, pay.directed)?;
    let grounds = grounds(tx, account, Made::At(tx.now())).await?;
    let new = NewPayment {
        account: account.id,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::DebtorCredit,
        amount: pay.amount,
        currency: grounds.currency,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: Some(pay.memo.chars().take(500).collect()),
        directed: pay.directed,
    };
    let mut row = entered(tx, account, &new, actor);
    row.direction = Set(Some(json!({ "directed": pay.directed, "from_account": pay.from })));
    let row = row.insert(tx).await?;
    let arrived = Arrived {
        kind: new.kind,
        method: new.method,
        amount: new.amount,
        forwarder_fee: None,
        deposited_on: None,
        gateway: FromGateway { available_on: pay.available_on, ..FromGateway::default() },
    };
    post::post(tx, account, &row, &grounds, &arrived).await?;
    Ok(row.id)
}
