//! Statements, invoices and reports as files, opened again by readers that share nothing with what
//! wrote them.

use crate::http::Reply;
use crate::office::{Office, sum, usd};
use crate::world::run;
use calamine::{Data, DataType as _, Reader, Xlsx};
use chrono::{Days, NaiveDate};
use domain::{CreditorId, StaffRole};
use reqwest::Method;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use serde_json::{Value, json};
use service::users::Membership;
use std::collections::BTreeSet;
use std::io::Cursor;

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

/// Whether a document says this, however its lines were broken.
fn says(pdf: &[u8], words: &str) -> bool {
    let document = lopdf::Document::load_mem(pdf).expect("a PDF");
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    let squeezed = |text: &str| -> String { text.split_whitespace().collect() };
    squeezed(&document.extract_text(&pages).expect("text")).contains(&squeezed(words))
}

/// The rows of the one sheet of a workbook, and its name.
fn sheet(bytes: &[u8]) -> (String, Vec<Vec<Data>>) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).expect("a workbook");
    let name = book.sheet_names().first().expect("a sheet").clone();
    let rows = book.worksheet_range(&name).expect("rows");
    (name, rows.rows().map(<[Data]>::to_vec).collect())
}

/// A day as a spreadsheet counts it: from the last but one day of 1899.
fn day(cell: &Data) -> Option<String> {
    let Data::DateTime(at) = cell else { return None };
    let days = Days::new(format!("{:.0}", at.as_f64()).parse().ok()?);
    Some((NaiveDate::from_ymd_opt(1899, 12, 30)? + days).to_string())
}

fn header(reply: &Reply, name: impl reqwest::header::AsHeaderName) -> String {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

impl Office {
    async fn file(&self, path: &str) -> Reply {
        let reply = self.send(Method::GET, path, &self.key, None).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text);
        reply
    }
}

#[test]
fn a_closed_statement_prints_the_same_bytes_in_every_form_after_all_that_comes_later() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        let first = office.pays("paid_agency", "cash", debt, 123_456).await;
        office.pays("paid_creditor", "check", debt, 5_000).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        let forms = ["document", "document.pdf", "lines.csv", "lines.xlsx"];
        let print = async || {
            let mut files = Vec::new();
            for form in forms {
                files.push(office.file(&format!("/v1/statements/{}/{form}", id(&march))).await);
            }
            files
        };
        let before = print().await;
        assert!(print().await.iter().zip(&before).all(|(two, one)| two.bytes == one.bytes));
        office.turn("2025-04-10");
        office.bounces(&first).await;
        office.pays("paid_agency", "cash", debt, 40_000).await;
        let agency = office.house.id.0;
        for sql in [
            "UPDATE creditor SET name = 'Renamed' WHERE agency_id = $1",
            "UPDATE agency SET display_name = 'New Name', postal_address = 'Elsewhere', phone = '1' WHERE id = $1",
            "UPDATE account SET debtor_name = 'Somebody Else' WHERE agency_id = $1",
        ] {
            office.sql(sql, [agency.into()]).await;
        }
        office.turn("2025-05-01");
        let april = office.closes(creditor, "2025-04-30").await;
        for (form, (before, after)) in forms.iter().zip(before.iter().zip(print().await)) {
            assert!(before.bytes == after.bytes, "{form} of March changed");
        }
        let april = office.file(&format!("/v1/statements/{}/document.pdf", id(&april))).await;
        assert!(before[1].bytes != april.bytes && says(&april.bytes, "Renamed"));

        // What a person reads on it.
        for words in [
            "Statement 1",
            "March 1, 2025 to March 31, 2025",
            "North South Group",
            "PO Box 121212, Pasadena, CA 91111",
            "(800) 555-0123",
            "Creditor C1",
            "Jane Doe",
            "1,234.56",
            // 70 % of 1,234.56, less 30 % of 50.00 that were paid directly.
            "We remit $849.19 to you",
        ] {
            assert!(says(&before[1].bytes, words), "{words}");
        }
        assert_eq!(sum(&march, "totals.remit"), "849.19");
        let named: Vec<String> =
            before.iter().map(|file| header(file, CONTENT_DISPOSITION)).collect();
        let attached = |name: &str| format!("attachment; filename=\"statement-1.{name}\"");
        assert_eq!(named[1..], ["pdf", "csv", "xlsx"].map(attached));
        assert_eq!(header(&before[1], CONTENT_TYPE), "application/pdf");
    });
}

