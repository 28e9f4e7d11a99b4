use super::*;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy as Any;
use std::collections::HashSet;
use uuid::Uuid;

fn desk(n: u128, weight: u32, cap: Option<u32>) -> Desk {
    Desk {
        id: DeskId(Uuid::from_u128(n)),
        weight,
        cap,
        held: 0,
        min_balance: None,
        max_balance: None,
    }
}

fn packet(n: u128, balance: i64) -> Packet {
    Packet {
        debtor: DebtorId(Uuid::from_u128(n)),
        accounts: 1,
        balance: Money::from_minor(balance),
        home: None,
    }
}

fn number(at: usize) -> u128 {
    u128::try_from(at).unwrap()
}

fn given(plan: &Plan, desk: &Desk) -> usize {
    plan.placed.iter().filter(|(_, id)| *id == desk.id).count()
}

fn any_desks() -> impl Any<Value = Vec<Desk>> {
    proptest::collection::vec(
        (0..50_u32, proptest::option::of(0..40_u32), 0..20_u32, 0..9_000_i64, 1..9_000_i64),
        0..8,
    )
    .prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(at, (weight, cap, held, min, width))| Desk {
                held,
                min_balance: Some(Money::from_minor(min)),
                max_balance: Some(Money::from_minor(min + width)),
                ..desk(number(at), weight, cap)
            })
            .collect()
    })
}

fn any_packets() -> impl Any<Value = Vec<Packet>> {
    proptest::collection::vec((1..5_u32, 0..12_000_i64, proptest::option::of(0..10_u128)), 0..120)
        .prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(at, (accounts, balance, home))| Packet {
                    accounts,
                    home: home.map(|n| DeskId(Uuid::from_u128(n))),
                    ..packet(number(at), balance)
                })
                .collect()
        })
}

proptest! {
    #[test]
    fn no_cap_is_ever_exceeded_and_nobody_is_dealt_twice(
        packets in any_packets(), desks in any_desks(), pick in 0..3_usize,
    ) {
        let strategy = Strategy::ALL[pick];
        let plan = deal(strategy, &packets, &desks);
        let size: HashMap<DebtorId, u32> =
            packets.iter().map(|packet| (packet.debtor, packet.accounts)).collect();
        for desk in &desks {
            let got: u32 = plan
                .placed
                .iter()
                .filter(|(_, id)| *id == desk.id)
                .map(|(debtor, _)| size[debtor])
                .sum();
            if let Some(cap) = desk.cap {
                prop_assert!(got == 0 || desk.held + got <= cap);
            }
        }
        let dealt: HashSet<DebtorId> = plan
            .placed
            .iter()
            .map(|(debtor, _)| *debtor)
            .chain(plan.unplaced.iter().map(|(debtor, _)| *debtor))
            .collect();
        prop_assert_eq!(dealt.len(), packets.len());
        prop_assert_eq!(plan.placed.len() + plan.unplaced.len(), packets.len());
        prop_assert_eq!(deal(strategy, &packets, &desks), plan, "the same again");
    }

    #[test]
    fn weights_are_kept_within_one(
        weights in proptest::collection::vec(1..100_u32, 1..8), count in 0..300_u128,
    ) {
        let desks: Vec<Desk> =
            weights.iter().enumerate().map(|(at, w)| desk(number(at), *w, None)).collect();
        let packets: Vec<Packet> = (0..count).map(|n| packet(n, 100)).collect();
        let plan = deal(Strategy::Weighted, &packets, &desks);
        let sum = usize::try_from(weights.iter().sum::<u32>()).unwrap();
        for (desk, weight) in desks.iter().zip(&weights) {
            // Compared as (got × sum) against (count × weight), so that nothing is rounded.
            let got = given(&plan, desk) * sum;
            let share = packets.len() * usize::try_from(*weight).unwrap();
            prop_assert!(got.abs_diff(share) < sum, "{} for {} in {}", got, share, sum);
        }
    }

    #[test]
    fn a_balance_goes_only_where_its_band_is(packets in any_packets(), desks in any_desks()) {
        let packets: Vec<Packet> =
            packets.into_iter().map(|packet| Packet { home: None, ..packet }).collect();
        let plan = deal(Strategy::BalanceBand, &packets, &desks);
        let owed: HashMap<DebtorId, Money> =
            packets.iter().map(|packet| (packet.debtor, packet.balance)).collect();
        for (debtor, id) in &plan.placed {
            prop_assert!(desks.iter().any(|desk| desk.id == *id && desk.takes(owed[debtor])));
        }
        for (debtor, why) in &plan.unplaced {
            let banded = desks.iter().any(|desk| desk.takes(owed[debtor]));
            prop_assert_eq!(*why == Unplaced::NoRoom, banded);
        }
    }
}

#[test]
fn in_turn_means_one_each_beginning_with_who_has_least() {
    let desks = [Desk { held: 9, ..desk(1, 1, None) }, desk(2, 1, None), desk(3, 1, Some(1))];
    let packets: Vec<Packet> = (10..15).map(|n| packet(n, 100)).collect();
    let plan = deal(Strategy::RoundRobin, &packets, &desks);
    let order: Vec<u128> = plan.placed.iter().map(|(_, id)| id.0.as_u128()).collect();
    assert_eq!(order, [2, 3, 1, 2, 1]);
}

#[test]
fn what_a_full_desk_cannot_take_goes_to_the_others() {
    let desks = [desk(1, 3, Some(2)), desk(2, 1, None)];
    let packets: Vec<Packet> = (10..18).map(|n| packet(n, 100)).collect();
    let plan = deal(Strategy::Weighted, &packets, &desks);
    assert_eq!((given(&plan, &desks[0]), given(&plan, &desks[1])), (2, 6));
    assert!(plan.unplaced.is_empty());
}

#[test]
fn a_debtor_known_at_a_desk_goes_there() {
    let desks = [desk(1, 1, None), desk(2, 1, None)];
    let packets = [Packet { home: Some(desks[1].id), accounts: 3, ..packet(10, 100) }];
    for strategy in Strategy::ALL {
        assert_eq!(deal(*strategy, &packets, &desks).placed[0].1, desks[1].id);
    }
}
