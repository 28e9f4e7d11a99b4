//! Lines of a checkpoint: one a ledger, owner and day of clearing.

use domain::{
    AgencyId, CreditorId, DebtorId, Money, TrustAccountId, TrustCheckpointId, ledger::Ledger,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "trust_checkpoint_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub checkpoint_id: TrustCheckpointId,
    /// None for what a creditor owes, which lies outside trust.
    pub trust_account_id: Option<TrustAccountId>,
    pub ledger: Ledger,
    pub creditor_id: Option<CreditorId>,
    pub debtor_id: Option<DebtorId>,
    pub clears_on: Option<Date>,
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
