//! Placing accounts with agents: which packet goes to which desk (domain rule 2.11).
//!
//! What is dealt out is the packet, not the account: whoever works one account of a debtor works
//! all of them. The same packets and desks in the same order always give the same plan.

use crate::id::{DebtorId, DeskId};
use crate::money::Money;
use std::collections::HashMap;

names! {
    /// How packets are dealt to desks.
    Strategy {
        /// One each, in turn; who has least comes first.
        RoundRobin = "round_robin";
        /// In proportion to the desks' weights.
        Weighted = "weighted";
        /// To the desks whose balance band contains the packet's balance, in turn.
        BalanceBand = "balance_band";
    }
}

/// The accounts of one debtor that wait for a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Whose they are.
    pub debtor: DebtorId,
    /// How many wait.
    pub accounts: u32,
    /// What they owe together.
    pub balance: Money,
    /// The desk that already works other accounts of this debtor.
    pub home: Option<DeskId>,
}

/// A desk that takes accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Desk {
    /// The desk.
    pub id: DeskId,
    /// Its share under [`Strategy::Weighted`]; zero takes nothing.
    pub weight: u32,
    /// The most open accounts it takes; none: no limit.
    pub cap: Option<u32>,
    /// The open accounts it has.
    pub held: u32,
    /// The least balance it takes under [`Strategy::BalanceBand`], included.
    pub min_balance: Option<Money>,
    /// The balance from which it takes no more, excluded.
    pub max_balance: Option<Money>,
}

/// Why a packet got no desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unplaced {
    /// Every desk that could take it is full.
    NoRoom,
    /// No desk takes a balance like this.
    NoBand,
}

/// The answer: each packet at most once, in the order in which they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Who goes where.
    pub placed: Vec<(DebtorId, DeskId)>,
    /// Who stays without a desk, and why.
    pub unplaced: Vec<(DebtorId, Unplaced)>,
}

/// Deals packets to desks. A desk never holds more than its cap; a packet whose other accounts are
/// at a desk goes there if there is room; under [`Strategy::Weighted`], as long as no cap is met and
/// every packet is one account without a home, each desk gets its share within one.
pub fn deal(strategy: Strategy, packets: &[Packet], desks: &[Desk]) -> Plan {
    let mut table = Table::new(desks);
    let mut seats: Vec<Option<usize>> = packets.iter().map(|packet| table.home(packet)).collect();
    match strategy {
        Strategy::RoundRobin => {
            table.seat_each(packets, &mut seats, |table, packet| {
                table.least_filled(packet, |_| true)
            });
        }
        Strategy::BalanceBand => {
            table.seat_each(packets, &mut seats, |table, packet| {
                table.least_filled(packet, |desk| desk.takes(packet.balance))
            });
        }
        Strategy::Weighted => {
            table.set_shares(seats.iter().filter(|seat| seat.is_none()).count());
            table.seat_each(packets, &mut seats, Table::furthest_behind);
            // Shares that a full desk could not take go to the others.
            table.seat_each(packets, &mut seats, Table::least_by_weight);
        }
    }
    table.plan(strategy, packets, &seats)
}

impl Desk {
    fn takes(&self, balance: Money) -> bool {
        self.min_balance.is_none_or(|min| balance >= min)
            && self.max_balance.is_none_or(|max| balance < max)
    }
}

/// The desks while packets are dealt.
struct Table {
    rows: Vec<Row>,
    by_id: HashMap<DeskId, usize>,
}

struct Row {
    desk: Desk,
    /// Accounts given in this run.
    accounts: u32,
    /// Packets given in this run, without those that went home.
    packets: u64,
    /// Packets it should get in this run.
    share: u64,
}

impl Row {
    fn has_room(&self, packet: &Packet) -> bool {
        self.desk.cap.is_none_or(|cap| {
            u64::from(self.desk.held) + u64::from(self.accounts) + u64::from(packet.accounts)
                <= u64::from(cap)
        })
    }

    /// Whether giving this row one more packet keeps it further behind its weight than the other:
    /// compares (packets + 1) / weight without a fraction.
    fn load_after(&self, weight: u64, other: &Self, other_weight: u64) -> std::cmp::Ordering {
        let mine = u128::from(self.packets + 1) * u128::from(other_weight);
        let theirs = u128::from(other.packets + 1) * u128::from(weight);
        mine.cmp(&theirs)
    }
}

