//! A new version of a collector's terms: base, rate, bonus tiers, goal.

use super::super::figures::{day, in_percent, money_of, percent};
use super::{Asked, base_words, plain, show_collector};
use crate::entry::{Member, sentence};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use domain::collector::{
    BonusMeasure, BonusMode, BonusPlan, BonusTier, CollectorRates, CreditBase, TierPay,
};
use domain::{Currency, UserId};
use service::collectors::{self, NewTerms, Terms};
use service::{Kind, Refused};
use std::collections::HashMap;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/collectors/{user}/terms", web::post().to(add));
}

/// What was typed.
pub(super) type Typed = HashMap<String, String>;

/// The tiers that the form has room for: where each begins, what it pays at once, or its share.
const TIERS: [(&str, &str, &str); 4] = [
    ("tier1_from", "tier1_fixed", "tier1_share"),
    ("tier2_from", "tier2_fixed", "tier2_share"),
    ("tier3_from", "tier3_fixed", "tier3_share"),
    ("tier4_from", "tier4_fixed", "tier4_share"),
];

/// The parts of the form.
pub(super) struct TermsForm {
    pub effective_on: Field,
    pub base: Choices,
    pub rate: Field,
    pub goal: Field,
    pub measure: Choices,
    pub mode: Choices,
    pub tiers: Vec<(usize, Field, Field, Field)>,
    /// Creditors with a rate of their own, and steps of the goal, which the new version keeps.
    pub keeps: (usize, usize),
}

impl TermsForm {
    pub fn new(page: &Page, typed: &Typed, newest: Option<&Terms>) -> Self {
        let one = |name: &str| typed.get(name).cloned().unwrap_or_default();
        let overrides = newest.map_or(0, |terms| terms.rates.overrides.len());
        let steps = newest.and_then(|terms| terms.bonus.as_ref());
        let tiers = TIERS.into_iter().zip(1..).map(|((from, fixed, share), n)| {
            let label = |what: &str| format!("{what}, tier {n}");
            (
                n,
                plain(page, from, &label("Reached at"), typed).money().class("w8").optional(),
                plain(page, fixed, &label("Pays at once"), typed).money().class("w8").optional(),
                plain(page, share, &label("Or percent"), typed).class("w4").optional(),
            )
        });
        Self {
            effective_on: plain(page, "effective_on", "For payments made from", typed).kind("date"),
            base: CreditBase::ALL
                .iter()
                .fold(page.choices("base", "The rate is of"), |all, base| {
                    all.option(base.name(), base_words(*base))
                })
                .chosen(one("base")),
            rate: plain(page, "rate", "Rate in percent", typed).class("w4"),
            goal: plain(page, "goal", "Goal of a month (optional)", typed)
                .money()
                .class("w8")
                .optional(),
            measure: page
                .choices("measure", "The bonus goes by")
                .option(BonusMeasure::Base.name(), "what the rate is of")
                .option(BonusMeasure::Commission.name(), "what was earned on it")
                .chosen(one("measure")),
            mode: page
                .choices("mode", "Tiers work")
                .option(BonusMode::Marginal.name(), "each for the slice inside it")
                .option(BonusMode::Cliff.name(), "the highest reached alone, on the whole")
                .chosen(one("mode")),
            tiers: tiers.collect(),
            keeps: (overrides, steps.map_or(0, |plan| plan.goal_steps.len())),
        }
    }
}

/// What the form shows at first: the newest terms, whose base, rate and tiers a new version mostly
/// keeps.
pub(super) fn typed_of(newest: Option<&Terms>) -> Typed {
    let mut typed = Typed::new();
    let Some(terms) = newest else { return typed };
    let mut put = |name: &str, text: String| drop(typed.insert(name.to_owned(), text));
    put("base", terms.base.name().to_owned());
    put("rate", in_percent(terms.rates.usual));
    if let Some(goal) = terms.goal {
        put("goal", goal.to_decimal());
    }
    if let Some(bonus) = &terms.bonus {
        put("measure", bonus.measure.name().to_owned());
        put("mode", bonus.mode.name().to_owned());
        for ((from, fixed, share), tier) in TIERS.into_iter().zip(&bonus.tiers) {
            put(from, tier.from.to_decimal());
            match tier.pay {
                TierPay::Fixed(money) => put(fixed, money.to_decimal()),
                TierPay::Share(rate) => put(share, in_percent(rate)),
            }
        }
    }
    typed
}

