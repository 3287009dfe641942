//! The destinations that the environment names.
//!
//! OTLP's variables are those of OpenTelemetry's exporter specification, the specific ones before the
//! general ones. They count for the backend that they name only: none of them reaches a destination with
//! an account of its own, or one named in code. Only whom to trust counts for all that the environment names.

use std::path::PathBuf;
use std::time::Duration;

use super::console;
use super::definition::{Destination, Receiver};
use crate::backends;
use crate::backends::Backend;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::secret::Secret;
use crate::config::setting::{Row, Setting};
use crate::otlp::encoded::Compression;
use crate::otlp::protocol::Protocol;

type Headers = Vec<(String, Secret)>;

/// The settings of requests with one signal.
struct Signal {
    /// Used as it is.
    endpoint: &'static Setting<String>,
    headers: &'static Setting<Headers>,
    timeout: &'static Setting<Duration>,
    compression: &'static Setting<Compression>,
    protocol: &'static Setting<Protocol>,
    certificate: &'static Setting<String>,
    /// Where a base takes it.
    path: &'static str,
}

static TRACES: Signal = Signal {
    endpoint: &TRACES_ENDPOINT,
    headers: &TRACES_HEADERS,
    timeout: &TRACES_TIMEOUT,
    compression: &TRACES_COMPRESSION,
    protocol: &TRACES_PROTOCOL,
    certificate: &TRACES_CERTIFICATE,
    path: "/v1/traces",
};

/// The exporters that the environment selects for traces.
#[derive(Clone, Copy, Debug)]
struct Exporters {
    otlp: bool,
    console: bool,
}

static TRACES_EXPORTER: Setting<Exporters> = Setting::new(
    &["OTEL_TRACES_EXPORTER"],
    "which of them are used: `otlp` (the OTLP backend of the environment), `console` (the terminal tree), both, \
     or `none`; a backend that is named by its keys has a switch of its own",
    Parser::new("`otlp`, `console`, `none` or a list of them", |list| {
        let has = |name: &str| list.split(',').any(|one| one.trim().eq_ignore_ascii_case(name));
        Some(Exporters {
            otlp: has("otlp"),
            console: has("console"),
        })
    }),
)
.described_default("what is configured")
.names_destination();

static TRACES_ENDPOINT: Setting<String> = Setting::new(
    &["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
    "an OTLP backend, used as it is",
    parser::url_text(),
)
.methods(&["Destination::otlp"])
.names_destination();

static ENDPOINT: Setting<String> = Setting::new(
    &["OTEL_EXPORTER_OTLP_ENDPOINT"],
    "base of an OTLP backend; `/v1/traces` is added (unless it ends so), `/v1/metrics` for metrics",
    parser::url_text(),
)
.methods(&["Destination::otlp"])
.names_destination();

static TRACES_HEADERS: Setting<Headers> = Setting::new(
    &[
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_HEADERS",
    ],
    "`key=value,…`, percent-encoded; for that backend only",
    parser::headers(),
)
.methods(&["Destination::with_header"])
.names_destination();

static TRACES_TIMEOUT: Setting<Duration> = Setting::new(
    &[
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    ],
    "milliseconds that a request to that backend may take",
    parser::milliseconds(),
)
.default("10000")
.methods(&["Destination::with_timeout"])
.names_destination();

static TRACES_COMPRESSION: Setting<Compression> = Setting::new(
    &[
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ],
    "`gzip` or `none`",
    compression(),
)
.default("gzip")
.methods(&["Destination::with_compression"])
.names_destination();

static TRACES_PROTOCOL: Setting<Protocol> = Setting::new(
    &[
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ],
    "`http/protobuf`, or `grpc` with the feature `grpc`",
    protocol(),
)
.default("http/protobuf")
.methods(&["Destination::with_protocol"])
.names_destination();

static TRACES_CERTIFICATE: Setting<String> = Setting::new(
    &[
        "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
    ],
    "a PEM file with authorities that are trusted besides the system's",
    parser::text(),
)
.methods(&["Destination::with_certificate_file"])
.names_destination();

static MAPPING: Setting<&'static dyn Backend> = Setting::new(
    &["TRACING_GENAI_OTLP_MAPPING"],
    backends::MAPPING_MEANING,
    Parser::new(backends::MAPPINGS, backends::named),
)
.described_default("nobody's")
.methods(&["Destination::with_mapping"])
.names_destination();

