//! Terms as they are written, and what is refused.

use super::*;
use serde_json::{Value, json};

fn written() -> Value {
    json!({
        "authority": "Card agreement, § 7",
        "starts_on": "2024-01-15",
        "rates": [
            {"effective_on": "2024-01-15", "rate": "0.09"},
            {"effective_on": "2024-07-01", "rate": "0.1"},
        ],
        "basis": "365.25",
        "base": "judgment_amount",
        "judgment": {
            "entered_on": "2025-01-01", "amount": "5200.00", "rate": "0.05",
            "compounding": "annually",
        },
        "stops": [
            {"reason": "plan_waiver", "from": "2024-03-01", "until": "2024-04-01"},
            {"reason": "closed", "from": "2026-01-01", "until": null},
        ],
        "stop_on_dispute": true,
        "cap": "500.00",
        "compounding": "monthly",
    })
}

fn read(value: Value) -> Terms {
    serde_json::from_value(value).unwrap()
}

fn faults(terms: &Terms) -> Vec<(String, &'static str)> {
    let faults = terms.check().err().unwrap_or_default();
    faults.into_iter().map(|fault| (fault.pointer, fault.code.name())).collect()
}

#[test]
fn terms_read_back_as_they_were_written() {
    let terms = read(written());
    assert_eq!(terms.check(), Ok(()));
    assert_eq!(serde_json::to_value(&terms).unwrap(), written());
    // The least that terms can be: no authority, no start, simple interest, nothing accrues.
    let least = read(json!({"rates": [], "basis": "actual"}));
    assert_eq!(least, Terms { basis: Basis::Actual, ..Terms::none() });
}

#[test]
fn what_is_not_exact_is_not_read() {
    for (pointer, wrong) in [
        ("/rates/0/rate", json!(0.09)),
        ("/rates/0/rate", json!("9%")),
        ("/rates/0/rate", json!("0.0900001")),
        ("/cap", json!(500)),
        ("/cap", json!("500")),
        ("/cap", json!("-1.00")),
        ("/judgment/amount", json!("0.00")),
        ("/basis", json!(365)),
        ("/basis", json!("366")),
        ("/base", json!("interest")),
        ("/stops/0/reason", json!("holiday")),
    ] {
        let mut value = written();
        *value.pointer_mut(pointer).unwrap() = wrong;
        assert!(serde_json::from_value::<Terms>(value).is_err(), "{pointer}");
    }
    for place in ["", "/rates/0", "/judgment", "/stops/0"] {
        let mut value = written();
        value.pointer_mut(place).unwrap()["more"] = json!(1);
        assert!(serde_json::from_value::<Terms>(value).is_err(), "{place}");
    }
}

#[test]
fn faults_say_where_and_which() {
    let mut value = written();
    value["authority"] = json!(" ");
    value["rates"] = json!([
        {"effective_on": "2024-02-01", "rate": "9"},
        {"effective_on": "2024-02-01", "rate": "10.000001"},
        {"effective_on": "2024-01-31", "rate": "10"},
    ]);
    value["judgment"]["entered_on"] = json!("2024-01-14");
    value["judgment"]["rate"] = json!("11");
    value["stops"] = json!([
        {"reason": "deceased", "from": "2024-01-14"},
        {"reason": "dispute", "from": "2024-02-01", "until": "2024-02-01"},
        {"reason": "cap_date", "from": "2024-05-01", "until": "2024-06-01"},
        {"reason": "dispute", "from": "2024-02-01", "until": "2024-02-05"},
    ]);
    let at = |pointer: &str, code| (pointer.to_owned(), code);
    assert_eq!(
        faults(&read(value)),
        [
            at("/authority", "interest_authority_blank"),
            at("/rates/1/rate", "interest_rate_out_of_range"),
            at("/rates/1/effective_on", "interest_rate_duplicate"),
            at("/rates/2/effective_on", "interest_rates_unordered"),
            at("/judgment/entered_on", "interest_judgment_before_start"),
            at("/judgment/rate", "interest_rate_out_of_range"),
            at("/stops/0/from", "interest_stop_before_start"),
            at("/stops/1/until", "interest_stop_empty"),
            at("/stops/2/until", "interest_cap_date_ends"),
            at("/stops/3", "interest_stop_duplicate"),
        ]
    );
    let bare = read(json!({
        "rates": [], "basis": "365", "base": "judgment_amount", "compounding": "monthly",
    }));
    assert_eq!(
        faults(&bare),
        [
            at("/judgment", "interest_judgment_missing"),
            at("/compounding", "interest_compounding_without_start"),
        ]
    );
    let text = bare.check().unwrap_err()[0].to_string();
    assert_eq!(text, "/judgment: interest on the judgment amount needs the judgment");
}

#[test]
fn a_start_comes_from_the_date_that_the_rule_names_or_not_at_all() {
    let dates = AccountDates {
        charged_off_on: Some(on("2024-01-01")),
        last_paid_on: Some(on("2023-12-01")),
        placed_on: Some(on("2024-02-01")),
        served_on: Some(on("2024-01-31")),
        adjudged_on: Some(on("2024-09-09")),
    };
    for (rule, start) in [
        (json!({"rule": "charge_off"}), "2024-01-01"),
        (json!({"rule": "last_payment"}), "2023-12-01"),
        (json!({"rule": "placement"}), "2024-02-01"),
        // 31 January and 30 days over a leap day.
        (json!({"rule": "service", "days": 30}), "2024-03-01"),
        (json!({"rule": "judgment"}), "2024-09-09"),
        (json!({"rule": "explicit", "on": "2024-04-04"}), "2024-04-04"),
    ] {
        let read: StartRule = serde_json::from_value(rule.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), rule);
        assert_eq!(read.resolve(&dates), Some(on(start)), "{rule}");
        let nothing_known = read.resolve(&AccountDates::default());
        let explicit = matches!(read, StartRule::Explicit { .. });
        assert_eq!(nothing_known.is_some(), explicit, "{rule}");
    }
    for wrong in [json!({"rule": "placement", "days": 3}), json!({"rule": "service"})] {
        assert!(serde_json::from_value::<StartRule>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[cfg(feature = "openapi")]
#[test]
fn the_document_knows_the_names_of_the_wire() {
    use utoipa::PartialSchema;
    let schema = serde_json::to_value(Terms::schema()).unwrap();
    let names = schema["properties"].as_object().unwrap();
    for name in written().as_object().unwrap().keys() {
        assert!(names.contains_key(name), "{name}");
    }
    let basis = serde_json::to_value(Basis::schema()).unwrap();
    assert_eq!(basis["enum"], json!(["360", "364", "365", "365.25", "actual"]));
    let rate = serde_json::to_value(AnnualRate::schema()).unwrap();
    assert_eq!(rate["type"], "string");
}
