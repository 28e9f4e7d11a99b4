//! Bringing the books to what the history says: before a payment, around an entry, with a return.

use super::history::{History, changes, load};
use super::may_accrue;
use crate::accounts::owed;
use crate::debt_entries::{self, NewEntry, NotEntered};
use chrono::NaiveDate;
use domain::allocation::{Allocation, AllocationOrder, AllocationRule};
use domain::debt_entry::DebtEntryKind;
use domain::interest::{Event, NotReplayable, What};
use domain::money::TooLarge;
use domain::timeline::TimelineKind;
use domain::{Amount, Bucket, Buckets, Currency, Money, PaymentId};
use entity::account;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;

/// An account whose interest was brought up to a payment, and how the payment is split.
pub struct Paid {
    pub account: account::Model,
    pub split: Allocation,
}

/// One entry that the books lack.
#[derive(Debug)]
pub struct Needed {
    pub(super) change: Buckets,
    /// Interest as it accrued, or what a recomputation moved.
    pub(super) kind: DebtEntryKind,
    pub(super) effective_on: NaiveDate,
    /// Up to which day interest is posted with it.
    pub(super) posted_on: Option<NaiveDate>,
    /// The payment that needed it.
    pub(super) payment: Option<PaymentId>,
    /// What earlier payments paid more than was owed by the recomputed history.
    pub(super) excess: Money,
    pub(super) currency: Currency,
}

/// What an entry needs on an account that bears interest.
#[derive(Debug)]
pub enum Around {
    Nothing,
    Before(Needed),
    After(Needed),
}

/// A stored history that cannot be replayed is our fault.
pub(super) fn unreplayable(err: NotReplayable) -> Fault {
    match err {
        NotReplayable::TooLarge(TooLarge) => Fault::Unexpected("an amount that does not fit"),
        NotReplayable::BeforeOpening { .. } => Fault::Unexpected("a debt older than its opening"),
    }
}

pub(super) fn fits<T>(sum: Result<T, TooLarge>) -> Result<T, Fault> {
    sum.map_err(|TooLarge| Fault::Unexpected("an amount that does not fit"))
}

/// Each bucket of `to` less that of `from`.
pub(super) fn less(to: &Buckets, from: &Buckets) -> Result<Buckets, Fault> {
    let mut rest = Buckets::default();
    for bucket in Bucket::ALL {
        rest.set(bucket, fits(to.get(bucket).minus(from.get(bucket)))?);
    }
    Ok(rest)
}

pub(super) fn plus(one: &Buckets, other: &Buckets) -> Result<Buckets, Fault> {
    less(one, &less(&Buckets::default(), other)?)
}

/// Brings an account that bears interest up to a payment. A payment dated before something that
/// happened already is put in its place, and what follows is computed again; what is then paid too
/// much is this payment's (money rule 15). None: the account bears no interest.
pub async fn before_payment(
    tx: &Tx,
    account: &account::Model,
    (payment, amount): (PaymentId, Amount),
    on: NaiveDate,
) -> Result<Option<Paid>, Stop> {
    if !may_accrue(account) {
        return Ok(None);
    }
    let history = load(tx, account).await?;
    if !history.terms.accrue() {
        return Ok(None);
    }
    let (split, needed) = history.with_payment(account, (payment, amount), on)?;
    let account = needed.write(tx, account.clone()).await?;
    Ok(Some(Paid { account, split }))
}

/// How a payment would be split, if the account bears interest; nothing is written.
pub async fn split_of(
    tx: &Tx,
    account: &account::Model,
    amount: Amount,
    on: NaiveDate,
) -> Result<Option<Allocation>, Stop> {
    if !may_accrue(account) {
        return Ok(None);
    }
    let history = load(tx, account).await?;
    if !history.terms.accrue() {
        return Ok(None);
    }
    let nobodys = PaymentId(kernel::random::uuid());
    Ok(Some(history.with_payment(account, (nobodys, amount), on)?.0))
}

