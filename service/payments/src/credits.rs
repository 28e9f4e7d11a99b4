//! What debtors paid too much (domain rule 2.10, E7): it belongs to the debtor, is on no statement and
//! earns no commission. It goes back, which takes two people, or pays another debt of the same debtor.
//!
//! A credit belongs to the account on which it arose, and follows the account into another packet. What
//! is on an account is read from the ledger: the transfers of `debtor_credit` on it, less what was moved
//! away and with what was moved here.

mod balance;
mod gateway;
mod packet;
mod read;
mod refusals;
mod transfer;

pub use balance::free_on;
pub use domain::approval::{CreditRefund, Refund, RefundBy};
pub use gateway::{failed, given_back, settle};
pub use packet::follow_debtor;
pub use read::{AccountCredit, CreditsView, UseView, get_use, of_debtor};
pub use refusals::CreditRefused;
pub use transfer::{NewMove, move_to};

use crate::payments;
use domain::approval::Deed;
use domain::books::refund_credit;
use domain::debt_entry::{CreditUseKind, CreditUseState};
use domain::ledger::Ledger;
use domain::timeline::TimelineKind;
use domain::{AccountId, Amount, CreditUseId, Currency, Money, PaymentId, Permission};
use entity::{account, credit_use};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::approvals::{self, Ask, Outcome, Performed, Request, TwoPeople};
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use ledger::Cause;
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use serde_json::json;

/// A refund of a credit that somebody asks for.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// The account that was overpaid.
    pub account: AccountId,
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// How it goes back.
    pub by: RefundBy,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// Gives a credit, or part of it, back: when a second person approves, unless the agency lets the role
