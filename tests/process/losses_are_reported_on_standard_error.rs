//! Once a minute and as a sum at the end, on request with every step, and without keys.

use axum::http::StatusCode;

use crate::collector::Collector;
use crate::program::{run, stderr};

#[test]
fn losses_are_reported_in_one_line_without_keys() {
    let output = run(
        "answers",
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", "http://127.0.0.1:9"),
        ],
    );
    let printed = stderr(&output);
    assert!(output.status.success(), "{printed}");
    let last = printed
        .lines()
        .rfind(|line| line.starts_with("tracing-genai:"))
        .unwrap();
    assert!(last.contains("0 of 1 spans delivered"), "{printed}");
    assert!(
        last.contains("127.0.0.1:9 could not be reached"),
        "{printed}"
    );
    assert!(!printed.contains("geheim"), "{printed}");
}

#[test]
fn losses_are_reported_once_a_minute_for_each_destination_and_summed_up_at_the_end() {
    let refusing = [StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST]
        .map(|status| Collector::answering(status, "no"));
    let output = run(
        "is refused",
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", &refusing[0].url),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &refusing[1].url),
        ],
    );
    let printed = stderr(&output);
    let lines = |start: &str| printed.lines().filter(|line| line.contains(start)).count();
    let now = "1 spans for Langfuse at 127.0.0.1 were lost because the backend refused them";
    assert_eq!(lines(now), 1, "{printed}");
    assert_eq!(lines("1 spans for OTLP at"), 1, "{printed}");
    assert!(printed.contains("LANGFUSE_SECRET_KEY"), "{printed}");
    assert_eq!(lines("not all spans arrived"), 1, "{printed}");
    assert_eq!(
        printed.matches("0 of 3 spans delivered").count(),
        2,
        "{printed}"
    );
    assert!(!printed.contains("geheim"), "{printed}");
}

#[test]
fn debugging_prints_every_step_but_neither_content_nor_keys() {
    let collector = Collector::start();
    for (debug, expected) in [("true", true), ("false", false)] {
        let output = run(
            "answers",
            &[
                ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
                ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
                ("LANGFUSE_BASE_URL", &collector.url),
                ("LANGFUSE_TRACING_ENVIRONMENT", "staging"),
                ("LANGFUSE_DEBUG", debug),
            ],
        );
        let printed = stderr(&output);
        let lines: Vec<_> = printed
            .lines()
            .filter(|line| line.starts_with("tracing-genai: "))
            .collect();
        for step in [
            "variables found: LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY, LANGFUSE_BASE_URL",
            "deployment.environment.name=staging",
            "sampled by ParentBased",
            "Langfuse at 127.0.0.1: all traces, content, sent at 512 spans or after 1s",
            "Langfuse at 127.0.0.1: a request of 1 spans",
        ] {
            let is_said = lines.iter().any(|line| line.contains(step));
            assert_eq!(is_said, expected, "{step}: {printed}");
        }
        for secret in ["geheim", "pk-lf-1", "what", "WHAT"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

#[test]
fn a_spool_folder_that_cannot_be_written_to_is_reported_at_the_start() {
    let collector = Collector::start();
    let folder = std::env::current_exe().unwrap().join("spool");
    let output = run(
        "answers",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("TRACING_GENAI_SPOOL_DIR", folder.to_str().unwrap()),
        ],
    );
    let printed = stderr(&output);
    assert!(
        printed.contains(folder.to_str().unwrap()) && printed.contains("TRACING_GENAI_SPOOL_DIR"),
        "{printed}"
    );
    assert_eq!(collector.spans().len(), 1);
}
