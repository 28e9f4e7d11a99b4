//! The worklist: which work comes first, and when an account is due again (domain rule 2.11).

use crate::account::{AccountStatus, Disposition};
use chrono::{DateTime, Duration, NaiveDate, Utc};

/// How long an agent keeps an account that `next` handed out without logging a result.
pub const LEASE_MINUTES: i64 = 15;

/// Days after placement during which an account that nobody worked counts as new.
pub const NEW_DAYS: i64 = 5;

/// Days without work after which an account counts as aged.
pub const AGED_DAYS: i64 = 30;

/// The furthest day to which a call-back or a promise may be set, in days.
pub const FURTHEST_DAYS: i64 = 90;

/// A class of work. `next` hands out the lowest class first, then the earliest due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WorkClass {
    /// The debtor was promised a call back.
    CallBack,
    /// A promise falls due.
    PromiseDue,
    /// A promise or plan was broken.
    Broken,
    /// A payment was returned.
    Returned,
    /// Placed in the last five days and not worked.
    New,
    /// The debtor answered or wrote.
    Reply,
    /// Worked before, due again.
    FollowUp,
    /// No way to reach the debtor is left: to be traced.
    Skip,
    /// Not worked for long.
    Aged,
}

impl WorkClass {
    /// All classes, in their order.
    pub const ALL: [Self; 9] = [
        Self::CallBack,
        Self::PromiseDue,
        Self::Broken,
        Self::Returned,
        Self::New,
        Self::Reply,
        Self::FollowUp,
        Self::Skip,
        Self::Aged,
    ];

    /// The place in the order, as the database keeps it; lower comes first.
    pub fn rank(self) -> i16 {
        match self {
            Self::CallBack => 0,
            Self::PromiseDue => 1,
            Self::Broken => 2,
            Self::Returned => 3,
            Self::New => 4,
            Self::Reply => 5,
            Self::FollowUp => 6,
            Self::Skip => 7,
            Self::Aged => 8,
        }
    }

    /// Reads a rank; what is unknown counts as aged.
    pub fn of_rank(rank: i16) -> Self {
        Self::ALL.into_iter().find(|class| class.rank() == rank).unwrap_or(Self::Aged)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::CallBack => "call_back",
            Self::PromiseDue => "promise_due",
            Self::Broken => "broken",
            Self::Returned => "returned",
            Self::New => "new",
            Self::Reply => "reply",
            Self::FollowUp => "follow_up",
            Self::Skip => "skip",
            Self::Aged => "aged",
        }
    }

    /// The class in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::CallBack => "Call back",
            Self::PromiseDue => "Promise due",
            Self::Broken => "Broken promise",
            Self::Returned => "Payment returned",
            Self::New => "New",
            Self::Reply => "Debtor answered",
            Self::FollowUp => "Follow-up",
            Self::Skip => "To be traced",
            Self::Aged => "Aged",
        }
    }
}

/// What decides the class of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The status.
    pub status: AccountStatus,
    /// A restriction stops work ([`crate::account::Restriction::stops_work`]).
    pub stopped: bool,
    /// A call back was promised and is the reason why the account is due.
    pub call_back: bool,
    /// The debtor answered, or wrote, since the last work.
    pub replied: bool,
    /// At least one phone number, address or e-mail address is not known to be bad.
    pub reachable: bool,
    /// The day of placement.
    pub placed_on: NaiveDate,
    /// The day of the last logged result.
    pub worked_on: Option<NaiveDate>,
    /// Today.
    pub today: NaiveDate,
}

/// The class of an account; none: it stands in no worklist.
pub fn class_of(facts: &Facts) -> Option<WorkClass> {
    if facts.stopped || !facts.status.row().worked {
        return None;
    }
    if facts.call_back {
        return Some(WorkClass::CallBack);
    }
    let by_status = [
        (AccountStatus::Promise, WorkClass::PromiseDue),
        (AccountStatus::Broken, WorkClass::Broken),
        (AccountStatus::Returned, WorkClass::Returned),
    ]
    .into_iter()
    .find(|(status, _)| *status == facts.status)
    .map(|(_, class)| class);
    Some(by_status.unwrap_or_else(|| by_age(facts)))
}

