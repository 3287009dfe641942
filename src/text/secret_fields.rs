//! Fields of a structure whose names say that they hold a secret.

use serde_json::{Map, Value};

use super::secrets::is_secret_name;

/// Whether a field of this name and value holds a secret: flags, nothing and counts of tokens do not.
pub(crate) fn is_secret_field(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) if name.to_ascii_lowercase().contains("token") => false,
        _ => is_secret_name(name),
    }
}

/// The value without fields that hold secrets, at any depth. A schema that describes such a field stays.
pub(crate) fn without_secrets(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            let is_kept = |(name, value): &(String, Value)| !is_secret_field(name, value);
            let fields = fields.into_iter().filter(is_kept);
            let fields = fields.map(|(name, value)| match (name.as_str(), value) {
                ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                    (name, of_schemas(schemas))
                }
                (_, value) => (name, without_secrets(value)),
            });
            Value::Object(fields.collect())
        }
        value => value,
    }
}

/// The schemas of an object's fields, by the names of the fields.
fn of_schemas(schemas: Map<String, Value>) -> Value {
    let is_kept =
        |(name, value): &(String, Value)| is_schema(value) || !is_secret_field(name, value);
    let schemas = schemas.into_iter().filter(is_kept);
    let schemas = schemas.map(|(name, value)| (name, without_secrets(value)));
    Value::Object(schemas.collect())
}

fn is_schema(value: &Value) -> bool {
    const KEYWORDS: [&str; 6] = ["type", "$ref", "anyOf", "oneOf", "allOf", "enum"];
    let has =
        |fields: &Map<String, Value>| KEYWORDS.iter().any(|keyword| fields.contains_key(*keyword));
    value.as_object().is_some_and(has)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::without_secrets;

    #[test]
    fn secrets_go_at_any_depth_and_schemas_stay() {
        let value = json!({
            "a": [{"authentication": {"type": "api_key", "key": "k"}, "index": 1}],
            "b": {"c": {"key": "k", "d": {"password": 5, "max_tokens": 5, "use_key": true}}},
            "properties": {"key": {"type": "string"}, "password": "p", "token": {"value": "t"}},
        });
        assert_eq!(
            without_secrets(value),
            json!({
                "a": [{"index": 1}],
                "b": {"c": {"d": {"max_tokens": 5, "use_key": true}}},
                "properties": {"key": {"type": "string"}},
            })
        );
    }
}
