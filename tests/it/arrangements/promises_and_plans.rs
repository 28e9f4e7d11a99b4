//! Promises kept, kept in part and broken; plans made, changed, paid and broken.

use super::*;
use crate::world::run;

async fn promise(floor: &Floor, debt: &Debt, each: &[(i64, &str)]) -> Vec<String> {
    let promises: Vec<_> =
        each.iter().map(|(minor, day)| json!({"amount": money(*minor), "due_on": day})).collect();
    let body = json!({"promises": promises, "method": "check", "channel": "phone"});
    let reply = floor.post(&path(debt, "promises"), body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let taken = reply.body["promises"].as_array().expect("promises").clone();
    taken.iter().map(|one| text(&one["id"]).to_owned()).collect()
}

async fn stands(floor: &Floor, promise: &str) -> String {
    text(&floor.get(&format!("/v1/promises/{promise}")).await["state"]).to_owned()
}

#[test]
fn a_promise_is_kept_in_its_window_and_taken_back_by_a_return() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        // Money that was there before the promise does not keep it, though it lies within the lead.
        floor.paid(&debt, 20_000, "cash", "2025-03-03").await;
        floor.at("2025-03-03T18:00:00Z");
        let ids = promise(&floor, &debt, &[(20_000, "2025-03-10")]).await;
        assert_eq!(floor.till.status(&debt).await, "PTP");
        assert_eq!(stands(&floor, &ids[0]).await, "pending");
        floor.morning("2025-03-05").await;
        let payment = floor.paid(&debt, 20_000, "cash", "2025-03-05").await;
        assert_eq!(stands(&floor, &ids[0]).await, "kept");
        assert_eq!(floor.till.status(&debt).await, "ACT");
        floor.morning("2025-03-12").await;
        floor.bounced(&payment).await;
        assert_eq!(stands(&floor, &ids[0]).await, "pending", "within grace it may be made good");
        assert_eq!(floor.till.status(&debt).await, "NSF", "worked as a returned payment first");
        // Three banking days after Monday the 10th: the 13th. Broken on the morning after.
        floor.morning("2025-03-13").await;
        assert_eq!(stands(&floor, &ids[0]).await, "pending");
        floor.morning("2025-03-14").await;
        assert_eq!(stands(&floor, &ids[0]).await, "broken");
        assert_eq!(floor.till.status(&debt).await, "BKP");
    });
}

#[test]
fn half_is_partly_kept_and_less_breaks_and_holds_what_follows() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let half = floor.debt(100_000, "2024-10-06").await;
        let ids = promise(&floor, &half, &[(10_000, "2025-03-10")]).await;
        floor.paid(&half, 5_000, "cash", "2025-03-03").await;
        let less = floor.debt(100_000, "2024-10-06").await;
        let later = promise(&floor, &less, &[(10_000, "2025-03-10"), (10_000, "2025-04-10")]).await;
        floor.paid(&less, 4_999, "cash", "2025-03-03").await;
        floor.morning("2025-03-14").await;
        assert_eq!(stands(&floor, &ids[0]).await, "partial");
        assert_eq!(floor.till.status(&half).await, "ACT");
        assert_eq!(stands(&floor, &later[0]).await, "broken");
        assert_eq!(floor.till.status(&less).await, "BKP");
        let next = floor.get(&format!("/v1/promises/{}", later[1])).await;
        assert_eq!(next["state"], "pending");
        assert!(next["held_at"].is_string(), "later payments are on hold");
        assert_eq!(floor.get(&format!("/v1/promises/{}", later[0])).await["counted"], money(4_999));
    });
}

