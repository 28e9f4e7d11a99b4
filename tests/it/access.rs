//! Coming in: passwords, tokens, keys, roles, and what an attacker would try.

use crate::http::{Api, Request};
use crate::world::{PASSWORD, TOKEN_KEY, World, run};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use domain::{ClientRole, StaffRole};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use service::actor::PlatformAdmin;
use service::platform;
use service::users::Membership;

#[test]
fn a_sign_in_lasts_until_it_is_signed_out() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        let me = api.get("/v1/me", &ada.access).await;
        assert_eq!((me.status, &me.body["kind"]), (200, &json!("staff")), "{}", me.text);
        assert_eq!(me.body["staff_role"], "admin");

        let body = json!({ "refresh_token": ada.refresh });
        let renewed = api.post("/v1/tokens/refresh", None, body).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text);
        let access = renewed.body["access_token"].as_str().unwrap();
        assert_eq!(api.get("/v1/me", access).await.status, 200);

        let body = json!({ "refresh_token": renewed.body["refresh_token"] });
        assert_eq!(api.post("/v1/tokens/revoke", None, body.clone()).await.status, 204);
        assert_eq!(api.get("/v1/me", access).await.code(), "unauthenticated");
        let refused = api.post("/v1/tokens/refresh", None, body.clone()).await;
        assert_eq!(refused.code(), "bad_refresh_token");
        assert_eq!(api.post("/v1/tokens/revoke", None, body).await.status, 204);
    });
}

#[test]
fn an_access_token_ends_after_ten_minutes_and_a_sign_in_after_a_day() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        world.wait(Duration::minutes(11));
        assert_eq!(api.get("/v1/me", &ada.access).await.status, 401);
        world.wait(Duration::hours(24));
        let body = json!({ "refresh_token": ada.refresh });
        assert_eq!(api.post("/v1/tokens/refresh", None, body).await.code(), "bad_refresh_token");
    });
}

#[test]
fn a_refresh_token_that_comes_twice_ends_the_sign_in() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        let old = json!({ "refresh_token": ada.refresh });
        let thief = api.post("/v1/tokens/refresh", None, old.clone()).await;
        assert_eq!(thief.status, 200);
        assert_eq!(api.post("/v1/tokens/refresh", None, old).await.code(), "bad_refresh_token");
        let stolen = json!({ "refresh_token": thief.body["refresh_token"] });
        assert_eq!(api.post("/v1/tokens/refresh", None, stolen).await.code(), "bad_refresh_token");
        let access = thief.body["access_token"].as_str().unwrap();
        assert_eq!(api.get("/v1/me", access).await.status, 401);
        assert_eq!(api.get("/v1/me", &ada.access).await.status, 401);
    });
}

#[test]
fn two_uses_of_a_refresh_token_at_once_end_the_sign_in() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        for _ in 0..10 {
            let ada = api.admin(&house).await;
            let body = json!({ "refresh_token": ada.refresh });
            let one = api.post("/v1/tokens/refresh", None, body.clone());
            let two = api.post("/v1/tokens/refresh", None, body);
            let (one, two) = tokio::join!(one, two);
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401]);
            let won = if one.status == 200 { one } else { two };
            let access = won.body["access_token"].as_str().unwrap();
            assert_eq!(api.get("/v1/me", access).await.status, 401);
        }
    });
}

#[test]
fn nothing_is_told_of_who_exists() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let right = "admin@agency.example";
        let wrong = api.sign_in(&house.slug, right, "this is not the password").await;
        assert_eq!((wrong.status, wrong.code()), (401, "sign_in_failed"));
        let nobody = api.sign_in(&house.slug, "nobody@agency.example", PASSWORD).await;
        let nowhere = api.sign_in("no-such-agency", right, PASSWORD).await;
        assert_eq!(wrong.alike(), nobody.alike());
        assert_eq!(wrong.alike(), nowhere.alike());
    });
}

