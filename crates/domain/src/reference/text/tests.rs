use proptest::prelude::*;
use serde_json::Value;

use super::format::parse;
use super::*;
use crate::reference::{Problem, read};

const YAML: &str = "openapi: 3.1.0
info:
  title: Shop
  version: 1.0
paths:
  /orders/{id}:
    get:
      operationId: order
      responses:
        200:
          description: The order.
";

fn fault(text: &str) -> String {
    read_text(text).unwrap_err().to_string()
}

#[test]
fn yaml_is_read_like_json() {
    let reference = read_text(YAML).unwrap();
    assert_eq!((reference.title.as_str(), reference.version.as_str()), ("Shop", "1.0"));
    let json = serde_json::to_string(&Value::from(&parse(YAML).unwrap())).unwrap();
    assert_eq!(Format::of(&json), Format::Json);
    assert_eq!(read_text(&json).unwrap(), reference);
    assert_eq!(reference.operations().next().unwrap().responses[0].status, "200");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    assert_eq!(
        fault(&YAML.replace("/orders/{id}", "orders")),
        "line 7, column 5: at /paths/orders: the path \"orders\" must begin with a slash"
    );
    assert_eq!(
        fault("{\n  \"openapi\": \"3.0.3\",\n  \"info\": {\"title\": \"T\"},\n  \"paths\": []\n}"),
        "line 4, column 12: at /paths: this must be an object, and is a list"
    );
    assert_eq!(
        fault("{\n  \"openapi\": \"3.0.3\"\n  \"info\": {}\n}"),
        "line 3, column 3: the document is no valid JSON: a comma or a closing bracket is expected here"
    );
}

#[test]
fn what_is_no_document_says_why() {
    for (text, part) in [
        ("", "it is empty"),
        ("{", "ends before its last bracket"),
        ("{\"a\": 1} x", "nothing may follow"),
        ("{\"a\": tru}", "neither a text"),
        ("{\"a\": \"x", "no closing quote"),
        ("{\"a\": [1}", "closes another kind"),
        ("{\"a\": 1, \"a\": 2}", "line 1, column 10: \"a\" stands here twice"),
        ("a: 1\na: 2\n", "line 2, column 1: \"a\" stands here twice"),
        ("a: &x [1]\nb: *x\n", "aliases and merge keys"),
        ("a:\n  <<: {b: 1}\n", "aliases and merge keys"),
        ("? [a]\n: 1\n", "a name must be a text"),
        ("a: 1\n---\nb: 2\n", "a second document"),
        ("a: [1\n", "no valid YAML"),
        ("swagger: '2.0'\n", "\"swagger\": \"2.0\""),
        ("just words", "this must be an object"),
    ] {
        let told = fault(text);
        assert!(told.contains(part), "{text:?}: {told}");
    }
}

#[test]
fn a_text_that_would_take_the_memory_is_refused() {
    let laughs = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n";
    assert!(fault(laughs).contains("aliases"));
    assert!(fault(&format!("{{\"a\":{}", "[".repeat(100_000))).contains("nested more than 64"));
    assert!(fault(&format!("a: {}", "[".repeat(70))).contains("nested more than 64"));
    // The parser has a bound of its own, which comes first.
    assert!(fault(&format!("a: {}", "[".repeat(10_000))).starts_with("line 1"));
    assert!(fault(&format!("{{\"a\":[{}0]}}", "0,".repeat(VALUES_MAX))).contains("more than 400000 values"));
    assert!(fault(&" ".repeat(DOCUMENT_BYTES_MAX + 1)).contains("larger than 4194304 bytes"));
    assert_eq!(text_of(vec![0xff]).unwrap_err().problem, Problem::NotUtf8);
}

#[test]
fn words_of_yaml_mean_what_its_core_schema_says() {
    let text =
        "[~, null, true, False, 12, -3, +4, 0x1F, 0o17, 1.5, 1e3, .5, no, 1.0.0, '12', !!str 12, .inf, 2026-01-01]";
    let value = Value::from(&parse(text).unwrap());
    let expected = serde_json::json!([
        null,
        null,
        true,
        false,
        12,
        -3,
        4,
        31,
        15,
        1.5,
        1000.0,
        0.5,
        "no",
        "1.0.0",
        "12",
        "12",
        ".inf",
        "2026-01-01"
    ]);
    assert_eq!(value, expected);
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        drop(read_text(&text));
    }

    #[test]
    fn no_half_document_panics(text in "[{}\\[\\]\",:\\\\ \n\tа0-9e.tfn&*<#|>'?!%@~-]{0,120}") {
        drop(read_text(&text));
        drop(read_text(&format!("{{{text}")));
    }

    #[test]
    fn json_is_read_as_serde_json_reads_it(value in read::tests::value()) {
        let document = serde_json::json!({ "a": value });
        for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
            prop_assert_eq!(Value::from(&json::parse(&text).unwrap()), document.clone());
        }
        drop(read(&document));
    }
}
