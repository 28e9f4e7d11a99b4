//! The table `installment`.

use domain::plan::InstallmentState;
use domain::{AgencyId, CreditorId, DebtorId, InstallmentId, Money, PlanId, SettlementOfferId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "installment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstallmentId,
    pub plan_id: Option<PlanId>,
    pub offer_id: Option<SettlementOfferId>,
    pub debtor_id: DebtorId,
    pub creditor_id: Option<CreditorId>,
    pub number: i32,
    pub due_on: Date,
    pub amount: Money,
    pub skipped: bool,
    pub paid: Money,
    pub paid_on: Option<Date>,
    pub state: InstallmentState,
    pub held_at: Option<DateTimeUtc>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
