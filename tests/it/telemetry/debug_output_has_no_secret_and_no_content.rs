//! Whatever is printed with `{:?}`: no key, no value of a header or variable, nothing a user said.

use std::time::Duration;

use tracing_genai::Destination;

use crate::support::net::Silent;
use crate::support::{builder_in, within};

#[test]
fn debug_shows_no_secret_and_no_content() {
    // The span stays where it is.
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
