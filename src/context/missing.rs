//! A traced client without a telemetry: that nothing is recorded is said once in a process, because nobody else
//! would say it. Not said where a telemetry was switched off, on purpose.

use std::sync::atomic::{AtomicBool, Ordering};

use super::handle::Handle;
use crate::diagnostics::Diagnostics;
use crate::span::thread_is_ending;

/// Whether there is nothing more to say.
static IS_SETTLED: AtomicBool = AtomicBool::new(false);

/// A telemetry is switched off.
pub(crate) fn is_on_purpose() {
    IS_SETTLED.store(true, Ordering::Relaxed);
}

/// A call is made that nobody records. Costs an atomic load from the second time on.
pub(crate) fn warn_once() {
    if IS_SETTLED.load(Ordering::Relaxed)
        || thread_is_ending()
        || Handle::current().is_some()
        || IS_SETTLED.swap(true, Ordering::Relaxed)
    {
        return;
    }
    Diagnostics::default().warn_now(format_args!(
        "a traced client makes calls, and nothing records them: the current subscriber has no telemetry. Call \
         `tracing_genai::init()`, or add `telemetry.layer()` to the subscriber; OTEL_SDK_DISABLED=true switches a \
         telemetry off"
    ));
}
