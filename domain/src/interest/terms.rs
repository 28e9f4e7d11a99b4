//! The terms under which an account's interest accrues.

use super::{AnnualRate, Basis};
use crate::bucket::Buckets;
use crate::money::Amount;
use chrono::{Months, NaiveDate};

/// A rate and the date from the day after which it is in force (money rule 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestRateChange))]
pub struct RateChange {
    /// The last day of the rate before; the first day at this rate is the next one.
    pub effective_on: NaiveDate,
    /// Interest for a year as a decimal text, such as `0.09`; at most 10.
    pub rate: AnnualRate,
}

/// What bears interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestBase))]
pub enum Base {
    /// The principal.
    #[default]
    Principal,
    /// The principal and the court costs.
    PrincipalAndCosts,
    /// The principal until the judgment; from then on the judgment amount, in which the whole debt
    /// merges: what the original terms accrued is then ignored.
    JudgmentAmount,
}

/// How often unpaid interest begins to bear interest itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestCompounding))]
pub enum Compounding {
    /// Each month, counted from the start date; the month's last day where the day is missing.
    Monthly,
    /// Each three months.
    Quarterly,
    /// Each six months.
    SemiAnnually,
    /// Each year.
    Annually,
}

impl Compounding {
    /// The `count`-th compounding date of an interest that starts on a date.
    pub(super) fn date(self, start: NaiveDate, count: u32) -> Option<NaiveDate> {
        start.checked_add_months(Months::new(count.checked_mul(self.months())?))
    }

    /// Months of a period.
    pub(super) fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::SemiAnnually => 6,
            Self::Annually => 12,
        }
    }
}

/// A judgment: from the day after it the debt bears interest at the judgment's rate alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestJudgment))]
pub struct Judgment {
    /// The day on which it was entered.
    pub entered_on: NaiveDate,
    /// What was adjudged, as decimal text.
    #[serde(with = "super::text")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, max_length = 18, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "5200.00")
    )]
    pub amount: Amount,
    /// Interest for a year after the judgment.
    pub rate: AnnualRate,
    /// How the judgment's interest compounds, counted from the judgment; none: simple interest.
    #[serde(default)]
    pub compounding: Option<Compounding>,
}

impl Judgment {
    /// The balance once the debt has merged in the judgment.
    pub(super) fn merged(&self) -> Buckets {
        Buckets { principal: self.amount.money(), ..Buckets::default() }
    }
}

names! {
    /// Why interest stops (domain rule 2.9).
    StopReason {
        /// The account was closed.
        Closed = "closed";
        /// The debt is disputed. It stops interest only where the creditor says so.
        Dispute = "dispute";
        /// A bankruptcy was filed.
        Bankruptcy = "bankruptcy";
        /// The debtor has died.
        Deceased = "deceased";
        /// Waived while a plan is in good standing.
        PlanWaiver = "plan_waiver";
        /// A settlement was accepted.
        Settlement = "settlement";
        /// The date to which interest may accrue at most.
        CapDate = "cap_date";
    }
}

/// An interval without interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestStop))]
pub struct Stop {
    /// What stops it.
    pub reason: StopReason,
    /// The last day that bears interest.
    pub from: NaiveDate,
    /// The last day without interest; none: for good.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// The terms of an account's interest. Without authority, rate or start nothing accrues: a
/// collector may collect interest only where the agreement or the law permits it
/// (FDCPA 1692f(1)).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestTerms))]
pub struct Terms {
    /// The agreement or law that permits the interest; none: nothing accrues.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "Card agreement, § 7"))]
    pub authority: Option<String>,
    /// The date from which interest accrues, itself excluded; none: nothing accrues.
    #[serde(default)]
    pub starts_on: Option<NaiveDate>,
    /// The rates, oldest first. Days before the first bear no interest.
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub rates: Vec<RateChange>,
    /// By how many days a year's interest is divided.
    pub basis: Basis,
    /// What bears interest.
    #[serde(default)]
    pub base: Base,
    /// The judgment, once there is one.
    #[serde(default)]
    pub judgment: Option<Judgment>,
    /// Intervals without interest; they may overlap.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub stops: Vec<Stop>,
    /// Whether the creditor wants a dispute to stop interest.
    #[serde(default)]
    pub stop_on_dispute: bool,
    /// The most interest that may be posted under these terms, before and after a judgment
    /// together; none: no limit.
    #[serde(default, with = "super::text::optional")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, max_length = 18, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "500.00")
    )]
    pub cap: Option<Amount>,
    /// How interest compounds before a judgment; none: simple interest.
    #[serde(default)]
    pub compounding: Option<Compounding>,
}

