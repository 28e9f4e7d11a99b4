//! Accounts: found, read, changed.

mod case;
mod contact_points;
mod notes;
mod sensitive;
mod sheet;
pub mod work;

pub use case::{Decisions, Restricted};
pub use contact_points::{
    ContactPointRefused, Flag, NewContactPoint, Reach, add_contact_point, flag_contact_point,
};
pub use notes::{LONGEST as LONGEST_NOTE, NewNote, NoteRefused, add_note};
pub use sensitive::{RevealRefused, Secret, reveal};
pub use sheet::{ContactPoint, Itemization, Party, Sheet, find};

pub use case::{agreement, case, cases, on_site, restrictions_on};

use chrono::{DateTime, NaiveDate, Utc};
use domain::account::AccountStatus;
use domain::worklist::WorkClass;
use domain::{
    AccountId, Bucket, Buckets, CreditorId, Currency, DebtorId, DeskId, Money, Permission,
    PlacementId, PortfolioId, Reference, UserId, party,
};
use entity::{account, creditor, desk};
use kernel::actor::{Actor, DbRole, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::window::{Part, Window};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::HashMap;

/// An account as it is shown in lists and at the head of its page.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The agency's reference, as letters show it (`7K3M-9QX2-4T8D-N`).
    pub reference: String,
    /// The creditor that placed it.
    pub creditor: CreditorId,
    /// The creditor's name.
    pub creditor_name: String,
    /// Its portfolio.
    pub portfolio: PortfolioId,
    /// The placement it came with.
    pub placement: PlacementId,
    /// Whose it is; accounts of one debtor form a packet.
    pub debtor: DebtorId,
    /// The primary debtor's name.
    pub debtor_name: String,
    /// The creditor's own number of it.
    pub client_account_number: String,
    /// Its status.
    pub status: AccountStatus,
    /// Since when.
    pub status_changed_at: DateTime<Utc>,
    /// When it closed, if it did.
    pub closed_at: Option<DateTime<Utc>>,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// What is owed, by bucket.
    pub balance: Buckets,
    /// What was placed, by bucket.
    pub placed: Buckets,
    /// The day of placement.
    pub placed_on: NaiveDate,
    /// The day of the last payment.
    pub last_payment_on: Option<NaiveDate>,
    /// The last payment.
    pub last_payment_amount: Option<Money>,
    /// How it is worked; only the agency's people see this.
    pub work: Option<Work>,
    /// Grows with every change.
    pub version: i64,
}

/// How an account is worked.
#[derive(Debug, Clone)]
pub struct Work {
    /// The desk it lies on.
    pub desk: Option<DeskId>,
    /// The desk's name.
    pub desk_name: Option<String>,
    /// The class of the next work.
    pub class: WorkClass,
    /// When it is due; none: it may not be worked.
    pub due_at: Option<DateTime<Utc>>,
    /// Who has it in hand, and until when.
    pub lease: Option<(UserId, DateTime<Utc>)>,
    /// How often it was left without a result.
    pub lapses: i32,
}

impl Account {
    /// All that is owed.
    pub fn owed(&self) -> Money {
        sum(&self.balance)
    }

    /// All that was placed.
    pub fn placed_total(&self) -> Money {
        sum(&self.placed)
    }
}

fn sum(buckets: &Buckets) -> Money {
    Bucket::ALL.into_iter().map(|bucket| buckets.get(bucket)).sum()
}

/// Which accounts a list shows; what is empty does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of these statuses.
    pub statuses: Vec<AccountStatus>,
    /// Open, or closed.
    pub open: Option<bool>,
    /// Of this creditor.
    pub creditor: Option<CreditorId>,
    /// In this portfolio.
    pub portfolio: Option<PortfolioId>,
    /// From this placement.
    pub placement: Option<PlacementId>,
    /// Of this debtor: a packet.
    pub debtor: Option<DebtorId>,
    /// On this desk (agency's people only).
    pub desk: Option<DeskId>,
    /// On no desk (agency's people only).
    pub unassigned: bool,
    /// Owing at least this.
    pub least: Option<Money>,
    /// Owing at most this.
    pub most: Option<Money>,
    /// The debtor's name begins so, last name first; case and punctuation do not matter.
    pub name: Option<String>,
    /// The creditor's account number, whole.
    pub number: Option<String>,
    /// The agency's reference, whole, with or without hyphens.
    pub reference: Option<String>,
}

