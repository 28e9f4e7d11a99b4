//! What a contract says about interest; with what the account brings it makes the terms.

use super::{
    AccountDates, AnnualRate, Base, Basis, Compounding, Fault, FaultCode, Judgment, RateChange,
    StartRule, Stop, StopReason, Terms,
};
use crate::money::Amount;
use chrono::NaiveDate;

/// How a creditor's debts bear interest (domain rule 2.9). It never permits interest by itself: the
/// account has to bring the rate and the agreement or law behind it (15 USC 1692f(1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "db", derive(sea_orm::FromJsonQueryResult))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestPolicy))]
pub struct Policy {
    /// By how many days a year's interest is divided.
    pub basis: Basis,
    /// What bears interest.
    #[serde(default)]
    pub base: Base,
    /// From which date interest accrues where the placement did not name one.
    pub start: StartRule,
    /// Whether a dispute stops interest until it is settled.
    #[serde(default)]
    pub stop_on_dispute: bool,
    /// Whether interest is waived while a payment plan is in good standing.
    #[serde(default)]
    pub waive_on_plan: bool,
    /// The last day that bears interest; none: no such day.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The most interest that may be added to one account; none: no limit.
    #[serde(default, with = "super::text::optional")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, max_length = 18, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "500.00")
    )]
    pub cap: Option<Amount>,
    /// How interest compounds before a judgment; none: simple interest.
    #[serde(default)]
    pub compounding: Option<Compounding>,
    /// How a judgment's interest compounds; none: simple interest.
    #[serde(default)]
    pub judgment_compounding: Option<Compounding>,
}

/// What an account brings to its interest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfAccount {
    /// The agreement or law that permits it.
    pub authority: Option<String>,
    /// The rate of a year.
    pub rate: Option<AnnualRate>,
    /// The start that the placement named.
    pub starts_on: Option<NaiveDate>,
    /// The dates from which the policy may let it start.
    pub dates: AccountDates,
    /// A judgment: its day, amount and rate.
    pub judgment: Option<(NaiveDate, Amount, AnnualRate)>,
    /// What stopped it, as it happened; the policy decides which of these it heeds.
    pub stops: Vec<Stop>,
}

impl Policy {
    /// 365 days, on the principal, from the placement on; nothing else.
    pub fn usual() -> Self {
        Self {
            basis: Basis::Days365,
            base: Base::Principal,
            start: StartRule::Placement {},
            stop_on_dispute: false,
            waive_on_plan: false,
            until: None,
            cap: None,
            compounding: None,
            judgment_compounding: None,
        }
    }

    /// Everything that keeps the policy from being saved.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        match self.start {
            StartRule::Service { days } if days > 3_650 => faults
                .push(Fault { pointer: "/start/days".to_owned(), code: FaultCode::ServiceDays }),
            StartRule::Explicit { on } if self.until.is_some_and(|until| until < on) => faults
                .push(Fault { pointer: "/until".to_owned(), code: FaultCode::UntilBeforeStart }),
            StartRule::ChargeOff {}
            | StartRule::LastPayment {}
            | StartRule::Placement {}
            | StartRule::Service { .. }
            | StartRule::Judgment {}
            | StartRule::Explicit { .. } => {}
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The terms of an account under this policy. A judgment brings its own authority and rate;
    /// without any, nothing accrues.
    pub fn terms(&self, account: OfAccount) -> Terms {
        let OfAccount { authority, rate, starts_on, dates, judgment, stops } = account;
        let judgment = judgment.map(|(entered_on, amount, rate)| Judgment {
            entered_on,
            amount,
            rate,
            compounding: self.judgment_compounding,
        });
        let authority = authority.filter(|authority| !authority.trim().is_empty());
        let agreed = authority.is_some() && rate.is_some();
        let starts_on = if agreed {
            starts_on.or_else(|| self.start.resolve(&dates))
        } else {
            judgment.map(|judgment| judgment.entered_on)
        };
        let rates = match (rate, starts_on) {
            (Some(rate), Some(start)) if agreed => vec![RateChange { effective_on: start, rate }],
            _ => Vec::new(),
        };
        let heeded = |stop: &Stop| match stop.reason {
            StopReason::PlanWaiver => self.waive_on_plan,
            StopReason::Closed
            | StopReason::Dispute
            | StopReason::Bankruptcy
            | StopReason::Deceased
            | StopReason::Settlement
            | StopReason::CapDate => true,
        };
        let mut stops: Vec<Stop> = stops.into_iter().filter(heeded).collect();
        stops.extend(self.until.map(|from| Stop {
            reason: StopReason::CapDate,
            from,
            until: None,
        }));
        Terms {
            authority: authority.or_else(|| judgment.map(|_| "Judgment".to_owned())),
            starts_on,
            rates,
            basis: self.basis,
            base: self.base,
            judgment,
            stops,
            stop_on_dispute: self.stop_on_dispute,
            cap: self.cap,
            compounding: self.compounding,
        }
    }
}

