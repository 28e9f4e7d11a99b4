//! The table `challenge`.

use domain::user::ChallengePurpose;
use domain::{AccountId, AgencyId, ChallengeId, ContactPointId, DebtorId, SessionId};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChallengeId,
    pub purpose: ChallengePurpose,
    pub session_id: Option<SessionId>,
    pub account_id: Option<AccountId>,
    pub debtor_id: Option<DebtorId>,
    pub contact_point_id: Option<ContactPointId>,
    pub code_hash: Vec<u8>,
    pub attempts: i32,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
