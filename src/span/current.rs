//! The span and the OpenTelemetry context that are current on this thread.

use std::cell::Cell;
use std::mem;
use std::panic::catch_unwind;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::unfiltered::is_apart;

/// The context of the nearest span on this thread.
pub(crate) fn current_context() -> Context {
    match with_active_context(Context::clone) {
        Some(active) => nearest_context(&active, &Span::current()),
        None => Context::new(),
    }
}

/// The active context, which has the scope and the nearest exported span, even where the filter
/// hides the current one; the current span's own where a foreign layer does not activate it.
pub(crate) fn nearest_context(active: &Context, current: &Span) -> Context {
    if is_apart(active) {
        return active.clone();
    }
    let own = current.context();
    let id = |context: &Context| context.span().span_context().span_id();
    if own.has_active_span() && id(&own) != id(active) {
        return own;
    }
    active.clone()
}

/// The span that is entered; none where a span is current that the subscriber does not know.
pub(crate) fn current_span() -> Span {
    match with_active_context(is_apart) {
        Some(false) => Span::current(),
        _ => Span::none(),
    }
}

/// Renames the span of a context.
pub(crate) fn rename(context: &Context, name: String) {
    context.span().update_name(name);
}

thread_local! {
    static ENDING: Ending = const { Ending };
    // These have no destructors, so they stay readable to the end.
    static HAS_BEGUN: Cell<bool> = const { Cell::new(false) };
    static HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

/// Its destructor runs when the thread's locals are destroyed.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        HAS_ENDED.set(true);
    }
}

/// Whether the locals of this thread are being destroyed. OpenTelemetry's context is one of them: using it
/// afterwards panics, and a panic in a destructor aborts the process.
pub(crate) fn thread_is_ending() -> bool {
    if !HAS_BEGUN.replace(true) {
        // On a thread that uses this crate only now, nothing else tells whether the context is still there.
        let has_context = catch_unwind(|| Context::map_current(|_| ())).is_ok();
        // Initialised after the context, so that it is destroyed before it.
        HAS_ENDED.set(!has_context || ENDING.try_with(|_| ()).is_err());
    }
    HAS_ENDED.get()
}

/// Reads the active context; `None` where [`thread_is_ending`].
pub(crate) fn with_active_context<T>(read: impl FnOnce(&Context) -> T) -> Option<T> {
    (!thread_is_ending()).then(|| Context::map_current(read))
}

/// Makes a context the active one until the result is dropped; does nothing where [`thread_is_ending`].
pub(crate) fn attach(context: Context) -> Attached {
    Attached((!thread_is_ending()).then(|| context.attach()))
}

/// A context that is active; like `ContextGuard`, but it may be dropped at any time.
pub(crate) struct Attached(Option<ContextGuard>);

impl Drop for Attached {
    fn drop(&mut self) {
        if thread_is_ending() {
            mem::forget(self.0.take());
        }
    }
}