/// Lists accounts, newest first.
///
/// # Errors
/// [`Stop::Forbidden`] without `account:read`.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: &Filter,
    window: Window<AccountId>,
) -> Result<Part<Account>, Stop> {
    actor.require(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    let mut found = narrowed(within(&tx, actor), actor, filter);
    if let Some(after) = window.after {
        found = found.filter(account::Column::Id.lt(after));
    }
    let rows = found.order_by_desc(account::Column::Id).limit(window.one_more()).all(&tx).await?;
    let part = window.cut(rows);
    let shown = show_all(&tx, actor, &part.rows).await?;
    tx.commit().await?;
    Ok(Part { rows: shown, more: part.more })
}

fn narrowed(
    mut found: Select<account::Entity>,
    actor: &Actor,
    filter: &Filter,
) -> Select<account::Entity> {
    use account::Column as C;
    if !filter.statuses.is_empty() {
        found = found.filter(C::Status.is_in(filter.statuses.clone()));
    }
    let equals = [
        filter.creditor.map(|id| C::CreditorId.eq(id)),
        filter.portfolio.map(|id| C::PortfolioId.eq(id)),
        filter.placement.map(|id| C::PlacementId.eq(id)),
        filter.debtor.map(|id| C::DebtorId.eq(id)),
        filter
            .open
            .map(|open| if open { C::ClosedAt.is_null() } else { C::ClosedAt.is_not_null() }),
        filter.least.map(|least| owed_sum().gte(least)),
        filter.most.map(|most| owed_sum().lte(most)),
        filter.number.as_deref().map(|number| C::ClientAccountKey.eq(number.trim().to_uppercase())),
        filter.reference.as_deref().map(|text| C::Reference.eq(compact(text))),
        filter.name.as_deref().map(|name| {
            Expr::col((account::Entity, C::DebtorNameKey))
                .binary(BinOper::Custom("^@"), party::name_key(name))
        }),
    ];
    found = equals.into_iter().flatten().fold(found, |found, one| found.filter(one));
    if actor.role() == DbRole::Agency {
        if let Some(desk) = filter.desk {
            found = found.filter(C::DeskId.eq(desk));
        }
        if filter.unassigned {
            found = found.filter(C::DeskId.is_null()).filter(C::ClosedAt.is_null());
        }
    }
    found
}

/// The reference as the database keeps it; what is no reference is found nowhere.
fn compact(text: &str) -> String {
    text.parse::<Reference>().map_or_else(|_| text.to_owned(), Reference::compact)
}

fn owed_sum() -> Expr {
    use account::Column as C;
    Expr::col((account::Entity, C::Principal))
        .add(Expr::col((account::Entity, C::Interest)))
        .add(Expr::col((account::Entity, C::Fees)))
        .add(Expr::col((account::Entity, C::Costs)))
        .add(Expr::col((account::Entity, C::Other)))
}

/// The accounts that the actor reaches: of the agency, or of its creditors.
pub fn within(tx: &Tx, actor: &Actor) -> Select<account::Entity> {
    let found = account::in_agency(tx.agency());
    match actor.role() {
        DbRole::Agency => found,
        DbRole::Creditor | DbRole::Debtor => {
            found.filter(account::Column::CreditorId.is_in(actor.creditors().to_vec()))
        }
    }
}

/// Reads an account that the actor reaches.
pub async fn get(tx: &Tx, actor: &Actor, id: AccountId) -> Result<account::Model, Stop> {
    within(tx, actor)
        .filter(account::Column::Id.eq(id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))
}

/// Reads and locks an account, and checks that it is the version that was seen.
pub async fn lock(
    tx: &Tx,
    actor: &Actor,
    id: AccountId,
    seen: Option<i64>,
) -> Result<account::Model, Stop> {
    let row = within(tx, actor)
        .filter(account::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("account"))?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Stop::Stale);
    }
    Ok(row)
}

/// The debt of an account, bucket by bucket.
pub fn owed(account: &account::Model) -> Buckets {
    Buckets {
        principal: account.principal,
        interest: account.interest,
        fees: account.fees,
        costs: account.costs,
        other: account.other,
    }
}

