//! Creditors: the agency's clients, and their portfolios.

use domain::agency::CreditorStatus;
use domain::{CreditorId, Permission, PortfolioId};
pub use entity::creditor::Model as Creditor;
pub use entity::portfolio::Model as Portfolio;
use entity::{creditor, portfolio};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop, broke};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Set, raw_sql,
};
use std::collections::HashMap;

/// A new creditor.
#[derive(Debug, Clone)]
pub struct NewCreditor {
    /// The agency's code for it, as placement files name it; compared without case.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The creditor above it, whose users see this one too.
    pub parent: Option<CreditorId>,
}

/// A new portfolio of a creditor.
#[derive(Debug, Clone)]
pub struct NewPortfolio {
    /// Whose.
    pub creditor: CreditorId,
    /// Its code, as placement files name it; compared without case.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Why a creditor or portfolio is not made.
#[derive(Debug, thiserror::Error)]
pub enum CreditorRefused {
    /// The code is not of the form.
    #[error("a code has 1 to 40 letters, digits, hyphens, dots and underscores")]
    BadCode,
    /// No name.
    #[error("a name has 1 to 200 characters")]
    BadName,
    /// The code is taken.
    #[error("the code {0} is taken")]
    CodeTaken(String),
    /// The creditor above is unknown.
    #[error("there is no such parent creditor")]
    UnknownParent,
    /// The creditor is unknown.
    #[error("there is no such creditor")]
    UnknownCreditor,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(CreditorRefused);

impl Refused for CreditorRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::BadCode | Self::BadName | Self::UnknownParent => Kind::Invalid,
            Self::UnknownCreditor => Kind::NotFound,
            Self::CodeTaken(_) => Kind::Conflict,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadCode => "bad_code",
            Self::BadName => "bad_name",
            Self::CodeTaken(_) => "code_taken",
            Self::UnknownParent => "unknown_parent",
            Self::UnknownCreditor => "not_found",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::BadCode | Self::CodeTaken(_) => Some("/code"),
            Self::BadName => Some("/name"),
            Self::UnknownParent => Some("/parent_id"),
            Self::UnknownCreditor => None,
            Self::Stop(stop) => stop.pointer(),
        }
    }
}

/// Adds a creditor.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewCreditor,
) -> Result<creditor::Model, CreditorRefused> {
    actor.require_agency(Permission::CreditorWrite)?;
    let code = code_of(&new.code)?;
    let name = name_of(&new.name)?;
    let tx = app.begin(actor).await?;
    let row = creditor::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(CreditorId(random::uuid())),
        parent_id: Set(new.parent),
        code: Set(code.clone()),
        name: Set(name),
        status: Set(CreditorStatus::Active),
        version: Set(1),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "creditor_code_unique") {
            CreditorRefused::CodeTaken(code.clone())
        } else if broke(&err, "creditor_parent_fk") {
            CreditorRefused::UnknownParent
        } else {
            err.into()
        }
    })?;
    let after =
        serde_json::json!({ "code": row.code, "name": row.name, "parent_id": row.parent_id });
    note(&tx, "creditor.create", row.id, after).await?;
    tx.commit().await?;
    Ok(row)
}

/// Renames a creditor, or closes it; `version` is the one that was read.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: CreditorId,
    version: i64,
    name: Option<&str>,
    status: Option<CreditorStatus>,
) -> Result<creditor::Model, CreditorRefused> {
    actor.require_agency(Permission::CreditorWrite)?;
    let name = name.map(name_of).transpose()?;
    let tx = app.begin(actor).await?;
    let row = creditor::Entity::find_by_id((tx.agency(), id))
        .lock_exclusive()
        .one(&tx)
        .await?
        .ok_or(CreditorRefused::UnknownCreditor)?;
    if row.version != version {
        return Err(Stop::Stale.into());
    }
    let before = serde_json::json!({ "name": row.name, "status": row.status });
    let next = row.version + 1;
    let mut changed: creditor::ActiveModel = row.into();
    if let Some(name) = name {
        changed.name = Set(name);
    }
    if let Some(status) = status {
        changed.status = Set(status);
    }
    changed.version = Set(next);
    let row = changed.update(&tx).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "creditor.change",
            subject_type: "creditor",
            subject_id: Some(id.0),
            before: Some(before),
            after: Some(serde_json::json!({ "name": row.name, "status": row.status })),
            reason: None,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(row)
}

/// One creditor within the actor's reach.
pub async fn find(app: &App, actor: &Actor, id: CreditorId) -> Result<creditor::Model, Stop> {
    actor.require(Permission::CreditorRead)?;
    let tx = app.begin(actor).await?;
    let row = creditor::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    tx.commit().await?;
    row.ok_or(Stop::NotFound("creditor"))
}

