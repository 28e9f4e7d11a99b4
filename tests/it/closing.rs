//! Closing periods: what counts when, what a return does by policy, what is refused, and that a
//! closed statement stays as it is.

use crate::http::Reply;
use crate::office::{Office, sum, usd};
use crate::world::run;
use domain::CreditorId;
use domain::ledger::Ledger;
use reqwest::Method;
use serde_json::{Value, json};

/// The statement's id.
fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

/// March paid 333.33 out; it came back on 3 April, when 100.00 came in: -163.33 in April.
async fn april_below_zero(returns: &str) -> (Office, CreditorId, domain::AccountId, Value) {
    let office = Office::open("2025-03-01").await;
    let creditor = office.creditor("C1", json!({"remittance": {"returns": returns}})).await;
    let debt = office.debt(creditor, 500_000).await;
    office.turn("2025-03-20");
    let paid = office.pays("paid_agency", "wire", debt, 33_333).await;
    office.turn("2025-04-01");
    let march = office.closes(creditor, "2025-03-31").await;
    office.issues(&march).await;
    office.turn("2025-04-03");
    office.bounces(&paid).await;
    office.pays("paid_agency", "cash", debt, 10_000).await;
    office.turn("2025-05-01");
    let april = office.closes(creditor, "2025-04-30").await;
    (office, creditor, debt, april)
}

#[test]
fn a_deficit_is_billed_and_its_payment_fills_trust() {
    run(async {
        let (office, creditor, debt, april) = april_below_zero("invoice").await;
        assert_eq!(sum(&april, "totals.invoice_deficit"), "163.33");
        assert_eq!(
            [sum(&april, "totals.carried"), sum(&april, "totals.total")],
            ["0.00", "-163.33"]
        );
        assert_eq!(april["bills"][0]["purpose"], "deficit");
        let payable = Ledger::ClientPayable;
        assert_eq!(office.ledger(payable, Some(creditor)).await, "-163.33");
        // MON-10: the creditor pays operating, and what trust lacks follows at once.
        let body = json!({"creditor_id": creditor, "amount": usd(20_000)});
        let paid = office.post("/v1/creditor-payments", body).await;
        assert_eq!(sum(&paid, "unapplied"), "36.67");
        assert_eq!(office.ledger(payable, Some(creditor)).await, "0.00");
        assert_eq!(office.rows("advance").await, 1);
        office.turn("2025-05-10");
        office.pays("paid_agency", "cash", debt, 100_000).await;
        office.turn("2025-06-01");
        let may = office.closes(creditor, "2025-05-31").await;
        assert_eq!([sum(&may, "totals.opening"), sum(&may, "totals.remit")], ["0.00", "700.00"]);
        // Nothing was short: what lies on account stays there.
        assert_eq!(sum(&may, "totals.on_account"), "0.00");
    });
}

#[test]
fn shares_of_returns_kept_as_a_credit_are_used_by_later_money_only() {
    run(async {
        let (office, creditor, debt, april) = april_below_zero("credit").await;
        for (what, expected) in [
            ("totals.withheld", "-233.33"),
            ("totals.credit_used", "70.00"),
            ("totals.open_credit", "-163.33"),
            ("totals.carried", "0.00"),
            ("totals.remit", "0.00"),
        ] {
            assert_eq!(sum(&april, what), expected, "{what}");
        }
        office.advances().await;
        office.turn("2025-05-10");
        office.pays("paid_agency", "cash", debt, 100_000).await;
        office.turn("2025-06-01");
        let may = office.closes(creditor, "2025-05-31").await;
        assert_eq!(
            [sum(&may, "totals.credit_used"), sum(&may, "totals.remit")],
            ["163.33", "536.67"]
        );
        assert_eq!([sum(&may, "totals.open_credit"), sum(&may, "offset")], ["0.00", "163.33"]);
    });
}