/// Whether the creditor has placed the debt of a closed account anew.
pub async fn placed_again(tx: &Tx, account: &account::Model) -> Result<bool, Stop> {
    let open = account::in_agency(tx.agency())
        .filter(account::Column::CreditorId.eq(account.creditor_id))
        .filter(account::Column::ClientAccountKey.eq(account.client_account_key.clone()))
        .filter(account::Column::Id.ne(account.id))
        .filter(account::Column::ClosedAt.is_null())
        .one(tx)
        .await?;
    Ok(open.is_some())
}

/// Shows one row.
pub async fn show(tx: &Tx, actor: &Actor, row: account::Model) -> Result<Account, Fault> {
    let shown = show_all(tx, actor, std::slice::from_ref(&row)).await?;
    shown.into_iter().next().ok_or(Fault::Unexpected("no row to show"))
}

/// Shows rows with the names of their creditors and, to the agency's people, of their desks.
pub async fn show_all(
    tx: &Tx,
    actor: &Actor,
    rows: &[account::Model],
) -> Result<Vec<Account>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let currency = kernel::agency::own(tx).await?.currency;
    let creditors = creditor_names(tx, rows).await?;
    let staff = actor.role() == DbRole::Agency;
    let desks = if staff { desk_names(tx, rows).await? } else { HashMap::new() };
    Ok(rows
        .iter()
        .map(|row| Account {
            id: row.id,
            reference: shown_reference(&row.reference),
            creditor: row.creditor_id,
            creditor_name: creditors.get(&row.creditor_id).cloned().unwrap_or_default(),
            portfolio: row.portfolio_id,
            placement: row.placement_id,
            debtor: row.debtor_id,
            debtor_name: row.debtor_name.clone(),
            client_account_number: row.client_account_number.clone(),
            status: row.status,
            status_changed_at: row.status_changed_at,
            closed_at: row.closed_at,
            currency,
            balance: balance(row),
            placed: placed(row),
            placed_on: row.placed_on,
            last_payment_on: row.last_payment_on,
            last_payment_amount: row.last_payment_amount,
            work: staff.then(|| Work {
                desk: row.desk_id,
                desk_name: row.desk_id.and_then(|id| desks.get(&id).cloned()),
                class: WorkClass::of_rank(row.work_class),
                due_at: row.next_work_at,
                lease: row.lease_user_id.zip(row.lease_until).filter(|(_, till)| *till > tx.now()),
                lapses: row.lapses,
            }),
            version: row.version,
        })
        .collect())
}

fn shown_reference(compact: &str) -> String {
    compact.parse::<Reference>().map_or_else(|_| compact.to_owned(), |it| it.to_string())
}

/// What is owed on a row, by bucket.
pub fn balance(row: &account::Model) -> Buckets {
    Buckets {
        principal: row.principal,
        interest: row.interest,
        fees: row.fees,
        costs: row.costs,
        other: row.other,
    }
}

/// All that is owed on a row.
pub fn owed_on(row: &account::Model) -> Money {
    sum(&balance(row))
}

fn placed(row: &account::Model) -> Buckets {
    Buckets {
        principal: row.placed_principal,
        interest: row.placed_interest,
        fees: row.placed_fees,
        costs: row.placed_costs,
        other: row.placed_other,
    }
}

async fn creditor_names(
    tx: &Tx,
    rows: &[account::Model],
) -> Result<HashMap<CreditorId, String>, Fault> {
    let mut ids: Vec<CreditorId> = rows.iter().map(|row| row.creditor_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let names = creditor::in_agency(tx.agency()).filter(creditor::Column::Id.is_in(ids));
    Ok(names.all(tx).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

async fn desk_names(tx: &Tx, rows: &[account::Model]) -> Result<HashMap<DeskId, String>, Fault> {
    let mut ids: Vec<DeskId> = rows.iter().filter_map(|row| row.desk_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names =
        desk::in_agency(tx.agency()).filter(Condition::all().add(desk::Column::Id.is_in(ids)));
    Ok(names.all(tx).await?.into_iter().map(|row| (row.id, row.name)).collect())
}
