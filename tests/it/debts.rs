//! Debts for the tests of the floor: rows as a placement leaves them, written in one statement by the
//! superuser, because these tests need hundreds and look at what happens afterwards.

use crate::world::{House, superuser_url};
use chrono::{DateTime, Utc};
use domain::{AccountId, CreditorId, DebtorId, PartyId, Reference};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement};
use uuid::Uuid;

/// The open accounts of a creditor, as they come.
pub struct Debts {
    db: DatabaseConnection,
    pub agency: Uuid,
    creditor: Uuid,
}

/// An account that was placed.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    pub account: AccountId,
    pub debtor: DebtorId,
    pub party: PartyId,
}

/// What one account is to look like.
#[derive(Debug, Clone)]
pub struct Debt {
    pub debtor: Option<DebtorId>,
    pub name: String,
    pub principal: i64,
    pub due_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct One<T: sea_orm::TryGetable> {
    value: T,
}

impl Debts {
    pub async fn of(house: &House, creditor: CreditorId) -> Self {
        let db = Database::connect(superuser_url()).await.expect("a connection");
        Self { db, agency: house.id.0, creditor: creditor.0 }
    }

    /// `count` new accounts of as many people, each owing 100.00, due at this moment.
    pub async fn place(&self, count: usize, due_at: DateTime<Utc>) -> Vec<Placed> {
        let debts: Vec<Debt> = (0..count)
            .map(|n| Debt {
                debtor: None,
                name: format!("Pat Person{n}"),
                principal: 10_000,
                due_at,
            })
            .collect();
        self.place_these(&debts).await
    }

    pub async fn place_these(&self, debts: &[Debt]) -> Vec<Placed> {
        let placement = Uuid::now_v7();
        self.run(
            "INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, is_workbook, state,
                 accepted, uploaded_by, created_at)
             VALUES ($1, $2, $3, 'test.csv', $4, 1, false, 'committed', 1, 'test', now())",
            [self.agency.into(), placement.into(), self.creditor.into(), placement.as_bytes().to_vec().into()],
        )
        .await;
        let placed: Vec<Placed> = debts
            .iter()
            .map(|debt| Placed {
                account: AccountId(Uuid::now_v7()),
                debtor: debt.debtor.unwrap_or_else(|| DebtorId(Uuid::now_v7())),
                party: PartyId(Uuid::now_v7()),
            })
            .collect();
        let accounts: Vec<Uuid> = placed.iter().map(|one| one.account.0).collect();
        let debtors: Vec<Uuid> = placed.iter().map(|one| one.debtor.0).collect();
        let parties: Vec<Uuid> = placed.iter().map(|one| one.party.0).collect();
        let points: Vec<Uuid> = placed.iter().map(|_| Uuid::now_v7()).collect();
        let references: Vec<String> = accounts
            .iter()
            .map(|id| {
                Reference::from_random(
                    u64::from_be_bytes(id.as_bytes()[8..].try_into().expect("8"))
                        ^ id.as_u64_pair().0,
                )
                .compact()
            })
            .collect();
        let names: Vec<String> = debts.iter().map(|debt| debt.name.clone()).collect();
        let keys: Vec<String> = debts
            .iter()
            .map(|debt| {
                let (first, last) = debt.name.split_once(' ').expect("two names");
                domain::party::name_key(&format!("{last} {first}"))
            })
            .collect();
        let principals: Vec<i64> = debts.iter().map(|debt| debt.principal).collect();
        let due: Vec<DateTime<Utc>> = debts.iter().map(|debt| debt.due_at).collect();
        self.run(
            "WITH seed AS (
                 SELECT * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::text[], $9::text[],
                     $10::text[], $11::bigint[], $12::timestamptz[])
                 AS s (account, debtor, party, point, reference, name, key, principal, due)),
             people AS (
                 INSERT INTO debtor (agency_id, id, created_at) SELECT DISTINCT $1::uuid, debtor, now() FROM seed
                 ON CONFLICT DO NOTHING),
             debts AS (
                 INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
                     client_account_number, client_account_key, debtor_name, debtor_name_key, status,
                     status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
                     placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                     principal, interest, fees, costs, other, work_class, next_work_at, created_at)
                 SELECT $1, account, reference, $2, (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $2),
                     $3, debtor, 'N-' || reference, 'N-' || reference, name, key, 'NEW', due, 'medical', 'St Mary',
                     'St Mary', date '2026-01-01', due::date, 'first', principal, 0, 0, 0, 0, principal, 0, 0, 0, 0,
                     4, due, now()
                 FROM seed),
             people_of AS (
                 INSERT INTO party (agency_id, id, account_id, creditor_id, debtor_id, role, kind, first_name,
                     last_name, created_at)
                 SELECT $1, party, account, $2, debtor, 'primary', 'consumer', split_part(name, ' ', 1),
                     split_part(name, ' ', 2), now() FROM seed)
             INSERT INTO contact_point (agency_id, id, account_id, party_id, creditor_id, debtor_id, kind, value,
                 phone_type, created_at)
             SELECT $1, point, account, party, $2, debtor, 'phone', '+14155550123', 'mobile', now() FROM seed",
            [
                self.agency.into(),
                self.creditor.into(),
                placement.into(),
                accounts.into(),
                debtors.into(),
                parties.into(),
                points.into(),
                references.into(),
                names.into(),
                keys.into(),
                principals.into(),
                due.into(),
            ],
        )
        .await;
        placed
    }

    /// What stands in a column of an account, as text.
    pub async fn column(&self, account: AccountId, column: &str) -> Option<String> {
        let sql =
            format!("SELECT {column}::text AS value FROM account WHERE agency_id = $1 AND id = $2");
        self.value::<Option<String>>(&sql, [self.agency.into(), account.0.into()]).await
    }

    /// Sets columns of an account, for a past that the test does not live through.
    pub async fn set(&self, account: AccountId, columns: &str) {
        let sql = format!("UPDATE account SET {columns} WHERE agency_id = $1 AND id = $2");
        self.run(&sql, [self.agency.into(), account.0.into()]).await;
    }

    /// Rows of the agency in a table that satisfy a condition.
    pub async fn count(&self, table: &str, condition: &str) -> i64 {
        let sql =
            format!("SELECT count(*) AS value FROM {table} WHERE agency_id = $1 AND {condition}");
        self.value::<i64>(&sql, [self.agency.into()]).await
    }

    pub async fn run(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) {
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        self.db.execute_raw(statement).await.expect("the statement");
    }

    /// One value; the column is called `value`.
    pub async fn value<T: sea_orm::TryGetable>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = sea_orm::Value>,
    ) -> T {
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        One::<T>::find_by_statement(statement)
            .one(&self.db)
            .await
            .expect("an answer")
            .expect("a row")
            .value
    }
}
