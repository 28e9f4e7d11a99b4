//! SQL migrations, up and down. The SQL is the truth; entities follow it and a test compares them.
//!
//! Migrations that have landed are never edited: a change is a new migration.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

pub mod roles;

/// The list of migrations, oldest first.
pub struct Migrator;

macro_rules! sql_migration {
    ($name:ident, $file:literal) => {
        struct $name;

        impl MigrationName for $name {
            fn name(&self) -> &str {
                $file
            }
        }

        #[async_trait::async_trait]
        impl MigrationTrait for $name {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                let sql = include_str!(concat!("sql/", $file, ".up.sql"));
                manager.get_connection().execute_unprepared(sql).await.map(|_| ())
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                let sql = include_str!(concat!("sql/", $file, ".down.sql"));
                manager.get_connection().execute_unprepared(sql).await.map(|_| ())
            }
        }
    };
}

sql_migration!(Tables, "m0001_tables");
sql_migration!(ForeignKeys, "m0002_foreign_keys");
sql_migration!(RowLevelSecurity, "m0003_row_level_security");
sql_migration!(TrustEngine, "m0004_trust_engine");
sql_migration!(Arrangements, "m0005_arrangements");
sql_migration!(CollectorsAndRollUps, "m0006_collectors_and_rollups");
sql_migration!(BankStatements, "m0007_bank_statements");
sql_migration!(Deeds, "m0008_deeds");
sql_migration!(KeysOfDebts, "m0009_keys_of_debts");
sql_migration!(CheckpointsOfReceivables, "m0010_checkpoints_of_receivables");
sql_migration!(ReadyForCitus, "m0011_ready_for_citus");

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Tables),
            Box::new(ForeignKeys),
            Box::new(RowLevelSecurity),
            Box::new(TrustEngine),
            Box::new(Arrangements),
            Box::new(CollectorsAndRollUps),
            Box::new(BankStatements),
            Box::new(Deeds),
            Box::new(KeysOfDebts),
            Box::new(CheckpointsOfReceivables),
            Box::new(ReadyForCitus),
        ]
    }
}
