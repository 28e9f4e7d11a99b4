use super::*;
use crate::money::Money;
use crate::rate::Rate;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn any_terms() -> impl Strategy<Value = Option<TierTerms>> {
    proptest::option::weighted(
        0.9,
        (1_i64..=1_000_000, 1_u32..24, 0_u32..90).prop_map(|(floor, most_parts, valid_days)| {
            TierTerms {
                floor: Rate::new(Decimal::new(floor, 6)).unwrap(),
                most_parts,
                valid_days,
                acceptance: Acceptance::Collector,
            }
        }),
    )
}

/// Strips of balances, each cut into days of its own.
fn tiles(product: Option<&'static str>) -> impl Strategy<Value = Vec<Tier>> {
    let strip = (1_i64..100_000, proptest::collection::vec((1_u32..200, any_terms()), 1..4));
    proptest::collection::vec(strip, 1..4).prop_map(move |strips| {
        let mut tiers = Vec::new();
        let mut from = 0;
        for (at, (width, cuts)) in strips.iter().enumerate() {
            let below = (at + 1 < strips.len()).then_some(Money::from_minor(from + width));
            let balance = MoneyRange { from: Money::from_minor(from), below };
            let mut day = 0;
            for (cut, (days, terms)) in cuts.iter().enumerate() {
                let below = (cut + 1 < cuts.len()).then_some(day + days);
                tiers.push(Tier {
                    product: product.map(str::to_owned),
                    balance,
                    days: DaysRange { from: day, below },
                    terms: *terms,
                });
                day += days;
            }
            from += width;
        }
        tiers
    })
}

fn any_table() -> impl Strategy<Value = Tiers> {
    (tiles(None), proptest::option::of(tiles(Some("medical"))))
        .prop_map(|(every, own)| every.into_iter().chain(own.into_iter().flatten()).collect())
        .prop_shuffle()
        .prop_map(Tiers)
}

proptest! {
    #[test]
    fn a_checked_table_has_exactly_one_tier_for_every_debt(
        table in any_table(), balance in 0_i64..400_000, days in 0_u32..800,
        product in prop_oneof![Just("medical"), Just("card")],
    ) {
        prop_assert_eq!(table.check(), Ok(()));
        let found = table.find(Money::from_minor(balance), days, product);
        prop_assert!(found.is_some());
        let own = table.0.iter().any(|tier| tier.product.as_deref() == Some(product));
        let holding = table.0.iter().filter(|tier| {
            tier.product.is_some() == own
                && tier.balance.from.minor() <= balance
                && tier.balance.below.is_none_or(|below| balance < below.minor())
                && tier.days.from <= days
                && tier.days.below.is_none_or(|below| days < below)
        });
        prop_assert_eq!(holding.count(), 1);
    }

    #[test]
    fn a_missing_or_doubled_tier_is_noticed(table in any_table(), at: proptest::sample::Index) {
        let at = at.index(table.0.len());
        let mut doubled = table.clone();
        doubled.0.push(table.0[at].clone());
        let codes = |faults: Vec<TierFault>| -> Vec<_> {
            faults.iter().map(TierFault::code).collect()
        };
        prop_assert!(codes(doubled.check().unwrap_err()).iter().all(|code| *code == "tier_overlap"));
        let mut missing = table.clone();
        let gone = missing.0.remove(at);
        let alone = missing.0.iter().all(|tier| tier.product != gone.product);
        // Without its only tier a product falls back to those of every product.
        if missing.0.is_empty() || (alone && gone.product.is_some()) {
            prop_assert_eq!(missing.check(), Ok(()));
        } else {
            prop_assert!(codes(missing.check().unwrap_err()).iter().all(|code| *code == "tier_gap"));
        }
    }

    #[test]
    fn an_offer_lies_between_floor_and_balance_and_its_parts_sum_to_it(
        table in any_table(), balance in 1_i64..400_000, days in 0_u32..800,
        share in 0_i64..=1_000_000, parts in 1_u32..24,
    ) {
        let ask = Ask {
            balance: Money::from_minor(balance),
            days_since_placement: days,
            product: "medical",
            client_floor: None,
            offered: Offered::Share(Rate::new(Decimal::new(share, 6)).unwrap()),
            parts,
            today: "2026-01-01".parse().unwrap(),
            zone: chrono_tz::Tz::America__Denver,
        };
        match propose(&table, &ask) {
            Ok(offer) => {
                prop_assert!(offer.floor <= offer.total.money());
                prop_assert!(offer.total.money() < ask.balance);
                let consent = Consent {
                    parts,
                    dates: crate::plan::Dates::Monthly(ask.today),
                    by: Acceptance::Client,
                    grace_days: 10,
                    now: "2026-01-01T12:00:00Z".parse().unwrap(),
                };
                let accepted = accept(&offer, OfferState::Offered, ask.balance, consent).unwrap();
                prop_assert_eq!(crate::plan::total(&accepted.parts), Ok(offer.total.money()));
            }
            Err(OfferRefusal::BelowFloor { floor, offered }) => prop_assert!(offered < floor),
            Err(refusal) => prop_assert_ne!(refusal.code(), "amount_too_large"),
        }
    }
}

