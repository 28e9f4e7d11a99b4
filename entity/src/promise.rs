//! The table `promise`.

use domain::arrangement::Channel;
use domain::payment::PaymentMethod;
use domain::promise::PromiseState;
use domain::{AccountId, AgencyId, CreditorId, DebtorId, Money, PromiseId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "promise")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PromiseId,
    pub account_id: AccountId,
    pub creditor_id: CreditorId,
    pub debtor_id: DebtorId,
    pub series_id: Uuid,
    pub amount: Money,
    pub due_on: Date,
    pub method: PaymentMethod,
    pub channel: Channel,
    pub state: PromiseState,
    pub counted: Money,
    pub lead_days: i32,
    pub grace_banking_days: i32,
    pub partial_share: Decimal,
    pub taken_at: DateTimeUtc,
    pub taken_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub taken_by_name: String,
    pub approved_by: Option<UserId>,
    #[sea_orm(column_type = "Text")]
    pub approved_by_name: Option<String>,
    pub judged_at: Option<DateTimeUtc>,
    pub held_at: Option<DateTimeUtc>,
    pub suspended_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub end_reason: Option<String>,
    pub version: i64,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
