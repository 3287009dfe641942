//! A destination whose settings have been checked and completed.
//!
//! The code takes precedence over the environment, and the environment over the defaults. A backend's
//! variables count for every destination with its mapping, also through a collector.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Origin;

use super::console;
use super::console::ConsoleSwitch;
use super::definition::{Destination, Receiver};
use crate::backends;
use crate::backends::{Account, Backend, Delivery, MapOptions};
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::export::queue::Limits;
use crate::otlp::encoded::Compression;
use crate::otlp::in_memory::InMemoryBackend;
use crate::otlp::protocol::{Protocol, Service};
use crate::otlp::transport::HttpSettings;
use crate::pipeline::Pipeline;
use crate::pipeline::capture::Capture;
use crate::pipeline::redaction::Redaction;
use crate::pipeline::sample_rate::SampleRate;
use crate::terminal;
use crate::text::errors;

/// The specification's default.
const OTLP_TIMEOUT: Duration = Duration::from_secs(10);

/// The settings that all destinations share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedSettings<'a> {
    pub(crate) environment: &'a Environment,
    /// Whether content is sent, if that is set for all destinations.
    pub(crate) content: Option<bool>,
    /// Whether only traces with a GenAI span are wanted.
    pub(crate) only_genai: bool,
    /// Whether arguments and results of functions are sent.
    pub(crate) function_content: bool,
    pub(crate) limits: Limits,
    /// The rules for every text, whatever the destination.
    pub(crate) redaction: &'a Redaction,
    /// How many destinations there are, not counting terminals.
    pub(crate) backends: usize,
}

/// A destination whose settings have been checked.
pub(crate) struct Checked {
    /// For people.
    pub(crate) name: String,
    pub(crate) limits: Limits,
    /// The traces that it gets.
    pub(crate) share: SampleRate,
    /// Only those with a GenAI span.
    pub(crate) only_genai: bool,
    pub(crate) pipeline: Pipeline,
    pub(crate) target: Target,
    /// Whether it is the OTLP backend that the environment names, for the standard exporter too.
    pub(crate) is_standard: bool,
}

/// What a destination's thread talks to.
pub(crate) enum Target {
    Http {
        settings: Box<HttpSettings>,
        /// Set if credentials travel unencrypted to this host.
        exposed: Option<String>,
        /// Where its traces can be looked at.
        account: Option<Arc<dyn Account>>,
    },
    Terminal(terminal::Settings),
    InMemory(InMemoryBackend),
}

impl Checked {
    /// The server that takes its traces.
    pub(crate) fn origin(&self) -> Option<Origin> {
        match &self.target {
            Target::Http { settings, .. } => Some(settings.url.origin()),
            _ => None,
        }
    }

    /// Where the traces of this destination can be looked at, and how they get there.
    pub(crate) fn account(&self) -> Option<(Arc<dyn Account>, HttpSettings)> {
        match &self.target {
            Target::Http {
                account, settings, ..
            } => Some((account.clone()?, HttpSettings::clone(settings))),
            _ => None,
        }
    }
}

