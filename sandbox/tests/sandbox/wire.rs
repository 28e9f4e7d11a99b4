//! Forms, envelopes, idempotency, pages, isolation.

use sandbox::{Options, StartError};

use crate::client::{SESSION, Town};

#[tokio::test]
async fn the_sandbox_is_never_exposed() {
    let bind = "0.0.0.0:0".parse().unwrap();
    let refused = sandbox::start(Options { bind, ..Options::default() }).err().unwrap();
    assert!(matches!(refused, StartError::NotLoopback(_)));
}

#[tokio::test]
async fn a_key_replays_its_first_answer_and_refuses_other_parameters() {
    let town = Town::start();
    let first = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap();
    let again = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap();
    assert_eq!(first.text, again.text);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert!(first.headers["request-id"].starts_with("req_"));
    assert!(!first.headers.contains_key("idempotent-replayed"));

    let changed = town.keyed("k1", "/v1/customers", "name=Bea").await.unwrap();
    assert_eq!(changed.status, 400);
    assert_eq!(changed.json()["error"]["type"], "idempotency_error");
    assert_eq!(town.get("/v1/customers").await.json()["data"].as_array().unwrap().len(), 1);
    town.stop().await;
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_of_simulated_time() {
    let town = Town::start();
    let first = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().json();
    town.sim("clock/advance", serde_json::json!({"seconds": 86_401})).await;
    let second = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().json();
    assert_ne!(first["id"], second["id"]);
    town.stop().await;
}

#[tokio::test]
async fn a_malformed_request_does_not_use_up_its_key() {
    let town = Town::start();
    let refused = town.keyed("k1", "/v1/customers", "colour=red").await.unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (400, "parameter_unknown"));
    assert_eq!(town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().status, 200);
    town.stop().await;
}

#[tokio::test]
async fn what_is_not_modelled_is_refused_and_never_guessed() {
    let town = Town::start();
    for (method, path, body, status, code) in [
        ("POST", "/v1/subscriptions", "", 501, "sandbox_not_modelled"),
        ("POST", "/v1/customers", "tax[ip_address]=1", 501, "sandbox_not_modelled"),
        ("GET", "/v1/customers/cus_nobody", "", 404, "resource_missing"),
        ("GET", "/v1/events?limit=101", "", 400, "parameter_invalid"),
        (
            "POST",
            "/v1/payment_intents",
            "amount=500&currency=usd&payment_method_types[]=card",
            400,
            "payment_method_types_no_longer_supported",
        ),
    ] {
        let reply = town.call(method, path, &[], body).await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{method} {path}");
    }
    assert_eq!(town.send("GET", "/v1/customers", &[], "").await.unwrap().status, 401);
    town.stop().await;
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let town = Town::start();
    let one = [("Stripe-Account", "acct_1")];
    let customer = town.call("POST", "/v1/customers", &one, "name=Ana").await.unwrap().json();
    let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
    assert_eq!(town.call("GET", &path, &one, "").await.unwrap().status, 200);
    let other = [("Stripe-Account", "acct_2")];
    for headers in [other.as_slice(), &[]] {
        let reply = town.call("GET", &path, headers, "").await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (404, "resource_missing"));
    }
    town.stop().await;
}

#[tokio::test]
async fn lists_are_walked_by_cursor() {
    let town = Town::start();
    for name in ["a", "b", "c"] {
        town.post("/v1/customers", &format!("name={name}")).await;
    }
    let names = |page: &serde_json::Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|customer| customer["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = town.get("/v1/customers?limit=2").await.json();
    assert_eq!(names(&first), ["c", "b"]);
    assert_eq!(first["has_more"], true);
    let last = first["data"][1]["id"].as_str().unwrap();
    let rest = town.get(&format!("/v1/customers?limit=2&starting_after={last}")).await.json();
    assert_eq!(names(&rest), ["a"]);
    assert_eq!(rest["has_more"], false);
    let oldest = rest["data"][0]["id"].as_str().unwrap();
    let before = town.get(&format!("/v1/customers?limit=1&ending_before={oldest}")).await.json();
    assert_eq!(names(&before), ["b"]);
    assert_eq!(before["has_more"], true);
    town.stop().await;
}

#[tokio::test]
async fn a_session_lives_from_half_an_hour_to_a_day() {
    let town = Town::start();
    for (ahead, status) in [(60, 400), (1_800, 200), (86_400, 200), (90_000, 400)] {
        let body = format!("{SESSION}&expires_at={}", 1_790_000_000 + ahead);
        assert_eq!(town.post("/v1/checkout/sessions", &body).await.status, status, "{ahead}");
    }
    town.stop().await;
}

#[tokio::test]
async fn a_kept_state_is_there_after_a_restart() {
    let file = std::env::temp_dir().join(format!("sandbox-kept-{}.json", std::process::id()));
    let options = || sandbox::Options { keep: Some(file.clone()), ..Default::default() };
    let town = Town::with(options());
    let customer = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap().json();
    let session = town.session().await;
    let debit = town.session().await;
    town.pay(&debit, serde_json::json!({"bank": "000123456789"})).await;
    town.stop().await;

    let town = Town::with(options());
    let replay = town.keyed("k1", "/v1/customers", "name=Ana").await.unwrap();
    assert_eq!(replay.json(), customer);
    assert_eq!(replay.headers["idempotent-replayed"], "true");
    let paid = town.pay(&session, serde_json::json!({})).await;
    assert_eq!(paid["outcome"], "paid");
    town.sim("clock/advance", serde_json::json!({"seconds": 4 * 86_400})).await;
    let path = format!("/v1/checkout/sessions/{}", debit["id"].as_str().unwrap());
    assert_eq!(town.get(&path).await.json()["payment_status"], "paid");
    town.stop().await;

    std::fs::write(&file, "not a state").unwrap();
    assert!(matches!(sandbox::start(options()).err().unwrap(), StartError::Kept(..)));
    std::fs::remove_file(&file).unwrap();
}
