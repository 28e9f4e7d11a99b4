//! Matching a bank's lines with the books, and what is left to work by hand.

mod subset;

use super::BankLine;
use crate::money::Money;
use chrono::{Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One line of the books: a movement of trust cash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLine<Id> {
    /// The caller's own id.
    pub id: Id,
    /// The day of deposit or disbursement.
    pub date: NaiveDate,
    /// Above zero came in, below zero went out.
    pub amount: Money,
    /// What the bank may know it by: a check number, a payout id.
    pub reference: Option<String>,
}

names! {
    /// By what a line was matched.
    MatchedBy {
        /// The same reference and amount.
        Reference = "reference";
        /// The same amount, a few days apart at most.
        AmountAndDate = "amount_and_date";
        /// One line of the bank for several of one deposit, which sum to it.
        Deposit = "deposit";
    }
}

/// A line of the bank and what it stands for in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<Id> {
    /// The position of the bank's line in the slice given.
    pub bank: usize,
    /// The lines of the books, by date and id.
    pub books: Vec<Id>,
    /// By what.
    pub by: MatchedBy,
}

/// Something for a person to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception<Id> {
    /// The bank has it, the books have not.
    InBankOnly {
        /// The position of the bank's line.
        bank: usize,
    },
    /// The books have it, the bank has not (yet).
    InBooksOnly {
        /// The line of the books.
        book: Id,
    },
    /// Both have the reference, with another amount.
    AmountDiffers {
        /// The position of the bank's line.
        bank: usize,
        /// The line of the books.
        book: Id,
        /// By how much the bank's amount is above the books'.
        by: Money,
    },
}

impl<Id> Exception<Id> {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InBankOnly { .. } => "in_bank_not_in_books",
            Self::InBooksOnly { .. } => "in_books_not_in_bank",
            Self::AmountDiffers { .. } => "amount_differs",
        }
    }
}

/// What matching came to: each line of either side is in exactly one match or exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matching<Id> {
    /// The matches, in the order of the bank's lines.
    pub matches: Vec<Match<Id>>,
    /// The exceptions: the bank's in the order of its lines, then the books' by date and id.
    pub exceptions: Vec<Exception<Id>>,
}

/// Pairs the bank's lines with those of the books, no line twice:
/// 1. the same reference and amount, the nearest day;
/// 2. the same amount, at most `window` days apart, the nearest first, one to one;
/// 3. one line of the bank for several of the books of one day within the window that sum to it
///    exactly: all with one reference, else all of that day and direction, else the only possible
///    selection among at most twelve of them.
///
/// The answer depends neither on the order of the books nor on anything but the lines: ties go to
/// the earlier day, then the smaller id, then the bank's order.
pub fn pair<Id: Copy + Ord>(
    bank: &[BankLine],
    books: &[BookLine<Id>],
    window: u16,
) -> Matching<Id> {
    let mut pairing = Pairing::new(bank, books);
    pairing.by_reference();
    pairing.by_amount(window);
    pairing.by_deposit(window, Pairing::one_reference);
    pairing.by_deposit(window, Pairing::whole_day);
    pairing.by_deposit(window, Pairing::only_selection);
    pairing.end()
}

/// A line of the books by its rank: the position when sorted by date and id.
type Rank = usize;

struct Pairing<'a, Id> {
    bank: &'a [BankLine],
    /// Sorted by date and id.
    books: Vec<&'a BookLine<Id>>,
    /// The positions of the bank's lines not matched yet, by date.
    open_bank: BTreeSet<(NaiveDate, usize)>,
    /// The lines of the books not matched yet.
    open_books: BTreeSet<(NaiveDate, Rank)>,
    matches: Vec<Match<Id>>,
}

impl<'a, Id: Copy + Ord> Pairing<'a, Id> {
    fn new(bank: &'a [BankLine], books: &'a [BookLine<Id>]) -> Self {
        let mut books: Vec<&BookLine<Id>> = books.iter().collect();
        books.sort_by_key(|line| (line.date, line.id));
        let open_books = (0..).zip(&books).map(|(rank, line)| (line.date, rank)).collect();
        let open_bank = (0..).zip(bank).map(|(at, line)| (line.booked_on, at)).collect();
        Self { bank, books, open_bank, open_books, matches: Vec::new() }
    }

