//! The clock of the application: real in production, moved by hand in tests and in the demo.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time; clones share one offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, to the microsecond (what PostgreSQL keeps).
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = Duration::milliseconds(self.ahead_ms.load(Ordering::Relaxed));
        let now = Utc::now() + ahead;
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves the clock (tests and the demo only; production never calls it).
    pub fn advance(&self, by: Duration) {
        self.ahead_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

/// The calendar date at an instant in a time zone; an unknown zone counts as UTC.
pub fn date_in(zone: &str, at: DateTime<Utc>) -> NaiveDate {
    zone.parse::<chrono_tz::Tz>()
        .map_or_else(|_| at.date_naive(), |zone| at.with_timezone(&zone).date_naive())
}

/// The instant at which a calendar date begins in a time zone; an unknown zone counts as UTC.
pub fn start_of_day(zone: &str, day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    zone.parse::<chrono_tz::Tz>()
        .ok()
        .and_then(|zone| midnight.and_local_timezone(zone).earliest())
        .map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc))
}