/// Days that bear interest alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Its last day.
    pub(super) through: NaiveDate,
    /// A day's interest on one cent: rate in millionths times share of the year. Zero: none.
    pub(super) daily: i128,
}

impl Terms {
    /// Terms under which nothing accrues.
    pub fn none() -> Self {
        Self {
            authority: None,
            starts_on: None,
            rates: Vec::new(),
            basis: Basis::Days365,
            base: Base::Principal,
            judgment: None,
            stops: Vec::new(),
            stop_on_dispute: false,
            cap: None,
            compounding: None,
        }
    }

    /// The rate in force on a day: the judgment's after it, else the latest change dated before the
    /// day. Stops do not matter here.
    pub fn rate_on(&self, day: NaiveDate) -> Option<AnnualRate> {
        match self.judgment {
            Some(judgment) if judgment.entered_on < day => Some(judgment.rate),
            Some(_) | None => {
                self.rates.iter().rev().find(|c| c.effective_on < day).map(|c| c.rate)
            }
        }
    }

    /// Whether a day bears interest at all.
    pub fn accrues_on(&self, day: NaiveDate) -> bool {
        day.pred_opt().is_some_and(|before| self.stretch(before, day).daily > 0)
    }

    /// The last day on which a day's interest on an unchanged base is the same as on the day after
    /// `at`; none: it never changes again.
    pub(super) fn steady_through(&self, at: NaiveDate) -> Option<NaiveDate> {
        let through = self.stretch(at, NaiveDate::MAX).through;
        (through < NaiveDate::MAX).then_some(through)
    }

    /// The days after `at`, up to `to` at most, that bear interest alike. `at` is before `to`.
    pub(super) fn stretch(&self, at: NaiveDate, to: NaiveDate) -> Stretch {
        let idle = |through: NaiveDate| Stretch { through: through.min(to), daily: 0 };
        let permitted = self.authority.as_ref().is_some_and(|a| !a.trim().is_empty());
        let Some(starts_on) = self.starts_on.filter(|_| permitted) else { return idle(to) };
        if at < starts_on {
            return idle(starts_on);
        }
        let Some(day) = at.succ_opt() else { return idle(to) };
        let mut through = to;
        let mut stopped = false;
        for stop in self.stops.iter().filter(|stop| self.heeds(stop)) {
            if stop.from > at {
                through = through.min(stop.from);
            } else if stop.until.is_none_or(|until| until > at) {
                stopped = true;
                through = through.min(stop.until.unwrap_or(to));
            }
        }
        if stopped {
            return idle(through);
        }
        if let Some(judgment) = self.judgment.filter(|judgment| judgment.entered_on > at) {
            through = through.min(judgment.entered_on);
        }
        if let Some(next) = self.rates.iter().find(|change| change.effective_on > at) {
            through = through.min(next.effective_on);
        }
        if let Some(steady) = self.basis.steady_through(day) {
            through = through.min(steady);
        }
        let rate = self.rate_on(day).map_or(0, AnnualRate::millionths);
        Stretch { through, daily: rate * self.basis.share(day) }
    }

    fn heeds(&self, stop: &Stop) -> bool {
        match stop.reason {
            StopReason::Dispute => self.stop_on_dispute,
            StopReason::Closed
            | StopReason::Bankruptcy
            | StopReason::Deceased
            | StopReason::PlanWaiver
            | StopReason::Settlement
            | StopReason::CapDate => true,
        }
    }
}
