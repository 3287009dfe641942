//! Every kind of failure, with keys that can be recognised. None of them may be in a body, a report, a
//! diagnostic, a `Debug` text, an error, a link or a file.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing_genai::{Destination, Mapping, Report, observation};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::support::collector::Collector;
use crate::support::folder::Folder;
use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::{SOON, builder, builder_in, in_runtime, make_spans};

/// Made-up keys with the form of real ones.
const SECRET: &str = "sk-lf-5d1f9b3e-7c2a-4e8d-9f60-3b7a1c5e2d48";
const PUBLIC: &str = "pk-lf-8a4c6e1d-2f9b-4b7d-8e35-6c0d9f2a7b13";
const HEADER: &str = "hny-4fQ9zL2mX7bT1kV8nR3wC6yH5jD0";
const PASSWORD: &str = "pw7Kd93Lm2Qx";
const MODEL_KEY: &str = "sk-proj-9sAeU4oZ2iF7qB1tM8x4fQ9zL2mX7bT1kV8nR3wC6yH5jD0pG";

/// Long enough for some attempts.
const PATIENCE: Duration = Duration::from_millis(500);

/// All of them, and the values of headers made from them.
fn keys() -> Vec<String> {
    let keys = [SECRET, PUBLIC, HEADER, PASSWORD, MODEL_KEY].map(str::to_owned);
    let pairs = [format!("{PUBLIC}:{SECRET}"), format!("user:{PASSWORD}")];
    keys.into_iter()
        .chain(pairs.map(|pair| STANDARD.encode(pair)))
        .collect()
}

/// Everything that was output anywhere.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Output {
    fn add(&self, text: impl std::fmt::Display) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn check(&self) {
        let output = self.0.lock().unwrap();
        for key in keys() {
            let found = output
                .find(&key)
                .map(|at| &output[at.saturating_sub(200)..at]);
            assert_eq!(found, None, "{key}");
        }
    }
}

/// Collects the diagnostics of the crate.
impl<S: tracing::Subscriber> Layer<S> for Output {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != tracing_genai::diagnostics::TARGET {
            return;
        }
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                write!(self.0, "{field}={value:?} ").unwrap();
            }
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.add(line.0);
    }
}

/// A backend that repeats everything that it was sent.
fn repeating(status: u16) -> Collector {
    Collector::with(move |_, request| {
        let headers: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        let body = format!("no access for {PUBLIC} {SECRET}; {}", headers.join("; "));
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    })
}

fn destinations(url: &str) -> Vec<Destination> {
    let with_password = url.replace("://", &format!("://user:{PASSWORD}@"));
    vec![
        Destination::langfuse(PUBLIC, SECRET)
            .with_base_url(&with_password)
            .with_project_id("project"),
        Destination::langfuse(PUBLIC, SECRET).with_base_url(url),
        Destination::otlp(url).with_header("api-key", HEADER),
        Destination::otlp(&with_password).with_mapping(Mapping::Langfuse),
    ]
}

fn fail(url: &str, folder: Option<&Path>, output: &Output) -> Report {
    let header = format!("api-key={HEADER}");
    let mut builder = builder_in([
        ("LANGFUSE_PUBLIC_KEY", PUBLIC),
        ("LANGFUSE_SECRET_KEY", SECRET),
        ("OTEL_EXPORTER_OTLP_HEADERS", header.as_str()),
    ])
    .with_debug(true)
    .with_retry_budget(Duration::from_millis(50));
    for destination in destinations(url) {
        output.add(format_args!("{destination:?} {destination:#?}"));
        builder = builder.with_destination(destination);
    }
    if let Some(folder) = folder {
        builder = builder.with_spool_dir(folder);
    }
    output.add(format_args!("{builder:?} {builder:#?}"));
    let telemetry = builder.build().unwrap();
    make_spans(&telemetry, 3);
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(output.clone());
    tracing::subscriber::with_default(subscriber, || {
        let guard = telemetry.guard().with_timeout(PATIENCE);
        output.add(format_args!("{:?} {:?}", telemetry.trace_url("abc"), guard));
        let span = observation::generation("chat").start();
        span.set_error("denied", format!("no access with {MODEL_KEY}"));
        output.add(format_args!("{:?} {span:?}", telemetry.handle()));
        drop(span);
        output.add(telemetry.flush(PATIENCE));
    });
    let report = telemetry.shutdown(PATIENCE);
    output.add(format_args!("{report} {report:?} {telemetry:?}"));
    let link = telemetry.trace_url("abc").unwrap();
    assert!(link.ends_with("/project/project/traces/abc"), "{link}");
    output.add(link);
    report
}

fn bodies(collector: &Collector, output: &Output) {
    for request in collector.requests() {
        output.add(&request.path);
        output.add(String::from_utf8_lossy(&request.plain()));
    }
}

