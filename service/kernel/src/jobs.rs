//! Background jobs: a table, a lease, and one `match`.
//!
//! A job is enqueued in the transaction of its cause, so both or neither exist. It runs as the system
//! inside its agency, through the same verbs a handler would call, and is idempotent: after a crash
//! its lease runs out and it runs again.

mod work;

use crate::actor::JobRunner;
use crate::db::{Due, Tx};
use crate::random;
use crate::stop::Fault;
use chrono::{DateTime, Utc};
use domain::agency::Language;
use domain::{
    AccountId, AgencyId, ChallengeId, GatewayEventId, MailId, PaymentId, PlacementId,
    SettlementOfferId,
};
use serde::{Deserialize, Serialize};
pub use work::{Worker, drain, run_due, work, work_in};

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
pub fn runner(agency: AgencyId) -> JobRunner {
    JobRunner::new(agency)
}
