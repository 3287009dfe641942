//! The options that all ways of tracing a client share.

use crate::context::handle::Handle;
use crate::context::missing;
use crate::telemetry::Telemetry;

/// Options of a traced client: where its calls are recorded, and what tracing may add to a request.
///
/// [`TraceLayer`](crate::http::TraceLayer), `TraceMiddleware` and `openai::http_service()` take the same
/// options by `with_options`.
///
/// # Examples
///
/// ```
/// use tracing_genai::http::{TraceLayer, TraceOptions};
///
/// let options = TraceOptions::new()
///     .with_propagation(true)
///     .with_stream_usage(true);
/// let layer = TraceLayer::new().with_options(options);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing until they are given to a layer, a middleware or a service"]
pub struct TraceOptions {
    recorded_by: TelemetryChoice,
    pub(super) flags: Flags,
}

/// What tracing does beside recording.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) propagation: bool,
    pub(super) housekeeping: bool,
    pub(super) stream_usage: bool,
}

/// Whose spans the calls become.
#[derive(Clone, Debug, Default)]
enum TelemetryChoice {
    #[default]
    CurrentSubscriber,
    /// `None` if that telemetry is switched off.
    Telemetry(Option<Handle>),
}

impl TraceOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records calls with this telemetry. Defaults to the telemetry of the subscriber that is current
    /// when a call is made.
    pub fn with_telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.recorded_by = TelemetryChoice::Telemetry(telemetry.handle());
        self
    }

    /// Whether the server is sent the context of the call's span, as a W3C `traceparent` header.
    /// Defaults to `false`, because that tells a third party the ids of your traces.
    ///
    /// A message to a server of the Model Context Protocol carries `traceparent`, `tracestate` and `baggage` in
    /// `params._meta` as well.
    pub fn with_propagation(mut self, propagation: bool) -> Self {
        self.flags.propagation = propagation;
        self
    }

    /// Whether every request about threads, messages, lists and the like of the Assistants API is a span.
    /// Defaults to `false`: such requests are spans only if they fail, and what they contain is recorded
    /// with the run. A request that only asks for the status of a run is never a span.
    pub fn with_housekeeping(mut self, housekeeping: bool) -> Self {
        self.flags.housekeeping = housekeeping;
        self
    }

    /// Whether streamed chat completions ask for token counts: OpenAI sends none on a stream otherwise.
    ///
    /// Adds `stream_options.include_usage` to requests without `stream_options`. Defaults to `false`,
    /// because it changes the request, and the caller receives one more chunk, which has no choices.
    pub fn with_stream_usage(mut self, stream_usage: bool) -> Self {
        self.flags.stream_usage = stream_usage;
        self
    }

    /// What records a call that is made now; `None` if nothing does.
    pub(super) fn handle(&self) -> Option<Handle> {
        match &self.recorded_by {
            TelemetryChoice::CurrentSubscriber => {
                let handle = Handle::recording().or_else(Handle::of_unrecorded);
                if handle.is_none() {
                    missing::warn_once();
                }
                handle
            }
            TelemetryChoice::Telemetry(handle) => handle.clone(),
        }
    }
}