fn by_age(facts: &Facts) -> WorkClass {
    let days_since = |day: NaiveDate| (facts.today - day).num_days();
    if facts.worked_on.is_none() && days_since(facts.placed_on) <= NEW_DAYS {
        WorkClass::New
    } else if facts.replied {
        WorkClass::Reply
    } else if !facts.reachable {
        WorkClass::Skip
    } else if facts.worked_on.is_some_and(|day| days_since(day) <= AGED_DAYS) {
        WorkClass::FollowUp
    } else {
        WorkClass::Aged
    }
}

/// Why a result cannot be logged with this time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// A call back without its time.
    #[error("say when to call back")]
    Missing,
    /// Not in the future.
    #[error("the time must be in the future")]
    Past,
    /// Too far away.
    #[error("the time must lie within {FURTHEST_DAYS} days")]
    TooFar,
}

/// When an account is due again after this result; none: it leaves the worklist.
///
/// `at` is the time that was agreed: of the call back, or of the promised payment. It decides
/// where it is given; else the days of the disposition count.
pub fn due_again(
    result: Disposition,
    at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, BadTime> {
    if result == Disposition::CallBack && at.is_none() {
        return Err(BadTime::Missing);
    }
    let Some(days) = result.meaning().next_work_in_days else { return Ok(None) };
    match at {
        None => Ok(Some(now + Duration::days(i64::from(days)))),
        Some(at) if at <= now => Err(BadTime::Past),
        Some(at) if at > now + Duration::days(FURTHEST_DAYS) => Err(BadTime::TooFar),
        Some(at) => Ok(Some(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, d).unwrap()
    }

    fn placed_long_ago() -> Facts {
        Facts {
            status: AccountStatus::Active,
            stopped: false,
            call_back: false,
            replied: false,
            reachable: true,
            placed_on: day(1),
            worked_on: None,
            today: day(31),
        }
    }

    #[test]
    fn the_order_is_the_trades() {
        let ranks: Vec<i16> = WorkClass::ALL.iter().map(|class| class.rank()).collect();
        assert!(ranks.is_sorted());
        assert!(WorkClass::ALL.is_sorted());
        for class in WorkClass::ALL {
            assert_eq!(WorkClass::of_rank(class.rank()), class);
        }
    }

    #[test]
    fn an_account_finds_its_class() {
        let old = placed_long_ago();
        assert_eq!(class_of(&old), Some(WorkClass::Aged));
        assert_eq!(class_of(&Facts { placed_on: day(26), ..old }), Some(WorkClass::New));
        assert_eq!(class_of(&Facts { placed_on: day(25), ..old }), Some(WorkClass::Aged));
        assert_eq!(class_of(&Facts { worked_on: Some(day(20)), ..old }), Some(WorkClass::FollowUp));
        assert_eq!(class_of(&Facts { reachable: false, ..old }), Some(WorkClass::Skip));
        assert_eq!(
            class_of(&Facts { reachable: false, replied: true, ..old }),
            Some(WorkClass::Reply)
        );
        let promised = Facts { status: AccountStatus::Promise, ..old };
        assert_eq!(class_of(&promised), Some(WorkClass::PromiseDue));
        assert_eq!(class_of(&Facts { call_back: true, ..promised }), Some(WorkClass::CallBack));
    }

    #[test]
    fn what_may_not_be_worked_has_no_class() {
        for status in AccountStatus::ALL.iter().copied() {
            let facts = Facts { status, call_back: true, ..placed_long_ago() };
            assert_eq!(class_of(&facts).is_some(), status.row().worked, "{status:?}");
            assert_eq!(class_of(&Facts { stopped: true, ..facts }), None);
        }
    }

    #[test]
    fn a_result_says_when_the_account_is_due_again() {
        let now = day(1).and_hms_opt(15, 0, 0).unwrap().and_utc();
        let later = now + Duration::hours(20);
        assert_eq!(due_again(Disposition::NoAnswer, None, now), Ok(Some(now + Duration::days(1))));
        assert_eq!(due_again(Disposition::CallBack, Some(later), now), Ok(Some(later)));
        assert_eq!(due_again(Disposition::CallBack, None, now), Err(BadTime::Missing));
        assert_eq!(due_again(Disposition::CallBack, Some(now), now), Err(BadTime::Past));
        assert_eq!(
            due_again(Disposition::Promise, Some(now + Duration::days(91)), now),
            Err(BadTime::TooFar)
        );
        assert_eq!(due_again(Disposition::Bankruptcy, Some(later), now), Ok(None));
    }
}
