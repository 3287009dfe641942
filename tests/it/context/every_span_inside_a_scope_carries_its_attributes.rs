//! User, session, tags … of a scope are set on every span that starts inside, and on no other.

use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::Value;

use crate::support::{mapped, plain};

fn tags(tags: &[&str]) -> Value {
    Value::Array(tags.iter().map(|tag| Value::from(*tag)).collect())
}

fn everything() -> Attributes {
    Attributes::new()
        .with_user("ada")
        .with_session("lesson-1")
        .with_tag("math")
        .with_metadata("plan", "free")
        .with_metadata("seats", 3)
        .with_trace_name("lesson")
        .with_version("1.2")
        .with_release("abc")
        .with_deployment_environment("demo")
        .with_public(true)
}

#[tracing::instrument]
fn outer() {
    inner();
    // A span of a library that does not know this crate.
    tracing::info_span!(target: "some_library", "foreign", http.method = "GET").in_scope(|| ());
}

#[tracing::instrument]
fn inner() {}

#[test]
fn for_langfuse() {
    let memory = mapped(|| {
        context::scope(everything()).in_scope(outer);
        tracing::info_span!("outside").in_scope(|| ());
    });
    for name in ["outer", "inner", "foreign"] {
        let span = memory.span(name);
        assert_eq!(span.text("user.id"), Some("ada"), "{name}");
        assert_eq!(span.text("session.id"), Some("lesson-1"));
        assert_eq!(span.attributes["langfuse.trace.tags"], tags(&["math"]));
        assert_eq!(span.text("langfuse.trace.metadata.plan"), Some("free"));
        assert_eq!(span.int("langfuse.trace.metadata.seats"), Some(3));
        assert_eq!(span.text("langfuse.trace.name"), Some("lesson"));
        assert_eq!(span.text("langfuse.version"), Some("1.2"));
        assert_eq!(span.text("langfuse.release"), Some("abc"));
        assert_eq!(span.text("langfuse.environment"), Some("demo"));
        assert_eq!(span.attributes["langfuse.trace.public"], Value::Bool(true));
    }
    let outside = format!("{:?}", memory.span("outside").attributes);
    assert!(
        !outside.contains("ada") && !outside.contains("lesson"),
        "{outside}"
    );
}

#[test]
fn under_neutral_names_for_any_backend() {
    let memory = plain(|| context::scope(everything()).in_scope(outer));
    let span = memory.span("inner");
    assert_eq!(span.text("user.id"), Some("ada"));
    assert_eq!(span.text("session.id"), Some("lesson-1"));
    assert_eq!(span.attributes["tracing_genai.trace.tags"], tags(&["math"]));
    assert_eq!(span.text("deployment.environment.name"), Some("demo"));
    assert!(span.attributes.keys().all(|key| !key.contains(".context.")));
}

#[test]
fn nested_scopes_merge() {
    let memory = mapped(|| {
        let _outer = context::scope(
            Attributes::new()
                .with_user("ada")
                .with_tag("math")
                .with_metadata("a", 1)
                .with_metadata("b", 1),
        )
        .enter();
        tracing::info_span!("first").in_scope(|| {
            let inside = Attributes::new()
                .with_user("bob")
                .with_tag("math")
                .with_tag("algebra")
                .with_metadata("b", 2);
            context::scope(inside).in_scope(|| tracing::info_span!("second").in_scope(|| ()));
            tracing::info_span!("third").in_scope(|| ());
        });
    });
    let second = memory.span("second");
    assert_eq!(second.text("user.id"), Some("bob"));
    assert_eq!(
        second.attributes["langfuse.trace.tags"],
        tags(&["math", "algebra"])
    );
    assert_eq!(second.int("langfuse.trace.metadata.a"), Some(1));
    assert_eq!(second.int("langfuse.trace.metadata.b"), Some(2));
    // Its parent is still the span around the scope.
    assert_eq!(second.parent_span_id, memory.span("first").span_id);
    let third = memory.span("third");
    assert_eq!(third.text("user.id"), Some("ada"));
    assert_eq!(third.attributes["langfuse.trace.tags"], tags(&["math"]));
}

#[test]
fn what_a_span_says_of_itself_wins() {
    let memory = mapped(|| {
        context::scope(Attributes::new().with_user("ada").with_session("lesson-1")).in_scope(
            || {
                tracing::info_span!("early", user.id = "bob").in_scope(|| ());
                let late = tracing::info_span!("late", user.id = tracing::field::Empty);
                late.in_scope(|| ());
                late.record("user.id", "eve");
            },
        );
    });
    assert_eq!(memory.span("early").text("user.id"), Some("bob"));
    assert_eq!(memory.span("early").text("session.id"), Some("lesson-1"));
    assert_eq!(memory.span("late").text("user.id"), Some("eve"));
}

#[test]
fn prompt_and_name_reach_the_generations_inside_and_nothing_else() {
    let attributes = Attributes::new()
        .with_prompt("tutor", 3)
        .with_generation_name("solve");
    let memory = mapped(|| {
        context::scope(attributes).in_scope(|| {
            tracing::info_span!("work").in_scope(|| {
                drop(tracing_genai::observation::generation("chat gpt-4o").start());
            });
        });
    });
    let generation = memory.span("solve");
    assert_eq!(
        generation.text("langfuse.observation.prompt.name"),
        Some("tutor")
    );
    assert_eq!(
        generation.int("langfuse.observation.prompt.version"),
        Some(3)
    );
    let work = memory.span("work");
    assert!(
        work.attributes.keys().all(|key| !key.contains("prompt")),
        "{work:?}"
    );
}

#[test]
fn what_is_over_its_limit_is_left_out() {
    let long = "x".repeat(201);
    let attributes = Attributes::new()
        .with_user(&long)
        .with_session("ž".repeat(200))
        .with_tag(&long)
        .with_tag("kept")
        .with_metadata("long", &long)
        .with_deployment_environment("Not Allowed")
        .with_deployment_environment("langfuse-x");
    let memory = mapped(|| context::scope(attributes).in_scope(inner));
    let span = memory.span("inner");
    assert_eq!(span.text("user.id"), None);
    assert_eq!(
        span.text("session.id").map(|id| id.chars().count()),
        Some(200)
    );
    assert_eq!(span.attributes["langfuse.trace.tags"], tags(&["kept"]));
    assert_eq!(span.text("langfuse.environment"), None);
    assert!(!format!("{span:?}").contains("xxx"));
}
