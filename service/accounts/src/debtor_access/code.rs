//! The code: sent to a channel on file, typed within ten minutes.

use super::factors::{self, Claim};
use super::{AccessRefused, BY_ADDRESS, BY_REFERENCE, Entered, Life, TRIES, let_in, words};
use chrono::Duration;
use comms::mail::{self, NewMail};
use domain::agency::Language;
use domain::user::ChallengePurpose;
use domain::{ChallengeId, ContactPointId};
use entity::{challenge, contact_point};
use identity::sessions::{Session, Visitor};
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::limits;
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::vault::{Keys, Sealed};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use subtle::ConstantTimeEq;

const CODE: Sealed = Sealed("challenge.code");

/// Takes a claim. The answer, the rows and the work are the same whether it fits or not; when it
/// does, a job sends a code to the debtor's e-mail address on file.
pub async fn prove(
    app: &App,
    visit: &Session,
    address: &str,
    claim: &Claim,
) -> Result<(), AccessRefused> {
    let tx = app.begin(&Visitor(visit.agency)).await?;
    let by_reference = limits::count(&tx, BY_REFERENCE, &claim.reference.compact()).await?;
    let by_address = limits::count(&tx, BY_ADDRESS, address).await?;
    if let Some(until) = by_reference.max(by_address) {
        tx.commit().await?;
        return Err(AccessRefused::TooMany { until });
    }
    let found = factors::find(app, &tx, claim).await?;
    let row = challenge::ActiveModel {
        account_id: Set(found.map(|f| f.account)),
        debtor_id: Set(found.map(|f| f.debtor)),
        contact_point_id: Set(found.and_then(|f| f.email)),
        ..fresh(&tx, visit)?
    };
    put(&tx, row, visit.language).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends another code for the same claim, a minute after the last at the earliest.
pub async fn resend(app: &App, visit: &Session) -> Result<(), AccessRefused> {
    let tx = app.begin(&Visitor(visit.agency)).await?;
    let last = latest(&tx, visit).await?.ok_or(AccessRefused::Expired)?;
    if tx.now() - last.created_at < Duration::minutes(1) {
        return Err(AccessRefused::TooSoon);
    }
    let asked = visit.id.to_string();
    if let Some(until) = limits::count(&tx, BY_REFERENCE, &asked).await? {
        tx.commit().await?;
        return Err(AccessRefused::TooMany { until });
    }
    let row = challenge::ActiveModel {
        account_id: Set(last.account_id),
        debtor_id: Set(last.debtor_id),
        contact_point_id: Set(last.contact_point_id),
        ..fresh(&tx, visit)?
    };
    let mut old = last.into_active_model();
    old.used_at = Set(Some(tx.now()));
    old.update(&tx).await?;
    put(&tx, row, visit.language).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a code. The right one lets the debtor in.
pub async fn enter(app: &App, visit: &Session, typed: &str) -> Result<Entered, AccessRefused> {
    let tx = app.begin(&Visitor(visit.agency)).await?;
    let asked = latest(&tx, visit).await?.ok_or(AccessRefused::Expired)?;
    if asked.used_at.is_some() || asked.expires_at <= tx.now() || asked.attempts >= TRIES {
        return Err(AccessRefused::Expired);
    }
    let keys = app.vault().keys(&tx, tx.agency()).await?;
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let right = bool::from(hash(&keys, asked.id, &digits)?.ct_eq(&asked.code_hash));
    let (account, debtor) = (asked.account_id, asked.debtor_id);
    let mut row = asked.into_active_model();
    row.attempts = Set(row.attempts.take().unwrap_or(TRIES) + 1);
    let (Some(account), Some(debtor), true) = (account, debtor, right) else {
        row.update(&tx).await?;
        tx.commit().await?;
        return Err(AccessRefused::NotRight);
    };
    row.used_at = Set(Some(tx.now()));
    row.update(&tx).await?;
    let entered = let_in(&tx, visit, account, debtor).await?;
    tx.commit().await?;
    Ok(entered)
}

/// The job: makes the code and mails it; nothing when the claim did not fit or no channel is on
/// file. Run again, it sends another code in place of the first.
pub async fn send(
    app: &App,
    runner: &JobRunner,
    id: ChallengeId,
    language: Language,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let Some(asked) = challenge::Entity::find_by_id((tx.agency(), id)).one(&tx).await? else {
        return Ok(());
    };
    if asked.used_at.is_some() || asked.expires_at <= tx.now() {
        return Ok(());
    }
    let Some(recipient) = address(&tx, asked.contact_point_id).await? else { return Ok(()) };
    let code = six_digits()?;
    let keys = app.vault().keys(&tx, tx.agency()).await?;
    let mail = NewMail {
        kind: "sign_in_code",
        debtor: asked.debtor_id,
        account: asked.account_id,
        recipient,
        subject: words::code_subject(language).to_owned(),
        body: words::code_body(language, &code),
    };
    let mut row = asked.into_active_model();
    row.code_hash = Set(hash(&keys, id, &code)?);
    row.update(&tx).await?;
    mail::queue(&tx, mail).await?;
    tx.commit().await?;
    Ok(())
}

/// The e-mail address of a contact point that is still good.
pub(super) async fn address(
    tx: &Tx,
    point: Option<ContactPointId>,
) -> Result<Option<String>, Fault> {
    let Some(point) = point else { return Ok(None) };
    let row = contact_point::Entity::find_by_id((tx.agency(), point)).one(tx).await?;
    Ok(row.filter(|row| !row.bad).and_then(|row| row.value))
}

/// A row with everything but whom it is for. Until the job has made the code, nothing fits.
pub(super) fn fresh(tx: &Tx, visit: &Session) -> Result<challenge::ActiveModel, Fault> {
    Ok(challenge::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(ChallengeId(random::uuid())),
        purpose: Set(ChallengePurpose::Code),
        session_id: Set(Some(visit.id)),
        account_id: Set(None),
        debtor_id: Set(None),
        contact_point_id: Set(None),
        code_hash: Set(random::bytes::<16>()?.to_vec()),
        attempts: Set(0),
        expires_at: Set(tx.now() + Life::Code.span()),
        used_at: Set(None),
        created_at: Set(tx.now()),
    })
}

async fn put(tx: &Tx, row: challenge::ActiveModel, language: Language) -> Result<(), Fault> {
    let row = row.insert(tx).await?;
    jobs::enqueue(tx, Job::SendSignInCode { challenge: row.id, language }).await
}

async fn latest(tx: &Tx, visit: &Session) -> Result<Option<challenge::Model>, Fault> {
    Ok(challenge::in_agency(tx.agency())
        .filter(challenge::Column::SessionId.eq(visit.id))
        .filter(challenge::Column::Purpose.eq(ChallengePurpose::Code))
        .order_by_desc(challenge::Column::CreatedAt)
        .lock_exclusive()
        .one(tx)
        .await?)
}

fn six_digits() -> Result<String, Fault> {
    let number = u64::from_be_bytes(random::bytes::<8>()?) % 1_000_000;
    Ok(format!("{number:06}"))
}

/// Keyed, or whoever reads the table could try all million codes.
fn hash(keys: &Keys, id: ChallengeId, code: &str) -> Result<Vec<u8>, Fault> {
    keys.index(CODE, &format!("{id}|{code}"))
}
