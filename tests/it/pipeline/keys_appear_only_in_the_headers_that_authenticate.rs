//! Every kind of failure, with keys that can be recognised: in no body, no report, no diagnostic, no
//! `Debug` text, no error, no link and no file is any of them; only in the headers that authenticate.

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

/// Keys of nobody, in the form of real ones.
const SECRET: &str = "sk-lf-5d1f9b3e-7c2a-4e8d-9f60-3b7a1c5e2d48";
const PUBLIC: &str = "pk-lf-8a4c6e1d-2f9b-4b7d-8e35-6c0d9f2a7b13";
const HEADER: &str = "hny-4fQ9zL2mX7bT1kV8nR3wC6yH5jD0";
const PASSWORD: &str = "pw7Kd93Lm2Qx";
const MODEL_KEY: &str = "sk-proj-9sAeU4oZ2iF7qB1tM8x4fQ9zL2mX7bT1kV8nR3wC6yH5jD0pG";

/// What is not delivered by then has been tried often enough.
const PATIENCE: Duration = Duration::from_millis(500);

/// All of them, and what authenticates with them.
fn keys() -> Vec<String> {
    let keys = [SECRET, PUBLIC, HEADER, PASSWORD, MODEL_KEY].map(str::to_owned);
    let pairs = [format!("{PUBLIC}:{SECRET}"), format!("user:{PASSWORD}")];
    keys.into_iter()
        .chain(pairs.map(|pair| STANDARD.encode(pair)))
        .collect()
}

/// Everything that was said to anybody.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn add(&self, text: impl std::fmt::Display) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn check(&self) {
        let said = self.0.lock().unwrap();
        for key in keys() {
            let found = said.find(&key).map(|at| &said[at.saturating_sub(200)..at]);
            assert_eq!(found, None, "{key}");
        }
    }
}

/// Hears all events, the crate's diagnostics among them.
impl<S: tracing::Subscriber> Layer<S> for Said {
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

/// A backend that says all that it was sent.
fn repeating(status: u16) -> Collector {
    Collector::with(move |_, request| {
        let headers: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        let said = format!("no access for {PUBLIC} {SECRET}; {}", headers.join("; "));
        (StatusCode::from_u16(status).unwrap(), said).into_response()
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

fn fail(url: &str, folder: Option<&Path>, said: &Said) -> Report {
    let header = format!("api-key={HEADER}");
    let mut builder = builder_in([
        ("LANGFUSE_PUBLIC_KEY", PUBLIC),
        ("LANGFUSE_SECRET_KEY", SECRET),
        ("OTEL_EXPORTER_OTLP_HEADERS", header.as_str()),
    ])
    .with_debug(true)
    .with_retry_budget(Duration::from_millis(50));
    for destination in destinations(url) {
        said.add(format_args!("{destination:?} {destination:#?}"));
        builder = builder.with_destination(destination);
    }
    if let Some(folder) = folder {
        builder = builder.with_spool_dir(folder);
    }
    said.add(format_args!("{builder:?} {builder:#?}"));
    let telemetry = builder.build().unwrap();
    make_spans(&telemetry, 3);
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(said.clone());
    tracing::subscriber::with_default(subscriber, || {
        let guard = telemetry.guard().with_timeout(PATIENCE);
        said.add(format_args!("{:?} {:?}", telemetry.trace_url("abc"), guard));
        let span = observation::generation("chat").start();
        span.set_error("denied", format!("no access with {MODEL_KEY}"));
        said.add(format_args!("{:?} {span:?}", telemetry.handle()));
        drop(span);
        said.add(telemetry.flush(PATIENCE));
    });
    let report = telemetry.shutdown(PATIENCE);
    said.add(format_args!("{report} {report:?} {telemetry:?}"));
    let link = telemetry.trace_url("abc").unwrap();
    assert!(link.ends_with("/project/project/traces/abc"), "{link}");
    said.add(link);
    report
}

fn bodies(collector: &Collector, said: &Said) {
    for request in collector.requests() {
        said.add(&request.path);
        said.add(String::from_utf8_lossy(&request.plain()));
    }
}

fn files(folder: &Path, said: &Said) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        said.add(path.display());
        if path.is_dir() {
            count += files(&path, said);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        said.add(String::from_utf8_lossy(&bytes));
        let start = bytes.windows(2).position(|pair| pair == [0x1F, 0x8B]);
        if let Some(start) = start {
            let mut plain = Vec::new();
            let mut reader = flate2::read::GzDecoder::new(&bytes[start..]);
            std::io::Read::read_to_end(&mut reader, &mut plain).unwrap();
            said.add(String::from_utf8_lossy(&plain));
        }
        count += 1;
    }
    count
}

#[test]
fn whatever_the_backend_answers() {
    for status in [200, 302, 400, 401, 403, 404, 413, 429, 500, 503] {
        let said = Said::default();
        let backend = repeating(status);
        fail(&backend.url, None, &said);
        assert!(!backend.requests().is_empty());
        bodies(&backend, &said);
        said.check();
    }
}

#[test]
fn whether_or_not_there_is_one() {
    let said = Said::default();
    let report = fail("http://127.0.0.1:9", None, &said);
    assert!(report.dropped() > 0, "{report}");
    let report = fail("https://127.0.0.1:9", None, &said);
    assert!(report.dropped() > 0, "{report}");
    said.check();
}

#[test]
fn also_on_disk() {
    let folder = Folder::new();
    let said = Said::default();
    let report = fail("http://127.0.0.1:9", Some(&folder), &said);
    assert!(report.spooled() > 0, "{report}");
    let count = files(&folder, &said);
    assert!(count > 0);
    // The name of an account is none of its keys.
    let named = said.0.lock().unwrap().clone();
    let only_secret = Said::default();
    only_secret.add(named.replace(PUBLIC, ""));
    only_secret.check();
}

#[test]
fn when_a_setting_is_wrong() {
    let said = Said::default();
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
            Ok(telemetry) => said.add(
                format_args!("{variables:?}: {telemetry:?}")
                    .to_string()
                    .replace(SECRET, ""),
            ),
            Err(error) => said.add(format_args!("{error} {error:?}")),
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
            Ok(telemetry) => said.add(format_args!("{telemetry:?}")),
            Err(error) => said.add(format_args!("{error} {error:?}")),
        }
    }
    said.check();
}

#[test]
fn in_what_a_model_call_tells() {
    let said = Said::default();
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
        .with(said.clone());
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
    bodies(&backend, &said);
    assert!(said.0.lock().unwrap().contains("<redacted>"));
    said.check();
}
