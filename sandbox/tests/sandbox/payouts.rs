//! Payouts: what they are made of, that they sum, and what a failed one leaves.

use serde_json::{Value, json};

use crate::client::Town;

async fn lines(town: &Town, payout: &str) -> Vec<Value> {
    let path = format!("/v1/balance_transactions?limit=100&payout={payout}");
    let list = town.get(&path).await.json();
    list["data"].as_array().unwrap().clone()
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_payout_is_the_sum_of_what_was_available() {
    let town = Town::start();
    let session = town.session().await;
    town.pay(&session, json!({})).await;
    let none = town.send("POST", "/_sim/payouts", &[], &json!({"key": town.key}).to_string()).await;
    assert_eq!(none.unwrap().status, 409, "nothing is available yet");
    town.sim("clock/advance", json!({"seconds": 2 * 86_400})).await;
    let payout = town.sim("payouts", json!({"key": town.key})).await;
    assert_eq!((&payout["amount"], &payout["status"]), (&json!(12_107), &json!("paid")));
    let lines = lines(&town, id(&payout)).await;
    let sum = |skip: bool| -> i64 {
        let nets = lines.iter().filter(|txn| !skip || txn["type"] != "payout");
        nets.map(|txn| txn["net"].as_i64().unwrap()).sum()
    };
    assert_eq!((sum(false), sum(true)), (0, 12_107));
    assert_eq!(town.balance().await, 0);
    let body = json!({"key": town.key}).to_string();
    let again = town.send("POST", "/_sim/payouts", &[], &body);
    assert_eq!(again.await.unwrap().status, 409, "nothing is paid out twice");
    let events = town.events().await;
    assert!(events.ends_with(&["payout.created".to_owned(), "payout.paid".to_owned()]));
    town.stop().await;
}

#[tokio::test]
async fn a_failed_payout_comes_back_and_goes_out_with_the_next() {
    let town = Town::start();
    let session = town.session().await;
    town.pay(&session, json!({})).await;
    let payout = town.sim("payouts", json!({"key": town.key, "pending": true})).await;
    let failed = town.sim(&format!("payouts/{}/fail", id(&payout)), json!({})).await;
    assert_eq!(
        (&failed["status"], &failed["failure_code"]),
        (&json!("failed"), &json!("account_closed"))
    );
    assert_eq!(town.balance().await, 12_107);
    let next = town.sim("payouts", json!({"key": town.key, "pending": true})).await;
    assert_eq!(next["amount"], 12_107);
    let kinds: Vec<Value> =
        lines(&town, id(&next)).await.iter().map(|txn| txn["type"].clone()).collect();
    assert_eq!(kinds, [json!("payout"), json!("payout_failure")]);
    town.stop().await;
}

#[tokio::test]
async fn a_dispute_after_the_payout_makes_the_next_one_negative() {
    let town = Town::start();
    let session = town.session().await;
    let paid = town.pay(&session, json!({})).await;
    town.sim("payouts", json!({"key": town.key, "pending": true})).await;
    town.sim("disputes", json!({"payment_intent": paid["payment_intent"]})).await;
    let next = town.sim("payouts", json!({"key": town.key, "pending": true})).await;
    assert_eq!(next["amount"], -12_500 - 1_500);
    town.stop().await;
}

#[tokio::test]
async fn daily_payouts_run_by_the_clock() {
    let town = Town::start();
    town.sim("payouts/schedule", json!({"key": town.key, "daily": true})).await;
    let session = town.session().await;
    town.pay(&session, json!({})).await;
    town.sim("clock/advance", json!({"seconds": 4 * 86_400})).await;
    let list = town.get("/v1/payouts").await.json();
    let payouts = list["data"].as_array().unwrap();
    assert_eq!(payouts.len(), 1);
    assert_eq!((&payouts[0]["amount"], &payouts[0]["status"]), (&json!(12_107), &json!("paid")));
    town.sim("payouts/schedule", json!({"key": town.key, "daily": false})).await;
    town.stop().await;
}
