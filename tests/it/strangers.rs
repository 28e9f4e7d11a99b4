//! Every operation of the document with an id in its path, called by whoever the thing does not
//! belong to: the answer is 404, and reads as for an id that nobody has.

use crate::debts::Debts;
use crate::http::{Api, Person, Reply, Request};
use crate::world::{House, World, run};
use domain::ClientRole;
use reqwest::Method;
use serde_json::{Map, Value, json};
use service::api_keys::{self, NewKey};
use service::users::Membership;
use std::collections::BTreeMap;

/// Operations in whose paths nobody of an agency has an id at all.
const OF_THE_PLATFORM: &str = "/v1/platform/";

/// One thing of each kind, for the parameters of paths.
async fn things(world: &World, house: &House) -> BTreeMap<&'static str, String> {
    let creditor = world.creditor(house, "WALLED").await;
    let placed = Debts::of(house, creditor).await.place(1, world.app.clock().now()).await[0];
    let key = NewKey {
        name: "Key".to_owned(),
        permissions: vec![domain::Permission::AccountRead],
        creditor: None,
        expires_at: None,
    };
    let key = api_keys::create(&world.app, &house.admin, key).await.expect("a key").key;
    BTreeMap::from([
        ("creditor_id", creditor.to_string()),
        ("account_id", placed.account.to_string()),
        ("party_id", placed.party.to_string()),
        ("debtor_id", placed.debtor.to_string()),
        ("api_key_id", key.id.to_string()),
        ("user_id", house.admin.user().expect("a person").to_string()),
    ])
}

#[test]
fn what_belongs_to_others_does_not_exist() {
    run(async {
        let world = World::new().await;
        let (house, other, api) = (world.house().await, world.house().await, Api::of(&world).await);
        let things = things(&world, &house).await;
        let elsewhere = world.creditor(&house, "ELSEWHERE").await;
        let their_admin = api.admin(&other).await;
        let client = Membership::Client(elsewhere, ClientRole::Admin);
        let their_client = api.join(&world, &house, client).await;
        let text = api::openapi::text().expect("a document");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let mut walked = 0;
        for (path, item) in document["paths"].as_object().expect("paths") {
            if !path.contains('{') || path.starts_with(OF_THE_PLATFORM) {
                continue;
            }
            for (method, operation) in item.as_object().expect("operations") {
                for stranger in [&their_admin, &their_client] {
                    let call = Call { api: &api, document: &document, stranger, operation };
                    call.compare(method, path, &things).await;
                    walked += 1;
                }
            }
        }
        assert!(walked > 10, "{walked}");
    });
}

struct Call<'a> {
    api: &'a Api,
    document: &'a Value,
    stranger: &'a Person,
    operation: &'a Value,
}

impl Call<'_> {
    async fn compare(&self, method: &str, path: &str, things: &BTreeMap<&'static str, String>) {
        let Some(foreign) = fill(path, |name| things.get(name).cloned()) else {
            eprintln!("no thing for {path}: not walked");
            return;
        };
        let unknown = fill(path, |name| things.get(name).map(|id| nobodys(id))).expect("filled");
        let (foreign, unknown) =
            (self.send(method, &foreign).await, self.send(method, &unknown).await);
        let at = format!("{method} {path}");
        // Whoever may not do this to anything is told so, whatever the id.
        assert!([403, 404].contains(&foreign.status), "{at}: {} {}", foreign.status, foreign.text);
        assert_eq!(foreign.status, unknown.status, "{at}: {}", foreign.text);
        assert_eq!(foreign.alike(), unknown.alike(), "{at}");
    }

    async fn send(&self, method: &str, path: &str) -> Reply {
        let body = self.operation["requestBody"]["content"].as_object().and_then(|content| {
            let (media, content) = content.iter().next()?;
            Some((media.as_str(), self.sample(&content["schema"]).to_string()))
        });
        let headers = vec![
            ("If-Match", "\"1\"".to_owned()),
            ("Idempotency-Key", uuid::Uuid::now_v7().to_string()),
        ];
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let request = Request { token: Some(&self.stranger.access), headers, body };
        self.api.send(method, path, request).await
    }

    /// A value that fits a schema: its example, else the least that its parts ask for.
    fn sample(&self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.sample(&self.document["components"]["schemas"][name]);
        }
        for stated in
            [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]]
        {
            if !stated.is_null() {
                return stated.clone();
            }
        }
        if let Some(one) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            let named = one.iter().find(|one| one["type"] != "null");
            return named.map_or(Value::Null, |one| self.sample(one));
        }
        if let Some(all) = schema["allOf"].as_array() {
            let mut members = Map::new();
            for part in all {
                members.extend(self.sample(part).as_object().cloned().unwrap_or_default());
            }
            return Value::Object(members);
        }
        match schema["type"].as_str().or(schema["type"][0].as_str()) {
            Some("string") if schema["format"] == "date" => json!("2026-06-01"),
            Some("string") if schema["format"] == "date-time" => json!("2026-06-01T00:00:00Z"),
            Some("string") if schema["format"] == "uuid" => json!(uuid::Uuid::now_v7()),
            Some("string") => json!("x".repeat(
                usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).expect("small")
            )),
            Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            Some("number") => json!(1),
            Some("boolean") => json!(false),
            Some("array") => json!([self.sample(&schema["items"])]),
            _ => self.members(schema),
        }
    }

    fn members(&self, schema: &Value) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let members = required
            .iter()
            .filter_map(Value::as_str)
            .map(|name| (name.to_owned(), self.sample(&schema["properties"][name])));
        Value::Object(members.collect())
    }
}

/// Puts ids into a path; none when one has no thing.
fn fill(path: &str, id: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    for (at, part) in path.split('{').enumerate() {
        if at == 0 {
            filled.push_str(part);
            continue;
        }
        let (name, rest) = part.split_once('}')?;
        filled.push_str(&id(name)?);
        filled.push_str(rest);
    }
    Some(filled)
}

/// A well-formed id of the same kind that nobody has.
fn nobodys(id: &str) -> String {
    let (prefix, _) = id.split_once('_').expect("a prefix");
    format!("{prefix}_01kanq8zv3e8qt1wz1h5r3c9xd")
}