impl Terms {
    /// Whether interest can accrue on any day at all.
    pub fn accrue(&self) -> bool {
        let rated = self.judgment.is_some() || !self.rates.is_empty();
        self.authority.is_some() && self.starts_on.is_some() && rated
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{money, on, principal};
    use super::super::{Position, due};
    use super::*;
    use crate::Money;

    fn rate(text: &str) -> Option<AnnualRate> {
        Some(AnnualRate::parse(text).unwrap())
    }

    fn account() -> OfAccount {
        OfAccount {
            authority: Some("Agreement, § 7".to_owned()),
            rate: rate("0.09"),
            dates: AccountDates { placed_on: Some(on("2024-01-15")), ..AccountDates::default() },
            ..OfAccount::default()
        }
    }

    fn owes(policy: &Policy, account: OfAccount, day: &str) -> Money {
        let position: Position = principal("5000.00", "2024-01-15");
        due(&policy.terms(account), &position, on(day)).unwrap()
    }

    /// E3: 5000 x 0.09 x 76 / 365 = 93.70.
    #[test]
    fn the_policy_starts_interest_where_the_placement_names_no_day() {
        let policy = Policy::usual();
        assert_eq!(owes(&policy, account(), "2024-03-31"), money("93.70"));
        // Named: 30 days less, 5000 x 0.09 x 46 / 365 = 56.71.
        let named = OfAccount { starts_on: Some(on("2024-02-14")), ..account() };
        assert_eq!(owes(&policy, named, "2024-03-31"), money("56.71"));
        let by_charge_off = Policy { start: StartRule::ChargeOff {}, ..policy };
        assert_eq!(owes(&by_charge_off, account(), "2024-03-31"), Money::ZERO);
    }

    /// 15 USC 1692f(1).
    #[test]
    fn nothing_accrues_on_a_rate_without_authority_or_an_authority_without_a_rate() {
        let policy = Policy::usual();
        assert!(policy.terms(account()).accrue());
        for lacking in [
            OfAccount { authority: None, ..account() },
            OfAccount { authority: Some("  ".to_owned()), ..account() },
            OfAccount { rate: None, ..account() },
        ] {
            assert!(!policy.terms(lacking.clone()).accrue());
            assert_eq!(owes(&policy, lacking, "2025-01-15"), Money::ZERO);
        }
    }

    /// 5000 x 0.05 x 100 / 365 = 68.49: the judgment is its own authority.
    #[test]
    fn a_judgment_bears_interest_by_itself() {
        let amount = Amount::new(money("5000.00")).unwrap();
        let judgment = rate("0.05").map(|rate| (on("2024-02-01"), amount, rate));
        let only = OfAccount { judgment, ..OfAccount::default() };
        let policy = Policy { base: Base::JudgmentAmount, ..Policy::usual() };
        let terms = policy.terms(only.clone());
        assert!(terms.accrue());
        assert!(!Terms { starts_on: None, ..terms }.accrue(), "not before it begins");
        assert_eq!(owes(&policy, only.clone(), "2024-05-11"), money("68.49"));
        // A rate that nobody agreed to stays out of it.
        let with_rate = OfAccount { rate: rate("0.24"), ..only };
        assert_eq!(policy.terms(with_rate.clone()).rates, []);
        assert_eq!(owes(&policy, with_rate, "2024-05-11"), money("68.49"));
    }

    #[test]
    fn the_highest_rate_may_be_agreed_to() {
        let highest = OfAccount { rate: Some(AnnualRate::MAX), ..account() };
        assert_eq!(Policy::usual().terms(highest).check(), Ok(()));
    }

    #[test]
    fn the_policy_says_which_stops_count() {
        let stop = |reason| Stop { reason, from: on("2024-02-14"), until: Some(on("2024-03-15")) };
        let stopped = |reason| OfAccount { stops: vec![stop(reason)], ..account() };
        let (whole, less) = (money("93.70"), money("56.71"));
        let plain = Policy::usual();
        let heeding = Policy { stop_on_dispute: true, waive_on_plan: true, ..plain };
        for reason in [StopReason::Dispute, StopReason::PlanWaiver] {
            assert_eq!(owes(&plain, stopped(reason), "2024-03-31"), whole, "{reason:?}");
            assert_eq!(owes(&heeding, stopped(reason), "2024-03-31"), less, "{reason:?}");
        }
        assert_eq!(owes(&plain, stopped(StopReason::Bankruptcy), "2024-03-31"), less);
        let ends = Policy { until: Some(on("2024-03-01")), ..plain };
        assert_eq!(owes(&ends, account(), "2024-03-31"), money("56.71"));
    }

    #[test]
    fn a_policy_that_contradicts_itself_is_named() {
        assert_eq!(Policy::usual().check(), Ok(()));
        let start = StartRule::Explicit { on: on("2024-05-01") };
        let policy = Policy { start, until: Some(on("2024-04-30")), ..Policy::usual() };
        let fault = &policy.check().unwrap_err()[0];
        assert_eq!((fault.pointer.as_str(), fault.code), ("/until", FaultCode::UntilBeforeStart));
        let policy = Policy { start: StartRule::Service { days: 3_651 }, ..Policy::usual() };
        assert_eq!(policy.check().unwrap_err()[0].code, FaultCode::ServiceDays);
        let json = r#"{"basis":"365","start":{"rule":"placement"},"cap":"12.50"}"#;
        let read: Policy = serde_json::from_str(json).unwrap();
        assert_eq!(read.cap.map(Amount::money), Some(money("12.50")));
        assert!(
            serde_json::from_str::<Policy>(r#"{"basis":"366","start":{"rule":"placement"}}"#)
                .is_err()
        );
    }
}
