//! Whatever is printed with `{:?}`: no key, no value of a header or variable, nothing a user said.

use std::net::TcpListener;
use std::time::Duration;

use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

#[test]
fn debug_shows_no_secret_and_no_content() {
    // Accepts connections and never answers, so the span stays where it is.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://user:geheim@{}", silent.local_addr().unwrap());
    let builder = Telemetry::builder()
        .with_variables([("LANGFUSE_SECRET_KEY", "sk-lf-geheim")])
        .with_destination(Destination::langfuse("pk-lf-1", "sk-lf-geheim").with_base_url(&url))
        .with_destination(Destination::otlp(&url).with_header("authorization", "geheim"));
    let mut shown = format!("{builder:?}");
    let telemetry = builder.build().unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("ask", question = "geheim").in_scope(|| ());
    });
    shown.push_str(&format!("{telemetry:?} {:?}", telemetry.handle()));
    let guard = telemetry.guard().with_timeout(Duration::ZERO);
    shown.push_str(&format!("{guard:?}"));
    assert!(!shown.contains("geheim"), "{shown}");
}
