//! Reversal: the exact mirror of a posted payment, as a payment of its own (domain rule 2.6).

use super::checkout::lock;
use super::post::method_words;
use crate::collectors;
use accounts::interest;
use accounts::owed;
use chrono::{DateTime, Utc};
use domain::account::{AccountStatus, Restriction, Transition, TransitionFacts, transition};
use domain::payment::{PaymentSource, PaymentState, ReversalReason};
use domain::timeline::TimelineKind;
use domain::worklist::WorkClass;
use domain::{Buckets, Currency, Money, PaymentId, Permission, TxnId};
use entity::{account, agency, payment};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use ledger::alarms;
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};
use serde_json::json;

mod refused;

pub use refused::ReverseRefused;

/// A payment to be reversed.
#[derive(Debug, Clone)]
pub struct NewReversal {
    /// Which.
    pub payment: PaymentId,
    /// Why: only a bounce blames the debtor.
    pub reason: ReversalReason,
    /// In the person's words; kept in the audit trail.
    pub note: String,
}

/// Reverses a payment that a person finds bounced, entered wrongly, or given back by hand.
pub async fn reverse(
    app: &App,
    actor: &Actor,
    new: NewReversal,
    once: &Once,
) -> Result<Answer<PaymentId>, ReverseRefused> {
    actor.require_agency(Permission::PaymentReverse)?;
    said(&new.note)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let (account, payment) = lock(&tx, new.payment).await?;
    reversible(&payment)?;
    if payment.kind.is_return() != (new.reason == ReversalReason::Reinstated) {
        return Err(ReverseRefused::WrongReason);
    }
    let gives_back = matches!(new.reason, ReversalReason::Refund | ReversalReason::Correction);
    if payment.charge_id.is_some() && gives_back {
        return Err(ReverseRefused::RefundAtGateway);
    }
    if payment.kind.is_return() {
        still_owed(&tx, &account, &payment).await?;
    }
    let id = Box::pin(mirror(&tx, &account, &payment, new.reason, Some(&new.note))).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    alarms::watch(app, actor.agency()).await?;
    Ok(Answer::first(id))
}

/// Undoing a return takes away what it put back: so much must still be owed.
pub(super) async fn still_owed(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
) -> Result<(), ReverseRefused> {
    let owed = owed(account);
    let total = owed.total().unwrap_or(Money::ZERO);
    if let Some(again) = interest::returning(tx, account, payment).await? {
        let paid_meanwhile = again.excess().is_positive();
        let refused = Err(ReverseRefused::DebtPaidMeanwhile { owed: total });
        return if paid_meanwhile { refused } else { Ok(()) };
    }
    let short = super::read::lines(tx, payment.id)
        .await?
        .iter()
        .any(|line| line.amount > owed.get(line.bucket));
    if short {
        return Err(ReverseRefused::DebtPaidMeanwhile { owed: total });
    }
    Ok(())
}

/// A reason that somebody can read later.
pub(super) fn said(note: &str) -> Result<(), ReverseRefused> {
    let said = !note.trim().is_empty() && note.chars().count() <= 500;
    if said { Ok(()) } else { Err(ReverseRefused::NoNote) }
}

pub(super) fn reversible(payment: &payment::Model) -> Result<(), ReverseRefused> {
    match payment.state {
        PaymentState::Reversed => Err(ReverseRefused::AlreadyReversed),
        PaymentState::Succeeded => Ok(()),
        PaymentState::Created
        | PaymentState::SessionOpen
        | PaymentState::Processing
        | PaymentState::Failed
        | PaymentState::Expired
        | PaymentState::Canceled => Err(ReverseRefused::NotSucceeded),
    }
}

#[derive(FromQueryResult)]
struct Count {
    reversed: i64,
}