impl History {
    /// How a payment is split, and what the books need before it is posted.
    pub(super) fn with_payment(
        &self,
        account: &account::Model,
        (payment, amount): (PaymentId, Amount),
        on: NaiveDate,
    ) -> Result<(Allocation, Needed), Fault> {
        let mut events = self.events.clone();
        let what = What::Payment { id: payment, amount };
        events.push(Event { on, entered: u64::MAX, what });
        let before = self.replay(&self.events).map_err(unreplayable)?;
        let after = self.replay(&events).map_err(unreplayable)?;
        let split = after.splits().find(|split| split.id == payment);
        let split = split.ok_or(Fault::Unexpected("a payment that left no trace"))?;
        let too_much = fits(after.overpaid.minus(before.overpaid))?.max(Money::ZERO);
        let split = most(amount, &split.applied, too_much)?;
        let in_order = self.last_on().is_none_or(|last| on >= last);
        let target = plus(&after.position.buckets, &split.applied)?;
        let change = less(&target, &owed(account))?;
        let needed = Needed {
            kind: kind_of(&change, in_order),
            change,
            effective_on: if in_order { on } else { self.today },
            posted_on: self.posted_on(&after),
            payment: Some(payment),
            excess: fits(too_much.minus(split.overpaid))?,
            currency: self.currency,
        };
        Ok((split, needed))
    }
}

/// The payment's own part: what the history finds paid too much is taken from it, as far as it
/// goes, for its money is at hand and that of earlier payments is gone.
fn most(amount: Amount, applied: &Buckets, too_much: Money) -> Result<Allocation, Fault> {
    let overpaid = too_much.min(amount.money());
    match Amount::new(fits(amount.money().minus(overpaid))?) {
        Ok(rest) => {
            let rule = AllocationRule::from(AllocationOrder::USUAL);
            let Allocation { applied, overpaid: none } = fits(rule.allocate(rest, applied))?;
            Ok(Allocation { applied, overpaid: fits(overpaid.plus(none))? })
        }
        Err(_) => Ok(Allocation { applied: Buckets::default(), overpaid }),
    }
}

fn kind_of(change: &Buckets, in_order: bool) -> DebtEntryKind {
    let accrued = Buckets { interest: change.interest, ..Buckets::default() };
    if in_order && *change == accrued && !change.interest.is_negative() {
        DebtEntryKind::Interest
    } else {
        DebtEntryKind::Shift
    }
}

/// What an entry needs: the interest up to it where it changes what bears interest; where it is
/// dated before something that happened already, what that shifts.
pub(crate) async fn around_entry(
    tx: &Tx,
    account: &account::Model,
    new: &NewEntry<'_>,
) -> Result<Around, Stop> {
    if !may_accrue(account) {
        return Ok(Around::Nothing);
    }
    let history = load(tx, account).await?;
    if !history.terms.accrue() {
        return Ok(Around::Nothing);
    }
    let mut events = history.events.clone();
    let on = new.effective_on;
    events.extend(changes(&new.change).map(|what| Event { on, entered: u64::MAX, what }));
    let (before, after) = (
        history.replay(&history.events).map_err(unreplayable)?,
        history.replay(&events).map_err(unreplayable)?,
    );
    let actual = owed(account);
    let change = less(&less(&after.position.buckets, &actual)?, &new.change)?;
    let in_order = history.last_on().is_none_or(|last| on >= last);
    let needed = Needed {
        kind: kind_of(&change, in_order),
        change,
        effective_on: if in_order { on } else { history.today },
        posted_on: history.posted_on(&after),
        payment: None,
        excess: fits(after.overpaid.minus(before.overpaid))?.max(Money::ZERO),
        currency: history.currency,
    };
    let first = plus(&actual, &change)?;
    let possible = Bucket::ALL.iter().all(|bucket| !first.get(*bucket).is_negative());
    Ok(if possible { Around::Before(needed) } else { Around::After(needed) })
}

