//! The views of the wire: each example is as its own schema says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pixmill_engine::wire::{
    DeliveryView, EventBody, KeyOrder, KeyView, NewKeyView, ProductView, ProgressView,
    ReceivedView, RequestView, StatusView, WebhookChange, WebhookDraft, WebhookSecretView,
    WebhookView,
};
use schemars::{JsonSchema, schema_for};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Compares a value with a schema, as far as the schemas of the wire go (JSON Schema draft 7).
fn assert_valid(value: &Value, schema: &Value, definitions: &Value, at: &str) {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(reference) = reference {
        let name = reference.rsplit('/').next().unwrap();
        return assert_valid(value, &definitions[name], definitions, at);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = schema["type"].as_array().cloned();
    let types = types.unwrap_or_else(|| vec![schema["type"].clone()]);
    assert!(types.contains(&kind.into()), "{at} is {kind} and not {types:?}");
    match value {
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                assert_valid(item, &schema["items"], definitions, &format!("{at}[{n}]"));
            }
        }
        Value::Object(fields) => {
            for required in schema["required"].as_array().into_iter().flatten() {
                assert!(fields.contains_key(required.as_str().unwrap()), "{at} has no {required}");
            }
            for (name, field) in fields {
                let schema = &schema["properties"][name];
                assert!(!schema.is_null(), "{at}.{name} is not in the schema");
                assert_valid(field, schema, definitions, &format!("{at}.{name}"));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn assert_example_is_valid<T: JsonSchema + Serialize + DeserializeOwned>() {
    let schema = serde_json::to_value(schema_for!(T)).unwrap();
    let example = &schema["examples"][0];
    let title = schema["title"].as_str().unwrap();
    assert!(example.is_object(), "{title} has no example");
    assert_valid(example, &schema, &schema["definitions"], title);
    let read: T = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), *example, "{title} does not come back");
    for name in example.as_object().unwrap().keys() {
        assert!(!name.contains('_'), "{title}.{name} is not camelCase");
    }
}

#[test]
fn each_example_is_as_its_schema_says() {
    assert_example_is_valid::<ReceivedView>();
    assert_example_is_valid::<StatusView>();
    assert_example_is_valid::<ProductView>();
    assert_example_is_valid::<ProgressView>();
    assert_example_is_valid::<RequestView>();
    assert_example_is_valid::<KeyView>();
    assert_example_is_valid::<NewKeyView>();
    assert_example_is_valid::<KeyOrder>();
    assert_example_is_valid::<EventBody>();
    assert_example_is_valid::<WebhookDraft>();
    assert_example_is_valid::<WebhookChange>();
    assert_example_is_valid::<WebhookView>();
    assert_example_is_valid::<WebhookSecretView>();
    assert_example_is_valid::<DeliveryView>();
}