/// Writes the mirror of a succeeded payment: a return payment (or, of a return, a payment that counts
/// again, at once), its lines, every transfer the other way round, the debt restored bucket by
/// bucket as it was allocated; then what that changes for interest and for later payments, as one
/// entry (money rule 15). The account and the payment
/// are locked by the caller. Commission goes back by the amount frozen at posting.
pub(super) async fn mirror(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
    reason: ReversalReason,
    memo: Option<&str>,
) -> Result<PaymentId, Stop> {
    let (agency, now) = (tx.agency(), tx.now());
    // Ids as they are now: an account that went to another debtor took its credit along.
    let (original, account_id, debtor) = (payment.id, account.id, account.debtor_id);
    let id = PaymentId(random::uuid());
    let (kind, txn) = (payment.kind.reversed(), TxnId(random::uuid()));
    let (succeeded, reversed) = (PaymentState::Succeeded, PaymentState::Reversed);
    // A return puts the debt back; undoing a return takes it away again.
    let sign: i64 = if payment.kind.is_return() { -1 } else { 1 };
    let source = match tx.signature().kind {
        "job" => PaymentSource::Gateway,
        "api_key" => PaymentSource::Api,
        _ => PaymentSource::Staff,
    };
    let recomputed = interest::returning(tx, account, payment).await?;
    if let Some(recomputed) = recomputed.as_ref().filter(|_| payment.kind.is_return()) {
        let lines = lines_of(tx, payment.id).await?;
        recomputed.before(tx, account.clone(), &lines).await?;
    }
    let ids: Vec<_> = (0..32).map(|_| random::uuid()).collect();
    let ids = json!(ids);
    let by = tx.signature().name.clone();
    let Standing { status, closed_at, work_class, next_work_at } =
        standing(tx, account, payment, reason).await?;
    let office =
        agency::Entity::find_by_id(agency).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let today = kernel::clock::date_in(&office.time_zone, now);
    let status_changed_at = if status == account.status { account.status_changed_at } else { now };
    let done = Count::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH original AS (
               UPDATE payment SET state = {reversed}, version = version + 1
               WHERE agency_id = {agency} AND id = {original} AND state = {succeeded}
               RETURNING id),
           mirror AS (
               INSERT INTO payment (agency_id, id, account_id, creditor_id, debtor_id, kind, method, state,
                   amount, applied, overpaid, source, gateway_account_id, payment_intent_id, charge_id,
                   card_brand, last4, card_funding, contract_id, commission_rate, commission,
                   forwarder_fee, commission_basis, tax, commission_level, schedule_id, commission_detail,
                   reverses_id, reversal_reason, memo, effective_on, entered_at, posted_at, available_on,
                   entered_by, version)
               VALUES ({agency}, {id}, {payment.account_id}, {payment.creditor_id}, {debtor}, {kind},
                   {payment.method}, {succeeded}, {payment.amount}, {payment.applied}, {payment.overpaid}, {source},
                   {payment.gateway_account_id}, {payment.payment_intent_id}, {payment.charge_id},
                   {payment.card_brand}, {payment.last4}, {payment.card_funding}, {payment.contract_id},
                   {payment.commission_rate}, {payment.commission}, {payment.forwarder_fee},
                   {payment.commission_basis}, {payment.tax}, {payment.commission_level}, {payment.schedule_id},
                   {payment.commission_detail}, {original}, {reason}, {memo}, {today}, {now}, {now}, {today}, {by}, 1)),
           lines AS (
               INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission, creditor_id,
                   debtor_id)
               SELECT l.agency_id, {id}, l.bucket, l.amount, l.rate, l.commission, l.creditor_id, {debtor}
               FROM payment_line l WHERE l.agency_id = {agency} AND l.payment_id = {original}),
           moved AS (
               INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                   trust_account_id, creditor_id, account_id, debtor_id, bucket, payment_id,
                   effective_on, entered_at, posted_at, available_on,
                   source_type, source_id, effect, reverses_id)
               SELECT t.agency_id, ({ids}::jsonb ->> t.line::int)::uuid, {txn}, t.line, t.credit_ledger,
                   t.debit_ledger, t.amount, t.trust_account_id, t.creditor_id, t.account_id, {debtor},
                   t.bucket, {id}, {today}, {now}, {now}, {today}, 'payment', {original}, 'reverse', t.id
               FROM transfer t
               WHERE t.agency_id = {agency} AND t.payment_id = {original} AND t.effect IN ('post', 'reverse')),
           back AS (
               SELECT coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'principal'), 0)::bigint AS principal,
                      coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'interest'), 0)::bigint AS interest,
                      coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'fees'), 0)::bigint AS fees,
                      coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'costs'), 0)::bigint AS costs,
                      coalesce(sum(l.amount) FILTER (WHERE l.bucket = 'other'), 0)::bigint AS other
               FROM payment_line l WHERE l.agency_id = {agency} AND l.payment_id = {original}),
           owed AS (
               UPDATE account a SET principal = a.principal + {sign}::bigint * back.principal,
                   interest = a.interest + {sign}::bigint * back.interest, fees = a.fees + {sign}::bigint * back.fees,
                   costs = a.costs + {sign}::bigint * back.costs, other = a.other + {sign}::bigint * back.other,
                   status = {status}, status_changed_at = {status_changed_at}, closed_at = {closed_at},
                   work_class = {work_class}, next_work_at = {next_work_at}, version = a.version + 1
               FROM back
               WHERE a.agency_id = {agency} AND a.id = {account_id} AND EXISTS (SELECT FROM original))
           SELECT count(*) AS reversed FROM original"#
    ))
    .one(tx)
    .await?;
    if done.is_none_or(|count| count.reversed != 1) {
        return Err(Fault::Unexpected("a payment was reversed twice").into());
    }
    collectors::mirror(tx, payment, id).await?;
    if let Some(recomputed) = recomputed.filter(|_| !payment.kind.is_return()) {
        let account = account::Entity::find_by_id((agency, account_id)).one(tx).await?;
        recomputed.after(tx, account.ok_or(Stop::NotFound("account"))?).await?;
    }
    entries(tx, (account, office.currency), payment, id, reason, status).await?;
    if payment.kind.moves_trust() {
        alarms::watch_later(tx).await?;
    }
    if payment.kind.is_return() {
        jobs::enqueue(tx, Job::CloseWhenAvailable { account: account_id }).await?;
    }
    audit::write(
        tx,
        audit::Entry {
            action: "payment.reverse",
            subject_type: "payment",
            subject_id: Some(original.0),
            before: Some(json!({"state": payment.state})),
            after: Some(json!({"state": reversed, "reversal": id, "kind": reason})),
            reason: memo.map(str::to_owned),
        },
    )
    .await?;
    accounts::agreements::after_money(tx, account_id).await?;
    Ok(id)
}

