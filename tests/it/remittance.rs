//! E1 and E2: a quarter of remittances with direct payments, a hold and a return after remittance,
//! through the API, with every state of trust on the way.

use crate::office::{Office, sum, usd};
use crate::world::run;
use domain::CreditorId;
use domain::ledger::Ledger;
use serde_json::{Value, json};

/// The accounts A, B and C of creditor C1, and the 1,000.00 of C2 in the same trust account.
struct Quarter {
    office: Office,
    c1: CreditorId,
    a: domain::AccountId,
    b: domain::AccountId,
    c: domain::AccountId,
    returned: String,
}

impl Quarter {
    /// The events of March. Card and bank debit of the example have no hold: cash and wire have none.
    async fn march(remittance: Value) -> Self {
        let office = Office::open("2025-03-01").await;
        let c1 = office.creditor("C1", json!({"remittance": remittance})).await;
        let c2 = office.creditor("C2", json!({"commission_rate": "0"})).await;
        let (a, b) = (office.debt(c1, 200_000).await, office.debt(c1, 100_000).await);
        let (c, other) = (office.debt(c1, 100_000).await, office.debt(c2, 100_000).await);
        office.turn("2025-03-05");
        office.pays("paid_agency", "cash", a, 40_000).await;
        office.turn("2025-03-12");
        office.pays("paid_creditor", "cash", b, 25_000).await;
        office.turn("2025-03-20");
        let returned = office.pays("paid_agency", "wire", c, 33_333).await;
        office.turn("2025-03-28");
        office.pays("paid_agency", "check", a, 20_000).await;
        office.pays("paid_agency", "cash", other, 100_000).await;
        office.turn("2025-04-01");
        Self { office, c1, a, b, c, returned }
    }

    /// The return of 3 April, from trust.
    async fn comes_back(&self) -> String {
        self.office.turn("2025-04-03");
        self.office.bounces(&self.returned).await
    }

    async fn holds(&self, ledger: Ledger) -> String {
        self.office.ledger(ledger, Some(self.c1)).await
    }

    /// C1 payable, agency's share, everything in trust: cash.
    async fn state(&self) -> [String; 3] {
        let earned = self.office.ledger(Ledger::AgencyEarned, None).await;
        let cash = sum(&self.office.trust().await, "cash");
        [self.holds(Ledger::ClientPayable).await, earned, cash]
    }
}

