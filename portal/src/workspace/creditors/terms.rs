//! A creditor's contract terms, as they are typed and read.

mod form;

pub use form::TermsForm;

use crate::form::Problems;
use chrono::{NaiveDate, Weekday};
use domain::allocation::{AllocationOrder, BucketPercent};
use domain::hold::{DayUnit, HoldDays, HoldTerms};
use domain::interest::{Base, Basis, Compounding, Policy, StartRule};
use domain::remittance::{FeePolicy, Period, RemittanceMethod, ReturnPolicy, Terms};
use domain::{Amount, Bucket, CreditorId, Currency, Money, Rate};
use serde::{Deserialize, Serialize};
use service::contracts::{Contract, ContractRefused, NewContract};
use service::{Kind, Refused};
use std::collections::BTreeMap;

/// What was typed, by the name of the field; what is not sent is empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    fn or(&self, name: &str, usual: &str) -> String {
        self.0.get(name).map_or(usual, String::as_str).to_owned()
    }

    /// The terms, or everything that was wrong.
    pub fn read(&self, creditor: CreditorId) -> Result<NewContract, Problems> {
        let mut problems = Problems::none();
        let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
        let effective_on = day(self.get("effective_on"));
        if effective_on.is_none() {
            problems.add("effective_on", "Write the day as in 2026-12-01");
        }
        let mut share = |name: &'static str| match self.get(name) {
            "" => None,
            text => Rate::parse(text)
                .inspect_err(|_| problems.add(name, "Write the share as in 0.3 for 30 %"))
                .ok(),
        };
        let (commission_rate, tax_rate) = (share("rate"), share("tax_rate"));
        let allocation_percents = self.percents(&mut problems);
        let remittance = self.remittance(&mut problems);
        let holds = self.holds(&mut problems);
        let interest = self.interest(&mut problems);
        let Some(effective_on) = effective_on.filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        Ok(NewContract {
            creditor,
            effective_on,
            commission_rate,
            allocation_order: self.order(),
            allocation_percents,
            remittance,
            holds: Some(holds),
            tax_rate,
            interest,
        })
    }

    fn order(&self) -> [Bucket; 5] {
        use Bucket::{Costs, Fees, Interest, Other, Principal};
        match self.get("order") {
            "principal_first" => [Principal, Interest, Fees, Costs, Other],
            "interest_first" => [Costs, Interest, Principal, Fees, Other],
            _ => AllocationOrder::USUAL.buckets(),
        }
    }

    fn percents(&self, problems: &mut Problems) -> Vec<BucketPercent> {
        let parts = self.get("percents").split(',').map(str::trim).filter(|part| !part.is_empty());
        let read = |part: &str| {
            let (bucket, percent) = part.split_once(' ')?;
            let bucket = Bucket::ALL.into_iter().find(|one| one.name() == bucket)?;
            Some(BucketPercent { bucket, percent: Rate::parse(percent.trim()).ok()? })
        };
        let found: Option<Vec<BucketPercent>> = parts.map(read).collect();
        found.unwrap_or_else(|| {
            problems.add("percents", "Write bucket and share, as in: principal 0.5, interest 0.2");
            Vec::new()
        })
    }

    fn remittance(&self, problems: &mut Problems) -> Terms {
        let usual = Terms::default();
        let detail = self.get("period_detail");
        let period = match self.get("period") {
            "day" => Period::Day {},
            "half_month" => Period::HalfMonth {},
            "ad_hoc" => Period::AdHoc {},
            "week" => match detail.parse::<Weekday>() {
                Ok(ends_on) => Period::Week { ends_on },
                Err(_) => {
                    problems.add("period_detail", "Write the weekday on which it ends, as in Fri");
                    usual.period
                }
            },
            "two_weeks" => match NaiveDate::parse_from_str(detail, "%Y-%m-%d") {
                Ok(anchor) => Period::TwoWeeks { anchor },
                Err(_) => {
                    let words = "Write a day on which such a period ends, as in 2026-12-04";
                    problems.add("period_detail", words);
                    usual.period
                }
            },
            _ => Period::Month {},
        };
        let minimum = match self.get("minimum") {
            "" => Money::ZERO,
            text => money(text).unwrap_or_else(|| {
                problems.add("minimum", "Write the amount as in 25.00");
                Money::ZERO
            }),
        };
        Terms {
            method: RemittanceMethod::parse(self.get("method")).unwrap_or(usual.method),
            period,
            minimum,
            returns: ReturnPolicy::parse(self.get("returns")).unwrap_or(usual.returns),
            offset_directs: self.get("offset_directs") != "no",
            processor_fees: FeePolicy::parse(self.get("fees")).unwrap_or(usual.processor_fees),
            empty_statements: self.get("empty_statements") == "yes",
            show_matched: self.get("show_matched") == "yes",
            invoice_days: self.number("invoice_days", usual.invoice_days, problems),
        }
    }

    fn number(&self, name: &'static str, usual: u16, problems: &mut Problems) -> u16 {
        match self.get(name) {
            "" => usual,
            text => text.parse().unwrap_or_else(|_| {
                problems.add(name, "Write a whole number of days");
                usual
            }),
        }
    }

    fn holds(&self, problems: &mut Problems) -> HoldTerms {
        let usual = HoldTerms::default();
        let mut hold = |name: &'static str, unit: &str, usual: HoldDays| HoldDays {
            days: self.number(name, usual.days, problems),
            unit: DayUnit::parse(self.get(unit)).unwrap_or(usual.unit),
        };
        HoldTerms {
            online: hold("hold_online", "hold_online_unit", usual.online),
            card: hold("hold_card", "hold_card_unit", usual.card),
            ach: hold("hold_ach", "hold_ach_unit", usual.ach),
            check: hold("hold_check", "hold_check_unit", usual.check),
            cash: hold("hold_cash", "hold_cash_unit", usual.cash),
            wire: hold("hold_wire", "hold_wire_unit", usual.wire),
            money_order: hold("hold_money_order", "hold_money_order_unit", usual.money_order),
        }
    }

    fn interest(&self, problems: &mut Problems) -> Option<Policy> {
        let basis = Basis::parse(self.get("basis"))?;
        let mut day = |name: &'static str, needed: bool| match self.get(name) {
            "" if !needed => None,
            text => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .inspect_err(|_| problems.add(name, "Write the day as in 2026-12-01"))
                .ok(),
        };
        let explicit = self.get("start") == "explicit";
        let (start_on, until) = (day("start_on", explicit), day("until", false));
        let start = match self.get("start") {
            "charge_off" => StartRule::ChargeOff {},
            "last_payment" => StartRule::LastPayment {},
            "judgment" => StartRule::Judgment {},
            "service" => StartRule::Service { days: self.number("start_days", 0, problems) },
            "explicit" => start_on.map_or(StartRule::Placement {}, |on| StartRule::Explicit { on }),
            _ => StartRule::Placement {},
        };
        let cap = match self.get("cap") {
            "" => None,
            text => {
                let amount = money(text).and_then(|money| Amount::new(money).ok());
                if amount.is_none() {
                    problems.add("cap", "Write the amount as in 500.00");
                }
                amount
            }
        };
        Some(Policy {
            basis,
            base: match self.get("base") {
                "principal_and_costs" => Base::PrincipalAndCosts,
                "judgment_amount" => Base::JudgmentAmount,
                _ => Base::Principal,
            },
            start,
            stop_on_dispute: self.get("stop_on_dispute") == "yes",
            waive_on_plan: self.get("waive_on_plan") == "yes",
            until,
            cap,
            compounding: compounding(self.get("compounding")),
            judgment_compounding: compounding(self.get("judgment_compounding")),
        })
    }
}

