//! The steps of a charge's way back, in the order in which they came about.

use crate::gateway::accounts::Gateway;
use chrono::{DateTime, Utc};
use domain::Money;
use gateway::{CallError, DisputeSnapshot, RefundSnapshot, RefundState};
use kernel::stop::Fault;

/// What happened to the money of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::payments) enum Kind {
    /// The gateway gave it back to the payer.
    Refund,
    /// The refund did not reach the payer.
    RefundFailed,
    /// The payer's bank took it.
    Dispute,
    /// The dispute was won: the bank gave it back.
    DisputeWon,
}

/// One thing that happened to the money of a charge, by the gateway's name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::payments) struct Step {
    /// `re_…`, `re_…/failed`, `du_…`, `du_…/reinstated`.
    pub object: String,
    pub kind: Kind,
    /// Above zero.
    pub amount: Money,
    at: DateTime<Utc>,
}

impl Step {
    /// A refund that the gateway has accepted; none for one that it has not.
    pub fn refund(refund: &RefundSnapshot) -> Option<Self> {
        match refund.state {
            RefundState::Pending | RefundState::Succeeded => Some(Self {
                object: refund.id.clone(),
                kind: Kind::Refund,
                amount: refund.amount,
                at: refund.created_at,
            }),
            RefundState::Failed | RefundState::Unheard => None,
        }
    }

    /// The name under which the money was taken that this step gives again.
    pub fn taken_as(&self) -> &str {
        self.object.split('/').next().unwrap_or(&self.object)
    }
}

/// Asks the gateway for everything that happened to a charge after it was paid.
pub(in crate::payments) async fn ask(gateway: &Gateway, charge: &str) -> Result<Vec<Step>, Fault> {
    let outside = |err: CallError| Fault::Outside(err.to_string());
    let refunds = gateway.stripe.refunds_of(charge).await.map_err(outside)?;
    let disputes = gateway.stripe.disputes_of(charge).await.map_err(outside)?;
    Ok(in_order(&refunds, &disputes))
}

/// Takings before givings of the same object, older objects first. A refund that failed was made
/// before, and its two movements are both in the gateway's balance: so are they in the books.
fn in_order(refunds: &[RefundSnapshot], disputes: &[DisputeSnapshot]) -> Vec<Step> {
    let mut steps = Vec::new();
    for refund in refunds {
        let step = |object: String, kind| Step {
            object,
            kind,
            amount: refund.amount,
            at: refund.created_at,
        };
        match refund.state {
            RefundState::Pending | RefundState::Succeeded => {
                steps.push(step(refund.id.clone(), Kind::Refund));
            }
            RefundState::Failed => {
                steps.push(step(refund.id.clone(), Kind::Refund));
                steps.push(step(format!("{}/failed", refund.id), Kind::RefundFailed));
            }
            RefundState::Unheard => {}
        }
    }
    for dispute in disputes {
        let step =
            |object: String, kind, amount| Step { object, kind, amount, at: dispute.created_at };
        if dispute.withdrawn.is_positive() {
            steps.push(step(dispute.id.clone(), Kind::Dispute, dispute.withdrawn));
        }
        if dispute.reinstated.is_positive() {
            let object = format!("{}/reinstated", dispute.id);
            steps.push(step(object, Kind::DisputeWon, dispute.reinstated));
        }
    }
    steps.sort_by(|a, b| (a.at, &a.object).cmp(&(b.at, &b.object)));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    fn refund(id: &str, state: RefundState, at: i64) -> RefundSnapshot {
        RefundSnapshot {
            id: id.to_owned(),
            state,
            amount: Money::from_minor(500),
            created_at: DateTime::UNIX_EPOCH + Duration::seconds(at),
            charge: None,
            payment_intent: None,
            references: None,
        }
    }

    #[test]
    fn what_was_taken_first_comes_first_and_a_failure_after_its_refund() {
        let dispute = DisputeSnapshot {
            id: "du_1".to_owned(),
            charge: "ch_1".to_owned(),
            created_at: DateTime::UNIX_EPOCH + Duration::seconds(2),
            withdrawn: Money::from_minor(700),
            reinstated: Money::from_minor(700),
        };
        let refunds = [
            refund("re_3", RefundState::Unheard, 0),
            refund("re_2", RefundState::Pending, 3),
            refund("re_1", RefundState::Failed, 1),
        ];
        let steps = in_order(&refunds, &[dispute]);
        let names: Vec<&str> = steps.iter().map(|step| step.object.as_str()).collect();
        assert_eq!(names, ["re_1", "re_1/failed", "du_1", "du_1/reinstated", "re_2"]);
        assert_eq!(steps[1].taken_as(), "re_1");
    }

    #[test]
    fn an_inquiry_takes_nothing() {
        let dispute = DisputeSnapshot {
            id: "du_1".to_owned(),
            charge: "ch_1".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            withdrawn: Money::ZERO,
            reinstated: Money::ZERO,
        };
        assert!(in_order(&[], &[dispute]).is_empty());
    }
}
