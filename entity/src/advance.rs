//! The table `advance`.

use domain::{AdvanceId, AgencyId, Money, TrustAccountId, TrustAlarmId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "advance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AdvanceId,
    pub trust_account_id: TrustAccountId,
    pub alarm_id: Option<TrustAlarmId>,
    pub amount: Money,
    #[sea_orm(column_type = "JsonBinary")]
    pub split: Json,
    pub advanced_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub advanced_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
