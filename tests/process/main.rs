//! What belongs to a process: its environment, its global subscriber, its end.
//!
//! Each test runs this binary again as a program of its own, with variables of its own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

#[path = "it/support/collector.rs"]
mod collector;
#[path = "process/demo.rs"]
mod demo;
#[path = "process/examined.rs"]
mod examined;
#[path = "it/support/folder.rs"]
mod folder;
#[path = "process/privacy.rs"]
mod privacy;
#[path = "it/support/tls.rs"]
mod tls;
#[path = "../examples/two_processes.rs"]
#[expect(dead_code, reason = "its `main` is for `cargo run`")]
mod two_processes;
#[path = "it/support/wait.rs"]
#[allow(dead_code, reason = "this binary has no runtime to wait in")]
mod wait;

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use collector::Collector;
use folder::Folder;
use tracing_genai::ConfigError;
use tracing_genai::testing::ReceivedSpan;
use wait::wait_until;

/// Tells this binary to be the program, and which one.
const PROGRAM: &str = "PROGRAM_UNDER_TEST";

#[tracing::instrument(ret)]
fn answer(question: &str) -> String {
    question.to_uppercase()
}

/// The programs; nothing to do when the tests are run as tests.
#[test]
fn program() {
    match std::env::var(PROGRAM).as_deref() {
        Ok("answers") => {
            let _telemetry = tracing_genai::init().unwrap();
            answer("what");
        }
        Ok("answers in a runtime") => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                let _telemetry = tracing_genai::init().unwrap();
                answer("what");
            });
        }
        Ok("panics") => {
            let _telemetry = tracing_genai::init().unwrap();
            answer("what");
            panic!("on purpose");
        }
        Ok("inits twice") => {
            let _telemetry = tracing_genai::init().unwrap();
            let error = tracing_genai::init().unwrap_err();
            assert_eq!(error, ConfigError::SubscriberAlreadySet);
            let text = error.to_string();
            assert!(
                text.contains("telemetry.layer()") && text.contains("span_processor"),
                "{text}"
            );
        }
        Ok("spools and waits") => {
            let telemetry = tracing_genai::init().unwrap();
            for _ in 0..50 {
                answer("what");
            }
            let report = telemetry.telemetry().flush(Duration::from_secs(20));
            assert_eq!((report.spooled(), report.dropped()), (50, 0), "{report}");
            say_and_wait("spooled");
        }
        Ok("waits for a signal") => {
            let _telemetry = tracing_genai::init().unwrap().flush_on_signals().unwrap();
            answer("what");
            say_and_wait("ready");
        }
        Ok("is called three times and frozen") => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let telemetry = tracing_genai::init().unwrap();
            for call in 1..=3 {
                runtime.block_on(async {
                    answer("what");
                    let flush = telemetry.telemetry().flush_async(Duration::from_secs(20));
                    assert_eq!(flush.await.exported(), call);
                });
            }
            // Nothing of it runs again.
            std::process::exit(0);
        }
        Ok("is refused") => {
            let telemetry = tracing_genai::init().unwrap();
            for _ in 0..3 {
                answer("what");
                telemetry.telemetry().flush(Duration::from_secs(20));
            }
        }
        Ok("masks") => privacy::masks(),
        Ok("asks another") => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let answer = runtime.block_on(two_processes::ask_with(this("serves").into()));
            assert!(answer.unwrap().contains("x = 1"));
        }
        Ok("serves") => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(two_processes::serve()).unwrap();
        }
        Ok("is examined") => examined::program(),
        Ok("is misconfigured") => {
            let error = tracing_genai::init().unwrap_err();
            assert!(error.to_string().contains("LANGFUSE_SECRET_KEY"), "{error}");
        }
        _ => {}
    }
}

/// Says a word to whoever has started this, and goes on for as long as they are there.
fn say_and_wait(word: &str) {
    use std::io::{Read, Write};
    let mut out = std::io::stdout();
    writeln!(out, "{word}").unwrap();
    out.flush().unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn run(name: &str, variables: &[(&str, &str)]) -> Output {
    command(name, variables).output().unwrap()
}

/// Runs a program until it says a word; it goes on until its input is dropped.
fn run_until(word: &str, name: &str, variables: &[(&str, &str)]) -> (Child, ChildStdin) {
    let mut command = command(name, variables);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test harness may have begun the line.
    let has_said = lines.any(|line| line.unwrap().ends_with(word));
    assert!(has_said, "{}", said(&child.wait_with_output().unwrap()));
    (child, input)
}

/// This binary as that program.
fn this(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "program", "--nocapture", "--test-threads", "1"])
        .env(PROGRAM, name);
    command
}

