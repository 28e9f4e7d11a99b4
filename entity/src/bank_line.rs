//! Lines of the bank's statements.

use domain::{
    AgencyId, BankLineId, BankStatementId, Money, PaymentId, TrustAccountId,
    bank_statement::LineState,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BankLineId,
    pub bank_statement_id: BankStatementId,
    pub trust_account_id: TrustAccountId,
    pub file_line: i64,
    pub seq: i32,
    pub booked_on: Date,
    pub valued_on: Option<Date>,
    pub amount: Money,
    #[sea_orm(column_type = "Text")]
    pub description: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub names: Json,
    pub reversal: bool,
    pub state: LineState,
    #[sea_orm(column_type = "Text")]
    pub matched_by: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    pub unidentified_id: Option<Uuid>,
    pub payment_id: Option<PaymentId>,
    pub worked_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub worked_by: Option<String>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
