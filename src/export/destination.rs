//! Destinations: where spans go, and in whose words.

use std::fmt;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use reqwest::header::HeaderMap;

use super::console;
use super::transport::{Compression, HttpSettings};
use crate::langfuse::{self, FromEnvironment, LangfuseConfig, Project};
use crate::telemetry::environment::{self, ConsoleSwitch, Environment};
use crate::telemetry::error::ConfigError;
use crate::testing::InMemory;
use crate::{context, functions};

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
/// The specification's default.
const OTLP_TIMEOUT: Duration = Duration::from_secs(10);

/// Whose attributes a destination reads besides the GenAI semantic conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mapping {
    /// Langfuse's `langfuse.*` attributes.
    Langfuse,
}

/// Where spans go.
///
/// ```
/// use tracing_genai::{Destination, Mapping, Telemetry};
///
/// # fn main() -> Result<(), tracing_genai::ConfigError> {
/// let telemetry = Telemetry::builder()
///     // A collector that passes everything on to Langfuse.
///     .with_destination(
///         Destination::otlp("http://localhost:4318/v1/traces").with_mapping(Mapping::Langfuse),
///     )
///     .with_destination(Destination::terminal())
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a destination does nothing until it is given to `TelemetryBuilder::with_destination`"]
pub struct Destination {
    kind: Kind,
    mapping: Option<Mapping>,
    genai_content: bool,
    project_id: Option<String>,
    headers: Vec<(String, String)>,
    timeout: Option<Duration>,
    compression: Option<Compression>,
}

#[derive(Clone)]
enum Kind {
    Langfuse {
        public_key: String,
        secret_key: String,
        base_url: Option<String>,
    },
    Configured {
        config: LangfuseConfig,
    },
    Otlp {
        url: String,
        setting: &'static str,
    },
    Terminal,
    InMemory(InMemory),
}

/// What happens to a span before it is encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    mapping: Option<Mapping>,
    genai_content: bool,
}

impl Shape {
    /// Rewrites a destination's own copy of a span.
    pub(crate) fn apply(self, span: &mut SpanData) {
        context::resolve(span);
        match self.mapping {
            Some(Mapping::Langfuse) => {
                functions::consume(span);
                let settings = langfuse::MappingSettings {
                    keep_semconv_content: self.genai_content,
                };
                langfuse::map(span, &settings);
            }
            None => {}
        }
    }

    /// The resource that goes with such spans.
    pub(crate) fn resource(self, resource: &Resource) -> Resource {
        match self.mapping {
            Some(Mapping::Langfuse) => langfuse::resource(resource),
            None => resource.clone(),
        }
    }
}

/// A destination whose settings have been checked.
pub(crate) enum Checked {
    Http {
        name: String,
        settings: Box<HttpSettings>,
        shape: Shape,
        /// Set if credentials travel unencrypted to this host.
        exposed: Option<String>,
        project: Option<Project>,
    },
    Terminal(console::Settings),
    InMemory(InMemory, Shape),
}

impl Checked {
    /// Where the traces of this destination can be looked at.
    pub(crate) fn project(&self) -> Option<Project> {
        match self {
            Self::Http { project, .. } => project.clone(),
            _ => None,
        }
    }
}

impl Destination {
    /// Langfuse's cloud in the EU; see [`Destination::with_base_url`] for others.
    pub fn langfuse(public_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self::new(Kind::Langfuse {
            public_key: public_key.into(),
            secret_key: secret_key.into(),
            base_url: None,
        })
        .with_mapping(Mapping::Langfuse)
    }

    /// Any backend that takes OTLP over HTTP with protobuf. `url` is used as it is: it usually ends
    /// in `/v1/traces`.
    pub fn otlp(url: impl Into<String>) -> Self {
        Self::new(Kind::Otlp {
            url: url.into(),
            setting: "Destination::otlp",
        })
    }

    /// The terminal: a tree of every trace on standard error.
    pub fn terminal() -> Self {
        Self::new(Kind::Terminal)
    }

