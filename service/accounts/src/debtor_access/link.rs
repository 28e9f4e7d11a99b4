//! The link: mailed to an address on file, opened once, then the ZIP code.

use super::factors::lives_there;
use super::{AccessRefused, BY_ADDRESS, BY_EMAIL, Entered, Life, TRIES, code, let_in, words};
use chrono::Duration;
use comms::mail::{self, NewMail};
use domain::agency::Language;
use domain::user::ChallengePurpose;
use domain::{AccountId, ChallengeId, ContactPointId, DebtorId};
use entity::challenge;
use identity::sessions::{Session, Visitor};
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::limits;
use kernel::random;
use kernel::stop::{Fault, Stop};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Set, raw_sql,
};

/// How long after opening a link the ZIP code may be typed.
const AFTER_OPENING: Duration = Duration::minutes(20);

/// Asks for a link to an e-mail address. The answer is the same whether it is on file or not.
/// `origin` is the site's own address, `https://pay.agency.example`.
pub async fn ask(
    app: &App,
    visit: &Session,
    address: &str,
    email: &str,
    origin: &str,
) -> Result<(), AccessRefused> {
    let email = email.trim().to_lowercase();
    let tx = app.begin(&Visitor(visit.agency)).await?;
    let by_email = limits::count(&tx, BY_EMAIL, &email).await?;
    let by_address = limits::count(&tx, BY_ADDRESS, address).await?;
    if let Some(until) = by_email.max(by_address) {
        tx.commit().await?;
        return Err(AccessRefused::TooMany { until });
    }
    let holder = holder(&tx, &email).await?;
    let row = challenge::ActiveModel {
        purpose: Set(ChallengePurpose::Link),
        session_id: Set(None),
        account_id: Set(holder.as_ref().map(|h| h.account_id)),
        debtor_id: Set(holder.as_ref().map(|h| h.debtor_id)),
        contact_point_id: Set(holder.as_ref().map(|h| h.id)),
        expires_at: Set(tx.now() + Life::Link.span()),
        ..code::fresh(&tx, visit)?
    };
    let row = row.insert(&tx).await?;
    let (language, origin) = (visit.language, origin.to_owned());
    jobs::enqueue(&tx, Job::SendSignInLink { challenge: row.id, language, origin }).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a link: it is used up, and this visit may now say the ZIP code.
pub async fn open(app: &App, visit: &Session, token: &str) -> Result<(), AccessRefused> {
    let tx = app.begin(&Visitor(visit.agency)).await?;
    let asked = by_token(&tx, token).await?.ok_or(AccessRefused::Expired)?;
    if asked.used_at.is_some() || asked.expires_at <= tx.now() {
        return Err(AccessRefused::Expired);
    }
    let mut row = asked.into_active_model();
    row.used_at = Set(Some(tx.now()));
    row.session_id = Set(Some(visit.id));
    row.update(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the ZIP code of whoever opened a link.
pub async fn confirm(app: &App, visit: &Session, zip: &str) -> Result<Entered, AccessRefused> {
    let tx = app.begin(&Visitor(visit.agency)).await?;
    let opened = challenge::in_agency(tx.agency())
        .filter(challenge::Column::SessionId.eq(visit.id))
        .filter(challenge::Column::Purpose.eq(ChallengePurpose::Link))
        .filter(challenge::Column::UsedAt.gt(tx.now() - AFTER_OPENING))
        .order_by_desc(challenge::Column::CreatedAt)
        .lock_exclusive()
        .one(&tx)
        .await?
        .filter(|opened| opened.attempts < TRIES)
        .ok_or(AccessRefused::Expired)?;
    let (account, debtor) = (opened.account_id, opened.debtor_id);
    let zips = zips(&tx, account).await?;
    let right = bool::from(lives_there(&zips, zip));
    let mut row = opened.into_active_model();
    row.attempts = Set(row.attempts.take().unwrap_or(TRIES) + 1);
    if right {
        row.session_id = Set(None);
    }
    row.update(&tx).await?;
    let (Some(account), Some(debtor), true) = (account, debtor, right) else {
        tx.commit().await?;
        return Err(AccessRefused::NotRight);
    };
    let entered = let_in(&tx, visit, account, debtor).await?;
    tx.commit().await?;
    Ok(entered)
}

/// The job: makes the link and mails it; nothing when the address is not on file.
pub async fn send(
    app: &App,
    runner: &JobRunner,
    id: ChallengeId,
    language: Language,
    origin: &str,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let Some(asked) = challenge::Entity::find_by_id((tx.agency(), id)).one(&tx).await? else {
        return Ok(());
    };
    if asked.used_at.is_some() {
        return Ok(());
    }
    let Some(recipient) = code::address(&tx, asked.contact_point_id).await? else {
        return Ok(());
    };
    let token = random::token(tx.agency())?;
    let mail = NewMail {
        kind: "sign_in_link",
        debtor: asked.debtor_id,
        account: asked.account_id,
        recipient,
        subject: words::link_subject(language).to_owned(),
        body: words::link_body(language, &format!("{origin}/l/{token}")),
    };
    let mut row = asked.into_active_model();
    row.code_hash = Set(random::hash(&token));
    row.update(&tx).await?;
    mail::queue(&tx, mail).await?;
    tx.commit().await?;
    Ok(())
}

/// The attempt that a link belongs to.
pub(super) async fn by_token(tx: &Tx, token: &str) -> Result<Option<challenge::Model>, Fault> {
    Ok(challenge::in_agency(tx.agency())
        .filter(challenge::Column::Purpose.eq(ChallengePurpose::Link))
        .filter(challenge::Column::CodeHash.eq(random::hash(token)))
        .lock_exclusive()
        .one(tx)
        .await?)
}

#[derive(FromQueryResult)]
struct Holder {
    id: ContactPointId,
    account_id: AccountId,
    debtor_id: DebtorId,
}

/// The newest account with this e-mail address, open ones first.
async fn holder(tx: &Tx, email: &str) -> Result<Option<Holder>, Fault> {
    let agency = tx.agency();
    Ok(Holder::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT c.id, c.account_id, a.debtor_id FROM contact_point c
           JOIN account a ON a.agency_id = c.agency_id AND a.id = c.account_id
           JOIN party p ON p.agency_id = c.agency_id AND p.id = c.party_id AND p.role = 'primary'
           WHERE c.agency_id = {agency} AND c.kind = 'email' AND c.value = {email} AND NOT c.bad
           ORDER BY (a.closed_at IS NULL) DESC, a.id DESC LIMIT 1"#
    ))
    .one(tx)
    .await?)
}

#[derive(FromQueryResult)]
struct Zips {
    zips: Option<String>,
}

async fn zips(tx: &Tx, account: Option<AccountId>) -> Result<String, Fault> {
    let Some(account) = account else { return Ok("-----".to_owned()) };
    let agency = tx.agency();
    let row = Zips::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT string_agg(left(c.zip, 5), ' ') AS zips FROM contact_point c
           WHERE c.agency_id = {agency} AND c.account_id = {account} AND c.kind = 'address'"#
    ))
    .one(tx)
    .await?;
    Ok(row.and_then(|row| row.zips).unwrap_or_else(|| "-----".to_owned()))
}