pub(crate) static SETTINGS: &[&Row] = &[
    &TRACES_EXPORTER.row,
    &TRACES_ENDPOINT.row,
    &ENDPOINT.row,
    &TRACES_HEADERS.row,
    &TRACES_TIMEOUT.row,
    &TRACES_COMPRESSION.row,
    &TRACES_PROTOCOL.row,
    &TRACES_CERTIFICATE.row,
    &metrics::ENDPOINT.row,
    &metrics::HEADERS.row,
    &metrics::TIMEOUT.row,
    &metrics::COMPRESSION.row,
    &metrics::PROTOCOL.row,
    &metrics::CERTIFICATE.row,
    &MAPPING.row,
];

mod metrics {
    use super::*;

    pub(super) static SIGNAL: Signal = Signal {
        endpoint: &ENDPOINT,
        headers: &HEADERS,
        timeout: &TIMEOUT,
        compression: &COMPRESSION,
        protocol: &PROTOCOL,
        certificate: &CERTIFICATE,
        path: "/v1/metrics",
    };

    pub(super) static ENDPOINT: Setting<String> = Setting::new(
        &["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"],
        "where GenAI metrics are sent, used as it is",
        parser::url_text(),
    )
    .described_default("the base and `/v1/metrics`")
    .methods(&["with_metrics"])
    .names_destination();

    pub(super) static HEADERS: Setting<Headers> = Setting::new(
        &["OTEL_EXPORTER_OTLP_METRICS_HEADERS"],
        "headers of requests with metrics",
        parser::headers(),
    )
    .general(&["OTEL_EXPORTER_OTLP_HEADERS"])
    .described_default("as for spans")
    .methods(&["with_metrics"])
    .names_destination();

    pub(super) static TIMEOUT: Setting<Duration> = Setting::new(
        &["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT"],
        "milliseconds that a request with metrics may take",
        parser::milliseconds(),
    )
    .general(&["OTEL_EXPORTER_OTLP_TIMEOUT"])
    .described_default("as for spans")
    .methods(&["with_metrics"])
    .names_destination();

    pub(super) static COMPRESSION: Setting<Compression> = Setting::new(
        &["OTEL_EXPORTER_OTLP_METRICS_COMPRESSION"],
        "`gzip` or `none`, for requests with metrics",
        compression(),
    )
    .general(&["OTEL_EXPORTER_OTLP_COMPRESSION"])
    .described_default("as for spans")
    .methods(&["with_metrics"])
    .names_destination();

    pub(super) static PROTOCOL: Setting<Protocol> = Setting::new(
        &["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"],
        "`http/protobuf` or `grpc`, for requests with metrics",
        protocol(),
    )
    .general(&["OTEL_EXPORTER_OTLP_PROTOCOL"])
    .described_default("as for spans")
    .methods(&["with_metrics"])
    .names_destination();

    pub(super) static CERTIFICATE: Setting<String> = Setting::new(
        &["OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE"],
        "a PEM file with authorities that are trusted for metrics besides the system's",
        parser::text(),
    )
    .general(&["OTEL_EXPORTER_OTLP_CERTIFICATE"])
    .described_default("as for spans")
    .methods(&["with_metrics"])
    .names_destination();
}

const fn compression() -> Parser<Compression> {
    Parser::new("`gzip` or `none`", |value| match value {
        "gzip" => Some(Compression::Gzip),
        "none" => Some(Compression::None),
        _ => None,
    })
}

const fn protocol() -> Parser<Protocol> {
    let expected = if Protocol::Grpc.is_built() {
        "`http/protobuf` (a collector's port for it is usually 4318) or `grpc` (4317)"
    } else {
        "`http/protobuf`: point the endpoint at the collector's HTTP port (usually 4318; 4317 is gRPC's), or \
         turn on the feature `grpc` of tracing-genai"
    };
    Parser::new(expected, |value| match value {
        "http/protobuf" => Some(Protocol::HttpProtobuf),
        "grpc" => Some(Protocol::Grpc).filter(|protocol| protocol.is_built()),
        _ => None,
    })
}