#[test]
fn ten_wrong_passwords_close_the_door_for_a_while_whether_anybody_lives_there() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        for email in ["admin@agency.example", "nobody@agency.example"] {
            for _ in 0..10 {
                let reply = api.sign_in(&house.slug, email, "this is not the password").await;
                assert_eq!(reply.status, 401);
            }
            let closed = api.sign_in(&house.slug, email, PASSWORD).await;
            assert_eq!((closed.status, closed.code()), (429, "too_many_attempts"));
            assert!(closed.headers.contains_key("retry-after"));
        }
        world.wait(Duration::minutes(16));
        let reply = api.sign_in(&house.slug, "admin@agency.example", PASSWORD).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    });
}

#[test]
fn another_role_counts_from_the_next_request() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        let manager = Membership::Staff(StaffRole::Manager);
        let max = api.join(&world, &house, manager).await;
        let path = format!("/v1/users/{}", max.id);
        let found = api.get(&path, &ada.access).await;
        let version: i64 =
            found.headers["etag"].to_str().unwrap().trim_matches('"').parse().unwrap();

        let stale = api.patch(&path, &ada.access, version + 1, json!({ "active": false })).await;
        assert_eq!((stale.status, stale.code()), (412, "stale_version"));
        let body = json!({ "staff_role": "collector" });
        let changed = api.patch(&path, &ada.access, version, body).await;
        assert_eq!((changed.status, &changed.body["staff_role"]), (200, &json!("collector")));
        assert_eq!(api.get("/v1/me", &max.access).await.status, 401);
        let body = json!({ "refresh_token": max.refresh });
        let renewed = api.post("/v1/tokens/refresh", None, body).await;
        let access = renewed.body["access_token"].as_str().unwrap();
        assert_eq!(api.get("/v1/me", access).await.body["staff_role"], "collector");
        let listed = api.get("/v1/users", access).await;
        assert_eq!((listed.status, listed.code()), (403, "forbidden"));

        let body = json!({ "active": false });
        assert_eq!(api.patch(&path, &ada.access, version + 1, body).await.status, 200);
        assert_eq!(api.get("/v1/me", access).await.status, 401);
        let body = json!({ "refresh_token": renewed.body["refresh_token"] });
        assert_eq!(api.post("/v1/tokens/refresh", None, body).await.status, 401);
        assert_eq!(api.sign_in(&house.slug, &max.email, PASSWORD).await.status, 401);

        let own = format!("/v1/users/{}", ada.id);
        let body = json!({ "staff_role": "finance" });
        assert_eq!(api.patch(&own, &ada.access, 2, body).await.code(), "own_access");
    });
}

#[test]
fn a_creditors_administrator_rules_over_its_own_people_only() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let acme = world.creditor(&house, "ACME").await;
        let other = world.creditor(&house, "OTHER").await;
        let ada = api.admin(&house).await;
        let cleo = api.join(&world, &house, Membership::Client(acme, ClientRole::Admin)).await;
        let stranger =
            api.join(&world, &house, Membership::Client(other, ClientRole::Viewer)).await;

        let listed = api.get("/v1/users", &cleo.access).await;
        let ids: Vec<&str> = listed.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|u| u["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, [cleo.id.as_str()]);
        for id in [&stranger.id, &ada.id] {
            let path = format!("/v1/users/{id}");
            assert_eq!(api.get(&path, &cleo.access).await.status, 404);
            let body = json!({ "active": false });
            assert_eq!(api.patch(&path, &cleo.access, 2, body).await.status, 404);
        }
        let staff = json!({ "email": "x@people.example", "name": "X", "staff_role": "admin" });
        assert_eq!(api.post("/v1/users", Some(&cleo.access), staff).await.code(), "forbidden");
        let colleague = json!({ "email": "y@people.example", "name": "Y",
            "creditor_id": acme, "client_role": "viewer" });
        assert_eq!(api.post("/v1/users", Some(&cleo.access), colleague).await.status, 201);
        let foreign = json!({ "email": "z@people.example", "name": "Z",
            "creditor_id": other, "client_role": "viewer" });
        let refused = api.post("/v1/users", Some(&cleo.access), foreign).await;
        assert_eq!(refused.code(), "unknown_creditor");
    });
}

