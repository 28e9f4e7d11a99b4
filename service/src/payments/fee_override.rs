//! Another commission on one payment than the schedules give: asked for by one person, approved by
//! another (domain rule 2.5, order of evaluation; checklist 65).

use super::take::{self, Entering, NewPayment, TakeRefused, enter, locked};
use crate::accounts;
use crate::actor::Actor;
use crate::app::App;
use crate::approvals::{self, Ask, Outcome, Performed, Request, TwoPeople};
use crate::db::Tx;
use crate::once::{Answer, Once};
use crate::stop::Fault;
use chrono::NaiveDate;
use domain::approval::Deed;
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
    /// The debtor chose this debt (15 USC 1692h).
    #[serde(default)]
    pub directed: bool,
    /// What the agency keeps of it.
    pub commission: OwnCommission,
}

/// A payment that somebody enters with its own commission, and why.
#[derive(Debug, Clone)]
pub struct NewOverride {
    /// The payment.
    pub payment: NewPayment,
    /// What the agency keeps of it.
    pub commission: OwnCommission,
    /// Why, in the person's words.
    pub note: String,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

/// A schedule that was chosen for one payment, and by whom.
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
    /// What was asked for, with the day told: it does not move to the day of the approval.
    fn of(new: &NewPayment, commission: OwnCommission, today: NaiveDate) -> Self {
        Self {
            account: new.account,
            kind: new.kind,
            method: new.method,
            amount: new.amount.money(),
            currency: new.currency,
            forwarder_fee: new.forwarder_fee.map(Amount::money),
            effective_on: new.effective_on.unwrap_or(today),
            deposited_on: new.deposited_on,
            memo: new.memo.clone(),
            directed: new.directed,
            commission,
        }
    }

    /// Whether the commission lies within the payment.
    fn check(&self) -> Result<(), TakeRefused> {
        match self.commission {
            OwnCommission::Amount { amount } if amount.is_negative() || amount > self.amount => {
                let payment = self.amount;
                Err(TakeRefused::OwnCommissionOverPayment { commission: amount, payment })
            }
            OwnCommission::Amount { .. } | OwnCommission::Rate { .. } => Ok(()),
        }
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
            directed: self.directed,
        })
    }
}

/// Enters a payment with its own commission. It takes a second person, whatever the agency lets a
/// role do alone ([`Deed::always_takes_two`]): until then nothing is posted. Limits look at the whole payment, which no
/// commission exceeds and no rate can make look small.
///
/// # Errors
/// What a payment by hand is refused for, [`TakeRefused::OwnCommissionOverPayment`], and
/// [`TakeRefused::NoNote`].
pub async fn take_with_override(
    app: &App,
    actor: &Actor,
    new: NewOverride,
    once: &Once,
) -> Result<Answer<Outcome<PaymentId>>, TakeRefused> {
    actor.require_agency(Permission::PaymentTake)?;
    take::by_hand(&new.payment)?;
    let note = accounts::reason(&new.note).ok_or(TakeRefused::NoNote)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let account = locked(&tx, new.payment.account).await?;
    let today = approvals::today(&tx).await?;
    let terms = FeeOverride::of(&new.payment, new.commission, today);
    terms.check()?;
    let outcome = if approvals::may_alone(&tx, actor, Deed::FeeOverride, terms.amount).await? {
        let done = enter_overridden(&tx, &terms, &TwoPeople::alone(actor)).await?;
        Outcome::Done(PaymentId(done.result))
    } else {
        let own = Some(terms.commission.schedule());
        take::admit(&tx, &account, &terms.payment()?, own).await?;
        let ask = Ask {
            amount: terms.amount,
            request: &Request::FeeOverride(terms),
            subject: ("account", account.id.0),
            account: &account,
            note: &note,
        };
        Outcome::Asked(approvals::request(&tx, actor, ask).await?)
    };
    once.keep(&tx, &outcome).await?;
    tx.commit().await?;
    Ok(Answer::first(outcome))
}

/// Enters and posts it, in the transaction that decides. Both names stay with its reckoning.
pub(crate) async fn enter_overridden(
    tx: &Tx,
    terms: &FeeOverride,
    people: &TwoPeople,
) -> Result<Performed, TakeRefused> {
    terms.check()?;
    let payment = terms.payment()?;
    let signed =
        Signed { asked_by: people.asked_by.clone(), approved_by: people.approved_by.clone() };
    let own = Own { schedule: terms.commission.schedule(), signed };
    let account = locked(tx, terms.account).await?;
    let by = Some(people.asked_by.clone());
    let how = Entering { by, own: Some(own), ..Entering::default() };
    let posted = enter(tx, &account, &payment, how).await?;
    Ok(Performed { result: posted.id.0, call: None })
}
