//! The destinations that the environment names.
//!
//! OTLP's variables are those of OpenTelemetry's exporter specification, the specific ones before the
//! general ones. They are read for the backend that they name and for nobody else: not one of them
//! reaches Langfuse or a destination named in code.

use reqwest::header::HeaderMap;

use super::{Destination, Kind};
use crate::backends;
use crate::config::environment;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::settings::Setting;
use crate::otlp::encoded::Compression;

/// The variables of a signal, the specific one before the general one, and its path below a base.
struct Signal {
    endpoint: [&'static str; 2],
    headers: [&'static str; 2],
    timeout: [&'static str; 2],
    compression: [&'static str; 2],
    protocol: [&'static str; 2],
    path: &'static str,
}

const TRACES: Signal = Signal {
    endpoint: [
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ],
    headers: [
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ],
    timeout: [
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    ],
    compression: [
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ],
    protocol: [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ],
    path: "/v1/traces",
};

const METRICS: Signal = Signal {
    endpoint: ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", TRACES.endpoint[1]],
    headers: ["OTEL_EXPORTER_OTLP_METRICS_HEADERS", TRACES.headers[1]],
    timeout: ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", TRACES.timeout[1]],
    compression: [
        "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
        TRACES.compression[1],
    ],
    protocol: ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", TRACES.protocol[1]],
    path: "/v1/metrics",
};

const MAPPING: &str = "TRACING_GENAI_OTLP_MAPPING";

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        names: &[TRACES.endpoint[0]],
        meaning: "an OTLP backend, used as it is",
        default: "–",
        in_code: "`Destination::otlp`",
    },
    Setting {
        names: &[TRACES.endpoint[1]],
        meaning: "base of an OTLP backend; `/v1/traces` is added, `/v1/metrics` for metrics",
        default: "–",
        in_code: "`Destination::otlp`",
    },
    Setting {
        names: &TRACES.headers,
        meaning: "`key=value,…`, percent-encoded; for that backend only",
        default: "–",
        in_code: "`Destination::with_header`",
    },
    Setting {
        names: &TRACES.timeout,
        meaning: "milliseconds that a request to that backend may take",
        default: "`10000`",
        in_code: "`Destination::with_timeout`",
    },
    Setting {
        names: &TRACES.compression,
        meaning: "`gzip` or `none`",
        default: "`gzip`",
        in_code: "`Destination::with_compression`",
    },
    Setting {
        names: &TRACES.protocol,
        meaning: "`http/protobuf`; gRPC is not spoken",
        default: "`http/protobuf`",
        in_code: "–",
    },
    Setting {
        names: &[METRICS.endpoint[0]],
        meaning: "where GenAI metrics are sent, used as it is (feature `metrics`)",
        default: "the base and `/v1/metrics`",
        in_code: "`with_metrics`",
    },
    Setting {
        names: &[
            METRICS.headers[0],
            METRICS.timeout[0],
            METRICS.compression[0],
            METRICS.protocol[0],
        ],
        meaning: "the same for requests with metrics",
        default: "as for spans",
        in_code: "`with_metrics`",
    },
    Setting {
        names: &[MAPPING],
        meaning: backends::MAPPING_MEANING,
        default: "nobody's",
        in_code: "`Destination::with_mapping`",
    },
];

impl Destination {
    /// What the environment names: accounts at backends, an OTLP backend, both or neither. The flag says
    /// that a backend was switched off on purpose.
    pub(crate) fn from_environment(
        environment: &Environment,
    ) -> Result<(Vec<Self>, bool), ConfigError> {
        let (accounts, is_switched_off) = backends::accounts(environment)?;
        let mapping = environment.parsed(MAPPING, backends::MAPPINGS, backends::named)?;
        let of_accounts = accounts.into_iter().map(|(backend, account)| Self {
            mapping: Some(backend),
            ..Self::new(Kind::FromEnvironment { backend, account })
        });
        let otlp = otlp(environment, &TRACES)?.map(|otlp| Self { mapping, ..otlp });
        let destinations = of_accounts.chain(otlp).map(|destination| Self {
            is_of_environment: true,
            ..destination
        });
        Ok((destinations.collect(), is_switched_off))
    }

    /// Where the environment wants metrics: at an OTLP backend, and at none that is known to take only
    /// spans, unless it was named for metrics.
    #[cfg(feature = "metrics")]
    pub(crate) fn of_metrics(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let is_named = environment.get(METRICS.endpoint[0]).is_some();
        let is_for_spans = environment.get(MAPPING).is_some();
        let mut destination = otlp(environment, &METRICS)?;
        if let Some(destination) = &mut destination {
            destination.is_of_environment = true;
        }
        Ok(destination.filter(|destination| {
            is_named || !(is_for_spans || destination.discards_metrics().is_some())
        }))
    }
}

fn otlp(environment: &Environment, signal: &Signal) -> Result<Option<Destination>, ConfigError> {
    if let Some((name, value)) = environment.first(&signal.protocol)
        && value != "http/protobuf"
    {
        return Err(ConfigError::invalid(
            name,
            value,
            "`http/protobuf`, the one protocol spoken here: point the endpoint at the \
             collector's HTTP port (usually 4318; 4317 is gRPC's)",
        ));
    }
    let Some((setting, mut url)) = environment.first(&signal.endpoint) else {
        return Ok(None);
    };
    if setting == signal.endpoint[1] {
        // The general endpoint is a base, the one for the signal is used as it is.
        environment::url(setting, &url)?;
        url = format!("{}{}", url.trim_end_matches('/'), signal.path);
    }
    let mut destination = Destination::new(Kind::Otlp { url, setting });
    if let Some((name, value)) = environment.first(&signal.headers) {
        let mut headers = HeaderMap::new();
        for (header, value) in environment::pairs(name, &value, false)? {
            environment::header(&mut headers, name, &header, &value)?;
            destination = destination.with_header(header, value);
        }
    }
    if let Some(timeout) = environment.milliseconds(&signal.timeout)? {
        destination = destination.with_timeout(timeout);
    }
    if let Some((name, value)) = environment.first(&signal.compression) {
        destination = destination.with_compression(match value.as_str() {
            "gzip" => Compression::Gzip,
            "none" => Compression::None,
            _ => return Err(ConfigError::invalid(name, value, "`gzip` or `none`")),
        });
    }
    Ok(Some(destination))
}
