//! The walls between agencies, creditors and debtors: in the database, and at the API.

use crate::world::{World, database_url, run, superuser_url};
use migration::roles;
use sea_orm::IdenStatic;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityName, EntityTrait, Iterable,
    QueryResult, Statement, TransactionTrait,
};
use std::collections::{BTreeMap, BTreeSet};

/// Tables that belong to no tenant: looked at before the tenant is known.
const GLOBAL: [&str; 3] = ["agency_host", "platform_admin", "seaql_migrations"];

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("a connection")
}

async fn ask(db: &impl ConnectionTrait, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(DbBackend::Postgres, sql.to_owned());
    db.query_all_raw(statement).await.unwrap_or_else(|err| panic!("{sql}: {err}"))
}

async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = ask(db, sql).await;
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

async fn tenant_tables(db: &impl ConnectionTrait) -> Vec<String> {
    let all = texts(
        db,
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p')
         AND relnamespace = 'public'::regnamespace ORDER BY 1",
    )
    .await;
    all.into_iter().filter(|table| !GLOBAL.contains(&table.as_str())).collect()
}

#[test]
fn every_table_is_keyed_by_agency_and_walled_off() {
    run(async {
        let db = connect(&superuser_url()).await;
        let tables = tenant_tables(&db).await;
        assert!(tables.len() > 30, "{tables:?}");
        for table in &tables {
            let wall = ask(
                &db,
                &format!(
                    "SELECT relrowsecurity AND relforcerowsecurity,
                        (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid)
                     FROM pg_class c WHERE oid = '{table}'::regclass"
                ),
            )
            .await;
            let (forced, policies): (bool, i64) =
                (wall[0].try_get_by_index(0).unwrap(), wall[0].try_get_by_index(1).unwrap());
            assert!(forced, "{table}: row-level security is not forced");
            assert!(policies > 0, "{table}: no policy");
            let first = texts(
                &db,
                &format!(
                    "SELECT a.attname::text FROM pg_index i
                     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                     WHERE i.indrelid = '{table}'::regclass AND i.indisprimary"
                ),
            )
            .await;
            let key = if table == "agency" { "id" } else { "agency_id" };
            assert_eq!(first, [key], "{table}: the primary key does not begin with the agency");
        }
    });
}

#[test]
fn no_reference_crosses_agencies() {
    run(async {
        let db = connect(&superuser_url()).await;
        let keys = ask(
            &db,
            "SELECT k.conname::text, t.relname::text, f.relname::text,
                (SELECT attname::text FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]),
                (SELECT attname::text FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1])
             FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
             WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace",
        )
        .await;
        assert!(keys.len() > 40);
        for key in keys {
            let text = |at: usize| key.try_get_by_index::<String>(at).unwrap();
            let to = if text(2) == "agency" { "id" } else { "agency_id" };
            assert_eq!((text(3).as_str(), text(4).as_str()), ("agency_id", to), "{}", text(0));
        }
    });
}

#[test]
fn no_role_that_serves_stands_above_the_walls() {
    run(async {
        let db = connect(&superuser_url()).await;
        for role in roles::SERVING {
            let above = texts(
                &db,
                &format!(
                    "SELECT rolname::text FROM pg_roles WHERE rolname = '{role}'
                     AND (rolbypassrls OR rolsuper OR rolcreaterole OR rolcreatedb)"
                ),
            )
            .await;
            assert!(above.is_empty(), "{role} may too much");
            let owned = texts(
                &db,
                &format!("SELECT relname::text FROM pg_class WHERE relowner = '{role}'::regrole"),
            )
            .await;
            assert!(owned.is_empty(), "{role} owns {owned:?}");
        }
    });
}

/// Without a scope no role that serves sees or writes anything; and the owner of the tables sees as
/// little.
#[test]
fn without_a_scope_there_is_nothing() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        world.creditor(&house, "ACME").await;
        let superuser = connect(&superuser_url()).await;
        let tables = tenant_tables(&superuser).await;
        // What is read before the tenant is known, by that one role.
        let before_tenant = texts(
            &superuser,
            "SELECT polrelid::regclass::text FROM pg_policy WHERE polname = 'before_tenant'",
        )
        .await;
        assert!(before_tenant.len() < 10, "{before_tenant:?}");
        for role in [roles::AGENCY, roles::CREDITOR, roles::DEBTOR, roles::SYSTEM, roles::REPORT] {
            let db = connect(&database_url(role)).await;
            for table in &tables {
                let may = |right: &str| {
                    format!("SELECT has_table_privilege('{role}', '{table}', '{right}')::text")
                };
                let open = role == roles::SYSTEM && before_tenant.contains(table);
                if texts(&db, &may("SELECT")).await == ["true"] && !open {
                    let rows = texts(&db, &format!("SELECT count(*)::text FROM {table}")).await;
                    assert_eq!(rows, ["0"], "{role} sees {table} without a scope");
                }
                if texts(&db, &may("UPDATE")).await == ["true"] && !open {
                    let key = if table == "agency" { "id" } else { "agency_id" };
                    let sql = format!("UPDATE {table} SET {key} = {key}");
                    let done = db.execute_unprepared(&sql).await.expect("an update of nothing");
                    assert_eq!(done.rows_affected(), 0, "{role} changed {table} without a scope");
                }
                if texts(&db, &may("INSERT")).await == ["true"] && !(open && table == "job") {
                    refuse_insert(&db, &superuser, role, table).await;
                }
            }
        }
    });
}

