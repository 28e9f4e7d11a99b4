//! The rules of one line: every value is read, everything wrong with it is reported at once.

mod debt;
mod people;
mod restrictions;

use super::amount::{self, DecimalMark};
use super::cell::Cell;
use super::column::Column;
use super::date::{self, DateOrder, ReadDate};
use super::finding::{Code, Finding};
use super::line::PlacedLine;
use super::mapping::{Layout, Mapping, Values};
use super::{MAX_FIELD_BYTES, MAX_TEXT_CHARS, rate, skip};
use crate::bucket::Buckets;
use crate::money::Money;
use crate::rate::Rate;
use chrono::NaiveDate;

/// What one file's lines are judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Today, in the agency's time zone.
    pub today: NaiveDate,
    /// The order of dates that are not ISO.
    pub date_order: DateOrder,
    /// What separates cents.
    pub decimal_mark: DecimalMark,
    /// The portfolio is given with the upload.
    pub portfolio_given: bool,
}

impl Rules {
    /// The rules of a mapping.
    pub fn of(mapping: &Mapping, today: NaiveDate, portfolio_given: bool) -> Self {
        Self {
            today,
            date_order: mapping.date_order,
            decimal_mark: mapping.decimal_mark,
            portfolio_given,
        }
    }
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is no account.
    Skipped(Code),
    /// It is the trailer with the control totals.
    Trailer,
    /// It can be placed; the findings are warnings.
    Placed(Box<PlacedLine>, Vec<Finding>),
    /// It cannot; at least one finding is an error.
    Rejected(LineAmounts, Vec<Finding>),
}

/// The dollars of a line, as far as they can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineAmounts {
    /// By bucket; what cannot be read counts as nothing.
    pub buckets: Buckets,
    /// A bucket cannot be read.
    pub unreadable: bool,
}

/// Judges a record of a file.
pub fn check(record: &[Cell<'_>], layout: &Layout, rules: &Rules) -> Verdict {
    if skip::is_trailer(record) {
        return Verdict::Trailer;
    }
    if let Some(code) = skip::recognise(record, layout) {
        return Verdict::Skipped(code);
    }
    let wrong_width = match record.len().cmp(&layout.width()) {
        std::cmp::Ordering::Less => Some(Code::TooFewFields),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Code::TooManyFields),
    };
    if let Some(code) = wrong_width {
        let reason =
            format!("{} It has {}, the header {}.", code.reason(), record.len(), layout.width());
        return unreadable(Finding::of_line(code).because(reason));
    }
    let mut reading = Reading { values: layout.values(record), rules, findings: Vec::new() };
    let amounts = debt::amounts(&mut reading);
    match reading.line(&amounts) {
        Some(line) if !reading.rejected() => Verdict::Placed(Box::new(line), reading.findings),
        Some(_) | None => Verdict::Rejected(amounts, reading.findings),
    }
}

/// A record of which nothing can be read.
pub fn unreadable(finding: Finding) -> Verdict {
    Verdict::Rejected(LineAmounts { unreadable: true, ..LineAmounts::default() }, vec![finding])
}

