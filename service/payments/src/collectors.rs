//! Credit on posting, claw-back on return.

use domain::collector::{
    CollectorRates, Credit, CreditBase, Credited, Split, claw_back, credit as share,
};
use domain::recovery::Month;
use domain::{AccountId, CreditorId, PaymentId, Rate, UserId};
use entity::{account, collector_credit, payment};
use kernel::db::Tx;
use kernel::stop::Fault;
use ledger::recovery;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the credit of a payment depends on, as the posting statement answers it.
#[derive(Debug, serde::Deserialize)]
pub struct Grounds {
    split: Chosen,
    terms: Vec<InForce>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum Chosen {
    /// The collector whose desk it was.
    Desk { desk: Uuid },
    /// A split that somebody entered.
    Split(Split),
}

#[derive(Debug, serde::Deserialize)]
struct InForce {
    user: Uuid,
    base: CreditBase,
    rates: CollectorRates,
}

/// Credits a payment that was just posted; nothing where nobody is to be credited.
pub async fn credit(
    tx: &Tx,
    account: &account::Model,
    paid: &Credited,
    grounds: Option<Grounds>,
) -> Result<(), Fault> {
    let Some(grounds) = grounds else { return Ok(()) };
    let credits = grounds.credits(paid, account.creditor_id)?;
    write(tx, account.id, account.creditor_id, &credits).await
}

impl Grounds {
    /// Each member at the own rate. Where members' rates are of different things, each thing is
    /// credited on its own, and its total rounded once (money rule 18).
    fn credits(self, credited: &Credited, creditor: CreditorId) -> Result<Vec<Credit>, Fault> {
        let split = match self.split {
            Chosen::Desk { desk } => Split::all_to(UserId(desk)),
            Chosen::Split(split) => split,
        };
        let terms: BTreeMap<UserId, InForce> =
            self.terms.into_iter().map(|one| (UserId(one.user), one)).collect();
        let mut credits = Vec::new();
        for base in CreditBase::ALL {
            let mine = |user: UserId| terms.get(&user).filter(|one| one.base == *base);
            let rates = split
                .collectors()
                .into_iter()
                .map(|user| {
                    let rate = mine(user).map_or(Rate::ZERO, |one| one.rates.rate_for(creditor));
                    (user, rate)
                })
                .collect();
            let shared = share(credited, *base, &split, &rates)
                .map_err(|_| Fault::Unexpected("a split of collectors' credit that is none"))?;
            credits.extend(shared.into_iter().filter(|one| mine(one.collector).is_some()));
        }
        Ok(credits)
    }
}

/// Mirrors the credits of a payment that was just reversed: a return takes back what was earned, and
/// undoing a return gives it again, both in the present month.
pub async fn mirror(tx: &Tx, payment: &payment::Model, reversal: PaymentId) -> Result<(), Fault> {
    // Undoing a return looks at what the payment earned in the first place.
    let earned_by = if payment.kind.is_return() { payment.reverses_id } else { Some(payment.id) };
    let Some(earned_by) = earned_by else { return Ok(()) };
    let rows = collector_credit::in_agency(tx.agency())
        .filter(collector_credit::Column::PaymentId.eq(earned_by))
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let earned: Vec<Credit> = rows.into_iter().map(read).collect();
    let month = recovery::books(tx).await?.month;
    let credits = if payment.kind.is_return() {
        let again = |credit: Credit| Credit { payment: reversal, month, ..credit };
        earned.into_iter().map(again).collect()
    } else {
        claw_back(&earned, reversal, month)
            .map_err(|_| Fault::Unexpected("credits that cannot be taken back"))?
    };
    write(tx, payment.account_id, payment.creditor_id, &credits).await
}

/// A row as the rules see it.
pub fn read(row: collector_credit::Model) -> Credit {
    Credit {
        collector: row.user_id,
        payment: row.payment_id,
        kind: row.kind,
        month: Month::of(row.month),
        base: row.base,
        rate: row.rate,
        amount: row.amount,
    }
}

async fn write(
    tx: &Tx,
    account: AccountId,
    creditor: CreditorId,
    credits: &[Credit],
) -> Result<(), Fault> {
    if credits.is_empty() {
        return Ok(());
    }
    let rows = credits.iter().map(|one| collector_credit::ActiveModel {
        agency_id: Set(tx.agency()),
        payment_id: Set(one.payment),
        user_id: Set(one.collector),
        creditor_id: Set(creditor),
        account_id: Set(account),
        kind: Set(one.kind),
        month: Set(one.month.first()),
        base: Set(one.base),
        rate: Set(one.rate),
        amount: Set(one.amount),
        credited_at: Set(tx.now()),
    });
    collector_credit::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}
