use super::*;
use calamine::{Data, DataType as _, Reader, Xlsx};
use chrono::{NaiveDate, TimeZone, Utc};
use domain::{Money, Rate};
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::io::{Cursor, Read};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn money(minor: i64) -> Cell {
    Cell::Money(Money::from_minor(minor))
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("Debtor"),
        Column::whole("Accounts"),
        Column::money("Collected"),
        Column::percent("Rate"),
        Column::date("Paid"),
        Column::instant("Posted"),
    ]
}

fn table() -> Table {
    let mut table = Table::new("collections", columns());
    let at = Utc.with_ymd_and_hms(2026, 1, 31, 17, 5, 9).unwrap();
    let rate = |text: &str| Cell::Percent(Rate::parse(text).unwrap());
    table
        .push(vec![
            Cell::text("Nguyễn, Ñandú 张"),
            Cell::Whole(3),
            money(123_456),
            rate("0.333333"),
            Cell::Date(day("2026-01-31")),
            Cell::Instant(at),
        ])
        .unwrap();
    table
        .push(vec![
            Cell::text("=HYPERLINK(\"http://example.invalid\")"),
            Cell::Whole(0),
            money(-5),
            Cell::Share(Decimal::new(1_125, 3)),
            Cell::Empty,
            Cell::Empty,
        ])
        .unwrap();
    table
}

