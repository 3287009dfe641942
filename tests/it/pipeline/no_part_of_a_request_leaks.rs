//! What a request holds beside its parameters leaves as content, if at all, and secrets never: neither in the
//! body of a request to any backend, nor in the files of the spool, in metrics, in what the crate says of
//! itself, or in a `Debug` text.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tracing::field::{Field, Visit};
use tracing_genai::{Destination, Mapping};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::support::collector::Collector;
use crate::support::folder::Folder;
use crate::support::leaky_request::{request, send};
use crate::support::net::unused_address;
use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::{SOON, builder, in_runtime};

/// Everything that left the process, and all that it said.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<String>>);

impl Output {
    fn add(&self, text: impl std::fmt::Display) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn take(&self) -> String {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Every event and every span of this crate's own.
impl<S: tracing::Subscriber> Layer<S> for Output {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                write!(self.0, "{field}={value:?} ").unwrap();
            }
        }
        if event.metadata().target().starts_with("tracing_genai") {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.add(line.0);
        }
    }
}

/// The bytes of a file, and of what is compressed in it.
fn files(folder: &Path, output: &Output) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        output.add(String::from_utf8_lossy(&bytes));
        if let Some(start) = bytes.windows(2).position(|pair| pair == [0x1F, 0x8B]) {
            let mut plain = Vec::new();
            let mut reader = flate2::read::GzDecoder::new(&bytes[start..]);
            reader.read_to_end(&mut plain).unwrap();
            output.add(String::from_utf8_lossy(&plain));
            count += 1;
        }
    }
    count
}

struct Left {
    /// Of the spans that a backend received.
    bodies: String,
    /// Of everything else.
    rest: String,
    secrets: Vec<String>,
    content: Vec<String>,
}

/// Makes three calls: one that succeeds, one to an API that is none of a model's, one that finds no server.
fn run(mapping: Option<Mapping>, content: bool) -> Left {
    let (output, folder, collector) = (Output::default(), Folder::new(), Collector::start());
    let mapped = |url: &str| match mapping {
        Some(mapping) => Destination::otlp(url).with_mapping(mapping),
        None => Destination::otlp(url),
    };
    let down = format!("http://{}", unused_address());
    let (received, spooled) = (mapped(&collector.url), mapped(&down));
    output.add(format_args!("{received:?} {spooled:#?}"));
    let builder = builder()
        .with_destination(received)
        .with_destination(spooled)
        .with_metrics(Destination::otlp(format!("{}/v1/metrics", collector.url)))
        .with_spool_dir(&*folder)
        .with_retry_budget(Duration::ZERO)
        .with_content(content)
        .with_debug(true);
    output.add(format_args!("{builder:?}"));
    let telemetry = builder.build().unwrap();
    let leaky = request();
    let mut secrets = leaky.secrets;
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(output.clone());
    let guard = tracing::subscriber::with_default(subscriber, || {
        let guard = telemetry.guard();
        in_runtime(async {
            let answer = json!({"id": "1", "model": "gpt-4o", "choices": [{"index": 0,
                "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}]});
            let replies = [Reply::json(200, &answer), Reply::json(200, &answer)];
            let server = ReplyServer::start(replies).await;
            let url = server.url();
            let host = url.trim_start_matches("http://").trim_end_matches("/v1");
            for (path, is_up) in [
                ("/v1/chat/completions", true),
                ("/v1/orders", true),
                ("/v1/chat/completions", false),
            ] {
                let nobody = unused_address().to_string();
                let address = if is_up { host } else { &nobody };
                let (more, answer) = send(address, path, &leaky.body).await;
                assert_eq!(answer.is_ok(), is_up, "{answer:?}");
                secrets.extend(more);
            }
        });
        output.add(format_args!(
            "{:?} {:?}",
            telemetry.handle(),
            telemetry.flush(SOON)
        ));
        guard
    });
    let spans: Vec<_> = collector.requests();
    output.add(format_args!(
        "{telemetry:?} {guard:?} {:?}",
        telemetry.span_processor()
    ));
    let report = telemetry.shutdown(SOON);
    output.add(format_args!("{report} {report:?}"));
    assert_eq!(
        (report.exported(), report.spooled(), report.dropped()),
        (3, 3, 0),
        "{report}"
    );
    assert!(files(&folder, &output) > 0);
    let mut bodies = String::new();
    for request in spans.iter().chain(&collector.requests()[spans.len()..]) {
        let body = request.plain();
        let text = String::from_utf8_lossy(&body);
        match request.path.ends_with("/v1/metrics") {
            true => output.add(text),
            false => bodies.push_str(&text),
        }
        output.add(format_args!("{} {:?}", request.path, request.headers));
    }
    secrets.sort_unstable();
    secrets.dedup();
    Left {
        bodies,
        rest: output.take(),
        secrets,
        content: leaky.content,
    }
}

fn found(texts: &[String], output: &str) -> Vec<String> {
    texts
        .iter()
        .filter(|text| output.contains(*text))
        .cloned()
        .collect()
}

const MAPPINGS: [Option<Mapping>; 3] =
    [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)];

#[test]
fn without_content_neither_secrets_nor_content() {
    for mapping in MAPPINGS {
        let left = run(mapping, false);
        let nothing: [String; 0] = [];
        for output in [&left.bodies, &left.rest] {
            assert_eq!(found(&left.secrets, output), nothing, "{mapping:?}");
            assert_eq!(found(&left.content, output), nothing, "{mapping:?}");
        }
        // Parameters are there all the same.
        assert!(left.bodies.contains("gpt-4o"), "{mapping:?}");
        assert!(left.bodies.contains("vendor_mode"), "{mapping:?}");
    }
}

#[test]
fn with_content_all_of_it_and_no_secrets() {
    for mapping in MAPPINGS {
        let left = run(mapping, true);
        let nothing: [String; 0] = [];
        for output in [&left.bodies, &left.rest] {
            assert_eq!(found(&left.secrets, output), nothing, "{mapping:?}");
        }
        assert_eq!(
            found(&left.content, &left.bodies),
            left.content,
            "{mapping:?}"
        );
    }
}