/// What these creditors are called: code and name, for lists that only know their ids.
pub async fn named(
    app: &App,
    actor: &Actor,
    ids: impl IntoIterator<Item = CreditorId>,
) -> Result<HashMap<CreditorId, (String, String)>, Stop> {
    actor.require(Permission::CreditorRead)?;
    let tx = app.begin(actor).await?;
    let rows =
        creditor::in_agency(tx.agency()).filter(creditor::Column::Id.is_in(ids)).all(&tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, (row.code, row.name))).collect())
}

/// The creditors within the actor's reach, oldest first, after `after`, at most `most`.
pub async fn list(
    app: &App,
    actor: &Actor,
    after: Option<CreditorId>,
    most: u64,
) -> Result<Vec<creditor::Model>, Stop> {
    actor.require(Permission::CreditorRead)?;
    let tx = app.begin(actor).await?;
    let mut query = creditor::in_agency(tx.agency()).order_by_asc(creditor::Column::Id).limit(most);
    if let Some(after) = after {
        query = query.filter(creditor::Column::Id.gt(after));
    }
    let rows = query.all(&tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Adds a portfolio.
pub async fn add_portfolio(
    app: &App,
    actor: &Actor,
    new: NewPortfolio,
) -> Result<portfolio::Model, CreditorRefused> {
    actor.require_agency(Permission::CreditorWrite)?;
    let code = code_of(&new.code)?;
    let name = name_of(&new.name)?;
    let tx = app.begin(actor).await?;
    let row = portfolio::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(PortfolioId(random::uuid())),
        creditor_id: Set(new.creditor),
        code: Set(code.clone()),
        name: Set(name),
        created_at: Set(tx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|err| {
        if broke(&err, "portfolio_code_unique") {
            CreditorRefused::CodeTaken(code.clone())
        } else if broke(&err, "portfolio_creditor_fk") {
            CreditorRefused::UnknownCreditor
        } else {
            err.into()
        }
    })?;
    note(&tx, "creditor.add_portfolio", new.creditor, serde_json::json!({ "portfolio": row.code }))
        .await?;
    tx.commit().await?;
    Ok(row)
}

/// The portfolios of a creditor, oldest first.
pub async fn portfolios(
    app: &App,
    actor: &Actor,
    creditor: CreditorId,
) -> Result<Vec<portfolio::Model>, Stop> {
    actor.require(Permission::CreditorRead)?;
    let tx = app.begin(actor).await?;
    reach(&tx, creditor).await?;
    let rows = portfolio::in_agency(tx.agency())
        .filter(portfolio::Column::CreditorId.eq(creditor))
        .order_by_asc(portfolio::Column::Id)
        .all(&tx)
        .await?;
    tx.commit().await?;
    Ok(rows)
}

/// Refuses a creditor that the transaction's scope does not reach.
pub async fn reach(tx: &Tx, id: CreditorId) -> Result<(), Stop> {
    let row = creditor::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    row.map(|_| ()).ok_or(Stop::NotFound("creditor"))
}

async fn note(
    tx: &Tx,
    action: &'static str,
    creditor: CreditorId,
    after: serde_json::Value,
) -> Result<(), Stop> {
    let entry = audit::Entry {
        action,
        subject_type: "creditor",
        subject_id: Some(creditor.0),
        after: Some(after),
        ..audit::Entry::default()
    };
    Ok(audit::write(tx, entry).await?)
}

/// Codes are kept in upper case, so that a file's `fernbank` is `FERNBANK`.
fn code_of(text: &str) -> Result<String, CreditorRefused> {
    let code = text.trim().to_uppercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if (1..=40).contains(&code.len()) && code.chars().all(plain) {
        Ok(code)
    } else {
        Err(CreditorRefused::BadCode)
    }
}

fn name_of(text: &str) -> Result<String, CreditorRefused> {
    let name = text.trim();
    if (1..=200).contains(&name.chars().count()) {
        Ok(name.to_owned())
    } else {
        Err(CreditorRefused::BadName)
    }
}

#[derive(FromQueryResult)]
struct Above {
    id: CreditorId,
}

/// A creditor and those above it, the nearest first: whose terms apply where it has none of its own.
pub async fn path(tx: &Tx, creditor: CreditorId) -> Result<Vec<CreditorId>, Fault> {
    let agency = tx.agency();
    let found = Above::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE up AS (
               SELECT id, parent_id, 0 AS depth FROM creditor WHERE agency_id = {agency} AND id = {creditor}
               UNION ALL
               SELECT c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
               WHERE c.agency_id = {agency} AND up.depth < 16)
           SELECT id FROM up ORDER BY depth"#
    ))
    .all(tx)
    .await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}
