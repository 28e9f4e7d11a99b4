//! The database: one pool per serving role, kept private, and the transaction that carries a scope.

mod compound;
mod ending;

use crate::actor::{DbRole, Scope, Signature};
use crate::clock::Clock;
use crate::stop::Fault;
use chrono::{DateTime, Utc};
pub use compound::Compound;
use domain::AgencyId;
use ending::Ending;
pub use ending::{Due, Kept, Said};
use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres, Transaction};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where each serving role connects to.
#[derive(Clone)]
pub struct DbUrls {
    /// As `quittance_agency`.
    pub agency: String,
    /// As `quittance_creditor`.
    pub creditor: String,
    /// As `quittance_debtor`.
    pub debtor: String,
    /// As `quittance_system`.
    pub system: String,
    /// Connections of the agency role's pool; the others get a quarter, at least two.
    pub pool_size: u32,
}

/// The pools. Nobody outside this module can query them without a scope.
pub struct Db {
    agency: DatabaseConnection,
    creditor: DatabaseConnection,
    debtor: DatabaseConnection,
    system: DatabaseConnection,
}

impl Db {
    /// Opens the pools; connections are made when they are first needed.
    pub async fn connect(urls: &DbUrls) -> Result<Self, Fault> {
        let small = (urls.pool_size / 4).max(2);
        Ok(Self {
            agency: open(&urls.agency, urls.pool_size).await?,
            creditor: open(&urls.creditor, small).await?,
            debtor: open(&urls.debtor, small).await?,
            system: open(&urls.system, small).await?,
        })
    }

    /// Opens a transaction under the actor's role and scope, in one trip.
    pub async fn begin(&self, who: &(impl Scope + ?Sized), clock: &Clock) -> Result<Tx, Fault> {
        let pool = match who.role() {
            DbRole::Agency => &self.agency,
            DbRole::Creditor => &self.creditor,
            DbRole::Debtor => &self.debtor,
        };
        let begin = AssertSqlSafe(format!("BEGIN; {}", settings(who)));
        let inner =
            pool.get_postgres_connection_pool().begin_with(begin).await.map_err(not_begun)?;
        Ok(Tx {
            inner: tokio::sync::Mutex::new(inner),
            ending: Mutex::default(),
            agency: who.agency(),
            now: clock.now(),
            signature: who.signature(),
        })
    }

    /// The pool of the system role, for what is read before the tenant is known.
    pub fn system(&self) -> &DatabaseConnection {
        &self.system
    }

    /// The pool of the agency role, for the bulk path that needs sqlx itself. It has no scope: the
    /// caller sets one with [`settings`] right after BEGIN.
    pub fn agency_pool(&self) -> &PgPool {
        self.agency.get_postgres_connection_pool()
    }
}

/// A connection that nobody needed for so long is given back to the database.
const IDLE: Duration = Duration::from_secs(30);

async fn open(url: &str, size: u32) -> Result<DatabaseConnection, Fault> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(2))
        .idle_timeout(IDLE)
        .statement_timeout(Duration::from_secs(60))
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(30))
        .set_application_name("quittance")
        .sqlx_logging(false)
        .connect_lazy(true);
    Ok(Database::connect(options).await?)
}

/// The settings of a scope as one simple query. It is written from parsed UUIDs only; bound
/// parameters would cost a second trip, and `set_config` is not carried to Citus workers.
pub fn settings(who: &(impl Scope + ?Sized)) -> String {
    let mut sql =
        format!("SET LOCAL app.agency_id = '{}'; SET LOCAL lock_timeout = '5s'", who.agency().0);
    if who.role() == DbRole::Creditor {
        let ids: Vec<String> = who.creditors().iter().map(|id| id.0.to_string()).collect();
        sql.push_str(&format!("; SET LOCAL app.creditor_id = '{{{}}}'", ids.join(",")));
    }
    if let Some(debtor) = who.debtor() {
        sql.push_str(&format!("; SET LOCAL app.debtor_id = '{}'", debtor.0));
    }
    sql
}

/// A transaction with a scope. Commit consumes it; dropping it rolls back.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Tx {
    inner: tokio::sync::Mutex<Transaction<'static, Postgres>>,
    ending: Mutex<Ending>,
    agency: AgencyId,
    now: DateTime<Utc>,
    signature: Signature,
}

impl Tx {
    /// The tenant.
    pub fn agency(&self) -> AgencyId {
        self.agency
    }

    /// The instant of the transaction, by the application's clock: one for all its rows.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Who acts.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Makes it so: writes what was put off to the end, in one trip, and commits.
    pub async fn commit(self) -> Result<(), Fault> {
        let ending = std::mem::take(&mut *self.ending());
        ending.write(&self).await?;
        Ok(self.inner.into_inner().commit().await.map_err(queried)?)
    }

    /// Puts a line of the audit trail off to the end.
    pub fn say(&self, said: Said) {
        self.ending().said.push(said);
    }

    /// Puts a job off to the end.
    pub fn leave(&self, due: Due) {
        self.ending().due.push(due);
    }

    /// Puts the keeping of an answer off to the end.
    pub fn keep(&self, kept: Kept) {
        self.ending().kept.push(kept);
    }

    fn ending(&self) -> std::sync::MutexGuard<'_, Ending> {
        // Whoever broke off while holding it drops the transaction, which rolls back.
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_begun(err: sqlx::Error) -> DbErr {
    if matches!(err, sqlx::Error::PoolTimedOut) {
        return DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    }
    if matches!(err, sqlx::Error::PoolClosed) {
        return DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
    }
    DbErr::Conn(RuntimeErr::SqlxError(err.into()))
}

fn queried(err: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(err.into()))
}

fn executed(err: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(err.into()))
}

type Query<'q> = sqlx::query::Query<'q, Postgres, SqlxValues>;

fn query(stmt: Statement) -> Query<'static> {
    let values = stmt.values.unwrap_or(sea_orm::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(stmt.sql), SqlxValues(values))
}

/// SeaORM's own transaction cannot begin with settings; otherwise this does what it does.
#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let mut tx = self.inner.lock().await;
        Ok(query(stmt).execute(&mut **tx).await.map_err(executed)?.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut tx = self.inner.lock().await;
        Ok(tx.execute(AssertSqlSafe(sql.to_owned())).await.map_err(executed)?.into())
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut tx = self.inner.lock().await;
        let row = query(stmt).fetch_optional(&mut **tx).await.map_err(queried)?;
        Ok(row.map(QueryResult::from))
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut tx = self.inner.lock().await;
        let rows = query(stmt).fetch_all(&mut **tx).await.map_err(queried)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}
