//! The table `transfer`.

use domain::{
    AccountId, AgencyId, Bucket, CreditorId, DebtorId, Money, PaymentId, TransferId,
    TrustAccountId, TxnId, ledger::Ledger,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TransferId,
    pub txn_id: TxnId,
    pub line: i16,
    pub debit_ledger: Ledger,
    pub credit_ledger: Ledger,
    pub amount: Money,
    pub trust_account_id: Option<TrustAccountId>,
    pub creditor_id: Option<CreditorId>,
    pub account_id: Option<AccountId>,
    pub debtor_id: Option<DebtorId>,
    pub bucket: Option<Bucket>,
    pub payment_id: Option<PaymentId>,
    pub effective_on: Date,
    pub entered_at: DateTimeUtc,
    pub posted_at: DateTimeUtc,
    pub deposited_on: Option<Date>,
    pub available_on: Date,
    #[sea_orm(column_type = "Text")]
    pub source_type: String,
    pub source_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub effect: String,
    pub reverses_id: Option<TransferId>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
