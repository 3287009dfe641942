//! The check-up of a set-up: each problem has a sentence that explains it, and no sentence contains a key.

mod each_problem_with_a_collector_is_explained;
mod each_problem_with_langfuse_is_explained;
mod each_setting_is_listed_with_its_origin;

use std::io::Write;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, DATE, LOCATION};
use axum::response::{IntoResponse, Response};
use tracing_genai::doctor::{self, Diagnosis, ProblemKind};
use tracing_genai::{Destination, TelemetryBuilder};

use crate::support::builder;
use crate::support::collector::{Collector, Request};
use crate::support::net::{read_request, serve};

const PUBLIC: &str = "pk-lf-11111111-1111-4111-8111-11111111abcd";
const SECRET: &str = "sk-lf-22222222-2222-4222-8222-22222222cdef";
/// Both keys, as they are sent.
const BASIC: &str = "cGstbGYtMTExMTExMTEtMTExMS00MTExLTgxMTEtMTExMTExMTFhYmNkOnNrLWxmLTIyMjIyMjIyLTIyMjItNDIyMi04MjIyLTIyMjIyMjIyY2RlZg==";

/// Runs the check-up and asserts that its output contains no key.
#[track_caller]
fn examine(builder: &TelemetryBuilder) -> Diagnosis {
    let diagnosis = doctor::examine(builder);
    let sentence = format!("{diagnosis}\n{diagnosis:?}");
    let tails = ["22222222", "11111111abcd", "11111111-1111"];
    for secret in [PUBLIC, SECRET, BASIC].iter().chain(&tails) {
        assert!(!sentence.contains(secret), "{secret} in {sentence}");
    }
    diagnosis
}

fn langfuse_at(url: &str) -> Diagnosis {
    let timeout = Duration::from_millis(500);
    let destination = Destination::langfuse(PUBLIC, SECRET).with_base_url(url);
    examine(&builder().with_destination(destination.with_timeout(timeout)))
}

fn otlp_at(url: &str) -> Diagnosis {
    let destination = Destination::otlp(url).with_timeout(Duration::from_millis(500));
    examine(&builder().with_destination(destination))
}

/// The only problem.
#[track_caller]
fn problem(diagnosis: &Diagnosis) -> (ProblemKind, String) {
    assert!(!diagnosis.is_healthy());
    let problems: Vec<_> = diagnosis.all_problems().collect();
    let [problem] = problems.as_slice() else {
        panic!("{diagnosis}")
    };
    let sentence = problem.sentence.clone();
    assert!(sentence.ends_with('.'), "{sentence}");
    assert!(format!("{diagnosis}").contains(&sentence));
    (problem.kind, sentence)
}

fn json(status: StatusCode, body: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

fn page() -> Response {
    let html = "<!DOCTYPE html><html><body>Sign in</body></html>";
    (
        [(CONTENT_TYPE, "text/html; charset=utf-8")],
        html.to_owned(),
    )
        .into_response()
}

fn redirect(to: String) -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response()
}

/// The answers of Langfuse to keys that it knows.
fn healthy(request: &Request) -> Response {
    match request.path.as_str() {
        "/api/public/projects" => json(
            StatusCode::OK,
            r#"{"data":[{"id":"project-1","name":"tutor","metadata":{}}]}"#,
        ),
        "/api/public/otel/v1/traces" => json(StatusCode::OK, "{}"),
        _ => json(StatusCode::NOT_FOUND, "{}"),
    }
}

/// A server that answers every request with these bytes and closes the connection.
fn saying(bytes: &'static [u8]) -> String {
    serve(move |_, mut stream| {
        if read_request(&mut stream) {
            let _left = stream.write_all(bytes);
        }
    })
}
