//! What the gateway takes back or gives again after a payment: refunds, whole or in part, refunds
//! that failed, disputes, disputes that were won. Each object of the gateway is booked once, in the
//! order in which they came about; repeated and reordered events find it done.
//!
//! A payment is never partly reversed: it is mirrored whole, and the rest that stays with us is
//! posted anew as of the day of the payment. A refund within what was overpaid comes out of the
//! debtor's credit and leaves the payment as it is.

mod anew;
mod steps;

pub(super) use steps::{Kind, Step, ask};

use super::checkout::lock;
use super::refund;
use super::reverse::{mirror, still_owed};
use crate::credits;
use domain::books::{self, Move};
use domain::debt_entry::{CreditUseKind, CreditUseState};
use domain::ledger::Ledger;
use domain::payment::{PaymentKind, PaymentState, ReversalReason};
use domain::timeline::TimelineKind;
use domain::{CreditUseId, Currency, Money, PaymentId, TrustAccountId};
use entity::{account, agency, credit_use, gateway_return, payment, trust_account};
use kernel::audit;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use ledger::Cause;
use ledger::alarms;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Set,
    raw_sql,
};
use serde_json::json;
use uuid::Uuid;

/// How a step was booked.
#[derive(Debug, Clone, Copy)]
enum How {
    Returned,
    Reposted,
    Credit,
    Reinstated,
}

impl How {
    fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Reposted => "reposted",
            Self::Credit => "credit",
            Self::Reinstated => "reinstated",
        }
    }
}

/// Books one step of a posted payment's way back, unless it was booked before; answers whether it
/// was booked now.
pub(super) async fn book(tx: &Tx, root: PaymentId, step: &Step) -> Result<bool, Stop> {
    let (account, root) = lock(tx, root).await?;
    let known = gateway_return::Entity::find_by_id((tx.agency(), step.object.clone()));
    if root.posted_at.is_none() || known.one(tx).await?.is_some() {
        return Ok(false);
    }
    let chain = Chain::of(tx, root).await?;
    let (how, entry) = match step.kind {
        Kind::Refund | Kind::Dispute => Box::pin(chain.take(tx, account, step)).await?,
        Kind::RefundFailed | Kind::DisputeWon => Box::pin(chain.give(tx, account, step)).await?,
    };
    let signed = match step.kind {
        Kind::Refund | Kind::Dispute => step.amount.negated().map_err(|_| too_large())?,
        Kind::RefundFailed | Kind::DisputeWon => step.amount,
    };
    gateway_return::ActiveModel {
        agency_id: Set(tx.agency()),
        object_id: Set(step.object.clone()),
        payment_id: Set(chain.root.id),
        amount: Set(signed),
        how: Set(how.name().to_owned()),
        entry_id: Set(Some(entry)),
        booked_at: Set(tx.now()),
        payout_id: Set(None),
    }
    .insert(tx)
    .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "gateway_return.book",
            subject_type: "payment",
            subject_id: Some(chain.root.id.0),
            after: Some(
                json!({"object": step.object, "amount": signed.to_decimal(), "how": how.name()}),
            ),
            ..audit::Entry::default()
        },
    )
    .await?;
    alarms::watch_later(tx).await?;
    Ok(true)
}

fn too_large() -> Fault {
    Fault::Unexpected("an amount that is too large")
}

/// The payment of a charge and everything that was posted for the charge since.
struct Chain {
    root: payment::Model,
    /// What counts now: the payment itself, a part posted anew, or a return undone.
    live: Option<payment::Model>,
    /// Uses of the debtor's credit for refunds of what counts now.
    uses: Vec<credit_use::Model>,
    currency: Currency,
    time_zone: String,
    trust: TrustAccountId,
}

#[derive(FromQueryResult)]
struct TrustOf {
    trust_account_id: Option<TrustAccountId>,
}

