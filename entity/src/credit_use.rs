//! The table `credit_use`.

use domain::debt_entry::{CreditUseKind, CreditUseState};
use domain::{AccountId, AgencyId, CreditUseId, DebtorId, GatewayCallId, Money, PaymentId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_use")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditUseId,
    pub debtor_id: DebtorId,
    pub account_id: AccountId,
    pub kind: CreditUseKind,
    pub amount: Money,
    pub payment_id: Option<PaymentId>,
    #[sea_orm(column_type = "Text")]
    pub reference: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub done_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub entered_by: String,
    #[sea_orm(column_type = "Text")]
    pub approved_by: Option<String>,
    pub state: CreditUseState,
    pub through_id: Option<PaymentId>,
    pub call_id: Option<GatewayCallId>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