    fn by_reference(&mut self) {
        let mut known: HashMap<(&str, Money), BTreeSet<(NaiveDate, Rank)>> = HashMap::new();
        for (rank, line) in (0..).zip(&self.books) {
            if let Some(reference) = named(line) {
                known.entry((reference, line.amount)).or_default().insert((line.date, rank));
            }
        }
        for (date, at) in self.open_bank.clone() {
            let Some(line) = self.bank.get(at) else { continue };
            let near = line.references.iter().filter_map(|reference| {
                let key = (reference.trim(), line.amount);
                nearest(known.get(&key)?, date).map(|found| (found, key))
            });
            let near = near.min_by_key(|((day, rank), _)| (apart(*day, date), *day, *rank));
            if let Some((found, key)) = near {
                known.entry(key).or_default().remove(&found);
                self.take(at, &[found], MatchedBy::Reference);
            }
        }
    }

    fn by_amount(&mut self, window: u16) {
        let mut open: HashMap<Money, BTreeSet<(NaiveDate, Rank)>> = HashMap::new();
        for (date, rank) in &self.open_books {
            if let Some(line) = self.books.get(*rank) {
                open.entry(line.amount).or_default().insert((*date, *rank));
            }
        }
        for days in 0..=window {
            for (date, at) in self.open_bank.clone() {
                let Some(line) = self.bank.get(at) else { continue };
                let Some(same) = open.get_mut(&line.amount) else { continue };
                let found = around(date, days).find_map(|day| first_of(same, day));
                if let Some(found) = found {
                    same.remove(&found);
                    self.take(at, &[found], MatchedBy::AmountAndDate);
                }
            }
        }
    }

    /// Looks for deposits by one way of choosing among the open lines of a day.
    fn by_deposit(&mut self, window: u16, choose: fn(&Self, &[Rank], Money) -> Option<Vec<Rank>>) {
        for days in 0..=window {
            for (date, at) in self.open_bank.clone() {
                let Some(amount) = self.bank.get(at).map(|line| line.amount) else { continue };
                let found = around(date, days).find_map(|day| {
                    let lines = self.open_on(day, amount);
                    let chosen = choose(self, &lines, amount)?;
                    Some(chosen.into_iter().map(|rank| (day, rank)).collect::<Vec<_>>())
                });
                if let Some(found) = found {
                    self.take(at, &found, MatchedBy::Deposit);
                }
            }
        }
    }

    /// The open lines of a day that go the same way as an amount.
    fn open_on(&self, day: NaiveDate, amount: Money) -> Vec<Rank> {
        let same_way = |rank: &Rank| {
            self.amount(*rank).is_some_and(|it| {
                it.is_positive() && amount.is_positive() || it.is_negative() && amount.is_negative()
            })
        };
        self.open_books
            .range((day, Rank::MIN)..=(day, Rank::MAX))
            .map(|(_, rank)| *rank)
            .filter(same_way)
            .collect()
    }

    /// All lines with one reference.
    fn one_reference(&self, lines: &[Rank], amount: Money) -> Option<Vec<Rank>> {
        let mut groups: BTreeMap<&str, Vec<Rank>> = BTreeMap::new();
        for rank in lines {
            if let Some(reference) = named_by(self.books.get(*rank)) {
                groups.entry(reference).or_default().push(*rank);
            }
        }
        groups.into_values().find(|group| group.len() > 1 && self.sum_to(group, amount))
    }

    fn whole_day(&self, lines: &[Rank], amount: Money) -> Option<Vec<Rank>> {
        (lines.len() > 1 && self.sum_to(lines, amount)).then(|| lines.to_vec())
    }

    fn only_selection(&self, lines: &[Rank], amount: Money) -> Option<Vec<Rank>> {
        let sizes: Vec<(Rank, u64)> = lines
            .iter()
            .filter_map(|rank| Some((*rank, self.amount(*rank)?.minor().unsigned_abs())))
            .collect();
        subset::only_one(&sizes, amount.minor().unsigned_abs())
    }

