//! Input, output, kind, project and cache writes have the names of OpenInference, next to complete attributes
//! of the conventions. The mapping is chosen in code or by a variable.

use tracing_genai::context::{self, Attributes};
use tracing_genai::message::{Message, Usage};
use tracing_genai::testing::{ReceivedSpan, Value};
use tracing_genai::{ConfigError, Mapping, observation};

use crate::math_tutor::run_math_tutor;
use crate::support::collector::Collector;
use crate::support::tutor::{ANSWER, QUESTION, math_tutor_client};
use crate::support::{SOON, builder_in, received, traced, within};

#[tokio::test]
async fn the_math_tutor() {
    let memory = traced(Some(Mapping::OpenInference), async |url| {
        let client = math_tutor_client(url);
        run_math_tutor(&client, QUESTION).await.unwrap();
    })
    .await;

    let root = memory.span("run_math_tutor");
    assert_eq!(root.text("openinference.span.kind"), Some("CHAIN"));
    let input = format!(r#"{{"user_input":"{QUESTION}"}}"#);
    assert_eq!(root.text("input.value"), Some(&*input));
    assert_eq!(root.text("input.mime_type"), Some("application/json"));
    assert_eq!(root.text("output.value"), Some(ANSWER));
    assert_eq!(root.text("output.mime_type"), Some("text/plain"));
    assert!(root.events.is_empty(), "{root:?}");

    let call = memory.span("chat gpt-4");
    assert_eq!(
        call.parent_span_id,
        memory.span("invoke_agent Math Tutor").span_id
    );
    assert_eq!(call.text("input.value"), Some(QUESTION));
    assert_eq!(call.text("output.value"), Some(ANSWER));
    assert_eq!(call.int("gen_ai.usage.input_tokens"), Some(75));
    for key in [
        "gen_ai.system_instructions",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
    ] {
        assert!(
            call.text(key).is_some_and(|text| text.starts_with('[')),
            "{key}"
        );
    }
}

#[test]
fn context_and_observations_by_hand() {
    let memory = received(
        Some(Mapping::OpenInference),
        |builder| builder,
        || {
            let about = Attributes::new()
                .with_user("ada")
                .with_session("lesson-1")
                .with_tag("math")
                .with_metadata("plan", "free");
            context::scope(about).in_scope(|| {
                let generation = observation::generation("chat tutor")
                    .with_model("tutor")
                    .start();
                generation
                    .set_output_messages([Message::assistant("42").with_finish_reason("stop")])
                    .set_usage(Usage::new(100, 1).with_cache_write(40));
            });
        },
    );
    let span = memory.span("chat tutor");
    assert_eq!(span.text("user.id"), Some("ada"));
    assert_eq!(span.text("session.id"), Some("lesson-1"));
    assert_eq!(
        span.attributes["tag.tags"],
        Value::Array(vec!["math".into()])
    );
    assert_eq!(span.text("metadata"), Some(r#"{"plan":"free"}"#));
    assert_eq!(span.text("output.value"), Some("42"));
    assert_eq!(
        span.int("gen_ai.usage.cache_creation.input_tokens"),
        Some(40)
    );
    assert_eq!(span.int("gen_ai.usage.cache_write.input_tokens"), Some(40));
}

#[tracing::instrument(ret)]
fn answer(question: &str) -> String {
    question.to_uppercase()
}

fn exported(variables: &[(&str, &str)]) -> ReceivedSpan {
    let collector = Collector::start();
    let mut variables = variables.to_vec();
    variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url));
    let telemetry = builder_in(variables).build().unwrap();
    within(&telemetry, || answer("what"));
    telemetry.flush(SOON);
    collector.spans().remove(0)
}

#[test]
fn the_variable_chooses_the_mapping() {
    let variable = "TRACING_GENAI_OTLP_MAPPING";
    let span = exported(&[
        (variable, "OpenInference"),
        ("OTEL_SERVICE_NAME", "lessons"),
    ]);
    assert_eq!(span.text("output.value"), Some("WHAT"));
    let project = &span.resource["openinference.project.name"];
    assert_eq!(project, &Value::from("lessons"));
    let span = exported(&[(variable, "langfuse")]);
    assert_eq!(span.text("langfuse.observation.output"), Some("WHAT"));
    let span = exported(&[]);
    assert_eq!(span.text("output.value"), None);
}

#[test]
fn content_is_withheld_where_it_must_be() {
    let capture = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    let mapping = ("TRACING_GENAI_OTLP_MAPPING", "openinference");
    let span = exported(&[mapping, (capture, "NO_CONTENT")]);
    assert_eq!(span.text("openinference.span.kind"), Some("CHAIN"));
    assert_eq!(
        (span.text("input.value"), span.text("output.value")),
        (None, None)
    );
    // Next to another destination, a backend of the environment gets no content, whatever its mapping.
    let langfuse = Collector::start();
    let span = exported(&[
        mapping,
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
        ("LANGFUSE_SECRET_KEY", "sk-lf-1"),
        ("LANGFUSE_BASE_URL", &langfuse.url),
    ]);
    assert_eq!(
        (span.text("input.value"), span.text("output.value")),
        (None, None)
    );
}

#[test]
fn another_word_is_an_error() {
    let error = builder_in([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        ("TRACING_GENAI_OTLP_MAPPING", "phoenix"),
    ])
    .build()
    .unwrap_err();
    assert!(matches!(error, ConfigError::Invalid { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "TRACING_GENAI_OTLP_MAPPING is `phoenix`, but it should be `openinference`"
        ),
        "{text}"
    );
}
