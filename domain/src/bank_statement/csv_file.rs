//! Reading a bank's CSV file.

use super::fault::{Fault, Faults, Unreadable, line_of, text_of};
use super::mapping::{AmountColumns, ColumnRef, CsvMapping, PositiveIs};
use super::signed::read_signed;
use super::{BankLine, BankStatement, MAX_LINES};
use crate::money::{Currency, Money};
use crate::placement::MAX_FIELD_BYTES;
use crate::placement::cell::{Cell, tidy, unwrapped};
use crate::placement::date;
use crate::placement::finding::Code;
use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};

/// Reads a CSV file by a mapping. Amounts are in `currency`, the one of the account; `today`
/// decides the century of two-digit years. Lines come out oldest first, whichever way the bank
/// writes them; opening and closing balance follow from a balance column.
///
/// # Errors
/// [`Unreadable`]: the file as a whole, or every line that cannot be read with line and column.
pub fn read_csv(
    bytes: &[u8],
    mapping: &CsvMapping,
    currency: Currency,
    today: NaiveDate,
) -> Result<BankStatement, Unreadable> {
    let text = text_of(bytes)?;
    let (skipped, body) = without_first(text, mapping.skip_lines);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mapping.delimiter.byte())
        .from_reader(body.as_bytes());
    let mut records = reader.records();
    let mut lines_before = Lines { body, at: 0, line: skipped + 1 };
    let mut next = || -> Result<Option<(u64, StringRecord)>, Unreadable> {
        let Some(record) = records.next() else { return Ok(None) };
        // The text is UTF-8 and any number of fields is accepted: nothing else can fail.
        let record = record.map_err(|_| Unreadable::NotUtf8 { line: skipped + 1 })?;
        let line = lines_before.advance(record.position().map_or(0, csv::Position::byte));
        Ok(Some((line, record)))
    };
    let header = if mapping.header { Some(next()?.ok_or(Unreadable::Empty)?.1) } else { None };
    let columns = Columns::find(mapping, header.as_ref())?;
    let mut faults = Faults::default();
    let mut lines = Vec::new();
    while let Some((line, record)) = next()? {
        if record.iter().all(|value| tidy(value).is_empty()) {
            continue;
        }
        if lines.len() >= MAX_LINES {
            return Err(Unreadable::TooManyLines);
        }
        let row = Row { mapping, columns: &columns, line, record: &record, today };
        match row.read() {
            Ok(read) => lines.push(read),
            Err(fault) => faults.push(fault),
        }
    }
    faults.refuse_any()?;
    if lines.is_empty() {
        return Err(Unreadable::Empty);
    }
    turn_oldest_first(&mut lines);
    let opening = lines.first().and_then(|l| l.balance?.minus(l.amount).ok());
    Ok(BankStatement {
        account: None,
        number: None,
        currency,
        from: lines.iter().map(|line| line.booked_on).min(),
        to: lines.iter().map(|line| line.booked_on).max(),
        opening,
        closing: lines.last().and_then(|line| line.balance),
        lines,
        not_booked: 0,
    })
}

/// The text after so many lines, and how many were there to skip.
fn without_first(text: &str, lines: u16) -> (u64, &str) {
    let mut rest = text;
    for skipped in 0..lines {
        match rest.split_once('\n') {
            Some((_, after)) => rest = after,
            None => return (skipped.into(), ""),
        }
    }
    (lines.into(), rest)
}

/// Counts lines on from where it was asked last.
struct Lines<'a> {
    body: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which the record begins that was looked for from this byte on: the break of the
    /// line before and blank lines may still be ahead of it.
    fn advance(&mut self, byte: u64) -> u64 {
        let bytes = self.body.as_bytes();
        let mut at = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len()).max(self.at);
        while matches!(bytes.get(at), Some(b'\r' | b'\n')) {
            at += 1;
        }
        let between = bytes.get(self.at..at).unwrap_or_default();
        self.line += line_of(between, between.len()) - 1;
        self.at = at;
        self.line
    }
}

