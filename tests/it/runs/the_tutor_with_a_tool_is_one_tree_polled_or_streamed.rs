//! The functions of the example have the names, the nesting, the arguments and the results of the target
//! trace, whether the tutor polls the run or reads its events.

use std::collections::BTreeSet;

use serde_json::Value;
use tracing_genai::Mapping;
use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::ReceivedSpan;

use crate::assistant_tools::{polled, streamed};
use crate::support::tutor::{ANSWER, QUESTION, lesson_has_ended, tool_tutor};
use crate::support::{memory, parsed, within_async};

pub(crate) async fn exported(is_streamed: bool) -> Vec<ReceivedSpan> {
    let (_server, client) = tool_tutor().await;
    let (memory, telemetry) = memory(Some(Mapping::Langfuse));
    let lesson = Attributes::new()
        .with_user("user-1")
        .with_session("lesson-1")
        .with_tag("math")
        .with_deployment_environment("demo")
        .with_trace_name("run_math_tutor");
    let run = async {
        if is_streamed {
            streamed::run_math_tutor(&client, QUESTION).await.unwrap()
        } else {
            polled::run_math_tutor(&client, QUESTION).await.unwrap()
        }
    };
    let answer = within_async(&telemetry, context::scope(lesson).wrap(run)).await;
    assert_eq!(answer, ANSWER);
    lesson_has_ended(&telemetry, &memory).await;
    memory.spans()
}

/// The functions of the target tree, each with the name of its parent and its attributes.
fn functions() -> Vec<(String, Option<String>, Value)> {
    let target = include_str!("../../fixtures/math_tutor_target.json");
    let target: Value = serde_json::from_str(target).unwrap();
    let spans = target.as_array().unwrap().iter();
    spans
        .filter(|span| span["attributes"]["langfuse.observation.type"] == "span")
        .map(|span| {
            let name = span["name"].as_str().unwrap().to_owned();
            let parent = span["parent"].as_str().map(str::to_owned);
            (name, parent, span["attributes"].clone())
        })
        .collect()
}

pub(crate) fn names(value: &Value) -> BTreeSet<&str> {
    let fields = value.as_object().into_iter();
    fields
        .flat_map(serde_json::Map::keys)
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn the_functions_are_those_of_the_target() {
    let functions = functions();
    assert_eq!(functions.len(), 4);
    for is_streamed in [false, true] {
        let spans = exported(is_streamed).await;
        let called = |name: &str| {
            let mut found = spans.iter().filter(|span| span.name == name);
            let span = found.next().unwrap_or_else(|| panic!("no {name}"));
            assert!(found.next().is_none(), "{name} twice");
            span
        };
        for (name, parent, target) in &functions {
            let span = called(name);
            let parent = parent
                .as_deref()
                .map(|parent| called(parent).span_id.clone());
            assert_eq!(span.parent_span_id, parent.unwrap_or_default(), "{name}");
            assert_eq!(span.error, None, "{name}");
            for key in ["user.id", "session.id", "langfuse.observation.type"] {
                assert_eq!(span.text(key), target[key].as_str(), "{name} {key}");
            }
            let value = |key: &str| parsed(span.text(key).unwrap_or_default());
            let expected = |key: &str| parsed(target[key].as_str().unwrap());
            let key = "langfuse.observation.input";
            assert_eq!(names(&value(key)), names(&expected(key)), "{name}");
            let key = "langfuse.observation.output";
            let (ours, theirs) = (value(key), expected(key));
            match &theirs {
                // The function returns everything that the server sent, which is more.
                Value::Object(_) => {
                    assert!(names(&ours).is_superset(&names(&theirs)), "{ours}");
                }
                Value::Array(ids) => {
                    let ours = ours.as_array().unwrap();
                    let prefix = |id: &Value| {
                        let id = id.as_str().unwrap();
                        id.split('_').next().unwrap().to_owned()
                    };
                    let kinds: Vec<_> = ours.iter().map(prefix).collect();
                    assert_eq!(kinds, ids.iter().map(prefix).collect::<Vec<_>>());
                }
                _ => assert_eq!(ours, theirs, "{name}"),
            }
        }
        let left = called("chat gpt-4o-mini");
        assert_eq!(left.parent_span_id, called("run_math_tutor").span_id);
        assert_eq!(left.text("langfuse.observation.level"), Some("WARNING"));
    }
}
