//! `tracing-genai-doctor` checks the variables of its environment: what matters first, and the exit code tells.

use std::process::{Command, Output};

use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::collector::Collector;
use crate::folder::Folder;
use crate::program::{binary, set_up};

fn doctor(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary("tracing-genai-doctor"));
    command.args(arguments);
    set_up(command, variables).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_set_up_that_works_is_seen_on_one_screen() {
    let collector = Collector::start();
    let spool = Folder::new();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("TRACING_GENAI_SPOOL_DIR", spool.to_str().unwrap()),
        ("OTEL_SERVICE_NAME", "tutor"),
    ];
    let output = doctor(&[], &variables);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}");
    assert!(printed.starts_with("everything works\n"), "{printed}");
    assert!(printed.lines().count() <= 20, "{printed}");
    for part in [
        "/v1/traces takes traces",
        "was accepted",
        "/v1/metrics takes metrics",
        "files can be written, and none is waiting",
        "at their defaults",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
    assert!(!printed.contains("TRACING_GENAI_RETRY_BUDGET"), "{printed}");
    let all = stdout(&doctor(&["--all"], &variables));
    assert!(all.contains("TRACING_GENAI_RETRY_BUDGET"), "{all}");

    let first = &collector.requests()[0];
    assert_eq!(first.header("content-length"), Some("0"));
    let mut paths: Vec<_> = collector
        .requests()
        .into_iter()
        .map(|one| one.path)
        .collect();
    paths.truncate(3);
    assert_eq!(paths, ["/v1/traces", "/v1/traces", "/v1/metrics"]);
}

#[test]
fn what_does_not_work_comes_first_and_fails_the_command() {
    let collector = Collector::with(|_, request| match request.path.as_str() {
        "/v1/metrics" => StatusCode::NOT_FOUND.into_response(),
        _ => StatusCode::OK.into_response(),
    });
    let file = std::env::current_exe().unwrap();
    let output = doctor(
        &[],
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            // No folder.
            ("TRACING_GENAI_SPOOL_DIR", file.to_str().unwrap()),
        ],
    );
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.starts_with("2 problems\n"), "{printed}");
    assert!(
        printed.contains("set OTEL_METRICS_EXPORTER=none"),
        "{printed}"
    );
    assert!(printed.contains("cannot be used"), "{printed}");
}

#[test]
fn a_setting_that_a_program_would_refuse_is_a_problem() {
    for variable in ["TRACING_GENAI_SPOOL_LIMIT", "OTEL_TRACES_SAMPLER"] {
        let output = doctor(&[], &[(variable, "many")]);
        let printed = stdout(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(
            printed.contains(&format!("FAILED  {variable}")),
            "{printed}"
        );
    }
}

#[test]
fn phoenix_without_its_mapping_is_a_problem() {
    let phoenix =
        Collector::with(|_, _| ([("x-phoenix-server-version", "20.26.1")], "").into_response());
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", phoenix.url.as_str());
    let output = doctor(&[], &[endpoint]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.starts_with("1 problem\n"), "{printed}");
    let advice = "set TRACING_GENAI_OTLP_MAPPING=openinference";
    assert!(printed.contains(advice), "{printed}");

    let mapping = ("TRACING_GENAI_OTLP_MAPPING", "openinference");
    let output = doctor(&[], &[endpoint, mapping]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}");
    assert!(
        printed.contains("Phoenix gets OpenInference's"),
        "{printed}"
    );
}

#[test]
fn arguments_are_few() {
    let help = doctor(&["--help"], &[]);
    assert!(help.status.success());
    assert!(stdout(&help).contains("usage: tracing-genai-doctor"));
    let version = stdout(&doctor(&["--version"], &[]));
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    let unknown = doctor(&["--fix"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(unknown.stdout.is_empty());
}
