//! Names, parents, kinds, types and at least the attributes of the target trace, polled and streamed. Ids,
//! times, texts and counts differ from run to run.
//!
//! The server sends neither a response model nor a tier, so only the target has them; and only a stream shows
//! when the first token arrived.

use serde_json::Value;
use tracing_genai::testing::{ReceivedSpan, Value as Attribute};

use crate::runs::the_tutor_with_a_tool_is_one_tree_polled_or_streamed::{exported, names};
use crate::support::parsed;

/// A call whose stream is abandoned, which another test covers.
const ABANDONED: &str = "chat gpt-4o-mini";
const FIRST_TOKEN: &str = "langfuse.observation.completion_start_time";
/// Attributes of the target that the server does not send.
const NOT_SENT: [&str; 1] = ["gen_ai.response.model"];

fn target() -> Vec<Value> {
    let target = include_str!("../../fixtures/math_tutor_target.json");
    let mut target: Vec<Value> = serde_json::from_str(target).unwrap();
    target.retain(|span| span["name"] != ABANDONED);
    assert_eq!(target.len(), 9);
    target
}

/// Name, parent's name, kind and type of a span.
type Position = [String; 4];

fn expected_position(span: &Value) -> Position {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = &span["attributes"]["langfuse.observation.type"];
    [
        text(&span["name"]),
        text(&span["parent"]),
        text(&span["kind"]),
        text(kind),
    ]
}

fn position(span: &ReceivedSpan, all: &[ReceivedSpan]) -> Position {
    let parent = all.iter().find(|one| one.span_id == span.parent_span_id);
    let kind = span.text("langfuse.observation.type");
    [
        span.name.clone(),
        parent.map(|parent| parent.name.clone()).unwrap_or_default(),
        span.kind.clone(),
        kind.unwrap_or_default().to_owned(),
    ]
}

/// The spans of the target with ours, in the order of their starts.
async fn pairs(is_streamed: bool) -> Vec<(Value, ReceivedSpan)> {
    let mut ours = exported(is_streamed).await;
    ours.retain(|span| span.name != ABANDONED);
    ours.sort_by_key(|span| span.start);
    let mut pairs = Vec::new();
    let all = ours.clone();
    for target in target() {
        let expected = expected_position(&target);
        let found = ours
            .iter()
            .position(|span| position(span, &all) == expected);
        let found = found.unwrap_or_else(|| {
            let left: Vec<_> = ours.iter().map(|span| position(span, &all)).collect();
            panic!("no {expected:?} in {left:#?}")
        });
        pairs.push((target, ours.remove(found)));
    }
    assert_eq!(ours, [], "more than the target has");
    pairs
}

/// Messages, which may be next to the tools that the model was offered.
fn messages(value: &Value) -> Option<&Vec<Value>> {
    value.get("messages").unwrap_or(value).as_array()
}

/// The role of each message, and whether it has a text and calls.
fn shapes(messages: &[Value]) -> Vec<(&str, bool, bool)> {
    messages
        .iter()
        .map(|message| {
            let role = message["role"].as_str().unwrap_or_default();
            (
                role,
                message["content"].is_string(),
                message["tool_calls"].is_array(),
            )
        })
        .collect()
}

fn assert_like(span: &ReceivedSpan, key: &str, theirs: &Value) {
    let at = format!("{key} of {}", span.name);
    let ours = span
        .attributes
        .get(key)
        .unwrap_or_else(|| panic!("no {at}"));
    let theirs = match (ours, theirs) {
        (Attribute::Text(_), Value::String(text)) => parsed(text),
        (Attribute::Int(_), Value::Number(_) | Value::String(_)) => return,
        (Attribute::Array(ours), Value::Array(theirs)) => {
            let ours: Vec<_> = ours.iter().filter_map(Attribute::as_text).collect();
            let theirs: Vec<_> = theirs.iter().filter_map(Value::as_str).collect();
            return assert_eq!(ours, theirs, "{at}");
        }
        other => panic!("{at}: {other:?}"),
    };
    let text = span.text(key).unwrap();
    let ours = parsed(text);
    let is_content = key.ends_with(".input") || key.ends_with(".output");
    if let (true, Some(ours), Some(theirs)) = (is_content, messages(&ours), messages(&theirs)) {
        // Texts differ from run to run.
        assert_eq!(shapes(ours), shapes(theirs), "{at}: {text}");
    } else if theirs.is_object() {
        let unsaid = ["service_tier", "input_cached_tokens", "tools"];
        let missing: Vec<_> = names(&theirs).difference(&names(&ours)).copied().collect();
        let missing: Vec<_> = missing
            .iter()
            .filter(|name| !unsaid.contains(name))
            .collect();
        assert!(missing.is_empty(), "{at}: no {missing:?} in {text}");
    } else if key.ends_with(".id") || is_content || key.contains(".metadata.") {
        let same = key == "user.id" || key == "session.id";
        assert!(!same || ours == theirs, "{at}: {text}");
    } else if !key.ends_with("model.name") && key != FIRST_TOKEN {
        assert_eq!(ours, theirs, "{at}");
    }
}

async fn assert_matches(is_streamed: bool) {
    let pairs = pairs(is_streamed).await;
    let trace = &pairs[0].1.trace_id;
    for (target, span) in &pairs {
        assert_eq!(&span.trace_id, trace);
        assert_eq!(span.error, None, "{}", span.name);
        for (key, theirs) in target["attributes"].as_object().unwrap() {
            if NOT_SENT.contains(&key.as_str()) || key == FIRST_TOKEN && !is_streamed {
                continue;
            }
            assert_like(span, key, theirs);
        }
        let counts = span.text("langfuse.observation.usage_details").is_some();
        let in_target = &target["attributes"]["langfuse.observation.usage_details"];
        assert_eq!(counts, in_target.is_string(), "{}", span.name);
        let has_first_token = span.text(FIRST_TOKEN).is_some();
        assert!(is_streamed || !has_first_token, "{}", span.name);
    }
    // The children of the run have the order of the target and lie within the run.
    let agent = pairs
        .iter()
        .find(|(target, _)| target["name"] == "invoke_agent Math Tutor");
    let agent = &agent.unwrap().1;
    let below = pairs
        .iter()
        .filter(|(_, span)| span.parent_span_id == agent.span_id);
    let below: Vec<_> = below.map(|(_, span)| span).collect();
    let names: Vec<_> = below.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["chat gpt-4", "execute_tool python", "chat gpt-4"]);
    for span in &below {
        assert!(
            span.start >= agent.start && span.end <= agent.end,
            "{span:?}"
        );
    }
    let [asks, tool, answers] = below[..] else {
        panic!("{names:?}");
    };
    assert!(asks.end <= tool.start && tool.start <= tool.end);
    assert!(
        tool.end - tool.start >= 150_000_000,
        "as long as the tool takes"
    );
    if is_streamed {
        // Polled, this is unknown: the server's times have the precision of a second.
        assert!(tool.end <= answers.start);
    }
}

#[tokio::test]
async fn polled() {
    assert_matches(false).await;
}

#[tokio::test]
async fn streamed() {
    assert_matches(true).await;
}
