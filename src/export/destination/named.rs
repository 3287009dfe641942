//! The destinations that the environment names.
//!
//! OTLP's variables are those of OpenTelemetry's exporter specification, the specific ones before the
//! general ones. They are read for the backend that they name and for nobody else: not one of them
//! reaches Langfuse or a destination named in code.

use reqwest::header::HeaderMap;

use super::{Destination, Kind, Mapping};
use crate::export::transport::Compression;
use crate::langfuse::{FromEnvironment, LangfuseConfig};
use crate::telemetry::environment::{self, Environment};
use crate::telemetry::error::ConfigError;
use crate::telemetry::settings::Setting;

const ENDPOINT: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];
const TIMEOUT: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
];
const COMPRESSION: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
];
const PROTOCOL: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];

const MAPPING: &str = "TRACING_GENAI_OTLP_MAPPING";

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        names: &[ENDPOINT[0]],
        meaning: "an OTLP backend, used as it is",
        default: "–",
        in_code: "`Destination::otlp`",
    },
    Setting {
        names: &[ENDPOINT[1]],
        meaning: "base of an OTLP backend; `/v1/traces` is added",
        default: "–",
        in_code: "`Destination::otlp`",
    },
    Setting {
        names: &HEADERS,
        meaning: "`key=value,…`, percent-encoded; for that backend only",
        default: "–",
        in_code: "`Destination::with_header`",
    },
    Setting {
        names: &TIMEOUT,
        meaning: "milliseconds that a request to that backend may take",
        default: "`10000`",
        in_code: "`Destination::with_timeout`",
    },
    Setting {
        names: &COMPRESSION,
        meaning: "`gzip` or `none`",
        default: "`gzip`",
        in_code: "`Destination::with_compression`",
    },
    Setting {
        names: &PROTOCOL,
        meaning: "`http/protobuf`; gRPC is not spoken",
        default: "`http/protobuf`",
        in_code: "–",
    },
    Setting {
        names: &[MAPPING],
        meaning: "whose attributes that backend gets besides the GenAI conventions: `openinference` (Arize \
                  Phoenix) or `langfuse` (MLflow, collectors in front of Langfuse)",
        default: "nobody's",
        in_code: "`Destination::with_mapping`",
    },
];

impl Destination {
    /// What the environment names: Langfuse, an OTLP backend, both or neither. The flag says that
    /// Langfuse was switched off on purpose.
    pub(crate) fn from_environment(
        environment: &Environment,
    ) -> Result<(Vec<Self>, bool), ConfigError> {
        let mut destinations = Vec::new();
        let mut disabled = false;
        match LangfuseConfig::from_environment(environment)? {
            FromEnvironment::Absent => {}
            FromEnvironment::Disabled => disabled = true,
            FromEnvironment::Present(config) => {
                destinations
                    .push(Self::new(Kind::Configured { config }).with_mapping(Mapping::Langfuse));
            }
        }
        destinations.extend(otlp(environment)?);
        for destination in &mut destinations {
            destination.is_of_environment = true;
        }
        Ok((destinations, disabled))
    }
}

fn otlp(environment: &Environment) -> Result<Option<Destination>, ConfigError> {
    if let Some((name, value)) = environment.first(&PROTOCOL)
        && value != "http/protobuf"
    {
        return Err(ConfigError::invalid(
            name,
            value,
            "`http/protobuf`, the one protocol spoken here: point the endpoint at the \
             collector's HTTP port (usually 4318; 4317 is gRPC's)",
        ));
    }
    let Some((setting, mut url)) = environment.first(&ENDPOINT) else {
        return Ok(None);
    };
    if setting == ENDPOINT[1] {
        // The general endpoint is a base, the one for traces is used as it is.
        environment::url(setting, &url)?;
        url = format!("{}/v1/traces", url.trim_end_matches('/'));
    }
    let mut destination = Destination::new(Kind::Otlp { url, setting });
    let mapping = environment.parsed(MAPPING, "`openinference` or `langfuse`", mapping)?;
    if let Some(mapping) = mapping {
        destination = destination.with_mapping(mapping);
    }
    if let Some((name, value)) = environment.first(&HEADERS) {
        let mut headers = HeaderMap::new();
        for (header, value) in environment::pairs(name, &value, false)? {
            environment::header(&mut headers, name, &header, &value)?;
            destination = destination.with_header(header, value);
        }
    }
    if let Some(timeout) = environment.milliseconds(&TIMEOUT)? {
        destination = destination.with_timeout(timeout);
    }
    if let Some((name, value)) = environment.first(&COMPRESSION) {
        destination = destination.with_compression(match value.as_str() {
            "gzip" => Compression::Gzip,
            "none" => Compression::None,
            _ => return Err(ConfigError::invalid(name, value, "`gzip` or `none`")),
        });
    }
    Ok(Some(destination))
}

fn mapping(name: &str) -> Option<Mapping> {
    match name.to_ascii_lowercase().as_str() {
        "openinference" => Some(Mapping::OpenInference),
        "langfuse" => Some(Mapping::Langfuse),
        _ => None,
    }
}
