//! The table `collector_credit`.

use domain::collector::CreditKind;
use domain::{AccountId, AgencyId, CreditorId, Money, PaymentId, Rate, UserId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "collector_credit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub payment_id: PaymentId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    pub creditor_id: CreditorId,
    pub account_id: AccountId,
    pub kind: CreditKind,
    pub month: Date,
    pub base: Money,
    pub rate: Rate,
    pub amount: Money,
    pub credited_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
