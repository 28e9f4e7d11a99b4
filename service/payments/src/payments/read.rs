//! Reading payments: for the agency, a creditor, a debtor.

use chrono::{DateTime, NaiveDate, Utc};
use domain::hold::Holding;
use domain::payment::{PaymentKind, PaymentMethod, PaymentState, ReversalReason};
use domain::{
    AccountId, Bucket, CreditorId, Currency, Money, PaymentId, Permission, Rate, StatementId,
};
use entity::{agency, payment, payment_line};
use kernel::actor::{Actor, Debtor};
use kernel::app::App;
use kernel::jobs::{self, Job};
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// A payment as it is shown.
#[derive(Debug, Clone)]
pub struct PaymentView {
    /// Its id, which is the number on the receipt.
    pub id: PaymentId,
    /// The debt it pays.
    pub account: AccountId,
    /// The creditor whose debt it is.
    pub creditor: CreditorId,
    /// PU, PC, PUR or PCR.
    pub kind: PaymentKind,
    /// How it came.
    pub method: PaymentMethod,
    /// Where it stands.
    pub state: PaymentState,
    /// How much.
    pub amount: Money,
    /// Its currency.
    pub currency: Currency,
    /// What reduced the debt; none before it posted.
    pub applied: Option<Money>,
    /// What was too much; none before it posted.
    pub overpaid: Option<Money>,
    /// The agency's share; none before it posted.
    pub commission: Option<Money>,
    /// The rate in force at posting.
    pub commission_rate: Option<Rate>,
    /// A card's brand or the bank's name.
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: Option<String>,
    /// Why it failed, in the gateway's code.
    pub failure_code: Option<String>,
    /// The payment that this one returns.
    pub reverses: Option<PaymentId>,
    /// Why it returns it.
    pub reversal_reason: Option<ReversalReason>,
    /// What was noted at entering.
    pub memo: Option<String>,
    /// When the debtor paid.
    pub effective_on: Option<NaiveDate>,
    /// When it was written down.
    pub entered_at: DateTime<Utc>,
    /// Since when it counts.
    pub posted_at: Option<DateTime<Utc>>,
    /// When it went to the bank.
    pub deposited_on: Option<NaiveDate>,
    /// When it may be given on.
    pub available_on: Option<NaiveDate>,
    /// Whether it is held back from the creditor, beside its hold.
    pub holding: Holding,
    /// The statement that shows it.
    pub statement: Option<StatementId>,
    /// What the payments of one spread over a packet share.
    pub spread: Option<Uuid>,
    /// Whether the debtor chose this debt, and how it was spread.
    pub direction: Option<serde_json::Value>,
    /// Row version, for `ETag`.
    pub version: i64,
    /// Bucket by bucket; empty in lists.
    pub lines: Vec<PaymentLine>,
}

/// What one bucket got.
#[derive(Debug, Clone)]
pub struct PaymentLine {
    /// The bucket.
    pub bucket: Bucket,
    /// How much.
    pub amount: Money,
    /// The rate of commission; none where several slices made it.
    pub rate: Option<Rate>,
    /// The agency's share.
    pub commission: Money,
}

/// Which payments to list.
#[derive(Debug, Clone, Default)]
pub struct PaymentFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this creditor.
    pub creditor: Option<CreditorId>,
    /// In this state.
    pub state: Option<PaymentState>,
    /// Older than this one.
    pub after: Option<PaymentId>,
    /// At most so many.
    pub limit: u64,
}

/// Some of a list, newest first.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether older ones follow.
    pub has_more: bool,
}

/// What the return page shows.
#[derive(Debug, Clone)]
pub struct ReturnView {
    /// The payment.
    pub payment: PaymentView,
    /// The payment page, while it is open.
    pub page: Option<String>,
}

/// One payment with its lines.
pub async fn get(app: &App, actor: &Actor, id: PaymentId) -> Result<PaymentView, Stop> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    find(&tx, id).await
}

/// One payment with its lines, in the scope of the transaction.
pub(super) async fn find(tx: &kernel::db::Tx, id: PaymentId) -> Result<PaymentView, Stop> {
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    let lines = lines(tx, id).await?;
    let currency = currency(tx).await?;
    Ok(PaymentView { lines, ..shown(row, currency) })
}