fn money(text: &str) -> Option<Money> {
    // Both currencies have two decimals.
    Money::parse(&text.replace(',', ""), Currency::Usd).ok()
}

fn compounding(text: &str) -> Option<Compounding> {
    match text {
        "monthly" => Some(Compounding::Monthly),
        "quarterly" => Some(Compounding::Quarterly),
        "semi_annually" => Some(Compounding::SemiAnnually),
        "annually" => Some(Compounding::Annually),
        _ => None,
    }
}

/// At which field a refusal of the terms stands; none: it is a page of its own.
pub fn at_terms(err: &ContractRefused) -> Option<Problems> {
    let field = match err {
        ContractRefused::BadAllocation(_) => "percents",
        ContractRefused::BadRemittance(_) => "method",
        ContractRefused::BadHold(_) => "hold_check",
        ContractRefused::BadInterest(faults) => {
            let mut problems = Problems::none();
            for fault in faults {
                let field = if fault.pointer == "/until" { "until" } else { "start_days" };
                problems.add(field, crate::entry::sentence(fault.code.words()));
            }
            return Some(problems);
        }
        ContractRefused::UnknownCreditor
        | ContractRefused::DateTaken(_)
        | ContractRefused::MethodOffBoundary { .. }
        | ContractRefused::PeriodClosed { .. }
        | ContractRefused::Stop(_) => "effective_on",
    };
    let acts = matches!(err.kind(), Kind::Invalid | Kind::Conflict);
    acts.then(|| Problems::one(field, crate::entry::sentence(&err.to_string())))
}

/// The terms of a version in plain words, beside its date, rate, method and order.
pub fn words(row: &Contract) -> Vec<String> {
    let mut words = vec![match row.remittance.period {
        Period::Day {} => "remitted each day".to_owned(),
        Period::Week { ends_on } => format!("remitted each week to {ends_on}"),
        Period::TwoWeeks { .. } => "remitted every two weeks".to_owned(),
        Period::HalfMonth {} => "remitted twice a month".to_owned(),
        Period::Month {} => "remitted each month".to_owned(),
        Period::AdHoc {} => "remitted whenever somebody closes".to_owned(),
    }];
    if row.remittance.minimum.is_positive() {
        words.push(format!("from {} on", row.remittance.minimum));
    }
    words.push(match row.remittance.returns {
        ReturnPolicy::Carry => "deficits carried".to_owned(),
        ReturnPolicy::Invoice => "deficits billed".to_owned(),
        ReturnPolicy::Credit => "returns to an open credit".to_owned(),
    });
    if let Some(tax) = row.tax_rate {
        words.push(format!("tax {}", super::percent(tax)));
    }
    let holds = row.holds.unwrap_or_default();
    for (label, held) in [("card", holds.card), ("bank debit", holds.ach), ("check", holds.check)] {
        words.push(format!("{label} held {} {} days", held.days, held.unit.name()));
    }
    match row.interest {
        Some(policy) => {
            let stops = if policy.stop_on_dispute { ", stopped by a dispute" } else { "" };
            let cap = policy.cap.map(|cap| format!(", at most {cap}")).unwrap_or_default();
            words.push(format!("interest by {}{cap}{stops}", policy.basis.name()));
        }
        None => words.push("no interest".to_owned()),
    }
    words
}
