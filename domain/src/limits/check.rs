//! What is refused when limits are saved.

use super::range::{Span, SpanFault, faults};
use super::{Field, Limits};
use crate::money::Money;
use std::fmt;

/// Why limits cannot be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitsFault {
    /// A minimum below zero.
    #[error("{}: a minimum cannot be below zero", .0.name())]
    Negative(Field),
    /// A "most" of nothing, or a list of nothing: it would forbid everything.
    #[error("{}: zero or an empty list would forbid everything; leave it out instead", .0.name())]
    Nothing(Field),
    /// Balances that no range holds.
    #[error("no balance range holds {from} to {}", End(*below))]
    RangeGap {
        /// From this balance on.
        from: Money,
        /// Below this balance; none: without end.
        below: Option<Money>,
    },
    /// Balances that two ranges hold.
    #[error("two balance ranges hold {from} to {}", End(*below))]
    RangeOverlap {
        /// From this balance on.
        from: Money,
        /// Below this balance; none: without end.
        below: Option<Money>,
    },
    /// A range that holds no balance or starts below zero.
    #[error("the balance range from {from} to {} holds nothing", End(*below))]
    RangeEmpty {
        /// From this balance on.
        from: Money,
        /// Below this balance; none: without end.
        below: Option<Money>,
    },
}

/// The end of a range, in words.
pub(crate) struct End<T>(pub(crate) Option<T>);

impl<T: fmt::Display> fmt::Display for End<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(below) => write!(f, "below {below}"),
            None => f.write_str("without end"),
        }
    }
}

impl LimitsFault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Negative(_) => "limit_negative",
            Self::Nothing(_) => "limit_nothing",
            Self::RangeGap { .. } => "range_gap",
            Self::RangeOverlap { .. } => "range_overlap",
            Self::RangeEmpty { .. } => "range_empty",
        }
    }
}

impl Limits {
    /// Everything that keeps these limits from being saved.
    pub fn check(&self) -> Result<(), Vec<LimitsFault>> {
        let mut found = Vec::new();
        let ranges = || self.plan_balance_ranges.iter().flatten();
        let minimums = [
            (Field::PromiseMinAmount, self.promise_min_amount),
            (Field::PromiseMinAdditional, self.promise_min_additional),
            (Field::PlanMinPayment, self.plan_min_payment),
        ];
        found.extend(
            minimums
                .into_iter()
                .chain(ranges().map(|range| (Field::PlanBalanceRanges, range.min_payment)))
                .filter(|(_, least)| least.is_some_and(Money::is_negative))
                .map(|(field, _)| LimitsFault::Negative(field)),
        );
        let mosts = [
            (Field::PromiseMostOpen, self.promise_most_open),
            (Field::PlanMostInstallments, self.plan_most_installments),
            (Field::PlanMostDays, self.plan_most_days),
            (
                Field::PlanFrequencies,
                self.plan_frequencies.as_ref().map(|all| u32::from(!all.is_empty())),
            ),
        ];
        found.extend(
            mosts
                .into_iter()
                .chain(ranges().map(|range| (Field::PlanBalanceRanges, range.most_installments)))
                .filter(|(_, most)| *most == Some(0))
                .map(|(field, _)| LimitsFault::Nothing(field)),
        );
        if self.plan_balance_ranges.is_some() {
            let spans: Vec<_> =
                ranges().map(|range| Span { from: range.from, below: range.below }).collect();
            found.extend(faults(&spans).into_iter().map(|fault| match fault {
                SpanFault::Gap(Span { from, below }) => LimitsFault::RangeGap { from, below },
                SpanFault::Overlap(Span { from, below }) => {
                    LimitsFault::RangeOverlap { from, below }
                }
                SpanFault::Empty(Span { from, below }) => LimitsFault::RangeEmpty { from, below },
            }));
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}
