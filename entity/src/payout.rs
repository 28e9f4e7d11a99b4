//! The table `payout`.

use domain::{AgencyId, GatewayAccountId, Money, PayoutId, TrustAccountId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payout")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PayoutId,
    pub trust_account_id: TrustAccountId,
    pub gateway_account_id: Option<GatewayAccountId>,
    #[sea_orm(column_type = "Text")]
    pub provider_id: Option<String>,
    pub gross: Money,
    pub fees: Money,
    pub dispute_fees: Money,
    pub net: Money,
    pub arrived_on: Date,
    pub posted_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub entered_by: String,
    pub failed_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub failure_code: Option<String>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
