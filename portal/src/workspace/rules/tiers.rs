//! The settlement tiers of one level as a form holds them, and a new version of them.

use super::super::figures::{day, in_percent, money_of, percent};
use super::place::{Chosen, of_tiers};
use super::typed::Typed;
use super::{at_field, present, saved, show_new, today};
use crate::entry::Member;
use crate::form::{CsrfForm, Problems};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use domain::settlement::{Acceptance, DaysRange, MoneyRange, Tier, TierTerms, Tiers};
use domain::{Currency, Rate};
use service::arrangement_rules::{self, Place};
use std::collections::BTreeMap;

/// Empty rows after those in force.
const MORE: usize = 3;

/// One row of the form: names and values of its fields.
pub(super) struct Row {
    pub n: usize,
    pub from: String,
    pub below: String,
    pub day: String,
    pub before: String,
    pub product: String,
    pub floor: String,
    pub parts: String,
    pub valid: String,
    pub who: String,
}

impl Row {
    fn typed(n: usize, typed: &Typed) -> Self {
        let one = |name: &str| {
            typed
                .get(&format!("t{n}_{name}"))
                .map(|text| text.trim().to_owned())
                .unwrap_or_default()
        };
        Self {
            n,
            from: one("from"),
            below: one("below"),
            day: one("day"),
            before: one("before"),
            product: one("product"),
            floor: one("floor"),
            parts: one("parts"),
            valid: one("valid"),
            who: one("who"),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.from, &self.below, &self.day, &self.before, &self.product, &self.floor]
            .iter()
            .all(|text| text.is_empty())
    }

    /// The tier that the row says; without a floor nothing is settled in its range.
    fn tier(&self, currency: Currency) -> Result<Tier, String> {
        let wrong = |what: &str| format!("Row {}: {what}", self.n);
        let money = |text: &str| {
            money_of(text, currency).ok_or_else(|| wrong("write balances as in 500.00"))
        };
        let count =
            |text: &str| text.parse::<u32>().map_err(|_| wrong("write days and parts as numbers"));
        let none = |text: &str| text.is_empty();
        let balance = MoneyRange {
            from: if none(&self.from) { domain::Money::ZERO } else { money(&self.from)? },
            below: if none(&self.below) { None } else { Some(money(&self.below)?) },
        };
        let days = DaysRange {
            from: if none(&self.day) { 0 } else { count(&self.day)? },
            below: if none(&self.before) { None } else { Some(count(&self.before)?) },
        };
        let terms = if none(&self.floor) {
            None
        } else {
            Some(TierTerms {
                floor: percent(&self.floor).ok_or_else(|| wrong("write the floor as in 70"))?,
                most_parts: count(&self.parts)?,
                valid_days: count(&self.valid)?,
                acceptance: Acceptance::parse(&self.who)
                    .ok_or_else(|| wrong("choose who may accept"))?,
            })
        };
        let product = Some(self.product.clone()).filter(|product| !product.is_empty());
        Ok(Tier { product, balance, days, terms })
    }
}

/// The rows of the form: what was typed, and empty ones after.
pub(super) fn rows(typed: &Typed) -> Vec<Row> {
    let numbers = typed.keys().filter_map(|name| {
        let (n, _) = name.strip_prefix('t')?.split_once('_')?;
        n.parse::<usize>().ok()
    });
    let used = numbers.map(|n| Row::typed(n, typed)).filter(|row| !row.is_empty());
    let used: BTreeMap<usize, Row> = used.map(|row| (row.n, row)).collect();
    let last = used.keys().max().copied().unwrap_or_default();
    (1..=last.saturating_add(MORE)).map(|n| Row::typed(n, typed)).collect()
}

/// What the fields show of the tiers and the floor that are in force at a level.
pub(super) async fn typed_of(member: &Member, place: Place) -> Result<Typed, Refusal> {
    let (table, floor) = on(member, place, today(member)).await?;
    let mut typed = Typed::new();
    typed.extend(floor.map(|floor| ("floor".to_owned(), in_percent(floor))));
    for (n, tier) in (1_usize..).zip(table.iter().flat_map(|table| &table.0)) {
        let mut put = |name: &str, text: String| drop(typed.insert(format!("t{n}_{name}"), text));
        put("from", tier.balance.from.to_decimal());
        put("below", tier.balance.below.map(|below| below.to_decimal()).unwrap_or_default());
        put("day", tier.days.from.to_string());
        put("before", tier.days.below.map(|day| day.to_string()).unwrap_or_default());
        put("product", tier.product.clone().unwrap_or_default());
        if let Some(terms) = tier.terms {
            put("floor", in_percent(terms.floor));
            put("parts", terms.most_parts.to_string());
            put("valid", terms.valid_days.to_string());
            put("who", terms.acceptance.name().to_owned());
        }
    }
    Ok(typed)
}

/// The table and the floor that a level has on a day.
pub(super) async fn on(
    member: &Member,
    place: Place,
    day: chrono::NaiveDate,
) -> Result<(Option<Tiers>, Option<Rate>), Refusal> {
    let found = arrangement_rules::tiers(member.app(), member.actor()).await;
    let (rows, _) = found.map_err(|e| refused(&e))?;
    let here = rows.iter().filter(|row| of_tiers(row) == place && row.effective_on <= day);
    let Some(row) = here.max_by_key(|row| row.effective_on) else { return Ok((None, None)) };
    let table = row.tiers.clone().and_then(|table| serde_json::from_value(table).ok());
    Ok((table, row.client_floor))
}

/// Sets the tiers of a level from a day on; its blanket floor goes on.
pub(super) async fn set(member: Member, form: CsrfForm<Typed>) -> Result<HttpResponse, Refusal> {
    let mut typed = form.fields;
    let chosen = Chosen::typed(&typed);
    let place = chosen.place().ok_or(Refusal::NotFound)?;
    let currency = member.front().currency;
    let used: Vec<Row> = rows(&typed).into_iter().filter(|row| !row.is_empty()).collect();
    typed.extend(super::typed_of(&present(&member, place).await?));
    let (_, floor) = on(&member, place, today(&member)).await?;
    typed.extend(floor.map(|floor| ("floor".to_owned(), in_percent(floor))));
    if used.is_empty() {
        let words = "Write at least one row; one without a floor says that nothing is settled";
        return show_new(&member, chosen, &typed, Problems::one("tiers", words)).await;
    }
    let Some(from) = typed.get("tiers_from").and_then(|text| day(text)) else {
        let problems = Problems::one("tiers_from", "Choose the day");
        return show_new(&member, chosen, &typed, problems).await;
    };
    let tiers: Result<Vec<Tier>, String> = used.iter().map(|row| row.tier(currency)).collect();
    let tiers = match tiers {
        Ok(tiers) => Tiers(tiers),
        Err(words) => {
            return show_new(&member, chosen, &typed, Problems::one("tiers", words)).await;
        }
    };
    let (_, floor) = on(&member, place, from).await?;
    let (app, actor) = (member.app(), member.actor());
    match arrangement_rules::set_tiers(app, actor, place, from, (Some(tiers), floor)).await {
        Ok(_) => saved(&member, from).await,
        Err(err) => at_field(&member, chosen, &typed, ("tiers", &err)).await,
    }
}