impl Chain {
    async fn of(tx: &Tx, root: payment::Model) -> Result<Self, Stop> {
        let agency = agency::Entity::find_by_id(tx.agency())
            .one(tx)
            .await?
            .ok_or(Stop::NotFound("agency"))?;
        let charge = root.charge_id.clone().ok_or(Fault::Unexpected("a payment without charge"))?;
        let live = payment::in_agency(tx.agency())
            .filter(payment::Column::ChargeId.eq(charge))
            .filter(payment::Column::AccountId.eq(root.account_id))
            .filter(payment::Column::State.eq(PaymentState::Succeeded))
            .filter(payment::Column::Kind.eq(PaymentKind::PaidAgency))
            .order_by_desc(payment::Column::Id)
            .one(tx)
            .await?;
        let (agency_id, payment) = (tx.agency(), root.id);
        let found = TrustOf::find_by_statement(raw_sql!(
            Postgres,
            r#"SELECT trust_account_id FROM transfer
               WHERE agency_id = {agency_id} AND payment_id = {payment} AND trust_account_id IS NOT NULL LIMIT 1"#
        ))
        .one(tx)
        .await?;
        let trust = match found.and_then(|row| row.trust_account_id) {
            Some(trust) => trust,
            None => {
                let usual = trust_account::in_agency(tx.agency())
                    .filter(trust_account::Column::IsDefault.eq(true))
                    .one(tx)
                    .await?;
                usual.ok_or(Stop::NotFound("trust account"))?.id
            }
        };
        let uses = uses(tx, root.id).await?;
        let (currency, time_zone) = (agency.currency, agency.time_zone);
        Ok(Self { root, live, uses, currency, time_zone, trust })
    }

    /// What the gateway holds of the charge according to the books.
    fn held(&self) -> Result<Money, Fault> {
        let live = self.live.as_ref().map_or(Money::ZERO, |live| live.amount);
        let used = Money::total(self.uses.iter().map(|used| used.amount));
        used.and_then(|used| live.minus(used)).map_err(|_| too_large())
    }

    /// Money went back to the payer.
    async fn take(
        &self,
        tx: &Tx,
        account: account::Model,
        step: &Step,
    ) -> Result<(How, Uuid), Stop> {
        let Some(live) = &self.live else { return self.by_hand(tx, step).await };
        let rest = self.held()?.minus(step.amount).map_err(|_| too_large())?;
        if rest.is_negative() {
            return Err(Fault::Unexpected("the gateway took back more than it held").into());
        }
        let used = Money::total(self.uses.iter().map(|one| one.amount)).map_err(|_| too_large())?;
        let credit = live.overpaid.unwrap_or(Money::ZERO).minus(used).map_err(|_| too_large())?;
        if step.kind == Kind::Refund && step.amount <= credit {
            let id = self.use_credit(tx, &account, step).await?;
            return Ok((How::Credit, id.0));
        }
        let (reason, memo) = match step.kind {
            Kind::Dispute => (ReversalReason::Bounce, "taken back by the bank".to_owned()),
            Kind::Refund | Kind::RefundFailed | Kind::DisputeWon => {
                (ReversalReason::Refund, refund::memo(tx, self.root.id).await?)
            }
        };
        let back = Box::pin(mirror(tx, &account, live, reason, Some(&memo))).await?;
        self.cover(tx).await?;
        if rest.is_zero() {
            return Ok((How::Returned, back.0));
        }
        self.anew(tx, live, rest).await?;
        let words = format!(
            "{} of a payment of {} went back to the payer: the payment was reversed, and the {} that \
             stay were posted anew",
            step.amount.to_display(self.currency),
            live.amount.to_display(self.currency),
            rest.to_display(self.currency),
        );
        self.tell(tx, &account, &words).await?;
        Ok((How::Reposted, back.0))
    }

