//! `context::set` applies to the whole trace, including spans that are open when it is called.

use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::Value;

use crate::support::mapped;

#[tracing::instrument]
fn handler(user: Option<&str>) {
    tracing::info_span!("before").in_scope(|| ());
    if let Some(user) = user {
        log_in(user);
    }
    tracing::info_span!("after").in_scope(|| ());
}

#[tracing::instrument(skip(user))]
fn log_in(user: &str) {
    context::set(
        Attributes::new()
            .with_user(user)
            .with_tag("set")
            .with_metadata("a", 1),
    );
    context::set(Attributes::new().with_session("s").with_tag("more"));
}

#[test]
fn and_no_other_trace() {
    let memory = mapped(|| {
        let anonymous = Attributes::new().with_user("anonymous").with_tag("scope");
        context::scope(anonymous).in_scope(|| handler(Some("ada")));
    });
    for name in ["handler", "log_in", "after"] {
        let span = memory.span(name);
        assert_eq!(span.text("user.id"), Some("ada"), "{name}");
        assert_eq!(span.text("session.id"), Some("s"), "{name}");
        assert_eq!(span.int("langfuse.trace.metadata.a"), Some(1), "{name}");
        let tags = ["scope", "set", "more"].map(Value::from).to_vec();
        assert_eq!(
            span.attributes["langfuse.trace.tags"],
            Value::Array(tags),
            "{name}"
        );
    }
    // It had ended before the user was set.
    assert_eq!(memory.span("before").text("user.id"), Some("anonymous"));

    let memory = mapped(|| {
        handler(Some("ada"));
        tracing::info_span!("other trace").in_scope(|| ());
    });
    assert_eq!(memory.span("other trace").text("user.id"), None);
}

#[test]
fn outside_of_any_span_it_is_about_nothing() {
    let memory = mapped(|| {
        context::set(Attributes::new().with_user("ada"));
        handler(None);
    });
    assert_eq!(memory.span("handler").text("user.id"), None);
    context::set(Attributes::new().with_user("nobody listens"));
}
