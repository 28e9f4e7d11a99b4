//! Imported statements of the bank.

use domain::{AgencyId, BankStatementId, Money, TrustAccountId, bank_statement::FileFormat};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BankStatementId,
    pub trust_account_id: TrustAccountId,
    pub format: FileFormat,
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    pub file_sha256: Vec<u8>,
    pub position: i32,
    #[sea_orm(column_type = "Text")]
    pub bank_account: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub number: Option<String>,
    pub from_on: Date,
    pub to_on: Date,
    pub opening: Money,
    pub closing: Money,
    pub line_count: i32,
    pub not_booked: i64,
    pub imported_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub imported_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
