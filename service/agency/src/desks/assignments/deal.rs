//! Dealing the accounts that wait to desks: looked at first, then done by the same plan.

use super::AssignRefused;
use super::moves::{Move, apply};
use domain::assignment::{self, Packet, Plan, Strategy, Unplaced};
use domain::{
    AccountId, CreditorId, Currency, DebtorId, DeskId, Money, Permission, PlacementId, PortfolioId,
};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::stop::Fault;
use sea_orm::{FromQueryResult, raw_sql};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Packets dealt in one run at most; run it again for the rest.
const MOST_PACKETS: i64 = 50_000;

/// Which accounts wait for a desk; what is empty does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// Of this creditor.
    pub creditor: Option<CreditorId>,
    /// In this portfolio.
    pub portfolio: Option<PortfolioId>,
    /// From this placement.
    pub placement: Option<PlacementId>,
    /// Owing at least this.
    pub least: Option<Money>,
    /// Owing at most this.
    pub most: Option<Money>,
    /// On this desk, which gives them away; none: on no desk.
    pub from: Option<DeskId>,
}

/// What is to be dealt, and how.
#[derive(Debug, Clone)]
pub struct Deal {
    /// How.
    pub strategy: Strategy,
    /// To which desks, in this order; empty: all active desks by name.
    pub desks: Vec<DeskId>,
    /// What.
    pub waiting: Waiting,
}

/// What a deal does, or would do.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// What each desk gets.
    pub shares: Vec<DeskShare>,
    /// Accounts that get a desk.
    pub placed: u64,
    /// Accounts that get none because every desk is full.
    pub no_room: u64,
    /// Accounts that get none because no desk takes such a balance.
    pub no_band: u64,
    /// Whether more accounts wait than one run deals.
    pub more: bool,
    /// The currency of its amounts.
    pub currency: Currency,
}

/// What one desk gets.
#[derive(Debug, Clone)]
pub struct DeskShare {
    /// The desk.
    pub desk: DeskId,
    /// Its name.
    pub name: String,
    /// Open accounts it had.
    pub held: u32,
    /// The most it takes.
    pub cap: Option<u32>,
    /// Accounts it gets.
    pub accounts: u64,
    /// What they owe together.
    pub balance: Money,
}

/// What a deal would do; writes nothing.
pub async fn preview(app: &App, actor: &Actor, deal: &Deal) -> Result<Outlook, AssignRefused> {
    actor.require_agency(Permission::DeskWrite)?;
    let tx = app.begin(actor).await?;
    let table = lay(&tx, deal).await?;
    let outlook = table.outlook(kernel::agency::own(&tx).await?.currency);
    tx.commit().await?;
    Ok(outlook)
}

