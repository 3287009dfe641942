//! User, session, version, tags: attributes that many spans share.
//!
//! There are two verbs. [`scope`] sets attributes of a *part* of a trace: every span that starts inside
//! gets them, spans of other libraries too. Scopes nest: tags add up, everything else replaces the
//! value of the outer scope. [`set`] sets attributes of the *whole* trace, wherever it is called: every
//! span that ends afterwards gets them, also one that is open already; they win over those of scopes.
//! An attribute of the span itself, such as a field `user.id`, wins over both.
//!
//! # Examples
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
//! Attributes do not cross process boundaries unless
//! [`TelemetryBuilder::with_baggage`](crate::TelemetryBuilder::with_baggage) is set.

mod attributes;
mod baggage;
mod carry;
mod growing_ids;
pub(crate) mod handle;
mod ids;
pub(crate) mod missing;
mod resolve;
mod scope;
mod traces;

use std::time::Instant;

use opentelemetry::trace::{Span as _, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;

pub use attributes::Attributes;
pub(crate) use carry::CapturedContext;
pub use carry::{Carried, InCurrentContext, carried};
pub(crate) use growing_ids::GrowingIds;
pub(crate) use ids::SeededIds;
pub use ids::{
    IdError, current_span_id, current_trace_id, remote_parent, remote_parent_ids, seeded_trace,
    trace_id_of, traceparent,
};
pub(crate) use ids::{as_traceparent, from_traceparent};
pub(crate) use resolve::resolve;
pub use scope::{InScope, Scope, ScopeGuard};
pub(crate) use traces::Traces;

use crate::context::handle::Handle;
use crate::conventions::observation;
use crate::model::BaggageNames;

/// Sets attributes of a part of a trace: enter the returned scope by closure, future or guard.
pub fn scope(attributes: Attributes) -> Scope {
    Scope::new(attributes)
}

/// Sets attributes of the whole current trace, over those that were set before. Does nothing outside
/// of any span or without a telemetry.
///
/// Every span of the trace that ends later carries them, those that are open already too. A span that has ended keeps
/// what it had; a model call ends once its answer has been read, a moment after your code has it, so one that has
/// just returned may carry them or not.
///
/// They are kept for 10,000 traces and in 16 MiB at most: the trace that would be forgotten first goes first.
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
    if attributes.is_empty() {
        return;
    }
    let now = Instant::now();
    if handle
        .traces()
        .set(span.trace_id(), attributes, now)
        .is_err()
    {
        handle.diagnostics().warn(
            "attributes of a trace",
            format_args!("attributes of a trace were left out: all of them take more than 1 MiB"),
        );
    }
}

/// Returns the address of the current trace's page, like
/// [`Telemetry::trace_url`](crate::Telemetry::trace_url); `None` outside of any span.
pub fn trace_url() -> Option<String> {
    Handle::current()?.trace_url(&current_trace_id()?)
}

/// What is done with a context that came from another process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Remote {
    /// Names in W3C baggage; `None` if it is not read.
    pub(crate) baggage: Option<&'static BaggageNames>,
    /// Whether the first span in a trace that began elsewhere is marked as a root of this application.
    pub(crate) marks_roots: bool,
}

/// Gives a span that starts the attributes of its context.
pub(crate) fn start(span: &mut Span, context: &Context, remote: Remote) {
    if let Some(current) = context.get::<scope::Current>() {
        span.set_attributes(current.0.prepared.iter().cloned());
    } else if let Some(names) = remote.baggage {
        span.set_attributes(baggage::read(context, names).prepare());
    }
    let is_claimed = |names| baggage::is_claimed(context, names);
    if remote.marks_roots
        && context.span().span_context().is_remote()
        && !remote.baggage.is_some_and(is_claimed)
    {
        span.set_attribute(KeyValue::new(observation::APP_ROOT, true));
    }
}
