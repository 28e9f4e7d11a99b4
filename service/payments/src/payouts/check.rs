//! What the gateway tells of a payout: asked for, added up, matched line by line. A line that nothing
//! in the books stands for is a finding, and the payout waits for a person: nothing is guessed.

use super::post::{self, Item, Made, Source};
use super::{PayoutRefused, post::by_provider};
use crate::gateway::accounts::{self as gateway_accounts, Gateway};
use crate::payments;
use domain::{GatewayAccountId, Money, PaymentId, PayoutFindingId, TrustAccountId};
use entity::{agency, gateway_return, payment, payout, payout_finding, trust_account};
use gateway::{CallError, Movement, MovementKind, PayoutSnapshot, PayoutState};
use kernel::actor::JobRunner;
use kernel::app::App;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use ledger::alarms;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

/// Asks what became of a payout and takes the step that follows.
pub async fn check(
    app: &App,
    runner: &JobRunner,
    account: GatewayAccountId,
    provider_id: &str,
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let gateway = gateway_accounts::open_by_id(app, &tx, account).await?;
    let known = by_provider(&tx, provider_id).await?;
    tx.commit().await?;
    let seen = gateway.stripe.payout(provider_id).await.map_err(outside)?;
    if seen.livemode != gateway.livemode {
        return Err(Fault::Unexpected("a payout of the other mode").into());
    }
    let failed = match seen.state {
        PayoutState::OnItsWay | PayoutState::Unheard => return Ok(()),
        PayoutState::Paid => false,
        PayoutState::Failed => true,
    };
    if known.is_none() && !arrived(app, runner, &gateway, &seen).await? {
        return Ok(());
    }
    if failed {
        let tx = app.begin(runner).await?;
        let row = payout::in_agency(tx.agency())
            .filter(payout::Column::ProviderId.eq(provider_id))
            .one(&tx)
            .await?
            .ok_or(Stop::NotFound("payout"))?;
        // The update of a failed row waits for the first one, which the unique cause lets through.
        if row.failed_at.is_none() {
            let day = date_in(&zone(&tx).await?, tx.now());
            post::fail(&tx, row, seen.failure_code, day).await?;
            tx.commit().await?;
        }
    }
    alarms::watch(app, kernel::actor::Scope::agency(runner)).await
}

async fn zone(tx: &Tx) -> Result<String, Stop> {
    let row = agency::Entity::find_by_id(tx.agency()).one(tx).await?;
    Ok(row.ok_or(Stop::NotFound("agency"))?.time_zone)
}

/// Posts a payout that has arrived; answers whether it is in the books now.
async fn arrived(
    app: &App,
    runner: &JobRunner,
    gateway: &Gateway,
    seen: &PayoutSnapshot,
) -> Result<bool, Stop> {
    if !seen.automatic {
        let why = "a payout that somebody made by hand does not tell what it is made of";
        note(app, runner, gateway, seen, &[whole(seen, why)]).await?;
        return Ok(false);
    }
    let movements: Vec<Movement> = gateway
        .stripe
        .payout_movements(&seen.id)
        .await
        .map_err(outside)?
        .into_iter()
        .filter(|line| line.kind != MovementKind::Payout)
        .collect();
    let sum = Money::total(movements.iter().map(|line| line.net));
    if sum != Ok(seen.amount) {
        let why = "its movements do not add up to it";
        note(app, runner, gateway, seen, &[whole(seen, why)]).await?;
        return Ok(false);
    }
    let tx = app.begin(runner).await?;
    let first = match_all(&tx, &movements).await?;
    tx.commit().await?;
    for line in first.1 {
        heal(app, runner, gateway, &line).await?;
    }
    let tx = app.begin(runner).await?;
    let (matched, unmatched) = match_all(&tx, &movements).await?;
    if !unmatched.is_empty() {
        drop(tx);
        let lines: Vec<Wanting> = unmatched.iter().map(Wanting::line).collect();
        note(app, runner, gateway, seen, &lines).await?;
        return Ok(false);
    }
    let today = date_in(&zone(&tx).await?, tx.now());
    let made = Made {
        trust: default_trust(&tx).await?,
        gateway: Some(gateway.id),
        provider_id: Some(seen.id.clone()),
        // The gateway tells a day, as midnight UTC.
        arrived_on: seen.arrives_at.date_naive().min(today),
        net: seen.amount,
        other_fees: Money::ZERO,
        came_back: Money::total(matched.came_back).map_err(|_| Fault::Unexpected("too large"))?,
    };
    match post::post(&tx, &made, &matched.items).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(true)
        }
        Err(PayoutRefused::KnownPayout(_)) => Ok(true),
        Err(PayoutRefused::Stop(stop)) => Err(stop),
        Err(refused) => {
            drop(tx);
            let why = refused.to_string();
            note(app, runner, gateway, seen, &[whole(seen, &why)]).await?;
            Ok(false)
        }
    }
}