/// Deals. The desks are locked first, so that two deals at once never fill one beyond its cap.
pub async fn run(app: &App, actor: &Actor, deal: &Deal) -> Result<Outlook, AssignRefused> {
    actor.require_agency(Permission::DeskWrite)?;
    let tx = app.begin(actor).await?;
    lock_desks(&tx).await?;
    let table = lay(&tx, deal).await?;
    apply(&tx, &table.moves(), deal.strategy.name()).await?;
    let outlook = table.outlook(kernel::agency::own(&tx).await?.currency);
    let shares: Vec<_> = outlook
        .shares
        .iter()
        .map(|share| json!({ "desk": share.desk, "accounts": share.accounts }))
        .collect();
    audit::write(
        &tx,
        audit::Entry {
            action: "assignment.run",
            subject_type: "assignment",
            after: Some(json!({
                "strategy": deal.strategy.name(), "placed": outlook.placed, "no_room": outlook.no_room,
                "no_band": outlook.no_band, "desks": shares, "creditor": deal.waiting.creditor,
                "portfolio": deal.waiting.portfolio, "placement": deal.waiting.placement,
                "from": deal.waiting.from,
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(outlook)
}

/// Packets, desks and the plan that brings them together.
struct Table {
    desks: Vec<(assignment::Desk, String)>,
    packets: HashMap<DebtorId, Dealt>,
    plan: Plan,
    more: bool,
}

struct Dealt {
    accounts: Vec<AccountId>,
    balance: Money,
}

impl Table {
    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for (debtor, desk) in &self.plan.placed {
            let Some(packet) = self.packets.get(debtor) else { continue };
            moves.extend(packet.accounts.iter().map(|id| Move { account: *id, to: Some(*desk) }));
        }
        // One order for everybody, so that two runs never wait for each other.
        moves.sort_by_key(|one| one.account);
        moves
    }

    fn outlook(&self, currency: Currency) -> Outlook {
        let mut shares: Vec<DeskShare> = self
            .desks
            .iter()
            .map(|(desk, name)| DeskShare {
                desk: desk.id,
                name: name.clone(),
                held: desk.held,
                cap: desk.cap,
                accounts: 0,
                balance: Money::ZERO,
            })
            .collect();
        let at: HashMap<DeskId, usize> =
            shares.iter().enumerate().map(|(at, share)| (share.desk, at)).collect();
        let mut placed = 0;
        for (debtor, desk) in &self.plan.placed {
            let share = at.get(desk).and_then(|at| shares.get_mut(*at));
            if let (Some(share), Some(packet)) = (share, self.packets.get(debtor)) {
                share.accounts += size(packet);
                share.balance = [share.balance, packet.balance].into_iter().sum();
                placed += size(packet);
            }
        }
        let left = |why: Unplaced| {
            let debtors = self.plan.unplaced.iter().filter(|(_, reason)| *reason == why);
            debtors.filter_map(|(debtor, _)| self.packets.get(debtor)).map(size).sum()
        };
        Outlook {
            shares,
            placed,
            no_room: left(Unplaced::NoRoom),
            no_band: left(Unplaced::NoBand),
            more: self.more,
            currency,
        }
    }
}

fn size(packet: &Dealt) -> u64 {
    u64::try_from(packet.accounts.len()).unwrap_or(u64::MAX)
}

#[derive(FromQueryResult)]
struct DeskRow {
    id: DeskId,
    name: String,
    weight: i32,
    cap: Option<i32>,
    min_balance: Option<Money>,
    max_balance: Option<Money>,
    held: i64,
}

#[derive(FromQueryResult)]
struct PacketRow {
    debtor_id: DebtorId,
    accounts: Vec<Uuid>,
    balance: i64,
    home: Option<DeskId>,
}

async fn lock_desks(tx: &Tx) -> Result<(), Fault> {
    let agency = tx.agency();
    DeskRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT id, name, weight, cap, min_balance, max_balance, 0::bigint AS held
           FROM desk WHERE agency_id = {agency} ORDER BY id FOR UPDATE"#
    ))
    .all(tx)
    .await?;
    Ok(())
}

async fn lay(tx: &Tx, deal: &Deal) -> Result<Table, AssignRefused> {
    if deal.waiting.from.is_some_and(|from| deal.desks.contains(&from)) {
        return Err(AssignRefused::GivesToItself);
    }
    let desks = takers(tx, deal).await?;
    let mut rows = waiting(tx, &deal.waiting).await?;
    let most = usize::try_from(MOST_PACKETS).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let packets: Vec<Packet> = rows
        .iter()
        .map(|row| Packet {
            debtor: row.debtor_id,
            accounts: u32::try_from(row.accounts.len()).unwrap_or(u32::MAX),
            balance: Money::from_minor(row.balance),
            home: row.home,
        })
        .collect();
    let takers: Vec<assignment::Desk> = desks.iter().map(|(desk, _)| *desk).collect();
    let plan = assignment::deal(deal.strategy, &packets, &takers);
    let packets = rows
        .into_iter()
        .map(|row| {
            let accounts = row.accounts.into_iter().map(AccountId).collect();
            (row.debtor_id, Dealt { accounts, balance: Money::from_minor(row.balance) })
        })
        .collect();
    Ok(Table { desks, packets, plan, more })
}

/// The desks that take: those named, in their order, or all active ones by name.
async fn takers(tx: &Tx, deal: &Deal) -> Result<Vec<(assignment::Desk, String)>, AssignRefused> {
    let agency = tx.agency();
    let rows = DeskRow::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT d.id, d.name, d.weight, d.cap, d.min_balance, d.max_balance,
                  (SELECT count(*) FROM account a WHERE a.agency_id = {agency} AND a.desk_id = d.id
                   AND a.closed_at IS NULL) AS held
           FROM desk d WHERE d.agency_id = {agency} AND d.active ORDER BY d.name, d.id"#
    ))
    .all(tx)
    .await?;
    let mut desks: Vec<(assignment::Desk, String)> = rows
        .into_iter()
        .filter(|row| deal.waiting.from != Some(row.id))
        .map(|row| {
            let whole = |n: i32| u32::try_from(n).unwrap_or(0);
            let desk = assignment::Desk {
                id: row.id,
                weight: whole(row.weight),
                cap: row.cap.map(whole),
                held: u32::try_from(row.held).unwrap_or(u32::MAX),
                min_balance: row.min_balance,
                max_balance: row.max_balance,
            };
            (desk, row.name)
        })
        .collect();
    if !deal.desks.is_empty() {
        let wanted: HashMap<DeskId, usize> =
            deal.desks.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        desks.retain(|(desk, _)| wanted.contains_key(&desk.id));
        if desks.len() != wanted.len() {
            return Err(AssignRefused::DeskInactive);
        }
        desks.sort_by_key(|(desk, _)| wanted.get(&desk.id).copied());
    }
    if desks.is_empty() { Err(AssignRefused::NoDesks) } else { Ok(desks) }
}

