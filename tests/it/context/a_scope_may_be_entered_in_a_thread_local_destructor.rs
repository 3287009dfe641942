//! A panic in the destructor of a thread-local aborts the process, so there must be none, whatever the thread
//! has done before.

use std::cell::RefCell;
use std::thread;

use tracing::dispatcher::{self, Dispatch};
use tracing_genai::context::{self, Attributes, ScopeGuard};
use tracing_genai::observation;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, in_runtime, memory};

/// Uses every function of the context when it is dropped, and then leaves a scope.
struct Late(Option<Dispatch>, Option<ScopeGuard>);

impl Drop for Late {
    fn drop(&mut self) {
        let subscriber = self.0.take().unwrap_or_default();
        dispatcher::with_default(&subscriber, || {
            let user = || Attributes::new().with_user("ada").with_tag("x".repeat(500));
            assert_eq!(context::scope(user()).in_scope(|| 4), 4);
            assert_eq!(context::seeded_trace("order-1").in_scope(|| 4), 4);
            assert_eq!(context::carried(|| 4)(), 4);
            drop(context::scope(user()).with(user()).enter());
            context::set(user());
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            context::remote_parent(parent).unwrap().in_scope(|| ());
            let _known = (context::current_trace_id(), context::traceparent());
            drop(context::scope(user()).wrap(async { 4 }));
            drop(observation::generation("late").start());
        });
        self.1.take();
    }
}

thread_local! {
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
}

/// `before` is run on a thread whose last work the context is, whether or not it had any before.
fn run(subscriber: Option<Dispatch>, before: impl FnOnce() -> Option<ScopeGuard> + Send + 'static) {
    thread::spawn(move || {
        // Initialised before the thread-locals of the context, so that it is destroyed after them.
        LATE.with(|_| ());
        let guard = before();
        LATE.set(Some(Late(subscriber, guard)));
    })
    .join()
    .unwrap();
}

#[test]
fn on_a_thread_that_did_nothing_before() {
    run(None, || None);
    let (_memory, telemetry) = memory(None);
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    run(Some(subscriber), || None);
}

#[test]
fn on_a_thread_that_only_opentelemetry_has_used() {
    let (_memory, telemetry) = memory(None);
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    run(Some(subscriber), || {
        drop(opentelemetry::Context::new().attach());
        None
    });
}

#[test]
fn on_a_thread_that_has_recorded_and_keeps_a_scope() {
    let (memory, telemetry) = memory(None);
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    let same = subscriber.clone();
    run(Some(subscriber), move || {
        let attributes = Attributes::new().with_user("ada");
        let guard = context::scope(attributes).enter();
        dispatcher::with_default(&same, || {
            in_runtime(async { drop(observation::generation("early").start()) });
        });
        Some(guard)
    });
    telemetry.flush(SOON);
    assert_eq!(memory.span("early").text("user.id"), Some("ada"));
    assert_eq!(memory.spans().len(), 1);
}
