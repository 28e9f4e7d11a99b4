//! Sessions of the three sites.
//!
//! A session is a row, named by the SHA-256 of a cookie of 256 random bits that names its agency. A visitor gets a row only when
//! there is something to remember (a journey of several pages); signing in always makes a new row
//! with a new cookie and ends the old one, so that a cookie known before is worth nothing after.

use chrono::{DateTime, Duration, Utc};
use domain::agency::{Language, Site};
use domain::{AgencyId, CreditorId, Currency, DebtorId, SessionId, UserId};
use entity::session;
use kernel::actor::{DbRole, Debtor, Scope, Signature};
use kernel::app::App;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Fault;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    raw_sql,
};
use serde_json::Value;

/// The agency at an address, as a visitor of its site may know it.
#[derive(Debug, Clone)]
pub struct Front {
    /// The agency.
    pub agency: AgencyId,
    /// Its own name.
    pub display_name: String,
    /// The name for people whose identity is not proven yet (Reg F 1006.2(j)).
    pub consumer_name: String,
    /// Telephone.
    pub phone: String,
    /// When it is answered.
    pub phone_hours: String,
    /// Postal address.
    pub postal_address: String,
    /// IANA time zone, such as `America/New_York`.
    pub time_zone: String,
    /// The currency of its books.
    pub currency: Currency,
}

/// Who a session belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Nobody yet.
    Visitor,
    /// Agency staff or a creditor's user.
    User(UserId),
    /// A debtor whose identity is proven.
    Debtor(DebtorId),
}

/// A live session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The tenant.
    pub agency: AgencyId,
    /// The session.
    pub id: SessionId,
    /// The site it was opened on.
    pub site: Site,
    /// Whose it is.
    pub subject: Subject,
    /// The language chosen.
    pub language: Language,
    /// A message not shown yet.
    pub flash: Option<Value>,
    /// Answers of a journey of several pages.
    pub draft: Option<Value>,
    seen_at: DateTime<Utc>,
}

/// What a new session starts with.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// The site.
    pub site: Site,
    /// Whose it is.
    pub subject: Subject,
    /// The language.
    pub language: Language,
    /// The cookie; only its hash is stored.
    pub cookie: &'a str,
}

/// How long a session lives on a site.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// Without a click.
    pub idle: Duration,
    /// At most.
    pub whole: Duration,
}

/// Debtors: 20 minutes idle, 2 hours; users: 30 minutes idle, 12 hours.
pub fn life(site: Site) -> Life {
    match site {
        Site::Debtor => Life { idle: Duration::minutes(20), whole: Duration::hours(2) },
        Site::Client | Site::Workspace => {
            Life { idle: Duration::minutes(30), whole: Duration::hours(12) }
        }
    }
}

/// A visitor of an agency's site whose identity is not proven: the scope in which sessions and
/// attempts to sign in are written.
#[derive(Debug, Clone, Copy)]
pub struct Visitor(pub AgencyId);

impl Scope for Visitor {
    fn agency(&self) -> AgencyId {
        self.0
    }
    fn role(&self) -> DbRole {
        DbRole::Agency
    }
    fn creditors(&self) -> &[CreditorId] {
        &[]
    }
    fn debtor(&self) -> Option<DebtorId> {
        None
    }
    fn signature(&self) -> Signature {
        Signature { kind: "visitor", id: None, name: "visitor".to_owned() }
    }
}

#[derive(FromQueryResult)]
struct FrontRow {
    agency_id: AgencyId,
    display_name: String,
    consumer_name: String,
    phone: String,
    phone_hours: String,
    postal_address: String,
    time_zone: String,
    currency: Currency,
}

/// The agency whose site of this kind answers at `host` (lower case, with a non-default port).
pub async fn front(app: &App, site: Site, host: &str) -> Result<Option<Front>, Fault> {
    let kind = site.name();
    let row = FrontRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT a.id AS agency_id, a.display_name, a.consumer_name, a.phone, a.phone_hours,
                  a.postal_address, a.time_zone, a.currency
           FROM agency_host h JOIN agency a ON a.id = h.agency_id
           WHERE h.host = {host} AND h.site = {kind} AND a.status = 'active'"#
    ))
    .one(app.db().system())
    .await?;
    Ok(row.map(|row| Front {
        agency: row.agency_id,
        display_name: row.display_name,
        consumer_name: row.consumer_name,
        phone: row.phone,
        phone_hours: row.phone_hours,
        postal_address: row.postal_address,
        time_zone: row.time_zone,
        currency: row.currency,
    }))
}

/// The live session of a cookie. Being looked for keeps it alive.
pub async fn find(
    app: &App,
    agency: AgencyId,
    site: Site,
    cookie: &str,
) -> Result<Option<Session>, Fault> {
    let now = app.clock().now();
    let row = session::in_agency(agency)
        .filter(session::Column::TokenHash.eq(random::hash(cookie)))
        .filter(session::Column::Site.eq(site))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::LastSeenAt.gt(now - life(site).idle))
        .one(app.db().system())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let session = read(row);
    if now - session.seen_at > Duration::minutes(1) {
        let tx = app.begin(&Visitor(agency)).await?;
        change(&tx, session.id, session::Column::LastSeenAt, Expr::value(now)).await?;
        tx.commit().await?;
    }
    Ok(Some(session))
}

