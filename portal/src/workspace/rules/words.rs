//! Limits and tiers as people read them.

use super::super::figures::in_percent;
use super::typed::{Kind, kind};
use crate::entry::sentence;
use domain::limits::{Explained, Field, Level, Limits};
use domain::settlement::{Acceptance, Tier};
use domain::{Currency, Rate};
use service::promises::PromiseRefused;

/// One limit that applies.
#[derive(Debug, Clone)]
pub(in super::super) struct Limit {
    /// Which.
    pub words: &'static str,
    /// Its value.
    pub value: String,
    /// Who set it.
    pub by: &'static str,
}

impl Limit {
    /// In words.
    pub fn of(one: &Explained) -> Self {
        let value = value_words(one.field, &one.value);
        Self { words: field_words(one.field), value, by: level_words(one.level) }
    }
}

/// Why a promise is not taken, with the limits behind it and who set each.
pub(in super::super) fn why_no_promise(err: &PromiseRefused) -> String {
    let PromiseRefused::Limits(refusals, behind) = err else { return sentence(&err.to_string()) };
    let refusals = refusals.iter().map(|one| sentence(&one.to_string()));
    let limits = behind.iter().map(Limit::of);
    let limits = limits.map(|it| format!("{}: {}, set by {}.", it.words, it.value, it.by));
    refusals.chain(limits).collect::<Vec<_>>().join(" ")
}

/// What limits state, each in a sentence.
pub(super) fn stated(limits: &Limits) -> Vec<String> {
    let one = |(field, value): (Field, String)| {
        format!("{}: {}", field_words(field), value_words(field, &value))
    };
    limits.stated().into_iter().map(one).collect()
}

fn value_words(field: Field, value: &str) -> String {
    match kind(field) {
        Kind::Money => format!("${value}"),
        Kind::Percent => {
            let rate = Rate::parse(value).map(in_percent);
            rate.map_or_else(|_| value.to_owned(), |percent| format!("{percent} %"))
        }
        Kind::Count | Kind::Frequencies | Kind::Ranges => value.replace('_', "-"),
    }
}

/// What a limit limits.
pub(super) fn field_words(field: Field) -> &'static str {
    match field {
        Field::PromiseMinAmount => "Least amount of a promise",
        Field::PromiseMinPercent => "Least share of the balance that a promise must be",
        Field::PromiseFirstWithinDays => "Days within which the first promise is due",
        Field::PromiseMostOpen => "Most promises open at once",
        Field::PromiseMinAdditional => "Least amount of later promises of a series",
        Field::PromiseLeadDays => "Days before a promise's day from which a payment counts",
        Field::PromiseGraceBankingDays => "Banking days of grace of a promise",
        Field::PromisePartialPercent => "Share from which a promise is partly kept",
        Field::PlanMinPayment => "Least amount of an installment",
        Field::PlanMinPercent => "Least share of the plan that an installment must be",
        Field::PlanMinDownPercent => "Least share of the plan that is paid down",
        Field::PlanMostInstallments => "Most installments",
        Field::PlanMostDays => "Most days from the agreement to the last installment",
        Field::PlanStartWithinDays => "Days within which the first payment is due",
        Field::PlanFrequencies => "How often a plan may pay",
        Field::PlanGraceDays => "Days of grace of a plan",
        Field::PlanMostPauseDays => "Most days of the one pause",
        Field::PlanBalanceRanges => "Minimums by balance",
    }
}

/// Who set a rule.
pub(super) fn level_words(level: Level) -> &'static str {
    match level {
        Level::Preset => "the product's preset for the role",
        Level::Agency => "the agency",
        Level::Role => "the agency for the role",
        Level::Creditor => "the creditor",
        Level::Portfolio => "the portfolio",
        Level::Account => "the account",
    }
}

/// A tier: for which debts, and what it allows.
pub(super) fn tier_words(tier: &Tier, currency: Currency) -> (String, String) {
    let balance = match tier.balance.below {
        Some(below) => {
            let (from, below) =
                (tier.balance.from.to_display(currency), below.to_display(currency));
            format!("{from} to below {below}")
        }
        None => format!("from {}", tier.balance.from.to_display(currency)),
    };
    let days = match tier.days.below {
        Some(below) => format!("day {} to {}", tier.days.from, below.saturating_sub(1)),
        None => format!("from day {}", tier.days.from),
    };
    let product = tier.product.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
    let allows = match tier.terms {
        None => "nothing is settled".to_owned(),
        Some(terms) => format!(
            "at least {} % in {}, valid {} days, accepted by {}",
            in_percent(terms.floor),
            match terms.most_parts {
                1 => "one part".to_owned(),
                most => format!("up to {most} parts"),
            },
            terms.valid_days,
            match terms.acceptance {
                Acceptance::Auto => "the debtor alone",
                Acceptance::Collector => "a collector",
                Acceptance::Supervisor => "a supervisor",
                Acceptance::Client => "the creditor",
            },
        ),
    };
    (format!("{balance}, {days}{product}"), allows)
}