#[test]
fn e1_a_net_quarter_ends_with_665_for_the_creditor() {
    run(async {
        let quarter = Quarter::march(json!({"method": "net"})).await;
        let Quarter { office, c1, a, b, .. } = &quarter;
        let path = format!("/v1/creditors/{c1}/statements/preview?period_end=2025-03-31");
        let preview = office.get(&path).await;
        assert_eq!(preview["line_count"], 3);
        assert_eq!(sum(&preview, "totals.remit"), "438.33");
        assert_eq!(preview["tie"]["holds"], true);
        assert_eq!(office.rows("statement").await, 0, "a preview writes nothing");

        let march = office.closes(*c1, "2025-03-31").await;
        for (what, expected) in [
            ("totals.to_us", "733.33"),
            ("totals.direct", "250.00"),
            ("totals.commission_to_us", "220.00"),
            ("totals.commission_direct", "75.00"),
            ("totals.remit", "438.33"),
            ("totals.held", "200.00"),
            ("offset", "75.00"),
        ] {
            assert_eq!(sum(&march, what), expected, "{what}");
        }
        assert_eq!((&march["number"], &march["dated"]), (&json!(1), &json!("2025-04-01")));
        assert_eq!(quarter.state().await, ["578.33", "355.00", "1933.33"]);
        let paid = office.issues(&march).await;
        assert_eq!(
            (&paid["prepared_by"], &paid["approved_by"]),
            (&json!("Books"), &json!("Robin Reyes"))
        );
        assert_eq!(quarter.state().await, ["140.00", "355.00", "1495.00"]);
        let sweep = office.post("/v1/sweeps", json!({})).await;
        assert_eq!(
            [sum(&sweep, "amount"), sum(&sweep, "due"), sum(&sweep, "revenue")],
            ["295.00", "75.00", "220.00"]
        );
        // 140.00 / 60.00 / 1,000.00 = 1,200.00
        assert_eq!(quarter.state().await, ["140.00", "60.00", "1200.00"]);
        assert_eq!(sum(&office.trust().await, "client_payable"), "1140.00");
        let printed = office
            .text(&format!("/v1/statements/{}/document", march["id"].as_str().unwrap()))
            .await;

        quarter.comes_back().await;
        assert_eq!(quarter.state().await, ["-93.33", "-40.00", "866.67"]);
        let trust = office.trust().await;
        assert_eq!(
            [sum(&trust, "shortfall"), sum(&trust, "cleared_shortfall")],
            ["133.33", "333.33"]
        );
        office.advances().await;
        assert_eq!(quarter.state().await, ["0.00", "0.00", "1000.00"]);
        assert_eq!(sum(&office.trust().await, "shortfall"), "0.00");
        assert_eq!(quarter.holds(Ledger::ClientReceivable).await, "93.33");

        office.turn("2025-04-10");
        office.pays("paid_creditor", "cash", *b, 10_000).await;
        assert_eq!(quarter.holds(Ledger::ClientReceivable).await, "123.33");
        office.turn("2025-05-01");
        let april = office.closes(*c1, "2025-04-30").await;
        for (what, expected) in [
            ("totals.to_us", "-133.33"),
            ("totals.commission_to_us", "-40.00"),
            ("totals.commission_direct", "30.00"),
            ("totals.total", "-123.33"),
            ("totals.remit", "0.00"),
            ("totals.carried", "-123.33"),
            ("offset", "0.00"),
        ] {
            assert_eq!(sum(&april, what), expected, "{what}");
        }
        assert_eq!(office.remittance(&april).await, Value::Null);
        let lines =
            office.get(&format!("/v1/statements/{}/lines", april["id"].as_str().unwrap())).await;
        let back =
            lines["data"].as_array().unwrap().iter().find(|line| line["code"] == "PUR").unwrap();
        assert_eq!(
            (&back["returned_from"], &back["to_us"]["amount"]),
            (&json!(1), &json!("-333.33"))
        );
        assert_eq!(quarter.state().await, ["0.00", "0.00", "1000.00"]);
        let none =
            office.send(reqwest::Method::POST, "/v1/sweeps", &office.key, Some(json!({}))).await;
        assert_eq!(none.code(), "nothing_to_sweep");

        office.turn("2025-05-08");
        office.pays("paid_agency", "cash", *a, 50_000).await;
        assert_eq!(quarter.state().await, ["350.00", "150.00", "1500.00"]);
        office.turn("2025-06-01");
        let may = office.closes(*c1, "2025-05-31").await;
        assert_eq!([sum(&may, "totals.opening"), sum(&may, "totals.remit")], ["-123.33", "226.67"]);
        assert_eq!(sum(&may, "offset"), "123.33");
        assert_eq!(quarter.state().await, ["226.67", "273.33", "1500.00"]);
        assert_eq!(quarter.holds(Ledger::ClientReceivable).await, "0.00");
        office.issues(&may).await;
        office.post("/v1/sweeps", json!({})).await;
        assert_eq!(quarter.state().await, ["0.00", "0.00", "1000.00"]);
        // The quarter: 30 % of 1,450.00, and operating holds exactly that.
        assert_eq!(office.ledger(Ledger::CommissionRevenue, None).await, "435.00");
        assert_eq!(office.ledger(Ledger::OpCash, None).await, "435.00");
        let again = office
            .text(&format!("/v1/statements/{}/document", march["id"].as_str().unwrap()))
            .await;
        assert_eq!(printed, again, "March reads as it did");
    });
}

fn gross() -> Value {
    json!({"method": "gross", "processor_fees": "gross_deposit"})
}

