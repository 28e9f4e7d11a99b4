//! The API's document: complete, true to the routes, and the one that is committed.

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{App, test as http};
use api::openapi::operations;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

use crate::world::{World, run};

/// Operations that strangers may call, and no others.
const OPEN_TO_STRANGERS: [&str; 7] = [
    "create_token",
    "refresh_token",
    "revoke_token",
    "accept_link",
    "create_platform_token",
    "get_jwks",
    "receive_gateway_event",
];

fn document() -> Value {
    serde_json::from_str(&api::openapi::text().expect("a document")).expect("JSON")
}

struct Operation {
    method: String,
    path: String,
    body: Value,
}

fn all() -> Vec<Operation> {
    let document = document();
    let paths = document["paths"].as_object().expect("paths").clone();
    let each = paths.into_iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("a path item").clone();
        methods.into_iter().map(move |(method, body)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            body,
        })
    });
    each.collect()
}

#[test]
fn the_committed_document_is_the_generated_one() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let committed = std::fs::read_to_string(committed).expect("openapi/openapi.json");
    let generated = api::openapi::text().expect("a document");
    assert!(committed == generated, "run `quittance openapi > openapi/openapi.json` and commit it");
}

#[test]
fn every_operation_says_what_it_needs_and_what_can_go_wrong() {
    let mut ids = BTreeSet::new();
    for Operation { method, path, body } in all() {
        let at = format!("{method} {path}");
        let id = body["operationId"].as_str().unwrap_or_default();
        assert!(ids.insert(id.to_owned()), "{at}: operation id {id:?} is missing or not unique");
        assert!(!body["summary"].as_str().unwrap_or_default().is_empty(), "{at}: no summary");
        assert_eq!(body["tags"].as_array().map(Vec::len), Some(1), "{at}: exactly one tag");
        let security = body["security"].as_array().expect("security");
        let open = security.iter().all(|needed| needed.as_object().is_some_and(|n| n.is_empty()));
        assert_eq!(open, OPEN_TO_STRANGERS.contains(&id), "{at}: security");
        if !open {
            assert!(body["x-permission"].is_string(), "{at}: no x-permission");
        }
        let mut expected = vec!["400", "429", "500"];
        if !open {
            expected.extend(["401", "403"]);
        }
        if path.contains('{') {
            expected.push("404");
        }
        if body["requestBody"].is_object() {
            expected.extend(["413", "415", "422"]);
        }
        for status in expected {
            assert!(!body["responses"][status].is_null(), "{at}: no {status}");
        }
    }
}

#[test]
fn every_id_in_a_path_is_a_parameter() {
    for Operation { method, path, body } in all() {
        let declared: BTreeSet<String> = body["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap_or_default().to_owned())
            .collect();
        let named: BTreeSet<String> = path
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(named, declared, "{method} {path}");
    }
}

/// The routes are the handlers' attributes; the document must have each, and no other.
#[test]
fn the_document_has_the_routes_and_no_other() {
    let mut routed = BTreeSet::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("api/src");
    let mut folders = vec![sources];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                routed.extend(attributes(&std::fs::read_to_string(path).expect("a source")));
            }
        }
    }
    let documented: BTreeSet<(String, String)> =
        all().into_iter().map(|operation| (operation.method, operation.path)).collect();
    assert_eq!(routed, documented);
}

fn attributes(source: &str) -> Vec<(String, String)> {
    let methods = ["get", "post", "put", "patch", "delete"];
    let lines = source.lines().filter_map(|line| line.strip_prefix("#["));
    lines
        .filter_map(|line| {
            let (method, rest) = line.split_once("(\"")?;
            let path = rest.split('"').next()?;
            methods.contains(&method).then(|| (method.to_uppercase(), path.to_owned()))
        })
        .collect()
}

/// A method that a path does not have is answered with those it has; an unknown path with 404.
#[test]
fn an_undeclared_method_is_405_and_an_unknown_path_404() {
    run(async {
        let world = World::new().await;
        let quotas = api::limit::Quotas::generous();
        let settings = api::Settings { quotas, ..api::Settings::default() };
        let configure = api::configure(world.app.clone(), settings).expect("an API");
        // The service is not Send: it lives on a thread of its own.
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let service = http::init_service(App::new().configure(configure)).await;
                for (path, item) in &api::document().paths.paths {
                    let uri = path.replace(['{', '}'], "");
                    let declared = operations(item).len();
                    let request = http::TestRequest::with_uri(&uri).method(Method::TRACE);
                    let answer = http::call_service(&service, request.to_request()).await;
                    assert_eq!(answer.status(), 405, "{path}");
                    let allow = answer.headers().get(ALLOW).expect("Allow").to_str().expect("text");
                    assert_eq!(allow.split(", ").count(), declared, "{path}: {allow}");
                    assert!(answer.headers().contains_key("x-request-id"));
                }
                let request = http::TestRequest::with_uri("/v1/nothing").to_request();
                let answer = http::call_service(&service, request).await;
                assert_eq!(answer.status(), 404);
                let problem: Value = http::read_body_json(answer).await;
                assert_eq!(problem["code"], "not_found");
                assert_eq!(problem["instance"], "/v1/nothing");
            });
        })
        .join()
        .expect("the API");
    });
}
