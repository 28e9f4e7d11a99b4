//! The table `trust_alarm`.

use domain::{AgencyId, Money, TrustAccountId, TrustAlarmId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trust_alarm")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrustAlarmId,
    pub trust_account_id: TrustAccountId,
    pub amount: Money,
    pub worst: Money,
    #[sea_orm(column_type = "JsonBinary")]
    pub cause: Json,
    pub opened_at: DateTimeUtc,
    pub seen_at: DateTimeUtc,
    pub cleared_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