    /// The memory of a test.
    pub(crate) fn in_memory(memory: InMemory) -> Self {
        Self::new(Kind::InMemory(memory))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            mapping: None,
            genai_content: false,
            project_id: None,
            headers: Vec::new(),
            timeout: None,
            compression: None,
        }
    }

    /// Another Langfuse than the cloud in the EU, such as `https://us.cloud.langfuse.com`. Of no
    /// use to other destinations.
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        if let Kind::Langfuse { base_url, .. } = &mut self.kind {
            *base_url = Some(url.into());
        }
        self
    }

    /// Writes the attributes of this backend as well; for collectors that pass spans on to it.
    pub fn with_mapping(mut self, mapping: Mapping) -> Self {
        self.mapping = Some(mapping);
        self
    }

    /// Keeps messages, instructions and tools under their `gen_ai.*` names beside what a mapping makes
    /// of them; for collectors that feed other backends as well. Doubles their size.
    pub fn with_genai_content(mut self) -> Self {
        self.genai_content = true;
        self
    }

    /// The id of the Langfuse project that the keys belong to, for
    /// [`Telemetry::trace_url`](crate::Telemetry::trace_url); looked up there unless it is given. Of no
    /// use to other destinations.
    pub fn with_project_id(mut self, id: impl Into<String>) -> Self {
        self.project_id = Some(id.into());
        self
    }

    /// Adds a header to every request.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long one request may take. Ten seconds unless said otherwise.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How requests are compressed; gzip unless said otherwise.
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

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
        destinations.extend(otlp_from_environment(environment)?);
        Ok((destinations, disabled))
    }

    pub(crate) fn check(self, environment: &Environment) -> Result<Checked, ConfigError> {
        let shape = Shape {
            mapping: self.mapping,
            genai_content: self.genai_content,
        };
        let mut project = None;
        let (name, mut settings, exposed) = match self.kind {
            Kind::Terminal => {
                let mut settings = console::Settings::detect(|name| environment.get(name));
                settings.show_content |= environment.console()? == Some(ConsoleSwitch::WithContent);
                return Ok(Checked::Terminal(settings));
            }
            Kind::InMemory(memory) => return Ok(Checked::InMemory(memory, shape)),
            Kind::Langfuse {
                public_key,
                secret_key,
                base_url,
            } => {
                let config = LangfuseConfig::new(public_key, secret_key, base_url.as_deref())?;
                let parts = langfuse_parts(&config)?;
                project = Some(Project::new(config, self.project_id));
                parts
            }
            Kind::Configured { config } => {
                let parts = langfuse_parts(&config)?;
                project = Some(Project::new(config, self.project_id));
                parts
            }
            Kind::Otlp { url, setting } => {
                let url = environment::url(setting, &url)?;
                let name = format!("OTLP at {}", url.origin().ascii_serialization());
                let settings = HttpSettings {
                    url,
                    headers: HeaderMap::new(),
                    timeout: OTLP_TIMEOUT,
                    compression: Compression::default(),
                    credentials: "OTEL_EXPORTER_OTLP_HEADERS or Destination::with_header",
                };
                (name, settings, None)
            }
        };
        for (header, value) in &self.headers {
            environment::header(
                &mut settings.headers,
                "Destination::with_header",
                header,
                value,
            )?;
        }
        if let Some(timeout) = self.timeout {
            settings.timeout = timeout;
        }
        if let Some(compression) = self.compression {
            settings.compression = compression;
        }
        Ok(Checked::Http {
            name,
            settings: Box::new(settings),
            shape,
            exposed,
            project,
        })
    }
}

type HttpParts = (String, HttpSettings, Option<String>);

fn langfuse_parts(config: &LangfuseConfig) -> Result<HttpParts, ConfigError> {
    Ok((
        format!("{} at {}", langfuse::NAME, config.host()),
        config.http_settings()?,
        config.is_exposed().then(|| config.host().to_owned()),
    ))
}

fn otlp_from_environment(environment: &Environment) -> Result<Option<Destination>, ConfigError> {
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

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and the values of headers stay out.
        let kind = match &self.kind {
            Kind::Langfuse { .. } | Kind::Configured { .. } => langfuse::NAME,
            Kind::Otlp { .. } => "OTLP",
            Kind::Terminal => "terminal",
            Kind::InMemory(_) => "memory",
        };
        formatter
            .debug_struct("Destination")
            .field("kind", &kind)
            .field("mapping", &self.mapping)
            .finish_non_exhaustive()
    }
}