fn command(name: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = this(name);
    for (variable, _) in std::env::vars() {
        if ["LANGFUSE_", "OTEL_", "TRACING_GENAI_"]
            .iter()
            .any(|prefix| variable.starts_with(prefix))
        {
            command.env_remove(variable);
        }
    }
    command
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn with_langfuse(name: &str) -> (Collector, Output) {
    let collector = Collector::start();
    let output = run(
        name,
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", &collector.url),
        ],
    );
    (collector, output)
}

#[test]
fn dropping_the_guard_delivers_what_is_left() {
    for name in ["answers", "answers in a runtime", "panics"] {
        let (collector, output) = with_langfuse(name);
        assert_eq!(
            output.status.success(),
            name != "panics",
            "{}",
            said(&output)
        );
        let spans = collector.spans();
        assert_eq!(spans.len(), 1, "{name}");
        assert_eq!(spans[0].text("langfuse.observation.output"), Some("WHAT"));
        assert!(
            !said(&output).contains("tracing-genai:"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn a_trace_goes_on_in_another_process() {
    let collector = Collector::start();
    let output = run(
        "asks another",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)],
    );
    assert!(output.status.success(), "{}", said(&output));
    let spans = collector.spans();
    let [ask, answer, chat] = ["ask", "answer", "chat gpt-4o-mini"].map(|name| {
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} of {spans:?}");
        found[0]
    });
    assert_eq!(spans.len(), 3);
    assert!(spans.iter().all(|span| span.trace_id == ask.trace_id));
    assert_eq!(ask.parent_span_id, "");
    assert_eq!(answer.parent_span_id, ask.span_id);
    assert_eq!(chat.parent_span_id, answer.span_id);
    let service = |span: &ReceivedSpan| span.resource["service.name"].clone();
    assert_eq!(service(ask), "lesson-client".into());
    assert_eq!(service(answer), "lesson-server".into());
    assert_eq!(service(chat), "lesson-server".into());
}

#[test]
fn plain_http_needs_no_certificates() {
    let collector = Collector::start();
    let output = run(
        "answers",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("SSL_CERT_FILE", "/nonexistent"),
            ("SSL_CERT_DIR", "/nonexistent"),
        ],
    );
    assert_eq!(collector.spans().len(), 1, "{}", said(&output));
}

#[test]
fn a_second_init_says_which_ways_there_are_instead() {
    let output = run("inits twice", &[]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn one_key_of_two_is_an_error_of_init() {
    let output = run("is misconfigured", &[("LANGFUSE_PUBLIC_KEY", "pk-lf-1")]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn nothing_configured_means_the_terminal_and_a_hint() {
    let output = run("answers", &[]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("LANGFUSE_PUBLIC_KEY"), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with("answer")),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "no colours into a pipe: {said}");
    assert!(
        !said.contains("WHAT"),
        "no content into a pipe unless asked: {said}"
    );
}

#[test]
fn content_in_a_pipe_if_asked() {
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
        let said = said(&output);
        assert!(
            said.lines().any(|line| line.starts_with("answer")),
            "{said}"
        );
        assert_eq!(said.contains("WHAT"), expected, "{variables:?}: {said}");
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
    let said = said(&output);
    assert!(
        said.lines().any(|line| line.starts_with("answer")),
        "{said}"
    );
    let spans = collector.spans();
    assert_eq!(spans[0].text("question"), Some("what"), "{spans:?}");
}

#[test]
fn a_word_that_the_capture_variable_does_not_know_is_said() {
    let variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    for (value, expected) in [("true", true), ("NO_CONTENT", false)] {
        let said = said(&run("answers", &[(variable, value)]));
        assert_eq!(said.contains(variable), expected, "{value}: {said}");
    }
}

#[test]
fn debugging_says_every_step_but_neither_content_nor_keys() {
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
        let said = said(&output);
        let lines: Vec<_> = said
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
            assert_eq!(is_said, expected, "{step}: {said}");
        }
        for secret in ["geheim", "pk-lf-1", "what", "WHAT"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn a_sampler_of_the_process_is_read_by_us_alone() {
    let output = run("answers", &[("OTEL_TRACES_SAMPLER", "nonsense")]);
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("OTEL_TRACES_SAMPLER"), "{said}");
}

#[test]
fn losses_are_said_in_one_line_without_keys() {
    let output = run(
        "answers",
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", "http://127.0.0.1:9"),
        ],
    );
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let last = said
        .lines()
        .rfind(|line| line.starts_with("tracing-genai:"))
        .unwrap();
    assert!(last.contains("0 of 1 spans delivered"), "{said}");
    assert!(last.contains("127.0.0.1:9 could not be reached"), "{said}");
    assert!(!said.contains("geheim"), "{said}");
}

#[test]
fn variables_of_another_vendor_reach_only_that_vendor() {
    let (langfuse, other) = (Collector::start(), Collector::start());
    let headers = "authorization=Bearer%20other,x-langfuse-ingestion-version=1,x-vendor=other";
    let traces = format!("{}/v1/traces", other.url);
    let output = run(
        "answers",
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", &langfuse.url),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &other.url),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces),
            ("OTEL_EXPORTER_OTLP_HEADERS", headers),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", headers),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "4000"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "4000"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            // opentelemetry-otlp is in this graph with its compression and its async client on.
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ],
    );
    assert!(output.status.success(), "{}", said(&output));
    for (collector, authorization, vendor) in [
        (&langfuse, "Basic cGstbGYtMTpzay1sZi1nZWhlaW0=", None),
        (&other, "Bearer other", Some("other")),
    ] {
        let requests = collector.requests();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].path.ends_with("/v1/traces"));
        assert_eq!(requests[0].header("authorization"), Some(authorization));
        assert_eq!(requests[0].header("x-vendor"), vendor);
        assert_eq!(
            requests[0]
                .headers
                .get_all("content-encoding")
                .iter()
                .count(),
            1
        );
        // Fails unless the body was compressed exactly once.
        assert_eq!(requests[0].spans().len(), 1);
    }
    let requests = langfuse.requests();
    let versions = requests[0].headers.get_all("x-langfuse-ingestion-version");
    assert_eq!(versions.iter().collect::<Vec<_>>(), ["4"]);
}