    fn sum_to(&self, lines: &[Rank], amount: Money) -> bool {
        let amounts = lines.iter().filter_map(|rank| self.amount(*rank));
        Money::total(amounts).is_ok_and(|sum| sum == amount)
    }

    fn amount(&self, rank: Rank) -> Option<Money> {
        self.books.get(rank).map(|line| line.amount)
    }

    fn take(&mut self, at: usize, lines: &[(NaiveDate, Rank)], by: MatchedBy) {
        if let Some(line) = self.bank.get(at) {
            self.open_bank.remove(&(line.booked_on, at));
        }
        for line in lines {
            self.open_books.remove(line);
        }
        let mut ranks: Vec<Rank> = lines.iter().map(|(_, rank)| *rank).collect();
        ranks.sort_unstable();
        let books = ranks.iter().filter_map(|rank| self.books.get(*rank)).map(|line| line.id);
        self.matches.push(Match { bank: at, books: books.collect(), by });
    }

    fn end(mut self) -> Matching<Id> {
        let mut open: HashMap<&str, BTreeSet<(NaiveDate, Rank)>> = HashMap::new();
        for (date, rank) in &self.open_books {
            if let Some(reference) = named_by(self.books.get(*rank)) {
                open.entry(reference).or_default().insert((*date, *rank));
            }
        }
        let mut exceptions = Vec::new();
        for (date, at) in std::mem::take(&mut self.open_bank) {
            let Some(line) = self.bank.get(at) else { continue };
            let differing = line.references.iter().find_map(|reference| {
                let same = open.get_mut(reference.trim())?;
                let found = nearest(same, date)?;
                let book = self.books.get(found.1)?;
                let by = line.amount.minus(book.amount).ok()?;
                // A deposit and its return share a reference: opposite ways are no difference.
                let same_way = line.amount.is_negative() == book.amount.is_negative();
                same_way.then(|| {
                    same.remove(&found);
                    (found, Exception::AmountDiffers { bank: at, book: book.id, by })
                })
            });
            match differing {
                Some((found, exception)) => {
                    self.open_books.remove(&found);
                    exceptions.push((at, exception));
                }
                None => exceptions.push((at, Exception::InBankOnly { bank: at })),
            }
        }
        exceptions.sort_by_key(|(at, _)| *at);
        let mut exceptions: Vec<Exception<Id>> = exceptions.into_iter().map(|(_, it)| it).collect();
        let left = self.open_books.iter().filter_map(|(_, rank)| self.books.get(*rank));
        exceptions.extend(left.map(|line| Exception::InBooksOnly { book: line.id }));
        self.matches.sort_by_key(|found| found.bank);
        Matching { matches: self.matches, exceptions }
    }
}

fn named<Id>(line: &BookLine<Id>) -> Option<&str> {
    line.reference.as_deref().map(str::trim).filter(|reference| !reference.is_empty())
}

fn named_by<'a, Id>(line: Option<&&'a BookLine<Id>>) -> Option<&'a str> {
    line.and_then(|line| named(line))
}

fn apart(one: NaiveDate, two: NaiveDate) -> u64 {
    (one - two).num_days().unsigned_abs()
}

/// The day so many days before, then the one after.
fn around(date: NaiveDate, days: u16) -> impl Iterator<Item = NaiveDate> {
    let by = Days::new(days.into());
    let after = if days == 0 { None } else { date.checked_add_days(by) };
    date.checked_sub_days(by).into_iter().chain(after)
}

fn first_of(lines: &BTreeSet<(NaiveDate, Rank)>, day: NaiveDate) -> Option<(NaiveDate, Rank)> {
    lines.range((day, Rank::MIN)..=(day, Rank::MAX)).next().copied()
}

/// The line of the nearest day, the earlier of two.
fn nearest(lines: &BTreeSet<(NaiveDate, Rank)>, date: NaiveDate) -> Option<(NaiveDate, Rank)> {
    let after = lines.range((date, Rank::MIN)..).next().copied();
    let before = lines.range(..(date, Rank::MIN)).next_back().map(|(day, _)| *day);
    let before = before.and_then(|day| first_of(lines, day));
    before.into_iter().chain(after).min_by_key(|(day, rank)| (apart(*day, date), *day, *rank))
}

#[cfg(test)]
mod tests;
