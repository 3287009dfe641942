//! A scope: what holds for a part of a trace, carried by the OpenTelemetry context.
//!
//! The value is private to this crate and travels where the context travels: into every span that
//! starts inside, across `.await`, into whatever captures the context. It is added to the context
//! that is current when the scope is entered (for a future: each time it is polled), so a scope
//! never replaces the span around it, and two requests on one thread never see each other's.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use pin_project_lite::pin_project;

use super::attributes::Attributes;
use super::baggage;
use crate::context::handle::Handle;
use crate::model::BaggageNames;
use crate::span::{Attached, attach, thread_is_ending, with_active_context};

/// What the context carries.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) attributes: Attributes,
    /// The same, ready for spans.
    pub(crate) prepared: Vec<KeyValue>,
}

/// The same for everything that clones the context.
#[derive(Clone, Debug)]
pub(crate) struct Current(pub(crate) Arc<Carried>);

/// The trace id that the next root inside of a scope gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RootTraceId(pub(crate) TraceId);

/// Attributes, a trace id or a parent for the spans that start inside of it.
///
/// Made by [`scope`](super::scope), [`seeded_trace`](super::seeded_trace) or
/// [`remote_parent`](super::remote_parent). It has no effect until it is entered, by a closure, a
/// future or a guard.
///
/// # Examples
///
/// ```
/// use tracing_genai::context::{self, Attributes};
///
/// let scope = context::scope(Attributes::new().with_user("ada"));
/// let answer = scope.in_scope(|| 4);
/// assert_eq!(answer, 4);
/// ```
#[derive(Clone, Default)]
#[must_use = "a scope has no effect until it is entered"]
pub struct Scope {
    attributes: Attributes,
    root: Option<TraceId>,
    parent: Option<SpanContext>,
    baggage: Option<&'static BaggageNames>,
}

impl Scope {
    pub(crate) fn new(mut attributes: Attributes) -> Self {
        let handle = Handle::current().filter(|_| !thread_is_ending());
        if let Some(handle) = &handle {
            attributes.check_environment(handle.environment_check());
            for refusal in attributes.take_refused() {
                handle
                    .diagnostics()
                    .warn("refused attribute", format_args!("{refusal}"));
            }
        }
        Self {
            attributes,
            baggage: handle.and_then(|handle| handle.baggage()),
            ..Self::default()
        }
    }

    pub(super) fn of_root(id: TraceId) -> Self {
        Self {
            root: Some(id),
            ..Self::default()
        }
    }

    pub(super) fn of_parent(parent: SpanContext) -> Self {
        Self {
            parent: Some(parent),
            ..Self::default()
        }
    }

    /// Adds attributes: tags add up, everything else replaces an earlier value.
    pub fn with(mut self, attributes: Attributes) -> Self {
        let more = Self::new(attributes);
        self.attributes = more.attributes.over(&self.attributes);
        self.baggage = more.baggage;
        self
    }

    /// Runs a closure inside of the scope.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.attach(&mut None);
        work()
    }

    /// Runs a future inside of the scope, on whichever thread it is polled.
    pub fn wrap<F>(self, future: F) -> InScope<F> {
        InScope {
            future,
            scope: self,
            merged: None,
        }
    }

    /// Enters the scope until the guard is dropped. Drop guards in reverse order, and do not keep one
    /// across an `.await`: use [`Scope::wrap`] there.
    pub fn enter(&self) -> ScopeGuard {
        ScopeGuard {
            _context: self.attach(&mut None),
        }
    }

    fn attach(&self, merged: &mut Option<Merged>) -> Option<Attached> {
        with_active_context(|current| self.apply(current, merged)).map(attach)
    }

    fn apply(&self, current: &Context, merged: &mut Option<Merged>) -> Context {
        let mut context = current.clone();
        if let Some(parent) = &self.parent {
            context = context.with_remote_span_context(parent.clone());
        }
        if let Some(id) = self.root {
            if context.has_active_span() {
                // A root is what has no parent, and a context cannot lose its span.
                let outside = Context::new().with_baggage(baggage::entries(&context));
                context = match context.get::<Current>() {
                    Some(current) => outside.with_value(current.clone()),
                    None => outside,
                };
            }
            context = context.with_value(RootTraceId(id));
        }
        if self.attributes.is_empty() {
            return context;
        }
        let outer = current.get::<Current>();
        let inner = Merged::reuse_or_make(merged, outer, &self.attributes);
        if let Some(names) = self.baggage {
            context = baggage::write(&context, &inner.0.attributes, names);
        }
        context.with_value(inner)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// What a future's scope was merged to last: the outer scope is the same at nearly every poll.
struct Merged {
    outer: Option<Current>,
    inner: Current,
}

impl Merged {
    fn reuse_or_make(
        merged: &mut Option<Self>,
        outer: Option<&Current>,
        attributes: &Attributes,
    ) -> Current {
        let same = |known: &Option<Current>| match (known, outer) {
            (Some(known), Some(outer)) => Arc::ptr_eq(&known.0, &outer.0),
            (None, None) => true,
            _ => false,
        };
        if let Some(merged) = merged.as_ref().filter(|merged| same(&merged.outer)) {
            return merged.inner.clone();
        }
        let attributes = match outer {
            Some(outer) => attributes.clone().over(&outer.0.attributes),
            None => attributes.clone(),
        };
        let inner = Current(Arc::new(Carried {
            prepared: attributes.prepare(),
            attributes,
        }));
        *merged = Some(Self {
            outer: outer.cloned(),
            inner: inner.clone(),
        });
        inner
    }
}

/// Guard that leaves the scope when it is dropped.
///
/// # Examples
///
/// ```
/// use tracing_genai::context::{self, Attributes};
///
/// let scope = context::scope(Attributes::new().with_session("lesson-1"));
/// let guard = scope.enter();
/// // … spans that start here have the session …
/// drop(guard);
/// ```
#[must_use = "the scope is left when this is dropped"]
pub struct ScopeGuard {
    _context: Option<Attached>,
}

impl fmt::Debug for ScopeGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ScopeGuard").finish_non_exhaustive()
    }
}

pin_project! {
    /// Future that runs inside of a scope; see [`Scope::wrap`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing_genai::context::{self, Attributes};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let scope = context::scope(Attributes::new().with_tag("math"));
    /// let answer = scope.wrap(async { 4 }).await;
    /// # assert_eq!(answer, 4);
    /// # }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        #[pin]
        future: F,
        scope: Scope,
        merged: Option<Merged>,
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = self.project();
        let _entered = this.scope.attach(this.merged);
        this.future.poll(waker)
    }
}

impl<F> fmt::Debug for InScope<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InScope").finish_non_exhaustive()
    }
}
