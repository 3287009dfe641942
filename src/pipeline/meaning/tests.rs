use super::*;

#[test]
fn what_is_an_input_is_known_by_each_name() {
    for (key, meaning) in [
        ("question", Meaning::Input),
        (names::INPUT_MESSAGES, Meaning::Input),
        (names::SYSTEM_INSTRUCTIONS, Meaning::Input),
        (names::TOOL_CALL_ARGUMENTS, Meaning::Input),
        ("gen_ai.prompt.variable.city", Meaning::Input),
        (observation::INPUT, Meaning::Input),
        ("langfuse.observation.input", Meaning::Input),
        ("langfuse.trace.input", Meaning::Input),
        ("input.value", Meaning::Input),
        (names::OUTPUT_MESSAGES, Meaning::Output),
        (names::TOOL_CALL_RESULT, Meaning::Output),
        (names::RETRIEVAL_DOCUMENTS, Meaning::Output),
        ("gen_ai.completion.0.content", Meaning::Output),
        (observation::OUTPUT, Meaning::Output),
        ("langfuse.observation.output", Meaning::Output),
        ("mlflow.spanOutputs", Meaning::Output),
        ("langfuse.observation.metadata.plan", Meaning::Metadata),
        ("langfuse.trace.metadata.plan", Meaning::Metadata),
        ("langfuse.trace.tags", Meaning::Metadata),
        ("metadata", Meaning::Metadata),
        ("tag.tags", Meaning::Metadata),
        ("tracing_genai.trace.metadata.plan", Meaning::Metadata),
        ("exception.message", Meaning::Error),
        ("langfuse.observation.status_message", Meaning::Error),
        ("gen_ai.request.model", Meaning::Other),
        ("langfuse.observation.usage_details", Meaning::Other),
        ("user.id", Meaning::Other),
    ] {
        assert_eq!(of_attribute(key, RecordedBy::ThisCrate), meaning, "{key}");
    }
}

#[test]
fn a_name_that_layers_write_is_an_argument_only_where_none_of_them_writes_it() {
    for key in ["busy_ns", "idle_ns", "level", "target"] {
        assert_eq!(
            of_attribute(key, RecordedBy::ThisCrate),
            Meaning::Input,
            "{key}"
        );
        assert_eq!(
            of_attribute(key, RecordedBy::AnotherLayer),
            Meaning::Other,
            "{key}"
        );
    }
}

#[test]
fn an_event_is_a_log_line_or_content() {
    for (event, key, meaning) in [
        ("asking", "tries", Meaning::Log),
        ("asking", "error", Meaning::Error),
        ("gen_ai.user.message", "level", Meaning::Log),
        ("gen_ai.user.message", "busy_ns", Meaning::Input),
        ("event src/main.rs:1", "return", Meaning::Output),
        ("gen_ai.user.message", "content", Meaning::Input),
        ("gen_ai.choice", "message", Meaning::Output),
        ("details", "gen_ai.output.messages", Meaning::Output),
    ] {
        assert_eq!(of_event_attribute(event, key), meaning, "{event} {key}");
    }
}