/// Starts a session inside the transaction of whoever signed in.
pub async fn start(tx: &Tx, new: NewSession<'_>) -> Result<Session, Fault> {
    let (user_id, debtor_id) = match new.subject {
        Subject::Visitor => (None, None),
        Subject::User(user) => (Some(user), None),
        Subject::Debtor(debtor) => (None, Some(debtor)),
    };
    let row = session::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(SessionId(random::uuid())),
        site: Set(new.site),
        token_hash: Set(random::hash(new.cookie)),
        user_id: Set(user_id),
        debtor_id: Set(debtor_id),
        language: Set(new.language),
        flash: Set(None),
        draft: Set(None),
        created_at: Set(tx.now()),
        last_seen_at: Set(tx.now()),
        expires_at: Set(tx.now() + life(new.site).whole),
        ended_at: Set(None),
    };
    Ok(read(row.insert(tx).await?))
}

/// Starts a visitor's session, for a journey that has something to remember.
pub async fn start_visit(
    app: &App,
    agency: AgencyId,
    new: NewSession<'_>,
) -> Result<Session, Fault> {
    let tx = app.begin(&Visitor(agency)).await?;
    let session = start(&tx, new).await?;
    tx.commit().await?;
    Ok(session)
}

/// Starts the session of a user whose password has just been checked; ends `before`. Answers with
/// the session's cookie.
pub async fn start_user(
    tx: &Tx,
    site: Site,
    user: UserId,
    before: Option<SessionId>,
) -> Result<String, Fault> {
    let cookie = random::token(tx.agency())?;
    let subject = Subject::User(user);
    start(tx, NewSession { site, subject, language: Language::English, cookie: &cookie }).await?;
    if let Some(before) = before {
        end_in(tx, before).await?;
    }
    Ok(cookie)
}

/// Ends a session: signing out.
pub async fn end(app: &App, session: &Session) -> Result<(), Fault> {
    let tx = app.begin(&Visitor(session.agency)).await?;
    end_in(&tx, session.id).await?;
    tx.commit().await
}

/// Ends a session inside a transaction.
pub async fn end_in(tx: &Tx, id: SessionId) -> Result<(), Fault> {
    change(tx, id, session::Column::EndedAt, Expr::value(tx.now())).await
}

/// Ends every session of a user: the password or the role changed.
pub async fn end_all_of(tx: &Tx, user: UserId) -> Result<(), Fault> {
    session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(tx.now()))
        .filter(session::Column::AgencyId.eq(tx.agency()))
        .filter(session::Column::UserId.eq(user))
        .filter(session::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Leaves a message for the next page, or (with none) forgets it as shown.
pub async fn flash(app: &App, session: &Session, message: Option<Value>) -> Result<(), Fault> {
    let tx = app.begin(&Visitor(session.agency)).await?;
    change(&tx, session.id, session::Column::Flash, Expr::value(message)).await?;
    tx.commit().await
}

/// Keeps the answers of a journey.
pub async fn keep_draft(app: &App, session: &Session, draft: Option<Value>) -> Result<(), Fault> {
    let tx = app.begin(&Visitor(session.agency)).await?;
    change(&tx, session.id, session::Column::Draft, Expr::value(draft)).await?;
    tx.commit().await
}

/// Stores the language chosen, on the session and, once identity is proven, on the debtor.
pub async fn speak(app: &App, session: &Session, language: Language) -> Result<(), Fault> {
    let tx = app.begin(&Visitor(session.agency)).await?;
    change(&tx, session.id, session::Column::Language, Expr::value(language.name())).await?;
    if let Subject::Debtor(debtor) = session.subject {
        let (agency, language) = (session.agency, language.name());
        tx.execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE debtor SET language = {language} WHERE agency_id = {agency} AND id = {debtor}"#
        ))
        .await?;
    }
    tx.commit().await
}

impl Session {
    /// The debtor, once identity is proven.
    pub fn debtor(&self) -> Option<Debtor> {
        match self.subject {
            Subject::Debtor(debtor) => Some(Debtor::new(self.agency, debtor)),
            Subject::Visitor | Subject::User(_) => None,
        }
    }

    /// The user who signed in.
    pub fn user(&self) -> Option<UserId> {
        match self.subject {
            Subject::User(user) => Some(user),
            Subject::Visitor | Subject::Debtor(_) => None,
        }
    }
}

async fn change(
    tx: &Tx,
    id: SessionId,
    column: session::Column,
    value: sea_orm::sea_query::SimpleExpr,
) -> Result<(), Fault> {
    session::Entity::update_many()
        .col_expr(column, value)
        .filter(session::Column::AgencyId.eq(tx.agency()))
        .filter(session::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

fn read(row: session::Model) -> Session {
    let subject = match (row.user_id, row.debtor_id) {
        (Some(user), _) => Subject::User(user),
        (None, Some(debtor)) => Subject::Debtor(debtor),
        (None, None) => Subject::Visitor,
    };
    Session {
        agency: row.agency_id,
        id: row.id,
        site: row.site,
        subject,
        language: row.language,
        flash: row.flash,
        draft: row.draft,
        seen_at: row.last_seen_at,
    }
}