#[test]
fn an_api_key_may_what_it_was_given_and_no_more() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let acme = world.creditor(&house, "ACME").await;
        world.creditor(&house, "OTHER").await;
        let ada = api.admin(&house).await;
        let end = world.app.clock().now() + Duration::days(30);
        let body = json!({ "name": "Nightly", "permissions": ["creditor:read"],
            "creditor_id": acme, "expires_at": end });
        let made = api.post("/v1/api-keys", Some(&ada.access), body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let secret = made.body["secret"].as_str().unwrap();
        let path = made.headers["location"].to_str().unwrap().to_owned();
        assert!(!api.get(&path, &ada.access).await.text.contains(secret));

        let seen = api.get("/v1/creditors", secret).await;
        assert_eq!(seen.body["data"].as_array().unwrap().len(), 1, "{}", seen.text);
        assert_eq!(seen.body["data"][0]["code"], "ACME");
        assert_eq!(api.get("/v1/users", secret).await.code(), "forbidden");
        assert_eq!(api.get("/v1/audit", secret).await.code(), "forbidden");
        let mut wrong = secret.to_owned();
        wrong.replace_range(20..21, if &secret[20..21] == "a" { "b" } else { "a" });
        assert_eq!(api.get("/v1/creditors", &wrong).await.status, 401);

        let body = json!({ "name": "No", "permissions": ["nothing:all"] });
        let unknown = api.post("/v1/api-keys", Some(&ada.access), body).await;
        assert_eq!(unknown.body["errors"][0]["pointer"], "/permissions/0");
        let key = json!({ "name": "Own", "permissions": ["api_key:write"] });
        let made = api.post("/v1/api-keys", Some(&ada.access), key.clone()).await;
        let breeder = made.body["secret"].as_str().unwrap();
        assert_eq!(api.post("/v1/api-keys", Some(breeder), key).await.code(), "forbidden");

        let request = Request { token: Some(&ada.access), ..Request::default() };
        assert_eq!(api.send(Method::DELETE, &path, request).await.status, 204);
        assert_eq!(api.get("/v1/creditors", secret).await.status, 401);
        assert_eq!(api.get("/v1/me", breeder).await.status, 200);
    });
}

#[test]
fn the_platform_creates_and_suspends_agencies_and_sees_nothing_inside() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let email = format!("{}@platform.example", uuid::Uuid::now_v7().simple());
        let console = PlatformAdmin::console();
        platform::add_admin(&world.app, &console, &email, PASSWORD).await.expect("added");
        let weak = platform::add_admin(&world.app, &console, "x@y.example", "short").await;
        assert!(weak.is_err());
        let wrong = json!({ "email": email, "password": "this is not the password" });
        assert_eq!(api.post("/v1/platform/tokens", None, wrong).await.code(), "sign_in_failed");
        let right = json!({ "email": email, "password": PASSWORD });
        let root = api.post("/v1/platform/tokens", None, right).await;
        let root = root.body["access_token"].as_str().unwrap().to_owned();

        let slug = format!("p{}", &uuid::Uuid::now_v7().simple().to_string()[..30]);
        let new = json!({ "slug": slug, "display_name": "North", "consumer_name": "North",
            "currency": "USD", "time_zone": "America/New_York", "phone": "1", "phone_hours": "9-5",
            "postal_address": "PO Box 1" });
        let created = api.post("/v1/platform/agencies", Some(&root), new).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let path = created.headers["location"].to_str().unwrap().to_owned();
        let invite = json!({ "email": "ada@north.example", "name": "Ada" });
        let link = api.post(&format!("{path}/invitations"), Some(&root), invite).await;
        let accept = json!({ "token": link.body["token"], "password": PASSWORD });
        assert_eq!(api.post("/v1/links/accept", None, accept.clone()).await.status, 204);
        assert_eq!(api.post("/v1/links/accept", None, accept).await.code(), "link_spent");
        let ada = api.sign_in(&slug, "ada@north.example", PASSWORD).await;
        let access = ada.body["access_token"].as_str().unwrap().to_owned();
        assert_eq!(api.get("/v1/agency", &access).await.body["slug"], slug);

        assert_eq!(api.get("/v1/agency", &root).await.status, 401);
        assert_eq!(api.get("/v1/platform/agencies", &access).await.status, 401);
        let other = api.admin(&house).await;
        assert_eq!(api.get("/v1/platform/agencies", &other.access).await.status, 401);

        let body = json!({ "status": "suspended", "reason": "Contract ended" });
        assert_eq!(api.patch(&path, &root, 1, body).await.status, 200);
        assert_eq!(api.get("/v1/agency", &access).await.status, 401);
        assert_eq!(api.sign_in(&slug, "ada@north.example", PASSWORD).await.status, 401);
        assert_eq!(api.get("/v1/agency", &other.access).await.status, 200);
    });
}

