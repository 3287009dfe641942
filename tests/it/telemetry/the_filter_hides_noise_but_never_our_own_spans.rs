//! By default INFO and up, without the HTTP stack. Directives have the syntax of `Targets`. Our own spans
//! always pass.

use tracing_genai::{TelemetryBuilder, diagnostics, observation};

use crate::support::{plain, received};

fn names(configure: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Vec<String> {
    let memory = received(None, configure, || {
        let _info = tracing::info_span!("info").entered();
        let _debug = tracing::debug_span!("debug").entered();
        let _hyper = tracing::info_span!(target: "hyper::client", "hyper").entered();
        let _pool = tracing::info_span!(target: "hyper::pool", "pool").entered();
        tracing::warn!(target: diagnostics::TARGET, "never on a span");
        drop(observation::generation("own").start());
    });
    let spans = memory.spans();
    assert!(spans.iter().all(|span| span.events.is_empty()), "{spans:?}");
    let mut names: Vec<_> = spans.into_iter().map(|span| span.name).collect();
    names.sort();
    names
}

#[test]
fn by_default() {
    assert_eq!(names(|builder| builder), ["info", "own"]);
}

#[test]
fn by_variable_and_code_beats_it() {
    let debug = [("TRACING_GENAI_FILTER", "debug")];
    assert_eq!(
        names(|builder| builder.with_variables(debug)),
        ["debug", "info", "own"]
    );
    assert_eq!(
        names(|builder| builder.with_variables(debug).with_filter("off")),
        ["own"]
    );
    assert_eq!(
        names(|builder| builder.with_filter("hyper=info")),
        ["hyper", "own", "pool"]
    );
    assert_eq!(
        names(|builder| builder.with_filter("hyper::client=info")),
        ["hyper", "own"]
    );
}

#[test]
fn a_crate_with_a_similar_name_is_not_noise() {
    let memory = plain(|| {
        tracing::info_span!(target: "hyperion", "hyperion").in_scope(|| ());
        tracing::info_span!(target: "tower_defense::game", "game").in_scope(|| ());
        tracing::info_span!(target: "tower::buffer", "buffer").in_scope(|| ());
    });
    let names: Vec<_> = memory.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["hyperion", "game"]);
}

#[test]
fn the_parent_of_a_span_is_the_nearest_one_that_is_exported() {
    let memory = plain(|| {
        let _outer = tracing::info_span!("outer").entered();
        let _hidden = tracing::debug_span!("hidden").entered();
        tracing::info_span!("inner").in_scope(|| ());
    });
    assert_eq!(
        memory.span("inner").parent_span_id,
        memory.span("outer").span_id
    );
}
