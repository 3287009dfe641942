//! What Langfuse's server lists in the metadata of an observation: the resource, the scope, and every attribute
//! that it does not take for an input or output (`OtelIngestionProcessor.ts`, server 4.16).

use std::collections::BTreeSet;

use tracing_genai::testing::{ReceivedSpan, Value};

/// What begins like this is metadata of its own: somebody's, or the object that describes a call.
const OWN: &str = "langfuse.observation.metadata.";
const OF_TRACE: &str = "langfuse.trace.metadata.";
/// What the server takes for input, output and tools.
const CONSUMED: [&str; 8] = [
    "langfuse.observation.input",
    "langfuse.observation.output",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.definitions",
];
/// The version of the scope, which is not decoded here.
const SCOPE_VERSION: usize = 1;

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        value => format!("{value:?}"),
    }
}

/// The rows that this crate writes, without what the request itself brings as metadata.
fn rows(span: &ReceivedSpan) -> Vec<(String, String)> {
    let of_resource = span.resource.iter();
    let mut rows: Vec<_> = of_resource
        .map(|(key, value)| (format!("resourceAttributes.{key}"), text(value)))
        .collect();
    rows.push(("scope.name".to_owned(), span.scope.clone()));
    for (key, value) in &span.attributes {
        let own = key.strip_prefix(OWN).or(key.strip_prefix(OF_TRACE));
        match own {
            Some("call") => rows.push(("call".to_owned(), text(value))),
            Some(_) => {}
            None if CONSUMED.contains(&key.as_str()) || key == "user.id" => {}
            None => rows.push((format!("attributes.{key}"), text(value))),
        }
    }
    rows
}

/// Asserts that the metadata tab of a call is short and says nothing twice.
#[track_caller]
pub fn assert_short(span: &ReceivedSpan, most: usize) {
    let rows = rows(span);
    assert!(
        rows.len() + SCOPE_VERSION <= most,
        "{} {rows:#?}",
        rows.len()
    );
    let mut values: Vec<String> = rows.iter().map(|(_, value)| value.clone()).collect();
    if let Some((_, call)) = rows.iter().find(|(key, _)| key == "call") {
        let call: serde_json::Value = serde_json::from_str(call).unwrap();
        let facts = call.as_object().unwrap().values();
        values.extend(facts.filter_map(|fact| fact.as_str().map(str::to_owned)));
    }
    let distinct: BTreeSet<_> = values.iter().collect();
    assert_eq!(distinct.len(), values.len(), "twice: {rows:#?}");
}