    /// The money that went back before is with us again.
    async fn give(
        &self,
        tx: &Tx,
        account: account::Model,
        step: &Step,
    ) -> Result<(How, Uuid), Stop> {
        let taken = step.taken_as();
        if let Some(used) = self.uses.iter().find(|used| used.reference.as_deref() == Some(taken)) {
            self.write(tx, used, "failed").await?;
            credits::settle(tx, used.clone(), CreditUseState::Failed).await?;
            let words = format!(
                "A refund of {} did not reach the payer: it is the debtor's credit again",
                step.amount.to_display(self.currency)
            );
            self.tell(tx, &account, &words).await?;
            return Ok((How::Credit, used.id.0));
        }
        let held = self.held()?.plus(step.amount).map_err(|_| too_large())?;
        if let Some(live) = &self.live {
            let memo = "posted anew with the money that came back";
            mirror(tx, &account, live, ReversalReason::Correction, Some(memo)).await?;
            self.cover(tx).await?;
        }
        let account = account::Entity::find_by_id((tx.agency(), account.id))
            .one(tx)
            .await?
            .ok_or(Stop::NotFound("account"))?;
        let returned = self.returned(tx, held).await?;
        if let Some(returned) = &returned
            && still_owed(tx, &account, returned).await.is_ok()
        {
            let memo = match step.kind {
                Kind::RefundFailed => "the refund did not reach the payer",
                Kind::Refund | Kind::Dispute | Kind::DisputeWon => "the dispute was won",
            };
            let id = mirror(tx, &account, returned, ReversalReason::Reinstated, Some(memo)).await?;
            return Ok((How::Reinstated, id.0));
        }
        let like = returned.as_ref().unwrap_or(&self.root);
        let id = self.anew(tx, like, held).await?;
        let words = format!(
            "{} came back from the payer's bank: {} were posted anew",
            step.amount.to_display(self.currency),
            held.to_display(self.currency),
        );
        self.tell(tx, &account, &words).await?;
        Ok((How::Reposted, id.0))
    }

    /// Nothing counts any more: a person reversed the payment before the gateway told of it. Their
    /// return stands for the step.
    async fn by_hand(&self, tx: &Tx, step: &Step) -> Result<(How, Uuid), Stop> {
        let booked = gateway_return::in_agency(tx.agency())
            .filter(gateway_return::Column::PaymentId.eq(self.root.id))
            .all(tx)
            .await?;
        let returned = self.returned(tx, step.amount).await?;
        match returned.filter(|row| booked.iter().all(|one| one.entry_id != Some(row.id.0))) {
            Some(row) => Ok((How::Returned, row.id.0)),
            None => Err(Fault::Unexpected("the gateway took back more than the books hold").into()),
        }
    }

    /// The last return of the charge, of this amount, that was not undone.
    async fn returned(&self, tx: &Tx, amount: Money) -> Result<Option<payment::Model>, Stop> {
        Ok(payment::in_agency(tx.agency())
            .filter(payment::Column::ChargeId.eq(self.root.charge_id.clone()))
            .filter(payment::Column::AccountId.eq(self.root.account_id))
            .filter(payment::Column::State.eq(PaymentState::Succeeded))
            .filter(payment::Column::Kind.eq(PaymentKind::PaidAgencyReturn))
            .filter(payment::Column::Amount.eq(amount))
            .order_by_asc(payment::Column::Id)
            .one(tx)
            .await?)
    }