/// act alone. What could not be given back is refused now.
pub async fn refund(
    app: &App,
    actor: &Actor,
    new: NewRefund,
    once: &Once,
) -> Result<Answer<Outcome<CreditUseId>>, CreditRefused> {
    actor.require_agency(Permission::PaymentReverse)?;
    let reason = domain::reason(&new.reason).ok_or(CreditRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let currency = kernel::agency::own(&tx).await?.currency;
    if new.currency != currency {
        return Err(CreditRefused::WrongCurrency(currency));
    }
    let NewRefund { account, amount, by, .. } = new;
    let terms = CreditRefund { account, amount: amount.money(), by, reason };
    let account = lock(&tx, account).await?;
    may_go_back(&tx, &account, &terms).await?;
    let outcome = if approvals::may_alone(&tx, actor, Deed::Refund, terms.amount).await? {
        let done = carry_out(app, &tx, account, &terms, &TwoPeople::alone(actor)).await?;
        once.keep(&tx, &Outcome::Done(CreditUseId(done.result))).await?;
        tx.commit().await?;
        payments::send(app, actor, done.call).await?;
        return Ok(Answer::first(Outcome::Done(CreditUseId(done.result))));
    } else {
        let ask = Ask {
            request: &Request::Refund(Refund::Credit(terms.clone())),
            subject: ("account", account.id.0),
            account: &account,
            amount: terms.amount,
            note: &terms.reason,
        };
        Outcome::Asked(approvals::request(&tx, actor, ask).await?)
    };
    once.keep(&tx, &outcome).await?;
    tx.commit().await?;
    Ok(Answer::first(outcome))
}

/// Gives back what was approved, in the transaction of the approval.
pub async fn give_back(
    app: &App,
    tx: &Tx,
    refund: &Refund,
    people: &TwoPeople,
) -> Result<Performed, CreditRefused> {
    match refund {
        Refund::Payment { payment, note } => {
            Ok(payments::plan_refund(app, tx, *payment, note, people).await?)
        }
        Refund::Credit(terms) => {
            let account = lock(tx, terms.account).await?;
            may_go_back(tx, &account, terms).await?;
            carry_out(app, tx, account, terms, people).await
        }
    }
}

/// Whether so much may go back so. What was spoken for before, and by check what the bank may still
/// take back, is not there.
async fn may_go_back(
    tx: &Tx,
    account: &account::Model,
    terms: &CreditRefund,
) -> Result<(), CreditRefused> {
    Amount::new(terms.amount).map_err(|_| Fault::Unexpected("a refund of nothing"))?;
    let credit = balance::of(tx, account.id).await?;
    credit.covers(terms.amount)?;
    match &terms.by {
        RefundBy::Check { reference } => {
            if reference.as_ref().is_some_and(|text| text.chars().count() > 100) {
                return Err(CreditRefused::LongReference);
            }
            credit.cleared(terms.amount)?;
            let cash = balance::trust_cash(tx, credit.trust_account).await?;
            if terms.amount > cash {
                return Err(CreditRefused::TrustCashShort { cash, asked: terms.amount });
            }
            Ok(())
        }
        RefundBy::Gateway { payment } => {
            gateway::refundable(tx, account, *payment, terms.amount).await.map(drop)
        }
    }
}

async fn carry_out(
    app: &App,
    tx: &Tx,
    account: account::Model,
    terms: &CreditRefund,
    people: &TwoPeople,
) -> Result<Performed, CreditRefused> {
    let performed = match &terms.by {
        RefundBy::Check { reference } => {
            let new = NewUse { reference: reference.clone(), ..NewUse::of(terms) };
            let id = write_use(tx, &account, &new, people).await?;
            let credit = balance::of(tx, account.id).await?;
            let debtor = account.debtor_id;
            let moves = refund_credit(debtor, terms.amount, Ledger::TrustCash);
            ledger::write_of(
                tx,
                cause(tx, id, "post").await?,
                credit.trust_account,
                Some(account.id),
                &moves,
            )
            .await?;
            told(tx, &account, terms.amount, "given back by check").await?;
            Performed { result: id.0, call: None }
        }
        RefundBy::Gateway { payment } => {
            gateway::ask(app, tx, &account, *payment, terms, people).await?
        }
    };
    audit::write(
        tx,
        audit::Entry {
            action: "credit.refund",
            subject_type: "account",
            subject_id: Some(account.id.0),
            after: Some(json!({
                "amount": terms.amount.to_decimal(), "by": terms.by, "use": performed.result,
                "asked_by": people.asked_by, "approved_by": people.approved_by,
            })),
            reason: Some(terms.reason.clone()),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(performed)
}

/// A use of a credit to be written down.
struct NewUse<'a> {
    kind: CreditUseKind,
    state: CreditUseState,
    amount: Money,
    reference: Option<String>,
    /// The payment that a move made.
    payment: Option<PaymentId>,
    /// The payment and the call that it goes back through.
    through: Option<(PaymentId, domain::GatewayCallId)>,
    reason: &'a str,
}

impl<'a> NewUse<'a> {
    fn of(terms: &'a CreditRefund) -> Self {
        Self {
            kind: CreditUseKind::Refund,
            state: CreditUseState::Done,
            amount: terms.amount,
            reference: None,
            payment: None,
            through: None,
            reason: &terms.reason,
        }
    }
}

async fn write_use(
    tx: &Tx,
    account: &account::Model,
    new: &NewUse<'_>,
    people: &TwoPeople,
) -> Result<CreditUseId, Fault> {
    let id = CreditUseId(random::uuid());
    credit_use::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        debtor_id: Set(account.debtor_id),
        account_id: Set(account.id),
        kind: Set(new.kind),
        amount: Set(new.amount),
        payment_id: Set(new.payment),
        reference: Set(new.reference.clone()),
        reason: Set(new.reason.to_owned()),
        done_at: Set(tx.now()),
        entered_by: Set(people.asked_by.clone()),
        approved_by: Set(people.approved_by.clone()),
        state: Set(new.state),
        through_id: Set(new.through.map(|(payment, _)| payment)),
        call_id: Set(new.through.map(|(_, call)| call)),
    }
    .insert(tx)
    .await?;
    Ok(id)
}

async fn cause(tx: &Tx, id: CreditUseId, effect: &'static str) -> Result<Cause, Fault> {
    let effective_on = kernel::agency::today(tx).await?;
    Ok(Cause { source_type: "credit_use", source_id: id.0, effect, effective_on })
}

async fn told(tx: &Tx, account: &account::Model, amount: Money, words: &str) -> Result<(), Fault> {
    let shown = amount.to_display(kernel::agency::own(tx).await?.currency);
    let summary = format!("Credit of {shown} {words}");
    timeline::record(tx, account.into(), TimelineKind::CreditUsed, summary, None).await
}

async fn lock(tx: &Tx, id: AccountId) -> Result<account::Model, Stop> {
    account::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))
}
