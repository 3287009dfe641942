//! `Duration::MAX` is a deadline like any other: all calls become spans, and all spans arrive.

use std::time::Duration;

use tracing_genai::Destination;

use crate::openai_sim;
use crate::support::collector::Collector;
use crate::support::versions::Version;
use crate::support::{
    SOON, assert_delivered, builder, chat_request, make_spans, memory, within_async,
};

#[tokio::test]
async fn flush_and_shutdown_wait_for_what_is_still_to_be_recorded() {
    const CALLS: usize = 5;
    let (memory, telemetry) = memory(None);
    let server = openai_sim::start().await.unwrap();
    let client = Version::V043.client(server.base_url());
    let request = chat_request("gpt-4o-mini");
    for is_last in [false, true] {
        within_async(&telemetry, async {
            for _ in 0..CALLS {
                client.chat(&request).await.unwrap();
            }
        })
        .await;
        let report = match is_last {
            false => telemetry.flush_async(Duration::MAX).await,
            true => telemetry.shutdown_async(Duration::MAX).await,
        };
        assert_delivered(&report);
        let calls = CALLS * (1 + usize::from(is_last));
        assert_eq!(memory.spans().len(), calls);
    }
}

#[test]
fn a_deadline_that_has_passed_loses_nothing_that_it_does_not_count() {
    let (memory, telemetry) = memory(None);
    make_spans(&telemetry, 100);
    let report = telemetry.flush(Duration::ZERO);
    assert_eq!(report.exported() + report.pending(), 100, "{report}");
    let report = telemetry.shutdown(Duration::ZERO);
    assert_eq!(report.exported() + report.dropped(), 100, "{report}");
    assert!(memory.spans().len() as u64 >= report.exported());
}

#[test]
fn settings_without_end_wait_for_nothing_that_is_asked_for() {
    let collector = Collector::start();
    let destination = Destination::otlp(format!("{}/v1/traces", collector.url))
        .with_timeout(Duration::MAX)
        .with_flush_interval(Duration::MAX);
    let telemetry = builder()
        .with_destination(destination)
        .with_retry_budget(Duration::MAX)
        .build()
        .unwrap();
    make_spans(&telemetry, 3);
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.pending()), (3, 0), "{report}");
    make_spans(&telemetry, 2);
    assert_eq!(telemetry.shutdown(Duration::MAX).exported(), 5);
}
