//! No `{:?}` prints a key, the value of a header or of a variable, or a user's text.

use std::time::Duration;

use tracing_genai::Destination;

use crate::support::net::Silent;
use crate::support::{builder_in, within};

#[test]
fn debug_output_has_no_secret_and_no_content() {
    // The backend never answers, so the span stays in the queue.
    let silent = Silent::start();
    let url = silent.url.replace("://", "://user:geheim@");
    let builder = builder_in([("LANGFUSE_SECRET_KEY", "sk-lf-geheim")])
        .with_destination(Destination::langfuse("pk-lf-1", "sk-lf-geheim").with_base_url(&url))
        .with_destination(Destination::otlp(&url).with_header("authorization", "geheim"));
    let mut shown = format!("{builder:?}");
    let telemetry = builder.build().unwrap();
    within(&telemetry, || {
        tracing::info_span!("ask", question = "geheim").in_scope(|| ());
    });
    shown.push_str(&format!("{telemetry:?} {:?}", telemetry.handle()));
    let guard = telemetry.guard().with_timeout(Duration::ZERO);
    shown.push_str(&format!("{guard:?}"));
    assert!(!shown.contains("geheim"), "{shown}");
}
