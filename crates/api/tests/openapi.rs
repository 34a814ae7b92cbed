//! The committed OpenAPI document is the one that the server serves.

use serde_json::Value;
use std::collections::BTreeSet;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");

fn document() -> String {
    hufu_api::openapi::to_json(&hufu_api::openapi::document())
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("a path item") {
            operations.push((format!("{method} {path}"), operation));
        }
    }
    operations
}

#[test]
fn the_committed_document_is_up_to_date() {
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        committed == document(),
        "openapi/openapi.json is not what the server serves; run `cargo run -- openapi > openapi/openapi.json`"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let json = document();
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    for reference in json.split("\"$ref\": \"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_summary() {
    let document: Value = serde_json::from_str(&document()).unwrap();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}");
        assert!(operation["summary"].is_string(), "{name}");
    }
}

#[test]
fn administration_needs_an_operators_token() {
    let document: Value = serde_json::from_str(&document()).unwrap();
    let mut count = 0;
    for (name, operation) in operations(&document) {
        if name.contains("/admin/") {
            assert!(operation["security"][0]["operator"].is_array(), "{name}");
            assert!(operation["responses"]["401"].is_object(), "{name}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