#[test]
fn who_has_the_bytes_already_is_not_sent_them_again() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.pays("paid_agency", "cash", debt, 10_000).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        let mut tags = BTreeSet::new();
        for form in ["document", "document.pdf", "lines.csv", "lines.xlsx"] {
            let path = format!("/v1/statements/{}/{form}", id(&march));
            let tag = header(&office.file(&path).await, ETAG);
            let ask = async |token: &str| {
                let headers = vec![("If-None-Match", tag.clone())];
                let request = crate::http::Request { token: Some(token), headers, body: None };
                office.api.send(Method::GET, &path, request).await
            };
            let again = ask(&office.key).await;
            assert_eq!((again.status, again.bytes.len()), (304, 0), "{form}");
            // Knowing the tag is no right to the document.
            let membership = Membership::Staff(StaffRole::Collector);
            let collector = office.api.join(&office.world, &office.house, membership).await;
            assert_eq!(ask(&collector.access).await.status, 403, "{form}");
            assert!(tags.insert(tag), "{form} has a tag of its own");
        }
    });
}

#[test]
fn lines_are_the_same_in_a_sheet_and_no_text_in_it_is_a_formula() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        let formula = " =HYPERLINK(\"http://evil.invalid\")";
        let sql = "UPDATE account SET debtor_name = $2, client_account_number = '00042' WHERE agency_id = $1";
        office.sql(sql, [office.house.id.0.into(), formula.into()]).await;
        office.turn("2025-03-10");
        office.pays("paid_agency", "cash", debt, 123_456).await;
        office.pays("paid_creditor", "check", debt, 5_000).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        let at = |form: &str| format!("/v1/statements/{}/{form}", id(&march));
        let (name, rows) = sheet(&office.file(&at("lines.xlsx")).await.bytes);
        assert_eq!((name.as_str(), rows.len()), ("Statement 1", 3));
        let cell = |title: &str| {
            let column = rows[0].iter().position(|one| *one == Data::String(title.to_owned()));
            rows[1][column.unwrap_or_else(|| panic!("{title} in {:?}", rows[0]))].clone()
        };
        assert_eq!(cell("Debtor"), Data::String(formula.to_owned()));
        assert_eq!(cell("Your account number"), Data::String("00042".to_owned()), "zeros stay");
        assert_eq!(cell("Paid to us").as_f64(), Some(1_234.56));
        assert_eq!(cell("Commission").as_f64(), Some(370.37));
        assert_eq!(cell("Due to you").as_f64(), Some(864.19));
        assert_eq!(cell("Commission rate").as_f64(), Some(0.3));
        assert_eq!(day(&cell("Paid on")).as_deref(), Some("2025-03-10"));

        let csv = office.text(&at("lines.csv")).await;
        let line = csv.lines().nth(1).expect("a line");
        assert!(line.contains(",00042,\"' =HYPERLINK(\"\"http://evil.invalid\"\")\","), "{line}");
        assert!(
            line.contains(",1234.56,0.00,1234.56,0.00,0.00,0.00,0.00,0.3,370.37,0.00,864.19,"),
            "{line}"
        );
        let document = office.get(&at("document")).await;
        assert_eq!(document["lines"][0]["debtor_name"], formula);
    });
}

