//! One payment for a packet: spread over the accounts of a debtor, all or nothing, with the debtor's
//! direction recorded (domain rule 2.9, E8; 15 USC 1692h).

mod refusals;

pub use refusals::SpreadRefused;

use super::take::{Entering, NewPayment, by_hand, enter, plausible};
use accounts::owed;
use chrono::NaiveDate;
use domain::allocation::{Share, Spread, Strategy, spread};
use domain::compliance::{Finding, Payer, Paying, may_pay};
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, Amount, Currency, DebtorId, Money, PaymentId, Permission, Rate};
use entity::{account, debtor};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// How a payment is spread; re-exported for the callers.
pub use domain::allocation::Strategy as SpreadStrategy;

/// A payment for all accounts of a debtor, to the agency.
#[derive(Debug, Clone)]
pub struct NewPacketPayment {
    /// Whose accounts.
    pub debtor: DebtorId,
    /// How it came.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Amount,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// How it is spread.
    pub strategy: Strategy,
    /// The debtor said so. Always true of amounts that the debtor chose; needed where the accounts
    /// are of several creditors.
    pub directed: bool,
    /// When the debtor paid; today unless told.
    pub effective_on: Option<NaiveDate>,
    /// When it went to the bank.
    pub deposited_on: Option<NaiveDate>,
    /// Check number or whatever else finds it.
    pub memo: Option<String>,
}

/// What a packet payment made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadView {
    /// What its payments share.
    pub spread: Uuid,
    /// Account by account, in the order in which they were filled.
    pub parts: Vec<SpreadPart>,
    /// What is above all balances: a credit of the debtor on the first account.
    pub overpaid: Money,
}

/// What one account got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadPart {
    /// The payment.
    pub payment: PaymentId,
    /// The account.
    pub account: AccountId,
    /// How much.
    pub amount: Money,
}

/// How a payment would be spread.
#[derive(Debug, Clone)]
pub struct SpreadPreview {
    /// Account by account, in the order in which they would be filled.
    pub parts: Vec<(AccountId, Money)>,
    /// What is above all balances: it would be a credit of the debtor on the first account.
    pub overpaid: Money,
}

/// Shows how a payment would be spread now, or why it would not. Writes nothing.
pub async fn preview_for_packet(
    app: &App,
    actor: &Actor,
    new: &NewPacketPayment,
) -> Result<SpreadPreview, SpreadRefused> {
    actor.require_agency(Permission::PaymentTake)?;
    let directed = new.directed || matches!(new.strategy, Strategy::Chosen(_));
    let tx = app.begin(actor).await?;
    let one = single(new, directed);
    known(&tx, new.debtor).await?;
    by_hand(&one)?;
    plausible(&one, tx.now().date_naive())?;
    let currency = kernel::agency::own(&tx).await?.currency;
    if new.currency != currency {
        return Err(super::TakeRefused::WrongCurrency(currency).into());
    }
    let packet = Packet::find(&tx, new.debtor, &new.strategy, Locked::No).await?;
    let spread = spread(new.amount, &packet.shares, &new.strategy, directed)?;
    let parts = packet.parts(&spread)?;
    let parts = parts.into_iter().map(|(row, amount)| (row.id, amount.money())).collect();
    tx.commit().await?;
    Ok(SpreadPreview { parts, overpaid: spread.overpaid })
}

/// Takes one payment for a packet: one payment an account, all posted or none. Disputed accounts get
/// nothing; restricted ones stand aside; a closed one gets only what the debtor chose for it.
pub async fn take_for_packet(
    app: &App,
    actor: &Actor,
    new: NewPacketPayment,
    once: &Once,
) -> Result<Answer<SpreadView>, SpreadRefused> {
    actor.require_agency(Permission::PaymentTake)?;
    let directed = new.directed || matches!(new.strategy, Strategy::Chosen(_));
    let mut one = single(&new, directed);
    let tx = app.begin(actor).await?;
    known(&tx, new.debtor).await?;
    by_hand(&one)?;
    plausible(&one, tx.now().date_naive())?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let currency = kernel::agency::own(&tx).await?.currency;
    if new.currency != currency {
        return Err(super::TakeRefused::WrongCurrency(currency).into());
    }
    let packet = Packet::find(&tx, new.debtor, &new.strategy, Locked::Yes).await?;
    let spread = spread(new.amount, &packet.shares, &new.strategy, directed)?;
    let parts = packet.parts(&spread)?;
    let id = random::uuid();
    let direction = direction(&new, directed);
    let mut made = Vec::with_capacity(parts.len());
    for (account, amount) in parts {
        one.account = account.id;
        one.amount = amount;
        let payment = pay(&tx, account, &one, (id, &direction)).await?;
        made.push(SpreadPart { payment, account: account.id, amount: amount.money() });
    }
    audit::write(
        &tx,
        audit::Entry {
            action: "payment.spread",
            subject_type: "debtor",
            subject_id: Some(new.debtor.0),
            after: Some(json!({ "spread": id, "direction": direction, "parts": made })),
            ..audit::Entry::default()
        },
    )
    .await?;
    let view = SpreadView { spread: id, parts: made, overpaid: spread.overpaid };
    once.keep(&tx, &view).await?;
    tx.commit().await?;
    Ok(Answer::first(view))
}