impl Table {
    fn new(desks: &[Desk]) -> Self {
        let rows: Vec<Row> = desks
            .iter()
            .map(|desk| Row { desk: *desk, accounts: 0, packets: 0, share: 0 })
            .collect();
        let by_id = rows.iter().enumerate().map(|(at, row)| (row.desk.id, at)).collect();
        Self { rows, by_id }
    }

    fn home(&mut self, packet: &Packet) -> Option<usize> {
        let at = *self.by_id.get(&packet.home?)?;
        let row = self.rows.get_mut(at).filter(|row| row.has_room(packet))?;
        row.accounts += packet.accounts;
        Some(at)
    }

    /// Seats every packet that has no seat yet where `choose` says.
    fn seat_each(
        &mut self,
        packets: &[Packet],
        seats: &mut [Option<usize>],
        choose: impl Fn(&Self, &Packet) -> Option<usize>,
    ) {
        for (packet, seat) in packets.iter().zip(seats).filter(|(_, seat)| seat.is_none()) {
            let Some(at) = choose(self, packet) else { continue };
            if let Some(row) = self.rows.get_mut(at) {
                row.accounts += packet.accounts;
                row.packets += 1;
                *seat = Some(at);
            }
        }
    }

    fn least_filled(&self, packet: &Packet, takes: impl Fn(&Desk) -> bool) -> Option<usize> {
        self.rows
            .iter()
            .enumerate()
            .filter(|(_, row)| takes(&row.desk) && row.has_room(packet))
            .min_by_key(|(at, row)| (row.packets, row.desk.held, *at))
            .map(|(at, _)| at)
    }

    /// Splits `count` packets by weight: whole shares first, what is left to the largest remainders.
    fn set_shares(&mut self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let sum: u64 = self.rows.iter().map(|row| u64::from(row.desk.weight)).sum();
        if sum == 0 {
            return;
        }
        let mut remainders: Vec<(u64, usize)> = Vec::new();
        let mut left = count;
        for (at, row) in self.rows.iter_mut().enumerate() {
            let portion = count.saturating_mul(u64::from(row.desk.weight));
            row.share = portion / sum;
            left -= row.share;
            remainders.push((portion % sum, at));
        }
        remainders.sort_by_key(|(remainder, at)| (std::cmp::Reverse(*remainder), *at));
        let seats = usize::try_from(left).unwrap_or(usize::MAX);
        for (_, at) in remainders.into_iter().take(seats) {
            if let Some(row) = self.rows.get_mut(at) {
                row.share += 1;
            }
        }
    }

    /// The desk that is furthest behind its share; spreads each desk's packets over the whole run.
    fn furthest_behind(&self, packet: &Packet) -> Option<usize> {
        self.rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.packets < row.share && row.has_room(packet))
            .min_by(|(a, x), (b, y)| x.load_after(x.share, y, y.share).then(a.cmp(b)))
            .map(|(at, _)| at)
    }

    fn least_by_weight(&self, packet: &Packet) -> Option<usize> {
        self.rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.desk.weight > 0 && row.has_room(packet))
            .min_by(|(a, x), (b, y)| {
                x.load_after(x.desk.weight.into(), y, y.desk.weight.into()).then(a.cmp(b))
            })
            .map(|(at, _)| at)
    }

    fn plan(&self, strategy: Strategy, packets: &[Packet], seats: &[Option<usize>]) -> Plan {
        let mut plan = Plan::default();
        for (packet, seat) in packets.iter().zip(seats) {
            match seat.and_then(|at| self.rows.get(at)) {
                Some(row) => plan.placed.push((packet.debtor, row.desk.id)),
                None => plan.unplaced.push((packet.debtor, self.why_not(strategy, packet))),
            }
        }
        plan
    }

    fn why_not(&self, strategy: Strategy, packet: &Packet) -> Unplaced {
        match strategy {
            Strategy::RoundRobin | Strategy::Weighted => Unplaced::NoRoom,
            Strategy::BalanceBand => {
                if self.rows.iter().any(|row| row.desk.takes(packet.balance)) {
                    Unplaced::NoRoom
                } else {
                    Unplaced::NoBand
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
