//! A function that lends its span to a task or thread that panics, and goes on, is no error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{Instrument, Span};

use crate::support::{in_runtime, mapped};

#[test]
fn of_a_task() {
    #[tracing::instrument(ret, err)]
    async fn careful() -> Result<&'static str, String> {
        let task = async { panic!("boom") }.in_current_span();
        assert!(tokio::spawn(task).await.is_err());
        Ok("fine")
    }
    let memory = mapped(|| in_runtime(async { careful().await.is_ok() }));
    let span = memory.span("careful");
    assert_eq!(span.error, None);
    assert_eq!(span.text("error.type"), None);
    assert_eq!(span.text("langfuse.observation.output"), Some("fine"));
}

#[test]
fn of_a_task_without_a_word_about_the_result() {
    #[tracing::instrument(err)]
    async fn careful() -> Result<(), String> {
        let task = async { panic!("boom") }.in_current_span();
        assert!(tokio::spawn(task).await.is_err());
        Ok(())
    }
    let memory = mapped(|| in_runtime(async { careful().await.is_ok() }));
    assert_eq!(memory.span("careful").error, None);
}

#[test]
fn of_its_own_thread() {
    #[tracing::instrument]
    fn careful() {
        let span = Span::current();
        let work = AssertUnwindSafe(|| span.in_scope(|| panic!("boom")));
        assert!(catch_unwind(work).is_err());
    }
    let memory = mapped(careful);
    assert_eq!(memory.span("careful").error, None);
}

#[test]
fn but_one_that_passes_the_panic_on() {
    #[tracing::instrument(ret)]
    async fn careless() -> u8 {
        let task = async { panic!("boom") }.in_current_span();
        match tokio::spawn(task).await {
            Ok(()) => 1,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    let memory = mapped(|| {
        in_runtime(async { assert!(tokio::spawn(careless()).await.is_err()) });
    });
    let span = memory.span("careless");
    assert_eq!(span.error.as_deref(), Some("panicked"));
}
