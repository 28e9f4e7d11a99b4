//! Another commission on one payment than the schedules give: asked for by one person, approved by
//! another (domain rule 2.5, order of evaluation; checklist 65).

use super::take::{Entering, NewPayment, TakeRefused, enter, locked};
use crate::actor::{Actor, Scope};
use crate::app::App;
use crate::db::Tx;
use crate::stop::{Fault, Stop};
use chrono::NaiveDate;
use domain::commission::Schedule;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, Amount, Currency, Money, PaymentId, Permission, Rate};

/// A payment with its own commission, exactly as it was asked for. It is stored in the approval;
/// amounts are whole minor units in its JSON, which is for storage and not for the wire.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeeOverride {
    /// The debt it pays.
    pub account: AccountId,
    /// Paid to the agency, the creditor or a forwarder.
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Money,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// Of a PA: what the forwarder kept of it.
    pub forwarder_fee: Option<Money>,
    /// When the debtor paid: told, so that the day of the approval does not matter.
    pub effective_on: NaiveDate,
    /// When it went to the bank, where it did.
    pub deposited_on: Option<NaiveDate>,
    /// Check number or whatever else a person wants to find it by.
    pub memo: Option<String>,
    /// What the agency keeps of it.
    pub commission: OwnCommission,
}

/// The commission of one payment alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum OwnCommission {
    /// This share of what reduces the debt.
    Rate {
        /// The share.
        rate: Rate,
    },
    /// This amount, or all that reduces the debt where that is less.
    Amount {
        /// The amount; not below zero and not above the payment.
        amount: Money,
    },
}

/// Who asked for it and who approved it; both are kept with the payment's reckoning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Signed {
    /// Who asked, by name.
    pub asked_by: String,
    /// Who approved, by name: another person.
    pub approved_by: String,
}

/// A schedule that two people chose for one payment.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub schedule: Schedule,
    pub signed: Signed,
}

impl OwnCommission {
    /// The schedule that says so. An amount is all of the payment, limited to that maximum.
    fn schedule(self) -> Schedule {
        match self {
            Self::Rate { rate } => Schedule::flat(rate),
            Self::Amount { amount } => {
                Schedule { maximum: Some(amount), ..Schedule::flat(Rate::ONE) }
            }
        }
    }
}

impl FeeOverride {
    /// Whether it can be asked for: as a payment by hand, and the commission within it.
    ///
    /// # Errors
    /// What the payment itself is refused for, and [`TakeRefused::OwnCommissionOverPayment`].
    pub fn check(&self) -> Result<(), TakeRefused> {
        super::take::by_hand(&self.payment()?)?;
        if let OwnCommission::Amount { amount } = self.commission
            && (amount.is_negative() || amount > self.amount)
        {
            let payment = self.amount;
            return Err(TakeRefused::OwnCommissionOverPayment { commission: amount, payment });
        }
        Ok(())
    }

    fn payment(&self) -> Result<NewPayment, TakeRefused> {
        let amount = |money| {
            Amount::new(money).map_err(|_| Fault::Unexpected("a stored payment of nothing"))
        };
        Ok(NewPayment {
            account: self.account,
            kind: self.kind,
            method: self.method,
            amount: amount(self.amount)?,
            currency: self.currency,
            forwarder_fee: self.forwarder_fee.map(amount).transpose()?,
            effective_on: Some(self.effective_on),
            deposited_on: self.deposited_on,
            memo: self.memo.clone(),
            directed: false,
        })
    }
}

/// Enters and posts a payment with its own commission, in the transaction of its approval. That the
/// two people are two, and that the second may approve so much, is the approval's to see.
pub(crate) async fn take_with_override(
    tx: &Tx,
    request: &FeeOverride,
    signed: &Signed,
) -> Result<PaymentId, TakeRefused> {
    request.check()?;
    let own = Own { schedule: request.commission.schedule(), signed: signed.clone() };
    let payment = request.payment()?;
    let account = locked(tx, payment.account).await?;
    let by = Some(signed.asked_by.clone());
    let how = Entering { by, own: Some(own), ..Entering::default() };
    Ok(enter(tx, &account, &payment, how).await?.id)
}

/// The same for two people who are both here.
///
/// # Errors
/// [`Stop::Forbidden`] where one may not ask, the other not approve, or both are one.
pub async fn take_together(
    app: &App,
    asking: &Actor,
    approving: &Actor,
    request: &FeeOverride,
) -> Result<PaymentId, TakeRefused> {
    asking.require_agency(Permission::CommissionWrite)?;
    approving.require_agency(Permission::ApprovalDecide)?;
    if asking.agency() != approving.agency() || asking.principal() == approving.principal() {
        return Err(Stop::Forbidden(Permission::ApprovalDecide).into());
    }
    let tx = app.begin(approving).await?;
    let signed =
        Signed { asked_by: asking.signature().name, approved_by: approving.signature().name };
    let id = take_with_override(&tx, request, &signed).await?;
    tx.commit().await?;
    Ok(id)
}
