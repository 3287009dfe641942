//! Destinations: where spans go, and in whose words.

mod checked;
mod described;
mod named;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::backends;
use crate::backends::{Account, Backend, Credentials};
use crate::config::secret::Secret;
use crate::otlp::encoded::Compression;
use crate::otlp::in_memory::InMemoryBackend;
use crate::pipeline::mask::{Mask, MaskField};

pub(crate) use checked::{Checked, Surroundings, Target};
pub(crate) use named::SETTINGS;

/// Whose attributes a destination reads besides the GenAI semantic conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mapping {
    /// Langfuse's `langfuse.*` attributes.
    Langfuse,
    /// OpenInference's attributes, for Arize Phoenix: the kind of every span, its input and output, tags,
    /// metadata, and a project called like the service.
    OpenInference,
}

impl Mapping {
    fn backend(self) -> &'static dyn Backend {
        match self {
            Self::Langfuse => backends::LANGFUSE,
            Self::OpenInference => backends::OPEN_INFERENCE,
        }
    }
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
    mapping: Option<&'static dyn Backend>,
    genai_content: bool,
    content: Option<bool>,
    only_genai: Option<bool>,
    masks: Vec<Mask>,
    sample_rate: Option<f64>,
    flush_at: Option<usize>,
    flush_interval: Option<Duration>,
    headers: Vec<(String, Secret)>,
    timeout: Option<Duration>,
    compression: Option<Compression>,
    /// Nobody named it in code.
    is_of_environment: bool,
}

#[derive(Clone)]
enum Kind {
    /// A backend with an account that the code names.
    Account {
        backend: &'static dyn Backend,
        credentials: Credentials,
    },
    /// A backend with an account that the environment names.
    FromEnvironment {
        backend: &'static dyn Backend,
        account: Arc<dyn Account>,
    },
    Otlp {
        url: String,
        setting: &'static str,
    },
    Terminal,
    InMemory(InMemoryBackend),
}

impl Destination {
    /// Langfuse's cloud in the EU; see [`Destination::with_base_url`] for others.
    pub fn langfuse(public_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self::new(Kind::Account {
            backend: backends::LANGFUSE,
            credentials: Credentials {
                public_key: public_key.into(),
                secret_key: Secret::new(secret_key),
                base_url: None,
                project_id: None,
            },
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
    pub(crate) fn in_memory(memory: InMemoryBackend) -> Self {
        Self::new(Kind::InMemory(memory))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            mapping: None,
            genai_content: false,
            content: None,
            only_genai: None,
            masks: Vec::new(),
            sample_rate: None,
            flush_at: None,
            flush_interval: None,
            headers: Vec::new(),
            timeout: None,
            compression: None,
            is_of_environment: false,
        }
    }

    /// Another Langfuse than the cloud in the EU, such as `https://us.cloud.langfuse.com`. Of no
    /// use to other destinations.
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        if let Kind::Account { credentials, .. } = &mut self.kind {
            credentials.base_url = Some(url.into());
        }
        self
    }

    /// Writes the attributes of this backend as well; for the backend itself, and for collectors that
    /// pass spans on to it. Beats `TRACING_GENAI_OTLP_MAPPING`, which is about the destination that the
    /// environment names.
    pub fn with_mapping(mut self, mapping: Mapping) -> Self {
        self.mapping = Some(mapping.backend());
        self
    }

    /// Keeps messages, instructions and tools under their `gen_ai.*` names beside what a mapping makes
    /// of them; for collectors that feed other backends as well. Doubles their size.
    pub fn with_genai_content(mut self) -> Self {
        self.genai_content = true;
        self
    }

    /// Whether this destination gets content: messages, arguments, results, inputs and outputs. With
    /// content off, errors keep 200 characters of their text; metadata, tags and lines of your own
    /// log stay. Beats `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`.
    ///
    /// Unless said otherwise, every destination named in code gets it, and so does Langfuse; the
    /// terminal shows it where standard error is a terminal.
    pub fn with_content(mut self, content: bool) -> Self {
        self.content = Some(content);
        self
    }

    /// Whether this destination gets only traces with a GenAI span; beats
    /// [`TelemetryBuilder::with_only_genai`](crate::TelemetryBuilder::with_only_genai), which says what
    /// that means.
    pub fn with_only_genai(mut self, only: bool) -> Self {
        self.only_genai = Some(only);
        self
    }

    /// Asks this function about every text on its way to this destination, after those of
    /// [`TelemetryBuilder::with_mask`](crate::TelemetryBuilder::with_mask), where it is described.
    pub fn with_mask<F>(mut self, mask: F) -> Self
    where
        F: for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync + 'static,
    {
        self.masks.push(Mask::new(mask));
        self
    }

    /// The share of traces that this destination gets, between 0 and 1; always whole traces, the same
    /// ones in every process. For Langfuse it beats `LANGFUSE_SAMPLE_RATE`.
    ///
    /// If this is the only destination and no sampler is named, the other traces are not recorded in
    /// the first place, and a trace that began elsewhere follows the decision made there. The spans
    /// that it does not get are no losses: no [`Report`](crate::Report) counts them.
    pub fn with_sample_rate(mut self, share: f64) -> Self {
        self.sample_rate = Some(share);
        self
    }

    /// How many spans are sent at once without waiting for more. 512 unless said otherwise; for
    /// Langfuse it beats `LANGFUSE_FLUSH_AT`.
    pub fn with_flush_at(mut self, spans: usize) -> Self {
        self.flush_at = Some(spans.max(1));
        self
    }

    /// How long a span waits for others at most. One second unless said otherwise, not at all for
    /// the terminal; for Langfuse it beats `LANGFUSE_FLUSH_INTERVAL`. Of a destination for metrics: the time
    /// from one request to the next, a minute unless said otherwise.
    pub fn with_flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = Some(interval);
        self
    }

    /// The id of the Langfuse project that the keys belong to, for
    /// [`Telemetry::trace_url`](crate::Telemetry::trace_url); looked up there unless it is given. Of no
    /// use to other destinations.
    pub fn with_project_id(mut self, id: impl Into<String>) -> Self {
        if let Kind::Account { credentials, .. } = &mut self.kind {
            credentials.project_id = Some(id.into());
        }
        self
    }

    /// Adds a header to every request.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Secret::new(value)));
        self
    }

    /// How long one request may take. Ten seconds unless said otherwise; beats `LANGFUSE_TIMEOUT`.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How requests are compressed; gzip unless said otherwise.
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and the values of headers stay out.
        let kind = match &self.kind {
            Kind::Account { backend, .. } | Kind::FromEnvironment { backend, .. } => backend.name(),
            Kind::Otlp { .. } => "OTLP",
            Kind::Terminal => "terminal",
            Kind::InMemory(_) => "memory",
        };
        formatter
            .debug_struct("Destination")
            .field("kind", &kind)
            .field("mapping", &self.mapping.map(Backend::name))
            .finish_non_exhaustive()
    }
}
