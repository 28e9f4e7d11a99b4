//! The table `sweep`.

use domain::{AgencyId, Money, SweepId, TrustAccountId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sweep")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SweepId,
    pub trust_account_id: TrustAccountId,
    pub amount: Money,
    pub due: Money,
    pub revenue: Money,
    pub swept_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub swept_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
