//! Who, in which session, of which version: what holds for many spans at once.
//!
//! Two verbs. [`scope`] says something about a *part* of a trace: every span that starts inside carries
//! it, spans of other libraries too. Scopes nest: tags add up, everything else replaces what the outer
//! scope said. [`set`] says something about the *whole* trace, wherever it is called: every span that
//! ends afterwards carries it, those included that are open already; it wins over scopes. What a span
//! says of itself, by a field such as `user.id`, wins over both.
//!
//! ```
//! use tracing_genai::context::{self, Attributes};
//!
//! # #[tracing::instrument]
//! # async fn answer() {}
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let about = Attributes::new().with_user("ada").with_session("lesson-1").with_tag("math");
//! context::scope(about).wrap(answer()).await;
//! # }
//! ```
//!
//! Nothing of it goes to other services, and nothing is taken from them, unless
//! [`TelemetryBuilder::with_baggage`](crate::TelemetryBuilder::with_baggage) asks for it.

mod attributes;
mod baggage;
mod carry;
pub(crate) mod handle;
mod ids;
mod resolve;
mod scope;
mod traces;

use std::time::Instant;

use opentelemetry::trace::{Span as _, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;

pub use attributes::Attributes;
pub(crate) use carry::Origin;
pub use carry::{Carried, InCurrentContext, carried};
pub(crate) use ids::SeededIds;
pub(crate) use ids::as_traceparent;
pub use ids::{
    IdError, current_span_id, current_trace_id, remote_parent, remote_parent_ids, seeded_trace,
    trace_id_of, traceparent,
};
pub(crate) use resolve::resolve;
pub use scope::{InScope, Scope, ScopeGuard};
pub(crate) use traces::Traces;

use crate::context::handle::Handle;
use crate::conventions::observation;
use crate::model::BaggageNames;

/// Says something about a part of a trace: enter the returned scope by closure, future or guard.
pub fn scope(attributes: Attributes) -> Scope {
    Scope::new(attributes)
}

/// Says something about the whole current trace, over what was said before. Outside of any span, or
/// without a telemetry, it is about nothing.
pub fn set(mut attributes: Attributes) {
    let (Some(handle), Some(span)) = (Handle::recording(), ids::current_span_context()) else {
        return;
    };
    attributes.check_environment(handle.environment_check());
    for refusal in attributes.take_refused() {
        handle
            .diagnostics()
            .warn("refused attribute", format_args!("{refusal}"));
    }
    if !attributes.is_empty() {
        handle
            .traces()
            .set(span.trace_id(), attributes, Instant::now());
    }
}

/// Where the current trace can be looked at, as [`Telemetry::trace_url`](crate::Telemetry::trace_url)
/// says it; `None` outside of any span.
pub fn trace_url() -> Option<String> {
    Handle::current()?.trace_url(&current_trace_id()?)
}

/// Gives a span that starts what its context says.
pub(crate) fn start(span: &mut Span, context: &Context, baggage: Option<&BaggageNames>) {
    if let Some(current) = context.get::<scope::Current>() {
        span.set_attributes(current.0.prepared.iter().cloned());
    } else if let Some(names) = baggage {
        span.set_attributes(baggage::read(context, names).prepare());
    }
    let is_claimed = |names| baggage::is_claimed(context, names);
    if context.span().span_context().is_remote() && !baggage.is_some_and(is_claimed) {
        span.set_attribute(KeyValue::new(observation::APP_ROOT, true));
    }
}
