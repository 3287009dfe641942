//! A full batch does not wait for the interval to pass.

use std::time::Duration;

use tracing_genai::testing::InMemory;

use crate::support::wait::wait_until;
use crate::support::{builder, make_spans};

#[test]
fn spans_are_sent_as_soon_as_a_batch_is_full() {
    let memory = InMemory::new();
    let telemetry = builder()
        .with_destination(
            memory
                .destination()
                .with_flush_at(3)
                .with_flush_interval(Duration::from_secs(3_600)),
        )
        .build()
        .unwrap();
    for batch in 1..=3 {
        make_spans(&telemetry, 3);
        wait_until(|| memory.spans().len() == batch * 3);
    }
}
