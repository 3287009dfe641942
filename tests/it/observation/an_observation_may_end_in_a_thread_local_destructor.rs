//! A panic in the destructor of a thread-local aborts the process, so there must be none.

use std::cell::RefCell;
use std::thread;

use tracing::dispatcher::{self, Dispatch};
use tracing_genai::observation::{self, Observation};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, memory};

/// Observes when it is dropped.
struct Late(Dispatch);

impl Drop for Late {
    fn drop(&mut self) {
        dispatcher::with_default(&self.0, || {
            observation::current().set_output("late");
            drop(observation::generation("late").with_model("m").start());
        });
    }
}

thread_local! {
    static KEPT: RefCell<Option<Observation>> = const { RefCell::new(None) };
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
}

#[test]
fn an_observation_may_end_with_its_thread() {
    let (memory, telemetry) = memory(None);
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    thread::spawn(move || {
        // Initialised before the thread-locals of the subscriber, so that they are destroyed after them.
        KEPT.with(|_| ());
        LATE.set(Some(Late(subscriber.clone())));
        dispatcher::with_default(&subscriber, || {
            KEPT.set(Some(observation::generation("kept").start()));
        });
    })
    .join()
    .unwrap();
    telemetry.flush(SOON);
    assert_eq!(memory.spans().len(), 1, "{:?}", memory.spans());
    memory.span("kept");
}