/// Payments of cash of 10.00 at 30 % on every account, as their posting leaves them, in sets.
async fn collected(office: &Office, each: i32) {
    let (agency, now) = (office.house.id.0, office.world.app.clock().now());
    office
        .sql(
            "INSERT INTO payment (agency_id, id, account_id, creditor_id, debtor_id, kind, method, state,
                 amount, applied, overpaid, source, commission_rate, commission, tax, commission_basis,
                 effective_on, entered_at, posted_at, available_on, entered_by)
             SELECT a.agency_id, gen_random_uuid(), a.id, a.creditor_id, a.debtor_id, 'paid_agency', 'cash',
                 'succeeded', 1000, 1000, 0, 'staff', 0.3, 300, 0, 'net', '2025-03-15', $2, $2, '2025-03-15',
                 'test'
             FROM account a, generate_series(1, $3) WHERE a.agency_id = $1",
            [agency.into(), now.into(), each.into()],
        )
        .await;
    office
        .sql(
            "INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission, creditor_id, debtor_id)
             SELECT agency_id, id, 'principal', 1000, 0.3, 300, creditor_id, debtor_id
                 FROM payment WHERE agency_id = $1",
            [agency.into()],
        )
        .await;
    office
        .sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, account_id, debtor_id, bucket, payment_id, effective_on,
                 entered_at, posted_at, available_on, source_type, source_id, effect)
             SELECT p.agency_id, gen_random_uuid(), p.id, m.line, m.debit, m.credit, m.amount,
                 CASE WHEN m.line < 2 THEN t.id END, p.creditor_id, p.account_id, p.debtor_id, 'principal',
                 p.id, p.effective_on, p.entered_at, p.posted_at, p.available_on, 'payment', p.id, 'post'
             FROM payment p JOIN trust_account t ON t.agency_id = p.agency_id AND t.is_default,
                 (VALUES (0::smallint, 'trust_cash', 'client_payable', 700), (1, 'trust_cash', 'agency_earned', 300),
                     (2, 'debt_paid', 'debt', 1000)) AS m (line, debit, credit, amount)
             WHERE p.agency_id = $1",
            [agency.into()],
        )
        .await;
}

/// Lines are read two thousand at a time: none is lost or doubled where one part follows another.
#[test]
fn a_long_statement_comes_in_parts_and_whole() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("BIG", json!({})).await;
        for _ in 0..7 {
            office.debt(creditor, 100_000_000).await;
        }
        office.turn("2025-03-15");
        collected(&office, 600).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        assert_eq!(march["line_count"], 4_200);
        let at = |form: &str| format!("/v1/statements/{}/{form}", id(&march));
        let document = office.get(&at("document")).await;
        assert_eq!(
            document["statement"],
            office.get(&format!("/v1/statements/{}", id(&march))).await
        );
        let lines = document["lines"].as_array().expect("lines");
        let payments: BTreeSet<&str> =
            lines.iter().filter_map(|line| line["payment_id"].as_str()).collect();
        assert_eq!((lines.len(), payments.len()), (4_200, 4_200));
        assert_eq!(office.text(&at("lines.csv")).await.lines().count(), 4_201);
        let (_, rows) = sheet(&office.file(&at("lines.xlsx")).await.bytes);
        let due: f64 = rows.iter().skip(1).filter_map(|row| row[17].as_f64()).sum();
        assert_eq!((rows.len(), due.round()), (4_201, 29_400.0));
        let pdf = office.file(&at("document.pdf")).await.bytes;
        assert!(says(&pdf, "We remit $29,400.00 to you") && says(&pdf, "Page 1 of"));
    });
}

/// A creditor whose commission is invoiced, with one statement of March.
async fn invoiced(office: &Office) -> (CreditorId, Value) {
    let gross = json!({"remittance": {"method": "gross", "processor_fees": "gross_deposit"}});
    let creditor = office.creditor("GROSS", gross).await;
    let debt = office.debt(creditor, 500_000).await;
    office.turn("2025-03-10");
    office.pays("paid_agency", "cash", debt, 10_000).await;
    office.turn("2025-04-01");
    (creditor, office.closes(creditor, "2025-03-31").await)
}