#[test]
fn e2_the_same_quarter_remitted_gross_comes_to_the_same() {
    run(async {
        let quarter = Quarter::march(gross()).await;
        let Quarter { office, c1, a, b, .. } = &quarter;
        assert_eq!(quarter.state().await, ["933.33", "0.00", "1933.33"]);
        let march = office.closes(*c1, "2025-03-31").await;
        assert_eq!(sum(&march, "totals.remit"), "733.33");
        let invoice = &march["bills"][0];
        assert_eq!((&invoice["kind"], &invoice["number"]), (&json!("invoice"), &json!(1)));
        assert_eq!(sum(invoice, "amount"), "295.00");
        office.issues(&march).await;
        assert_eq!(quarter.state().await, ["200.00", "0.00", "1200.00"]);

        quarter.comes_back().await;
        assert_eq!(quarter.state().await, ["-133.33", "0.00", "866.67"]);
        let trust = office.trust().await;
        assert_eq!(
            [sum(&trust, "shortfall"), sum(&trust, "cleared_shortfall")],
            ["133.33", "333.33"]
        );
        office.advances().await;
        assert_eq!(quarter.state().await, ["0.00", "0.00", "1000.00"]);
        office.turn("2025-04-10");
        office.pays("paid_creditor", "cash", *b, 10_000).await;
        office.turn("2025-04-15");
        let paid = office
            .post(
                "/v1/creditor-payments",
                json!({"creditor_id": c1, "amount": usd(29_500), "reference": "Wire 77"}),
            )
            .await;
        assert_eq!(sum(&paid, "unapplied"), "0.00");
        assert_eq!(paid["applications"][0]["invoice_id"], invoice["invoice_id"]);
        // What was advanced, and 10.00 that the agency owes: 60 + 30 - 100.
        assert_eq!(quarter.holds(Ledger::ClientReceivable).await, "123.33");

        office.turn("2025-05-01");
        let april = office.closes(*c1, "2025-04-30").await;
        assert_eq!(
            [sum(&april, "totals.remit"), sum(&april, "totals.carried")],
            ["0.00", "-133.33"]
        );
        let note = &april["bills"][0];
        assert_eq!((&note["kind"], &note["number"]), (&json!("credit_note"), &json!(1)));
        assert_eq!(sum(note, "amount"), "10.00");
        assert_eq!(quarter.state().await, ["0.00", "0.00", "1000.00"]);

        office.turn("2025-05-08");
        office.pays("paid_agency", "cash", *a, 50_000).await;
        office.turn("2025-06-01");
        let may = office.closes(*c1, "2025-05-31").await;
        assert_eq!([sum(&may, "totals.remit"), sum(&may, "offset")], ["366.67", "133.33"]);
        let bill = &may["bills"][0];
        assert_eq!([sum(bill, "amount"), sum(bill, "credited")], ["150.00", "10.00"]);
        let stored =
            office.get(&format!("/v1/invoices/{}", bill["invoice_id"].as_str().unwrap())).await;
        assert_eq!(sum(&stored, "open"), "140.00");
        assert_eq!(stored["applications"][0]["credit_note_id"], note["invoice_id"]);
        assert_eq!(quarter.state().await, ["366.67", "133.33", "1500.00"]);
        office.issues(&may).await;
        office.post("/v1/sweeps", json!({})).await;
        assert_eq!(quarter.state().await, ["0.00", "0.00", "1000.00"]);
        office
            .post("/v1/creditor-payments", json!({"creditor_id": c1, "amount": usd(14_000)}))
            .await;
        assert_eq!(quarter.holds(Ledger::ClientReceivable).await, "0.00");
        // 733.33 + 366.67 - 295.00 - 140.00 = 665.00; the agency has its 435.00.
        assert_eq!(office.ledger(Ledger::OpCash, None).await, "435.00");
        assert_eq!(office.ledger(Ledger::CommissionRevenue, None).await, "435.00");
        assert_eq!(
            office.get(&format!("/v1/receivables?creditor_id={c1}")).await["invoiced"]["amount"],
            "0.00"
        );
    });
}

#[test]
fn e2_separate_direct_makes_two_invoices() {
    run(async {
        let terms = json!({"method": "separate_direct", "processor_fees": "gross_deposit"});
        let quarter = Quarter::march(terms).await;
        let march = quarter.office.closes(quarter.c1, "2025-03-31").await;
        let bills = march["bills"].as_array().unwrap();
        assert_eq!(bills.len(), 2);
        assert_eq!(
            (&bills[0]["purpose"], sum(&bills[0], "amount")),
            (&json!("commission"), "220.00".to_owned())
        );
        assert_eq!(
            (&bills[1]["purpose"], sum(&bills[1], "amount")),
            (&json!("direct_commission"), "75.00".to_owned())
        );
        assert_eq!([&bills[0]["number"], &bills[1]["number"]], [&json!(1), &json!(2)]);
        let _ = quarter.c;
    });
}
