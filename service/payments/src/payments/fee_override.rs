//! Another commission on one payment than the schedules give: asked for by one person, approved by
//! another (domain rule 2.5, order of evaluation; checklist 65).

use super::take::{self, Entering, NewPayment, TakeRefused, enter, locked};
use chrono::NaiveDate;
use domain::approval::{Deed, FeeOverride, OwnCommission};
use domain::commission::Schedule;
use domain::{Amount, PaymentId, Permission};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::approvals::{self, Ask, Outcome, Performed, Request, TwoPeople};
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::stop::Fault;

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
pub struct Own {
    pub schedule: Schedule,
    pub signed: Signed,
}

/// What was asked for, with the day fixed: it does not move to the day of the approval.
fn terms_of(new: &NewPayment, commission: OwnCommission, today: NaiveDate) -> FeeOverride {
    FeeOverride {
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
fn check(terms: &FeeOverride) -> Result<(), TakeRefused> {
    match terms.commission {
        OwnCommission::Amount { amount } if amount.is_negative() || amount > terms.amount => {
            let payment = terms.amount;
            Err(TakeRefused::OwnCommissionOverPayment { commission: amount, payment })
        }
        OwnCommission::Amount { .. } | OwnCommission::Rate { .. } => Ok(()),
    }
}

fn payment_of(terms: &FeeOverride) -> Result<NewPayment, TakeRefused> {
    let amount =
        |money| Amount::new(money).map_err(|_| Fault::Unexpected("a stored payment of nothing"));
    Ok(NewPayment {
        account: terms.account,
        kind: terms.kind,
        method: terms.method,
        amount: amount(terms.amount)?,
        currency: terms.currency,
        forwarder_fee: terms.forwarder_fee.map(amount).transpose()?,
        effective_on: Some(terms.effective_on),
        deposited_on: terms.deposited_on,
        memo: terms.memo.clone(),
        directed: terms.directed,
    })
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
    let note = domain::reason(&new.note).ok_or(TakeRefused::NoNote)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let account = locked(&tx, new.payment.account).await?;
    let today = kernel::agency::today(&tx).await?;
    let terms = terms_of(&new.payment, new.commission, today);
    check(&terms)?;
    let outcome = if approvals::may_alone(&tx, actor, Deed::FeeOverride, terms.amount).await? {
        let done = enter_overridden(&tx, &terms, &TwoPeople::alone(actor)).await?;
        Outcome::Done(PaymentId(done.result))
    } else {
        let own = Some(terms.commission.schedule());
        take::admit(&tx, &account, &payment_of(&terms)?, own).await?;
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
pub async fn enter_overridden(
    tx: &Tx,
    terms: &FeeOverride,
    people: &TwoPeople,
) -> Result<Performed, TakeRefused> {
    check(terms)?;
    let payment = payment_of(terms)?;
    let signed =
        Signed { asked_by: people.asked_by.clone(), approved_by: people.approved_by.clone() };
    let own = Own { schedule: terms.commission.schedule(), signed };
    let account = locked(tx, terms.account).await?;
    let by = Some(people.asked_by.clone());
    let how = Entering { by, own: Some(own), ..Entering::default() };
    let posted = enter(tx, &account, &payment, how).await?;
    Ok(Performed { result: posted.id.0, call: None })
}
