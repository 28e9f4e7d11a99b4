//! Changing a debt without money: decreases (DA), charges that agreement or law permits, and their
//! reversals (DAR, CHR). Never commissioned, on no statement (domain rule 2.5). Above the own limit a
//! second person decides (domain checklist 65).

mod read;
mod refusals;

pub use domain::approval::{Adjustment, Terms};
pub use read::{EntryView, get, list};
pub use refusals::AdjustRefused;

use crate::accounts;
use crate::accounts::owed;
use crate::debt_entries::{self, NewEntry, NotEntered};
use chrono::NaiveDate;
use domain::account::{AccountStatus, Transition, TransitionFacts, transition};
use domain::approval::Deed;
use domain::debt_entry::{DebtEntryKind, changed};
use domain::timeline::TimelineKind;
use domain::{Bucket, Buckets, DebtEntryId, Money, Permission};
use entity::{account, debt_entry, payment};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::approvals::{self, Ask, Outcome, Performed, Request, TwoPeople};
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::once::{Answer, Once};
use kernel::stop::{Fault, Stop, broke};
use kernel::timeline;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use serde_json::json;

/// Changes a debt: at once within the own limit, else when a second person approves. What could not
/// be done is refused now and not put before anybody.
pub async fn enter(
    app: &App,
    actor: &Actor,
    adjustment: Adjustment,
    once: &Once,
) -> Result<Answer<Outcome<DebtEntryId>>, AdjustRefused> {
    actor.require_agency(Permission::AdjustmentWrite)?;
    domain::reason(adjustment.reason()).ok_or(AdjustRefused::NoReason)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let account = accounts::lock(&tx, actor, adjustment.account(), None).await?;
    let planned = plan(&tx, &account, &adjustment).await?;
    let outcome = if approvals::may_alone(&tx, actor, Deed::Adjustment, planned.size()?).await? {
        let people = TwoPeople::alone(actor);
        Outcome::Done(write(&tx, account, planned, &adjustment, &people).await?)
    } else {
        let ask = Ask {
            request: &Request::Adjustment(adjustment.clone()),
            subject: ("account", account.id.0),
            account: &account,
            amount: planned.size()?,
            note: adjustment.reason().trim(),
        };
        Outcome::Asked(approvals::request(&tx, actor, ask).await?)
    };
    once.keep(&tx, &outcome).await?;
    tx.commit().await?;
    Ok(Answer::first(outcome))
}

/// Makes an adjustment that was approved, in the transaction of the approval.
pub async fn adjust(
    tx: &Tx,
    adjustment: &Adjustment,
    people: &TwoPeople,
) -> Result<Performed, AdjustRefused> {
    let account = account::Entity::find_by_id((tx.agency(), adjustment.account()))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    let planned = plan(tx, &account, adjustment).await?;
    let entry = write(tx, account, planned, adjustment, people).await?;
    Ok(Performed { result: entry.0, call: None })
}

/// An adjustment that may be made on the account as it is now.
struct Planned {
    kind: DebtEntryKind,
    change: Buckets,
    effective_on: NaiveDate,
    reverses: Option<DebtEntryId>,
}

impl Planned {
    /// What limits look at: everything that moves, whatever the direction.
    fn size(&self) -> Result<Money, AdjustRefused> {
        let mut size = Money::ZERO;
        for bucket in Bucket::ALL {
            let part = self.change.get(bucket);
            size = size.plus(if part.is_negative() { part.negated()? } else { part })?;
        }
        Ok(size)
    }
}