#[test]
fn an_invoice_says_what_it_bills_and_what_was_paid_of_it() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let (creditor, march) = invoiced(&office).await;
        let invoice = march["bills"][0]["invoice_id"].as_str().expect("an invoice").to_owned();
        let path = format!("/v1/invoices/{invoice}/document.pdf");
        let issued = office.file(&path).await;
        assert_eq!(header(&issued, CONTENT_DISPOSITION), "attachment; filename=\"invoice-1.pdf\"");
        for words in [
            "Invoice 1",
            "Creditor GROSS",
            "Commission, March 1, 2025 to March 31, 2025",
            "Due from you: $30.00 by May 1, 2025",
            "name invoice 1 with your payment",
        ] {
            assert!(says(&issued.bytes, words), "{words}");
        }
        assert!(issued.bytes == office.file(&path).await.bytes);
        let statement = office.file(&format!("/v1/statements/{}/document.pdf", id(&march))).await;
        assert!(says(&statement.bytes, "invoice 1 for commission, $30.00, by May 1, 2025"));

        let body = json!({
            "creditor_id": creditor, "amount": usd(1_000), "invoice_ids": [invoice],
            "reference": "Check 1042",
        });
        office.post("/v1/creditor-payments", body).await;
        let paid = office.file(&path).await;
        assert_ne!(header(&issued, ETAG), header(&paid, ETAG));
        for words in
            ["Your payment, Check 1042, Apr 1, 2025", "Due from you: $20.00 by May 1, 2025"]
        {
            assert!(says(&paid.bytes, words), "{words}");
        }
    });
}

#[test]
fn every_report_is_the_same_as_csv_and_as_a_sheet() {
    run(async {
        let office = Office::open("2025-03-01").await;
        invoiced(&office).await;
        let admin = office.api.admin(&office.house).await.access;
        let index = office.send(Method::GET, "/v1/reports", &admin, None).await.body;
        let mut filled = 0;
        for report in index["reports"].as_array().expect("reports") {
            let name = report["name"].as_str().expect("a name");
            let path = |format: &str| {
                format!("/v1/reports/{name}?from=2025-01-01&to=2025-03-31&format={format}")
            };
            let path = |format: &str| match name {
                "stair-step" => format!("/v1/reports/{name}?format={format}"),
                _ => path(format),
            };
            let csv = office.send(Method::GET, &path("csv"), &admin, None).await;
            let xlsx = office.send(Method::GET, &path("xlsx"), &admin, None).await;
            assert_eq!((csv.status, xlsx.status), (200, 200), "{name}: {}", xlsx.text);
            let file = format!("attachment; filename=\"{name}-2025-04-01.xlsx\"");
            assert_eq!(header(&xlsx, CONTENT_DISPOSITION), file);
            let (title, rows) = sheet(&xlsx.bytes);
            let said = report["title"].as_str().expect("a title").replace('\'', "");
            assert!(said.starts_with(&title), "{title}");
            let lines: Vec<Vec<String>> = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(csv.bytes.as_slice())
                .into_records()
                .map(|line| line.expect("CSV").iter().map(str::to_owned).collect())
                .collect();
            assert_eq!(lines.len(), rows.len(), "{name}");
            filled += usize::from(rows.len() > 2);
            for (line, row) in lines.iter().zip(&rows) {
                for (text, cell) in line.iter().zip(row) {
                    let same = match cell {
                        Data::Float(number) => {
                            text.parse::<f64>().is_ok_and(|said| (said - number).abs() < 1e-6)
                        }
                        Data::DateTime(_) => day(cell).as_ref() == Some(text),
                        Data::Empty => text.is_empty(),
                        Data::String(_)
                        | Data::Int(_)
                        | Data::Bool(_)
                        | Data::DateTimeIso(_)
                        | Data::DurationIso(_)
                        | Data::Error(_) => cell.to_string() == *text,
                    };
                    assert!(same, "{name}: {text:?} in CSV, {cell:?} in the sheet");
                }
            }
        }
        assert!(filled >= 5, "{filled} reports have rows and a foot");
    });
}
