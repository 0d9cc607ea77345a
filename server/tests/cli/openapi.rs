//! `pixmill openapi`, and the copy of the document that is kept beside the code.

use std::path::Path;

use serde_json::Value;

use crate::pixmill;

fn document() -> (String, Value) {
    let called = pixmill(Path::new("."), &["openapi"]);
    assert_eq!(called.code, 0, "{}", called.err);
    let value = serde_json::from_str(&called.out).unwrap();
    (called.out, value)
}

/// To write the copy anew: `cargo run -p pixmill-server -- openapi > server/openapi.json`.
#[test]
fn the_kept_document_is_that_of_the_program() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    assert!(std::fs::read_to_string(kept).unwrap() == document().0, "write openapi.json anew");
}

#[test]
fn every_operation_says_what_it_does_and_which_problems_it_has() {
    let (_, document) = document();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, operations)| {
        operations
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    let mut count = 0;
    for (name, operation) in operations {
        count += 1;
        assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        for status in ["403", "500", "503"] {
            assert!(responses.contains_key(status), "{name}: {status}");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
    }
    assert_eq!(count, 35);
    let kinds = &document["paths"]["/requests/{id}/events"]["get"]["responses"]["200"]["content"];
    assert!(kinds["text/event-stream"].is_object());
    let body = &document["paths"]["/upload"]["post"]["requestBody"]["content"];
    assert!(body["multipart/form-data"]["schema"]["properties"]["file"].is_object());
}
