//! The table `debtor`.

use domain::{AgencyId, DebtorId, agency::Language};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "debtor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DebtorId,
    pub language: Language,
    pub ssn_index: Option<Vec<u8>>,
    pub identity_index: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text")]
    pub name_key: Option<String>,
    pub needs_review: bool,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