/// Posts the interest up to a day, because a payoff or a status needs it. Nothing happens where
/// interest was posted or something else happened after that day, or where none accrued.
pub async fn post_through(
    tx: &Tx,
    account: account::Model,
    day: Option<NaiveDate>,
) -> Result<account::Model, Stop> {
    if !may_accrue(&account) {
        return Ok(account);
    }
    let history = load(tx, &account).await?;
    let on = day.unwrap_or(history.today);
    if !history.terms.accrue() || history.last_on().is_some_and(|last| last > on) {
        return Ok(account);
    }
    let mut events = history.events.clone();
    events.push(Event { on, entered: u64::MAX, what: What::Posting });
    let after = history.replay(&events).map_err(unreplayable)?;
    let change = less(&after.position.buckets, &owed(&account))?;
    if change == Buckets::default() {
        return Ok(account);
    }
    let needed = Needed {
        kind: kind_of(&change, true),
        change,
        effective_on: on,
        posted_on: history.posted_on(&after),
        payment: None,
        excess: Money::ZERO,
        currency: history.currency,
    };
    needed.write(tx, account).await
}

impl Needed {
    /// Writes the entry; where nothing changed, the day alone.
    pub async fn write(self, tx: &Tx, account: account::Model) -> Result<account::Model, Stop> {
        let nothing = self.change == Buckets::default();
        let account = if nothing { account } else { self.enter(tx, account).await? };
        if self.excess.is_positive() {
            self.tell_excess(tx, &account).await?;
        }
        if account.interest_posted_on == self.posted_on {
            return Ok(account);
        }
        let mut row: account::ActiveModel = account.into();
        row.interest_posted_on = Set(self.posted_on);
        Ok(row.update(tx).await?)
    }

    async fn enter(&self, tx: &Tx, account: account::Model) -> Result<account::Model, Stop> {
        let words = self.words();
        let new = NewEntry {
            kind: self.kind,
            change: self.change,
            effective_on: self.effective_on,
            reason: &words,
            payment: self.payment,
            cause: None,
            reverses: None,
            approved_by: None,
        };
        let written =
            debt_entries::write(tx, account, new, self.posted_on, tx.signature().name.clone())
                .await;
        let (id, account) = written.map_err(|err| match err {
            NotEntered::Stop(stop) => stop,
            NotEntered::BadChange(_) => {
                Fault::Unexpected("a recomputation that takes more than a bucket holds").into()
            }
        })?;
        let detail = json!({ "entry": id, "payment": self.payment, "change": self.change });
        let subject = (&account).into();
        timeline::record(tx, subject, TimelineKind::InterestPosted, words, Some(detail)).await?;
        Ok(account)
    }

    fn words(&self) -> String {
        let shown = |money: Money| money.to_display(self.currency);
        if self.kind == DebtEntryKind::Interest {
            let interest = shown(self.change.interest);
            return format!("Interest of {interest} up to {}", self.effective_on);
        }
        let parts: Vec<String> = Bucket::ALL
            .into_iter()
            .filter(|bucket| !self.change.get(*bucket).is_zero())
            .map(|bucket| format!("{} {}", bucket.words(), shown(self.change.get(bucket))))
            .collect();
        format!("Interest and allocation computed again: {}", parts.join(", "))
    }

    /// The money of earlier payments is gone to whom it was owed then: a person has to correct the
    /// payment that now is too much, by a reversal and a new posting.
    async fn tell_excess(&self, tx: &Tx, account: &account::Model) -> Result<(), Fault> {
        tracing::warn!(account = %account.id, "a recomputation left earlier payments above the debt");
        let words = format!(
            "Computed again, earlier payments are {} above what was owed: correct the last of them",
            self.excess.to_display(self.currency)
        );
        let detail = json!({ "payment": self.payment, "excess": self.excess });
        let kind = TimelineKind::InterestPosted;
        timeline::record(tx, account.into(), kind, words, Some(detail)).await
    }
}
