//! The table `statement`.

use domain::remittance::RemittanceMethod;
use domain::statement::Totals;
use domain::{
    AgencyId, CloseRunId, ContractId, CreditorId, Currency, Money, StatementId, TrustAccountId,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StatementId,
    pub number: i64,
    pub creditor_id: CreditorId,
    pub contract_id: ContractId,
    pub trust_account_id: TrustAccountId,
    pub run_id: Option<CloseRunId>,
    pub method: RemittanceMethod,
    pub period_start: Option<Date>,
    pub period_end: Date,
    pub cutoff: DateTimeUtc,
    pub currency: Currency,
    #[sea_orm(column_type = "JsonBinary")]
    pub totals: Totals,
    pub opening: Money,
    pub remit: Money,
    pub carried: Money,
    pub invoiced: Money,
    pub open_credit: Money,
    pub line_count: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub printed: Json,
    pub closed_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub closed_by: String,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
