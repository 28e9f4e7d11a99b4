//! The table `creditor_payment`.

use domain::{AgencyId, CreditorId, CreditorPaymentId, Money, StatementId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "creditor_payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CreditorPaymentId,
    pub creditor_id: CreditorId,
    pub amount: Money,
    pub unapplied: Money,
    pub received_on: Date,
    #[sea_orm(column_type = "Text")]
    pub reference: Option<String>,
    pub statement_id: Option<StatementId>,
    pub entered_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub entered_by: String,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
