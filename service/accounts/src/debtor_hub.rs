//! What a debtor sees of the own accounts. Read only, under the debtor's own database role.

use crate::accounts;
use chrono::NaiveDate;
use domain::compliance::{Case, Decision, may_pay};
use domain::debtor_status::DebtorStatus;
use domain::reference::Reference;
use domain::{AccountId, Money};
use entity::account;
use kernel::actor::{Debtor, Scope};
use kernel::app::App;
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
    pub standing: DebtorStatus,
    /// Whether the debtor may pay it.
    pub pay: Decision,
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
    let rows: Vec<account::Model> =
        rows.into_iter().filter(|row| row.status.row().visible_to_debtor).collect();
    let cases = accounts::cases(&tx, &rows).await?;
    let mut lines: Vec<Line> = rows.iter().zip(&cases).map(|(row, case)| line(row, case)).collect();
    lines.sort_by_key(|line| line.pay.is_blocked());
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
        .filter(|row| row.status.row().visible_to_debtor)
        .ok_or(Stop::NotFound("account"))?;
    let case = accounts::case(&tx, &row).await?;
    let line = line(&row, &case);
    tx.commit().await?;
    let owed = line.balance;
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
        on_its_way: case.in_flight,
        payable: case.payable(),
        least: case.least(),
        line,
    })
}

fn line(row: &account::Model, case: &Case) -> Line {
    let number: Vec<char> = row.client_account_number.chars().collect();
    let reference: Result<Reference, _> = row.reference.parse();
    Line {
        id: row.id,
        reference: reference.map_or_else(|_| row.reference.clone(), |r| r.to_string()),
        creditor: row.current_creditor.clone(),
        ending: number.iter().skip(number.len().saturating_sub(4)).collect(),
        balance: case.owed,
        standing: DebtorStatus::of(row.status, &case.kinds()),
        pay: may_pay(case, &accounts::on_site()),
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
