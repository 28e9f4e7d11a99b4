//! The table `invoice`.

use domain::invoice::InvoiceKind;
use domain::invoice::InvoicePurpose;
use domain::{AgencyId, CreditorId, InvoiceId, Money, StatementId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    pub kind: InvoiceKind,
    pub number: i64,
    pub creditor_id: CreditorId,
    pub statement_id: Option<StatementId>,
    pub purpose: InvoicePurpose,
    pub issued_on: Date,
    pub due_on: Date,
    pub net: Money,
    pub tax: Money,
    pub amount: Money,
    pub open: Money,
    pub created_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
