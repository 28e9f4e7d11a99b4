//! What the processor took back or gave again after a payment.

use domain::{AgencyId, Money, PaymentId, PayoutId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "gateway_return")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub object_id: String,
    pub payment_id: PaymentId,
    pub amount: Money,
    #[sea_orm(column_type = "Text")]
    pub how: String,
    pub entry_id: Option<Uuid>,
    pub booked_at: DateTimeUtc,
    pub payout_id: Option<PayoutId>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
