//! Reading what waits for a second person, and what became of it.

use super::Request;
use crate::actor::Actor;
use crate::app::App;
use crate::db::Tx;
use crate::stop::{Fault, Stop};
use crate::window::{Part, Window};
use chrono::{DateTime, Utc};
use domain::approval::{ApprovalState, Deed};
use domain::{AccountId, ApprovalId, CreditorId, Currency, Money, Permission};
use entity::approval;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// A request as it is shown.
#[derive(Debug, Clone)]
pub struct ApprovalView {
    /// Its id.
    pub id: ApprovalId,
    /// Where it stands.
    pub state: ApprovalState,
    /// What it is about: `account`, `payment`.
    pub subject_type: String,
    /// Which.
    pub subject: Uuid,
    /// The account.
    pub account: Option<AccountId>,
    /// The creditor.
    pub creditor: Option<CreditorId>,
    /// How much.
    pub amount: Money,
    /// In which currency.
    pub currency: Currency,
    /// Which deed.
    pub deed: Deed,
    /// What was asked for, exactly.
    pub request: Request,
    /// Who asked: a user or an API key.
    pub requested_by: Uuid,
    /// The name.
    pub requested_name: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// Why.
    pub note: String,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// The name.
    pub decided_name: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why.
    pub decision_note: Option<String>,
    /// What it made: the payment, the entry, the use of the credit.
    pub result: Option<Uuid>,
    /// Row version, for `ETag`.
    pub version: i64,
}

/// Which requests to list; what is none does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct ApprovalFilter {
    /// In this state.
    pub state: Option<ApprovalState>,
    /// Of this deed.
    pub deed: Option<Deed>,
    /// On this account.
    pub account: Option<AccountId>,
}

/// One request: of any, for whoever may decide; of the own, for who asked.
pub async fn get(app: &App, actor: &Actor, id: ApprovalId) -> Result<ApprovalView, Stop> {
    actor.require_agency(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    let row = approval::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("approval"))?;
    if row.requested_by != actor.principal() {
        actor.require(Permission::ApprovalRead)?;
    }
    let shown = shown(&tx, row).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Requests, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: ApprovalFilter,
    window: Window<ApprovalId>,
) -> Result<Part<ApprovalView>, Stop> {
    actor.require_agency(Permission::ApprovalRead)?;
    let tx = app.begin(actor).await?;
    let mut found = approval::in_agency(tx.agency());
    if let Some(state) = filter.state {
        found = found.filter(approval::Column::State.eq(state));
    }
    if let Some(deed) = filter.deed {
        found = found.filter(approval::Column::Deed.eq(deed));
    }
    if let Some(account) = filter.account {
        found = found.filter(approval::Column::AccountId.eq(account));
    }
    if let Some(after) = window.after {
        found = found.filter(approval::Column::Id.lt(after));
    }
    let rows = found.order_by_desc(approval::Column::Id).limit(window.one_more()).all(&tx).await?;
    let part = window.cut(rows);
    let currency = crate::agency::own(&tx).await?.currency;
    let rows = part.rows.into_iter().map(|row| view(row, currency)).collect::<Result<_, _>>()?;
    tx.commit().await?;
    Ok(Part { rows, more: part.more })
}

pub(super) async fn shown(tx: &Tx, row: approval::Model) -> Result<ApprovalView, Fault> {
    let currency = crate::agency::own(tx).await?.currency;
    view(row, currency)
}

fn view(row: approval::Model, currency: Currency) -> Result<ApprovalView, Fault> {
    Ok(ApprovalView {
        id: row.id,
        state: row.state,
        subject_type: row.subject_type,
        subject: row.subject_id,
        account: row.account_id,
        creditor: row.creditor_id,
        amount: row.amount,
        currency,
        deed: row.deed,
        request: serde_json::from_value(row.request)?,
        requested_by: row.requested_by,
        requested_name: row.requested_name,
        requested_at: row.requested_at,
        note: row.note,
        decided_by: row.decided_by,
        decided_name: row.decided_name,
        decided_at: row.decided_at,
        decision_note: row.decision_note,
        result: row.result_id,
        version: row.version,
    })
}
