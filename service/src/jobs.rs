//! Background jobs: a table, a lease, and one `match`.
//!
//! A job is enqueued in the transaction of its cause, so both or neither exist. It runs as the system
//! inside its agency, through the same verbs a handler would call, and is idempotent: after a crash
//! its lease runs out and it runs again.

mod work;

use crate::actor::JobRunner;
use crate::alarms;
use crate::app::App;
use crate::arrangements;
use crate::db::{Due, Tx};
use crate::debtor_access;
use crate::gateway_calls;
use crate::gateway_events;
use crate::mail;
use crate::payments;
use crate::placements;
use crate::random;
use crate::recovery;
use crate::retention;
use crate::settlements;
use crate::stop::{Fault, Stop};
use crate::trust;
use crate::worklist;
use chrono::{DateTime, Utc};
use domain::agency::Language;
use domain::{
    AccountId, AgencyId, ChallengeId, GatewayEventId, MailId, PaymentId, PlacementId,
    SettlementOfferId,
};
use serde::{Deserialize, Serialize};
pub use work::{drain, run_due, work, work_in};

/// What there is to do in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Send a queued mail.
    SendMail {
        /// Which.
        mail: MailId,
    },
    /// Send a debtor's sign-in code; nothing for a miss.
    SendSignInCode {
        /// For which attempt.
        challenge: ChallengeId,
        /// In which language.
        language: Language,
    },
    /// Send a debtor's sign-in link; nothing for a miss.
    SendSignInLink {
        /// For which attempt.
        challenge: ChallengeId,
        /// In which language.
        language: Language,
        /// The address of the debtor site, such as `https://pay.agency.example`.
        origin: String,
    },
    /// Close an account as paid in full when its last funds are available.
    CloseWhenAvailable {
        /// Which.
        account: AccountId,
    },
    /// Mail the receipt of a payment.
    SendReceipt {
        /// Which.
        payment: PaymentId,
    },
    /// Ask the gateway what became of a payment.
    CheckPayment {
        /// Which.
        payment: PaymentId,
    },
    /// Process an event of the gateway.
    ProcessGatewayEvent {
        /// Which.
        event: GatewayEventId,
    },
    /// Bring interrupted calls and payments to an end.
    SweepGateway,
    /// Ask the gateway for events that never reached us.
    PollGateway,
    /// Judge the lines of an uploaded placement file.
    CheckPlacement {
        /// Which.
        placement: PlacementId,
    },
    /// Make the accounts of a checked placement.
    CommitPlacement {
        /// Which.
        placement: PlacementId,
    },
    /// Put accounts that are no longer new into their class of work.
    AgeWorklist,
    /// See whether trust lacks money.
    WatchTrust,
    /// Keep the trust balances of an instant, where much was posted since the last ones.
    KeepCheckpoint,
    /// Judge what is agreed on an account, and on the debts that its plan pays with it.
    JudgeArrangements {
        /// Which.
        account: AccountId,
    },
    /// Judge what the passing of a day may have broken.
    JudgeDay,
    /// A settlement offer was not accepted in time.
    ExpireOffer {
        /// Which.
        offer: SettlementOfferId,
    },
    /// Roll up what was placed and collected.
    RollUp,
    /// Forget what nobody needs any more.
    ForgetSpent,
}

