//! Once, in the program's log, and not if the telemetry is switched off.

use tracing_genai::Telemetry;
use tracing_genai::http::TraceMiddleware;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::program::{run, stderr};

const WITH_TELEMETRY: &str = "WITH_TELEMETRY";

/// A program with a log that makes two calls, and has a telemetry on request.
pub fn program() {
    let is_wanted = std::env::var_os(WITH_TELEMETRY).is_some();
    let telemetry = is_wanted.then(|| Telemetry::builder().build().unwrap());
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(telemetry.as_ref().map(Telemetry::layer))
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
            .with(TraceMiddleware::new())
            .build();
        for _ in 0..2 {
            let call = client.get("http://127.0.0.1:9/v1/models").send().await;
            assert!(call.is_err());
        }
    });
}

/// How often the program says that nothing is recorded.
fn said(variables: &[(&str, &str)]) -> usize {
    let output = run("calls without a telemetry", variables);
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output).matches("nothing records them").count()
}

#[test]
fn once() {
    assert_eq!(said(&[]), 1);
}

#[test]
fn and_not_if_there_is_one_or_it_is_switched_off() {
    let console = ("TRACING_GENAI_CONSOLE", "on");
    assert_eq!(said(&[(WITH_TELEMETRY, "1"), console]), 0);
    assert_eq!(
        said(&[(WITH_TELEMETRY, "1"), ("OTEL_SDK_DISABLED", "true")]),
        0
    );
}
