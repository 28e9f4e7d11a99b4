//! The floor over HTTP: versions, refusals, pages, and nothing of another's.

use crate::debts::Debts;
use crate::world::{House, World, run};
use actix_web::http::StatusCode;
use actix_web::{App, test as http};
use domain::{CreditorId, Permission};
use serde_json::{Value, json};
use service::api_keys::{self, NewKey};

async fn key(world: &World, house: &House, creditor: Option<CreditorId>) -> String {
    let mut permissions = vec![Permission::AccountRead];
    if creditor.is_none() {
        permissions.extend([
            Permission::AccountWrite,
            Permission::DeskRead,
            Permission::DeskWrite,
            Permission::WorklistWork,
        ]);
    }
    let new = NewKey { name: "test".to_owned(), permissions, creditor, expires_at: None };
    api_keys::create(&world.app, &house.admin, new).await.expect("a key").secret
}

/// One request and its answer.
struct Ask<'a> {
    key: &'a str,
    method: &'a str,
    path: String,
    if_match: Option<&'a str>,
    body: Option<Value>,
}

impl<'a> Ask<'a> {
    fn get(key: &'a str, path: impl Into<String>) -> Self {
        Self { key, method: "GET", path: path.into(), if_match: None, body: None }
    }

    fn post(key: &'a str, path: impl Into<String>, body: Value) -> Self {
        Self { key, method: "POST", path: path.into(), if_match: None, body: Some(body) }
    }

    fn patch(key: &'a str, path: impl Into<String>, body: Value) -> Self {
        Self { key, method: "PATCH", path: path.into(), if_match: None, body: Some(body) }
    }

    fn seen(self, tag: &'a str) -> Self {
        Self { if_match: Some(tag), ..self }
    }
}

/// The status, the ETag and the body of an answer.
struct Told {
    status: StatusCode,
    tag: String,
    body: Value,
}

macro_rules! ask {
    ($service:expr, $ask:expr) => {{
        let ask: Ask<'_> = $ask;
        let patch = ask.method == "PATCH";
        let media = if patch { "application/merge-patch+json" } else { "application/json" };
        let mut request = http::TestRequest::with_uri(&ask.path)
            .method(ask.method.parse().expect("a method"))
            .insert_header(("Authorization", format!("Bearer {}", ask.key)));
        if let Some(tag) = ask.if_match {
            request = request.insert_header(("If-Match", tag));
        }
        if let Some(body) = &ask.body {
            request = request.insert_header(("Content-Type", media)).set_payload(body.to_string());
        }
        let answer = http::call_service(&$service, request.to_request()).await;
        let status = answer.status();
        let tag = answer.headers().get("etag").and_then(|tag| tag.to_str().ok());
        let tag = tag.unwrap_or_default().to_owned();
        let bytes = http::read_body(answer).await;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Told { status, tag, body }
    }};
}