/// A line while it is read.
struct Reading<'r> {
    values: Values<'r>,
    rules: &'r Rules,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn rejected(&self) -> bool {
        self.findings.iter().any(Finding::rejects)
    }

    fn line(&mut self, amounts: &LineAmounts) -> Option<PlacedLine> {
        let account_number = self.account_number();
        let portfolio_code = self.portfolio_code();
        let client_code = self.code_text(Column::ClientCode);
        let debtor = people::debtor(self);
        let co_debtor = people::co_debtor(self);
        let guarantor = people::guarantor(self);
        let attorney = people::attorney(self);
        let original_creditor = self.required(Column::OriginalCreditor);
        let current_creditor = self.required(Column::CurrentCreditor);
        let product = self.required(Column::Product);
        let dates = debt::dates(self);
        let last_payment_amount = self.money(Column::LastPaymentAmount);
        let placed_balance = debt::placed_balance(self, amounts);
        let kind = debtor.as_ref().map(|debtor| debtor.kind);
        let itemization = debt::itemization(self, kind, placed_balance);
        let interest = debt::interest(self);
        let judgment = debt::judgment(self);
        let placement_type = debt::placement_type(self);
        let born_on = debtor.as_ref().and_then(|debtor| debtor.born_on);
        let asked = restrictions::Asked {
            attorney: attorney.as_ref(),
            born_on,
            consumer_without_itemization: itemization.is_none()
                && kind == Some(super::line::DebtorType::Consumer),
        };
        let restrictions = restrictions::all(self, &asked);
        Some(PlacedLine {
            client_code,
            portfolio_code,
            account_number: account_number?,
            debtor: debtor?,
            co_debtor,
            guarantor,
            attorney,
            original_creditor: original_creditor?,
            current_creditor: current_creditor?,
            product: product?,
            dates: dates?,
            last_payment_amount,
            itemization,
            buckets: amounts.buckets,
            placed_balance: placed_balance?,
            interest,
            judgment,
            placement_type: placement_type?,
            restrictions,
            document_refs: self.document_refs(),
            notes: self.text(Column::Notes),
        })
    }

    /// Notes a finding about the value of a column.
    fn note(&mut self, code: Code, column: Column) {
        let value = self.values.get(column).text();
        self.findings.push(Finding::of_value(code, column, value.as_deref()));
    }

    fn account_number(&mut self) -> Option<super::account_number::AccountNumber> {
        let column = Column::ClientAccountNumber;
        match super::account_number::AccountNumber::read(self.values.get(column)) {
            Ok(Some(number)) => Some(number),
            Ok(None) => {
                self.note(Code::RequiredMissing, column);
                None
            }
            Err(code) => {
                self.note(code, column);
                None
            }
        }
    }

    fn portfolio_code(&mut self) -> Option<String> {
        let code = self.code_text(Column::PortfolioCode);
        if code.is_none() && !self.rules.portfolio_given {
            self.note(Code::RequiredMissing, Column::PortfolioCode);
        }
        code
    }

    /// Text as it came, within the limit of its column.
    fn text(&mut self, column: Column) -> Option<String> {
        let text = self.values.get(column).text()?;
        if text.len() > MAX_FIELD_BYTES {
            self.note(Code::FieldTooLong, column);
            return None;
        }
        if !column.is_free_text()
            && text.len() > MAX_TEXT_CHARS
            && text.chars().count() > MAX_TEXT_CHARS
        {
            self.note(Code::TextTooLong, column);
            return None;
        }
        Some(text.into_owned())
    }

    /// Text out of its spreadsheet wrapping (`="001"`).
    fn code_text(&mut self, column: Column) -> Option<String> {
        self.text(column)
            .map(|text| super::cell::unwrapped(&text).to_owned())
            .filter(|text| !text.is_empty())
    }

    fn required(&mut self, column: Column) -> Option<String> {
        if self.values.get(column).is_blank() {
            self.note(Code::RequiredMissing, column);
            return None;
        }
        self.text(column)
    }

    fn money(&mut self, column: Column) -> Option<Money> {
        match amount::read(self.values.get(column), self.rules.decimal_mark) {
            Ok(money) => money,
            Err(code) => {
                self.note(code, column);
                None
            }
        }
    }

    fn rate(&mut self, column: Column) -> Option<Rate> {
        let read = match rate::read(self.values.get(column)) {
            Ok(read) => read?,
            Err(code) => {
                self.note(code, column);
                return None;
            }
        };
        if rate::is_below_one_percent(read) {
            self.note(Code::RateFraction, column);
        }
        Some(read)
    }

    /// A date of any time.
    fn date(&mut self, column: Column) -> Option<NaiveDate> {
        let read = date::read(self.values.get(column), self.rules.date_order, self.rules.today);
        self.accept_date(column, read)
    }

    /// A date that has been.
    fn past_date(&mut self, column: Column, future: Code) -> Option<NaiveDate> {
        let date = self.date(column)?;
        if date > self.rules.today {
            self.note(future, column);
            return None;
        }
        Some(date)
    }

    fn birth_date(&mut self, column: Column) -> Option<NaiveDate> {
        let read =
            date::read_birth(self.values.get(column), self.rules.date_order, self.rules.today);
        self.accept_date(column, read)
    }

    fn accept_date(
        &mut self,
        column: Column,
        read: Result<Option<ReadDate>, Code>,
    ) -> Option<NaiveDate> {
        match read {
            Ok(read) => {
                let read = read?;
                if read.two_digit_year {
                    self.note(Code::DateTwoDigitYear, column);
                }
                Some(read.date)
            }
            Err(code) => {
                self.note(code, column);
                None
            }
        }
    }

    fn cell(&self, column: Column) -> Cell<'_> {
        self.values.get(column)
    }

    fn document_refs(&mut self) -> Vec<String> {
        self.text(Column::DocumentRefs)
            .map(|refs| {
                refs.split([';', '|', '\n'])
                    .map(|reference| super::cell::tidy(reference).to_owned())
                    .filter(|reference| !reference.is_empty())
                    .collect()
            })
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
