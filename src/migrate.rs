//! `quittance migrate`: the roles, then the schema.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use migration::{Migrator, MigratorTrait, roles};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use secrecy::{ExposeSecret, SecretString};

/// The advisory lock that one migration at a time holds: the bytes of "quittanc" as a number.
const LOCK: i64 = 0x7175_6974_7461_6e63;

/// Makes the roles that are missing and brings the schema up to date; returns the names of the
/// migrations that ran. `url` is the address for a role that may create roles, or that is a member
/// of `quittance_owner` where the roles exist. Two calls at once wait for each other.
///
/// # Errors
/// When the database does not answer, or refuses.
pub async fn up(url: &str, role_password: Option<&SecretString>) -> Result<Vec<String>> {
    let session = one_session(url).await.context("cannot reach the database")?;
    // The lock belongs to the session: it goes with it, whatever happens.
    session.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    session.execute_unprepared("SET lock_timeout = '5s'").await?;
    // One shard after the other, or keys between distributed tables cannot be changed together. Without
    // Citus it is a setting that nobody reads.
    session.execute_unprepared("SET citus.multi_shard_modify_mode = 'sequential'").await?;
    create_roles(&session).await?;
    if let Some(password) = role_password {
        set_passwords(&session, password).await?;
    }
    session.execute_unprepared(&format!("SET ROLE {}", roles::OWNER)).await?;
    let pending = Migrator::get_pending_migrations(&session).await?;
    let pending = pending.iter().map(|migration| migration.name().to_owned()).collect();
    Migrator::up(&session, None).await?;
    session.close().await?;
    Ok(pending)
}

/// Fails unless every migration of this binary has run in the database behind `session`.
///
/// # Errors
/// When the schema is behind, or the database does not answer; the text says which.
pub async fn require_current(session: &DatabaseConnection) -> Result<()> {
    let done = session
        .query_all_raw(Statement::from_string(
            DbBackend::Postgres,
            "SELECT version FROM seaql_migrations",
        ))
        .await
        .context("cannot read which migrations have run: run `quittance migrate`")?;
    let done: BTreeSet<String> =
        done.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?;
    let missing: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .filter(|name| !done.contains(name))
        .collect();
    if !missing.is_empty() {
        bail!("the schema is behind, run `quittance migrate`; missing: {}", missing.join(", "));
    }
    Ok(())
}

/// A pool of exactly one connection, so that a lock and a role stay in force.
async fn one_session(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).min_connections(1).test_before_acquire(false).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn create_roles(session: &DatabaseConnection) -> Result<()> {
    session
        .execute_unprepared(roles::CREATE)
        .await
        .context("cannot create the database roles; DATABASE_URL must name a role that may")?;
    Ok(())
}

async fn set_passwords(session: &DatabaseConnection, password: &SecretString) -> Result<()> {
    for role in roles::SERVING {
        // ALTER ROLE takes no parameters, so the server quotes the literal itself; the setting is
        // one more way to pass a parameter where none is taken.
        let pass = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT set_config('quittance.role_password', $1, false), set_config('quittance.role', $2, false)",
            [password.expose_secret().into(), role.into()],
        );
        session.query_one_raw(pass).await?;
        session
            .execute_unprepared(
                "DO $$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', \
                 current_setting('quittance.role'), current_setting('quittance.role_password')); END $$",
            )
            .await
            .with_context(|| format!("cannot set the password of {role}"))?;
    }
    session.execute_unprepared("RESET quittance.role_password").await?;
    Ok(())
}
