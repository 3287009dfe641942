//! The span and the OpenTelemetry context that are current on this thread.

use std::cell::Cell;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The active context, which has the scope and the nearest exported span, even where the filter
/// hides the current one; the current span's own where a foreign layer does not activate it.
pub(crate) fn current_context() -> Context {
    let active = Context::current();
    let own = Span::current().context();
    let id = |context: &Context| context.span().span_context().span_id();
    if own.has_active_span() && id(&own) != id(&active) {
        return own;
    }
    active
}

/// Renames a span that has started already.
pub(crate) fn rename(span: &Span, name: String) {
    span.context().span().update_name(name);
}

thread_local! {
    static ENDING: Ending = const { Ending };
    /// Has no destructor, so it stays readable to the end.
    static HAS_ENDED: Cell<bool> = const { Cell::new(false) };
}

/// Its destructor runs when the thread's locals are destroyed.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        HAS_ENDED.set(true);
    }
}

/// Whether the locals of this thread, which has recorded before, are being destroyed.
/// OpenTelemetry's context is one of them: using it afterwards panics, and a panic in a destructor
/// aborts the process.
pub(crate) fn thread_is_ending() -> bool {
    HAS_ENDED.get()
}

/// Reads the active context; `None` where [`thread_is_ending`].
pub(crate) fn with_active_context<T>(read: impl FnOnce(&Context) -> T) -> Option<T> {
    if thread_is_ending() {
        return None;
    }
    let result = Context::map_current(read);
    // Initialised after the context, so that it is destroyed before it.
    let _ = ENDING.try_with(|_| ());
    Some(result)
}
