//! The table `debt_entry`.

use domain::debt_entry::DebtEntryKind;
use domain::{AccountId, AgencyId, CreditorId, DebtEntryId, DebtorId, Money, PaymentId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "debt_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DebtEntryId,
    pub account_id: AccountId,
    pub creditor_id: CreditorId,
    pub debtor_id: DebtorId,
    pub kind: DebtEntryKind,
    pub principal: Money,
    pub interest: Money,
    pub fees: Money,
    pub costs: Money,
    pub other: Money,
    pub effective_on: Date,
    pub entered_at: DateTimeUtc,
    pub posted_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub payment_id: Option<PaymentId>,
    pub cause_id: Option<Uuid>,
    pub reverses_id: Option<DebtEntryId>,
    #[sea_orm(column_type = "Text")]
    pub entered_by: String,
    #[sea_orm(column_type = "Text")]
    pub approved_by: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