/// Payments, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: PaymentFilter,
) -> Result<Page<PaymentView>, Stop> {
    actor.require(Permission::PaymentRead)?;
    let tx = app.begin(actor).await?;
    page(&tx, filter).await
}

/// The payments of the debtor's own packet, newest first.
pub async fn list_for_debtor(
    app: &App,
    debtor: &Debtor,
    filter: PaymentFilter,
) -> Result<Page<PaymentView>, Stop> {
    let tx = app.begin(debtor).await?;
    page(&tx, filter).await
}

/// Where a payment stands when the payer comes back from the payment page. Coming back proves
/// nothing and posts nothing: an open payment is put up for a check with the gateway.
pub async fn status_for_return(
    app: &App,
    debtor: &Debtor,
    id: PaymentId,
) -> Result<ReturnView, Stop> {
    let tx = app.begin(debtor).await?;
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .filter(payment::Column::DebtorId.eq(debtor.id()))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    if row.state.is_open() && row.checkout_session_id.is_some() {
        jobs::enqueue(&tx, Job::CheckPayment { payment: id }).await?;
    }
    let page = match row.state {
        PaymentState::SessionOpen => row.checkout_url.clone(),
        PaymentState::Created
        | PaymentState::Processing
        | PaymentState::Succeeded
        | PaymentState::Reversed
        | PaymentState::Failed
        | PaymentState::Expired
        | PaymentState::Canceled => None,
    };
    let lines = lines(&tx, id).await?;
    let currency = currency(&tx).await?;
    tx.commit().await?;
    Ok(ReturnView { payment: PaymentView { lines, ..shown(row, currency) }, page })
}

async fn page(tx: &kernel::db::Tx, filter: PaymentFilter) -> Result<Page<PaymentView>, Stop> {
    let mut query = payment::in_agency(tx.agency());
    if let Some(account) = filter.account {
        query = query.filter(payment::Column::AccountId.eq(account));
    }
    if let Some(creditor) = filter.creditor {
        query = query.filter(payment::Column::CreditorId.eq(creditor));
    }
    if let Some(state) = filter.state {
        query = query.filter(payment::Column::State.eq(state));
    }
    if let Some(after) = filter.after {
        query = query.filter(payment::Column::Id.lt(after));
    }
    let mut rows = query.order_by_desc(payment::Column::Id).limit(filter.limit + 1).all(tx).await?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let currency = currency(tx).await?;
    Ok(Page { rows: rows.into_iter().map(|row| shown(row, currency)).collect(), has_more })
}

pub(super) async fn currency(tx: &kernel::db::Tx) -> Result<Currency, Stop> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    Ok(agency.currency)
}

pub(super) async fn lines(
    tx: &kernel::db::Tx,
    payment: PaymentId,
) -> Result<Vec<PaymentLine>, Stop> {
    let rows = payment_line::in_agency(tx.agency())
        .filter(payment_line::Column::PaymentId.eq(payment))
        .all(tx)
        .await?;
    let mut lines: Vec<PaymentLine> = rows
        .into_iter()
        .map(|row| PaymentLine {
            bucket: row.bucket,
            amount: row.amount,
            rate: row.rate,
            commission: row.commission,
        })
        .collect();
    lines.sort_by_key(|line| line.bucket);
    Ok(lines)
}

pub(super) fn shown(row: payment::Model, currency: Currency) -> PaymentView {
    PaymentView {
        id: row.id,
        account: row.account_id,
        creditor: row.creditor_id,
        kind: row.kind,
        method: row.method,
        state: row.state,
        amount: row.amount,
        currency,
        applied: row.applied,
        overpaid: row.overpaid,
        commission: row.commission,
        commission_rate: row.commission_rate,
        brand: row.card_brand,
        last4: row.last4,
        failure_code: row.failure_code,
        reverses: row.reverses_id,
        reversal_reason: row.reversal_reason,
        memo: row.memo,
        effective_on: row.effective_on,
        entered_at: row.entered_at,
        posted_at: row.posted_at,
        deposited_on: row.deposited_on,
        available_on: row.available_on,
        holding: row.holding,
        statement: row.statement_id,
        spread: row.spread_id,
        direction: row.direction,
        version: row.version,
        lines: Vec::new(),
    }
}
