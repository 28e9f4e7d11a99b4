//! The table `invoice_application`.

use domain::{AgencyId, CreditorId, CreditorPaymentId, InvoiceApplicationId, InvoiceId, Money};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_application")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceApplicationId,
    pub creditor_id: CreditorId,
    pub invoice_id: InvoiceId,
    pub creditor_payment_id: Option<CreditorPaymentId>,
    pub credit_note_id: Option<InvoiceId>,
    pub amount: Money,
    pub applied_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
