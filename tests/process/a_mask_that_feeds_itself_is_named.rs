//! A mask that makes spans on other threads masks these as well, and so makes more. That is said, no span of
//! the program is lost by it, and what waits is bounded.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tracing_genai::testing::InMemory;
use tracing_genai::{Telemetry, diagnostics};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::program::{run, stderr};
use crate::wait::wait_within;

/// It takes evidence, and so some seconds.
const LONG: Duration = Duration::from_secs(100);

/// Whether a diagnostic has named the mask.
static IS_NAMED: AtomicBool = AtomicBool::new(false);

struct Log;

impl<S: tracing::Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != diagnostics::TARGET {
            return;
        }
        event.record(
            &mut |_: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                if format!("{value:?}").starts_with("spans start only while a mask runs") {
                    IS_NAMED.store(true, Ordering::SeqCst);
                }
            },
        );
    }
}

/// A program with a mask that makes a span for each span, on a thread of its own.
pub fn program() {
    let memory = InMemory::new();
    let destination = memory
        .destination()
        .with_flush_interval(Duration::from_millis(50));
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(destination)
        .with_mask(|field, text| {
            if field.key() == "name" {
                thread::spawn(|| tracing::info_span!("elsewhere").in_scope(|| ()));
            }
            text.into()
        })
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(Log);
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::info_span!("of the program").in_scope(|| ());
    wait_within(LONG, || IS_NAMED.load(Ordering::SeqCst).then_some(()));
    let report = telemetry.shutdown(Duration::from_secs(20));
    let of = &report.destinations[0];
    assert_eq!(of.made, of.exported + of.dropped() + of.pending, "{report}");
    let spans = memory.spans();
    assert!(spans.iter().any(|span| span.name == "of the program"));
}

#[test]
fn by_a_diagnostic() {
    let output = run("feeds itself", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
}
