//! No `{:?}` prints a key, the value of a header or of a variable, the path of an address, or a user's text.

use std::time::Duration;

use tracing_genai::Destination;
use tracing_genai::context::{self, Attributes};

use crate::support::net::Silent;
use crate::support::{builder_in, within};

#[test]
fn debug_output_has_no_secret_and_no_content() {
    // The backend never answers, so the span stays in the queue.
    let silent = Silent::start();
    let url = silent.url.replace("://", "://user:geheim@") + "/geheim";
    let builder = builder_in([("LANGFUSE_SECRET_KEY", "sk-lf-geheim")])
        .with_debug(true)
        .with_metrics(Destination::otlp(&url))
        .with_destination(Destination::langfuse("pk-lf-1", "sk-lf-geheim").with_base_url(&url))
        .with_destination(Destination::otlp(&url).with_header("authorization", "geheim"));
    let mut shown = format!("{builder:?}");
    let telemetry = builder.build().unwrap();
    within(&telemetry, || {
        tracing::info_span!("ask", question = "geheim").in_scope(|| {
            context::set(Attributes::new().with_user("geheim"));
        });
    });
    let processor = telemetry.span_processor();
    shown.push_str(&format!(
        "{telemetry:?} {processor:?} {:?}",
        telemetry.handle()
    ));
    let guard = telemetry.guard().with_timeout(Duration::ZERO);
    shown.push_str(&format!("{guard:?}"));
    assert!(!shown.contains("geheim"), "{shown}");
}
