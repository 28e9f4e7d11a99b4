//! A debtor's own credit pays another debt: a PU whose money was in trust already.

use super::take::{Entering, NewPayment, TakeRefused, enter};
use chrono::NaiveDate;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, Amount, PaymentId};
use entity::account;
use kernel::db::Tx;
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
    account: &account::Model,
    pay: FromCredit,
) -> Result<PaymentId, TakeRefused> {
    let new = NewPayment {
        account: account.id,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::DebtorCredit,
        amount: pay.amount,
        currency: kernel::agency::own(tx).await?.currency,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: Some(pay.memo.chars().take(500).collect()),
        directed: pay.directed,
    };
    let direction = Some(json!({ "directed": pay.directed, "from_account": pay.from }));
    let how = Entering { direction, available_on: pay.available_on, ..Entering::default() };
    Ok(enter(tx, account, &new, how).await?.id)
}
