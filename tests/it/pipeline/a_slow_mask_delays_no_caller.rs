//! Masks run on the thread of their destination. Callers do not wait for them, and spans that a mask makes
//! are not recorded, neither there nor where its context is taken over.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use opentelemetry::Context;
use tracing::Dispatch;
use tracing_genai::observation;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, memory_with, within};

const THREADS: usize = 64;
const SPANS: usize = 50;

#[test]
fn while_it_blocks_everything_else_goes_on() {
    let (go, stopped) = mpsc::channel::<()>();
    let (entered, has_entered) = mpsc::channel();
    let stopped = Mutex::new(stopped);
    let (memory, telemetry) = memory_with(None, |builder| {
        builder.with_mask(move |field, text| {
            if field.key() == "name" {
                let _ = entered.send(());
                // Continues when the sender is dropped.
                let _ = stopped.lock().unwrap().recv();
            }
            text.into()
        })
    });
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                within(&telemetry, || {
                    for _ in 0..SPANS {
                        tracing::info_span!("work", question = "why").in_scope(|| ());
                    }
                });
            });
        }
    });
    // All spans have ended, and none has passed the mask.
    has_entered.recv().unwrap();
    let all = (THREADS * SPANS) as u64;
    let report = telemetry.flush(Duration::from_millis(1));
    assert_eq!((report.exported(), report.pending()), (0, all), "{report}");
    assert_eq!(memory.spans(), []);
    drop(go);
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (all, 0), "{report}");
    assert_eq!(memory.spans().len(), THREADS * SPANS);
}

/// The spans that arrive if a mask works like this, under the subscriber that it is given.
fn names(work: impl Fn(&Dispatch) + Send + Sync + 'static) -> Vec<String> {
    let here = Arc::<OnceLock<Dispatch>>::default();
    let inside = Arc::clone(&here);
    let (memory, telemetry) = memory_with(None, |builder| {
        builder.with_mask(move |_, text| {
            work(inside.get().unwrap());
            text.into()
        })
    });
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let dispatch = here.get_or_init(|| subscriber.into());
    for _ in 0..3 {
        tracing::dispatcher::with_default(dispatch, || {
            tracing::info_span!("work").in_scope(|| ());
        });
        telemetry.flush(SOON);
    }
    memory.spans().into_iter().map(|span| span.name).collect()
}

/// As if the subscriber were global.
fn make_spans(dispatch: &Dispatch) {
    tracing::dispatcher::with_default(dispatch, || {
        tracing::info_span!("masking").in_scope(|| tracing::info!("masked"));
        drop(observation::generation("masking").start());
    });
}

#[test]
fn a_mask_with_spans_of_its_own_makes_none() {
    assert_eq!(names(make_spans), ["work"; 3]);
}

#[test]
fn nor_does_a_thread_that_takes_over_its_context() {
    let on_another_thread = |dispatch: &Dispatch| {
        let context = Context::current();
        let work = || {
            let _attached = context.attach();
            make_spans(dispatch);
        };
        std::thread::scope(|scope| scope.spawn(work).join()).unwrap();
    };
    assert_eq!(names(on_another_thread), ["work"; 3]);
}
