//! The table `account`.

use domain::{
    AccountId, AgencyId, CreditorId, DebtorId, DeskId, Money, PlacementId, PortfolioId, UserId,
    account::AccountStatus,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountId,
    #[sea_orm(column_type = "Text")]
    pub reference: String,
    pub creditor_id: CreditorId,
    pub portfolio_id: PortfolioId,
    pub placement_id: PlacementId,
    pub debtor_id: DebtorId,
    #[sea_orm(column_type = "Text")]
    pub client_account_number: String,
    #[sea_orm(column_type = "Text")]
    pub client_account_key: String,
    #[sea_orm(column_type = "Text")]
    pub debtor_name: String,
    #[sea_orm(column_type = "Text")]
    pub debtor_name_key: String,
    pub status: AccountStatus,
    pub status_changed_at: DateTimeUtc,
    pub closed_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub product: String,
    #[sea_orm(column_type = "Text")]
    pub original_creditor: String,
    #[sea_orm(column_type = "Text")]
    pub current_creditor: String,
    pub service_on: Date,
    pub charge_off_on: Option<Date>,
    pub first_delinquency_on: Option<Date>,
    pub last_payment_on: Option<Date>,
    pub last_payment_amount: Option<Money>,
    pub last_charge_on: Option<Date>,
    pub placed_on: Date,
    #[sea_orm(column_type = "Text")]
    pub placement_type: String,
    pub placed_principal: Money,
    pub placed_interest: Money,
    pub placed_fees: Money,
    pub placed_costs: Money,
    pub placed_other: Money,
    pub principal: Money,
    pub interest: Money,
    pub fees: Money,
    pub costs: Money,
    pub other: Money,
    pub interest_rate: Option<Decimal>,
    pub interest_start_on: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub interest_authority: Option<String>,
    pub itemization_on: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub itemization_type: Option<String>,
    pub itemized_balance: Option<Money>,
    pub interest_since: Option<Money>,
    pub fees_since: Option<Money>,
    pub payments_since: Option<Money>,
    pub credits_since: Option<Money>,
    #[sea_orm(column_type = "JsonBinary")]
    pub judgment: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    pub desk_id: Option<DeskId>,
    pub work_class: i16,
    pub next_work_at: Option<DateTimeUtc>,
    pub lease_user_id: Option<UserId>,
    pub lease_until: Option<DateTimeUtc>,
    pub lapses: i32,
    pub replaces_account_id: Option<AccountId>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub creditor_paid_on: Option<Date>,
    pub interest_posted_on: Option<Date>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
