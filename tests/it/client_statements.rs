//! A creditor's people read their statements at the client site: what was collected, kept and paid, and
//! nobody else's.

use crate::office::Office;
use crate::visitor::Visitor;
use crate::world::{PASSWORD, run};
use domain::agency::Site;
use domain::{ClientRole, CreditorId, StaffRole};
use reqwest::StatusCode;
use serde_json::{Value, json};
use service::users::{self, Membership, NewUser};
use uuid::Uuid;

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

impl Office {
    /// Somebody comes in at one of the sites.
    async fn comes(&self, site: Site, membership: Membership) -> Visitor {
        let email = format!("{}@people.example", Uuid::now_v7().simple());
        let new = NewUser { email: email.clone(), name: "Ana Creditor".to_owned(), membership };
        let admin = &self.house.admin;
        let token = users::invite(&self.world.app, admin, new).await.expect("invited").token;
        users::accept(&self.world.app, &token, PASSWORD).await.expect("accepted");
        let mut visitor = self.world.visit(&self.house, site).await;
        let inside = visitor.sign_in(&email, PASSWORD).await;
        assert_eq!(inside.status, StatusCode::OK, "{}", inside.text);
        visitor
    }

    async fn viewer(&self, of: CreditorId) -> Visitor {
        self.comes(Site::Client, Membership::Client(of, ClientRole::Viewer)).await
    }
}

#[test]
fn a_creditor_reads_what_was_collected_kept_and_paid() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let mut ana = office.viewer(creditor).await;
        let none = ana.get("/statements").await;
        assert!(none.text.contains("There is no statement yet"), "{}", none.text);
        assert!(none.text.contains("covers the time to March 31, 2025"), "{}", none.text);
        assert!(!ana.get("/").await.text.contains("Latest statements"));

        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        office.pays("paid_agency", "cash", debt, 123_456).await;
        office.pays("paid_creditor", "check", debt, 5_000).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        let mut ana = office.viewer(creditor).await;
        let list = ana.get("/statements").await;
        for words in [
            "Mar 1, 2025</span> <span class=\"nowrap\">to Mar 31, 2025",
            "$1,234.56",
            "$385.37",
            "$50.00",
            "$849.19",
            "Being paid out",
        ] {
            assert!(list.text.contains(words), "{words} in {}", list.text);
        }
        office.issues(&march).await;
        let list = ana.get("/statements").await;
        for words in ["Paid</span>", "Apr 1, 2025", "Check 2208"] {
            assert!(list.text.contains(words), "{words} in {}", list.text);
        }
        let home = ana.get("/").await;
        assert!(home.text.contains("Latest statements") && home.text.contains("Check 2208"));

        let page = ana.get(&list.link("/statements/stmt_").expect("a statement")).await;
        assert_eq!((page.status, page.heading()), (StatusCode::OK, "Statement 1".to_owned()));
        for words in [
            "Collected by us",
            "\u{2212}$370.37",
            "Total due to you",
            "Jane Doe",
            "30.00\u{a0}%",
            "$50.00 were paid to you directly",
            "What we pay you",
            "Check 2208",
        ] {
            assert!(page.text.contains(words), "{words} in {}", page.text);
        }
        let at = format!("/statements/{}", id(&march));
        for (file, media, begins) in [
            ("document.pdf", "application/pdf", "%PDF-1.7"),
            (
                "lines.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "PK",
            ),
            ("lines.csv", "text/csv; charset=utf-8", "statement,type,"),
        ] {
            assert!(page.text.contains(&format!("href=\"{at}/{file}\"")), "{file}");
            let got = ana.get(&format!("{at}/{file}")).await;
            assert_eq!((got.status, got.headers["content-type"].as_str()), (StatusCode::OK, media));
            assert!(got.bytes.starts_with(begins.as_bytes()), "{file}");
            assert!(got.headers["content-disposition"].contains("statement-1."));
            let path = format!("/v1{at}/{file}");
            let api = office.send(reqwest::Method::GET, &path, &office.key, None).await;
            assert!(api.bytes == got.bytes, "{file} is the same at the API and at the site");
        }
    });
}

