//! A filter on the registry, on our own layer or around it was written for logs: model calls and observations
//! are recorded all the same, below their right parents, and one sentence says what the filter takes away.

use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Instrument, Subscriber};
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Telemetry, context, diagnostics, observation};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::{EnvFilter, registry, reload};

use crate::support::outcome::{client, traced};
use crate::support::raw_server::{RawServer, json_response};
use crate::support::versions::Version;
use crate::support::{SOON, assert_delivered, in_runtime, memory};

/// The sentences that a log receives.
#[derive(Clone, Default)]
struct Sentences(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Sentences {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Message<'a>(&'a mut Vec<String>);
        impl Visit for Message<'_> {
            fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
                self.0.push(format!("{value:?}"));
            }
        }
        if event.metadata().target() == diagnostics::TARGET {
            event.record(&mut Message(&mut self.0.lock().unwrap()));
        }
    }
}

impl Sentences {
    fn about_filters(&self) -> usize {
        let sentences = self.0.lock().unwrap();
        sentences
            .iter()
            .filter(|one| one.contains("filter"))
            .count()
    }
}

#[tracing::instrument(level = "error", skip_all)]
async fn visible(address: String) {
    let agent = observation::agent("tutor").start();
    let span = agent.span().clone();
    let inside = async {
        call(address).await;
        drop(observation::tool("look_up").start());
        observation::event("done").record_now();
    };
    inside.instrument(span).await;
}

#[tracing::instrument(skip_all)]
async fn call(address: String) {
    let call = traced(Version::V043, client().build().unwrap(), address);
    call.await.unwrap().bytes().await.unwrap();
}

/// Makes a call in an agent in a function under a subscriber.
fn work(telemetry: &Telemetry, subscriber: impl Subscriber + Send + Sync + 'static) {
    tracing::subscriber::with_default(subscriber, || {
        in_runtime(async {
            let server = RawServer::start(vec![json_response("{}")]).await;
            let scope = context::scope(context::Attributes::new().with_user("ada"));
            scope.wrap(visible(server.url().to_owned())).await;
        });
    });
    assert_delivered(&telemetry.flush(SOON));
}

/// The only span whose name contains this.
#[track_caller]
fn span(memory: &InMemory, name: &str) -> ReceivedSpan {
    let spans = memory.spans();
    let mut found = spans.iter().filter(|span| span.name.contains(name));
    let span = found.next().unwrap_or_else(|| panic!("{name}: {spans:?}"));
    assert!(found.next().is_none(), "two of {name}: {spans:?}");
    span.clone()
}

/// Asserts that the call and the observations are where they belong, and that the function `call` is there
/// if the filter lets it pass.
#[track_caller]
fn assert_tree(memory: &InMemory, root: &str, has_function: bool) {
    let spans = memory.spans();
    assert_eq!(
        spans.len(),
        4 + usize::from(root == "visible") + usize::from(has_function),
        "{spans:?}"
    );
    let agent = span(memory, "invoke_agent tutor");
    match root {
        "visible" => assert_eq!(agent.parent_span_id, span(memory, root).span_id),
        _ => assert_eq!(agent.parent_span_id, ""),
    }
    let caller = match has_function {
        true => span(memory, "call"),
        false => agent.clone(),
    };
    assert_eq!(span(memory, "chat ").parent_span_id, caller.span_id);
    for name in ["execute_tool look_up", "done"] {
        assert_eq!(span(memory, name).parent_span_id, agent.span_id, "{name}");
    }
    for span in spans {
        assert_eq!(span.trace_id, agent.trace_id);
        assert_eq!(span.text("user.id"), Some("ada"), "{}", span.name);
    }
}

/// With its feature `log`, tracing keeps of a disabled span what it would have been. Most programs do not have it,
/// so the tests must not have it either.
#[test]
fn these_tests_run_without_the_feature_log_of_tracing() {
    tracing::subscriber::with_default(registry().with(LevelFilter::OFF), || {
        assert!(tracing::info_span!("disabled").metadata().is_none());
    });
}

#[test]
fn a_filter_on_the_registry_takes_functions_only_and_says_so_once() {
    for filter in ["error", "warn,it=error", "off"] {
        let (memory, telemetry) = memory(None);
        let log = Sentences::default();
        let subscriber = registry()
            .with(EnvFilter::new(filter))
            .with(log.clone())
            .with(telemetry.layer());
        work(&telemetry, subscriber);
        let root = if filter == "off" { "" } else { "visible" };
        assert_tree(&memory, root, false);
        // Its own filter hides the sentence from a log that is off.
        let sentences = if filter == "warn,it=error" { 1 } else { 0 };
        assert_eq!(log.about_filters(), sentences, "{filter}");
    }
}

#[test]
fn a_filter_that_lets_functions_pass_takes_nothing() {
    let (memory, telemetry) = memory(None);
    let subscriber = registry()
        .with(EnvFilter::new("warn,it=info"))
        .with(telemetry.layer());
    work(&telemetry, subscriber);
    assert_tree(&memory, "visible", true);
}

#[test]
fn a_filter_on_the_layer_takes_functions_only() {
    let (memory, telemetry) = memory(None);
    let subscriber = registry()
        .with(telemetry.layer().with_filter(LevelFilter::ERROR))
        .with(Sentences::default());
    work(&telemetry, subscriber);
    assert_tree(&memory, "visible", false);
}

#[test]
fn a_layer_that_can_be_replaced_takes_nothing() {
    let (memory, telemetry) = memory(None);
    let (layer, _reload) = reload::Layer::new(Some(telemetry.layer()));
    work(&telemetry, registry().with(layer));
    assert_eq!(memory.spans().len(), 6, "{:?}", memory.spans());
    let (function, call) = (span(&memory, "visible"), span(&memory, "call"));
    assert_eq!(span(&memory, "chat ").parent_span_id, call.span_id);
    // Observations are not entered there.
    assert_eq!(call.parent_span_id, function.span_id);
    for name in ["invoke_agent tutor", "execute_tool look_up", "done"] {
        let observation = span(&memory, name);
        assert_eq!(observation.parent_span_id, function.span_id, "{name}");
        assert_eq!(observation.text("user.id"), Some("ada"));
    }
}

#[test]
fn without_a_filter_no_subscriber_is_added_and_nothing_is_said() {
    let (memory, telemetry) = memory(None);
    let log = Sentences::default();
    work(
        &telemetry,
        registry().with(log.clone()).with(telemetry.layer()),
    );
    assert_tree(&memory, "visible", true);
    assert_eq!(log.about_filters(), 0);
}
