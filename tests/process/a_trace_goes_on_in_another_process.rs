//! The second process is a child of the first, and its spans are children of the first one's.

use tracing_genai::testing::ReceivedSpan;

use crate::collector::Collector;
use crate::program::{run, stderr};

#[test]
fn a_trace_goes_on_in_another_process() {
    let collector = Collector::start();
    let output = run(
        "asks another",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)],
    );
    assert!(output.status.success(), "{}", stderr(&output));
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
