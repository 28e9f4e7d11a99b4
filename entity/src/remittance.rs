//! The table `remittance`.

use domain::remittance::RemittanceState;
use domain::{AgencyId, CreditorId, Money, RemittanceId, StatementId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "remittance")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RemittanceId,
    pub statement_id: StatementId,
    pub creditor_id: CreditorId,
    pub amount: Money,
    pub state: RemittanceState,
    pub prepared_by: Uuid,
    #[sea_orm(column_type = "Text")]
    pub prepared_name: String,
    pub prepared_at: DateTimeUtc,
    pub approved_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub approved_name: Option<String>,
    pub issued_at: Option<DateTimeUtc>,
    pub issued_on: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub reference: Option<String>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
