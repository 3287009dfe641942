//! A destination as it is defined, by the code or by the environment; not checked yet.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::mapping::Mapping;
use crate::backends;
use crate::backends::{Account, Backend, Credentials};
use crate::config::code::InCode;
use crate::config::secret::Secret;
use crate::otlp::encoded::Compression;
use crate::otlp::in_memory::InMemoryBackend;
use crate::otlp::protocol::Protocol;
use crate::pipeline::mask::{Mask, MaskField};

/// Where spans go: a backend, a collector or the terminal.
///
/// # Examples
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
    /// What was set, for people.
    pub(super) in_code: InCode,
    pub(super) receiver: Receiver,
    pub(super) mapping: Option<&'static dyn Backend>,
    pub(super) genai_content: bool,
    /// `None` for what fits the receiver.
    pub(super) translated: Option<bool>,
    pub(super) log_lines: bool,
    pub(super) content: Option<bool>,
    pub(super) media: bool,
    pub(super) only_genai: Option<bool>,
    pub(super) masks: Vec<Mask>,
    pub(super) sample_rate: Option<f64>,
    pub(super) flush_at: Option<usize>,
    pub(super) flush_interval: Option<Duration>,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) timeout: Option<Duration>,
    pub(super) compression: Option<Compression>,
    pub(super) protocol: Protocol,
    /// A file with authorities to trust, and the setting that names it.
    pub(super) certificate: Option<(&'static str, PathBuf)>,
    /// The environment names it, not the code.
    pub(super) is_of_environment: bool,
}

/// Who receives the spans.
#[derive(Clone)]
pub(super) enum Receiver {
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
    /// An OTLP endpoint.
    Otlp {
        url: String,
        /// The variable or method that names it.
        setting: &'static str,
    },
    Terminal,
    InMemory(InMemoryBackend),
}

impl Destination {
    /// Langfuse, in its EU cloud unless [`Destination::with_base_url`] names another address.
    pub fn langfuse(public_key: impl Into<String>, secret_key: impl Into<String>) -> Self {
        let backend = backends::LANGFUSE;
        let public_key = public_key.into();
        let mut in_code = InCode::default();
        in_code.set("Destination::langfuse", backend.display_key(&public_key));
        Self {
            in_code,
            mapping: Some(backend),
            ..Self::new(Receiver::Account {
                backend,
                credentials: Credentials {
                    public_key,
                    secret_key: Secret::new(secret_key),
                    base_url: None,
                    project_id: None,
                },
            })
        }
    }

    /// Any backend that takes OTLP, over HTTP with protobuf unless [`Destination::with_protocol`] says gRPC.
    /// `url` is used as it is, and usually ends in `/v1/traces`.
    pub fn otlp(url: impl Into<String>) -> Self {
        let url = url.into();
        let mut in_code = InCode::default();
        in_code.set_address("Destination::otlp", &url);
        let setting = "Destination::otlp";
        Self {
            in_code,
            ..Self::new(Receiver::Otlp { url, setting })
        }
    }

    /// The terminal: a tree of every trace on standard error.
    pub fn terminal() -> Self {
        let mut destination = Self::new(Receiver::Terminal);
        destination.in_code.set("Destination::terminal", "");
        destination
    }

    /// An in-memory backend for tests.
    pub(crate) fn in_memory(memory: InMemoryBackend) -> Self {
        Self::new(Receiver::InMemory(memory))
    }

    /// Whether it is the backend at this address.
    pub(super) fn is_at(&self, address: &Url) -> bool {
        match &self.receiver {
            Receiver::Otlp { url, .. } => Url::parse(url).is_ok_and(|url| url == *address),
            _ => false,
        }
    }

    pub(super) fn new(receiver: Receiver) -> Self {
        Self {
            in_code: InCode::default(),
            receiver,
            mapping: None,
            genai_content: false,
            translated: None,
            log_lines: true,
            content: None,
            media: false,
            only_genai: None,
            masks: Vec::new(),
            sample_rate: None,
            flush_at: None,
            flush_interval: None,
            headers: Vec::new(),
            timeout: None,
            compression: None,
            protocol: Protocol::default(),
            certificate: None,
            is_of_environment: false,
        }
    }

