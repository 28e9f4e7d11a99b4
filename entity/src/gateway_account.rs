//! The table `gateway_account`.

use domain::{AgencyId, GatewayAccountId, gateway::GatewayMode};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "gateway_account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GatewayAccountId,
    pub mode: GatewayMode,
    #[sea_orm(column_type = "Text")]
    pub provider_account: Option<String>,
    pub secret_key: Vec<u8>,
    pub webhook_secret: Vec<u8>,
    pub previous_webhook_secret: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text")]
    pub webhook_endpoint: String,
    pub active: bool,
    pub polled_until: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
