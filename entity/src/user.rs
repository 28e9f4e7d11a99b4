//! The table `app_user`.

use domain::{
    AgencyId, ClientRole, CreditorId, StaffRole, UserId,
    user::{UserKind, UserStatus},
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "app_user")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    pub kind: UserKind,
    pub creditor_id: Option<CreditorId>,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub staff_role: Option<StaffRole>,
    pub client_role: Option<ClientRole>,
    #[sea_orm(column_type = "Text")]
    pub password_hash: Option<String>,
    pub status: UserStatus,
    pub access_version: i64,
    pub last_sign_in_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
