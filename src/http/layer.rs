//! The tower layer that traces.

use tower_layer::Layer;

use super::service::{Settings, Trace};
use crate::telemetry::Telemetry;

/// Makes a span of every logical call.
///
/// Belongs *outermost*, around the retry layer: then a call is one span with the final outcome,
/// however often it was tried. Inside the retry layer each attempt is a span of its own.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is given to a service"]
pub struct TraceLayer {
    settings: Settings,
}

impl TraceLayer {
    /// Records to the telemetry of the subscriber that is current at each call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records to this telemetry, whatever subscriber is current.
    pub fn with_telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.settings.set_telemetry(telemetry);
        self
    }

    /// Sends the span's context to the server, as W3C `traceparent`. Off unless asked for: it tells a
    /// third party ids of your traces.
    pub fn with_propagation(mut self) -> Self {
        self.settings.options.propagate = true;
        self
    }

    /// Makes a span of every request about threads, messages, lists and the like of the Assistants API.
    /// Off unless asked for: then they are spans only when they fail, and what they tell is told with the
    /// run. Asking how far a run is never makes a span.
    pub fn with_housekeeping(mut self) -> Self {
        self.settings.options.housekeeping = true;
        self
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace {
            inner,
            settings: self.settings.clone(),
        }
    }
}
