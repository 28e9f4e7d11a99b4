//! Statements.

use crate::fixture::{cents, day, statement};
use crate::reading::read;
use domain::remittance::RemittanceMethod;
use domain::{Currency, Money};
use letters::{LetterError, MOST_LINES, StatementLetter, Tally, long_statement_pdf, statement_pdf};

/// An amount as the tables show it.
fn figure(money: Money) -> String {
    money.to_display(Currency::Usd).replacen('$', "", 1)
}

/// Text without what depends on where a line was broken.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn every_amount_of_every_line_and_of_the_sums_is_printed() {
    let letter = statement(60).unwrap();
    let text = read(&statement_pdf(&letter).unwrap()).text();
    for line in &letter.lines {
        for amount in
            [line.to_us, line.direct, line.commission, line.tax, line.due_creditor, line.balance]
        {
            assert!(text.contains(&figure(amount)), "{amount} of {}", line.reference);
        }
        assert!(text.contains(&line.reference));
        assert!(text.contains(&line.client_account_number));
    }
    let totals = &letter.totals;
    for amount in [
        totals.opening,
        totals.to_us,
        totals.commission_to_us.negated().unwrap(),
        totals.commission_direct.negated().unwrap(),
        totals.tax.negated().unwrap(),
        totals.total,
    ] {
        assert!(text.contains(&figure(amount)), "{amount}");
    }
    for words in [
        "Statement 42",
        "January 1, 2026 to January 31, 2026",
        "CASC01",
        "Returned from statement 41",
        "Prior period",
        "PIF",
        "2 payments of $80.50 together are still on hold",
        "invoice 17 for commission on payments to you directly, $43.21, by March 3, 2026",
    ] {
        assert!(squeezed(&text).contains(&squeezed(words)), "{words}");
    }
    let remit = format!("We remit {} to you", totals.remit.to_display(Currency::Usd));
    assert!(squeezed(&text).contains(&squeezed(&remit)));
}

#[test]
fn the_same_statement_is_the_same_bytes() {
    let letter = statement(200).unwrap();
    let first = statement_pdf(&letter).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert!(first == statement_pdf(&letter).unwrap());
    // What is kept with a closed statement is enough to print it again.
    let kept = serde_json::to_string(&letter.head).unwrap();
    let again = StatementLetter { head: serde_json::from_str(&kept).unwrap(), ..letter.clone() };
    assert!(first == statement_pdf(&again).unwrap());
    let mut other = letter;
    other.head.number += 1;
    assert!(first != statement_pdf(&other).unwrap());
}