/// Terms in sentences.
pub(super) fn terms_words(terms: &Terms, currency: Currency) -> Vec<String> {
    let mut words =
        vec![format!("{} % of {}", in_percent(terms.rates.usual), base_words(terms.base))];
    if !terms.rates.overrides.is_empty() {
        words.push(format!("own rates for {} creditors", terms.rates.overrides.len()));
    }
    words.extend(terms.goal.map(|goal| format!("goal {} a month", goal.to_display(currency))));
    for tier in terms.bonus.iter().flat_map(|bonus| &bonus.tiers) {
        let pays = match tier.pay {
            TierPay::Fixed(money) => money.to_display(currency),
            TierPay::Share(rate) => format!("{} %", in_percent(rate)),
        };
        words.push(format!("bonus of {pays} from {}", tier.from.to_display(currency)));
    }
    words
}

async fn add(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let user = path.parse::<UserId>().map_err(|_| Refusal::NotFound)?;
    let typed = form.fields;
    let (app, actor) = (member.app(), member.actor());
    let versions = collectors::terms(app, actor, user).await.map_err(|e| refused(&e))?;
    let new = match new_terms(user, &typed, versions.first(), member.front().currency) {
        Ok(new) => new,
        Err(problems) => {
            return show_collector(&member, user, &Asked::default(), (Some(typed), problems)).await;
        }
    };
    match collectors::add_terms(app, actor, new).await {
        Ok(_) => {
            member.flash(Tone::Done, "The new terms were entered.").await?;
            Ok(go(format!("/collectors/{user}")))
        }
        Err(err) if matches!(err.kind(), Kind::Invalid | Kind::Conflict) => {
            let field = match err.pointer() {
                Some("/bonus") => "tier1_from",
                Some("/goal") => "goal",
                Some(_) | None => "effective_on",
            };
            let problems = Problems::one(field, sentence(&err.to_string()));
            show_collector(&member, user, &Asked::default(), (Some(typed), problems)).await
        }
        Err(err) => Err(refused(&err)),
    }
}

fn new_terms(
    collector: UserId,
    typed: &Typed,
    newest: Option<&Terms>,
    currency: Currency,
) -> Result<NewTerms, Problems> {
    let one = |name: &str| typed.get(name).map(|text| text.trim()).unwrap_or_default();
    let mut problems = Problems::none();
    let effective_on = day(one("effective_on"));
    if effective_on.is_none() {
        problems.add("effective_on", "Choose the day");
    }
    let base = CreditBase::parse(one("base"));
    if base.is_none() {
        problems.add("base", "Choose what the rate is of");
    }
    let rate = percent(one("rate"));
    if rate.is_none() {
        problems.add("rate", "Write percent as in 12.5");
    }
    let goal = match one("goal") {
        "" => None,
        text => {
            let goal = money_of(text, currency);
            if goal.is_none() {
                problems.add("goal", "Write the amount as in 4000.00");
            }
            goal
        }
    };
    let bonus = bonus(typed, newest, currency).unwrap_or_else(|(field, words)| {
        problems.add(field, words);
        None
    });
    match (effective_on, base, rate, problems.is_empty()) {
        (Some(effective_on), Some(base), Some(usual), true) => {
            let overrides = newest.map(|terms| terms.rates.overrides.clone()).unwrap_or_default();
            let rates = CollectorRates { usual, overrides };
            Ok(NewTerms { collector, effective_on, base, rates, bonus, goal })
        }
        (_, _, _, _) => Err(problems),
    }
}

/// The bonus plan, where a tier was typed. A tier ends where the next begins.
fn bonus(
    typed: &Typed,
    newest: Option<&Terms>,
    currency: Currency,
) -> Result<Option<BonusPlan>, (&'static str, &'static str)> {
    let one = |name: &str| typed.get(name).map(|text| text.trim()).unwrap_or_default();
    let mut tiers: Vec<BonusTier> = Vec::new();
    for (from, fixed, share) in TIERS {
        if one(from).is_empty() {
            continue;
        }
        let begins =
            money_of(one(from), currency).ok_or((from, "Write the amount as in 4000.00"))?;
        let pay = match (one(fixed), one(share)) {
            (money, "") => TierPay::Fixed(
                money_of(money, currency).ok_or((fixed, "Write what the tier pays"))?,
            ),
            ("", rate) => TierPay::Share(percent(rate).ok_or((share, "Write percent as in 12.5"))?),
            (_, _) => return Err((fixed, "A tier pays an amount or a share, not both")),
        };
        if let Some(last) = tiers.last_mut() {
            last.to = Some(begins);
        }
        tiers.push(BonusTier { from: begins, to: None, pay });
    }
    if tiers.is_empty() {
        return Ok(None);
    }
    let measure =
        BonusMeasure::parse(one("measure")).ok_or(("measure", "Choose what the bonus goes by"))?;
    let mode = BonusMode::parse(one("mode")).ok_or(("mode", "Choose how tiers work"))?;
    let kept = newest.and_then(|terms| terms.bonus.as_ref());
    let goal_steps = kept.map(|plan| plan.goal_steps.clone()).unwrap_or_default();
    Ok(Some(BonusPlan { measure, mode, tiers, goal_steps }))
}
