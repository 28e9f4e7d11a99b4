//! Placement files with invented debts, of any length: for trying the import and for measuring it.
//!
//! Nobody in them exists: the names are put together, the telephone numbers are of the fictitious 555-01xx block, the mail addresses of
//! example domains (RFC 2606).

mod columns;
mod debts;
mod habits;

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use chrono::{NaiveDate, Utc};
pub use debts::Kind;
use habits::Habits;

/// Which file to write. The same values make the same bytes.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// Lines, without the header
    #[arg(long, default_value_t = 1_000)]
    pub rows: u64,
    /// Another number makes other people and other debts
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The creditor's code
    #[arg(long, default_value = "SAMPLE")]
    pub client: String,
    /// The portfolio's code
    #[arg(long, default_value = "SAMPLE-1")]
    pub portfolio: String,
    /// Whose debts they are
    #[arg(long, value_enum, default_value_t = Kind::Utility)]
    pub kind: Kind,
    /// With the habits of spreadsheets that an import has to bear: every line can still be placed
    #[arg(long)]
    pub untidy: bool,
    /// The day the file was made; the debts are some months older
    #[arg(long, default_value_t = Utc::now().date_naive())]
    pub as_of: NaiveDate,
}

/// Writes the file to standard output.
///
/// # Errors
/// When the output is closed.
pub fn write(wanted: &Wanted) -> Result<()> {
    write_to(wanted, BufWriter::with_capacity(1 << 16, io::stdout().lock()))
}

/// Writes the file to `out`.
///
/// # Errors
/// When `out` refuses.
pub fn write_to(wanted: &Wanted, mut out: impl Write) -> Result<()> {
    let columns = wanted.kind.columns();
    let header = columns.join(",");
    writeln!(out, "{header}")?;
    let mut dice = Dice(wanted.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    // Dice of their own: the debts are the same, tidy or not.
    let mut habits = Habits::new(wanted.seed);
    for row in 1..=wanted.rows {
        let mut line = Line::new(columns);
        debts::fill(&mut line, wanted, row, &mut dice);
        if wanted.untidy {
            habits.spoil(&mut line);
            habits.interrupt(&header, &mut out)?;
        }
        line.write(&mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// One line, cell by cell, in the order of its columns.
struct Line {
    columns: &'static [&'static str],
    cells: Vec<String>,
}

impl Line {
    fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, cells: vec![String::new(); columns.len()] }
    }

    /// Sets a cell; a column that this kind of file has not is left out.
    fn set(&mut self, column: &str, value: impl ToString) {
        for (name, cell) in self.columns.iter().zip(&mut self.cells) {
            if *name == column {
                *cell = value.to_string();
            }
        }
    }

    /// Rewrites the cells of some columns that have something in them.
    fn rewrite(&mut self, which: impl Fn(&str) -> bool, how: impl Fn(&str) -> Option<String>) {
        for (name, cell) in self.columns.iter().zip(&mut self.cells) {
            if which(name)
                && !cell.is_empty()
                && let Some(other) = how(cell)
            {
                *cell = other;
            }
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for (at, cell) in self.cells.iter().enumerate() {
            if at > 0 {
                out.write_all(b",")?;
            }
            if cell.contains([',', '"', '\n']) {
                write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
            } else {
                out.write_all(cell.as_bytes())?;
            }
        }
        out.write_all(b"\n")
    }
}

/// Cents, written as dollars.
struct Cents(u64);

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// xorshift64*: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % limit
    }

    fn one_of<T: Copy, const N: usize>(&mut self, all: [T; N]) -> T {
        let chosen = usize::try_from(self.below(u64::try_from(N).unwrap_or(1))).unwrap_or(0);
        // N is never 0, so the cycle always has a next one.
        let mut cycle = all.into_iter().cycle().skip(chosen);
        loop {
            if let Some(found) = cycle.next() {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_wish_makes_the_same_file_and_every_line_is_whole() {
        let wanted = Wanted {
            rows: 500,
            seed: 7,
            client: "ACME".into(),
            portfolio: "P".into(),
            kind: Kind::Utility,
            untidy: false,
            as_of: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        };
        let (mut once, mut again) = (Vec::new(), Vec::new());
        write_to(&wanted, &mut once).unwrap();
        write_to(&wanted, &mut again).unwrap();
        assert_eq!(once, again);
        let mut reader = csv::Reader::from_reader(once.as_slice());
        let lines: Vec<_> = reader.records().map(|line| line.unwrap()).collect();
        assert_eq!(lines.len(), 500);
        let numbers: std::collections::HashSet<_> =
            lines.iter().map(|line| line.get(2).unwrap().to_owned()).collect();
        assert_eq!(numbers.len(), 500, "an account number came twice");
    }
}