#[test]
fn names_of_any_script_do_not_vanish() {
    let mut letter = statement(7).unwrap();
    let names = [
        "Nguyễn Thị Ánh",
        // The same letters, written with signs that combine.
        "Nguye\u{302}\u{303}n",
        "Ñandú Peña",
        "张伟",
        "Ольга Щукина",
        "שרה כהן",
        "O\u{202e}gnirts",
    ];
    for (line, name) in letter.lines.iter_mut().zip(names) {
        line.debtor_name = name.to_owned();
    }
    let text = squeezed(&read(&statement_pdf(&letter).unwrap()).text());
    assert!(text.contains("NguyễnThịÁnh"));
    assert_eq!(text.matches("Nguyễn").count(), 2, "also what was written with signs that combine");
    assert!(text.contains("ÑandúPeña"));
    assert!(text.contains("ОльгаЩукина"));
    // The typeface has no Chinese: the sign's number stands there instead, for all to see.
    assert!(text.contains("[U+5F20][U+4F1F]"), "{text}");
    // Marks that turn the reading direction do not get into a document.
    assert!(text.contains("Ognirts"));
    for part in ["ש", "ר", "ה", "כ"] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn a_long_statement_goes_on_over_pages_that_say_which_they_are() {
    let letter = statement(5_000).unwrap();
    let bytes = statement_pdf(&letter).unwrap();
    let read = read(&bytes);
    let pages = read.pages.len();
    assert!((150..300).contains(&pages), "{pages} pages");
    for (at, page) in read.pages.iter().enumerate() {
        let which = format!("Page {} of {pages}", at + 1);
        assert!(page.contains(&which), "{which}");
        assert!(squeezed(page).contains("Youraccount") || at + 1 == pages, "heads on {which}");
    }
    let text = read.text();
    assert!(letter.lines.iter().all(|line| text.contains(&line.reference)));
    assert!(text.contains("All lines"));
}

#[test]
fn readers_that_do_not_look_get_headings_and_tables() {
    let letter = statement(100).unwrap();
    let read = read(&statement_pdf(&letter).unwrap());
    assert_eq!((read.parts("H1"), read.parts("H2"), read.parts("Table")), (1, 2, 3));
    // Each table has its heads once, however many pages it takes.
    assert_eq!(read.parts("THead"), 3);
    let widths = read.row_widths();
    let of = |width: usize| widths.iter().filter(|found| **found == width).count();
    // Heads, lines and the sum: all of them have all cells, so none stands under another's head.
    assert_eq!(of(14), 102, "{widths:?}");
    assert_eq!(of(2) + of(6) + of(14), widths.len(), "{widths:?}");
}

#[test]
fn a_statement_whose_figures_do_not_tie_is_not_printed() {
    let mut letter = statement(3).unwrap();
    letter.totals.to_us = letter.totals.to_us.plus(cents(1)).unwrap();
    let refused = statement_pdf(&letter).unwrap_err();
    assert!(matches!(refused, LetterError::DoesNotAddUp { what: "collected by us", .. }));

    let mut letter = statement(3).unwrap();
    letter.totals.remit = letter.totals.remit.plus(cents(1)).unwrap();
    assert!(matches!(statement_pdf(&letter), Err(LetterError::DoesNotAddUp { .. })));

    let mut letter = statement(3).unwrap();
    letter.totals.opening = letter.totals.opening.plus(cents(1)).unwrap();
    assert!(matches!(statement_pdf(&letter), Err(LetterError::DoesNotAddUp { .. })));
}

#[test]
fn a_negative_total_says_who_owes_whom() {
    let mut letter = statement(0).unwrap();
    letter.totals.opening = cents(-5_000);
    letter.totals.total = cents(-5_000);
    letter.totals.remit = Money::ZERO;
    letter.totals.carried = cents(-5_000);
    let text = squeezed(&read(&statement_pdf(&letter).unwrap()).text());
    assert!(text.contains(&squeezed("Due from you, carried forward: $50.00")));
    assert!(text.contains(&squeezed("Total due from you 50.00")));
    assert!(text.contains(&squeezed("There are no payments on this statement.")));

    letter.totals.carried = Money::ZERO;
    letter.totals.invoice_deficit = cents(5_000);
    letter.head.method = RemittanceMethod::SeparateDirect;
    let text = squeezed(&read(&statement_pdf(&letter).unwrap()).text());
    assert!(text.contains(&squeezed("Due from you: $50.00")));
}

#[test]
fn returns_withheld_and_payments_on_account_add_up_in_sight() {
    // 30.00 put aside before, of which 20.00 is taken now; 10.00 stays.
    let mut letter = statement(0).unwrap();
    letter.totals.opening = cents(2_000);
    letter.totals.credit_used = cents(2_000);
    letter.totals.open_credit = cents(-1_000);
    letter.totals.total = Money::ZERO;
    letter.totals.remit = Money::ZERO;
    let text = squeezed(&read(&statement_pdf(&letter).unwrap()).text());
    assert!(text.contains(&squeezed("Returned payments put aside before -20.00")));
    assert!(text.contains(&squeezed("Returned payments of $10.00 are put aside")));
    assert!(text.contains(&squeezed("Nothing is due to you or from you")));

    // A deficit of 50.00 that a payment on account fills.
    let mut letter = statement(0).unwrap();
    letter.totals.opening = cents(-5_000);
    letter.totals.on_account = cents(5_000);
    letter.totals.total = Money::ZERO;
    letter.totals.remit = Money::ZERO;
    let text = squeezed(&read(&statement_pdf(&letter).unwrap()).text());
    assert!(text.contains(&squeezed("Due from you on the statement before -50.00")));
    assert!(text.contains(&squeezed("Used from your payments on account 50.00")));
}

#[test]
fn amounts_of_billions_still_fit_and_absurd_ones_are_refused() {
    let mut letter = statement(2).unwrap();
    let huge = cents(12_345_678_901_234);
    for line in &mut letter.lines {
        line.balance = huge;
    }
    let text = read(&statement_pdf(&letter).unwrap()).text();
    assert!(text.contains("123,456,789,012.34"));
    for line in &mut letter.lines {
        let most = cents(i64::MAX / 8);
        line.to_us = most;
        line.due_creditor = most.minus(line.commission).unwrap().minus(line.tax).unwrap();
    }
    let totals = &mut letter.totals;
    let more = cents(i64::MAX / 4).minus(totals.to_us).unwrap();
    totals.to_us = totals.to_us.plus(more).unwrap();
    totals.total = totals.total.plus(more).unwrap();
    totals.remit = totals.total;
    // Either it fits whole, or it is refused: figures never run into each other.
    match statement_pdf(&letter) {
        Ok(bytes) => {
            let text = read(&bytes).text();
            assert!(text.contains(&figure(letter.totals.to_us)));
        }
        Err(refused) => {
            assert!(matches!(refused, LetterError::TooWide | LetterError::DoesNotAddUp { .. }))
        }
    }
}

#[test]
fn more_lines_than_are_printed_are_named_not_dropped() {
    let letter = statement(u64::try_from(MOST_LINES).unwrap() + 1).unwrap();
    let bytes = statement_pdf(&letter).unwrap();
    let mut tally = Tally::default();
    letter.lines.iter().for_each(|line| tally.add(line).unwrap());
    let counted = long_statement_pdf(&letter.head, &letter.totals, &tally).unwrap();
    assert!(bytes == counted, "whether its lines were kept or only counted");
    let read = read(&bytes);
    assert_eq!(read.pages.len(), 1);
    let text = squeezed(&read.text());
    assert!(text.contains(&squeezed("This statement has 25001 payments, more than the 25000")));
    assert!(text.contains(&squeezed(&figure(letter.totals.to_us))));
}

#[test]
fn an_address_that_does_not_fit_is_refused() {
    let mut letter = statement(1).unwrap();
    letter.head.creditor.address = vec!["Floor".to_owned(); 9];
    assert!(matches!(
        statement_pdf(&letter),
        Err(LetterError::AddressTooLong { lines: 9, most: 8, .. })
    ));
}

#[test]
fn a_date_beyond_the_calendar_does_not_stop_the_press() {
    let mut letter = statement(1).unwrap();
    letter.head.dated = day("1969-12-31");
    letter.head.period_start = None;
    let text = squeezed(&read(&statement_pdf(&letter).unwrap()).text());
    assert!(text.contains(&squeezed("up to January 31, 2026")));
}
