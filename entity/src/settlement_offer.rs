//! The table `settlement_offer`.

use domain::arrangement::Channel;
use domain::settlement::{Acceptance, OfferState};
use domain::{
    AccountId, AgencyId, CreditorId, DebtEntryId, DebtorId, Money, SettlementOfferId, UserId,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settlement_offer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SettlementOfferId,
    pub account_id: AccountId,
    pub creditor_id: CreditorId,
    pub debtor_id: DebtorId,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    pub balance: Money,
    pub total: Money,
    pub floor: Money,
    pub most_parts: i32,
    pub acceptance: Acceptance,
    pub last_day: Date,
    pub expires_at: DateTimeUtc,
    pub state: OfferState,
    pub channel: Channel,
    #[sea_orm(column_type = "JsonBinary")]
    pub terms: Json,
    pub offered_at: DateTimeUtc,
    pub offered_by: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub offered_by_name: String,
    pub approved_by: Option<UserId>,
    #[sea_orm(column_type = "Text")]
    pub approved_by_name: Option<String>,
    pub accepted_at: Option<DateTimeUtc>,
    pub accepted_by: Option<Acceptance>,
    #[sea_orm(column_type = "Text")]
    pub accepted_by_name: Option<String>,
    pub parts: Option<i32>,
    pub grace_days: Option<i32>,
    #[sea_orm(column_type = "JsonBinary")]
    pub consent: Option<Json>,
    pub form_id: Option<Uuid>,
    pub write_off_id: Option<DebtEntryId>,
    pub suspended_at: Option<DateTimeUtc>,
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
