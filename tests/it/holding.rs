//! Delaying, blocking and releasing one payment.

use crate::counter::Counter;
use crate::world::run;
use serde_json::json;
use uuid::Uuid;

/// The If-Match header for a payment.
async fn version(at: &Counter, payment: &str) -> i64 {
    let read = at.api.get(&format!("/v1/payments/{payment}"), &at.finance.access).await;
    read.headers["etag"].to_str().expect("a tag").trim_matches('"').parse().expect("a number")
}

#[test]
fn a_payment_is_delayed_blocked_and_released_with_a_reason() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let payment = at.pays(&debt, "check", "120.00").await;
        let path = format!("/v1/payments/{payment}/holding");
        let body = |holding: &str| json!({"holding": holding, "reason": "The bank asked"});
        let read = at.api.get(&format!("/v1/payments/{payment}"), &at.finance.access).await;
        assert_eq!(read.body["holding"], "normal");
        let mut version = version(&at, &payment).await;
        let manager = at.put(&at.manager, &path, version, body("delayed")).await;
        assert_eq!(manager.status, 403);
        let stale = at.put(&at.finance, &path, version + 7, body("delayed")).await;
        assert_eq!(stale.status, 412);
        for holding in ["delayed", "blocked", "normal", "blocked"] {
            let held = at.put(&at.finance, &path, version, body(holding)).await;
            assert_eq!(held.status, 200, "{}", held.text);
            assert_eq!(held.body["holding"], holding);
            version += 1;
        }
        let again = at.put(&at.finance, &path, version, body("blocked")).await;
        assert_eq!((again.status, again.code()), (409, "already_held_so"));
        let mute = json!({"holding": "normal", "reason": ""});
        assert_eq!(at.put(&at.finance, &path, version, mute).await.code(), "reason_required");
        let told = at.till.number(
            "SELECT count(*) AS n FROM timeline_entry WHERE account_id = $1 AND kind = 'payment_held'",
            [debt.account.0.into()],
        );
        assert_eq!(told.await, 4);
        let audited = at.till.number(
            "SELECT count(*) AS n FROM audit WHERE agency_id = $1 AND action = 'payment.hold'",
            [at.till.house.id.0.into()],
        );
        assert_eq!(audited.await, 4);
    });
}

#[test]
fn what_a_statement_shows_is_not_held_back_and_neither_is_a_return() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let payment = at.pays(&debt, "check", "120.00").await;
        let body = json!({"holding": "blocked", "reason": "Too late"});
        let back = json!({"reason": "bounce", "note": "NSF"});
        let back = at.post(&at.finance, &format!("/v1/payments/{payment}/reversals"), back).await;
        let returned = back.body["id"].as_str().expect("an id").to_owned();
        let path = |id: &str| format!("/v1/payments/{id}/holding");
        let of_return = at.put(&at.finance, &path(&returned), 1, body.clone()).await;
        assert_eq!((of_return.status, of_return.code()), (409, "is_return"));
        let reversed =
            at.put(&at.finance, &path(&payment), version(&at, &payment).await, body.clone()).await;
        assert_eq!((reversed.status, reversed.code()), (409, "payment_not_succeeded"));

        let stated = at.pays(&debt, "cash", "10.00").await;
        let statement = Uuid::now_v7();
        // As a close leaves it; the key to a statement is switched off for this row alone.
        at.till
            .sql(
                "WITH t AS (SELECT set_config('session_replication_role', 'replica', true))
                 UPDATE payment SET statement_id = $2 FROM t WHERE id = (
                     SELECT id FROM payment WHERE agency_id = $1 AND method = 'cash')",
                [at.till.house.id.0.into(), statement.into()],
            )
            .await;
        let held = at.put(&at.finance, &path(&stated), version(&at, &stated).await, body).await;
        assert_eq!((held.status, held.code()), (409, "payment_on_statement"), "{}", held.text);
        assert!(held.body["statement_id"].is_string());
    });
}