/// A copy of a row of an agency (or an invented one where there is none) is refused by the policy.
async fn refuse_insert(db: &DatabaseConnection, all: &DatabaseConnection, role: &str, table: &str) {
    let columns = ask(
        all,
        &format!(
            "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_name = '{table}' AND table_schema = 'public' AND is_nullable = 'NO'
               AND column_default IS NULL"
        ),
    )
    .await;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in columns {
        let (name, kind): (String, String) =
            (column.try_get_by_index(0).unwrap(), column.try_get_by_index(1).unwrap());
        values.push(match kind.as_str() {
            "uuid" => "gen_random_uuid()",
            "bytea" => "'\\x00'",
            "jsonb" => "'{}'",
            "boolean" => "true",
            "timestamp with time zone" => "now()",
            "date" => "current_date",
            "ARRAY" => "'{}'",
            "text" => "'x'",
            _ => "1",
        });
        names.push(name);
    }
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
    let refused = db.execute_unprepared(&sql).await.expect_err(&sql).to_string();
    assert!(refused.contains("row-level security policy"), "{role} {table}: {refused}");
}

/// Another agency's rows do not exist, even for a query that forgets to name the agency.
#[test]
fn within_a_scope_there_is_only_ones_own() {
    run(async {
        let world = World::new().await;
        let (one, two) = (world.house().await, world.house().await);
        world.creditor(&one, "MINE").await;
        world.creditor(&two, "THEIRS").await;
        let db = connect(&database_url(roles::AGENCY)).await;
        let tables = tenant_tables(&connect(&superuser_url()).await).await;
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared(&format!("SET LOCAL app.agency_id = '{}'", one.id.0)).await.unwrap();
        for table in tables {
            let key = if table == "agency" { "id" } else { "agency_id" };
            let sql = format!("SELECT count(*)::text FROM {table} WHERE {key} <> '{}'", one.id.0);
            assert_eq!(texts(&tx, &sql).await, ["0"], "{table}");
        }
        assert_eq!(texts(&tx, "SELECT code FROM creditor").await, ["MINE"]);
        let theft = format!("UPDATE creditor SET agency_id = '{}'", two.id.0);
        assert!(tx.execute_unprepared(&theft).await.is_err());
        drop(tx);
        // The pooled connection forgot the scope.
        assert_eq!(texts(&db, "SELECT count(*)::text FROM creditor").await, ["0"]);
    });
}

macro_rules! entities {
    ($($name:ident)*) => {
        [$((entity::$name::Entity.table_name().to_owned(), columns::<entity::$name::Entity>()),)*]
    };
}

fn columns<E: EntityTrait>() -> BTreeSet<(String, bool)> {
    use sea_orm::ColumnTrait;
    E::Column::iter().map(|column| (column.as_str().to_owned(), column.def().is_null())).collect()
}

/// Entities are written by hand after the migrations; here they are held against the tables.
#[test]
fn entities_are_what_the_tables_are() {
    run(async {
        let db = connect(&superuser_url()).await;
        let mut tables: BTreeMap<String, BTreeSet<(String, bool)>> = BTreeMap::new();
        for row in ask(
            &db,
            "SELECT table_name::text, column_name::text, is_nullable = 'YES'
             FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
        )
        .await
        {
            let column = (row.try_get_by_index(1).unwrap(), row.try_get_by_index(2).unwrap());
            tables.entry(row.try_get_by_index(0).unwrap()).or_default().insert(column);
        }
        tables.remove("seaql_migrations");
        let entities: BTreeMap<_, _> = entities!(
            account advance agency agency_host agency_key api_key approval arrangement_limit assignment attempt_limit audit bank_line bank_match bank_statement challenge close_run cohort cohort_account cohort_collection collector_credit collector_split collector_terms commission_schedule contact_point contract credit_use creditor creditor_payment debt_entry debtor desk gateway_account gateway_call gateway_customer gateway_event gateway_return idempotency_key installment invite invoice invoice_application job mail number_sequence party payment payment_line payout payout_finding placement placement_file placement_finding placement_line placement_mapping plan plan_account platform_admin portfolio promise refresh_token remittance restriction roll_up session settlement_offer settlement_tier statement statement_line sweep timeline_entry transfer trust_account trust_alarm trust_checkpoint trust_checkpoint_line user work_result
        )
        .into_iter().collect();
        for (name, columns) in &tables {
            if let Some(entity) = entities.get(name) {
                assert_eq!(entity, columns, "{name}");
            }
        }
        let missing: Vec<_> = tables.keys().filter(|name| !entities.contains_key(*name)).collect();
        assert!(missing.is_empty(), "no entity was compared for {missing:?}");
    });
}