impl Destination {
    /// Whether it is the terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.receiver, Receiver::Terminal)
    }

    pub(crate) fn check(self, shared: &SharedSettings<'_>) -> Result<Checked, ConfigError> {
        let at = match &self.receiver {
            Receiver::Otlp { url, .. } => backends::at(url),
            _ => None,
        };
        let mapping = self.mapping.or(at);
        let of_backend = match mapping {
            Some(backend) => backend.variables(shared.environment)?.delivery,
            None => Delivery::default(),
        };
        let share = match (self.sample_rate, of_backend.sample_rate) {
            (Some(share), _) => {
                parser::share().parse("Destination::with_sample_rate", &share.to_string())?
            }
            (None, share) => share.unwrap_or(1.0),
        };
        let usual = shared.limits;
        // A person waits there: a span appears as soon as it has ended.
        let linger = if self.is_terminal() {
            Duration::ZERO
        } else {
            usual.linger
        };
        let limits = Limits {
            batch_spans: self
                .flush_at
                .or(of_backend.flush_at)
                .unwrap_or(usual.batch_spans),
            linger: self
                .flush_interval
                .or(of_backend.flush_interval)
                .unwrap_or(linger),
            ..usual
        };
        let content = self.content.or(shared.content);
        let is_read_by_backend = at.is_some()
            || matches!(
                self.receiver,
                Receiver::Account { .. } | Receiver::FromEnvironment { .. }
            );
        let keep_translated = self.translated.unwrap_or(!is_read_by_backend);
        let is_standard = self.is_of_environment && matches!(self.receiver, Receiver::Otlp { .. });
        let merely_named = is_standard && shared.backends > 1;
        let (name, mut target) = match self.receiver {
            Receiver::Terminal => {
                let environment = shared.environment;
                let mut settings = terminal::Settings::detect(|name| environment.get(name));
                let switch = console::SWITCH.read(environment)?;
                settings.show_content |= switch == Some(ConsoleSwitch::WithContent);
                settings.show_content = content.unwrap_or(settings.show_content);
                ("terminal".into(), Target::Terminal(settings))
            }
            Receiver::InMemory(memory) => ("memory".into(), Target::InMemory(memory)),
            Receiver::Account {
                backend,
                credentials,
            } => account_parts(backend, backend.account(credentials)?)?,
            Receiver::FromEnvironment { backend, account } => account_parts(backend, account)?,
            Receiver::Otlp { url, setting } => otlp_parts(setting, &url, self.protocol)?,
        };
        if let Target::Http { settings, .. } = &mut target {
            for (name, value) in at.into_iter().flat_map(Backend::headers) {
                let (name, value) = (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                );
                settings.headers.insert(name, value);
            }
            for (header, value) in &self.headers {
                let (name, value) = parser::header(header, value.expose()).ok_or_else(|| {
                    let expected = "the name of an HTTP header and a value in visible ASCII";
                    ConfigError::secret("Destination::with_header", expected)
                })?;
                settings.headers.insert(name, value);
            }
            if let Some(timeout) = self.timeout.or(of_backend.timeout) {
                settings.timeout = timeout;
            }
            if let Some(compression) = self.compression {
                settings.compression = compression;
            }
            if let Some((setting, file)) = &self.certificate {
                settings.certificates = certificates(setting, file)?;
            }
        }
        let capture = Capture {
            content: match &target {
                Target::Terminal(settings) => settings.show_content,
                _ => content.unwrap_or(!merely_named),
            },
            functions: shared.function_content,
            media: self.media && !matches!(target, Target::Terminal(_)),
        };
        let mut redaction = shared.redaction.clone();
        redaction.masks.extend(self.masks);
        Ok(Checked {
            name,
            limits,
            share: SampleRate::new(share),
            only_genai: self.only_genai.unwrap_or(shared.only_genai),
            pipeline: Pipeline {
                backend: mapping,
                map_options: MapOptions {
                    keep_genai_content: self.genai_content,
                    keep_translated,
                    log_lines: self.log_lines,
                },
                capture,
                redaction,
            },
            target,
            is_standard,
        })
    }
}