#[test]
fn invoices_stand_under_the_statements_and_are_files() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let gross = json!({"remittance": {"method": "gross", "processor_fees": "gross_deposit"}});
        let creditor = office.creditor("GROSS", gross).await;
        let mut ana = office.viewer(creditor).await;
        assert!(ana.get("/invoices").await.text.contains("There is no invoice"));
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        office.pays("paid_agency", "cash", debt, 10_000).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        let mut ana = office.viewer(creditor).await;
        let invoice = march["bills"][0]["invoice_id"].as_str().expect("an invoice");
        let file = format!("/invoices/{invoice}/document.pdf");
        for path in [
            "/statements".to_owned(),
            "/invoices".to_owned(),
            format!("/statements/{}", id(&march)),
        ] {
            let page = ana.get(&path).await;
            for words in ["Invoice 1", "$30.00", "May 1, 2025", &format!("href=\"{file}\"")] {
                assert!(page.text.contains(words), "{words} on {path}: {}", page.text);
            }
        }
        let got = ana.get(&file).await;
        assert!(
            got.bytes.starts_with(b"%PDF")
                && got.headers["content-disposition"].contains("invoice-1.pdf")
        );
    });
}

#[test]
fn nobody_elses_statement_is_there() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let gross = json!({"remittance": {"method": "gross", "processor_fees": "gross_deposit"}});
        let (own, other) =
            (office.creditor("OWN", json!({})).await, office.creditor("OTHER", gross).await);
        office.turn("2025-03-10");
        for creditor in [own, other] {
            let debt = office.debt(creditor, 500_000).await;
            office.pays("paid_agency", "cash", debt, 10_000).await;
        }
        office.turn("2025-04-01");
        let mine = office.closes(own, "2025-03-31").await;
        let theirs = office.closes(other, "2025-03-31").await;
        let invoice = theirs["bills"][0]["invoice_id"].as_str().expect("an invoice");
        let mut ana = office.viewer(own).await;
        let list = ana.get("/statements").await;
        assert!(list.text.contains(id(&mine)) && !list.text.contains(id(&theirs)));
        assert!(!list.text.contains("Invoice 1"));
        for hidden in [id(&theirs), "stmt_nonsense"] {
            for file in ["", "/document.pdf", "/lines.xlsx", "/lines.csv"] {
                let page = ana.get(&format!("/statements/{hidden}{file}")).await;
                let found = (page.status, page.heading());
                assert_eq!(found, (StatusCode::NOT_FOUND, "Page not found".to_owned()), "{file}");
            }
        }
        let page = ana.get(&format!("/invoices/{invoice}/document.pdf")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);

        // The agency has the same files at the same addresses; who works no money does not.
        let staff = |role| Membership::Staff(role);
        let mut finance = office.comes(Site::Workspace, staff(StaffRole::Finance)).await;
        let mut collector = office.comes(Site::Workspace, staff(StaffRole::Collector)).await;
        let file = format!("/statements/{}/document.pdf", id(&theirs));
        assert!(finance.get(&file).await.bytes.starts_with(b"%PDF"));
        assert_eq!(collector.get(&file).await.status, StatusCode::FORBIDDEN);
    });
}

#[test]
fn portfolios_and_reports_come_as_csv_and_as_sheets() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.pays("paid_agency", "cash", debt, 10_000).await;
        let mut ana = office.viewer(creditor).await;
        for page in ["/portfolios", "/reports/held-funds", "/reports/stair-step?measure=month_only"]
        {
            let shown = ana.get(page).await;
            let (path, asked) = page.split_once('?').unwrap_or((page, ""));
            let asked = if asked.is_empty() { String::new() } else { format!("?{asked}") };
            for (ending, begins) in [("csv", ""), ("xlsx", "PK")] {
                let file = format!("{path}.{ending}{asked}");
                assert!(shown.text.contains(&format!("href=\"{file}\"")), "{file}: {}", shown.text);
                let got = ana.get(&file).await;
                assert_eq!(got.status, StatusCode::OK, "{file}");
                assert!(got.text.starts_with(begins) && got.bytes.len() > 20);
                let named = path.rsplit('/').next().expect("a name");
                assert!(
                    got.headers["content-disposition"]
                        .contains(&format!("{named}-2025-03-01.{ending}"))
                );
            }
        }
        let csv = ana.get("/portfolios.csv").await.text;
        assert_eq!(csv.lines().count(), 3, "{csv}");
        assert!(csv.lines().last().expect("a foot").starts_with("Total,,"), "{csv}");
        for path in ["/portfolios.pdf", "/reports/held-funds.pdf", "/reports/trial-balance.xlsx"] {
            let page = ana.get(path).await;
            assert!(page.status.is_client_error(), "{path}: {}", page.status);
        }
    });
}
