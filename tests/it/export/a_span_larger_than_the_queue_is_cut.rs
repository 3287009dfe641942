//! A span with a text, or with texts, of more bytes than all of the queue loses a part of them, not itself.

use tracing_genai::testing::ReceivedSpan;

use crate::support::{SOON, memory, only, within};

fn received(texts: &[String]) -> ReceivedSpan {
    let (memory, telemetry) = memory(None);
    within(&telemetry, || {
        use tracing_opentelemetry::OpenTelemetrySpanExt;
        let span = tracing::info_span!("work");
        for (index, text) in texts.iter().enumerate() {
            span.set_attribute(format!("text.{index}"), text.clone());
        }
    });
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (1, 0), "{report}");
    only(&memory)
}

#[test]
fn one_text_by_the_limit_of_a_field() {
    let span = received(&["a".repeat(70 << 20)]);
    let text = span.text("text.0").unwrap();
    assert!(text.starts_with("aaaa") && text.len() < (1 << 20) + 100);
    assert!(text.ends_with("<truncated: 73400320 bytes in total>"));
}

#[test]
fn many_texts_until_the_span_fits() {
    let texts: Vec<_> = (0..100).map(|_| "a".repeat(1 << 20)).collect();
    let span = received(&texts);
    for index in 0..texts.len() {
        let text = span.text(&format!("text.{index}")).unwrap();
        assert!(
            text.len() > 100_000 && text.len() < 400_000,
            "{}",
            text.len()
        );
        assert!(text.ends_with("<truncated: 1048576 bytes in total>"));
    }
}

#[test]
fn json_stays_json() {
    let long = "b".repeat(33 << 20);
    let span = received(&[serde_json::json!([{"first": long, "last": 1}, long]).to_string()]);
    let text = span.text("text.0").unwrap();
    assert!(text.len() < (1 << 20) + 200);
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(value[0]["last"], 1);
}
