//! A panic marks the spans that it unwinds, even if a runtime catches it, and no others.

use std::panic::catch_unwind;

use tracing::Instrument;
use tracing_genai::observation;

use crate::support::{in_runtime, mapped};

#[tracing::instrument(ret)]
async fn explode() -> u8 {
    tokio::task::yield_now().await;
    panic!("boom")
}

#[test]
fn of_an_instrumented_function() {
    let memory = mapped(|| {
        in_runtime(async { assert!(tokio::spawn(explode()).await.is_err()) });
    });
    let span = memory.span("explode");
    assert_eq!(span.error.as_deref(), Some("panicked"));
    assert_eq!(span.text("error.type"), Some("panic"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
}

#[test]
fn of_an_instrumented_future() {
    let memory = mapped(|| {
        in_runtime(async {
            let task = async { panic!("boom") }.instrument(tracing::info_span!("task"));
            assert!(tokio::spawn(task).await.is_err());
        });
    });
    assert_eq!(memory.span("task").error.as_deref(), Some("panicked"));
}

#[test]
fn but_not_of_the_span_around_what_catches_it() {
    #[tracing::instrument]
    fn careful() {
        assert!(catch_unwind(|| tracing::info_span!("inner").in_scope(|| panic!("boom"))).is_err());
    }
    let memory = mapped(careful);
    assert_eq!(memory.span("inner").error.as_deref(), Some("panicked"));
    assert_eq!(memory.span("careful").error, None);
}

#[test]
fn but_not_of_a_clean_up_that_works() {
    struct CleanUp;
    #[tracing::instrument]
    fn clean_up() {}
    impl Drop for CleanUp {
        fn drop(&mut self) {
            clean_up();
            drop(observation::generation("farewell").start());
        }
    }
    #[tracing::instrument]
    fn work() {
        let _clean_up = CleanUp;
        panic!("boom");
    }
    let memory = mapped(|| catch_unwind(work).is_err());
    assert_eq!(memory.span("work").error.as_deref(), Some("panicked"));
    assert_eq!(memory.span("clean_up").error, None);
    assert_eq!(memory.span("farewell").error, None);
}

#[test]
fn also_of_a_live_observation_that_it_drops() {
    let memory = mapped(|| {
        catch_unwind(|| {
            let _generation = observation::generation("chat").start();
            panic!("boom");
        })
        .is_err()
    });
    assert_eq!(memory.span("chat").error.as_deref(), Some("panicked"));
}

#[test]
fn and_an_earlier_error_keeps_its_message() {
    let memory = mapped(|| {
        catch_unwind(|| {
            let generation = observation::generation("chat").start();
            generation.set_error("quota", "no money left");
            panic!("boom");
        })
        .is_err()
    });
    let span = memory.span("chat");
    assert_eq!(span.error.as_deref(), Some("no money left"));
}
