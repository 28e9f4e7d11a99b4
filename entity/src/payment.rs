//! The table `payment`.

use domain::hold::Holding;
use domain::payment::{PaymentKind, PaymentMethod, PaymentSource, PaymentState, ReversalReason};
use domain::remittance::CommissionBasis;
use domain::{
    AccountId, AgencyId, ContractId, CreditorId, DebtorId, GatewayAccountId, Money, PaymentId,
    PayoutId, Rate, ScheduleId, StatementId,
};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: AgencyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    pub account_id: AccountId,
    pub creditor_id: CreditorId,
    pub debtor_id: DebtorId,
    pub kind: PaymentKind,
    pub method: PaymentMethod,
    pub state: PaymentState,
    pub amount: Money,
    pub applied: Option<Money>,
    pub overpaid: Option<Money>,
    pub source: PaymentSource,
    pub form_id: Option<Uuid>,
    pub gateway_account_id: Option<GatewayAccountId>,
    #[sea_orm(column_type = "Text")]
    pub customer_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub checkout_session_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub checkout_url: Option<String>,
    pub session_expires_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub payment_intent_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub charge_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub card_brand: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub last4: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub card_funding: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub failure_code: Option<String>,
    pub processor_fee: Option<Money>,
    pub disclosure_sha256: Option<Vec<u8>>,
    pub disclosed_at: Option<DateTimeUtc>,
    pub contract_id: Option<ContractId>,
    pub commission_rate: Option<Rate>,
    pub commission: Option<Money>,
    pub reverses_id: Option<PaymentId>,
    pub reversal_reason: Option<ReversalReason>,
    #[sea_orm(column_type = "Text")]
    pub memo: Option<String>,
    pub effective_on: Option<Date>,
    pub entered_at: DateTimeUtc,
    pub posted_at: Option<DateTimeUtc>,
    pub deposited_on: Option<Date>,
    pub available_on: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub entered_by: String,
    pub version: i64,
    pub forwarder_fee: Option<Money>,
    pub commission_basis: Option<CommissionBasis>,
    pub tax: Option<Money>,
    #[sea_orm(column_type = "Text")]
    pub commission_level: Option<String>,
    pub schedule_id: Option<ScheduleId>,
    #[sea_orm(column_type = "JsonBinary")]
    pub commission_detail: Option<Json>,
    pub holding: Holding,
    pub spread_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub direction: Option<Json>,
    pub statement_id: Option<StatementId>,
    pub payout_id: Option<PayoutId>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The rows of one agency.
pub fn in_agency(agency: AgencyId) -> Select<Entity> {
    Entity::find().filter(Column::AgencyId.eq(agency))
}
