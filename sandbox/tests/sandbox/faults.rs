//! Faults of the API: what reaches the client and what was really done.

use serde_json::json;

use crate::client::Town;

async fn customers(town: &Town) -> usize {
    town.get("/v1/customers").await.json()["data"].as_array().unwrap().len()
}

async fn plant(town: &Town, kind: &str) {
    let rule = json!({"kind": kind, "method": "POST", "path": "/v1/customers", "millis": 50});
    town.sim("faults", rule).await;
}

#[tokio::test]
async fn a_lost_response_was_processed_and_its_key_tells_the_result() {
    let town = Town::start();
    plant(&town, "lost_response").await;
    assert!(town.keyed("k1", "/v1/customers", "name=Ana").await.is_none());
    assert_eq!(customers(&town).await, 1);
    let replay = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap();
    assert_eq!(replay.headers["idempotent-replayed"], "true");
    assert_eq!(replay.json()["name"], "Ana");
    assert_eq!(customers(&town).await, 1, "exactly one customer");
    town.stop().await;
}

#[tokio::test]
async fn a_timeout_before_did_nothing() {
    let town = Town::start();
    plant(&town, "timeout_before").await;
    assert!(town.keyed("k1", "/v1/customers", "name=Ana").await.is_none());
    assert_eq!(customers(&town).await, 0);
    assert_eq!(town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().status, 200);
    town.stop().await;
}

#[tokio::test]
async fn a_plain_500_may_be_tried_again_and_a_stored_one_stays() {
    let town = Town::start();
    plant(&town, "error_500").await;
    assert_eq!(town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().status, 500);
    assert_eq!(customers(&town).await, 0);
    assert_eq!(town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().status, 200);

    let fault = json!({"kind": "stored_500", "path": "/v1/customers"});
    town.sim("faults", fault).await;
    for replayed in [false, true] {
        let reply = town.keyed("k2", "/v1/customers", "name=Bea").await.unwrap();
        assert_eq!(reply.status, 500);
        assert_eq!(reply.headers.contains_key("idempotent-replayed"), replayed);
    }
    assert_eq!(customers(&town).await, 2, "the work behind the stored 500 was done");
    town.stop().await;
}

#[tokio::test]
async fn limits_halves_and_proxies() {
    let town = Town::start();
    plant(&town, "rate_limited").await;
    let limited = town.post("/v1/customers", "name=Ana").await;
    assert_eq!((limited.status, limited.headers["retry-after"].as_str()), (429, "1"));
    town.send("DELETE", "/_sim/faults", &[], "").await;
    plant(&town, "truncated_json").await;
    let half = town.post("/v1/customers", "name=Ana").await;
    assert_eq!(half.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&half.text).is_err());
    town.send("DELETE", "/_sim/faults", &[], "").await;
    plant(&town, "bad_gateway").await;
    assert_eq!(town.post("/v1/customers", "name=Bea").await.status, 502);
    assert_eq!(customers(&town).await, 2);
    town.stop().await;
}

#[tokio::test]
async fn two_requests_with_one_key_at_once_conflict() {
    let town = Town::start();
    let slow = json!({"kind": "slow", "path": "/v1/customers", "millis": 300});
    town.sim("faults", slow).await;
    let first = town.keyed("k1", "/v1/customers", "name=Ana");
    let second = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        town.keyed("k1", "/v1/customers", "name=Ana").await
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(first.unwrap().status, 200);
    let second = second.unwrap();
    assert_eq!((second.status, second.code().as_str()), (409, "idempotency_key_in_use"));
    assert_eq!(customers(&town).await, 1);
    town.stop().await;
}
