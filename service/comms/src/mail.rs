//! Mail: written in the transaction of its cause, sent by a job.

use domain::{AccountId, DebtorId, MailId};
use entity::mail;
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::random;
use kernel::stop::{Fault, Stop};
use lettre::message::{Mailbox, Message, header::ContentType};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncFileTransport, AsyncTransport, Tokio1Executor};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use std::path::PathBuf;

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum Postbox {
    /// Into a folder, one file a message (demo and tests).
    Folder(PathBuf),
    /// To an SMTP server, `smtp://…` or `smtps://…`.
    Smtp(String),
}

/// Sends mail.
pub struct Mailer {
    carrier: Carrier,
}

enum Carrier {
    Folder(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

/// A mail to be written.
pub struct NewMail {
    /// What it is for: `sign_in_code`, `receipt`, `invite`, ….
    pub kind: &'static str,
    /// The debtor it goes to, if any.
    pub debtor: Option<DebtorId>,
    /// The account it is about, if any.
    pub account: Option<AccountId>,
    /// The address.
    pub recipient: String,
    /// The subject: for debtors, no word of debt, creditor or balance (Reg F 1006.6(d)).
    pub subject: String,
    /// The text.
    pub body: String,
}

impl Mailer {
    pub fn new(postbox: Postbox) -> Result<Self, Fault> {
        let carrier = match postbox {
            Postbox::Folder(folder) => Carrier::Folder(AsyncFileTransport::new(folder)),
            Postbox::Smtp(url) => Carrier::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
                    .map_err(|err| Fault::Outside(err.to_string()))?
                    .build(),
            ),
        };
        Ok(Self { carrier })
    }

    async fn carry(&self, message: Message) -> Result<(), Fault> {
        match &self.carrier {
            Carrier::Folder(folder) => {
                folder.send(message).await.map_err(|err| Fault::Outside(err.to_string()))?;
            }
            Carrier::Smtp(smtp) => {
                smtp.send(message).await.map_err(|err| Fault::Outside(err.to_string()))?;
            }
        }
        Ok(())
    }
}

/// Writes a mail and the job that sends it, in the caller's transaction.
pub async fn queue(tx: &Tx, new: NewMail) -> Result<MailId, Fault> {
    let id = MailId(random::uuid());
    mail::Entity::insert(mail::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        kind: Set(new.kind.to_owned()),
        debtor_id: Set(new.debtor),
        account_id: Set(new.account),
        recipient: Set(new.recipient),
        subject: Set(new.subject),
        body: Set(Some(new.body)),
        state: Set("queued".to_owned()),
        created_at: Set(tx.now()),
        sent_at: Set(None),
    })
    .exec_without_returning(tx)
    .await?;
    jobs::enqueue(tx, Job::SendMail { mail: id }).await?;
    Ok(id)
}

/// Sends a queued mail and empties its body. Sent twice only if we crash between the mail server's
/// answer and our commit.
pub async fn send(app: &App, runner: &JobRunner, id: MailId) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let row = mail::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("mail"))?;
    let sender = entity::agency::Entity::find_by_id(tx.agency())
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("agency"))?;
    tx.commit().await?;
    let (Some(body), "queued") = (row.body.clone(), row.state.as_str()) else { return Ok(()) };
    let message = compose(&sender, &row, body)?;
    app.part::<Mailer>()?.carry(message).await?;
    let tx = app.begin(runner).await?;
    let mut sent: mail::ActiveModel = row.into();
    sent.state = Set("sent".to_owned());
    sent.body = Set(None);
    sent.sent_at = Set(Some(tx.now()));
    sent.update(&tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The sender's name is the agency's neutral one: it must not reveal debt collection.
fn compose(
    sender: &entity::agency::Model,
    row: &mail::Model,
    body: String,
) -> Result<Message, Fault> {
    let outside = |err: &dyn std::fmt::Display| Fault::Outside(err.to_string());
    let address = format!("no-reply@{}.example", sender.slug);
    let from = Mailbox::new(
        Some(sender.consumer_name.clone()),
        address.parse().map_err(|err| outside(&err))?,
    );
    Message::builder()
        .from(from)
        .to(row.recipient.parse().map_err(|err| outside(&err))?)
        .subject(row.subject.clone())
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|err| outside(&err))
}