#[test]
fn limits_refuse_with_every_number_and_leave_no_row() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let small = json!({"promises": [{"amount": money(1_000), "due_on": "2025-05-01"}],
            "method": "check", "channel": "phone"});
        let refused = floor.post(&path(&debt, "promises"), small).await;
        assert_eq!((refused.status, refused.code()), (422, "promise_below_min"));
        assert_eq!(refused.body["least"], "25.00");
        assert_eq!(refused.body["refusals"].as_array().map(Vec::len), Some(2), "and too late");
        let small = json!({"frequency": "weekly", "first_on": "2025-03-10", "amount": money(1_000),
            "channel": "phone", "consent": "Agreed"});
        let preview = floor.post(&path(&debt, "plan-previews"), small.clone()).await;
        assert_eq!(preview.status, 200, "{}", preview.text);
        assert_eq!(preview.body["allowed"], false);
        assert_eq!(preview.body["least"], money(2_500));
        assert_eq!(preview.body["installments"].as_array().map(Vec::len), Some(100));
        let weekly = small.clone();
        let refused = floor.post(&path(&debt, "plans"), small).await;
        assert_eq!((refused.status, refused.code()), (422, "below_min_payment"));
        assert_eq!(
            (&refused.body["least"], &refused.body["offered"]),
            (&json!("25.00"), &json!("10.00"))
        );
        for table in ["promise", "plan", "plan_account", "installment"] {
            assert_eq!(floor.rows(table).await, 0, "{table}");
        }
        assert_eq!(floor.till.status(&debt).await, "ACT");
        // Who set the limit that stands in the way: the product until the account says otherwise.
        let behind = |reply: &Reply| reply.body["limits"].clone();
        let least = |value: &str, level: &str| json!({"limit": "plan_min_payment", "value": value, "level": level});
        assert!(behind(&refused).as_array().expect("limits").contains(&least("25.00", "preset")));
        let own = json!({"account_id": debt.account, "effective_on": floor.today(),
            "limits": {"plan_min_payment": money(4_000)}});
        let set = floor.post("/v1/arrangement-limits", own).await;
        assert_eq!(set.status, 201, "{}", set.text);
        let shown = floor.post(&path(&debt, "plan-previews"), weekly.clone()).await;
        let field = json!({"field": "plan_min_payment", "value": "40.00", "level": "account"});
        assert!(behind(&shown).as_array().expect("limits").contains(&field), "{}", shown.text);
        let refused = floor.post(&path(&debt, "plans"), weekly).await;
        assert!(behind(&refused).as_array().expect("limits").contains(&least("40.00", "account")));
        floor
            .till
            .sql("UPDATE account SET status = 'DSP' WHERE id = $1", [debt.account.0.into()])
            .await;
        let fair = json!({"frequency": "monthly", "first_on": "2025-03-10", "number": 4,
            "channel": "phone", "consent": "Agreed"});
        let refused = floor.post(&path(&debt, "plans"), fair).await;
        assert_eq!((refused.status, refused.code()), (409, "status_takes_no_arrangement"));
        assert_eq!(refused.body["account_status"], "DSP");
    });
}

#[test]
fn a_plan_is_paid_early_changed_paused_and_completed() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_001, "2024-10-06").await;
        let body = json!({"frequency": "monthly", "first_on": "2025-03-31", "number": 3,
            "down_payment": {"amount": money(10_000), "due_on": "2025-03-05"},
            "channel": "phone", "consent": "Agreed on the line"});
        let made = floor.post(&path(&debt, "plans"), body.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = text(&made.body["id"]).to_owned();
        let rows = |plan: &Value| -> Vec<(String, String)> {
            let rows = plan["installments"].as_array().expect("rows").iter();
            rows.map(|row| (text(&row["due_on"]).into(), text(&row["amount"]["amount"]).into()))
                .collect()
        };
        let expected = [
            ("2025-03-05", "100.00"),
            ("2025-03-31", "300.00"),
            ("2025-04-30", "300.00"),
            ("2025-05-31", "300.01"),
        ];
        assert_eq!(rows(&made.body), expected.map(|(d, a)| (d.to_owned(), a.to_owned())));
        assert_eq!(floor.till.status(&debt).await, "PLN");
        let twice = floor.post(&path(&debt, "plans"), body).await;
        assert_eq!((twice.status, twice.code()), (409, "arrangement_open"));
        assert_eq!(twice.body["arrangement"], json!(id));

        // 350.00 at once: the down payment, and 250.00 of the first.
        floor.paid(&debt, 35_000, "cash", "2025-03-03").await;
        let plan = floor.get(&format!("/v1/plans/{id}")).await;
        assert_eq!(plan["installments"][0]["state"], "paid");
        assert_eq!(plan["installments"][1]["paid"], money(25_000));
        let version = etag(&floor.api.get(&format!("/v1/plans/{id}"), &floor.key).await);
        let tweak = json!({"number": 2, "amount": money(20_000), "reason": "Rent"});
        let refused = floor.change(&format!("/v1/plans/{id}/tweaks"), "\"9\"", tweak.clone()).await;
        assert_eq!(refused.status, 412);
        let changed = floor.change(&format!("/v1/plans/{id}/tweaks"), &version, tweak).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        assert_eq!(
            changed.body["installments"][3]["amount"],
            money(40_001),
            "the last compensates"
        );
        let pause = json!({"days": 14, "reason": "Ill"});
        let paused =
            floor.change(&format!("/v1/plans/{id}/pauses"), &etag(&changed), pause.clone()).await;
        assert_eq!(paused.body["installments"][1]["due_on"], "2025-04-14");
        let again = floor.change(&format!("/v1/plans/{id}/pauses"), &etag(&paused), pause).await;
        assert_eq!((again.status, again.code()), (422, "already_paused"));

        floor.morning("2025-04-10").await;
        floor.paid(&debt, 65_001, "check", "2025-04-10").await;
        let plan = floor.get(&format!("/v1/plans/{id}")).await;
        assert_eq!(plan["state"], "clearing", "paid, funds clearing");
        floor.till.drain().await;
        assert_eq!(floor.till.status(&debt).await, "PLN");
        // Five banking days: April 17.
        floor.at("2025-04-17T17:00:00Z");
        floor.till.drain().await;
        assert_eq!(floor.get(&format!("/v1/plans/{id}")).await["state"], "completed");
        assert_eq!(floor.till.status(&debt).await, "PIF");
    });
}

