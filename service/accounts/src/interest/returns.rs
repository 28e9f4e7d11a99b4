//! Returns: the history of a debt without a payment, or with one that counts again (money rule 15).

use super::history::{History, load};
use super::settle::{Needed, fits, less, plus, unreplayable};
use crate::accounts::owed;
use domain::debt_entry::DebtEntryKind;
use domain::interest::{Event, Replay, What};
use domain::{Amount, Buckets, Money, PaymentId};
use entity::{account, payment};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::EntityTrait;

/// A return, or the return of one, and where it leaves the debt.
pub struct Returning {
    target: Buckets,
    history: History,
    after: Replay,
    payment: PaymentId,
    excess: Money,
}

/// Computes the history again without a payment that is returned, or with one that counts again
/// (money rule 15). None: nothing that happened later is concerned.
pub async fn returning(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
) -> Result<Option<Returning>, Stop> {
    let history = load(tx, account).await?;
    let of = |event: &Event, id| matches!(event.what, What::Payment { id: of, .. } if of == id);
    let mut events = history.events.clone();
    let place = match payment.reverses_id.filter(|_| payment.kind.is_return()) {
        Some(original) => {
            // Returned and counted again before: the day is that of the first of them.
            let (mut on, mut earlier) = (payment.effective_on, Some(original));
            while let Some(id) = earlier {
                let row = payment::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
                on = row.as_ref().and_then(|row| row.effective_on).or(on);
                earlier = row.and_then(|row| row.reverses_id);
            }
            let event = payment.applied.and_then(|applied| Amount::new(applied).ok()).zip(on).map(
                |(amount, on)| {
                    let what = What::Payment { id: payment.id, amount };
                    Event { on, entered: u64::MAX, what }
                },
            );
            events.extend(event);
            event
        }
        None => {
            events.retain(|event| !of(event, payment.id));
            history.events.iter().find(|event| of(event, payment.id)).copied()
        }
    };
    let Some(place) = place else { return Ok(None) };
    let later = history.events.iter().any(|event| {
        !of(event, payment.id) && (event.on, event.entered) > (place.on, place.entered)
    });
    if !history.terms.accrue() && !later {
        return Ok(None);
    }
    let before = history.replay(&history.events).map_err(unreplayable)?;
    let after = history.replay(&events).map_err(unreplayable)?;
    let excess = fits(after.overpaid.minus(before.overpaid))?.max(Money::ZERO);
    let target = after.position.buckets;
    Ok(Some(Returning { target, history, after, payment: payment.id, excess }))
}

impl Returning {
    /// What would be paid too much if the payment counted again.
    pub fn excess(&self) -> Money {
        self.excess
    }

    /// Before a payment counts again: what it takes away stands in its buckets.
    pub async fn before(
        &self,
        tx: &Tx,
        account: account::Model,
        lines: &Buckets,
    ) -> Result<account::Model, Stop> {
        let target = plus(&self.target, lines)?;
        self.needed(&account, &target)?.write(tx, account).await
    }

    /// After a payment was returned: the debt is as if it had never been paid.
    pub async fn after(&self, tx: &Tx, account: account::Model) -> Result<account::Model, Stop> {
        self.needed(&account, &self.target)?.write(tx, account).await
    }

    fn needed(&self, account: &account::Model, target: &Buckets) -> Result<Needed, Fault> {
        Ok(Needed {
            kind: DebtEntryKind::Shift,
            change: less(target, &owed(account))?,
            effective_on: self.history.today,
            posted_on: self.history.posted_on(&self.after),
            payment: Some(self.payment),
            excess: self.excess,
            currency: self.history.currency,
        })
    }
}
