//! Records that are no accounts: blank lines, repeated headers, totals, footers.

use super::cell::Cell;
use super::column::Column;
use super::finding::Code;
use super::mapping::Layout;

/// Why this record is skipped, or none when it has to be read as an account. It is asked before
/// the number of fields is checked, because such lines are seldom whole.
pub fn recognise(record: &[Cell<'_>], layout: &Layout) -> Option<Code> {
    let mut shown = record.iter().filter_map(|cell| cell.text());
    let Some(first) = shown.next() else { return Some(Code::BlankLine) };
    let more = shown.count();
    if layout.is_header(record) {
        return Some(Code::RepeatedHeader);
    }
    let whole = record.len() == layout.width();
    let values = layout.values(record);
    let named = whole
        && [Column::Last, Column::BusinessName]
            .iter()
            .any(|column| values.get(*column).text().is_some_and(|text| !is_total(&text)));
    let numbered = whole
        && values
            .get(Column::ClientAccountNumber)
            .text()
            .is_some_and(|text| !is_total(&text) && !is_footer(&text));
    if named || numbered {
        return None;
    }
    let total = record.iter().filter_map(|cell| cell.text()).any(|text| is_total(&text));
    if total {
        return Some(Code::TotalLine);
    }
    let alone =
        more == 0 && first.contains(char::is_whitespace) && first.contains(char::is_alphabetic);
    (alone || is_footer(&first)).then_some(Code::FooterLine)
}

/// Whether this record is the trailer with the control totals.
pub fn is_trailer(record: &[Cell<'_>]) -> bool {
    record
        .first()
        .and_then(|cell| cell.code())
        .is_some_and(|text| text.eq_ignore_ascii_case("trailer"))
}

fn is_total(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    [
        "total",
        "grand total",
        "subtotal",
        "sub-total",
        "sub total",
        "sum",
        "page total",
        "file total",
    ]
    .iter()
    .filter_map(|word| text.strip_prefix(word))
    .any(|rest| !rest.trim_start_matches('s').starts_with(char::is_alphanumeric))
}

fn is_footer(text: &str) -> bool {
    let text = text.to_lowercase();
    let text = text.trim_start();
    [
        "end of",
        "*** end",
        "page ",
        "generated",
        "report ",
        "printed",
        "run date",
        "run time",
        "prepared",
        "confidential",
        "record count",
        "records:",
        "number of records",
        "row count",
        "rows:",
        "count:",
        "eof",
        "***",
        "---",
        "===",
        "(c) ",
        "\u{a9}",
        "note:",
        "disclaimer",
        "this report",
        "this file",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::super::mapping::{GivenWithUpload, Mapping};
    use super::*;

    fn layout() -> Layout {
        let header = [
            "portfolio_code",
            "client_account_number",
            "debtor_type",
            "last",
            "original_creditor",
            "current_creditor",
            "product",
            "service_or_open_date",
            "principal",
        ];
        Mapping::default().layout(&header, GivenWithUpload { portfolio: false }).unwrap()
    }

    fn recognised(line: &str) -> Option<Code> {
        let record: Vec<Cell<'_>> = line.split(',').map(Cell::Text).collect();
        recognise(&record, &layout())
    }

    #[test]
    fn lines_that_are_no_accounts() {
        for (line, expected) in [
            ("", Some(Code::BlankLine)),
            (",,,,,,,,", Some(Code::BlankLine)),
            (" ,\t,,,,,,, ", Some(Code::BlankLine)),
            (
                "Portfolio_Code,client_account_number,debtor_type,last,original_creditor,\
                 current_creditor,product,service_or_open_date,PRINCIPAL",
                Some(Code::RepeatedHeader),
            ),
            ("Total,,,,,,,,1250.00", Some(Code::TotalLine)),
            ("TOTALS:,,,,,,,,\"1", Some(Code::TotalLine)),
            (",Grand Total,,,,,,,1250.00", Some(Code::TotalLine)),
            (",,,Total,,,,,1250.00", Some(Code::TotalLine)),
            ("Total accounts: 25", Some(Code::TotalLine)),
            ("End of report", Some(Code::FooterLine)),
            ("Generated on 11/18/2026, 2:30 PM", Some(Code::FooterLine)),
            ("Page 1 of 3,,,,,,,,", Some(Code::FooterLine)),
            ("Thank you for your business,,,,,,,,", Some(Code::FooterLine)),
            ("*** CONFIDENTIAL ***", Some(Code::FooterLine)),
        ] {
            assert_eq!(recognised(line), expected, "{line}");
        }
    }

    #[test]
    fn an_account_is_never_taken_for_a_footer() {
        for line in [
            "P,1,consumer,Totalbury,M,M,card,2026-01-01,5.00",
            "P,1,consumer,Total,M,M,card,2026-01-01,5.00",
            "P,,consumer,Vane,M,M,card,2026-01-01,5.00",
            "P,17,consumer",
            "FE41-000001",
            "P,1,consumer,,M,M,card,2026-01-01,5.00",
        ] {
            assert_eq!(recognised(line), None, "{line}");
        }
    }

    #[test]
    fn a_trailer_says_so() {
        assert!(is_trailer(&[Cell::Text("trailer "), Cell::Text("5")]));
        assert!(!is_trailer(&[Cell::Text("5")]));
    }
}