/// The packets that wait, oldest first: all accounts of a debtor that lie where the filter looks,
/// as soon as one of them fits the filter. Their home is the desk of the debtor's other accounts.
async fn waiting(tx: &Tx, waiting: &Waiting) -> Result<Vec<PacketRow>, Fault> {
    let agency = tx.agency();
    let Waiting { creditor, portfolio, placement, least, most, from } = waiting.clone();
    let limit = MOST_PACKETS + 1;
    Ok(PacketRow::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH fitting AS (
               SELECT DISTINCT f.debtor_id FROM account f
               WHERE f.agency_id = {agency} AND f.closed_at IS NULL AND (({from}::uuid IS NULL AND f.desk_id IS NULL) OR f.desk_id = {from}::uuid)
                 AND ({creditor}::uuid IS NULL OR f.creditor_id = {creditor}::uuid)
                 AND ({portfolio}::uuid IS NULL OR f.portfolio_id = {portfolio}::uuid)
                 AND ({placement}::uuid IS NULL OR f.placement_id = {placement}::uuid)
                 AND ({least}::bigint IS NULL
                      OR f.principal + f.interest + f.fees + f.costs + f.other >= {least}::bigint)
                 AND ({most}::bigint IS NULL
                      OR f.principal + f.interest + f.fees + f.costs + f.other <= {most}::bigint))
           SELECT a.debtor_id, array_agg(a.id ORDER BY a.id) AS accounts,
                  sum(a.principal + a.interest + a.fees + a.costs + a.other)::bigint AS balance,
                  (SELECT h.desk_id FROM account h
                   WHERE h.agency_id = {agency} AND h.debtor_id = a.debtor_id AND h.closed_at IS NULL
                     AND h.desk_id IS NOT NULL AND h.desk_id IS DISTINCT FROM {from}::uuid
                   ORDER BY h.id LIMIT 1) AS home
           FROM account a JOIN fitting USING (debtor_id)
           WHERE a.agency_id = {agency} AND a.closed_at IS NULL AND (({from}::uuid IS NULL AND a.desk_id IS NULL) OR a.desk_id = {from}::uuid)
           GROUP BY a.debtor_id ORDER BY (array_agg(a.id ORDER BY a.id))[1] LIMIT {limit}"#
    ))
    .all(tx)
    .await?)
}
