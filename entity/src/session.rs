//! The table `session`.

use domain::{
    AgencyId, DebtorId, SessionId, UserId,
    agency::{Language, Site},
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub site: Site,
    pub token_hash: Vec<u8>,
    pub user_id: Option<UserId>,
    pub debtor_id: Option<DebtorId>,
    pub language: Language,
    #[sea_orm(column_type = "JsonBinary")]
    pub flash: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub draft: Option<Json>,
    pub created_at: DateTimeUtc,
    pub last_seen_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