/// What each bucket got of a payment.
async fn lines_of(tx: &Tx, payment: PaymentId) -> Result<Buckets, Stop> {
    let mut buckets = Buckets::default();
    for line in super::read::lines(tx, payment).await? {
        buckets.set(line.bucket, line.amount);
    }
    Ok(buckets)
}

/// Where the account stands after a reversal.
struct Standing {
    status: AccountStatus,
    closed_at: Option<DateTime<Utc>>,
    work_class: i16,
    next_work_at: Option<DateTime<Utc>>,
}

/// A bounce makes an account that is worked NSF and due now; an account that was paid in full is
/// owed again and opens again, unless the creditor has placed the debt anew.
async fn standing(
    tx: &Tx,
    account: &account::Model,
    payment: &payment::Model,
    reason: ReversalReason,
) -> Result<Standing, Stop> {
    let unchanged = Standing {
        status: account.status,
        closed_at: account.closed_at,
        work_class: account.work_class,
        next_work_at: account.next_work_at,
    };
    // What was taken back is owed again.
    let owed = payment.applied.unwrap_or_default();
    let happened = if payment.kind.is_return() {
        Transition::Reinstated
    } else if reason == ReversalReason::Bounce {
        Transition::Bounced
    } else {
        Transition::OwedAgain
    };
    if !payment.kind.is_return() && !owed.is_positive() {
        return Ok(unchanged);
    }
    let placed_again = !account.status.is_open() && accounts::placed_again(tx, account).await?;
    let facts = TransitionFacts { owed, restrictions: &[], placed_again };
    let status = transition(account.status, happened, &facts)
        .map_err(|_| Fault::Unexpected("a reversal that refuses a status"))?;
    if payment.kind.is_return() {
        return Ok(Standing { status, ..unchanged });
    }
    if !status.is_open() {
        return Ok(unchanged);
    }
    let bounced = happened == Transition::Bounced
        && status == AccountStatus::Returned
        && status != account.status;
    let restrictions = accounts::restrictions_on(tx, account.id).await?;
    let stopped = restrictions.into_iter().any(Restriction::stops_work);
    let due = status.row().worked && !stopped;
    Ok(Standing {
        status,
        closed_at: None,
        work_class: if bounced { WorkClass::Returned.rank() } else { account.work_class },
        next_work_at: if due { Some(tx.now()) } else { account.next_work_at },
    })
}

async fn entries(
    tx: &Tx,
    (account, currency): (&account::Model, Currency),
    payment: &payment::Model,
    reversal: PaymentId,
    reason: ReversalReason,
    status: AccountStatus,
) -> Result<(), Stop> {
    let why = match reason {
        ReversalReason::Bounce => "returned by the bank",
        ReversalReason::Correction => "entered wrongly",
        ReversalReason::Refund => "given back",
        ReversalReason::Reinstated => "it counts again",
    };
    let what = if payment.kind.is_return() { "Return of" } else { "Payment of" };
    let summary = format!(
        "{what} {} ({}) reversed: {why}",
        payment.amount.to_display(currency),
        method_words(payment.method)
    );
    let detail = json!({"payment": payment.id, "reversal": reversal});
    timeline::record(tx, account.into(), TimelineKind::PaymentReversed, summary, Some(detail))
        .await?;
    if status != account.status {
        let summary = format!(
            "Status {} to {}: a payment was reversed",
            account.status.code(),
            status.code()
        );
        let was_owed = owed(account).total().ok().map(|money| money.to_decimal());
        let detail = json!({"from": account.status, "to": status, "owed_before": was_owed});
        timeline::record(tx, account.into(), TimelineKind::StatusChanged, summary, Some(detail))
            .await?;
    }
    Ok(())
}
