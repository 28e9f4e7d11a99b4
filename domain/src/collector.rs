//! Collector credit: what a collector earns on a payment, bonus, and claw-back
//! (domain rule 2.12, money rule 18).

mod bonus;
mod credit;
mod split;
mod statement;

pub use bonus::{BonusMeasure, BonusMode, BonusPlan, BonusTier, GoalStep, NotABonusPlan, TierPay};
pub use credit::{Credit, CreditBase, CreditKind, CreditRefusal, Credited, claw_back, credit};
pub use split::{CollectorRates, Member, NotASplit, Split};
pub use statement::{CollectorStatement, state};
