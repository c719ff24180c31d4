//! Whether the document tells of every path that is served, and of no other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::document;
use crate::{api, v1};

/// Paths with their methods, `HEAD` left out: it follows from `GET`.
type Described = BTreeMap<String, BTreeSet<String>>;

fn told() -> Value {
    serde_json::to_value(document()).unwrap()
}

fn served() -> Described {
    let methods =
        |allowed: &str| allowed.split(", ").filter(|method| *method != "HEAD").map(str::to_lowercase).collect();
    let paths = api::paths().chain(v1::paths());
    paths.map(|path| path.described()).map(|(path, allowed)| (path.to_owned(), methods(allowed))).collect()
}

#[test]
fn every_path_is_in_the_document_and_the_document_has_no_other() {
    let told = told();
    let paths = told["paths"].as_object().unwrap().iter();
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect();
    let described: Described = paths.map(|(path, item)| (path.clone(), methods(item))).collect();
    assert_eq!(described, served());
}

#[test]
fn every_operation_has_an_id_of_its_own_a_tag_that_is_explained_and_says_which_scope_it_needs() {
    let told = told();
    let tags: Vec<_> = told["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let operations = told["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let mut ids = BTreeSet::new();
    for operation in operations {
        assert!(ids.insert(operation["operationId"].to_string()), "{operation}");
        assert!(tags.contains(&&operation["tags"][0]), "{operation}");
        let description = operation["description"].as_str().unwrap();
        let is_open = operation["security"] == json!([]) || operation["security"] == json!([{}]);
        assert!(is_open || description.contains("scope") || description.contains("Any key."), "{operation}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn visit(value: &Value, root: &Value) {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            assert!(root.pointer(target.trim_start_matches('#')).is_some(), "{target}");
        }
        value.as_object().into_iter().flatten().for_each(|(_, inner)| visit(inner, root));
        value.as_array().into_iter().flatten().for_each(|inner| visit(inner, root));
    }
    let told = told();
    visit(&told, &told);
}