impl Job {
    fn kind(&self) -> &'static str {
        match self {
            Self::SendMail { .. } => "send_mail",
            Self::SendSignInCode { .. } => "send_sign_in_code",
            Self::SendSignInLink { .. } => "send_sign_in_link",
            Self::CloseWhenAvailable { .. } => "close_when_available",
            Self::SendReceipt { .. } => "send_receipt",
            Self::CheckPayment { .. } => "check_payment",
            Self::ProcessGatewayEvent { .. } => "process_gateway_event",
            Self::SweepGateway => "sweep_gateway",
            Self::PollGateway => "poll_gateway",
            Self::CheckPlacement { .. } => "check_placement",
            Self::CommitPlacement { .. } => "commit_placement",
            Self::AgeWorklist => "age_worklist",
            Self::WatchTrust => "watch_trust",
            Self::KeepCheckpoint => "keep_checkpoint",
            Self::JudgeArrangements { .. } => "judge_arrangements",
            Self::JudgeDay => "judge_day",
            Self::ExpireOffer { .. } => "expire_offer",
            Self::RollUp => "roll_up",
            Self::ForgetSpent => "forget_spent",
        }
    }

    /// Jobs with the same key are one while one is open.
    fn dedupe_key(&self) -> Option<String> {
        match self {
            Self::SendMail { .. }
            | Self::SendSignInCode { .. }
            | Self::SendSignInLink { .. }
            | Self::CloseWhenAvailable { .. }
            | Self::SendReceipt { .. }
            | Self::ProcessGatewayEvent { .. } => None,
            Self::CheckPayment { payment } => Some(format!("check {payment}")),
            Self::CheckPlacement { placement } => Some(format!("check_placement:{placement}")),
            Self::CommitPlacement { placement } => Some(format!("commit_placement:{placement}")),
            Self::JudgeArrangements { .. } | Self::ExpireOffer { .. } => None,
            Self::SweepGateway
            | Self::PollGateway
            | Self::AgeWorklist
            | Self::JudgeDay
            | Self::WatchTrust
            | Self::KeepCheckpoint
            | Self::RollUp
            | Self::ForgetSpent => Some(self.kind().to_owned()),
        }
    }

    async fn run(self, app: &App, runner: &JobRunner) -> Result<(), Stop> {
        match self {
            Self::CheckPlacement { placement } => placements::check(app, runner, placement).await,
            Self::CommitPlacement { placement } => placements::place(app, runner, placement).await,
            Self::SendMail { mail } => mail::send(app, runner, mail).await,
            Self::SendSignInCode { challenge, language } => {
                debtor_access::send_code(app, runner, challenge, language).await
            }
            Self::SendSignInLink { challenge, language, origin } => {
                debtor_access::send_link(app, runner, challenge, language, &origin).await
            }
            Self::CloseWhenAvailable { account } => {
                Box::pin(payments::close_when_available(app, runner, account)).await
            }
            Self::SendReceipt { payment } => payments::send_receipt(app, runner, payment).await,
            Self::CheckPayment { payment } => {
                Box::pin(payments::check(app, runner, payment, false)).await
            }
            Self::ProcessGatewayEvent { event } => {
                Box::pin(gateway_events::process(app, runner, event)).await
            }
            Self::SweepGateway => {
                Box::pin(gateway_calls::sweep(app, runner)).await?;
                Box::pin(payments::sweep(app, runner)).await
            }
            Self::PollGateway => Box::pin(gateway_events::poll(app, runner)).await,
            Self::AgeWorklist => worklist::age(app, runner).await.map(drop),
            Self::WatchTrust => alarms::run(app, runner).await,
            Self::KeepCheckpoint => trust::checkpoint::keep(app, runner).await,
            Self::JudgeArrangements { account } => {
                Box::pin(arrangements::judge_account(app, runner, account)).await
            }
            Self::JudgeDay => Box::pin(arrangements::judge_day(app, runner)).await,
            Self::ExpireOffer { offer } => Box::pin(settlements::expire(app, runner, offer)).await,
            Self::RollUp => recovery::run(app, runner).await,
            Self::ForgetSpent => retention::forget(app, runner).await.map(drop),
        }
    }
}

/// Adds a job that is due at once, in the caller's transaction.
pub async fn enqueue(tx: &Tx, job: Job) -> Result<(), Fault> {
    enqueue_at(tx, job, tx.now()).await
}

/// Adds a job that is due later, in the caller's transaction; it goes out with the commit.
pub async fn enqueue_at(tx: &Tx, job: Job, run_at: DateTime<Utc>) -> Result<(), Fault> {
    tx.leave(Due {
        id: random::uuid(),
        kind: job.kind(),
        payload: serde_json::to_value(&job)?,
        run_at,
        dedupe_key: job.dedupe_key(),
    });
    Ok(())
}

/// The system inside one agency, for the schedulers.
pub(crate) fn runner(agency: AgencyId) -> JobRunner {
    JobRunner::new(agency)
}
