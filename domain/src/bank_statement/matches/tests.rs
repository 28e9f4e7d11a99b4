use super::*;
use proptest::prelude::*;

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 3, day).unwrap()
}

fn bank(of: u32, minor: i64, reference: &str) -> BankLine {
    BankLine {
        line: 0,
        booked_on: day(of),
        valued_on: None,
        amount: Money::from_minor(minor),
        text: String::new(),
        references: if reference.is_empty() { vec![] } else { vec![reference.to_owned()] },
        reversal: false,
        balance: None,
    }
}

fn book(id: u32, of: u32, minor: i64, reference: &str) -> BookLine<u32> {
    BookLine {
        id,
        date: day(of),
        amount: Money::from_minor(minor),
        reference: (!reference.is_empty()).then(|| reference.to_owned()),
    }
}

fn found(matching: &Matching<u32>) -> Vec<(usize, Vec<u32>, MatchedBy)> {
    matching.matches.iter().map(|m| (m.bank, m.books.clone(), m.by)).collect()
}

#[test]
fn a_reference_goes_before_a_nearer_date() {
    let bank = [bank(10, 5_000, ""), bank(12, 5_000, " 1044 ")];
    let books = [book(1, 10, 5_000, "1044"), book(2, 14, 5_000, "")];
    let matching = pair(&bank, &books, 5);
    assert_eq!(
        found(&matching),
        [(0, vec![2], MatchedBy::AmountAndDate), (1, vec![1], MatchedBy::Reference)]
    );
    assert!(matching.exceptions.is_empty());
}

#[test]
fn the_same_amount_is_paired_with_the_nearest_day_within_the_window() {
    let bank = [bank(10, 5_000, ""), bank(11, 5_000, ""), bank(20, 5_000, "")];
    let books = [book(1, 9, 5_000, ""), book(2, 11, 5_000, ""), book(3, 16, 5_000, "")];
    let matching = pair(&bank, &books, 3);
    assert_eq!(
        found(&matching),
        [(0, vec![1], MatchedBy::AmountAndDate), (1, vec![2], MatchedBy::AmountAndDate)]
    );
    assert_eq!(
        matching.exceptions,
        [Exception::InBankOnly { bank: 2 }, Exception::InBooksOnly { book: 3 }]
    );
    assert_eq!(pair(&bank, &books, 4).matches.len(), 3);
    // What went out is not what came in.
    let out = pair(&[super::tests::bank(9, -5_000, "")], &books[..1], 3);
    assert_eq!(out.exceptions.len(), 2);
}

#[test]
fn a_deposit_is_one_line_at_the_bank_and_many_in_the_books() {
    let books = [
        book(1, 10, 10_000, "SLIP 7"),
        book(2, 10, 2_550, "SLIP 7"),
        book(3, 10, 700, ""),
        book(4, 10, 4_000, ""),
        book(5, 10, -900, ""),
        book(6, 9, 100, ""),
        book(7, 9, 200, ""),
        book(8, 9, 400, ""),
    ];
    // The slip; what else came in that day; two of the three of the day before.
    let bank = [bank(11, 12_550, ""), bank(11, 4_700, ""), bank(10, 600, "")];
    let matching = pair(&bank, &books, 2);
    assert_eq!(
        found(&matching),
        [
            (0, vec![1, 2], MatchedBy::Deposit),
            (1, vec![3, 4], MatchedBy::Deposit),
            (2, vec![7, 8], MatchedBy::Deposit),
        ]
    );
    let left: Vec<&str> = matching.exceptions.iter().map(Exception::code).collect();
    assert_eq!(left, ["in_books_not_in_bank", "in_books_not_in_bank"]);
    // A cent off is no match.
    let off = pair(&[super::tests::bank(11, 12_551, "")], &books[..2], 2);
    assert_eq!(off.exceptions.len(), 3);
}

