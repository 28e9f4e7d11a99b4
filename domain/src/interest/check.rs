//! What terms of interest are refused when they are saved.

use super::{AnnualRate, Base, StopReason, Terms};
use chrono::NaiveDate;

names! {
    /// The stable code of a fault in terms of interest.
    FaultCode {
        /// The authority is written but blank.
        AuthorityBlank = "interest_authority_blank";
        /// A rate exceeds 1000 % a year.
        RateOutOfRange = "interest_rate_out_of_range";
        /// Two rates of the same date.
        RateDuplicate = "interest_rate_duplicate";
        /// The rates are not in the order of their dates.
        RatesUnordered = "interest_rates_unordered";
        /// The judgment amount bears interest, but there is no judgment.
        JudgmentMissing = "interest_judgment_missing";
        /// The judgment is older than the start of the interest.
        JudgmentBeforeStart = "interest_judgment_before_start";
        /// A stop begins before the interest does.
        StopBeforeStart = "interest_stop_before_start";
        /// A stop ends before or when it begins.
        StopEmpty = "interest_stop_empty";
        /// The same reason stops interest twice from the same date.
        StopDuplicate = "interest_stop_duplicate";
        /// The date to which interest may accrue at most does not end.
        CapDateEnds = "interest_cap_date_ends";
        /// Something compounds that has no start date to count from.
        CompoundingWithoutStart = "interest_compounding_without_start";
        /// The last day of a policy lies before its start.
        UntilBeforeStart = "interest_until_before_start";
        /// More days after the service than ten years have.
        ServiceDays = "interest_service_days";
    }
}

/// One fault: where it is, and which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {}", .code.words())]
pub struct Fault {
    /// The JSON pointer inside the terms, such as `/rates/1/rate`.
    pub pointer: String,
    /// Its stable code.
    pub code: FaultCode,
}

impl FaultCode {
    /// What a person can do about it.
    pub fn words(self) -> &'static str {
        match self {
            Self::AuthorityBlank => {
                "name the agreement or law that permits interest, or leave it out"
            }
            Self::RateOutOfRange => {
                "a rate is at most 10 (1000 % a year): write 9 % as \"0.09\", not as \"9\""
            }
            Self::RateDuplicate => "only one rate may take effect on a date",
            Self::RatesUnordered => "list the rates by date, oldest first",
            Self::JudgmentMissing => "interest on the judgment amount needs the judgment",
            Self::JudgmentBeforeStart => "the judgment cannot be entered before interest starts",
            Self::StopBeforeStart => "interest cannot stop before it starts",
            Self::StopEmpty => "a stop ends at least a day after it begins",
            Self::StopDuplicate => "the same reason already stops interest from this date",
            Self::CapDateEnds => "the cap date stops interest for good: leave out its end",
            Self::CompoundingWithoutStart => "compounding is counted from a start date: give one",
            Self::UntilBeforeStart => "the last day of interest cannot lie before its start",
            Self::ServiceDays => "interest starts at most 3650 days after the service",
        }
    }
}

impl Terms {
    /// Everything that is wrong with the terms, in the order in which they are written; nothing
    /// accrues wrongly from terms that pass.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |pointer: String, code| faults.push(Fault { pointer, code });
        if self.authority.as_ref().is_some_and(|authority| authority.trim().is_empty()) {
            fault("/authority".to_owned(), FaultCode::AuthorityBlank);
        }
        let mut before: Option<NaiveDate> = None;
        for (nth, change) in self.rates.iter().enumerate() {
            if change.rate > AnnualRate::MAX {
                fault(format!("/rates/{nth}/rate"), FaultCode::RateOutOfRange);
            }
            match before {
                Some(date) if date == change.effective_on => {
                    fault(format!("/rates/{nth}/effective_on"), FaultCode::RateDuplicate);
                }
                Some(date) if date > change.effective_on => {
                    fault(format!("/rates/{nth}/effective_on"), FaultCode::RatesUnordered);
                }
                Some(_) | None => {}
            }
            before = before.max(Some(change.effective_on));
        }
        match self.judgment {
            Some(judgment) => {
                if self.starts_on.is_some_and(|start| judgment.entered_on < start) {
                    fault("/judgment/entered_on".to_owned(), FaultCode::JudgmentBeforeStart);
                }
                if judgment.rate > AnnualRate::MAX {
                    fault("/judgment/rate".to_owned(), FaultCode::RateOutOfRange);
                }
            }
            None if self.base == Base::JudgmentAmount => {
                fault("/judgment".to_owned(), FaultCode::JudgmentMissing);
            }
            None => {}
        }
        self.check_stops(&mut fault);
        if self.compounding.is_some() && self.starts_on.is_none() {
            fault("/compounding".to_owned(), FaultCode::CompoundingWithoutStart);
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn check_stops(&self, fault: &mut impl FnMut(String, FaultCode)) {
        for (nth, stop) in self.stops.iter().enumerate() {
            if self.starts_on.is_some_and(|start| stop.from < start) {
                fault(format!("/stops/{nth}/from"), FaultCode::StopBeforeStart);
            }
            if stop.until.is_some_and(|until| until <= stop.from) {
                fault(format!("/stops/{nth}/until"), FaultCode::StopEmpty);
            }
            if stop.reason == StopReason::CapDate && stop.until.is_some() {
                fault(format!("/stops/{nth}/until"), FaultCode::CapDateEnds);
            }
            let same =
                |other: &&super::Stop| (other.reason, other.from) == (stop.reason, stop.from);
            if self.stops.iter().take(nth).any(|other| same(&other)) {
                fault(format!("/stops/{nth}"), FaultCode::StopDuplicate);
            }
        }
    }
}