#[test]
fn every_change_leaves_a_line_with_before_and_after_and_the_request() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        let acme = world.creditor(&house, "ACME").await;
        let path = format!("/v1/creditors/{acme}");
        let body = json!({ "name": "Acme Health" });
        let changed = api.patch(&path, &ada.access, 1, body).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let trail = api.get("/v1/audit?action=creditor.change", &ada.access).await;
        let line = &trail.body["data"][0];
        assert_eq!(line["before"]["name"], "Creditor ACME", "{}", trail.text);
        assert_eq!(line["after"]["name"], "Acme Health");
        assert_eq!(line["actor_name"], "Ada Admin");
        assert_eq!(line["request_id"], changed.headers["x-request-id"].to_str().unwrap());
    });
}

#[test]
fn a_request_that_does_not_fit_is_told_why() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        let token = Some(ada.access.as_str());
        let send = async |media: &str, text: &str| {
            let body = Some((media, text.to_owned()));
            let request = Request { token, body, ..Request::default() };
            let reply = api.send(Method::POST, "/v1/creditors", request).await;
            (reply.status, reply.code().to_owned())
        };
        let json = "application/json";
        let large = format!(r#"{{"code":"A","name":"{}"}}"#, "x".repeat(70_000));
        for (media, text, status, code) in [
            (json, r#"{"code":"A""#, 400, "malformed_json"),
            (json, r#"{"code":"A","code":"B","name":"C"}"#, 400, "duplicate_key"),
            (json, r#"{"code":"A","name":"B","colour":"red"}"#, 422, "invalid_request"),
            (json, r#"{"code":"A"}"#, 422, "invalid_request"),
            (json, r#"{"code":"A B","name":"C"}"#, 422, "bad_code"),
            (json, large.as_str(), 413, "body_too_large"),
            ("text/plain", "{}", 415, "unsupported_media_type"),
        ] {
            assert_eq!(send(media, text).await, (status, code.to_owned()), "{media} {text:.60}");
        }
        for (path, status, code) in [
            ("/v1/creditors?limit=0", 400, "invalid_parameter"),
            ("/v1/creditors?colour=red", 400, "invalid_parameter"),
            ("/v1/creditors?limit=1&limit=2", 400, "invalid_parameter"),
            ("/v1/creditors?cursor=AAAA", 400, "invalid_cursor"),
            ("/v1/creditors/acct_01kanq8zv3e8qt1wz1h5r3c9xd", 404, "not_found"),
            ("/v1/creditors/7", 404, "not_found"),
        ] {
            let reply = api.get(path, &ada.access).await;
            assert_eq!((reply.status, reply.code()), (status, code), "{path}");
        }
        let acme = world.creditor(&house, "ACME").await;
        let path = format!("/v1/creditors/{acme}");
        let body = Some(("application/merge-patch+json", json!({ "name": "X" }).to_string()));
        let bare = Request { token, body, ..Request::default() };
        assert_eq!(api.send(Method::PATCH, &path, bare).await.code(), "if_match_required");
        let known = vec![("If-None-Match", "\"1\"".to_owned())];
        let request = Request { token, headers: known, ..Request::default() };
        assert_eq!(api.send(Method::GET, &path, request).await.status, 304);
        let named = vec![("X-Request-Id", "my-own-name-1".to_owned())];
        let request = Request { token, headers: named, ..Request::default() };
        let reply = api.send(Method::GET, &path, request).await;
        assert_eq!(reply.headers["x-request-id"], "my-own-name-1");
    });
}

#[test]
fn lists_come_in_pages_that_lose_and_repeat_nothing() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let ada = api.admin(&house).await;
        for n in 0..7 {
            world.creditor(&house, &format!("C{n}")).await;
        }
        let mut path = "/v1/creditors?limit=3".to_owned();
        let mut seen = Vec::new();
        loop {
            let page = api.get(&path, &ada.access).await;
            for row in page.body["data"].as_array().unwrap() {
                seen.push(row["code"].as_str().unwrap().to_owned());
            }
            world.creditor(&house, &format!("NEW{}", seen.len())).await;
            let Some(cursor) = page.body["next_cursor"].as_str().filter(|_| seen.len() < 7) else {
                break;
            };
            let link = page.headers["link"].to_str().unwrap();
            assert!(link.contains(cursor) && link.ends_with("rel=\"next\""), "{link}");
            path = format!("/v1/creditors?limit=3&cursor={cursor}");
        }
        assert_eq!(seen[..7], ["C0", "C1", "C2", "C3", "C4", "C5", "C6"]);
    });
}

