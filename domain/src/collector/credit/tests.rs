use super::*;
use crate::collector::Member;
use proptest::prelude::*;
use uuid::Uuid;

pub(crate) fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn month(text: &str) -> Month {
    Month::of(text.parse().unwrap())
}

fn paid(paid: i64, commission: i64) -> Credited {
    Credited {
        payment: PaymentId(Uuid::from_u128(77)),
        month: month("2025-03-05"),
        paid: Money::from_minor(paid),
        commission: Money::from_minor(commission),
    }
}

fn rates(of: &[&str]) -> BTreeMap<UserId, Rate> {
    (1..).zip(of).map(|(n, rate)| (user(n), Rate::parse(rate).unwrap())).collect()
}

fn amounts(credits: &[Credit]) -> Vec<i64> {
    credits.iter().map(|credit| credit.amount.minor()).collect()
}

#[test]
fn sixty_percent_of_the_fee_alone_halved_and_returned() {
    // 1,000.00 at 30 % is a fee of 300.00; the collector has 60 % of it.
    let payment = paid(100_000, 30_000);
    let of_fee = CreditBase::Commission;
    let alone = credit(&payment, of_fee, &Split::all_to(user(1)), &rates(&["0.6"])).unwrap();
    assert_eq!(amounts(&alone), [18_000]);
    let two = Split::Equal(vec![user(1), user(2)]);
    let halves = credit(&payment, of_fee, &two, &rates(&["0.6", "0.6"])).unwrap();
    assert_eq!(amounts(&halves), [9_000, 9_000]);
    let returned = PaymentId(Uuid::from_u128(78));
    let back = claw_back(&alone, returned, month("2025-05-02")).unwrap();
    assert_eq!(amounts(&back), [-18_000]);
    assert_eq!((back[0].payment, back[0].kind), (returned, CreditKind::ClawBack));
    assert_eq!((back[0].month, back[0].base), (month("2025-05-31"), Money::from_minor(-30_000)));
    assert_eq!(claw_back(&back, returned, back[0].month), Err(CreditRefusal::NotOnePayment));
}

#[test]
fn the_total_is_rounded_once_and_the_cents_go_by_largest_remainder() {
    // 100.01 at 50 % is 50.005: 50.01 once, not three times 16.67.
    let thirds = Split::Equal(vec![user(1), user(2), user(3)]);
    let credits =
        credit(&paid(10_001, 0), CreditBase::Payment, &thirds, &rates(&["0.5"; 3])).unwrap();
    assert_eq!(amounts(&credits), [1_667, 1_667, 1_667]);
    // Own rates: 100.00 in thirds at 60, 50 and 0 %: 20 + 16.666… = 36.67.
    let credits =
        credit(&paid(10_000, 0), CreditBase::Payment, &thirds, &rates(&["0.6", "0.5", "0"]))
            .unwrap();
    assert_eq!(amounts(&credits), [2_000, 1_667, 0]);
    assert_eq!(credits.iter().map(|c| c.base.minor()).sum::<i64>(), 10_000);
    // A team of 80 %: the rest is credited to no one.
    let member = |n, part| Member { collector: user(n), percent: Rate::parse(part).unwrap() };
    let team = Split::Team(vec![member(1, "0.5"), member(2, "0.3")]);
    let credits =
        credit(&paid(10_000, 0), CreditBase::Payment, &team, &rates(&["0.6", "0.6"])).unwrap();
    assert_eq!(amounts(&credits), [3_000, 1_800]);
}

#[test]
fn who_has_no_rate_is_named() {
    let refused = credit(
        &paid(10_000, 0),
        CreditBase::Payment,
        &Split::Equal(vec![user(1), user(9)]),
        &rates(&["0.5"]),
    );
    assert_eq!(refused, Err(CreditRefusal::NoRate(user(9))));
}

proptest! {
    #[test]
    fn shares_sum_to_the_total_rounded_once_and_a_return_mirrors_them(
        minor in -50_000_000_i64..50_000_000,
        cuts in proptest::collection::vec(1_i64..60_000, 1..16),
        rate in 0_i64..=1_000_000,
    ) {
        // Parts in millionths; what is missing to 100 % goes to one more member.
        let rest = 1_000_000 - cuts.iter().sum::<i64>();
        let member = |(n, part): (u128, &i64)| Member {
            collector: user(n),
            percent: Rate::new(rust_decimal::Decimal::new(*part, 6)).unwrap(),
        };
        let mut members: Vec<Member> = (1..).zip(&cuts).map(member).collect();
        members.push(member((99, &rest)));
        let rate = Rate::new(rust_decimal::Decimal::new(rate, 6)).unwrap();
        let rates = members.iter().map(|m| (m.collector, rate)).collect();
        let payment = paid(minor, 0);
        let split = Split::Percent(members);
        let credits = credit(&payment, CreditBase::Payment, &split, &rates).unwrap();
        let sum = Money::total(credits.iter().map(|c| c.amount)).unwrap();
        prop_assert_eq!(sum, rate.of(payment.paid).unwrap());
        let bases = Money::total(credits.iter().map(|c| c.base)).unwrap();
        prop_assert_eq!(bases, payment.paid);
        let back = claw_back(&credits, payment.payment, payment.month).unwrap();
        for (given, taken) in credits.iter().zip(&back) {
            prop_assert_eq!(given.amount.plus(taken.amount), Ok(Money::ZERO));
            prop_assert_eq!(given.collector, taken.collector);
        }
    }
}