    async fn use_credit(
        &self,
        tx: &Tx,
        account: &account::Model,
        step: &Step,
    ) -> Result<CreditUseId, Stop> {
        // What we asked for ourselves waits for this; what the gateway did by itself is new.
        let asked = credit_use::in_agency(tx.agency())
            .filter(credit_use::Column::ThroughId.eq(self.root.id))
            .filter(credit_use::Column::State.eq(CreditUseState::Asked))
            .filter(credit_use::Column::Amount.eq(step.amount))
            .order_by_asc(credit_use::Column::Id)
            .one(tx)
            .await?;
        if let Some(asked) = asked {
            let mut row: credit_use::ActiveModel = asked.into();
            row.state = Set(CreditUseState::Done);
            row.reference = Set(Some(step.object.clone()));
            row.done_at = Set(tx.now());
            let used = row.update(tx).await?;
            self.credit_used(tx, account, &used).await?;
            return Ok(used.id);
        }
        let used = credit_use::ActiveModel {
            agency_id: Set(tx.agency()),
            id: Set(CreditUseId(random::uuid())),
            debtor_id: Set(account.debtor_id),
            account_id: Set(account.id),
            kind: Set(CreditUseKind::Refund),
            amount: Set(step.amount),
            payment_id: Set(None),
            reference: Set(Some(step.object.clone())),
            reason: Set("overpaid, and refunded by the payment gateway".to_owned()),
            done_at: Set(tx.now()),
            entered_by: Set(tx.signature().name.clone()),
            approved_by: Set(None),
            state: Set(CreditUseState::Done),
            through_id: Set(Some(self.root.id)),
            call_id: Set(None),
        }
        .insert(tx)
        .await?;
        self.credit_used(tx, account, &used).await?;
        Ok(used.id)
    }

    async fn credit_used(
        &self,
        tx: &Tx,
        account: &account::Model,
        used: &credit_use::Model,
    ) -> Result<(), Stop> {
        self.write(tx, used, "post").await?;
        let summary = format!(
            "{} of what was overpaid went back to the payer",
            used.amount.to_display(self.currency)
        );
        let detail = json!({"payment": self.root.id, "credit_use": used.id});
        timeline::record(tx, account.into(), TimelineKind::CreditUsed, summary, Some(detail))
            .await?;
        Ok(())
    }

    /// Refunds out of the credit of a payment that is now mirrored whole: the mirror has taken the
    /// credit, so their money is counted there.
    async fn cover(&self, tx: &Tx) -> Result<(), Stop> {
        for used in &self.uses {
            self.write(tx, used, "covered").await?;
            credits::settle(tx, used.clone(), CreditUseState::Merged).await?;
        }
        Ok(())
    }

    /// The transfers of a use of credit, or of its undoing.
    async fn write(
        &self,
        tx: &Tx,
        used: &credit_use::Model,
        effect: &'static str,
    ) -> Result<(), Stop> {
        let moves = books::refund_credit(used.debtor_id, used.amount, Ledger::ProcessorClearing);
        let moves: Vec<Move> = if effect == "post" {
            moves
        } else {
            moves.into_iter().map(|it| Move { debit: it.credit, credit: it.debit, ..it }).collect()
        };
        let effective_on = date_in(&self.time_zone, tx.now());
        let cause = Cause { source_type: "credit_use", source_id: used.id.0, effect, effective_on };
        ledger::write_of(tx, cause, self.trust, Some(used.account_id), &moves).await?;
        Ok(())
    }

    async fn tell(&self, tx: &Tx, account: &account::Model, words: &str) -> Result<(), Stop> {
        let detail = json!({"payment": self.root.id});
        timeline::record(tx, account.into(), TimelineKind::Note, words, Some(detail)).await?;
        Ok(())
    }
}

/// The uses of a debtor's credit for refunds of a payment that were neither undone nor covered.
async fn uses(tx: &Tx, root: PaymentId) -> Result<Vec<credit_use::Model>, Stop> {
    let agency = tx.agency();
    Ok(credit_use::Model::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT u.* FROM gateway_return r
           JOIN credit_use u ON u.agency_id = r.agency_id AND u.id = r.entry_id
           WHERE r.agency_id = {agency} AND r.payment_id = {root} AND r.how = 'credit' AND r.amount < 0
             AND NOT EXISTS (SELECT FROM transfer t
                 WHERE t.agency_id = {agency} AND t.source_type = 'credit_use' AND t.source_id = u.id
                   AND t.effect IN ('covered', 'failed'))
           ORDER BY u.id"#
    ))
    .all(tx)
    .await?)
}
