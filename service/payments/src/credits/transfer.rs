//! Moving a credit to another debt of the same debtor: it becomes a payment there, with commission.

use super::{CreditRefused, NewUse, balance, told, write_use};
use crate::payments::{self, FromCredit};
use accounts::owed;
use domain::debt_entry::{CreditUseKind, CreditUseState};
use domain::{AccountId, Amount, Currency, PaymentId, Permission};
use entity::account;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::approvals::TwoPeople;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// A credit to be moved.
#[derive(Debug, Clone)]
pub struct NewMove {
    /// The account that was overpaid.
    pub from: AccountId,
    /// The debt that it pays: of the same debtor.
    pub to: AccountId,
    /// How much; not more than is owed there.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// The debtor chose this debt; a disputed one takes nothing else (15 USC 1692h).
    pub directed: bool,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Moves a credit, or part of it, to another account of the packet. Answers the payment that it made
/// there: a PU from the debtor's own credit. What the bank may still take back stays on hold there.
pub async fn move_to(
    app: &App,
    actor: &Actor,
    new: NewMove,
    once: &Once,
) -> Result<Answer<PaymentId>, CreditRefused> {
    actor.require_agency(Permission::PaymentTake)?;
    let reason = domain::reason(&new.reason).ok_or(CreditRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    if new.from == new.to {
        super::lock(&tx, new.from).await?;
        return Err(CreditRefused::SameAccount);
    }
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let (from, to) = lock_both(&tx, new.from, new.to).await?;
    let currency = kernel::agency::own(&tx).await?.currency;
    if new.currency != currency {
        return Err(CreditRefused::WrongCurrency(currency));
    }
    if from.debtor_id != to.debtor_id {
        return Err(CreditRefused::OtherDebtor);
    }
    let amount = new.amount.money();
    let credit = balance::of(&tx, from.id).await?;
    credit.covers(amount)?;
    let owes = owed(&to).total()?;
    if amount > owes {
        return Err(CreditRefused::OverBalance { owed: owes, asked: amount });
    }
    let pay = FromCredit {
        amount: new.amount,
        from: from.id,
        available_on: credit.cleared(amount).err().and(credit.available_on),
        directed: new.directed,
        memo: format!("Credit of another account moved here: {reason}"),
    };
    let payment = payments::pay_from_credit(&tx, &to, pay).await?;
    let used = NewUse {
        kind: CreditUseKind::Move,
        state: CreditUseState::Done,
        amount,
        reference: None,
        payment: Some(payment),
        through: None,
        reason: &reason,
    };
    let used = write_use(&tx, &from, &used, &TwoPeople::alone(actor)).await?;
    told(&tx, &from, amount, "moved to another account").await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "credit.move",
            subject_type: "account",
            subject_id: Some(from.id.0),
            after: Some(json!({
                "amount": amount.to_decimal(), "to": to.id, "payment": payment, "use": used,
                "directed": new.directed,
            })),
            reason: Some(reason.clone()),
            ..audit::Entry::default()
        },
    )
    .await?;
    once.keep(&tx, &payment).await?;
    tx.commit().await?;
    Ok(Answer::first(payment))
}

/// Both accounts, locked in the order of their ids, so that two moves never wait for each other.
async fn lock_both(
    tx: &Tx,
    from: AccountId,
    to: AccountId,
) -> Result<(account::Model, account::Model), Stop> {
    let mut rows = account::in_agency(tx.agency())
        .filter(account::Column::Id.is_in([from, to]))
        .order_by_asc(account::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut take = |id: AccountId| {
        let at = rows.iter().position(|row| row.id == id).ok_or(Stop::NotFound("account"))?;
        Ok::<_, Stop>(rows.swap_remove(at))
    };
    Ok((take(from)?, take(to)?))
}
