//! How requests travel.

use reqwest::Url;

/// How requests travel to an OTLP backend. Defaults to HTTP with protobuf, which every backend takes.
///
/// # Examples
///
/// ```
/// use tracing_genai::{Destination, Protocol};
///
/// // A collector's port for gRPC; the feature `grpc` is needed.
/// let destination = Destination::otlp("http://localhost:4317").with_protocol(Protocol::Grpc);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// Protobuf in the body of a POST: `http/protobuf`.
    #[default]
    HttpProtobuf,
    /// gRPC over HTTP/2: `grpc`. It needs the feature `grpc`.
    Grpc,
}

/// What is sent, by the name of its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Traces,
    Metrics,
}

impl Protocol {
    /// Whether this build of the crate speaks it.
    pub(crate) const fn is_built(self) -> bool {
        matches!(self, Self::HttpProtobuf) || cfg!(feature = "grpc")
    }

    /// Where requests go: with gRPC, the method of the service, whatever the path of the address.
    pub(crate) fn address(self, mut url: Url, service: Service) -> Url {
        if self == Self::Grpc {
            let service = match service {
                Service::Traces => "trace.v1.TraceService",
                Service::Metrics => "metrics.v1.MetricsService",
            };
            url.set_path(&format!("opentelemetry.proto.collector.{service}/Export"));
            url.set_query(None);
        }
        url
    }
}
