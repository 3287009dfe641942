//! As a tree on standard error, without content unless asked.

use crate::collector::Collector;
use crate::program::{run, stderr};

#[test]
fn nothing_configured_means_the_terminal_and_a_hint() {
    let output = run("answers", &[]);
    let printed = stderr(&output);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("LANGFUSE_PUBLIC_KEY"), "{printed}");
    assert!(
        printed.lines().any(|line| line.starts_with("answer")),
        "{printed}"
    );
    assert!(
        !printed.contains('\u{1b}'),
        "no colours into a pipe: {printed}"
    );
    assert!(
        !printed.contains("WHAT"),
        "no content into a pipe unless asked: {printed}"
    );
}

#[test]
fn content_in_a_pipe_on_request() {
    let console = |value| ("TRACING_GENAI_CONSOLE", value);
    let capture = |value| ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value);
    let functions = ("LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED", "false");
    for (variables, expected) in [
        (vec![console("content")], true),
        (vec![capture("SPAN_ONLY")], true),
        (vec![console("content"), capture("NO_CONTENT")], false),
        (vec![console("content"), functions], false),
    ] {
        let output = run("answers", &variables);
        let printed = stderr(&output);
        assert!(
            printed.lines().any(|line| line.starts_with("answer")),
            "{printed}"
        );
        assert_eq!(
            printed.contains("WHAT"),
            expected,
            "{variables:?}: {printed}"
        );
    }
}

#[test]
fn the_terminal_beside_a_backend_does_not_cost_it_the_content() {
    let collector = Collector::start();
    let output = run(
        "answers",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("TRACING_GENAI_CONSOLE", "on"),
        ],
    );
    let printed = stderr(&output);
    assert!(
        printed.lines().any(|line| line.starts_with("answer")),
        "{printed}"
    );
    let spans = collector.spans();
    assert_eq!(spans[0].text("question"), Some("what"), "{spans:?}");
}

#[test]
fn an_unknown_value_of_the_capture_variable_is_reported() {
    let variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    for (value, expected) in [("everything", true), ("true", false), ("NO_CONTENT", false)] {
        let printed = stderr(&run("answers", &[(variable, value)]));
        assert_eq!(printed.contains(variable), expected, "{value}: {printed}");
    }
}
