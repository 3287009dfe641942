//! A function whose future was dropped before it returned is a warning; any other end is not.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tracing::Instrument;
use tracing_genai::Mapping;
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, assert_delivered, in_paused_runtime, mapped, memory, plain};

/// Timers are paused: they fire at once, in the order of their times, when everything waits for one.
const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(10);

#[tracing::instrument(ret)]
async fn wait(time: Duration) -> &'static str {
    sleep(time).await;
    "done"
}

fn is_cancelled(span: &ReceivedSpan) -> bool {
    let level = span.text("langfuse.observation.level");
    let message = span.text("langfuse.observation.status_message");
    assert_eq!(span.error, None);
    assert_eq!(level.is_some(), message.is_some());
    match (level, message) {
        (Some("WARNING"), Some("cancelled")) => true,
        (None, None) => false,
        other => panic!("{other:?}"),
    }
}

/// For each call of a function in the order of their starts, whether it was cancelled.
fn cancelled(memory: &InMemory, name: &str) -> Vec<bool> {
    let mut spans = memory.spans();
    spans.retain(|span| span.name == name);
    spans.sort_by_key(|span| span.start);
    spans.iter().map(is_cancelled).collect()
}

#[test]
fn by_a_timeout() {
    let memory = mapped(|| {
        in_paused_runtime(async {
            wait(SHORT).await;
            assert!(timeout(SHORT, wait(LONG)).await.is_err());
            wait(SHORT).await;
        });
    });
    assert_eq!(cancelled(&memory, "wait"), [false, true, false]);
}

#[test]
fn by_a_faster_branch() {
    let memory = mapped(|| {
        in_paused_runtime(async {
            wait(SHORT).await;
            tokio::select! {
                _ = wait(LONG) => unreachable!(),
                () = sleep(SHORT) => {}
            }
        });
    });
    assert_eq!(cancelled(&memory, "wait"), [false, true]);
}

#[test]
fn by_an_abort() {
    let memory = mapped(|| {
        in_paused_runtime(async {
            tokio::spawn(wait(SHORT)).await.unwrap();
            let task = tokio::spawn(wait(LONG));
            sleep(SHORT).await;
            task.abort();
            assert!(task.await.is_err());
        });
    });
    assert_eq!(cancelled(&memory, "wait"), [false, true]);
}

#[test]
fn together_with_the_function_that_waits_for_it() {
    #[tracing::instrument(ret)]
    async fn outer(time: Duration) -> usize {
        wait(time).await.len()
    }
    let memory = mapped(|| {
        in_paused_runtime(async {
            outer(SHORT).await;
            let _ = timeout(SHORT, outer(LONG)).await;
        });
    });
    assert_eq!(cancelled(&memory, "outer"), [false, true]);
    assert_eq!(cancelled(&memory, "wait"), [false, true]);
}

#[test]
fn for_any_backend() {
    let memory = plain(|| {
        in_paused_runtime(async {
            wait(SHORT).await;
            let _ = timeout(SHORT, wait(LONG)).await;
        });
    });
    let spans = memory.spans();
    let level = |span: &ReceivedSpan| {
        span.text("tracing_genai.observation.level")
            .map(str::to_owned)
    };
    assert_eq!(level(&spans[0]), None);
    assert_eq!(level(&spans[1]).as_deref(), Some("WARNING"));
    assert_eq!(spans[1].attributes.get("tracing_genai.cancelled"), None);
}

#[test]
fn not_the_first_call_before_it_is_known_that_results_are_recorded() {
    #[tracing::instrument(ret)]
    async fn first() {
        sleep(LONG).await;
    }
    let memory = mapped(|| in_paused_runtime(async { timeout(SHORT, first()).await.is_err() }));
    assert_eq!(cancelled(&memory, "first"), [false]);
}

#[test]
fn not_a_function_that_records_no_result() {
    #[tracing::instrument]
    async fn silent() {
        sleep(SHORT).await;
    }
    #[tracing::instrument(err)]
    async fn only_errors(fail: bool) -> Result<(), &'static str> {
        sleep(SHORT).await;
        if fail { Err("no") } else { Ok(()) }
    }
    let memory = mapped(|| {
        in_paused_runtime(async {
            for _ in 0..3 {
                silent().await;
                sleep(SHORT).instrument(tracing::info_span!("manual")).await;
                let _ = only_errors(true).await;
                let _ = only_errors(false).await;
            }
        });
    });
    assert_eq!(cancelled(&memory, "silent"), [false; 3]);
    assert_eq!(cancelled(&memory, "manual"), [false; 3]);
    let spans = memory.spans();
    let levels: Vec<_> = spans
        .iter()
        .filter(|span| span.name == "only_errors")
        .map(|span| span.text("langfuse.observation.level"))
        .collect();
    let errors_and_nothing = [Some("ERROR"), None].repeat(3);
    assert_eq!(levels, errors_and_nothing);
}

#[test]
fn not_a_function_whose_errors_are_hidden() {
    #[tracing::instrument]
    async fn request() {
        sleep(SHORT).await;
    }
    #[tracing::instrument(ret, err(level = "debug"))]
    async fn hidden(fail: bool) -> Result<(), &'static str> {
        request().await;
        if fail { Err("no") } else { Ok(()) }
    }
    #[tracing::instrument(ret, err(level = "debug"))]
    fn hidden_now(fail: bool) -> Result<(), &'static str> {
        if fail { Err("no") } else { Ok(()) }
    }
    let (memory, telemetry) = memory(Some(Mapping::Langfuse));
    // Of the whole registry, so that the layer does not see the events of `err`.
    let subscriber = tracing_subscriber::registry()
        .with(LevelFilter::INFO)
        .with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        in_paused_runtime(async {
            for fail in [false, true, false, true] {
                let _ = hidden(fail).await;
                let _ = hidden_now(fail);
            }
        });
    });
    assert_delivered(&telemetry.flush(SOON));
    assert_eq!(cancelled(&memory, "hidden"), [false; 4]);
    assert_eq!(cancelled(&memory, "hidden_now"), [false; 4]);
}

#[test]
fn not_a_function_that_failed_before_it_was_dropped() {
    #[tracing::instrument(ret)]
    async fn complain(time: Duration) {
        tracing::error!(error = "ENOSPC", "the disk is full");
        sleep(time).await;
    }
    let memory = mapped(|| {
        in_paused_runtime(async {
            complain(SHORT).await;
            let _ = timeout(SHORT, complain(LONG)).await;
        });
    });
    for span in memory.spans() {
        assert_eq!(span.error.as_deref(), Some("the disk is full"));
        assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
    }
}

#[test]
fn not_a_function_whose_span_outlives_it() {
    #[tracing::instrument(ret)]
    async fn spawns(time: Duration) -> u8 {
        tokio::spawn(sleep(time).in_current_span());
        1
    }
    let memory = mapped(|| {
        in_paused_runtime(async {
            spawns(Duration::ZERO).await;
            spawns(LONG).await;
            sleep(SHORT).await;
        });
    });
    assert_eq!(cancelled(&memory, "spawns"), [false, false]);
}
