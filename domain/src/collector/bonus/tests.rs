use super::*;
use proptest::prelude::*;

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn tier(from: i64, to: Option<i64>, pay: TierPay) -> BonusTier {
    BonusTier { from: money(from), to: to.map(money), pay }
}

fn share(text: &str) -> TierPay {
    TierPay::Share(Rate::parse(text).unwrap())
}

fn plan(mode: BonusMode, tiers: Vec<BonusTier>) -> BonusPlan {
    BonusPlan { measure: BonusMeasure::Base, mode, tiers, goal_steps: Vec::new() }
}

fn bonus(plan: &BonusPlan, figure: i64) -> i64 {
    plan.check().unwrap();
    plan.bonus(money(figure), None).unwrap().minor()
}

#[test]
fn four_thousand_in_fees_pay_a_hundred() {
    let fixed = |pay| TierPay::Fixed(money(pay));
    let simple = plan(BonusMode::Cliff, vec![tier(400_000, None, fixed(10_000))]);
    assert_eq!(bonus(&simple, 399_999), 0);
    assert_eq!(bonus(&simple, 400_000), 10_000);
    assert_eq!(bonus(&simple, -400_000), 0);
    let tiers =
        vec![tier(400_000, Some(800_000), fixed(10_000)), tier(800_000, None, fixed(30_000))];
    assert_eq!(bonus(&plan(BonusMode::Cliff, tiers.clone()), 900_000), 30_000);
    assert_eq!(bonus(&plan(BonusMode::Marginal, tiers), 900_000), 40_000);
}

#[test]
fn a_marginal_tier_pays_for_its_slice_and_a_cliff_for_everything() {
    let tiers = vec![
        tier(0, Some(500_000), share("0")),
        tier(500_000, Some(1_000_000), share("0.02")),
        tier(1_000_000, None, share("0.05")),
    ];
    // 12,000.00: 0 + 2 % of 5,000.00 + 5 % of 2,000.00.
    assert_eq!(bonus(&plan(BonusMode::Marginal, tiers.clone()), 1_200_000), 20_000);
    assert_eq!(bonus(&plan(BonusMode::Cliff, tiers.clone()), 1_200_000), 60_000);
    // The limit itself belongs to the tier above.
    assert_eq!(bonus(&plan(BonusMode::Marginal, tiers.clone()), 1_000_000), 10_000);
    assert_eq!(bonus(&plan(BonusMode::Cliff, tiers), 1_000_000), 50_000);
}

#[test]
fn the_goal_multiplies_the_bonus() {
    let mut plan = plan(BonusMode::Cliff, vec![tier(0, None, share("0.01"))]);
    let step = |reached, multiplier| GoalStep {
        reached: Decimal::new(reached, 2),
        multiplier: Decimal::new(multiplier, 2),
    };
    plan.goal_steps = vec![step(0, 0), step(80, 100), step(120, 125)];
    plan.check().unwrap();
    let bonus = |figure| plan.bonus(money(figure), Some(money(1_000_000))).unwrap().minor();
    assert_eq!(bonus(799_999), 0);
    assert_eq!(bonus(800_000), 8_000);
    assert_eq!(bonus(1_199_999), 12_000);
    assert_eq!(bonus(1_200_000), 15_000);
    assert_eq!(plan.bonus(money(700_000), None), Ok(money(7_000)));
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<BonusPlan>(&text).unwrap(), plan);
    assert!(serde_json::from_str::<BonusPlan>(&text.replace("\"0.01\"", "0.01")).is_err());
}

#[test]
fn gaps_and_overlaps_are_refused_with_the_numbers() {
    let refusal = |tiers| plan(BonusMode::Cliff, tiers).check().unwrap_err();
    let pay = share("0.01");
    let gap = refusal(vec![tier(0, Some(100), pay), tier(200, None, pay)]);
    assert_eq!(
        (gap.code(), gap.to_string().as_str()),
        ("bonus_tier_gap", "nothing covers 1.00 to 2.00, before tier 2",)
    );
    let overlap = refusal(vec![tier(0, Some(300), pay), tier(200, None, pay)]);
    assert_eq!(
        (overlap.code(), overlap.to_string().as_str()),
        ("bonus_tier_overlap", "tier 2 begins at 2.00, but the tier before it goes on to 3.00",)
    );
    assert_eq!(
        refusal(vec![tier(0, None, pay), tier(200, None, pay)]).code(),
        "bonus_tier_overlap"
    );
    assert_eq!(refusal(vec![tier(0, Some(0), pay)]).code(), "bonus_tier_empty");
    assert_eq!(refusal(vec![tier(0, Some(9), pay)]).code(), "bonus_tier_closed");
    assert_eq!(refusal(vec![tier(-1, None, pay)]).code(), "bonus_tier_negative");
    assert_eq!(
        refusal(vec![tier(0, None, TierPay::Fixed(money(-1)))]).code(),
        "bonus_tier_negative_pay"
    );
    assert_eq!(refusal(vec![]).code(), "bonus_no_tier");
    let mut plan = plan(BonusMode::Cliff, vec![tier(0, None, pay)]);
    let step = |reached, multiplier| GoalStep { reached, multiplier };
    plan.goal_steps = vec![step(Decimal::ONE, Decimal::ONE); 2];
    assert_eq!(plan.check(), Err(NotABonusPlan::StepOrder { step: 2 }));
    plan.goal_steps = vec![step(Decimal::ONE, Decimal::NEGATIVE_ONE)];
    assert_eq!(plan.check(), Err(NotABonusPlan::StepRange { step: 1 }));
}

proptest! {
    #[test]
    fn a_marginal_bonus_never_falls_when_more_is_collected(
        widths in proptest::collection::vec((1_i64..500_000, 0_i64..300_000), 1..6),
        low in -100_000_i64..3_000_000, more in 0_i64..500_000,
    ) {
        let mut from = 0;
        let mut tiers = Vec::new();
        let last = widths.len() - 1;
        for (at, (width, millionths)) in widths.into_iter().enumerate() {
            let pay = TierPay::Share(Rate::new(Decimal::new(millionths, 6)).unwrap());
            tiers.push(tier(from, (at < last).then_some(from + width), pay));
            from += width;
        }
        let plan = plan(BonusMode::Marginal, tiers);
        prop_assert!(bonus(&plan, low) >= 0);
        prop_assert!(bonus(&plan, low + more) >= bonus(&plan, low));
    }
}
