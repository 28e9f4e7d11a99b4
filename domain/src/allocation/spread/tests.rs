use super::*;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy as Any;
use uuid::Uuid;

fn account(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

fn share(n: u128, placed_on: &str, balance: i64) -> Share {
    Share {
        id: account(n),
        creditor: CreditorId(Uuid::from_u128(1)),
        placed_on: placed_on.parse().unwrap(),
        balance: Money::from_minor(balance),
        interest_rate: None,
        disputed: false,
    }
}

fn packet() -> [Share; 3] {
    [share(1, "2025-03-01", 33_333), share(2, "2025-01-01", 50_000), share(3, "2025-02-01", 16_667)]
}

fn amount(minor: i64) -> Amount {
    Amount::new(Money::from_minor(minor)).unwrap()
}

/// Account number and cents, by account number.
fn given(spread: &Spread) -> Vec<(u128, i64)> {
    let mut parts: Vec<_> =
        spread.parts.iter().map(|p| (p.id.0.as_u128(), p.amount.minor())).collect();
    parts.sort_unstable();
    parts
}

fn of(minor: i64, accounts: &[Share], strategy: &Strategy) -> Vec<(u128, i64)> {
    let spread = spread(amount(minor), accounts, strategy, false).unwrap();
    assert_eq!(spread.overpaid, Money::ZERO);
    given(&spread)
}

#[test]
fn a_hundred_over_three_accounts() {
    let packet = packet();
    let pro_rata = of(10_000, &packet, &Strategy::ProRata);
    assert_eq!(pro_rata, [(1, 3_333), (2, 5_000), (3, 1_667)]);
    let mut disputed = packet;
    disputed[1].disputed = true;
    assert_eq!(of(10_000, &disputed, &Strategy::ProRata), [(1, 6_667), (3, 3_333)]);
    assert_eq!(of(10_000, &packet, &Strategy::OldestFirst), [(2, 10_000)]);
    assert_eq!(of(60_000, &packet, &Strategy::OldestFirst), [(2, 50_000), (3, 10_000)]);
    assert_eq!(of(20_000, &disputed, &Strategy::OldestFirst), [(1, 3_333), (3, 16_667)]);
}

#[test]
fn the_highest_rate_is_paid_first_and_no_rate_last() {
    let mut packet = packet();
    packet[0].interest_rate = Some(Rate::parse("0.09").unwrap());
    packet[2].interest_rate = Some(Rate::parse("0.18").unwrap());
    let strategy = Strategy::HighestRateFirst;
    assert_eq!(of(20_000, &packet, &strategy), [(1, 3_333), (3, 16_667)]);
    assert_eq!(of(50_001, &packet, &strategy), [(1, 33_333), (2, 1), (3, 16_667)]);
    // Equal rates: the oldest placed, then the id.
    packet[2].interest_rate = packet[0].interest_rate;
    assert_eq!(of(100, &packet, &strategy), [(3, 100)]);
    packet[2].placed_on = packet[0].placed_on;
    assert_eq!(of(100, &packet, &strategy), [(1, 100)]);
}

#[test]
fn what_is_above_all_balances_is_left_over() {
    for strategy in [Strategy::OldestFirst, Strategy::HighestRateFirst, Strategy::ProRata] {
        let mut packet = packet();
        packet[1].disputed = true;
        let spread = spread(amount(60_000), &packet, &strategy, false).unwrap();
        assert_eq!(given(&spread), [(1, 33_333), (3, 16_667)]);
        assert_eq!(spread.overpaid, Money::from_minor(10_000));
    }
}

#[test]
fn only_the_debtor_decides_between_creditors() {
    let mut packet = packet();
    packet[2].creditor = CreditorId(Uuid::from_u128(2));
    let refused = spread(amount(100), &packet, &Strategy::OldestFirst, false).unwrap_err();
    assert_eq!(refused, SpreadRefusal::SeveralCreditors { creditors: 2 });
    assert_eq!(refused.code(), "direction_required");
    assert!(spread(amount(100), &packet, &Strategy::OldestFirst, true).is_ok());
    let chosen = Strategy::Chosen(vec![(account(3), Money::from_minor(100))]);
    assert_eq!(of(100, &packet, &chosen), [(3, 100)]);
    // A creditor whose account takes nothing anyway does not count.
    packet[2].balance = Money::ZERO;
    assert!(spread(amount(100), &packet, &Strategy::OldestFirst, false).is_ok());
}

#[test]
fn the_debtors_choice_is_refused_with_the_numbers() {
    let mut packet = packet();
    packet[1].disputed = true;
    let refusal = |chosen: &[(u128, i64)]| {
        let chosen =
            chosen.iter().map(|(n, minor)| (account(*n), Money::from_minor(*minor))).collect();
        spread(amount(10_000), &packet, &Strategy::Chosen(chosen), false).unwrap_err()
    };
    assert_eq!(
        refusal(&[(3, 16_668)]).to_string(),
        format!("166.68 was chosen for account {}, which owes 166.67", account(3))
    );
    assert_eq!(
        refusal(&[(1, 4_000), (3, 5_999)]),
        SpreadRefusal::NotTheSum {
            chosen: Money::from_minor(9_999),
            amount: Money::from_minor(10_000)
        }
    );
    assert_eq!(refusal(&[(1, 5_000), (2, 5_000)]), SpreadRefusal::Disputed(account(2)));
    assert_eq!(refusal(&[(1, 5_000), (1, 5_000)]), SpreadRefusal::ChosenTwice(account(1)));
    assert_eq!(refusal(&[(9, 10_000)]), SpreadRefusal::UnknownAccount(account(9)));
    assert_eq!(refusal(&[(1, 10_001), (3, -1)]).code(), "chosen_not_positive");
}

#[test]
fn a_packet_with_nothing_but_disputes_is_refused() {
    let mut packet = packet();
    for share in &mut packet {
        share.disputed = true;
    }
    let refused = spread(amount(100), &packet, &Strategy::ProRata, true).unwrap_err();
    assert_eq!(refused, SpreadRefusal::OnlyDisputed { disputed: Money::from_minor(100_000) });
    // The undisputed one is paid already: only disputed ones remain.
    packet[0] = share(1, "2025-03-01", 0);
    let refused = spread(amount(100), &packet, &Strategy::ProRata, true).unwrap_err();
    assert_eq!(refused, SpreadRefusal::OnlyDisputed { disputed: Money::from_minor(66_667) });
    assert_eq!(spread(amount(100), &[], &Strategy::ProRata, true), Err(SpreadRefusal::NoAccounts));
    assert_eq!(
        spread(amount(100), &[packet[0], packet[0]], &Strategy::ProRata, true),
        Err(SpreadRefusal::AccountTwice(account(1)))
    );
    let paid = spread(amount(100), &packet[..1], &Strategy::ProRata, false).unwrap();
    assert_eq!((paid.parts.len(), paid.overpaid), (0, Money::from_minor(100)));
}

fn packets() -> impl Any<Value = Vec<Share>> {
    let row = (0_i64..400_000, 0_u32..4, proptest::option::of(0_i64..4), any::<bool>());
    proptest::collection::vec(row, 1..12).prop_map(|rows| {
        (1..)
            .zip(rows)
            .map(|(n, (balance, day, rate, disputed))| Share {
                placed_on: NaiveDate::from_ymd_opt(2025, 1, day + 1).unwrap(),
                interest_rate: rate.map(|r| Rate::new(rust_decimal::Decimal::new(r, 2)).unwrap()),
                disputed,
                ..share(n, "2025-01-01", balance)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn cents_are_conserved_and_nothing_is_overfilled(
        minor in 1_i64..3_000_000, packet in packets(), pick in 0..3_usize,
    ) {
        let strategy =
            [Strategy::OldestFirst, Strategy::HighestRateFirst, Strategy::ProRata][pick].clone();
        let open: i64 =
            packet.iter().filter(|s| !s.disputed).map(|s| s.balance.minor()).sum();
        match spread(amount(minor), &packet, &strategy, false) {
            Err(refusal) => {
                prop_assert_eq!(refusal.code(), "only_disputed");
                prop_assert_eq!(open, 0);
            }
            Ok(spread) => {
                let sum: i64 = spread.parts.iter().map(|p| p.amount.minor()).sum();
                prop_assert_eq!(sum, minor.min(open));
                prop_assert_eq!(spread.overpaid.minor(), minor - sum);
                for part in &spread.parts {
                    let share = packet.iter().find(|s| s.id == part.id).unwrap();
                    prop_assert!(!share.disputed && part.amount.money() <= share.balance);
                }
                // The order in which the accounts come does not matter.
                let mut turned = packet.clone();
                turned.reverse();
                prop_assert_eq!(super::spread(amount(minor), &turned, &strategy, false), Ok(spread));
            }
        }
    }
}

#[test]
fn a_strategy_is_known_by_its_name() {
    for strategy in [Strategy::OldestFirst, Strategy::HighestRateFirst, Strategy::ProRata] {
        assert_eq!(Strategy::parse(strategy.name()), Some(strategy));
    }
    assert_eq!(Strategy::parse("oldest"), None);
    assert_eq!(Strategy::parse(""), None);
}
