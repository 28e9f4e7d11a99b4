//! The table `approval`.

use domain::approval::ApprovalState;
use domain::approval::Deed;
use domain::{AccountId, AgencyId, ApprovalId, CreditorId, Money};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approval")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalId,
    pub deed: Deed,
    #[sea_orm(column_type = "Text")]
    pub subject_type: String,
    pub subject_id: Uuid,
    pub account_id: Option<AccountId>,
    pub creditor_id: Option<CreditorId>,
    pub amount: Money,
    #[sea_orm(column_type = "JsonBinary")]
    pub request: Json,
    pub state: ApprovalState,
    pub requested_by: Uuid,
    #[sea_orm(column_type = "Text")]
    pub requested_name: String,
    pub requested_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub decided_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub decided_name: Option<String>,
    pub decided_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub decision_note: Option<String>,
    pub result_id: Option<Uuid>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
