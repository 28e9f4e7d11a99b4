//! Payments, refunds, disputes, returns, and what they leave in the balance.

use serde_json::json;

use crate::client::{Town, none};

#[tokio::test]
async fn a_debit_card_pays_and_fees_are_taken() {
    let town = Town::start();
    let session = town.session().await;
    assert_eq!(session["payment_intent"], json!(null));
    let paid = town.pay(&session, json!({"card": "4000056655665556"})).await;
    assert_eq!(paid["outcome"], "paid");
    let path = format!(
        "/v1/payment_intents/{}?expand[]=latest_charge.balance_transaction",
        paid["payment_intent"].as_str().unwrap()
    );
    let intent = town.get(&path).await.json();
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(intent["metadata"]["payment"], "pay_1");
    let txn = &intent["latest_charge"]["balance_transaction"];
    assert_eq!(
        (&txn["amount"], &txn["fee"], &txn["net"]),
        (&json!(12500), &json!(393), &json!(12107))
    );
    assert_eq!(town.balance().await, 12_107);
    assert_eq!(
        town.events().await,
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.updated",
            "checkout.session.completed",
        ]
    );
    town.stop().await;
}

#[tokio::test]
async fn declined_cards_tell_the_published_codes_and_leave_the_session_open() {
    let town = Town::start();
    for (card, code, decline_code) in [
        ("4000000000000002", "card_declined", json!("generic_decline")),
        ("4000000000009995", "card_declined", json!("insufficient_funds")),
        ("4000000000009987", "card_declined", json!("lost_card")),
        ("4000000000000069", "expired_card", json!(null)),
        ("4000000000000119", "processing_error", json!(null)),
    ] {
        let body = "amount=500&currency=usd";
        let intent = town.post("/v1/payment_intents", body).await.json();
        let method = town
            .post("/v1/payment_methods", &format!("type=card&card[number]={card}"))
            .await
            .json();
        let path = format!("/v1/payment_intents/{}/confirm", intent["id"].as_str().unwrap());
        let method = method["id"].as_str().unwrap().to_owned();
        let refused = town.post(&path, &format!("payment_method={method}")).await;
        assert_eq!((refused.status, refused.code().as_str()), (402, code), "{card}");
        let error = &refused.json()["error"];
        assert_eq!(error["decline_code"], decline_code, "{card}");
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    }
    assert_eq!(town.balance().await, 0);
    town.stop().await;
}

#[tokio::test]
async fn a_blocked_credit_card_is_refused_before_anything_is_charged() {
    let town = Town::start();
    let session = town.session().await;
    let refused = town.pay(&session, json!({"card": "4242424242424242"})).await;
    assert_eq!(refused["outcome"], "blocked");
    assert_eq!(refused["status"], "open");
    assert_eq!(town.events().await, Vec::<String>::new());
    town.stop().await;
}

#[tokio::test]
async fn a_bank_debit_settles_after_four_days() {
    let town = Town::start();
    let session = town.session().await;
    let paid = town.pay(&session, json!({"bank": "000123456789"})).await;
    assert_eq!(
        (&paid["outcome"], &paid["payment_status"]),
        (&json!("processing"), &json!("unpaid"))
    );
    town.sim("clock/advance", json!({"seconds": 4 * 86_400 - 1})).await;
    assert_eq!(town.balance().await, 0);
    town.sim("clock/advance", json!({"seconds": 1})).await;
    assert_eq!(town.balance().await, 12_400, "125.00 less 0.8 %");
    let events = town.events().await;
    assert_eq!(events.last().unwrap(), "checkout.session.async_payment_succeeded");
    town.stop().await;
}

#[tokio::test]
async fn a_bank_debit_on_a_closed_account_fails_and_one_may_come_back() {
    let town = Town::start();
    let closed = town.session().await;
    town.pay(&closed, json!({"bank": "000111111113"})).await;
    let returned = town.session().await;
    town.pay(&returned, json!({"bank": "000555555559"})).await;
    town.sim("clock/advance", json!({"seconds": 7 * 86_400})).await;
    let events = town.events().await;
    for kind in [
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ] {
        assert!(events.iter().any(|event| event == kind), "{kind} in {events:?}");
    }
    assert_eq!(town.balance().await, 12_400 - 12_500 - 1_500);
    town.stop().await;
}

#[tokio::test]
async fn refunds_stop_at_what_was_paid_and_a_failed_one_brings_the_money_back() {
    let town = Town::start();
    let session = town.session().await;
    let paid = town.pay(&session, json!({"card": "4000056655665556"})).await;
    let intent = paid["payment_intent"].as_str().unwrap();
    let part = town.post("/v1/refunds", &format!("payment_intent={intent}&amount=2500")).await;
    assert_eq!(part.json()["status"], "succeeded");
    let over = town.post("/v1/refunds", &format!("payment_intent={intent}&amount=10001")).await;
    assert_eq!(over.status, 400);
    town.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    let spent = town.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(spent.code(), "charge_already_refunded");
    let before = town.balance().await;

    let body = "amount=5000&currency=usd&confirm=true&payment_method=pm_card_refundFail";
    let charged = town.post("/v1/payment_intents", body).await.json();
    let intent = charged["id"].as_str().unwrap();
    let refund = town.post("/v1/refunds", &format!("payment_intent={intent}")).await.json();
    assert_eq!(refund["status"], "succeeded");
    town.sim("clock/advance", json!({"seconds": 300})).await;
    let path = format!("/v1/refunds/{}", refund["id"].as_str().unwrap());
    assert_eq!(town.get(&path).await.json()["status"], "failed");
    assert_eq!(town.events().await.last().unwrap(), "refund.failed");
    assert_eq!(town.balance().await, before + 5_000 - 175);
    town.stop().await;
}

#[tokio::test]
async fn a_chargeback_takes_the_money_and_winning_brings_it_back_without_the_fee() {
    let town = Town::start();
    let session = town.session().await;
    let paid = town.pay(&session, none()).await;
    let dispute = town.sim("disputes", json!({"payment_intent": paid["payment_intent"]})).await;
    assert_eq!(dispute["status"], "needs_response");
    assert_eq!(town.balance().await, 12_107 - 12_500 - 1_500);
    let intent = paid["payment_intent"].as_str().unwrap();
    let refused = town.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refused.code(), "charge_disputed");
    let id = dispute["id"].as_str().unwrap();
    town.sim(&format!("disputes/{id}/close"), json!({"status": "won"})).await;
    assert_eq!(town.balance().await, 12_107 - 1_500);
    assert_eq!(town.events().await.last().unwrap(), "charge.dispute.funds_reinstated");
    town.stop().await;
}

#[tokio::test]
async fn a_session_nobody_pays_expires_and_takes_no_money_afterwards() {
    let town = Town::start();
    let session = town.session().await;
    town.sim("clock/advance", json!({"seconds": 86_400})).await;
    let id = session["id"].as_str().unwrap();
    let path = format!("/v1/checkout/sessions/{id}");
    assert_eq!(town.get(&path).await.json()["status"], "expired");
    let reply = town.send("POST", &format!("/_sim/checkout/{id}/pay"), &[], "{}").await.unwrap();
    assert_eq!(reply.status, 409);
    let again = town.post(&format!("{path}/expire"), "").await;
    assert_eq!(again.status, 400);
    town.stop().await;
}