async fn plan(
    tx: &Tx,
    account: &account::Model,
    adjustment: &Adjustment,
) -> Result<Planned, AdjustRefused> {
    let today = kernel::agency::today(tx).await?;
    let planned = match adjustment {
        Adjustment::Decrease(terms) => {
            open(account)?;
            let change = signed(&terms.amounts, true)?;
            let effective_on = day(terms.effective_on, today)?;
            Planned { kind: DebtEntryKind::Decrease, change, effective_on, reverses: None }
        }
        Adjustment::Charge(terms) => {
            open(account)?;
            for bucket in [Bucket::Principal, Bucket::Interest] {
                if !terms.amounts.get(bucket).is_zero() {
                    return Err(AdjustRefused::ChargeBucket(bucket));
                }
            }
            let change = signed(&terms.amounts, false)?;
            let effective_on = day(terms.effective_on, today)?;
            Planned { kind: DebtEntryKind::Charge, change, effective_on, reverses: None }
        }
        Adjustment::Reversal { entry, .. } => undoing(tx, account, *entry, today).await?,
    };
    changed(&owed(account), &planned.change)?;
    Ok(planned)
}

/// The exact mirror of an entry that nothing has undone yet.
async fn undoing(
    tx: &Tx,
    account: &account::Model,
    entry: DebtEntryId,
    today: NaiveDate,
) -> Result<Planned, AdjustRefused> {
    let row = debt_entry::Entity::find_by_id((tx.agency(), entry))
        .filter(debt_entry::Column::AccountId.eq(account.id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("entry"))?;
    let kind = match row.kind {
        DebtEntryKind::Decrease
        | DebtEntryKind::Charge
        | DebtEntryKind::DecreaseReturn
        | DebtEntryKind::ChargeReturn => row.kind.reversed(),
        // A settlement makes and undoes its own write-off; interest is recomputed.
        DebtEntryKind::WriteOff
        | DebtEntryKind::WriteOffReturn
        | DebtEntryKind::Interest
        | DebtEntryKind::Shift => None,
    }
    .ok_or(AdjustRefused::NotReversible(row.kind))?;
    let undone = debt_entry::in_agency(tx.agency())
        .filter(debt_entry::Column::ReversesId.eq(entry))
        .one(tx)
        .await?;
    if let Some(by) = undone {
        return Err(AdjustRefused::AlreadyReversed { by: by.id });
    }
    let reopens = matches!(account.status, AccountStatus::PaidInFull);
    if !reopens {
        open(account)?;
    } else if crate::accounts::placed_again(tx, account).await? {
        return Err(AdjustRefused::PlacedAgain);
    }
    let mut change = Buckets::default();
    for (bucket, was) in [
        (Bucket::Principal, row.principal),
        (Bucket::Interest, row.interest),
        (Bucket::Fees, row.fees),
        (Bucket::Costs, row.costs),
        (Bucket::Other, row.other),
    ] {
        change.set(bucket, was.negated()?);
    }
    Ok(Planned { kind, change, effective_on: today, reverses: Some(entry) })
}

async fn write(
    tx: &Tx,
    account: account::Model,
    planned: Planned,
    adjustment: &Adjustment,
    people: &TwoPeople,
) -> Result<DebtEntryId, AdjustRefused> {
    let size = planned.size()?;
    let reason = adjustment.reason().trim();
    let kind = planned.kind;
    let was_owed = owed(&account).total()?;
    let new = NewEntry {
        kind,
        change: planned.change,
        effective_on: planned.effective_on,
        reason,
        payment: None,
        cause: None,
        reverses: planned.reverses,
        approved_by: people.approved_by.clone(),
    };
    let made = match people.approved_by {
        None => debt_entries::enter(tx, account, new).await,
        Some(_) => debt_entries::enter_for(tx, account, new, people.asked_by.clone()).await,
    };
    let (id, account) = made.map_err(|err| match err {
        NotEntered::Stop(Stop::Fault(Fault::Db(err)))
            if broke(&err, "debt_entry_reversed_once") =>
        {
            AdjustRefused::ReversedMeanwhile
        }
        other @ (NotEntered::BadChange(_) | NotEntered::Stop(_)) => other.into(),
    })?;
    told(tx, &account, kind, (id, size), people, reason).await?;
    follow(tx, account, was_owed).await?;
    Ok(id)
}

async fn told(
    tx: &Tx,
    account: &account::Model,
    kind: DebtEntryKind,
    (id, size): (DebtEntryId, Money),
    people: &TwoPeople,
    reason: &str,
) -> Result<(), Fault> {
    let shown = size.to_display(kernel::agency::own(tx).await?.currency);
    let (line, words) = match kind {
        DebtEntryKind::Decrease | DebtEntryKind::WriteOff => {
            (TimelineKind::DebtAdjusted, format!("Debt lowered by {shown}"))
        }
        DebtEntryKind::DecreaseReturn | DebtEntryKind::WriteOffReturn => {
            (TimelineKind::DebtAdjusted, format!("Adjustment of {shown} undone"))
        }
        DebtEntryKind::Charge => (TimelineKind::DebtCharged, format!("Charged {shown}")),
        DebtEntryKind::ChargeReturn => {
            (TimelineKind::DebtCharged, format!("Charge of {shown} undone"))
        }
        DebtEntryKind::Interest | DebtEntryKind::Shift => {
            (TimelineKind::InterestPosted, format!("Interest of {shown}"))
        }
    };
    let detail = json!({
        "entry": id, "code": kind.code(), "asked_by": people.asked_by,
        "approved_by": people.approved_by, "reason": reason,
    });
    timeline::record(tx, account.into(), line, words, Some(detail)).await
}

/// What follows for the account. Nothing owed: nobody works it, and if money was paid on it, it
/// closes as paid in full when the last funds are available (money rule 21); a debt that was never
/// paid on is left for a person to close, because it was not paid. Owed again: it opens again.
async fn follow(tx: &Tx, account: account::Model, was_owed: Money) -> Result<(), AdjustRefused> {
    let owes = owed(&account).total()?;
    if owes.is_zero() {
        let (id, version, open) = (account.id, account.version, account.status.is_open());
        let mut row = account.into_active_model();
        row.next_work_at = Set(None);
        row.version = Set(version + 1);
        row.update(tx).await?;
        let paid = payment::in_agency(tx.agency())
            .filter(payment::Column::AccountId.eq(id))
            .filter(payment::Column::State.eq(domain::payment::PaymentState::Succeeded))
            .filter(payment::Column::ReversesId.is_null())
            .one(tx)
            .await?;
        if open && paid.is_some() {
            jobs::enqueue(tx, Job::CloseWhenAvailable { account: id }).await?;
        }
        return Ok(());
    }
    if !was_owed.is_zero() {
        return Ok(());
    }
    let before = account.status;
    let facts = TransitionFacts {
        owed: accounts::owed_on(&account),
        restrictions: &[],
        placed_again: false,
    };
    let status = transition(before, Transition::OwedAgain, &facts)
        .map_err(|_| Fault::Unexpected("a charge that refuses a status"))?;
    let reopens = status != before;
    let account =
        accounts::work::settle(tx, account, status, accounts::work::Due::AsBefore).await?;
    if reopens {
        let words = format!("Status {} to {}: owed again", before.code(), status.code());
        let detail = json!({ "from": before, "to": status });
        let kind = TimelineKind::StatusChanged;
        timeline::record(tx, (&account).into(), kind, words, Some(detail)).await?;
    }
    Ok(())
}

fn open(account: &account::Model) -> Result<(), AdjustRefused> {
    if account.status.is_open() { Ok(()) } else { Err(AdjustRefused::Closed(account.status)) }
}

/// Each amount with its sign; none is below zero and one is above it.
fn signed(amounts: &Buckets, less: bool) -> Result<Buckets, AdjustRefused> {
    let mut change = Buckets::default();
    for bucket in Bucket::ALL {
        let amount = amounts.get(bucket);
        if amount.is_negative() {
            return Err(AdjustRefused::Negative(bucket));
        }
        change.set(bucket, if less { amount.negated()? } else { amount });
    }
    Ok(change)
}

fn day(told: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate, AdjustRefused> {
    let day = told.unwrap_or(today);
    if day > today {
        return Err(AdjustRefused::InTheFuture);
    }
    if today.signed_duration_since(day).num_days() > 3_653 {
        return Err(AdjustRefused::TooLongAgo);
    }
    Ok(day)
}
