//! Control totals: what the creditor says it sent, and what was received.
//!
//! A difference in the count or in any bucket refuses the file, because a receiver should not work
//! a file that its sender would not recognise.

use super::amount::{self, DecimalMark};
use super::cell::Cell;
use super::check::LineAmounts;
use crate::bucket::{Bucket, Buckets};
use crate::money::{Currency, Money};
use serde::{Deserialize, Serialize};

/// The manifest beside an upload: decimal strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PlacementManifest))]
pub struct Manifest {
    /// The name of the file it speaks of.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub file: Option<String>,
    /// Lines sent.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1_000_000))]
    pub row_count: u64,
    /// Sum of principal, such as `845.00`.
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub principal: String,
    /// Sum of interest.
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub interest: String,
    /// Sum of fees.
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub fees: String,
    /// Sum of court costs.
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub court_costs: String,
    /// Sum of other charges.
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub other: String,
    /// Sum of all.
    #[cfg_attr(feature = "openapi", schema(max_length = 20))]
    pub total: String,
}

/// What the creditor says it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlTotals {
    /// Lines.
    pub row_count: u64,
    /// Dollars by bucket.
    pub buckets: Buckets,
    /// Dollars in all.
    pub total: Money,
}

/// The control totals cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The control totals cannot be read: {0} is not a number of the expected form.")]
pub struct Unreadable(pub &'static str);

/// Something that does not agree with the control totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ControlDifference))]
pub struct Difference {
    /// `row_count`, a bucket, `total`, or `unreadable_amounts`.
    #[cfg_attr(feature = "openapi", schema(max_length = 32))]
    pub what: String,
    /// What the creditor declared.
    #[cfg_attr(feature = "openapi", schema(max_length = 32))]
    pub declared: String,
    /// What was received.
    #[cfg_attr(feature = "openapi", schema(max_length = 32))]
    pub received: String,
}

impl Manifest {
    /// Its figures.
    pub fn totals(&self) -> Result<ControlTotals, Unreadable> {
        let money = |text: &str, name: &'static str| {
            Money::parse(text, Currency::Usd).map_err(|_| Unreadable(name))
        };
        Ok(ControlTotals {
            row_count: self.row_count,
            buckets: Buckets {
                principal: money(&self.principal, "principal")?,
                interest: money(&self.interest, "interest")?,
                fees: money(&self.fees, "fees")?,
                costs: money(&self.court_costs, "court_costs")?,
                other: money(&self.other, "other")?,
            },
            total: money(&self.total, "total")?,
        })
    }
}

impl ControlTotals {
    /// Reads the record `TRAILER,row_count,principal,interest,fees,court_costs,other,total`;
    /// blank fields after it do not count.
    pub fn of_trailer(record: &[Cell<'_>], mark: DecimalMark) -> Result<Self, Unreadable> {
        const NAMES: [&str; 6] = ["principal", "interest", "fees", "court_costs", "other", "total"];
        if record.iter().skip(8).any(|cell| !cell.is_blank()) {
            return Err(Unreadable("the trailer"));
        }
        let row_count = record
            .get(1)
            .and_then(|cell| cell.code())
            .and_then(|text| text.parse().ok())
            .ok_or(Unreadable("row_count"))?;
        let mut sums = [Money::ZERO; 6];
        for ((sum, name), cell) in sums.iter_mut().zip(NAMES).zip(record.iter().skip(2)) {
            *sum = amount::read(*cell, mark).ok().flatten().ok_or(Unreadable(name))?;
        }
        if record.len() < 8 {
            return Err(Unreadable("the trailer"));
        }
        let [principal, interest, fees, costs, other, total] = sums;
        let buckets = Buckets { principal, interest, fees, costs, other };
        Ok(Self { row_count, buckets, total })
    }

    /// Where the file differs from them; empty when it agrees.
    pub fn differences(&self, tally: &Tally) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, declared: String, received: String| {
            if declared != received {
                differences.push(Difference { what: what.to_owned(), declared, received });
            }
        };
        compare("row_count", self.row_count.to_string(), tally.received.to_string());
        let received = tally.received_dollars();
        for bucket in Bucket::ALL {
            let name = if bucket == Bucket::Costs { "court_costs" } else { bucket.name() };
            compare(name, self.buckets.get(bucket).to_decimal(), received.get(bucket).to_decimal());
        }
        let total: Money = Bucket::ALL.iter().map(|bucket| received.get(*bucket)).sum();
        compare("total", self.total.to_decimal(), total.to_decimal());
        compare("unreadable_amounts", "0".to_owned(), tally.unreadable.to_string());
        differences
    }
}