async fn default_trust(tx: &Tx) -> Result<TrustAccountId, Stop> {
    let usual = trust_account::in_agency(tx.agency())
        .filter(trust_account::Column::IsDefault.eq(true))
        .one(tx)
        .await?;
    Ok(usual.ok_or(Stop::NotFound("trust account"))?.id)
}

/// What stands in the books for the lines of a payout.
#[derive(Default)]
struct Matched {
    items: Vec<Item>,
    /// Earlier payouts that failed.
    came_back: Vec<Money>,
}

async fn match_all(tx: &Tx, movements: &[Movement]) -> Result<(Matched, Vec<Movement>), Stop> {
    let (mut matched, mut unmatched) = (Matched::default(), Vec::new());
    for line in movements {
        if line.kind == MovementKind::PayoutFailure {
            match failed_payout(tx, line).await? {
                Some(net) => matched.came_back.push(net),
                None => unmatched.push(line.clone()),
            }
            continue;
        }
        match item(tx, line).await? {
            Some(item) => matched.items.push(item),
            None => unmatched.push(line.clone()),
        }
    }
    Ok((matched, unmatched))
}

async fn failed_payout(tx: &Tx, line: &Movement) -> Result<Option<Money>, Stop> {
    let Some(source) = &line.source else { return Ok(None) };
    let row = by_provider(tx, source).await?;
    let same = row.filter(|row| row.failed_at.is_some() && row.net == line.amount);
    Ok(same.map(|row| row.net))
}

async fn item(tx: &Tx, line: &Movement) -> Result<Option<Item>, Stop> {
    let Some(source) = &line.source else { return Ok(None) };
    let object = match &line.kind {
        MovementKind::Charge => return charge(tx, source, line).await,
        MovementKind::Refund | MovementKind::Dispute => source.clone(),
        MovementKind::RefundFailure => format!("{source}/failed"),
        MovementKind::DisputeReversal => format!("{source}/reinstated"),
        MovementKind::PayoutFailure | MovementKind::Payout | MovementKind::Other(_) => {
            return Ok(None);
        }
    };
    let row = gateway_return::Entity::find_by_id((tx.agency(), object.clone())).one(tx).await?;
    let Some(row) = row.filter(|row| row.amount == line.amount && row.payout_id.is_none()) else {
        return Ok(None);
    };
    let of_dispute = matches!(line.kind, MovementKind::Dispute | MovementKind::DisputeReversal);
    let policy = if of_dispute {
        None
    } else {
        let root = payment::Entity::find_by_id((tx.agency(), row.payment_id)).one(tx).await?;
        Some(post::policy(tx, root.and_then(|root| root.contract_id)).await?)
    };
    let entry = row.entry_id.filter(|_| row.how != "credit").map(PaymentId);
    let source = Source::Return { object, payment: entry };
    Ok(Some(Item { source, amount: line.amount, fee: line.fee, policy }))
}

async fn charge(tx: &Tx, charge: &str, line: &Movement) -> Result<Option<Item>, Stop> {
    let row = payment::in_agency(tx.agency())
        .filter(payment::Column::ChargeId.eq(charge))
        .filter(payment::Column::ReversesId.is_null())
        .filter(payment::Column::PostedAt.is_not_null())
        .order_by_asc(payment::Column::Id)
        .lock_exclusive()
        .one(tx)
        .await?;
    let Some(row) = row.filter(|row| row.amount == line.amount && row.payout_id.is_none()) else {
        return Ok(None);
    };
    let policy = Some(post::policy(tx, row.contract_id).await?);
    let source = Source::Payment(row.id);
    Ok(Some(Item { source, amount: line.amount, fee: line.fee, policy }))
}

