use super::*;
use proptest::prelude::*;

const ENTRIES: &str = r#"
      <Ntry>
        <NtryRef>1</NtryRef>
        <Amt Ccy="USD">1250</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
        <BookgDt><Dt>2025-03-05</Dt></BookgDt><ValDt><DtTm>2025-03-06T00:00:00+01:00</DtTm></ValDt>
        <AcctSvcrRef>DEP-77</AcctSvcrRef>
        <NtryDtls>
          <TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><ChqNb>1044</ChqNb></Refs>
            <RmtInf><Ustrd>Smith &amp; Sons &#35;9</Ustrd></RmtInf></TxDtls>
          <TxDtls><Refs><EndToEndId>PAY-2</EndToEndId><ChqNb>1044</ChqNb></Refs></TxDtls>
        </NtryDtls>
        <AddtlNtryInf><![CDATA[Deposit <branch 4>]]></AddtlNtryInf>
      </Ntry>
      <Ntry>
        <Amt Ccy="USD">333.33</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts>
        <BookgDt><Dt>2025-04-03</Dt></BookgDt>
      </Ntry>
      <Ntry>
        <Amt Ccy="USD">9.5</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts>
      </Ntry>"#;

fn balance(kind: &str, amount: &str, direction: &str) -> String {
    format!(
        r#"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{amount}</Amt>
        <CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>2025-03-31</Dt></Dt></Bal>"#
    )
}

fn document(version: &str, inside: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a bank's own words -->
<Document xmlns="{NAMESPACE}{version}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>M1</MsgId></GrpHdr>
    <Stmt>
      <Id>2025-03</Id>
      <FrToDt><FrDtTm>2025-03-01T00:00:00Z</FrDtTm><ToDtTm>2025-04-03T23:59:59Z</ToDtTm></FrToDt>
      <Acct><Id><Othr><Id>000123</Id></Othr></Id><Ccy>USD</Ccy></Acct>{inside}
    </Stmt>
  </BkToCstmrStmt>
</Document>"#
    )
}

fn whole(version: &str) -> String {
    let balances = balance("OPBD", "0100.00", "CRDT") + &balance("CLBD", "1016.67", "CRDT");
    document(version, &(balances + ENTRIES))
}

fn read(text: &str) -> Result<Vec<BankStatement>, Unreadable> {
    read_camt(text.as_bytes(), Currency::Usd)
}

