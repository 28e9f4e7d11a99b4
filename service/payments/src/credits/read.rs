//! Reading a debtor's credits and what became of them.

use super::balance;
use chrono::{DateTime, NaiveDate, Utc};
use domain::debt_entry::{CreditUseKind, CreditUseState};
use domain::{AccountId, CreditUseId, Currency, DebtorId, Money, PaymentId, Permission};
use entity::{account, credit_use, debtor, payment};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// The most uses that are shown.
const USES: u64 = 100;

/// The credits of a debtor.
#[derive(Debug, Clone)]
pub struct CreditsView {
    /// Whose.
    pub debtor: DebtorId,
    /// In which currency.
    pub currency: Currency,
    /// All of it, in the books.
    pub total: Money,
    /// Account by account; those without one are left out.
    pub accounts: Vec<AccountCredit>,
    /// What became of credits, newest first, at most 100.
    pub uses: Vec<UseView>,
}

/// The credit on one account.
#[derive(Debug, Clone)]
pub struct AccountCredit {
    /// Which.
    pub account: AccountId,
    /// In the books; below zero when it was used and its payment was then returned.
    pub credit: Money,
    /// On its way back through the gateway.
    pub reserved: Money,
    /// From payments that the bank may still take back.
    pub on_hold: Money,
    /// The day on which all of it has cleared.
    pub available_on: Option<NaiveDate>,
    /// The payments through whose gateway it may go back, and how much of each.
    pub through: Vec<(PaymentId, Money)>,
}

/// A use of a credit.
#[derive(Debug, Clone)]
pub struct UseView {
    /// Its id.
    pub id: CreditUseId,
    /// The account that was overpaid.
    pub account: AccountId,
    /// Given back or moved.
    pub kind: CreditUseKind,
    /// Where it stands.
    pub state: CreditUseState,
    /// How much.
    pub amount: Money,
    /// The payment that a move made on the other debt.
    pub payment: Option<PaymentId>,
    /// The payment that it went back through.
    pub through: Option<PaymentId>,
    /// The check's number.
    pub reference: Option<String>,
    /// Why.
    pub reason: String,
    /// Since when it stands so.
    pub at: DateTime<Utc>,
    /// Who asked.
    pub entered_by: String,
    /// The second person.
    pub approved_by: Option<String>,
}

/// The credits of a debtor.
pub async fn of_debtor(app: &App, actor: &Actor, id: DebtorId) -> Result<CreditsView, Stop> {
    actor.require_agency(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    debtor::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("debtor"))?;
    let mut through = through(&tx, id).await?;
    let accounts: Vec<AccountCredit> = balance::of_debtor(&tx, id)
        .await?
        .into_iter()
        .map(|credit| AccountCredit {
            account: credit.account_id,
            credit: credit.credit,
            reserved: credit.reserved,
            on_hold: credit.on_hold,
            available_on: credit.available_on,
            through: through.remove(&credit.account_id).unwrap_or_default(),
        })
        .collect();
    let mine =
        account::in_agency(tx.agency()).filter(account::Column::DebtorId.eq(id)).all(&tx).await?;
    let uses = credit_use::in_agency(tx.agency())
        .filter(credit_use::Column::AccountId.is_in(mine.iter().map(|row| row.id)))
        .order_by_desc(credit_use::Column::Id)
        .limit(USES)
        .all(&tx)
        .await?;
    let currency = kernel::agency::own(&tx).await?.currency;
    tx.commit().await?;
    Ok(CreditsView {
        debtor: id,
        currency,
        total: accounts.iter().map(|credit| credit.credit).sum(),
        accounts,
        uses: uses.into_iter().map(shown).collect(),
    })
}

/// One use of a credit, and the currency of its amount.
pub async fn get_use(
    app: &App,
    actor: &Actor,
    id: CreditUseId,
) -> Result<(UseView, Currency), Stop> {
    actor.require_agency(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    let row = credit_use::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("use of a credit"))?;
    let currency = kernel::agency::own(&tx).await?.currency;
    tx.commit().await?;
    Ok((shown(row), currency))
}

/// What may go back through the gateway, account by account.
async fn through(
    tx: &kernel::db::Tx,
    debtor: DebtorId,
) -> Result<HashMap<AccountId, Vec<(PaymentId, Money)>>, Stop> {
    let rows = payment::in_agency(tx.agency())
        .filter(payment::Column::DebtorId.eq(debtor))
        .filter(payment::Column::State.eq(domain::payment::PaymentState::Succeeded))
        .filter(payment::Column::Kind.eq(domain::payment::PaymentKind::PaidAgency))
        .filter(payment::Column::ChargeId.is_not_null())
        .filter(payment::Column::Overpaid.gt(Money::ZERO))
        .all(tx)
        .await?;
    let mut found: HashMap<AccountId, Vec<(PaymentId, Money)>> = HashMap::new();
    for row in rows {
        let overpaid = row.overpaid.unwrap_or(Money::ZERO);
        let gone = super::given_back(tx, row.id).await?;
        let left = overpaid.minus(gone).unwrap_or(Money::ZERO);
        if left.is_positive() {
            found.entry(row.account_id).or_default().push((row.id, left));
        }
    }
    Ok(found)
}

fn shown(row: credit_use::Model) -> UseView {
    UseView {
        id: row.id,
        account: row.account_id,
        kind: row.kind,
        state: row.state,
        amount: row.amount,
        payment: row.payment_id,
        through: row.through_id,
        reference: row.reference,
        reason: row.reason,
        at: row.done_at,
        entered_by: row.entered_by,
        approved_by: row.approved_by,
    }
}