/// Where the mapped columns are.
struct Columns {
    date: usize,
    value_date: Option<usize>,
    amount: Amounts,
    description: Vec<usize>,
    reference: Option<usize>,
    balance: Option<usize>,
}

enum Amounts {
    Signed(usize),
    Split { debit: usize, credit: usize },
}

impl Columns {
    fn find(mapping: &CsvMapping, header: Option<&StringRecord>) -> Result<Self, Unreadable> {
        let find = |column: &ColumnRef| position(column, header);
        let maybe = |column: &Option<ColumnRef>| column.as_ref().map(find).transpose();
        Ok(Self {
            date: find(&mapping.date)?,
            value_date: maybe(&mapping.value_date)?,
            amount: match &mapping.amount {
                AmountColumns::Signed { column, .. } => Amounts::Signed(find(column)?),
                AmountColumns::Split { debit, credit } => {
                    Amounts::Split { debit: find(debit)?, credit: find(credit)? }
                }
            },
            description: mapping.description.iter().map(find).collect::<Result<_, _>>()?,
            reference: maybe(&mapping.reference)?,
            balance: maybe(&mapping.balance)?,
        })
    }
}

fn position(column: &ColumnRef, header: Option<&StringRecord>) -> Result<usize, Unreadable> {
    let missing = || Unreadable::NoColumn {
        column: column.to_string(),
        header: header.map_or_else(
            || "known by number only, from 1".to_owned(),
            |header| header.iter().map(tidy).collect::<Vec<_>>().join(", "),
        ),
    };
    match column {
        ColumnRef::Number(number) => {
            let at = usize::from(*number).checked_sub(1).ok_or_else(missing)?;
            let beyond = header.is_some_and(|header| at >= header.len());
            if beyond { Err(missing()) } else { Ok(at) }
        }
        ColumnRef::Name(name) => {
            let same = |it: &str| tidy(it).to_lowercase() == tidy(name).to_lowercase();
            let named = |header: &StringRecord| -> Vec<usize> {
                (0..).zip(header).filter(|(_, it)| same(it)).map(|(at, _)| at).collect()
            };
            match header.map(named).unwrap_or_default().as_slice() {
                [at] => Ok(*at),
                [] => Err(missing()),
                [..] => Err(Unreadable::ColumnTwice { column: column.to_string() }),
            }
        }
    }
}

struct Row<'a> {
    mapping: &'a CsvMapping,
    columns: &'a Columns,
    line: u64,
    record: &'a StringRecord,
    today: NaiveDate,
}