#[test]
fn the_same_reference_with_another_amount_is_named_with_the_difference() {
    let bank = [bank(10, 10_000, "DEP-1"), bank(11, -10_000, "DEP-2"), bank(12, 300, "")];
    let books = [book(1, 9, 10_900, "DEP-1"), book(2, 9, 10_000, "DEP-2")];
    let matching = pair(&bank, &books, 0);
    assert_eq!(
        matching.exceptions,
        [
            Exception::AmountDiffers { bank: 0, book: 1, by: Money::from_minor(-900) },
            Exception::InBankOnly { bank: 1 },
            Exception::InBankOnly { bank: 2 },
            Exception::InBooksOnly { book: 2 },
        ]
    );
}

fn lines() -> impl Strategy<Value = (Vec<BankLine>, Vec<BookLine<u32>>)> {
    // Few amounts, days and references, so that there is much to confuse.
    let row = || (1_u32..8, -4_i64..7, 0_usize..4);
    let reference = |at: usize| ["", "A", "B", "C"][at];
    (proptest::collection::vec(row(), 0..25), proptest::collection::vec(row(), 0..25)).prop_map(
        move |(banks, books)| {
            (
                banks.iter().map(|(d, m, r)| bank(*d, *m, reference(*r))).collect(),
                (0..).zip(&books).map(|(id, (d, m, r))| book(id, *d, *m, reference(*r))).collect(),
            )
        },
    )
}

proptest! {
    #[test]
    fn every_line_is_used_exactly_once_and_every_match_is_exact(
        (bank, books) in lines(), window in 0_u16..4,
    ) {
        let matching = pair(&bank, &books, window);
        let mut banks: Vec<usize> = matching.matches.iter().map(|m| m.bank).collect();
        let mut ids: Vec<u32> = matching.matches.iter().flat_map(|m| m.books.clone()).collect();
        for exception in &matching.exceptions {
            match exception {
                Exception::InBankOnly { bank } => banks.push(*bank),
                Exception::InBooksOnly { book } => ids.push(*book),
                Exception::AmountDiffers { bank, book, by } => {
                    prop_assert!(!by.is_zero());
                    banks.push(*bank);
                    ids.push(*book);
                }
            }
        }
        banks.sort_unstable();
        ids.sort_unstable();
        prop_assert_eq!(banks, (0..bank.len()).collect::<Vec<_>>());
        prop_assert_eq!(ids, books.iter().map(|b| b.id).collect::<Vec<_>>());
        for found in &matching.matches {
            let of = |id: &u32| books.iter().find(|b| b.id == *id).unwrap();
            let sum = Money::total(found.books.iter().map(|id| of(id).amount)).unwrap();
            prop_assert_eq!(sum, bank[found.bank].amount);
            let one_day = found.books.iter().all(|id| of(id).date == of(&found.books[0]).date);
            prop_assert!(one_day);
            prop_assert_eq!(found.books.len() > 1, found.by == MatchedBy::Deposit);
            if found.by != MatchedBy::Reference {
                let days = apart(of(&found.books[0]).date, bank[found.bank].booked_on);
                prop_assert!(days <= u64::from(window));
            }
        }
        // The order of the books does not matter, and the same lines give the same answer.
        let mut turned = books.clone();
        turned.reverse();
        prop_assert_eq!(pair(&bank, &turned, window), matching);
    }

    #[test]
    fn books_that_mirror_the_bank_leave_no_exception((bank, _) in lines(), window in 0_u16..4) {
        let books: Vec<BookLine<u32>> = (0..)
            .zip(&bank)
            .map(|(id, line)| BookLine {
                id,
                date: line.booked_on,
                amount: line.amount,
                reference: line.references.first().cloned(),
            })
            .collect();
        let matching = pair(&bank, &books, window);
        prop_assert!(matching.exceptions.is_empty());
        prop_assert_eq!(matching.matches.len(), bank.len());
    }
}