#[test]
fn a_carried_deficit_takes_what_lies_on_account_and_no_more() {
    run(async {
        let (office, creditor, debt, april) = april_below_zero("carry").await;
        assert_eq!(sum(&april, "totals.carried"), "-163.33");
        office.turn("2025-05-02");
        let body =
            json!({"creditor_id": creditor, "amount": usd(20_000), "received_on": "2025-05-02"});
        let paid = office.post("/v1/creditor-payments", body).await;
        assert_eq!(sum(&paid, "unapplied"), "200.00");
        assert_eq!(office.ledger(Ledger::ClientPayable, Some(creditor)).await, "0.00");
        office.pays("paid_agency", "cash", debt, 10_000).await;
        office.turn("2025-06-01");
        let may = office.closes(creditor, "2025-05-31").await;
        assert_eq!([sum(&may, "totals.on_account"), sum(&may, "totals.total")], ["93.33", "0.00"]);
        let path = format!("/v1/creditor-payments/{}", id(&paid));
        let after = office.get(&path).await;
        assert_eq!(sum(&after, "unapplied"), "106.67");
        assert_eq!(after["statement_id"], may["id"]);
    });
}

#[test]
fn small_sums_wait_and_held_money_is_not_given_before_its_day() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let terms = json!({"remittance": {"minimum": "25.00"}});
        let creditor = office.creditor("C1", terms).await;
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        office.pays("paid_agency", "cash", debt, 1_000).await;
        office.turn("2025-03-22");
        // Ten calendar days: 1 April. One day late for March.
        office.pays("paid_agency", "check", debt, 5_000).await;
        office.turn("2025-04-02");
        let march = office.closes(creditor, "2025-03-31").await;
        assert_eq!([sum(&march, "totals.remit"), sum(&march, "totals.carried")], ["0.00", "7.00"]);
        assert_eq!(
            (sum(&march, "totals.held"), &march["totals"]["held_count"]),
            ("50.00".to_owned(), &json!(1))
        );
        office.turn("2025-05-01");
        let april = office.closes(creditor, "2025-04-30").await;
        assert_eq!([sum(&april, "totals.opening"), sum(&april, "totals.remit")], ["7.00", "42.00"]);
        // It was only on hold: that makes it no item of a prior period.
        let lines = office.get(&format!("/v1/statements/{}/lines", id(&april))).await;
        assert_eq!(lines["data"][0]["prior_period"], false);
    });
}

#[test]
fn a_delay_skips_one_close_and_a_block_waits_for_its_release() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        let hold = async |payment: &str, how: &str| {
            let uuid = payment.parse::<domain::PaymentId>().expect("an id").0;
            let sql = "UPDATE payment SET holding = $2 WHERE id = $1";
            office.sql(sql, [uuid.into(), how.into()]).await;
        };
        let delayed = office.pays("paid_agency", "cash", debt, 10_000).await;
        let blocked = office.pays("paid_agency", "cash", debt, 20_000).await;
        hold(&delayed, "delayed").await;
        hold(&blocked, "blocked").await;
        office.turn("2025-04-01");
        // Nothing but a delay to spend: the statement says what is held, and the delay is over.
        let march = office.closes(creditor, "2025-03-31").await;
        assert_eq!(
            (&march["line_count"], sum(&march, "totals.held")),
            (&json!(0), "300.00".to_owned())
        );
        office.turn("2025-05-01");
        let april = office.closes(creditor, "2025-04-30").await;
        assert_eq!([sum(&april, "totals.remit"), sum(&april, "totals.held")], ["70.00", "200.00"]);
        hold(&blocked, "normal").await;
        office.turn("2025-06-01");
        assert_eq!(sum(&office.closes(creditor, "2025-05-31").await, "totals.remit"), "140.00");
    });
}