fn read_back(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheets = book.sheet_names();
    let range = book.worksheet_range(sheets.first().unwrap()).unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

/// A part of the package, as it is in it.
fn part(bytes: &[u8], name: &str) -> String {
    let mut book = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
    let mut text = String::new();
    book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// A day or an instant as a spreadsheet counts it.
fn serial(cell: &Data) -> f64 {
    let Data::DateTime(at) = cell else { panic!("not a day: {cell:?}") };
    at.as_f64()
}

/// Days since the last day of 1899.
fn days(day: NaiveDate) -> f64 {
    let first = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();
    f64::from(i32::try_from((day - first).num_days()).expect("days of a calendar"))
}

#[test]
fn csv_says_each_cell_in_the_form_of_the_wire() {
    let file = table().write(Format::Csv).unwrap();
    assert_eq!(file.name, "collections.csv");
    assert_eq!(
        String::from_utf8(file.bytes).unwrap(),
        "Debtor,Accounts,Collected,Rate,Paid,Posted\r\n\
         \"Nguyễn, Ñandú 张\",3,1234.56,0.333333,2026-01-31,2026-01-31T17:05:09Z\r\n\
         \"'=HYPERLINK(\"\"http://example.invalid\"\")\",0,-0.05,1.125,,\r\n"
    );
}

#[test]
fn a_sheet_reads_back_as_the_rows_it_was_made_of() {
    let file = table().write(Format::Xlsx).unwrap();
    assert_eq!(file.name, "collections.xlsx");
    let rows = read_back(file.bytes);
    let titles: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(titles, ["Debtor", "Accounts", "Collected", "Rate", "Paid", "Posted"]);
    assert_eq!(rows[1][0], Data::String("Nguyễn, Ñandú 张".to_owned()));
    assert_eq!(rows[1][1], Data::Float(3.0));
    assert_eq!(rows[1][2], Data::Float(1234.56));
    assert_eq!(rows[1][3], Data::Float(0.333333));
    assert_eq!(serial(&rows[1][4]), days(day("2026-01-31")));
    let seconds = f64::from(17 * 3600 + 5 * 60 + 9);
    assert!((serial(&rows[1][5]) - days(day("2026-01-31")) - seconds / 86_400.0).abs() < 1e-8);
    assert_eq!(rows[2][2], Data::Float(-0.05));
    assert_eq!(rows[2][3], Data::Float(1.125));
    assert!(rows[2][4].is_empty() && rows[2][5].is_empty());
}

#[test]
fn text_in_a_sheet_is_never_a_formula() {
    let bytes = table().write(Format::Xlsx).unwrap().bytes;
    let rows = read_back(bytes.clone());
    assert_eq!(rows[2][0], Data::String("=HYPERLINK(\"http://example.invalid\")".to_owned()));
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>"), "a formula");
    assert!(sheet.contains("state=\"frozen\""), "the heading stays in sight");
}

#[test]
fn the_same_rows_make_the_same_file() {
    let first = table().write(Format::Xlsx).unwrap().bytes;
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(first, table().write(Format::Xlsx).unwrap().bytes);
}

#[test]
fn an_amount_beyond_a_spreadsheets_digits_keeps_its_cents_as_text() {
    let mut table = Table::new("big", vec![Column::money("Sum"), Column::whole("Count")]);
    table.push(vec![money(999_999_999_999_999), Cell::Whole(999_999_999_999_999)]).unwrap();
    table.push(vec![money(9_007_199_254_740_993), Cell::Whole(9_007_199_254_740_993)]).unwrap();
    table.push(vec![money(i64::MIN + 1), Cell::Whole(i64::MIN)]).unwrap();
    let rows = read_back(table.write(Format::Xlsx).unwrap().bytes);
    assert_eq!(rows[1][0], Data::Float(9_999_999_999_999.99));
    assert_eq!(rows[2][0], Data::String("90071992547409.93".to_owned()));
    assert_eq!(rows[2][1], Data::String("9007199254740993".to_owned()));
    assert_eq!(rows[3][1], Data::String(i64::MIN.to_string()));
}

#[test]
fn a_row_that_does_not_fit_its_columns_is_refused() {
    let mut table = Table::new("t", vec![Column::text("Name"), Column::money("Sum")]);
    assert!(matches!(
        table.push(vec![Cell::text("one")]),
        Err(ExportError::Uneven { cells: 1, columns: 2 })
    ));
    assert!(matches!(
        table.push(vec![Cell::text("one"), Cell::text("12.00")]),
        Err(ExportError::WrongKind { column }) if column == "Sum"
    ));
    assert!(table.rows().is_empty());
}

#[test]
fn a_text_longer_than_a_cell_is_refused_and_csv_takes_it() {
    let mut table = Table::new("notes", vec![Column::text("Note")]);
    table.push(vec![Cell::Text("x".repeat(40_000))]).unwrap();
    assert!(matches!(table.write(Format::Xlsx), Err(ExportError::TextTooLong)));
    assert_eq!(table.write(Format::Csv).unwrap().bytes.len(), "Note\r\n".len() + 40_000 + 2);
}

#[test]
fn a_sheet_may_be_called_anything() {
    for name in ["a/b", "", "[]", "'quoted'", "a name that is longer than a sheet's may be by far"]
    {
        let table = Table::new(name, vec![Column::text("Name")]);
        assert_eq!(read_back(table.write(Format::Xlsx).unwrap().bytes).len(), 1, "{name}");
    }
}

#[test]
fn text_of_the_outside_never_runs_in_a_spreadsheet() {
    for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{a0}=1"] {
        assert!(Cell::text(evil).to_csv().starts_with('\''), "{evil:?}");
    }
    assert_eq!(harmless("O'Brien, Ana"), "O'Brien, Ana");
    assert_eq!(harmless("12.00"), "12.00");
}

proptest! {
    #[test]
    fn whatever_a_name_is_it_comes_back(name in "\\PC{0,40}", minor in -1_000_000_000_000_i64..1_000_000_000_000) {
        let mut table = Table::new("t", vec![Column::text("Name"), Column::money("Sum")]);
        table.push(vec![Cell::text(name.clone()), money(minor)]).unwrap();
        let rows = read_back(table.write(Format::Xlsx).unwrap().bytes);
        let row = rows.get(1).unwrap();
        if name.is_empty() {
            prop_assert!(row[0].is_empty() || row[0] == Data::String(String::new()));
        } else {
            prop_assert_eq!(&row[0], &Data::String(name));
        }
        let Data::Float(read) = row[1] else { panic!("not a number") };
        prop_assert_eq!(format!("{:.0}", read * 100.0), minor.to_string());
    }
}

#[test]
fn sums_stand_at_the_foot_under_a_word_in_any_column() {
    let mut list =
        Table::new("cash", vec![Column::date("Day"), Column::money("Net")]).titled("Daily cash");
    list.push(vec![Cell::Date(day("2026-01-31")), money(125_000)]).unwrap();
    assert!(matches!(
        list.push(vec![Cell::text("Total"), money(125_000)]),
        Err(ExportError::WrongKind { .. })
    ));
    list.push_foot(vec![Cell::text("Total"), money(125_000)]).unwrap();
    let csv = list.write(Format::Csv).unwrap();
    assert_eq!(csv.bytes, b"Day,Net\r\n2026-01-31,1250.00\r\nTotal,1250.00\r\n");
    let sheet = list.write(Format::Xlsx).unwrap();
    assert_eq!(sheet.name, "cash.xlsx");
    assert!(part(&sheet.bytes, "xl/workbook.xml").contains("name=\"Daily cash\""));
    let rows = read_back(sheet.bytes);
    let foot = rows.last().unwrap();
    assert_eq!(foot[0], Data::String("Total".to_owned()));
    assert_eq!(foot[1].as_f64(), Some(1_250.0));
}
