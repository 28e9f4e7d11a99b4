use super::*;

const REQUIRED: [&str; 8] = [
    "client_account_number",
    "debtor_type",
    "last",
    "original_creditor",
    "current_creditor",
    "product",
    "service_or_open_date",
    "principal",
];

const GIVEN: GivenWithUpload = GivenWithUpload { portfolio: true };

fn mapped(header: &str, column: Column) -> MappedColumn {
    MappedColumn { header: header.to_owned(), column }
}

#[test]
fn canonical_headers_need_no_mapping_whatever_their_case() {
    let header: Vec<String> =
        REQUIRED.iter().map(|name| format!(" {} ", name.to_uppercase())).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let layout = Mapping::default().layout(&header, GIVEN).unwrap();
    assert!(layout.has(Column::Principal));
    assert!(layout.unmapped().is_empty());
}

#[test]
fn foreign_headers_and_constants_make_a_whole_file() {
    let mapping = Mapping {
        columns: vec![
            mapped("Acct #", Column::ClientAccountNumber),
            mapped("Pt Last", Column::Last),
            mapped("DOS", Column::ServiceOrOpenDate),
            mapped("amt due", Column::Principal),
            mapped("Amt Due", Column::PlacedBalance),
        ],
        constants: [
            (Column::DebtorType, "consumer"),
            (Column::OriginalCreditor, "Mercyvale"),
            (Column::CurrentCreditor, "Mercyvale"),
            (Column::Product, "medical"),
        ]
        .map(|(column, value)| ConstantValue { column, value: value.to_owned() })
        .into(),
        ..Mapping::default()
    };
    let layout = mapping.layout(&["Acct #", "PT LAST", "DOS", "Amt Due", "Ins"], GIVEN).unwrap();
    assert_eq!(layout.unmapped(), ["Ins"]);
    let record = ["1", "Vane", "2026-01-01", "5.00", "x"].map(Cell::Text);
    let values = layout.values(&record);
    assert_eq!(values.get(Column::Principal), Cell::Text("5.00"));
    assert_eq!(values.get(Column::PlacedBalance), Cell::Text("5.00"));
    assert_eq!(values.get(Column::DebtorType), Cell::Text("consumer"));
    assert_eq!(values.get(Column::Notes), Cell::Blank);
    let again = ["acct #", "Pt last", "dos", "AMT DUE", "anything"].map(Cell::Text);
    assert!(layout.is_header(&again) && !layout.is_header(&record));
}

#[test]
fn a_header_twice_refuses_the_file_only_when_it_is_mapped() {
    let twice: Vec<&str> = REQUIRED.into_iter().chain(["principal"]).collect();
    assert_eq!(
        Mapping::default().layout(&twice, GIVEN),
        Err(MappingRefusal::DuplicateHeader("principal".to_owned()))
    );
    let foreign: Vec<&str> = REQUIRED.into_iter().chain(["x", "X"]).collect();
    assert!(Mapping::default().layout(&foreign, GIVEN).is_ok());
    let mapping = Mapping { columns: vec![mapped("x", Column::Notes)], ..Mapping::default() };
    assert_eq!(
        mapping.layout(&foreign, GIVEN),
        Err(MappingRefusal::DuplicateHeader("x".to_owned()))
    );
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(
        Mapping::default().layout(&["first", "last"], GivenWithUpload { portfolio: false }),
        Err(MappingRefusal::RequiredMissing(vec![
            "client_account_number",
            "debtor_type",
            "original_creditor",
            "current_creditor",
            "product",
            "service_or_open_date",
            "principal",
            "portfolio_code",
        ]))
    );
    let mapping = Mapping { columns: vec![mapped("Acct", Column::Notes)], ..Mapping::default() };
    assert_eq!(
        mapping.layout(&REQUIRED, GIVEN),
        Err(MappingRefusal::HeaderMissing("Acct".to_owned()))
    );
}

#[test]
fn the_separator_stands_in_the_header() {
    for (header, separator) in [
        ("a,b,c", Separator::Comma),
        ("a;b;c", Separator::Semicolon),
        ("a\tb\tc", Separator::Tab),
        ("a|b|\"c,,,,,d\"", Separator::Pipe),
        ("a", Separator::Comma),
    ] {
        assert_eq!(Separator::of_header(header.as_bytes()), separator, "{header}");
    }
}

#[test]
fn a_mapping_reads_back_and_refuses_what_it_does_not_know() {
    let mapping = Mapping { separator: Some(Separator::Pipe), ..Mapping::default() };
    let text = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&text).unwrap(), mapping);
    assert_eq!(serde_json::from_str::<Mapping>("{}").unwrap(), Mapping::default());
    assert!(serde_json::from_str::<Mapping>("{\"colums\":[]}").is_err());
}
