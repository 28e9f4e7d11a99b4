//! A collector's statement of a month: a pure function of the credits.

use super::bonus::{BonusMeasure, BonusPlan};
use super::credit::{Credit, CreditKind};
use crate::id::UserId;
use crate::money::{Money, TooLarge};
use crate::recovery::Month;
use rust_decimal::Decimal;

/// What a collector earned in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorStatement {
    /// The member of the staff.
    pub collector: UserId,
    /// Of which month.
    pub month: Month,
    /// The credits: earned before taken back, then by payment.
    pub lines: Vec<Credit>,
    /// What the rates are of, returns taken off.
    pub base: Money,
    /// Earned on payments.
    pub commission: Money,
    /// Taken back for returns of this month, zero or below (domain rule 2.12).
    pub claw_backs: Money,
    /// What the goal multiplied the bonus by; 1 without a plan or goal.
    pub multiplier: Decimal,
    /// The bonus, multiplied.
    pub bonus: Money,
    /// Commission, claw-backs and bonus; below zero when more was taken back than earned.
    pub total: Money,
}

/// Draws up the statement of one collector and month from credits of any. The bonus goes by the
/// figures of the month with claw-backs taken off.
///
/// # Errors
/// [`TooLarge`].
pub fn state(
    collector: UserId,
    month: Month,
    credits: &[Credit],
    plan: Option<&BonusPlan>,
    goal: Option<Money>,
) -> Result<CollectorStatement, TooLarge> {
    let of = |credit: &&Credit| credit.collector == collector && credit.month == month;
    let mut lines: Vec<Credit> = credits.iter().filter(of).copied().collect();
    lines.sort_by_key(|line| (line.kind == CreditKind::ClawBack, line.payment));
    let sum =
        |kind| Money::total(lines.iter().filter(|line| line.kind == kind).map(|line| line.amount));
    let base = Money::total(lines.iter().map(|line| line.base))?;
    let commission = sum(CreditKind::Earned)?;
    let claw_backs = sum(CreditKind::ClawBack)?;
    let net = commission.plus(claw_backs)?;
    let (multiplier, bonus) = match plan {
        Some(plan) => {
            let figure = match plan.measure {
                BonusMeasure::Base => base,
                BonusMeasure::Commission => net,
            };
            (plan.multiplier(figure, goal), plan.bonus(figure, goal)?)
        }
        None => (Decimal::ONE, Money::ZERO),
    };
    let total = net.plus(bonus)?;
    Ok(CollectorStatement {
        collector,
        month,
        lines,
        base,
        commission,
        claw_backs,
        multiplier,
        bonus,
        total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collector::{
        BonusMode, BonusTier, CreditBase, Credited, Split, TierPay, claw_back, credit,
    };
    use crate::id::PaymentId;
    use crate::rate::Rate;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn month(month: u32) -> Month {
        Month::of(chrono::NaiveDate::from_ymd_opt(2025, month, 9).unwrap())
    }

    fn earned(payment: u128, of: u32, fee: i64, split: &Split) -> Vec<Credit> {
        let payment = Credited {
            payment: PaymentId(Uuid::from_u128(payment)),
            month: month(of),
            paid: Money::from_minor(fee * 3),
            commission: Money::from_minor(fee),
        };
        let rate = Rate::parse("0.6").unwrap();
        let rates: BTreeMap<_, _> = [1, 2].map(|n| (UserId(Uuid::from_u128(n)), rate)).into();
        credit(&payment, CreditBase::Commission, split, &rates).unwrap()
    }

    #[test]
    fn a_return_is_taken_back_in_its_own_month_and_the_earlier_one_stands() {
        let [one, two] = [1, 2].map(|n| UserId(Uuid::from_u128(n)));
        let mut credits = earned(10, 3, 30_000, &Split::all_to(one));
        credits.extend(earned(11, 3, 400_000, &Split::Equal(vec![one, two])));
        let march = |credits: &[Credit]| {
            let plan = BonusPlan {
                measure: BonusMeasure::Base,
                mode: BonusMode::Cliff,
                tiers: vec![BonusTier {
                    from: Money::from_minor(200_000),
                    to: None,
                    pay: TierPay::Fixed(Money::from_minor(10_000)),
                }],
                goal_steps: Vec::new(),
            };
            state(one, month(3), credits, Some(&plan), None).unwrap()
        };
        let before = march(&credits);
        assert_eq!(before.base, Money::from_minor(230_000));
        assert_eq!(before.commission, Money::from_minor(18_000 + 120_000));
        assert_eq!(before.total, Money::from_minor(148_000));
        let returned = PaymentId(Uuid::from_u128(12));
        credits.extend(claw_back(&credits[..1], returned, month(5)).unwrap());
        assert_eq!(march(&credits), before);
        let may = state(one, month(5), &credits, None, None).unwrap();
        assert_eq!(may.claw_backs, Money::from_minor(-18_000));
        assert_eq!((may.commission, may.total), (Money::ZERO, Money::from_minor(-18_000)));
        assert_eq!(may.base, Money::from_minor(-30_000));
        credits.reverse();
        assert_eq!(march(&credits), before, "the order of the credits does not matter");
        assert_eq!(state(two, month(3), &credits, None, None).unwrap().lines.len(), 1);
        // Returned within the month: the bonus goes by what is left, 1,700.00 in fees.
        let within = claw_back(&earned(13, 3, 60_000, &Split::all_to(one)), returned, month(3));
        credits.extend(within.unwrap());
        assert_eq!(march(&credits).bonus, Money::ZERO);
    }
}