impl Row<'_> {
    fn read(&self) -> Result<BankLine, Fault> {
        if let Some(long) = self.record.iter().position(|value| value.len() > MAX_FIELD_BYTES) {
            return Err(self.fault(&number(long), Code::FieldTooLong));
        }
        let mapping = self.mapping;
        let booked_on = self
            .date(self.columns.date, &mapping.date)?
            .ok_or_else(|| self.fault(&mapping.date, Code::RequiredMissing))?;
        let valued_on = match (self.columns.value_date, &mapping.value_date) {
            (Some(at), Some(column)) => self.date(at, column)?,
            (_, _) => None,
        };
        let balance = match (self.columns.balance, &mapping.balance) {
            (Some(at), Some(column)) => self.signed(at, column)?,
            (_, _) => None,
        };
        let words: Vec<&str> = self
            .columns
            .description
            .iter()
            .map(|at| tidy(self.value(*at)))
            .filter(|words| !words.is_empty())
            .collect();
        let reference = self.columns.reference.map(|at| unwrapped(self.value(at)).to_owned());
        Ok(BankLine {
            line: self.line,
            booked_on,
            valued_on,
            amount: self.amount()?,
            text: words.join(" "),
            references: reference.into_iter().filter(|it| !it.is_empty()).collect(),
            reversal: false,
            balance,
        })
    }

    fn amount(&self) -> Result<Money, Fault> {
        match (&self.columns.amount, &self.mapping.amount) {
            (Amounts::Signed(at), AmountColumns::Signed { column, positive_is }) => {
                let amount = self
                    .signed(*at, column)?
                    .ok_or_else(|| self.fault(column, Code::RequiredMissing))?;
                match positive_is {
                    PositiveIs::Credit => Ok(amount),
                    PositiveIs::Debit => self.negated(amount, column),
                }
            }
            (
                Amounts::Split { debit, credit },
                AmountColumns::Split { debit: debit_column, credit: credit_column },
            ) => {
                let filled = |money: Option<Money>| money.filter(|money| !money.is_zero());
                let out = self.signed(*debit, debit_column)?;
                let into = self.signed(*credit, credit_column)?;
                match (filled(out), filled(into)) {
                    (Some(_), Some(_)) => Err(self.say(
                        credit_column,
                        "debit_and_credit",
                        "The line has a debit and a credit; it may have one of them.",
                    )),
                    (Some(out), None) if out.is_negative() => Ok(out),
                    (Some(out), None) => self.negated(out, debit_column),
                    (None, Some(into)) if into.is_negative() => Err(self.say(
                        credit_column,
                        "credit_negative",
                        "The credit is negative; check the columns of the mapping.",
                    )),
                    (None, Some(into)) => Ok(into),
                    (None, None) if out.or(into).is_some() => Ok(Money::ZERO),
                    (None, None) => Err(self.fault(debit_column, Code::RequiredMissing)),
                }
            }
            // The columns were found by this very mapping.
            (Amounts::Signed(_), AmountColumns::Split { debit: column, .. })
            | (Amounts::Split { .. }, AmountColumns::Signed { column, .. }) => {
                Err(self.fault(column, Code::RequiredMissing))
            }
        }
    }

    fn value(&self, at: usize) -> &str {
        self.record.get(at).unwrap_or_default()
    }

    fn date(&self, at: usize, column: &ColumnRef) -> Result<Option<NaiveDate>, Fault> {
        date::read(Cell::Text(self.value(at)), self.mapping.date_order, self.today)
            .map(|read| read.map(|read| read.date))
            .map_err(|code| self.fault(column, code))
    }

    fn signed(&self, at: usize, column: &ColumnRef) -> Result<Option<Money>, Fault> {
        read_signed(self.value(at), self.mapping.decimal_mark)
            .map_err(|code| self.fault(column, code))
    }

    fn negated(&self, money: Money, column: &ColumnRef) -> Result<Money, Fault> {
        money.negated().map_err(|_| self.fault(column, Code::AmountTooLarge))
    }

    fn fault(&self, column: &ColumnRef, code: Code) -> Fault {
        let reason = format!("{} {}", code.reason(), code.fix());
        self.say(column, code.name(), reason.trim_end())
    }

    fn say(&self, column: &ColumnRef, code: &'static str, reason: &str) -> Fault {
        Fault { line: self.line, column: format!("column {column}"), code, reason: reason.into() }
    }
}

fn number(at: usize) -> ColumnRef {
    ColumnRef::Number(u16::try_from(at).unwrap_or(u16::MAX).saturating_add(1))
}

/// Banks write the newest line first or last. The running balance decides; without one, the dates.
fn turn_oldest_first(lines: &mut [BankLine]) {
    let follows = |(before, line): (&BankLine, &BankLine)| match (before.balance, line.balance) {
        (Some(was), Some(is)) => was.plus(line.amount).is_ok_and(|sum| sum == is),
        (_, _) => false,
    };
    let chained = lines.iter().zip(lines.iter().skip(1)).filter(|pair| follows(*pair)).count();
    let turned = lines.iter().skip(1).zip(lines.iter()).filter(|pair| follows(*pair)).count();
    let dates = lines.first().map(|line| line.booked_on) > lines.last().map(|line| line.booked_on);
    if turned > chained || turned == chained && dates {
        lines.reverse();
    }
}

#[cfg(test)]
mod tests;