impl Destination {
    /// The backend behind it that takes metrics and throws them away, if there is one.
    pub(crate) fn discards_metrics(&self) -> Option<&'static dyn Backend> {
        let (named, url) = match &self.receiver {
            Receiver::Account { backend, .. } | Receiver::FromEnvironment { backend, .. } => {
                (Some(*backend), None)
            }
            Receiver::Otlp { url, .. } => (self.mapping, backends::at(url)),
            Receiver::Terminal | Receiver::InMemory(_) => (None, None),
        };
        let mut known = named.into_iter().chain(url);
        known.find(|backend| !backend.keeps_metrics())
    }

    /// The settings of requests with metrics.
    pub(crate) fn check_metrics(
        self,
        shared: &SharedSettings<'_>,
    ) -> Result<crate::metrics::MetricsSetup, ConfigError> {
        let setting = match self.receiver {
            Receiver::Otlp { setting, .. } if self.is_of_environment => setting,
            _ => "TelemetryBuilder::with_metrics",
        };
        let expected = format!(
            "an OTLP backend that takes metrics, such as `http://localhost:4318/v1/metrics`; {} discards them",
            backends::that_discard_metrics()
        );
        if let Some(backend) = self.discards_metrics() {
            return Err(ConfigError::invalid(setting, backend.name(), expected));
        }
        let interval = self.flush_interval;
        let checked = self.check(shared)?;
        let Target::Http { mut settings, .. } = checked.target else {
            return Err(ConfigError::invalid(setting, &checked.name, expected));
        };
        let protocol = settings.protocol;
        settings.url = protocol.address(settings.url, Service::Metrics);
        Ok(crate::metrics::MetricsSetup {
            name: checked.name,
            http: *settings,
            schedule: crate::metrics::Schedule::new(interval, shared.environment)?,
            redaction: checked.pipeline.redaction,
        })
    }
}

/// The authorities in a file, which are trusted besides those of the system.
fn certificates(setting: &str, file: &Path) -> Result<Vec<Certificate>, ConfigError> {
    let invalid = |problem: String| {
        let expected = format!("a file with certificates in PEM format ({problem})");
        ConfigError::invalid(setting, &file.display().to_string(), expected)
    };
    let pem = fs::read(file).map_err(|error| invalid(error.to_string()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(invalid("it holds none".into())),
        Err(error) => Err(invalid(errors::with_sources(&error))),
    }
}

fn account_parts(
    backend: &dyn Backend,
    account: Arc<dyn Account>,
) -> Result<(String, Target), ConfigError> {
    let host = account.host().to_owned();
    Ok((
        format!("{} at {host}", backend.name()),
        Target::Http {
            settings: Box::new(account.http_settings()?),
            exposed: account.exposes_credentials().then_some(host),
            account: Some(account),
        },
    ))
}

fn otlp_parts(
    setting: &str,
    url: &str,
    protocol: Protocol,
) -> Result<(String, Target), ConfigError> {
    let url = parser::url().parse(setting, url)?;
    if !protocol.is_built() {
        let expected = "`Protocol::HttpProtobuf`, unless the feature `grpc` of tracing-genai is on";
        return Err(ConfigError::invalid(
            "Destination::with_protocol",
            &format!("{protocol:?}"),
            expected,
        ));
    }
    let url = protocol.address(url, Service::Traces);
    let settings = HttpSettings {
        headers: HeaderMap::new(),
        timeout: OTLP_TIMEOUT,
        compression: Compression::default(),
        credentials: "OTEL_EXPORTER_OTLP_HEADERS or Destination::with_header",
        account: String::new(),
        certificates: Vec::new(),
        protocol,
        url,
    };
    Ok((
        format!("OTLP at {}", settings.url.origin().ascii_serialization()),
        Target::Http {
            settings: Box::new(settings),
            exposed: None,
            account: None,
        },
    ))
}

/// A sentence about the settings, without any secret.
impl fmt::Display for Checked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capture = self.pipeline.capture;
        let sent = match (capture.content, capture.functions) {
            (false, _) => "no content",
            (true, false) => "content except arguments and results of functions",
            (true, true) => "content",
        };
        let media = match capture.sends_media() {
            true => " with media",
            false => "",
        };
        let only = match self.only_genai {
            true => " with a GenAI span",
            false => "",
        };
        write!(
            formatter,
            "{}: {}{only}, {sent}{media}, sent at {} spans or after {:?}",
            self.name, self.share, self.limits.batch_spans, self.limits.linger
        )?;
        if let Target::Http { settings, .. } = &self.target {
            write!(
                formatter,
                ", to the path {}, {:?} a request",
                settings.url.path(),
                settings.timeout
            )?;
        }
        Ok(())
    }
}