impl Destination {
    /// What the environment names: accounts at backends, an OTLP backend, the terminal. The flag says that
    /// something was switched off on purpose.
    pub(crate) fn from_environment(
        environment: &Environment,
    ) -> Result<(Vec<Self>, bool), ConfigError> {
        let (accounts, is_switched_off) = backends::accounts(environment)?;
        let mapping = MAPPING.read(environment)?;
        let exporters = TRACES_EXPORTER.read(environment)?;
        let otlp = match exporters {
            Some(exporters) if !exporters.otlp => None,
            _ => otlp(environment, &TRACES)?,
        };
        // Some instructions name a backend's endpoint beside its keys.
        let is_account = |otlp: &Self| {
            let mut urls = accounts
                .iter()
                .filter_map(|(_, account)| account.http_settings().ok());
            urls.any(|settings| otlp.is_at(&settings.url))
        };
        let otlp = otlp.filter(|otlp| !is_account(otlp));
        let otlp = otlp.map(|otlp| Self { mapping, ..otlp });
        let has_console = exporters.is_some_and(|exporters| exporters.console)
            && console::SWITCH.read(environment)?.is_none();
        let is_none = exporters.is_some_and(|exporters| !exporters.otlp && !exporters.console);
        let certificate = certificate(environment, &TRACES)?;
        let of_accounts = accounts.into_iter().map(|(backend, account)| Self {
            mapping: Some(backend),
            certificate: certificate.clone(),
            ..Self::new(Receiver::FromEnvironment { backend, account })
        });
        let destinations = of_accounts.chain(otlp).map(|destination| Self {
            is_of_environment: true,
            ..destination
        });
        let terminal = has_console.then(Self::terminal);
        let destinations = destinations.chain(terminal).collect();
        Ok((destinations, is_switched_off || is_none))
    }

    /// Where the environment wants metrics: at the backend that it names for them, else at its OTLP backend
    /// if that `is_asked` for, and at none that is known to take only spans.
    pub(crate) fn of_metrics(
        environment: &Environment,
        is_asked: bool,
    ) -> Result<Option<Self>, ConfigError> {
        let is_named = metrics::ENDPOINT.row.is_set(environment);
        let is_for_spans = MAPPING.row.is_set(environment);
        let mut destination = otlp(environment, &metrics::SIGNAL)?;
        if let Some(destination) = &mut destination {
            destination.is_of_environment = true;
        }
        Ok(destination.filter(|destination| {
            is_named || is_asked && !is_for_spans && destination.discards_metrics().is_none()
        }))
    }
}

/// A base without the path of a signal, which is often given with it.
fn base_of(base: &str) -> &str {
    let base = base.trim_end_matches('/');
    let paths = [TRACES.path, metrics::SIGNAL.path];
    let base = paths
        .into_iter()
        .find_map(|path| base.strip_suffix(path))
        .unwrap_or(base);
    base.trim_end_matches('/')
}

fn otlp(environment: &Environment, signal: &Signal) -> Result<Option<Destination>, ConfigError> {
    let protocol = signal.protocol.read(environment)?.unwrap_or_default();
    let named = signal.endpoint.read_named(environment)?;
    let (setting, url) = match named {
        Some(named) => named,
        None => match ENDPOINT.read_named(environment)? {
            Some((setting, base)) => {
                let base = base_of(&base);
                let path = match protocol {
                    Protocol::HttpProtobuf => signal.path,
                    Protocol::Grpc => "",
                };
                (setting, format!("{base}{path}"))
            }
            None => return Ok(None),
        },
    };
    let mut destination = Destination::new(Receiver::Otlp { url, setting });
    destination.headers = signal.headers.read(environment)?.unwrap_or_default();
    destination.timeout = signal.timeout.read(environment)?;
    destination.compression = signal.compression.read(environment)?;
    destination.protocol = protocol;
    destination.certificate = certificate(environment, signal)?;
    Ok(Some(destination))
}

/// A file with authorities to trust, and the variable that names it.
fn certificate(
    environment: &Environment,
    signal: &Signal,
) -> Result<Option<(&'static str, PathBuf)>, ConfigError> {
    let named = signal.certificate.read_named(environment)?;
    Ok(named.map(|(setting, file)| (setting, file.into())))
}