/// Counts and dollars of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Lines received: accepted, rejected and duplicate; skipped ones do not count.
    pub received: u64,
    /// Lines that can be placed.
    pub accepted: u64,
    /// Lines with errors.
    pub rejected: u64,
    /// Lines of accounts that the file or the agency has already.
    pub duplicate: u64,
    /// Blank lines, repeated headers, totals, footers.
    pub skipped: u64,
    /// Lines with warnings.
    pub warned: u64,
    /// Dollars of accepted lines.
    pub accepted_dollars: Buckets,
    /// Dollars of rejected lines, as far as they can be read.
    pub rejected_dollars: Buckets,
    /// Dollars of duplicate lines.
    pub duplicate_dollars: Buckets,
    /// Lines with an amount that cannot be read.
    pub unreadable: u64,
}

impl Tally {
    /// Counts an accepted line.
    pub fn accept(&mut self, buckets: &Buckets) {
        self.received += 1;
        self.accepted += 1;
        add(&mut self.accepted_dollars, buckets);
    }

    /// Counts a rejected line.
    pub fn reject(&mut self, amounts: &LineAmounts) {
        self.received += 1;
        self.rejected += 1;
        self.unreadable += u64::from(amounts.unreadable);
        add(&mut self.rejected_dollars, &amounts.buckets);
    }

    /// Dollars of everything received.
    pub fn received_dollars(&self) -> Buckets {
        let mut all = self.accepted_dollars;
        add(&mut all, &self.rejected_dollars);
        add(&mut all, &self.duplicate_dollars);
        all
    }
}

fn add(sum: &mut Buckets, more: &Buckets) {
    for bucket in Bucket::ALL {
        sum.set(bucket, [sum.get(bucket), more.get(bucket)].into_iter().sum());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed(principal: i64, interest: i64) -> Buckets {
        Buckets {
            principal: Money::from_minor(principal),
            interest: Money::from_minor(interest),
            ..Buckets::default()
        }
    }

    fn tally() -> Tally {
        let mut tally = Tally::default();
        tally.accept(&owed(10_000, 500));
        tally.accept(&owed(5_000, 0));
        tally.reject(&LineAmounts { buckets: owed(1_000, 0), unreadable: false });
        tally
    }

    fn manifest(row_count: u64, principal: &str, total: &str) -> Manifest {
        Manifest {
            file: None,
            row_count,
            principal: principal.to_owned(),
            interest: "5.00".to_owned(),
            fees: "0.00".to_owned(),
            court_costs: "0.00".to_owned(),
            other: "0.00".to_owned(),
            total: total.to_owned(),
        }
    }

    #[test]
    fn everything_received_counts_rejected_lines_too() {
        let totals = manifest(3, "160.00", "165.00").totals().unwrap();
        assert_eq!(totals.differences(&tally()), []);
    }

    #[test]
    fn a_cent_a_line_and_an_unreadable_amount_are_differences() {
        let named = |manifest: Manifest, tally: &Tally| -> Vec<String> {
            manifest.totals().unwrap().differences(tally).into_iter().map(|d| d.what).collect()
        };
        assert_eq!(named(manifest(3, "160.01", "165.00"), &tally()), ["principal"]);
        assert_eq!(named(manifest(2, "160.00", "165.01"), &tally()), ["row_count", "total"]);
        let mut dirty = tally();
        dirty.reject(&LineAmounts { buckets: Buckets::default(), unreadable: true });
        assert_eq!(named(manifest(4, "160.00", "165.00"), &dirty), ["unreadable_amounts"]);
    }

    #[test]
    fn a_manifest_with_loose_amounts_is_refused() {
        assert_eq!(manifest(3, "160", "165.00").totals(), Err(Unreadable("principal")));
        assert_eq!(manifest(3, "160.00", "1e2").totals(), Err(Unreadable("total")));
    }

    #[test]
    fn a_trailer_says_the_same_as_a_manifest() {
        let read = |line: &str| {
            let record: Vec<Cell<'_>> = line.split(',').map(Cell::Text).collect();
            ControlTotals::of_trailer(&record, DecimalMark::Point)
        };
        assert_eq!(
            read("TRAILER,3,160.00,5.00,0.00,0.00,0.00,165.00,,,"),
            manifest(3, "160.00", "165.00").totals()
        );
        assert_eq!(read("TRAILER,3,160.00"), Err(Unreadable("the trailer")));
        assert_eq!(
            read("TRAILER,x,160.00,5.00,0.00,0.00,0.00,165.00"),
            Err(Unreadable("row_count"))
        );
        assert_eq!(
            read("TRAILER,3,16O.00,5.00,0.00,0.00,0.00,165.00"),
            Err(Unreadable("principal"))
        );
        assert_eq!(
            read("TRAILER,3,160.00,5.00,0.00,0.00,0.00,165.00,9"),
            Err(Unreadable("the trailer"))
        );
    }
}
