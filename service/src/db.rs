//! The database: one pool per serving role, kept private, and the transaction that carries a scope.

use crate::actor::{DbRole, Scope, Signature};
use crate::clock::Clock;
use crate::stop::Fault;
use chrono::{DateTime, Utc};
use domain::AgencyId;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, ExecResult, QueryResult, Statement, StreamTrait, TransactionTrait,
};
use std::pin::Pin;
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

    /// Opens a transaction under the actor's role and scope.
    pub(crate) async fn begin(
        &self,
        who: &(impl Scope + ?Sized),
        clock: &Clock,
    ) -> Result<Tx, Fault> {
        let pool = match who.role() {
            DbRole::Agency => &self.agency,
            DbRole::Creditor => &self.creditor,
            DbRole::Debtor => &self.debtor,
        };
        let inner = pool.begin().await?;
        inner.execute_unprepared(&settings(who)).await?;
        Ok(Tx { inner, agency: who.agency(), now: clock.now(), signature: who.signature() })
    }

    /// The pool of the system role, for what is read before the tenant is known.
    pub(crate) fn system(&self) -> &DatabaseConnection {
        &self.system
    }

    /// The pool of the agency role, for the bulk path that needs sqlx itself. It has no scope: the
    /// caller sets one with [`settings`] right after BEGIN.
    pub(crate) fn agency_pool(&self) -> &sqlx::PgPool {
        self.agency.get_postgres_connection_pool()
    }
}

async fn open(url: &str, size: u32) -> Result<DatabaseConnection, Fault> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(2))
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
pub(crate) fn settings(who: &(impl Scope + ?Sized)) -> String {
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
    inner: DatabaseTransaction,
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

    /// Makes it so.
    pub async fn commit(self) -> Result<(), Fault> {
        Ok(self.inner.commit().await?)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(stmt).await
    }
}

impl StreamTrait for Tx {
    type Stream<'a> = <DatabaseTransaction as StreamTrait>::Stream<'a>;

    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn stream_raw<'a>(
        &'a self,
        stmt: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        self.inner.stream_raw(stmt)
    }
}