/// Starts a program on this folder that takes the spool's spans to the collector.
fn deliver_rest(address: SocketAddr, variables: &[(&str, &str)]) -> Collector {
    let collector = Collector::on(address, |_, _| ().into_response());
    let output = run("answers", variables);
    assert!(output.status.success(), "{}", said(&output));
    collector
}

#[test]
fn what_a_killed_process_has_spooled_is_delivered_once_by_the_next() {
    // One that refuses connections, and one that takes them and never answers, so that the process is
    // killed while it sends a file.
    for hangs in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener = hangs.then_some(listener);
        let (folder, url) = (Folder::new(), format!("http://{address}"));
        let variables = [
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", url.as_str()),
            ("LANGFUSE_TIMEOUT", "0.3"),
            ("TRACING_GENAI_RETRY_BUDGET", "0"),
            ("TRACING_GENAI_SPOOL_DIR", folder.to_str().unwrap()),
        ];
        let (mut child, _input) = run_until("spooled", "spools and waits", &variables);
        if hangs {
            // Until it sends.
            let is_sending = || {
                let mut entries = std::fs::read_dir(&*folder).unwrap();
                entries.any(|entry| {
                    let name = entry.unwrap().file_name();
                    name.to_str().unwrap().contains(".sent-by-")
                })
            };
            wait_until(is_sending);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        drop(listener);
        let collector = deliver_rest(address, &variables);
        let ids: HashSet<_> = collector.taken().into_iter().map(|s| s.span_id).collect();
        assert_eq!((ids.len(), collector.taken().len()), (51, 51), "{hangs}");
        assert_eq!(std::fs::read_dir(&*folder).unwrap().count(), 0, "{hangs}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_delivers_what_is_left_if_asked() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let collector = Collector::start();
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
            // Nothing goes out before.
            ("OTEL_SERVICE_NAME", "signalled"),
        ];
        let (mut child, _input) = run_until("ready", "waits for a signal", &variables);
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(collector.spans().len(), 1);
    }
}

#[test]
fn a_flush_at_the_end_of_each_call_needs_no_end_of_the_process() {
    let (collector, output) = with_langfuse("is called three times and frozen");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(collector.spans().len(), 3);
}

#[test]
fn losses_are_said_once_a_minute_a_destination_and_summed_at_the_end() {
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
    let said = said(&output);
    let lines = |start: &str| said.lines().filter(|line| line.contains(start)).count();
    let now = "1 spans for Langfuse at 127.0.0.1 were lost because the backend refused them";
    assert_eq!(lines(now), 1, "{said}");
    assert_eq!(lines("1 spans for OTLP at"), 1, "{said}");
    assert!(said.contains("LANGFUSE_SECRET_KEY"), "{said}");
    assert_eq!(lines("not all spans arrived"), 1, "{said}");
    assert_eq!(said.matches("0 of 3 spans delivered").count(), 2, "{said}");
    assert!(!said.contains("geheim"), "{said}");
}

#[test]
fn a_spool_folder_that_cannot_be_written_to_is_said_at_the_start() {
    let collector = Collector::start();
    let folder = std::env::current_exe().unwrap().join("spool");
    let output = run(
        "answers",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("TRACING_GENAI_SPOOL_DIR", folder.to_str().unwrap()),
        ],
    );
    let said = said(&output);
    assert!(
        said.contains(folder.to_str().unwrap()) && said.contains("TRACING_GENAI_SPOOL_DIR"),
        "{said}"
    );
    assert_eq!(collector.spans().len(), 1);
}