#[test]
fn a_caller_who_asks_too_often_is_told_to_wait() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let few = std::num::NonZeroU32::new(5).unwrap();
        let quotas = api::limit::Quotas { read: few, ..api::limit::Quotas::generous() };
        let api = Api::with(&world, quotas).await;
        let ada = api.admin(&house).await;
        let mut last = api.get("/v1/me", &ada.access).await;
        assert!(last.headers.contains_key("ratelimit"));
        for _ in 0..40 {
            last = api.get("/v1/me", &ada.access).await;
            if last.status == 429 {
                break;
            }
        }
        assert_eq!((last.status, last.code()), (429, "rate_limited"));
        assert!(last.headers.contains_key("retry-after"));
    });
}

/// Forged, altered and misused tokens: each is refused, and all refusals read the same.
#[test]
fn no_token_but_ours_is_taken() {
    run(async {
        let world = World::new().await;
        let (house, api) = (world.house().await, Api::of(&world).await);
        let other = world.house().await;
        let ada = api.admin(&house).await;
        let parts: Vec<&str> = ada.access.split('.').collect();
        let header: Value = decode(parts[0]);
        let claims: Value = decode(parts[1]);
        let kid = header["kid"].as_str().unwrap();
        let jwks = api.get("/.well-known/jwks.json", "none").await;
        assert_eq!(jwks.body["keys"][0]["kid"], kid);
        let x = jwks.body["keys"][0]["x"].as_str().unwrap();

        let ours = EncodingKey::from_ed_pem(TOKEN_KEY.as_bytes()).unwrap();
        let sign =
            |header: &Header, claims: &Value| jsonwebtoken::encode(header, claims, &ours).unwrap();
        let good = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(kid.to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        assert_eq!(api.get("/v1/me", &sign(&good, &claims)).await.status, 200, "the control");

        let with = |name: &str, value: Value| {
            let mut changed = claims.clone();
            changed[name] = value;
            changed
        };
        let without = |name: &str| {
            let mut changed = claims.clone();
            changed.as_object_mut().unwrap().remove(name);
            changed
        };
        let now = world.app.clock().now().timestamp();
        let mut attacks: Vec<(&str, String)> = Vec::new();
        for (name, forged) in [
            ("another audience", with("aud", json!("quittance-platform"))),
            ("a list of audiences", with("aud", json!(["debtor-api"]))),
            ("no audience", without("aud")),
            ("another issuer", with("iss", json!("https://evil.example"))),
            ("no issuer", without("iss")),
            ("expired", with("exp", json!(now - 60))),
            ("no end", without("exp")),
            ("far end", with("exp", json!(now + 86_400 * 365))),
            ("a text as end", with("exp", json!("9999999999"))),
            ("not yet", with("nbf", json!(now + 3_600))),
            ("no beginning", without("nbf")),
            ("from the future", with("iat", json!(now + 3_600))),
            ("another agency", with("agency_id", json!(other.id))),
            ("no agency", without("agency_id")),
            ("another person", with("sub", json!(other.admin.user().unwrap()))),
            ("nobody", without("sub")),
            ("a debtor as subject", with("sub", json!("debt_01kanq8zv3e8qt1wz1h5r3c9xd"))),
            ("another sign-in", with("sid", json!("tfam_01kanq8zv3e8qt1wz1h5r3c9xd"))),
            ("no sign-in", without("sid")),
            ("an older version", with("access_version", json!(0))),
            ("a newer version", with("access_version", json!(99))),
            ("no version", without("access_version")),
        ] {
            attacks.push((name, sign(&good, &forged)));
        }
        for (name, header) in [
            ("a plain JWT", Header { typ: Some("JWT".to_owned()), ..good.clone() }),
            ("no type", Header { typ: None, ..good.clone() }),
            ("no key", Header { kid: None, ..good.clone() }),
            ("an unknown key", Header { kid: Some("../../etc/passwd".to_owned()), ..good.clone() }),
            (
                "a key set elsewhere",
                Header { jku: Some("https://evil.example/k".to_owned()), ..good.clone() },
            ),
            (
                "a certificate elsewhere",
                Header { x5u: Some("https://evil.example/c".to_owned()), ..good.clone() },
            ),
        ] {
            attacks.push((name, sign(&header, &claims)));
        }
        let thief = EncodingKey::from_ed_pem(ANOTHER_KEY.as_bytes()).unwrap();
        attacks
            .push(("another's signature", jsonwebtoken::encode(&good, &claims, &thief).unwrap()));
        let public = URL_SAFE_NO_PAD.decode(x).unwrap();
        for (name, secret) in
            [("HS256 by the public key", public), ("HS256 by its text", x.as_bytes().to_vec())]
        {
            let header = Header { alg: Algorithm::HS256, ..good.clone() };
            let key = EncodingKey::from_secret(&secret);
            attacks.push((name, jsonwebtoken::encode(&header, &claims, &key).unwrap()));
        }
        for alg in ["none", "None", "NONE", "nOnE", "RS256", "ES256"] {
            let head = json!({ "alg": alg, "typ": "at+jwt", "kid": kid });
            attacks.push((alg, format!("{}.{}.", encode(&head), parts[1])));
            attacks.push((alg, format!("{}.{}.{}", encode(&head), parts[1], parts[2])));
        }
        let embedded = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid,
            "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } });
        attacks
            .push(("a key of its own", format!("{}.{}.{}", encode(&embedded), parts[1], parts[2])));
        let critical = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid, "crit": ["exp"] });
        attacks.push(("critical", format!("{}.{}.{}", encode(&critical), parts[1], parts[2])));
        let edited = encode(&with("agency_id", json!(other.id)));
        attacks.push(("edited", format!("{}.{edited}.{}", parts[0], parts[2])));
        attacks.push(("no signature", format!("{}.{}.", parts[0], parts[1])));
        attacks.push(("two parts", format!("{}.{}", parts[0], parts[1])));
        attacks.push(("four parts", format!("{}.x", ada.access)));
        attacks.push(("cut", ada.access[..ada.access.len() - 2].to_owned()));
        attacks.push(("a refresh token", ada.refresh.clone()));
        attacks.push(("dots", "..".to_owned()));

        let expected = api.get("/v1/me", "nonsense").await;
        assert_eq!(expected.code(), "unauthenticated");
        assert!(attacks.len() >= 40, "{}", attacks.len());
        for (name, token) in attacks {
            let reply = api.get("/v1/me", &token).await;
            assert_eq!(reply.status, 401, "{name}: {token}");
            assert_eq!(reply.alike(), expected.alike(), "{name}");
        }
        let twice = vec![("Authorization", format!("Bearer {}", ada.access))];
        let request = Request { token: Some(&ada.access), headers: twice, ..Request::default() };
        assert_eq!(api.send(Method::GET, "/v1/me", request).await.status, 401);
    });
}

/// Signs nothing that anybody takes.
const ANOTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
