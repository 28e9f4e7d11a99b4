use super::*;
use crate::bank_statement::MAX_FAULTS;
use proptest::prelude::*;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn mapping(text: &str) -> CsvMapping {
    serde_json::from_str(text).unwrap()
}

fn signed() -> CsvMapping {
    mapping(
        r#"{
            "header": true, "delimiter": "comma", "date": "posting date",
            "amount": {"signed": {"column": "Amount", "positive_is": "credit"}},
            "description": ["Description", 5], "reference": "Check #", "balance": "Balance"
        }"#,
    )
}

fn read(text: &str, mapping: &CsvMapping) -> Result<BankStatement, Unreadable> {
    read_csv(text.as_bytes(), mapping, Currency::Usd, on("2025-04-15"))
}

fn faults(text: &str, mapping: &CsvMapping) -> Vec<String> {
    match read(text, mapping) {
        Err(Unreadable::Faults { faults, .. }) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

const MARCH: &str = "\u{feff}Posting Date,Description,Amount,Check #,Memo,Balance\r\n\
    3/31/2025,\"DEPOSIT, BRANCH 4\",\"1,250.00\",,Slip 77,\"$2,150.00\"\r\n\
    3/12/2025,CHECK,-100.00,1044,,900.00\r\n\
    \r\n\
    3/05/25,RETURNED ITEM,(40.00),,,\"1,000.00\"\r\n";

#[test]
fn a_statement_newest_first_is_turned_and_proves_itself() {
    let statement = read(MARCH, &signed()).unwrap();
    assert_eq!((statement.from, statement.to), (Some(on("2025-03-05")), Some(on("2025-03-31"))));
    assert_eq!(statement.opening, Some(Money::from_minor(104_000)));
    assert_eq!(statement.closing, Some(Money::from_minor(215_000)));
    assert_eq!(statement.off_by(), Ok(Some(Money::ZERO)));
    assert_eq!(statement.first_break(), Ok(None));
    let amounts: Vec<i64> = statement.lines.iter().map(|line| line.amount.minor()).collect();
    assert_eq!(amounts, [-4_000, -10_000, 125_000]);
    assert_eq!(statement.lines[1].references, ["1044"]);
    assert_eq!(statement.lines[2].text, "DEPOSIT, BRANCH 4 Slip 77");
    assert_eq!((statement.lines[0].line, statement.lines[2].line), (5, 2));
}

#[test]
fn a_line_that_is_missing_shows_by_how_much() {
    let without_the_check: String =
        MARCH.lines().filter(|line| !line.contains("CHECK")).map(|l| format!("{l}\n")).collect();
    let statement = read(&without_the_check, &signed()).unwrap();
    assert_eq!(statement.off_by(), Ok(Some(Money::from_minor(-10_000))));
    let (line, off) = statement.first_break().unwrap().unwrap();
    assert_eq!((line.amount.minor(), off.minor()), (125_000, -10_000));
}

#[test]
fn columns_for_debit_and_credit_by_number_without_header() {
    let mapping = mapping(
        r#"{
            "skip_lines": 2, "header": false, "delimiter": "semicolon", "date": 1,
            "date_order": "day_month_year", "value_date": 2, "decimal_mark": "comma",
            "amount": {"split": {"debit": 3, "credit": 4}}, "description": [5]
        }"#,
    );
    let statement = read(
        "Konto;1\nZeitraum;\"03\n05.03.2025;06.03.2025;1.000,50;;Rent\n07.03.2025;;;20,00;Fee\n08.03.2025;;-3,00;0,00;Fee\n",
        &mapping,
    )
    .unwrap();
    let rows: Vec<(i64, u64)> =
        statement.lines.iter().map(|l| (l.amount.minor(), l.line)).collect();
    assert_eq!(rows, [(-100_050, 3), (2_000, 4), (-300, 5)]);
    assert_eq!(statement.lines[0].valued_on, Some(on("2025-03-06")));
    assert_eq!((statement.opening, statement.off_by()), (None, Ok(None)));
    assert_eq!(
        faults("\n\n05.03.2025;;1,00;1,00;x\n05.03.2025;;;;x\n05.03.2025;;;-1,00;x\n", &mapping),
        [
            "line 3, column 4: The line has a debit and a credit; it may have one of them.",
            "line 4, column 3: A required value is missing. Fill it in.",
            "line 5, column 4: The credit is negative; check the columns of the mapping.",
        ]
    );
}

#[test]
fn every_bad_line_is_named_with_line_and_column() {
    let bad = "Posting Date,Description,Amount,Check #,Memo,Balance\n\
        2025-02-30,A,1.00,,,\n\
        2025-03-01,B,1.0O,,,\n\
        2025-03-02,C,1.00,,,\n\
        ,D,1.00,,,1.00\n";
    assert_eq!(
        faults(bad, &signed()),
        [
            "line 2, column \"posting date\": There is no such day. Check the day and month, and the date order of the mapping.",
            "line 3, column \"Amount\": The amount has letters in it. Use digits; check for the letter O where a zero belongs.",
            "line 5, column \"posting date\": A required value is missing. Fill it in.",
        ]
    );
    let many =
        format!("Posting Date,Description,Amount,Check #,Memo,Balance\n{}", "x,,,,,\n".repeat(80));
    match read(&many, &signed()) {
        Err(Unreadable::Faults { faults, total }) => {
            assert_eq!((faults.len(), total), (MAX_FAULTS, 80));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_does_not_fit_its_mapping_is_refused_whole() {
    let code =
        |text: &[u8]| read_csv(text, &signed(), Currency::Usd, on("2025-04-15")).unwrap_err();
    assert_eq!(
        code(b"Posting Date,Amt\n").to_string(),
        "the file has no column \"Amount\"; its columns are: Posting Date, Amt"
    );
    assert_eq!(
        code(b"Posting Date,Amount,Amount,Description,Check #,Balance\n").code(),
        "column_twice"
    );
    assert_eq!(code(b"").code(), "empty_file");
    assert_eq!(
        code(b"Posting Date,Description,Amount,Check #,Memo,Balance\n").code(),
        "empty_file"
    );
    assert_eq!(code(b"Posting Date\nCaf\xe9\n"), Unreadable::NotUtf8 { line: 2 });
    assert_eq!(code(&vec![b'x'; crate::bank_statement::MAX_BYTES + 1]).code(), "file_too_large");
    let unclosed = format!(
        "Posting Date,Description,Amount,Check #,Memo,Balance\n2025-03-01,\"{}",
        "x".repeat(70_000)
    );
    assert_eq!(code(unclosed.as_bytes()).code(), "lines_unreadable");
}

#[test]
fn where_positive_is_what_went_out_signs_turn() {
    let mut mapping = signed();
    mapping.amount = AmountColumns::Signed {
        column: ColumnRef::Name("Amount".into()),
        positive_is: PositiveIs::Debit,
    };
    mapping.balance = None;
    let statement = read(MARCH, &mapping).unwrap();
    assert_eq!(statement.lines[0].amount, Money::from_minor(4_000));
    assert_eq!(statement.closing, None);
}

proptest! {
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..300) {
        drop(read_csv(&bytes, &signed(), Currency::Usd, on("2025-04-15")));
        let mut broken = MARCH.as_bytes().to_vec();
        let at = cut.min(broken.len());
        broken.splice(at..at, bytes);
        drop(read_csv(&broken, &signed(), Currency::Usd, on("2025-04-15")));
    }

    #[test]
    fn what_is_written_reads_back_and_proves_itself(
        amounts in proptest::collection::vec(-99_999_999_i64..99_999_999, 1..40),
        opening in 0_i64..999_999_999, newest_first in any::<bool>(),
    ) {
        let mut balance = opening;
        let mut rows: Vec<String> = amounts
            .iter()
            .map(|amount| {
                balance += amount;
                format!("2025-03-01,x,{},,,{}\n", Money::from_minor(*amount), Money::from_minor(balance))
            })
            .collect();
        if newest_first {
            rows.reverse();
        }
        let text = format!("Posting Date,Description,Amount,Check #,Memo,Balance\n{}", rows.concat());
        let statement = read(&text, &signed()).unwrap();
        prop_assert_eq!(statement.off_by(), Ok(Some(Money::ZERO)));
        prop_assert_eq!(statement.first_break(), Ok(None));
        // A single line, or lines that cancel out, read the same both ways.
        let net: i64 = amounts.iter().sum();
        let moved = statement.closing.unwrap().minus(statement.opening.unwrap());
        prop_assert_eq!(moved, Ok(Money::from_minor(net)));
    }
}