#[test]
fn pairs_before_a_statement_are_left_out_and_late_items_are_marked() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        let wrong = office.pays("paid_agency", "cash", debt, 10_000).await;
        office.turn("2025-03-12");
        office.bounces(&wrong).await;
        office.turn("2025-04-01");
        let (code, _) = office.refuses_close(creditor, json!({"period_end": "2025-03-31"})).await;
        assert_eq!(code, "nothing_to_show");
        office.pays("paid_agency", "cash", debt, 20_000).await;
        office.turn("2025-05-01");
        let april = office.closes(creditor, "2025-04-30").await;
        assert_eq!(
            (&april["line_count"], sum(&april, "totals.remit")),
            (&json!(1), "140.00".to_owned())
        );
        let stamped =
            "SELECT count(*) AS n FROM payment WHERE agency_id = $1 AND statement_id IS NOT NULL";
        assert_eq!(office.number(stamped, [office.house.id.0.into()]).await, 3);
        // Entered in May for a day in April.
        let late = json!({
            "account_id": debt, "kind": "paid_agency", "method": "cash", "amount": usd(5_000),
            "effective_on": "2025-04-20",
        });
        office.paid(late).await;
        office.turn("2025-06-01");
        let may = office.closes(creditor, "2025-05-31").await;
        let lines = office.get(&format!("/v1/statements/{}/lines", id(&may))).await;
        assert_eq!(lines["data"][0]["prior_period"], true);
        let terms = json!({"remittance": {"show_matched": true, "empty_statements": true}});
        office.terms(&creditor.to_string(), "2025-06-01", terms).await;
        let wrong = office.pays("paid_agency", "cash", debt, 10_000).await;
        office.bounces(&wrong).await;
        office.turn("2025-07-01");
        let june = office.closes(creditor, "2025-06-30").await;
        assert_eq!(
            (&june["line_count"], sum(&june, "totals.total")),
            (&json!(2), "0.00".to_owned())
        );
        office.turn("2025-08-01");
        assert_eq!(office.closes(creditor, "2025-07-31").await["line_count"], 0, "asked for");
    });
}

#[test]
fn a_method_changes_at_a_boundary_and_open_items_keep_their_own() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        let gross = json!({"remittance": {"method": "gross", "processor_fees": "gross_deposit"}});
        office.terms(&creditor.to_string(), "2025-04-01", gross).await;
        office.turn("2025-03-10");
        office.pays("paid_agency", "cash", debt, 10_000).await;
        office.turn("2025-04-10");
        office.pays("paid_agency", "cash", debt, 20_000).await;
        // Paid in March, entered in April: net, on a gross statement.
        let late = json!({
            "account_id": debt, "kind": "paid_agency", "method": "cash", "amount": usd(1_000),
            "effective_on": "2025-03-30",
        });
        office.paid(late).await;
        office.turn("2025-05-01");
        let (code, problem) =
            office.refuses_close(creditor, json!({"period_end": "2025-04-30"})).await;
        assert_eq!(
            (code.as_str(), &problem["earlier_period_end"]),
            ("earlier_period_open", &json!("2025-03-31"))
        );
        // The cutoff leaves what was entered in April to the next statement.
        let path = format!("/v1/creditors/{creditor}/statements");
        let body = json!({"period_end": "2025-03-31", "cutoff": "2025-04-01T04:00:00Z"});
        let march = office.post(&path, body).await;
        assert_eq!(
            (&march["method"], sum(&march, "totals.remit")),
            (&json!("net"), "70.00".to_owned())
        );
        let april = office.closes(creditor, "2025-04-30").await;
        assert_eq!(
            (&april["method"], sum(&april, "totals.remit")),
            (&json!("gross"), "207.00".to_owned())
        );
        assert_eq!(sum(&april["bills"][0], "amount"), "60.00");
    });
}

#[test]
fn a_closed_statement_reads_the_same_after_all_that_comes_later() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        let first = office.pays("paid_agency", "cash", debt, 10_000).await;
        office.pays("paid_creditor", "check", debt, 5_000).await;
        office.turn("2025-04-01");
        let march = office.closes(creditor, "2025-03-31").await;
        let at = |what: &str| format!("/v1/statements/{}/{what}", id(&march));
        let (json, csv) = (office.text(&at("document")).await, office.text(&at("lines.csv")).await);
        assert_eq!(csv.lines().count(), 3, "{csv}");
        assert!(csv.lines().nth(1).unwrap().contains(",PU,"), "{csv}");
        office.turn("2025-04-10");
        office.bounces(&first).await;
        office.pays("paid_agency", "cash", debt, 40_000).await;
        office.sql("UPDATE creditor SET name = 'Renamed' WHERE id = $1", [creditor.0.into()]).await;
        office
            .sql(
                "UPDATE agency SET display_name = 'New Name' WHERE id = $1",
                [office.house.id.0.into()],
            )
            .await;
        office
            .sql("UPDATE account SET debtor_name = 'Somebody Else' WHERE id = $1", [debt.0.into()])
            .await;
        office.terms(&creditor.to_string(), "2025-05-01", json!({"commission_rate": "0.5"})).await;
        office.turn("2025-05-01");
        office.closes(creditor, "2025-04-30").await;
        assert_eq!(json, office.text(&at("document")).await);
        assert_eq!(csv, office.text(&at("lines.csv")).await);
        // Nobody who serves can change it.
        for sql in ["UPDATE statement SET remit = 0", "DELETE FROM statement_line"] {
            let refused = office.as_agency(sql).await;
            assert!(refused.contains("permission denied"), "{sql}: {refused}");
        }
    });
}

