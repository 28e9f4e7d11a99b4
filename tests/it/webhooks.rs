//! Webhooks: signed, repeated, reordered, lost, forged.

use crate::till::{DEBIT, Till};
use crate::world::run;
use chrono::Duration;
use gateway::sign;
use serde_json::json;
use service::Refused;
use service::gateway_events;

#[test]
fn repeated_and_reordered_events_post_once() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        till.sim("webhooks/faults", json!({"kind": "duplicate", "copies": 4, "times": 50})).await;
        till.sim("webhooks/faults", json!({"kind": "reorder", "times": 50})).await;
        let (payment, session) = till.page(&debt, 10_000).await;
        till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "succeeded");
        assert_eq!(till.postings(payment).await, 1);
        assert_eq!(till.ledger("processor_clearing").await, 10_000);
        let stored = till.number(
            "SELECT count(*) - count(DISTINCT event_id) AS n FROM gateway_event WHERE agency_id = $1",
            [till.house.id.0.into()],
        );
        assert_eq!(stored.await, 0);
        let open = till.number(
            "SELECT count(*) AS n FROM gateway_event WHERE agency_id = $1 AND state NOT IN ('done', 'ignored')",
            [till.house.id.0.into()],
        );
        assert_eq!(open.await, 0);
    });
}

#[test]
fn a_page_that_was_given_up_and_paid_all_the_same_posts() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        let (payment, session) = till.page(&debt, 10_000).await;
        // As if the look-up after a crash had not found the page.
        till.sql(
            "UPDATE payment SET state = 'failed', checkout_session_id = NULL, checkout_url = NULL WHERE id = $1",
            [payment.0.into()],
        )
        .await;
        till.sql(
            "UPDATE gateway_call SET state = 'abandoned' WHERE payment_id = $1",
            [payment.0.into()],
        )
        .await;
        till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "succeeded");
        assert_eq!(till.postings(payment).await, 1);
        assert_eq!(till.owed(&debt).await, 40_000);
    });
}

#[test]
fn events_that_never_arrive_are_asked_for() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(50_000).await;
        till.sim("webhooks/faults", json!({"kind": "drop", "times": 1000})).await;
        let (payment, session) = till.page(&debt, 10_000).await;
        till.pays(&session, json!({"card": DEBIT})).await;
        till.settle().await;
        assert_eq!(till.state(payment).await, "session_open");
        till.sweep().await;
        assert_eq!(till.state(payment).await, "succeeded");
        assert_eq!(till.postings(payment).await, 1);
        // Within ten minutes it is not asked again; later it is, and nothing posts twice.
        till.world.wait(Duration::minutes(11));
        till.sweep().await;
        assert_eq!(till.postings(payment).await, 1);
    });
}

#[test]
fn an_expired_page_and_a_payment_nobody_told_us_of_come_to_an_end() {
    run(async {
        let till = Till::open().await;
        let (left, paid) = (till.debt(50_000).await, till.debt(50_000).await);
        let (gone, _) = till.page(&left, 10_000).await;
        let (won, session) = till.page(&paid, 10_000).await;
        till.sim("webhooks/faults", json!({"kind": "drop", "times": 1000})).await;
        till.pays(&session, json!({"card": DEBIT})).await;
        till.sql("UPDATE gateway_account SET polled_until = now() + interval '3 hours' WHERE agency_id = $1", [till.house.id.0.into()]).await;
        till.world.wait(Duration::minutes(65));
        till.sim("clock/advance", json!({"seconds": 65 * 60})).await;
        till.sweep().await;
        assert_eq!(till.state(gone).await, "expired");
        assert_eq!(till.state(won).await, "succeeded");
    });
}

#[test]
fn what_is_not_signed_by_the_gateway_is_not_taken_in() {
    run(async {
        let till = Till::open().await;
        let (app, endpoint) = (&till.world.app, till.endpoint());
        let body =
            br#"{"id":"evt_1","type":"x","created":1,"livemode":false,"data":{"object":{}}}"#;
        let now = app.clock().now();
        let forged = sign(&"whsec_other".into(), body, now).expect("a signature");
        for header in ["", "t=1,v1=00", forged.as_str()] {
            let refused = gateway_events::receive(app, &endpoint, header, body).await;
            assert_eq!(refused.expect_err("refused").code(), "bad_signature", "{header}");
        }
        let unknown = gateway_events::receive(app, "nowhere", &forged, body).await;
        assert_eq!(unknown.expect_err("refused").code(), "not_found");
        let stored = till.number(
            "SELECT count(*) AS n FROM gateway_event WHERE agency_id = $1",
            [till.house.id.0.into()],
        );
        assert_eq!(stored.await, 0);
    });
}

#[test]
fn the_endpoint_is_made_at_the_gateway_when_none_is_given() {
    run(async {
        let till = Till::open().await;
        let new = service::gateway_accounts::NewGatewayAccount {
            mode: domain::gateway::GatewayMode::Sandbox,
            secret_key: till.key.clone().into(),
            provider_account: None,
            webhook_secret: None,
        };
        let (app, admin) = (&till.world.app, &till.house.admin);
        let made = service::gateway_accounts::configure(app, admin, new).await.expect("configured");
        assert_ne!(made.id, till.gateway.id);
        assert_eq!(till.calls("/v1/webhook_endpoints").await, 1);
        let kept = till.number(
            "SELECT count(*) AS n FROM gateway_call WHERE agency_id = $1 AND op = 'webhook_endpoint_create'
             AND state = 'done' AND response IS NULL",
            [till.house.id.0.into()],
        );
        assert_eq!(kept.await, 1);
    });
}

#[test]
fn an_event_of_the_other_mode_or_account_is_kept_and_not_processed() {
    run(async {
        let till = Till::open().await;
        let (app, endpoint) = (&till.world.app, till.endpoint());
        let now = app.clock().now();
        for (event, account, livemode) in
            [("evt_live", "null", "true"), ("evt_other", "\"acct_other\"", "false")]
        {
            let body = format!(
                r#"{{"id":"{event}","type":"charge.succeeded","created":1,"livemode":{livemode},
                     "account":{account},"data":{{"object":{{"id":"ch_1","object":"charge"}}}}}}"#
            );
            let header = sign(&till.secret.clone().into(), body.as_bytes(), now).expect("signed");
            gateway_events::receive(app, &endpoint, &header, body.as_bytes()).await.expect("kept");
        }
        till.drain().await;
        let kept = till.number(
            "SELECT count(*) AS n FROM gateway_event WHERE agency_id = $1 AND state = 'failed' AND error IS NOT NULL",
            [till.house.id.0.into()],
        );
        assert_eq!(kept.await, 2);
    });
}
