//! The table `plan`.

use domain::arrangement::Channel;
use domain::plan::{Frequency, PlanKind, PlanState};
use domain::{AgencyId, CreditorId, DebtorId, Money, PlanId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanId,
    pub debtor_id: DebtorId,
    pub creditor_id: Option<CreditorId>,
    pub kind: PlanKind,
    pub state: PlanState,
    pub frequency: Frequency,
    pub total: Money,
    pub balance: Money,
    pub agreed_on: Date,
    pub grace_days: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub limits: Json,
    pub channel: Channel,
    #[sea_orm(column_type = "JsonBinary")]
    pub consent: Json,
    pub form_id: Option<Uuid>,
    pub made_at: DateTimeUtc,
    pub made_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub made_by_name: String,
    pub approved_by: Option<UserId>,
    #[sea_orm(column_type = "Text")]
    pub approved_by_name: Option<String>,
    pub paused_on: Option<Date>,
    pub pause_days: Option<i32>,
    pub suspended_at: Option<DateTimeUtc>,
    pub broken_on: Option<Date>,
    pub ended_at: Option<DateTimeUtc>,
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
