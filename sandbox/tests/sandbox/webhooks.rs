//! Webhooks: signatures, retries, and the post's own troubles.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::client::{Arrived, Receiver, Town};

/// The check a receiver makes, written from Stripe's description and not from the sandbox.
fn genuine(arrived: &Arrived, secret: &str) -> bool {
    let (time, mac) = arrived.signature.split_once(",v1=").unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let mut expected = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    expected.update(format!("{time}.{}", arrived.body).as_bytes());
    let hex: String =
        expected.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    hex == mac
}

async fn flush(town: &Town) -> Value {
    town.sim("webhooks/flush", json!({})).await
}

#[tokio::test]
async fn events_arrive_signed_in_order_and_are_counted_as_delivered() {
    let town = Town::start();
    let receiver = Receiver::listen(vec![]).await;
    let secret = receiver.subscribe(&town).await;
    let session = town.session().await;
    town.pay(&session, json!({})).await;
    flush(&town).await;
    let arrived = receiver.arrived();
    assert_eq!(receiver.kinds(), town.events().await);
    assert!(arrived.iter().all(|letter| genuine(letter, &secret)));
    let completed = arrived.last().unwrap().event();
    assert_eq!(completed["data"]["object"]["payment_status"], "paid");
    assert!(!arrived.last().unwrap().body.contains("_line_items"), "private fields stay inside");
    let open = town.get("/v1/events?delivery_success=false").await.json();
    assert_eq!(open["data"], json!([]));
    town.stop().await;
}

#[tokio::test]
async fn a_failing_receiver_is_tried_again_as_time_goes_on() {
    let town = Town::start();
    let receiver = Receiver::listen(vec![500, 503]).await;
    receiver.subscribe(&town).await;
    town.post("/v1/customers", "name=Ana").await;
    flush(&town).await;
    assert_eq!(receiver.kinds().len(), 1);
    let open = town.get("/v1/events?delivery_success=false").await.json();
    assert_eq!(open["data"][0]["pending_webhooks"], 1);
    for expected in [2, 3, 3] {
        town.sim("clock/advance", json!({"seconds": 60})).await;
        flush(&town).await;
        assert_eq!(receiver.kinds().len(), expected);
    }
    let bodies: Vec<String> = receiver.arrived().into_iter().map(|letter| letter.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "the same event each time");
    town.stop().await;
}

#[tokio::test]
async fn the_post_drops_duplicates_delays_and_forges_as_told() {
    let town = Town::start();
    let receiver = Receiver::listen(vec![]).await;
    let secret = receiver.subscribe(&town).await;
    for fault in [
        json!({"kind": "drop", "event": "customer.created"}),
        json!({"kind": "duplicate", "copies": 2, "event": "customer.updated"}),
        json!({"kind": "delay", "seconds": 600, "event": "customer.deleted"}),
    ] {
        town.sim("webhooks/faults", fault).await;
    }
    let customer = town.post("/v1/customers", "name=Ana").await.json();
    let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    town.post(&path, "name=Bea").await;
    town.call("DELETE", &path, &[], "").await.unwrap();
    flush(&town).await;
    assert_eq!(receiver.kinds(), ["customer.updated"; 3]);
    town.sim("clock/advance", json!({"seconds": 600})).await;
    flush(&town).await;
    assert_eq!(receiver.kinds().last().unwrap(), "customer.deleted");
    assert_eq!(town.events().await[0], "customer.created", "the poll finds the dropped one");

    town.sim("webhooks/faults", json!({"kind": "bad_signature"})).await;
    town.post("/v1/customers", "name=Cid").await;
    flush(&town).await;
    assert!(!genuine(receiver.arrived().last().unwrap(), &secret));
    town.stop().await;
}

#[tokio::test]
async fn reordered_events_arrive_last_first() {
    let town = Town::start();
    let receiver = Receiver::listen(vec![]).await;
    receiver.subscribe(&town).await;
    town.sim("webhooks/faults", json!({"kind": "reorder", "times": 5})).await;
    let session = town.session().await;
    town.pay(&session, json!({})).await;
    flush(&town).await;
    let mut expected = town.events().await;
    expected.reverse();
    assert_eq!(receiver.kinds(), expected);
    town.stop().await;
}

#[tokio::test]
async fn a_platform_hears_of_its_accounts_and_two_secrets_sign_during_a_rotation() {
    let town = Town::start();
    let receiver = Receiver::listen(vec![]).await;
    let endpoint = town
        .sim(
            "webhooks/endpoints",
            json!({"key": town.key, "url": receiver.url, "secret": "whsec_old", "connect": true}),
        )
        .await;
    let id = endpoint["id"].as_str().unwrap();
    let rotated = town.sim(&format!("webhooks/endpoints/{id}/rotate"), json!({})).await;
    town.post("/v1/customers", "name=Own").await;
    let account = [("Stripe-Account", "acct_1")];
    town.call("POST", "/v1/customers", &account, "name=Connected").await.unwrap();
    flush(&town).await;
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 1, "the platform's own events go elsewhere");
    assert_eq!(arrived[0].event()["account"], "acct_1");
    let signature = &arrived[0].signature;
    let (first, old) = signature.rsplit_once(",v1=").unwrap();
    let single = |signature: String| Arrived { signature, body: arrived[0].body.clone() };
    assert!(genuine(&single(first.to_owned()), rotated["secret"].as_str().unwrap()));
    let (time, _) = first.split_once(',').unwrap();
    assert!(genuine(&single(format!("{time},v1={old}")), "whsec_old"));
    town.stop().await;
}