#[test]
fn two_closes_at_once_make_one_statement_and_numbers_have_no_gaps() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let (one, two) =
            (office.creditor("C1", json!({})).await, office.creditor("C2", json!({})).await);
        office.turn("2025-03-10");
        for creditor in [one, two] {
            let debt = office.debt(creditor, 500_000).await;
            office.pays("paid_agency", "cash", debt, 10_000).await;
        }
        office.turn("2025-04-01");
        let close = async |creditor: CreditorId| -> Reply {
            let path = format!("/v1/creditors/{creditor}/statements");
            let body = Some(json!({"period_end": "2025-03-31"}));
            office.send(Method::POST, &path, &office.key, body).await
        };
        let (a, b, c) = tokio::join!(close(one), close(one), close(two));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!((statuses, c.status), ([201, 409], 201), "{} {} {}", a.text, b.text, c.text);
        let late = if a.status == 409 { &a } else { &b };
        assert_eq!(
            (late.code(), &late.body["covered_to"]),
            ("period_closed", &json!("2025-03-31"))
        );
        assert_eq!(office.rows("statement").await, 2);
        let list = office.get("/v1/statements").await;
        assert_eq!(
            [&list["data"][0]["number"], &list["data"][1]["number"]],
            [&json!(2), &json!(1)]
        );
    });
}

#[test]
fn what_is_refused_leaves_no_row() {
    run(async {
        let office = Office::open("2025-03-01").await;
        let creditor = office.creditor("C1", json!({})).await;
        let debt = office.debt(creditor, 500_000).await;
        office.turn("2025-03-10");
        office.pays("paid_agency", "cash", debt, 10_000).await;
        let count = async || {
            let mut all = Vec::new();
            for table in [
                "statement",
                "statement_line",
                "remittance",
                "invoice",
                "transfer",
                "audit",
                "number_sequence",
                "creditor_payment",
                "sweep",
                "idempotency_key",
            ] {
                all.push((table, office.rows(table).await));
            }
            all
        };
        let before = count().await;
        for (body, code) in [
            (json!({"period_end": "2025-03-31"}), "period_not_ended"),
            (json!({"period_end": "2025-03-08"}), "not_a_period_end"),
            (json!({"period_end": "2025-02-28"}), "nothing_to_show"),
            (
                json!({"period_end": "2025-02-28", "cutoff": "2025-03-11T00:00:00Z"}),
                "cutoff_in_future",
            ),
        ] {
            let (refused, problem) = office.refuses_close(creditor, body).await;
            assert_eq!(refused, code, "{problem}");
            if code == "not_a_period_end" {
                assert_eq!(problem["last_end"], "2025-02-28");
            }
        }
        let body = json!({"creditor_id": creditor, "amount": usd(1), "received_on": "2025-03-12"});
        let future =
            office.send(Method::POST, "/v1/creditor-payments", &office.key, Some(body)).await;
        assert_eq!(future.code(), "in_the_future");
        assert_eq!(before, count().await);
        // A cent that nobody stated, written behind the application.
        office.turn("2025-04-01");
        office.rogue(creditor, 1).await;
        let before = count().await;
        let (code, problem) =
            office.refuses_close(creditor, json!({"period_end": "2025-03-31"})).await;
        assert_eq!(code, "does_not_tie");
        assert_eq!([&problem["statement"], &problem["ledger"]], [&json!("70.00"), &json!("70.01")]);
        assert_eq!(before, count().await);
    });
}
