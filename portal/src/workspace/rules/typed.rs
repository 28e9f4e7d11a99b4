//! The limits of one level as a form holds them, and back.

use super::super::figures::{in_percent, money_of, percent};
use super::super::plans::OFTEN;
use super::words::field_words;
use crate::form::{self, Problems};
use crate::page::Page;
use domain::limits::{Field, Limits};
use domain::{Currency, Money, Rate};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// What is typed for a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Money,
    Percent,
    Count,
    /// Boxes to tick.
    Frequencies,
    /// A table of its own, which the form leaves as it is.
    Ranges,
}

/// What is typed for a limit.
pub(super) fn kind(field: Field) -> Kind {
    match field {
        Field::PromiseMinAmount | Field::PromiseMinAdditional | Field::PlanMinPayment => {
            Kind::Money
        }
        Field::PromiseMinPercent
        | Field::PromisePartialPercent
        | Field::PlanMinPercent
        | Field::PlanMinDownPercent => Kind::Percent,
        Field::PromiseFirstWithinDays
        | Field::PromiseMostOpen
        | Field::PromiseLeadDays
        | Field::PromiseGraceBankingDays
        | Field::PlanMostInstallments
        | Field::PlanMostDays
        | Field::PlanStartWithinDays
        | Field::PlanGraceDays
        | Field::PlanMostPauseDays => Kind::Count,
        Field::PlanFrequencies => Kind::Frequencies,
        Field::PlanBalanceRanges => Kind::Ranges,
    }
}

/// The form's fields by name: those of the limits are named as the limits are.
pub(super) type Typed = HashMap<String, String>;

/// What the fields show of limits that are in force.
pub(super) fn typed_of(limits: &Limits) -> Typed {
    let Ok(Value::Object(stored)) = serde_json::to_value(limits) else { return Typed::new() };
    let mut typed = Typed::new();
    for field in Field::ALL {
        let Some(value) = stored.get(field.name()) else { continue };
        let text = match (kind(*field), value) {
            (Kind::Money, value) => {
                value.as_i64().map(|minor| Money::from_minor(minor).to_decimal())
            }
            (Kind::Percent, value) => {
                value.as_str().and_then(|text| Rate::parse(text).ok()).map(in_percent)
            }
            (Kind::Count, value) => value.as_u64().map(|count| count.to_string()),
            (Kind::Frequencies, value) => {
                for name in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                    typed.insert(format!("often_{name}"), "yes".to_owned());
                }
                None
            }
            (Kind::Ranges, _) => None,
        };
        typed.extend(text.map(|text| (field.name().to_owned(), text)));
    }
    typed
}

/// The fields of the form, in the order of the limits.
pub(super) fn fields(page: &Page, typed: &Typed) -> Vec<form::Field> {
    let shown = |field: Field| typed.get(field.name()).cloned().unwrap_or_default();
    let plain = |field: Field, more: &str| {
        let label = format!("{}{more}", field_words(field));
        page.field(field.name(), label).value(shown(field)).optional()
    };
    let one = |field: &Field| match kind(*field) {
        Kind::Money => Some(plain(*field, "").money().class("w8")),
        Kind::Percent => Some(plain(*field, ", in percent").class("w4")),
        Kind::Count => Some(plain(*field, "").digits().class("w4")),
        Kind::Frequencies | Kind::Ranges => None,
    };
    Field::ALL.iter().filter_map(one).collect()
}

/// The limits that were typed; `kept`: the version in force, whose minimums by balance stay.
pub(super) fn limits_of(
    typed: &Typed,
    kept: &Limits,
    currency: Currency,
) -> Result<Limits, Problems> {
    let mut stored = Map::new();
    let mut problems = Problems::none();
    for field in Field::ALL {
        let text = typed.get(field.name()).map(|text| text.trim()).unwrap_or_default();
        let read = match kind(*field) {
            Kind::Frequencies => {
                let ticked = |name: &str| typed.contains_key(&format!("often_{name}"));
                let all = OFTEN.into_iter().map(|(one, _)| one.name());
                let all: Vec<_> = all.filter(|name| ticked(name)).collect();
                Ok(Some(json!(all)).filter(|_| !all.is_empty()))
            }
            Kind::Ranges | Kind::Money | Kind::Percent | Kind::Count if text.is_empty() => Ok(None),
            Kind::Money => money_of(text, currency)
                .map(|money| Some(json!(money.minor())))
                .ok_or("Write the amount as in 25.00"),
            Kind::Percent => percent(text)
                .map(|rate| Some(json!(rate.to_string())))
                .ok_or("Write percent as in 12.5"),
            Kind::Count => text
                .parse::<u32>()
                .map(|count| Some(json!(count)))
                .map_err(|_| "Write a whole number"),
            Kind::Ranges => Ok(None),
        };
        match read {
            Ok(Some(value)) => drop(stored.insert(field.name().to_owned(), value)),
            Ok(None) => {}
            Err(words) => problems.add(field.name(), words),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let limits: Limits = serde_json::from_value(Value::Object(stored))
        .map_err(|_| Problems::one("effective_on", "These limits do not go together"))?;
    Ok(Limits { plan_balance_ranges: kept.plan_balance_ranges.clone(), ..limits })
}
