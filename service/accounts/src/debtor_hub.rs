//! What a debtor sees of the own accounts. Read only, under the debtor's own database role.

use chrono::NaiveDate;
use domain::account::Restriction;
use domain::payment::PaymentState;
use domain::reference::Reference;
use domain::standing::Standing;
use domain::{AccountId, Money};
use entity::{account, agency, payment, restriction};
use kernel::actor::{Debtor, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// One account in the list.
#[derive(Debug, Clone)]
pub struct Line {
    /// The account.
    pub id: AccountId,
    /// The agency's reference as printed: `7K3M-9QX2-4T8D-N`.
    pub reference: String,
    /// To whom it is owed now.
    pub creditor: String,
    /// The last four characters of the creditor's account number.
    pub ending: String,
    /// Owed now.
    pub balance: Money,
    /// Where it stands.
    pub standing: Standing,
}

/// An account with all that its page shows.
#[derive(Debug, Clone)]
pub struct Hub {
    /// As in the list.
    pub line: Line,
    /// To whom it was owed first.
    pub original_creditor: String,
    /// How the amount came to be (Reg F 1006.34(c)(2)(viii)); none when the creditor told none.
    pub itemization: Option<Itemization>,
    /// Paid or credited since the agency has the account.
    pub credited: Money,
    /// On its way from a bank.
    pub on_its_way: Money,
    /// What can be paid now: the balance less what is on its way.
    pub payable: Money,
    /// The least that can be paid in part.
    pub least: Money,
}

/// The amount on the itemization date and what happened since.
#[derive(Debug, Clone)]
pub struct Itemization {
    /// The itemization date.
    pub on: NaiveDate,
    /// Owed on that date.
    pub balance: Money,
    /// Interest since.
    pub interest: Money,
    /// Fees since.
    pub fees: Money,
    /// Payments since, until the agency got the account.
    pub payments: Money,
    /// Credits since, until the agency got the account.
    pub credits: Money,
}

/// The debtor's accounts: open ones first, the newest first.
pub async fn list(app: &App, debtor: &Debtor) -> Result<Vec<Line>, Fault> {
    let tx = app.begin(debtor).await?;
    let rows = account::in_agency(tx.agency())
        .filter(account::Column::DebtorId.eq(debtor.id()))
        .order_by_desc(account::Column::Id)
        .all(&tx)
        .await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        lines.push(line(row, &in_force(&tx, row.id).await?));
    }
    lines.sort_by_key(|line| !line.standing.takes_payments());
    tx.commit().await?;
    Ok(lines)
}

/// One account of the debtor.
pub async fn find(app: &App, debtor: &Debtor, id: AccountId) -> Result<Hub, Stop> {
    let tx = app.begin(debtor).await?;
    let row = account::Entity::find_by_id((debtor.agency(), id))
        .filter(account::Column::DebtorId.eq(debtor.id()))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let line = line(&row, &in_force(&tx, row.id).await?);
    let on_its_way = on_its_way(&tx, row.id).await?;
    tx.commit().await?;
    let owed = line.balance;
    let payable = owed.minus(on_its_way).unwrap_or(Money::ZERO).max(Money::ZERO);
    let placed: Money = [
        row.placed_principal,
        row.placed_interest,
        row.placed_fees,
        row.placed_costs,
        row.placed_other,
    ]
    .into_iter()
    .sum();
    Ok(Hub {
        original_creditor: row.original_creditor.clone(),
        itemization: itemization(&row),
        credited: placed.minus(owed).unwrap_or(Money::ZERO),
        on_its_way,
        payable,
        least: agency.min_part_payment.min(payable),
        line,
    })
}

fn line(row: &account::Model, restrictions: &[Restriction]) -> Line {
    let number: Vec<char> = row.client_account_number.chars().collect();
    let reference: Result<Reference, _> = row.reference.parse();
    Line {
        id: row.id,
        reference: reference.map_or_else(|_| row.reference.clone(), |r| r.to_string()),
        creditor: row.current_creditor.clone(),
        ending: number.iter().skip(number.len().saturating_sub(4)).collect(),
        balance: [row.principal, row.interest, row.fees, row.costs, row.other].into_iter().sum(),
        standing: Standing::of(row.status, restrictions),
    }
}

fn itemization(row: &account::Model) -> Option<Itemization> {
    let since = |money: Option<Money>| money.unwrap_or(Money::ZERO);
    Some(Itemization {
        on: row.itemization_on?,
        balance: row.itemized_balance?,
        interest: since(row.interest_since),
        fees: since(row.fees_since),
        payments: since(row.payments_since),
        credits: since(row.credits_since),
    })
}

async fn in_force(tx: &Tx, account: AccountId) -> Result<Vec<Restriction>, Fault> {
    let rows = restriction::in_agency(tx.agency())
        .filter(restriction::Column::AccountId.eq(account))
        .filter(restriction::Column::LiftedAt.is_null())
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.kind).collect())
}

async fn on_its_way(tx: &Tx, account: AccountId) -> Result<Money, Fault> {
    let rows = payment::in_agency(tx.agency())
        .filter(payment::Column::AccountId.eq(account))
        .filter(payment::Column::State.eq(PaymentState::Processing))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.amount).sum())
}
