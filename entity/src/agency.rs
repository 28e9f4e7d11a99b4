//! The table `agency`.

use domain::agency::AgencyStatus;
use domain::approval::Authority;
use domain::{AgencyId, Currency, Money};
use sea_orm::entity::prelude::*;

#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "agency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgencyId,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub display_name: String,
    #[sea_orm(column_type = "Text")]
    pub consumer_name: String,
    pub currency: Currency,
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    #[sea_orm(column_type = "Text")]
    pub phone: String,
    #[sea_orm(column_type = "Text")]
    pub phone_hours: String,
    #[sea_orm(column_type = "Text")]
    pub postal_address: String,
    pub status: AgencyStatus,
    pub blocks_credit_cards: bool,
    pub min_part_payment: Money,
    pub version: i64,
    pub created_at: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    pub authority: Option<Authority>,
}

#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
