//! Terms that change from a day on: contracts, commission schedules, collectors' terms and splits,
//! limits and tiers of agreements. A version begins on a day and is in force until the next one of the
//! same subject begins; it never ends by itself and is never edited (domain rule 2.1, snapshot).

use chrono::NaiveDate;
use std::cmp::Reverse;

/// A version of terms.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Version<T> {
    /// How far the subject is above the one that is asked about: 0 is its own, 1 that of its parent.
    pub distance: u16,
    /// The first day on which it is in force.
    pub effective_on: NaiveDate,
    /// What it says.
    pub terms: T,
}

/// All versions that may apply to one subject: its own and those of the subjects above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The nearest subject first, and of each the newest version first.
    versions: Vec<Version<T>>,
}

/// Why a version is not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdded {
    /// Another version of the subject begins on the same day.
    #[error("a version is already effective on {0}; choose another date")]
    DateTaken(NaiveDate),
    /// What was in force yesterday is not rewritten.
    #[error("it cannot begin before today, {today}")]
    InThePast {
        /// Today.
        today: NaiveDate,
    },
}

impl<T> Versioned<T> {
    /// Puts versions into their order.
    pub fn new(mut versions: Vec<Version<T>>) -> Self {
        versions.sort_by_key(|version| (version.distance, Reverse(version.effective_on)));
        Self { versions }
    }

    /// The version in force on a day: of the nearest subject that has one by then, its newest.
    pub fn in_force(&self, on: NaiveDate) -> Option<&Version<T>> {
        self.versions.iter().find(|version| version.effective_on <= on)
    }

    /// The version of each subject in force on a day, the nearest first: what is merged field by field.
    pub fn each_in_force(&self, on: NaiveDate) -> impl Iterator<Item = &Version<T>> {
        let mut last = None;
        self.versions.iter().filter(move |version| {
            let counts = version.effective_on <= on && last != Some(version.distance);
            if counts {
                last = Some(version.distance);
            }
            counts
        })
    }

    /// The days on which another version comes into force, the newest first, each with that version.
    pub fn changes(&self) -> Vec<(NaiveDate, &Version<T>)> {
        let mut days: Vec<NaiveDate> = self.versions.iter().map(|one| one.effective_on).collect();
        days.sort_unstable_by_key(|day| Reverse(*day));
        days.dedup();
        days.into_iter().filter_map(|day| Some((day, self.in_force(day)?))).collect()
    }

    /// Whether a version of the subject itself may begin on a day. `today` where the past is not to be
    /// rewritten: what was promised under the terms of yesterday stays promised.
    pub fn may_add(&self, begins: NaiveDate, today: Option<NaiveDate>) -> Result<(), NotAdded> {
        if let Some(today) = today.filter(|today| begins < *today) {
            return Err(NotAdded::InThePast { today });
        }
        let own = self.versions.iter().filter(|version| version.distance == 0);
        match own.map(|version| version.effective_on).find(|day| *day == begins) {
            Some(day) => Err(NotAdded::DateTaken(day)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn on(day: &str) -> NaiveDate {
        day.parse().unwrap()
    }

    fn versions(all: &[(u16, &str, &'static str)]) -> Versioned<&'static str> {
        let each = all.iter().map(|(distance, day, terms)| Version {
            distance: *distance,
            effective_on: on(day),
            terms: *terms,
        });
        Versioned::new(each.collect())
    }

    #[test]
    fn the_nearest_subject_wins_from_the_day_on_which_it_has_terms() {
        let found = versions(&[
            (1, "2025-01-01", "group"),
            (0, "2025-03-01", "own"),
            (0, "2025-06-01", "own, newer"),
            (1, "2025-09-01", "group, newer"),
        ]);
        let at = |day| found.in_force(on(day)).map(|version| version.terms);
        assert_eq!(at("2024-12-31"), None);
        assert_eq!(at("2025-02-28"), Some("group"));
        assert_eq!(at("2025-03-01"), Some("own"));
        assert_eq!(at("2025-05-31"), Some("own"));
        assert_eq!(at("2026-01-01"), Some("own, newer"), "the group's newer terms are below it");
        let merged: Vec<_> = found.each_in_force(on("2025-12-31")).map(|one| one.terms).collect();
        assert_eq!(merged, ["own, newer", "group, newer"]);
    }

    #[test]
    fn a_day_takes_one_version_and_the_past_is_not_rewritten() {
        let found = versions(&[(0, "2025-03-01", "own"), (1, "2025-04-01", "group")]);
        let taken = Err(NotAdded::DateTaken(on("2025-03-01")));
        assert_eq!(found.may_add(on("2025-03-01"), None), taken);
        assert_eq!(found.may_add(on("2025-04-01"), None), Ok(()), "the group's day is free");
        assert_eq!(found.may_add(on("2025-02-01"), None), Ok(()));
        let today = on("2025-02-02");
        let past = Err(NotAdded::InThePast { today });
        assert_eq!(found.may_add(on("2025-02-01"), Some(today)), past);
        assert_eq!(found.may_add(today, Some(today)), Ok(()));
    }

    proptest! {
        /// Whatever the order in which rows come, the answer is that of a search by hand.
        #[test]
        fn the_order_of_rows_does_not_matter(
            rows in prop::collection::vec((0_u16..4, 0_i64..40), 0..12),
            asked in 0_i64..50,
        ) {
            let base = on("2025-01-01");
            let day = |days| base + chrono::Duration::days(days);
            let build = |rows: &[(u16, i64)]| Versioned::new(rows.iter().map(|(distance, days)| {
                Version { distance: *distance, effective_on: day(*days), terms: () }
            }).collect());
            let mut turned = rows.clone();
            turned.reverse();
            let found = build(&rows).in_force(day(asked)).cloned();
            prop_assert_eq!(&found, &build(&turned).in_force(day(asked)).cloned());
            let by_hand = rows.iter().filter(|(_, days)| *days <= asked)
                .min_by_key(|(distance, days)| (*distance, Reverse(*days)));
            prop_assert_eq!(
                found.map(|one| (one.distance, one.effective_on)),
                by_hand.map(|(distance, days)| (*distance, day(*days)))
            );
            // Each change is in force on its own day.
            let versioned = build(&rows);
            for (on, version) in versioned.changes() {
                prop_assert_eq!(Some(version), versioned.in_force(on));
            }
        }
    }
}