    /// Sets the address of Langfuse, such as `https://us.cloud.langfuse.com`. Defaults to the EU cloud.
    /// It has no effect on other destinations.
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        if let Receiver::Account { credentials, .. } = &mut self.receiver {
            let url = url.into();
            self.in_code.set_address("Destination::with_base_url", &url);
            credentials.base_url = Some(url);
        }
        self
    }

    /// Adds the attributes that a backend reads, for the backend itself or for a collector that passes
    /// spans on to it. Takes precedence over `TRACING_GENAI_OTLP_MAPPING`, which is for the destination
    /// that the environment names.
    pub fn with_mapping(mut self, mapping: Mapping) -> Self {
        self.in_code
            .set("Destination::with_mapping", format_args!("{mapping:?}"));
        self.mapping = Some(mapping.backend());
        self
    }

    /// Sets whether messages, instructions and tools keep their `gen_ai.*` names beside what a mapping makes
    /// of them, for collectors that feed other backends too. Defaults to `false`, because it doubles their
    /// size.
    pub fn with_genai_content(mut self, keep: bool) -> Self {
        self.in_code.set("Destination::with_genai_content", keep);
        self.genai_content = keep;
        self
    }

    /// Sets whether attributes that [`Mapping::Langfuse`] translates are sent as well: parameters, counts,
    /// models, and what describes a call (which otherwise is one entry, `call`, in the metadata).
    ///
    /// Defaults to `false` for Langfuse, which lists every attribute in an observation's metadata, and to
    /// `true` for any other receiver, such as a collector that feeds other backends too. Messages have their
    /// own setting, [`Destination::with_genai_content`].
    pub fn with_translated_attributes(mut self, keep: bool) -> Self {
        self.in_code
            .set("Destination::with_translated_attributes", keep);
        self.translated = Some(keep);
        self
    }

    /// Sets whether Langfuse gets a span's log lines, and a call's failed attempts, as the observation's
    /// metadata `log`. Other backends get them as events of the span, which Langfuse discards. Defaults to
    /// `true`. The last 50 lines are kept, and 1,000 bytes of each text.
    pub fn with_log_lines(mut self, lines: bool) -> Self {
        self.in_code.set("Destination::with_log_lines", lines);
        self.log_lines = lines;
        self
    }

    /// Sets whether this destination gets content: messages, arguments, results, inputs and outputs.
    /// Takes precedence over [`TelemetryBuilder::with_content`](crate::TelemetryBuilder::with_content) and
    /// `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`. Defaults to `true`, for the terminal only if
    /// standard error is a terminal.
    ///
    /// Without content, errors keep 200 characters of their text, and metadata, tags and your own log lines
    /// stay.
    pub fn with_content(mut self, content: bool) -> Self {
        self.in_code.set("Destination::with_content", content);
        self.content = Some(content);
        self
    }

    /// Sets whether this destination gets the images, sound and files that model calls carry inline, instead of
    /// markers such as `<image/png, 4096 bytes, sha256 4c4b6a3be131>`. Defaults to `false`.
    ///
    /// Each is sent as a data URL, `data:image/png;base64,…`, where the marker would stand; with
    /// [`Mapping::Langfuse`] in the `image_url`, `input_audio` or `file` of a message, where Langfuse's own SDK has
    /// them. A medium may have 4 MiB, and those of one span 8 MiB together: over that, and
    /// [in some other cases](crate::guide::privacy), the marker is sent. Without content, there are no media, and
    /// the terminal shows none.
    ///
    /// Langfuse's server takes data URLs out of spans and keeps them as media only if it has a bucket for them and
    /// `LANGFUSE_OTEL_MEDIA_UPLOAD_ENABLED` is `true`, which it is not by default where you run it yourself.
    /// Otherwise they are stored inline and count against the limits of a request and of an observation.
    ///
    /// A data URL among arguments and results of a function is sent as it was recorded with `true`, and as a marker
    /// otherwise.
    pub fn with_media(mut self, media: bool) -> Self {
        self.in_code.set("Destination::with_media", media);
        self.media = media;
        self
    }

    /// Sets whether this destination gets only traces with a GenAI span; takes precedence over
    /// [`TelemetryBuilder::with_only_genai`](crate::TelemetryBuilder::with_only_genai), which explains what
    /// that means. Defaults to `false`.
    pub fn with_only_genai(mut self, only: bool) -> Self {
        self.in_code.set("Destination::with_only_genai", only);
        self.only_genai = Some(only);
        self
    }

    /// Adds a function that rewrites every text on its way to this destination, after those of
    /// [`TelemetryBuilder::with_mask`](crate::TelemetryBuilder::with_mask), which explains it.
    pub fn with_mask<F>(mut self, mask: F) -> Self
    where
        F: for<'a> Fn(MaskField<'_>, &'a str) -> Cow<'a, str> + Send + Sync + 'static,
    {
        self.in_code.add("Destination::with_mask", "custom");
        self.masks.push(Mask::new(mask));
        self
    }

    /// Sets the share of traces that this destination gets, between 0 and 1: always whole traces, the
    /// same ones in every process. For Langfuse it takes precedence over `LANGFUSE_SAMPLE_RATE`. Defaults
    /// to 1.
    ///
    /// If this is the only destination and no sampler is set, the other traces are not recorded in the
    /// first place, and a trace that began elsewhere follows the decision made there. Traces that it does not
    /// get are no losses: no [`Report`](crate::Report) counts them.
    pub fn with_sample_rate(mut self, share: f64) -> Self {
        self.in_code.set("Destination::with_sample_rate", share);
        self.sample_rate = Some(share);
        self
    }

    /// Sets how many spans make a request that is sent without waiting for more; for Langfuse it takes
    /// precedence over `LANGFUSE_FLUSH_AT`. Defaults to 512.
    pub fn with_flush_at(mut self, spans: usize) -> Self {
        self.in_code.set("Destination::with_flush_at", spans);
        self.flush_at = Some(spans.max(1));
        self
    }

    /// Sets for how long a span waits for others to be sent with; for Langfuse it takes precedence over
    /// `LANGFUSE_FLUSH_INTERVAL`. Defaults to one second, and to zero for the terminal. For metrics, it is the
    /// time from one request to the next, and defaults to a minute.
    pub fn with_flush_interval(mut self, interval: Duration) -> Self {
        self.in_code.set(
            "Destination::with_flush_interval",
            format_args!("{interval:?}"),
        );
        self.flush_interval = Some(interval);
        self
    }

    /// Sets the id of the Langfuse project that the keys belong to, for
    /// [`Telemetry::trace_url`](crate::Telemetry::trace_url). Defaults to asking Langfuse. It has no effect
    /// on other destinations.
    pub fn with_project_id(mut self, id: impl Into<String>) -> Self {
        if let Receiver::Account { credentials, .. } = &mut self.receiver {
            let id = id.into();
            self.in_code.set("Destination::with_project_id", &id);
            credentials.project_id = Some(id);
        }
        self
    }

    /// Trusts the certificate authorities in this PEM file as well as the system's, for a server whose
    /// certificate is signed by an authority of your own. Defaults to none. For backends that the
    /// environment names, it is `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    pub fn with_certificate_file(mut self, file: impl Into<PathBuf>) -> Self {
        let file = file.into();
        self.in_code
            .set("Destination::with_certificate_file", file.display());
        self.certificate = Some(("Destination::with_certificate_file", file));
        self
    }

    /// Adds a header to every request.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.in_code
            .add("Destination::with_header", format_args!("{name}=(secret)"));
        self.headers.push((name, Secret::new(value)));
        self
    }

    /// Sets how long one request may take; takes precedence over `LANGFUSE_TIMEOUT`. Defaults to ten
    /// seconds.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.in_code
            .set("Destination::with_timeout", format_args!("{timeout:?}"));
        self.timeout = Some(timeout);
        self
    }

    /// Sets how requests are compressed. Defaults to gzip.
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.in_code.set(
            "Destination::with_compression",
            format_args!("{compression:?}"),
        );
        self.compression = Some(compression);
        self
    }

    /// Sets how requests travel to an OTLP backend; with gRPC, the path of its address is not used. Defaults to
    /// HTTP with protobuf; the OTLP backend of the environment has `OTEL_EXPORTER_OTLP_PROTOCOL`. It has no
    /// effect on other destinations.
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.in_code
            .set("Destination::with_protocol", format_args!("{protocol:?}"));
        self.protocol = protocol;
        self
    }

    /// What was set in code, for people.
    pub(crate) fn in_code(&self) -> &InCode {
        &self.in_code
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys and the values of headers stay out.
        let receiver = match &self.receiver {
            Receiver::Account { backend, .. } | Receiver::FromEnvironment { backend, .. } => {
                backend.name()
            }
            Receiver::Otlp { .. } => "OTLP",
            Receiver::Terminal => "terminal",
            Receiver::InMemory(_) => "memory",
        };
        formatter
            .debug_struct("Destination")
            .field("receiver", &receiver)
            .field("mapping", &self.mapping.map(Backend::name))
            .finish_non_exhaustive()
    }
}