#[test]
fn a_table_is_refused_with_the_numbers_of_its_fault() {
    let tier =
        |product: Option<&str>, balance: (i64, Option<i64>), days: (u32, Option<u32>)| Tier {
            product: product.map(str::to_owned),
            balance: MoneyRange {
                from: Money::from_minor(balance.0),
                below: balance.1.map(Money::from_minor),
            },
            days: DaysRange { from: days.0, below: days.1 },
            terms: None,
        };
    assert_eq!(Tiers::default().check(), Ok(()), "an empty table settles nothing");
    assert_eq!(Tiers::default().find(Money::from_minor(1), 0, "card"), None);
    let gap = Tiers(vec![tier(None, (0, None), (0, Some(91))), tier(None, (0, None), (92, None))]);
    let faults = gap.check().unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code(), "tier_gap");
    assert_eq!(
        faults[0].to_string(),
        "no tier holds balances from 0.00 to without end at 91 to below 92 days"
    );
    // Only a product's own tiers: other products find none.
    let own = Tiers(vec![tier(Some("card"), (0, None), (0, None))]);
    assert_eq!(own.check().unwrap_err()[0].code(), "tier_gap");
    let empty = Tiers(vec![tier(None, (0, None), (0, None)), tier(None, (5, Some(5)), (0, None))]);
    assert_eq!(empty.check().unwrap_err()[0].code(), "tier_empty");
    let many = Tiers(vec![tier(None, (0, None), (0, None)); 201]);
    assert_eq!(many.check(), Err(vec![TierFault::TooMany { most: 200, given: 201 }]));
    let mut nothing = tier(None, (0, None), (0, None));
    nothing.terms = Some(TierTerms {
        floor: Rate::ZERO,
        most_parts: 0,
        valid_days: 1,
        acceptance: Acceptance::Auto,
    });
    assert_eq!(Tiers(vec![nothing]).check(), Err(vec![TierFault::NoParts, TierFault::NoFloor]));
}

#[test]
fn a_table_reads_back_from_storage_and_refuses_floats() {
    let text = r#"[{"balance":{"from":0},"days":{"from":91,"below":181},"terms":
        {"floor":"0.7","most_parts":6,"valid_days":30,"acceptance":"auto"}}]"#;
    let tiers: Tiers = serde_json::from_str(text).unwrap();
    assert_eq!(tiers.0[0].terms.unwrap().floor, Rate::parse("0.7").unwrap());
    let again = serde_json::to_string(&tiers).unwrap();
    assert_eq!(serde_json::from_str::<Tiers>(&again).unwrap(), tiers);
    assert!(serde_json::from_str::<Tiers>(&text.replace("\"0.7\"", "0.7")).is_err());
    assert!(serde_json::from_str::<Tiers>(&text.replace("floor", "flor")).is_err());
}