/// A line that the books do not know yet: what it is about is checked with the gateway, as an event
/// would have done it.
async fn heal(
    app: &App,
    runner: &JobRunner,
    gateway: &Gateway,
    line: &Movement,
) -> Result<(), Stop> {
    let Some(source) = &line.source else { return Ok(()) };
    let stripe = &gateway.stripe;
    let charge = match line.kind {
        MovementKind::Charge => Some(source.clone()),
        MovementKind::Refund | MovementKind::RefundFailure => {
            found(stripe.refund(source).await)?.and_then(|refund| refund.charge)
        }
        MovementKind::Dispute | MovementKind::DisputeReversal => {
            found(stripe.dispute(source).await)?.map(|dispute| dispute.charge)
        }
        MovementKind::PayoutFailure | MovementKind::Payout | MovementKind::Other(_) => None,
    };
    let Some(charge) = charge else { return Ok(()) };
    let intent = found(stripe.charge(&charge).await)?.and_then(|charge| charge.payment_intent);
    let Some(intent) = intent else { return Ok(()) };
    let ours = found(stripe.payment_intent(&intent).await)?.and_then(|intent| intent.references);
    match ours.filter(|ours| ours.agency == kernel::actor::Scope::agency(runner)) {
        Some(ours) => payments::check(app, runner, ours.payment, true).await,
        None => Ok(()),
    }
}

fn found<T>(answer: Result<T, CallError>) -> Result<Option<T>, Stop> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(err) if err.is_missing() => Ok(None),
        Err(err) => Err(outside(err).into()),
    }
}

/// What is wanting in a payout.
struct Wanting {
    line: String,
    kind: String,
    source: Option<String>,
    amount: Money,
    fee: Money,
    why: String,
}

impl Wanting {
    fn line(line: &Movement) -> Self {
        let kind = match &line.kind {
            MovementKind::Charge => "charge",
            MovementKind::Refund => "refund",
            MovementKind::RefundFailure => "refund_failure",
            MovementKind::Dispute => "dispute",
            MovementKind::DisputeReversal => "dispute_reversal",
            MovementKind::PayoutFailure => "payout_failure",
            MovementKind::Payout => "payout",
            MovementKind::Other(kind) => kind,
        };
        Self {
            line: line.id.clone(),
            kind: kind.to_owned(),
            source: line.source.clone(),
            amount: line.amount,
            fee: line.fee,
            why: "nothing in the books stands for it, with this amount and not paid out before"
                .to_owned(),
        }
    }
}

fn whole(seen: &PayoutSnapshot, why: &str) -> Wanting {
    Wanting {
        line: seen.id.clone(),
        kind: "payout".to_owned(),
        source: None,
        amount: seen.amount,
        fee: Money::ZERO,
        why: why.to_owned(),
    }
}

/// Writes down what is wanting; a line is written once.
async fn note(
    app: &App,
    runner: &JobRunner,
    gateway: &Gateway,
    seen: &PayoutSnapshot,
    lines: &[Wanting],
) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let rows = lines.iter().map(|line| payout_finding::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(PayoutFindingId(random::uuid())),
        gateway_account_id: Set(gateway.id),
        provider_id: Set(seen.id.clone()),
        line_id: Set(line.line.clone()),
        kind: Set(line.kind.clone()),
        source: Set(line.source.clone()),
        amount: Set(line.amount),
        fee: Set(line.fee),
        reason: Set(line.why.clone()),
        found_at: Set(tx.now()),
        resolved_at: Set(None),
    });
    payout_finding::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await?;
    tx.commit().await?;
    tracing::error!(payout = %seen.id, lines = lines.len(), "a payout does not match the books: a person has to look");
    Ok(())
}

fn outside(err: CallError) -> Fault {
    Fault::Outside(err.to_string())
}