async fn known(tx: &Tx, id: DebtorId) -> Result<(), Stop> {
    let found = debtor::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    found.map(drop).ok_or(Stop::NotFound("debtor"))
}

/// Whether the accounts are only looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Locked {
    Yes,
    No,
}

/// The accounts of a packet, in the order of their ids.
struct Packet {
    rows: Vec<account::Model>,
    shares: Vec<Share>,
}

impl Packet {
    async fn find(
        tx: &Tx,
        id: DebtorId,
        strategy: &Strategy,
        locked: Locked,
    ) -> Result<Self, SpreadRefused> {
        let rows = account::in_agency(tx.agency())
            .filter(account::Column::DebtorId.eq(id))
            .order_by_asc(account::Column::Id);
        let rows = match locked {
            Locked::Yes => rows.lock_exclusive(),
            Locked::No => rows,
        };
        let rows = rows.all(tx).await?;
        let mut shares = Vec::with_capacity(rows.len());
        let came = Paying { payer: Payer::Received, amount: None, directed: true, funding: None };
        for (row, case) in rows.iter().zip(accounts::cases(tx, &rows).await?) {
            let stops = may_pay(&case, &came).blocking().find_map(Finding::restriction);
            let chosen = match strategy {
                Strategy::Chosen(chosen) => chosen.iter().any(|(id, _)| *id == row.id),
                Strategy::OldestFirst | Strategy::HighestRateFirst | Strategy::ProRata => false,
            };
            match stops {
                Some(stops) if chosen => {
                    return Err(SpreadRefused::Restricted { account: row.id, restriction: stops });
                }
                Some(_) => continue,
                None => {}
            }
            if row.status.is_open() || chosen {
                shares.push(share(row, case.is_disputed())?);
            }
        }
        Ok(Self { rows, shares })
    }

    /// The accounts and what each gets; what is above all balances goes with the first.
    fn parts(&self, spread: &Spread) -> Result<Vec<(&account::Model, Amount)>, SpreadRefused> {
        let mut amounts: Vec<(AccountId, Money)> =
            spread.parts.iter().map(|part| (part.id, part.amount.money())).collect();
        if spread.overpaid.is_positive() {
            match amounts.first_mut() {
                Some((_, first)) => *first = first.plus(spread.overpaid)?,
                None => {
                    let oldest = self.shares.iter().filter(|share| !share.disputed);
                    let oldest = oldest.min_by_key(|share| (share.placed_on, share.id));
                    let oldest = oldest.ok_or(Stop::NotFound("account"))?;
                    amounts.push((oldest.id, spread.overpaid));
                }
            }
        }
        amounts
            .into_iter()
            .map(|(id, amount)| {
                let row = self.rows.iter().find(|row| row.id == id);
                let row = row.ok_or(Stop::NotFound("account"))?;
                let amount = Amount::new(amount)
                    .map_err(|_| kernel::stop::Fault::Unexpected("a part of nothing"))?;
                Ok((row, amount))
            })
            .collect()
    }
}

fn share(row: &account::Model, disputed: bool) -> Result<Share, SpreadRefused> {
    Ok(Share {
        id: row.id,
        creditor: row.creditor_id,
        placed_on: row.placed_on,
        balance: owed(row).total()?,
        interest_rate: row.interest_rate.and_then(|rate| Rate::new(rate).ok()),
        disputed,
    })
}

async fn pay(
    tx: &Tx,
    account: &account::Model,
    new: &NewPayment,
    (spread, direction): (Uuid, &Value),
) -> Result<PaymentId, SpreadRefused> {
    let direction = Some(direction.clone());
    let how = Entering { spread: Some(spread), direction, ..Entering::default() };
    Ok(enter(tx, account, new, how).await?.id)
}

/// What every part has in common.
fn single(new: &NewPacketPayment, directed: bool) -> NewPayment {
    NewPayment {
        account: AccountId(Uuid::nil()),
        kind: PaymentKind::PaidAgency,
        method: new.method,
        amount: new.amount,
        currency: new.currency,
        forwarder_fee: None,
        effective_on: new.effective_on,
        deposited_on: new.deposited_on,
        memo: new.memo.clone(),
        directed,
    }
}

/// What the debtor said, kept on each part.
fn direction(new: &NewPacketPayment, directed: bool) -> Value {
    let chosen: Vec<Value> = match &new.strategy {
        Strategy::Chosen(chosen) => chosen
            .iter()
            .map(|(account, amount)| json!({ "account": account, "amount": amount.to_decimal() }))
            .collect(),
        Strategy::OldestFirst | Strategy::HighestRateFirst | Strategy::ProRata => Vec::new(),
    };
    json!({
        "directed": directed, "strategy": new.strategy.name(),
        "amount": new.amount.money().to_decimal(), "chosen": chosen,
    })
}