#[test]
fn the_floor_is_worked_over_http() {
    run(async {
        let world = World::new().await;
        let (house, other) = (world.house().await, world.house().await);
        let (ours, theirs) =
            (world.creditor(&house, "OURS").await, world.creditor(&house, "THEIRS").await);
        let placed = Debts::of(&house, ours).await.place(3, world.app.clock().now()).await;
        let staff = key(&world, &house, None).await;
        let stranger = key(&world, &other, None).await;
        let (client, rival) =
            (key(&world, &house, Some(ours)).await, key(&world, &house, Some(theirs)).await);
        let quotas = api::limit::Quotas::generous();
        let settings = api::Settings { quotas, ..api::Settings::default() };
        let configure = api::configure(world.app.clone(), settings).expect("an API");
        let one = format!("/v1/accounts/{}", placed[0].account);
        // The service is not Send: it lives on a thread of its own.
        let talk = move || {
            actix_web::rt::System::new().block_on(async move {
                let api = http::init_service(App::new().configure(configure)).await;

                // Read: whole for us, masked for the creditor, nothing for anybody else.
                let found = ask!(api, Ask::get(&staff, &one));
                assert_eq!((found.status, found.tag.as_str()), (StatusCode::OK, "\"1\""));
                assert_eq!(found.body["balance"], json!({ "amount": "100.00", "currency": "USD" }));
                assert!(found.body["work"].is_object());
                assert!(ask!(api, Ask::get(&client, &one)).body["work"].is_null());
                let unknown = "/v1/accounts/acct_01kanq8zv3e8qt1wz1h5r3c9xd";
                let never = ask!(api, Ask::get(&staff, unknown)).body;
                for key in [&stranger, &rival] {
                    let hidden = ask!(api, Ask::get(key, &one));
                    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
                    for member in ["type", "title", "status", "detail", "code"] {
                        assert_eq!(hidden.body[member], never[member]);
                    }
                    assert_eq!(ask!(api, Ask::get(key, "/v1/accounts")).body["data"], json!([]));
                    let lines = ask!(api, Ask::get(key, format!("{one}/timeline")));
                    assert_eq!(lines.status, StatusCode::NOT_FOUND);
                }

                // Pages follow each other by their cursor; a cursor is of its own list.
                let first = ask!(api, Ask::get(&staff, "/v1/accounts?limit=2&min_balance=100.00"));
                assert_eq!(first.body["data"].as_array().map(Vec::len), Some(2));
                let cursor = first.body["next_cursor"].as_str().expect("a cursor").to_owned();
                let second =
                    ask!(api, Ask::get(&staff, format!("/v1/accounts?limit=2&cursor={cursor}")));
                assert_eq!(second.body["data"].as_array().map(Vec::len), Some(1));
                assert_eq!(second.body["has_more"], false);
                for bad in [
                    "/v1/desks?cursor=".to_owned() + &cursor,
                    "/v1/accounts?color=red".to_owned(),
                    "/v1/accounts?min_balance=1e2".to_owned(),
                    "/v1/accounts?reference=".to_owned(),
                    "/v1/audit?subject_type=".to_owned() + &"x".repeat(101),
                ] {
                    assert_eq!(ask!(api, Ask::get(&staff, bad)).status, StatusCode::BAD_REQUEST);
                }

                // A change needs the version that was read, and the trade's leave.
                let path = format!("{one}/status-changes");
                let change = |status: &str| json!({ "status": status, "reason": "as agreed" });
                let blind = ask!(api, Ask::post(&staff, &path, change("HLD")));
                assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
                let refused = ask!(api, Ask::post(&staff, &path, change("BKP")).seen("\"1\""));
                assert_eq!(refused.status, StatusCode::CONFLICT);
                assert_eq!(refused.body["code"], "status_not_allowed");
                // The members of a problem keep their meaning: `status` is that of HTTP.
                assert_eq!(refused.body["status"], 409);
                assert_eq!(refused.body["account_status"], "NEW");
                let allowed = refused.body["allowed"].as_array().expect("the list");
                assert!(allowed.contains(&json!("HLD")) && !allowed.contains(&json!("BKP")));
                let held = ask!(api, Ask::post(&staff, &path, change("HLD")).seen("\"1\""));
                assert_eq!(
                    (held.status, held.body["status"].as_str()),
                    (StatusCode::OK, Some("HLD"))
                );
                let stale = ask!(api, Ask::post(&staff, &path, change("ACT")).seen("\"1\""));
                assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
                let seen = held.tag.clone();
                let again = ask!(api, Ask::post(&staff, &path, change("ACT")).seen(&seen));
                assert_eq!(again.status, StatusCode::OK);
                let mine = ask!(api, Ask::post(&client, &path, change("HLD")).seen(&again.tag));
                assert_eq!(mine.status, StatusCode::FORBIDDEN);

                // A desk, its band, and a deal that is looked at first.
                let desk = json!({ "name": "Floor", "cap": 2,
                    "min_balance": { "amount": "50.00", "currency": "USD" } });
                let made = ask!(api, Ask::post(&staff, "/v1/desks", desk.clone()));
                assert_eq!(made.status, StatusCode::CREATED);
                let twice = ask!(api, Ask::post(&staff, "/v1/desks", desk));
                assert_eq!(twice.body["code"], "desk_name_taken");
                let place = format!("/v1/desks/{}", made.body["id"].as_str().expect("an id"));
                assert_eq!(ask!(api, Ask::get(&stranger, &place)).status, StatusCode::NOT_FOUND);
                assert_eq!(ask!(api, Ask::get(&client, &place)).status, StatusCode::FORBIDDEN);
                let deal = json!({ "strategy": "balance_band" });
                let preview =
                    ask!(api, Ask::post(&staff, "/v1/assignments/previews", deal.clone()));
                assert_eq!(
                    (&preview.body["placed"], &preview.body["no_room"]),
                    (&json!(2), &json!(1))
                );
                let done = ask!(api, Ask::post(&staff, "/v1/assignments/runs", deal));
                assert_eq!(done.body, preview.body);
                let wider = json!({ "cap": null, "min_balance": null });
                let wider = ask!(api, Ask::patch(&staff, &place, wider).seen("\"1\""));
                assert_eq!((wider.status, &wider.body["cap"]), (StatusCode::OK, &Value::Null));
                assert_eq!(wider.body["open_accounts"], 2);

                // A program has no hands.
                let next = ask!(api, Ask::post(&staff, "/v1/worklist/next", json!({})));
                assert_eq!(next.status, StatusCode::FORBIDDEN);
            });
        };
        std::thread::spawn(talk).join().expect("the API");
    });
}