fn files(folder: &Path, output: &Output) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        output.add(path.display());
        if path.is_dir() {
            count += files(&path, output);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        output.add(String::from_utf8_lossy(&bytes));
        let start = bytes.windows(2).position(|pair| pair == [0x1F, 0x8B]);
        if let Some(start) = start {
            let mut plain = Vec::new();
            let mut reader = flate2::read::GzDecoder::new(&bytes[start..]);
            std::io::Read::read_to_end(&mut reader, &mut plain).unwrap();
            output.add(String::from_utf8_lossy(&plain));
        }
        count += 1;
    }
    count
}

#[test]
fn whatever_the_backend_answers() {
    for status in [200, 302, 400, 401, 403, 404, 413, 429, 500, 503] {
        let output = Output::default();
        let backend = repeating(status);
        fail(&backend.url, None, &output);
        assert!(!backend.requests().is_empty());
        bodies(&backend, &output);
        output.check();
    }
}

#[test]
fn whether_or_not_there_is_a_backend() {
    let output = Output::default();
    let report = fail("http://127.0.0.1:9", None, &output);
    assert!(report.dropped() > 0, "{report}");
    let report = fail("https://127.0.0.1:9", None, &output);
    assert!(report.dropped() > 0, "{report}");
    output.check();
}

#[test]
fn also_on_disk() {
    let folder = Folder::new();
    let output = Output::default();
    let report = fail("http://127.0.0.1:9", Some(&folder), &output);
    assert!(report.spooled() > 0, "{report}");
    let count = files(&folder, &output);
    assert!(count > 0);
    // The public key is the name of the account in the file.
    let named = output.0.lock().unwrap().clone();
    let only_secret = Output::default();
    only_secret.add(named.replace(PUBLIC, ""));
    only_secret.check();
}

#[test]
fn when_a_setting_is_wrong() {
    let output = Output::default();
    let header = format!("api-key: {HEADER}");
    let broken = format!("http://user:{PASSWORD}@");
    for variables in [
        [
            ("LANGFUSE_PUBLIC_KEY", SECRET),
            ("LANGFUSE_SECRET_KEY", PUBLIC),
        ],
        [("LANGFUSE_SECRET_KEY", SECRET), ("", "")],
        [("LANGFUSE_PUBLIC_KEY", PUBLIC), ("", "")],
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h"),
            ("OTEL_EXPORTER_OTLP_HEADERS", header.as_str()),
        ],
        [("OTEL_EXPORTER_OTLP_ENDPOINT", SECRET), ("", "")],
        [("OTEL_EXPORTER_OTLP_ENDPOINT", broken.as_str()), ("", "")],
        [("OTEL_RESOURCE_ATTRIBUTES", SECRET), ("", "")],
        [("LANGFUSE_TRACING_ENVIRONMENT", SECRET), ("", "")],
        [("LANGFUSE_TIMEOUT", SECRET), ("", "")],
        [("TRACING_GENAI_FILTER", SECRET), ("", "")],
        [("OTEL_TRACES_SAMPLER", SECRET), ("", "")],
    ] {
        match builder_in(variables).build() {
            Ok(telemetry) => output.add(
                format_args!("{variables:?}: {telemetry:?}")
                    .to_string()
                    .replace(SECRET, ""),
            ),
            Err(error) => output.add(format_args!("{error} {error:?}")),
        }
    }
    for destination in [
        Destination::langfuse(PUBLIC, format!("{SECRET}\n")),
        Destination::langfuse(PUBLIC, SECRET).with_base_url(SECRET),
        Destination::otlp("http://h").with_header("api-key", format!("{HEADER}\n")),
        Destination::otlp("http://h").with_header(format!("{HEADER} x"), "1"),
    ] {
        let builder = builder().with_destination(destination);
        match builder.build() {
            Ok(telemetry) => output.add(format_args!("{telemetry:?}")),
            Err(error) => output.add(format_args!("{error} {error:?}")),
        }
    }
    output.check();
}

#[test]
fn in_the_errors_of_model_calls() {
    let output = Output::default();
    let body = json!({"error": {"message": format!("Incorrect API key provided: {MODEL_KEY}")}});
    let backend = Collector::start();
    let telemetry = builder()
        .with_debug(true)
        .with_destination(Destination::langfuse(PUBLIC, SECRET).with_base_url(&backend.url))
        .with_destination(Destination::otlp(&backend.url).with_header("api-key", HEADER))
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(output.clone());
    tracing::subscriber::with_default(subscriber, || {
        in_runtime(async {
            let server = ReplyServer::start([Reply::json(401, &body)]).await;
            let request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
            for url in [server.url(), "http://127.0.0.1:9/v1".to_owned()] {
                let url = url.replace("://", &format!("://user:{PASSWORD}@"));
                let config = async_openai::config::OpenAIConfig::new()
                    .with_api_base(url)
                    .with_api_key(MODEL_KEY);
                let client = async_openai::Client::with_config(config)
                    .with_http_service(tracing_genai::openai::http_service());
                let answer = client
                    .chat()
                    .create_byot::<_, serde_json::Value>(&request)
                    .await;
                answer.unwrap_err();
            }
        });
    });
    let report = telemetry.shutdown(SOON);
    assert_eq!(report.dropped(), 0, "{report}");
    bodies(&backend, &output);
    assert!(output.0.lock().unwrap().contains("<redacted>"));
    output.check();
}