#[test]
fn a_missed_payment_breaks_a_plan_on_the_morning_after_grace() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let body = json!({"frequency": "monthly", "first_on": "2025-03-10", "number": 4,
            "channel": "phone", "consent": "Agreed"});
        let made = floor.post(&path(&debt, "plans"), body.clone()).await;
        let id = text(&made.body["id"]).to_owned();
        floor.morning("2025-03-20").await;
        assert_eq!(floor.get(&format!("/v1/plans/{id}")).await["state"], "active");
        assert_eq!(floor.get(&format!("/v1/plans/{id}")).await["installments"][0]["state"], "due");
        floor.morning("2025-03-21").await;
        let plan = floor.get(&format!("/v1/plans/{id}")).await;
        assert_eq!(plan["state"], "broken");
        assert_eq!(plan["broken_on"], "2025-03-21");
        assert!(plan["installments"][3]["held_at"].is_string());
        assert_eq!(floor.till.status(&debt).await, "BKP");
        // Another may be agreed, and canceled.
        let body = json!({"frequency": "weekly", "first_on": "2025-03-28", "number": 4,
            "channel": "phone", "consent": "Agreed again"});
        let made = floor.post(&path(&debt, "plans"), body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let canceled = floor
            .change(
                &format!("/v1/plans/{}/cancellations", text(&made.body["id"])),
                &etag(&made),
                json!({"reason": "Lost the job"}),
            )
            .await;
        assert_eq!(canceled.body["state"], "canceled");
        assert_eq!(floor.till.status(&debt).await, "ACT");
    });
}

/// E8: 333.33, 500.00 and 166.67; 100.00 pro rata, and without the second debt when it is disputed.
#[test]
fn a_packet_plan_divides_each_payment_over_its_debts() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let one = floor.debt(33_333, "2024-10-06").await;
        let two = floor.debt(50_000, "2024-10-07").await;
        let three = floor.debt(16_667, "2024-10-08").await;
        let alien = floor.debt(10_000, "2024-10-08").await;
        floor.same_packet(&two, &one).await;
        floor.same_packet(&three, &one).await;
        let body = |others: Vec<&Debt>| {
            let ids: Vec<_> = others.iter().map(|debt| debt.account).collect();
            json!({"account_ids": ids, "frequency": "monthly", "first_on": "2025-03-10",
                "number": 10, "channel": "phone", "consent": "Agreed"})
        };
        let refused = floor.post(&path(&one, "plans"), body(vec![&two, &alien])).await;
        assert_eq!((refused.status, refused.code()), (422, "other_debtor"));
        let made = floor.post(&path(&one, "plans"), body(vec![&two, &three])).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.body["total"], money(100_000));
        let plan = text(&made.body["id"]).to_owned();
        for debt in [&one, &two, &three] {
            assert_eq!(floor.till.status(debt).await, "PLN");
        }
        let pay = json!({"amount": money(10_000), "method": "cash"});
        let paid = floor.post(&format!("/v1/plans/{plan}/payments"), pay.clone()).await;
        assert_eq!(paid.status, 201, "{}", paid.text);
        assert_eq!(paid.body["payment_ids"].as_array().map(Vec::len), Some(3));
        let owed = [
            floor.till.owed(&one).await,
            floor.till.owed(&two).await,
            floor.till.owed(&three).await,
        ];
        assert_eq!(owed, [30_000, 45_000, 15_000], "33.33, 50.00 and 16.67 were paid");
        floor.till.drain().await;
        let shown = floor.get(&format!("/v1/plans/{plan}")).await;
        assert_eq!(shown["installments"][0]["state"], "paid");
        let spreads = "SELECT count(DISTINCT spread_id) AS n FROM payment WHERE agency_id = $1";
        assert_eq!(floor.till.number(spreads, [floor.till.house.id.0.into()]).await, 1);

        // A disputed debt gets nothing: 300.00 and 150.00 share 100.00.
        let set = json!({"kind": "dispute", "reason": "Says it is not theirs"});
        let sheet = floor.api.get(&format!("/v1/accounts/{}", two.account), &floor.key).await;
        let reply = floor.change(&path(&two, "restrictions"), &etag(&sheet), set).await;
        assert!(reply.status < 300, "{}", reply.text);
        let paid = floor.post(&format!("/v1/plans/{plan}/payments"), pay).await;
        assert_eq!(paid.status, 201, "{}", paid.text);
        assert_eq!(floor.till.owed(&one).await, 30_000 - 6_667);
        assert_eq!(floor.till.owed(&two).await, 45_000);
        assert_eq!(floor.till.owed(&three).await, 15_000 - 3_333);
    });
}
