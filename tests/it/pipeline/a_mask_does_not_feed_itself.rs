//! A mask whose work on another thread makes spans does not make them for ever.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tracing::dispatcher::{self, Dispatch};
use tracing_genai::testing::InMemory;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, builder};

#[test]
fn of_spans_that_its_threads_make() {
    // Of a thread that the mask waits for, and of one that goes on by itself.
    for waits in [true, false] {
        let subscriber = Arc::new(OnceLock::<Dispatch>::new());
        let made = Arc::new(AtomicU64::new(0));
        let (known, count) = (Arc::clone(&subscriber), Arc::clone(&made));
        let memory = InMemory::new();
        let telemetry = builder()
            .with_destination(
                memory
                    .destination()
                    .with_flush_interval(Duration::from_millis(20)),
            )
            .with_mask(move |field, text| {
                if field.key() == "name" {
                    let (known, count) = (Arc::clone(&known), Arc::clone(&count));
                    let helper = thread::spawn(move || {
                        dispatcher::with_default(known.get().unwrap(), || {
                            tracing::info_span!("recognise names").in_scope(|| ());
                        });
                        count.fetch_add(1, Ordering::Relaxed);
                    });
                    if waits {
                        helper.join().unwrap();
                    }
                }
                Cow::Borrowed(text)
            })
            .build()
            .unwrap();
        let layer = tracing_subscriber::registry().with(telemetry.layer());
        subscriber.set(Dispatch::new(layer)).unwrap();
        dispatcher::with_default(subscriber.get().unwrap(), || {
            tracing::info_span!("work").in_scope(|| ());
        });
        // It ends, but not by chance: each span has made another one until then.
        let begun = Instant::now();
        let (mut before, mut since) = (0, Instant::now());
        while before < 10 || since.elapsed() < Duration::from_secs(2) {
            let now = made.load(Ordering::Relaxed);
            if now != before {
                (before, since) = (now, Instant::now());
            }
            assert!(begun.elapsed() < 3 * SOON, "{before} spans and no end");
            thread::sleep(Duration::from_millis(20));
        }
        memory.span("work");
        telemetry.shutdown(SOON);
    }
}