fn faults(text: &str) -> Vec<String> {
    match read(text) {
        Err(Unreadable::Faults { faults, .. }) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_statement_of_any_version_reads_the_same() {
    let old = read(&whole("02")).unwrap();
    let [statement] = old.as_slice() else { panic!("one statement") };
    assert_eq!(statement.account.as_deref(), Some("000123"));
    assert_eq!(statement.number.as_deref(), Some("2025-03"));
    let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
    assert_eq!((statement.from, statement.to), (day("2025-03-01"), day("2025-04-03")));
    assert_eq!((statement.lines.len(), statement.not_booked), (2, 1));
    let deposit = &statement.lines[0];
    assert_eq!((deposit.amount.minor(), deposit.line), (125_000, 12));
    assert_eq!(deposit.valued_on, day("2025-03-06"));
    assert_eq!(deposit.references, ["DEP-77", "1", "1044", "PAY-2"]);
    assert_eq!(deposit.text, "Deposit <branch 4>; Smith & Sons #9");
    let returned = &statement.lines[1];
    assert_eq!((returned.amount.minor(), returned.reversal), (-33_333, true));
    assert_eq!(statement.off_by(), Ok(Some(Money::ZERO)));
    let new = whole("08").replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>");
    let new = new.replace("<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>");
    assert_eq!(read(&new).unwrap(), old);
    let prefixed = whole("04")
        .replace("xmlns=", "xmlns:c=")
        .replace("</", "</c:")
        .replace('<', "<c:")
        .replace("<c:/c:", "</c:")
        .replace("<c:?", "<?")
        .replace("<c:!", "<!")
        .replace("<c:branch", "<branch");
    assert_eq!(read(&prefixed).unwrap(), old);
}

#[test]
fn a_statement_that_does_not_add_up_says_by_how_much() {
    let short = balance("PRCD", "50.00", "DBIT") + &balance("CLBD", "866.66", "CRDT") + ENTRIES;
    let statements = read(&document("02", &short)).unwrap();
    assert_eq!(statements[0].opening, Some(Money::from_minor(-5_000)));
    assert_eq!(statements[0].off_by(), Ok(Some(Money::from_minor(-1))));
    let open = read(&document("02", ENTRIES)).unwrap();
    assert_eq!(open[0].off_by(), Ok(None));
    let two = whole("02").replace("<Stmt>", "<Stmt><Id>first</Id></Stmt><Stmt>");
    let numbers: Vec<_> = read(&two).unwrap().into_iter().map(|s| s.number.unwrap()).collect();
    assert_eq!(numbers, ["first", "2025-03"]);
}

#[test]
fn faults_name_the_line_and_the_element() {
    let bad = whole("02")
        .replace("Ccy=\"USD\">333.33", "Ccy=\"EUR\">333.33")
        .replace(">1250<", ">1250.005<")
        .replace("<Ccy>USD</Ccy>", "<Ccy>CAD</Ccy>");
    assert_eq!(
        faults(&bad),
        [
            "line 9, Acct/Ccy: The currency is \"CAD\", the account is in USD.",
            "line 14, Ntry/Amt: This is no amount with up to two decimals.",
            "line 25, Ntry/Amt: The currency is \"EUR\", the account is in USD.",
        ]
    );
    let only = |from: &str, to: &str| {
        let found = faults(&whole("02").replacen(from, to, 1));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    };
    assert!(only("<Sts>BOOK</Sts>", "").contains("Ntry/Sts: A required element is missing."));
    assert!(only(">2025-04-03<", ">2025-04-31<").contains("Ntry/BookgDt: This is no date"));
    assert!(only(">CRDT</CdtDbtInd><Sts", ">C</CdtDbtInd><Sts").contains("Expected CRDT or DBIT"));
    assert!(only(">1250<", ">-1250<").contains("Ntry/Amt: This is no amount"));
    assert!(only(">CLBD<", ">OPBD<").contains("the balance OPBD twice"));
    assert!(only(" Ccy=\"USD\">1250<", ">1250<").contains("The amount has no currency."));
}

#[test]
fn hostile_files_are_refused() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
    let bombed = whole("02").replace("<!-- a bank's own words -->", bomb);
    assert_eq!(read(&bombed), Err(Unreadable::Doctype { line: 2 }));
    let external = r#"<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>"#;
    let external = whole("02").replace("<!-- a bank's own words -->", external);
    assert_eq!(read(&external).unwrap_err().code(), "xml_doctype");
    let undefined = whole("02").replace("&amp;", "&b;");
    assert_eq!(read(&undefined).unwrap_err().code(), "xml_malformed");
    let deep = document("02", &"<X>".repeat(100_000));
    assert_eq!(read(&deep).unwrap_err().code(), "xml_too_complex");
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=\"x\"")).collect();
    assert!(read(&document("02", &format!("<X{attributes}/>"))).is_ok());
    let whole = whole("02");
    let cut = read(&whole[..whole.len() - 20]).unwrap_err();
    assert_eq!(cut.code(), "xml_malformed", "{cut}");
    assert_eq!(read(&whole.replace("</Ntry>", "</Entry>")).unwrap_err().code(), "xml_malformed");
    assert_eq!(read(&whole.replace("UTF-8", "UTF-16")).unwrap_err().code(), "not_utf8");
    let utf16: Vec<u8> = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read_camt(&[&[0xff, 0xfe], utf16.as_slice()].concat(), Currency::Usd).is_err());
    assert_eq!(
        read_camt(b"<Document>\n\xff</Document>", Currency::Usd),
        Err(Unreadable::NotUtf8 { line: 2 })
    );
}

#[test]
fn what_is_no_statement_is_refused() {
    for other in ["09", "01", "", "2x"] {
        assert_eq!(read(&whole(other)).unwrap_err().code(), "not_camt053", "{other}");
    }
    assert_eq!(
        read(&whole("02").replace("camt.053", "camt.054")).unwrap_err().code(),
        "not_camt053"
    );
    assert_eq!(read("<html><body/></html>").unwrap_err().code(), "not_camt053");
    assert_eq!(read("Date,Amount\n1,2\n").unwrap_err().code(), "not_camt053");
    assert_eq!(read("").unwrap_err().code(), "not_camt053");
    let hollow = format!("<Document xmlns=\"{NAMESPACE}02\"/>");
    assert_eq!(read(&hollow).unwrap_err().code(), "no_statement");
    // An element of another namespace: its entries are not the bank's.
    let foreign = whole("02").replacen("<Ntry>", "<Ntry xmlns=\"urn:other\">", 1);
    assert_eq!(read(&foreign).unwrap()[0].lines.len(), 1);
}

proptest! {
    #[test]
    fn nothing_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..60), at in 0_usize..3_000, cut in 0_usize..80,
    ) {
        drop(read_camt(&bytes, Currency::Usd));
        let mut broken = whole("08").into_bytes();
        let from = at.min(broken.len());
        let to = (from + cut).min(broken.len());
        broken.splice(from..to, bytes);
        drop(read_camt(&broken, Currency::Usd));
    }

    #[test]
    fn an_amount_reads_to_the_cent(minor in 0_i64..99_999_999_999_999) {
        let money = Money::from_minor(minor);
        prop_assert_eq!(read_amount(&money.to_decimal()), Some(money));
        prop_assert_eq!(read_amount(&format!("00{}000", money.to_decimal())), Some(money));
        prop_assert_eq!(read_amount(&format!("{}1", money.to_decimal())), None);
    }
}
