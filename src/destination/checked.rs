//! A destination whose settings have been checked and completed.
//!
//! Here meet what the code says of a destination, what the environment says and the defaults, in
//! this order. Variables of Langfuse count for whatever speaks to Langfuse, also through a
//! collector.

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;

use super::{Destination, Kind, Mapping};
use crate::backends::langfuse;
use crate::backends::langfuse::{LangfuseConfig, Project};
use crate::config::environment;
use crate::config::environment::{ConsoleSwitch, Environment};
use crate::config::error::ConfigError;
use crate::export::queue::Limits;
use crate::otlp::encoded::Compression;
use crate::otlp::in_memory::InMemoryBackend;
use crate::otlp::transport::HttpSettings;
use crate::pipeline::capture::Capture;
use crate::pipeline::shape::Shape;
use crate::pipeline::texts::Texts;
use crate::pipeline::trace_share::TraceShare;
use crate::terminal;

/// The specification's default.
const OTLP_TIMEOUT: Duration = Duration::from_secs(10);

/// What a destination's settings depend on besides itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) environment: &'a Environment,
    /// Whether content is sent, if that was said for all destinations.
    pub(crate) content: Option<bool>,
    /// Whether only traces with a GenAI span are wanted.
    pub(crate) only_genai: bool,
    /// Whether arguments and results of functions are sent.
    pub(crate) function_content: bool,
    pub(crate) langfuse: langfuse::Delivery,
    pub(crate) limits: Limits,
    /// What happens to every text, whoever gets it.
    pub(crate) texts: &'a Texts,
    /// How many destinations there are, not counting terminals.
    pub(crate) backends: usize,
}

/// A destination whose settings have been checked.
pub(crate) struct Checked {
    /// For people.
    pub(crate) name: String,
    pub(crate) limits: Limits,
    /// The traces that it gets.
    pub(crate) share: TraceShare,
    /// Only those with a GenAI span.
    pub(crate) only_genai: bool,
    pub(crate) shape: Shape,
    pub(crate) target: Target,
}

/// What a destination's thread talks to.
pub(crate) enum Target {
    Http {
        settings: Box<HttpSettings>,
        /// Set if credentials travel unencrypted to this host.
        exposed: Option<String>,
        /// Where its traces can be looked at.
        project: Option<Project>,
    },
    Terminal(terminal::Settings),
    InMemory(InMemoryBackend),
}

impl Checked {
    /// Where the traces of this destination can be looked at.
    pub(crate) fn project(&self) -> Option<Project> {
        match &self.target {
            Target::Http { project, .. } => project.clone(),
            _ => None,
        }
    }
}

impl Destination {
    /// Whether it only shows traces to whoever sits before the program.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.kind, Kind::Terminal)
    }

    pub(crate) fn check(self, surroundings: &Surroundings<'_>) -> Result<Checked, ConfigError> {
        let langfuse = match self.mapping {
            Some(Mapping::Langfuse) => surroundings.langfuse,
            Some(Mapping::OpenInference) | None => langfuse::Delivery::default(),
        };
        let share = match (self.sample_rate, langfuse.sample_rate) {
            (Some(share), _) => environment::share("Destination::with_sample_rate", share)?,
            (None, share) => share.unwrap_or(1.0),
        };
        let usual = surroundings.limits;
        // A person waits: a span is shown when it has ended.
        let linger = if self.is_terminal() {
            Duration::ZERO
        } else {
            usual.linger
        };
        let limits = Limits {
            batch_spans: self
                .flush_at
                .or(langfuse.flush_at)
                .unwrap_or(usual.batch_spans),
            linger: self
                .flush_interval
                .or(langfuse.flush_interval)
                .unwrap_or(linger),
            ..usual
        };
        let content = self.content.or(surroundings.content);
        let merely_named = self.is_of_environment
            && matches!(self.kind, Kind::Otlp { .. })
            && surroundings.backends > 1;
        let (name, mut target) = match self.kind {
            Kind::Terminal => {
                let environment = surroundings.environment;
                let mut settings = terminal::Settings::detect(|name| environment.get(name));
                settings.show_content |= environment.console()? == Some(ConsoleSwitch::WithContent);
                settings.show_content = content.unwrap_or(settings.show_content);
                ("terminal".into(), Target::Terminal(settings))
            }
            Kind::InMemory(memory) => ("memory".into(), Target::InMemory(memory)),
            Kind::Langfuse {
                public_key,
                secret_key,
                base_url,
            } => {
                let config = LangfuseConfig::new(public_key, secret_key, base_url.as_deref())?;
                langfuse_parts(config, self.project_id)?
            }
            Kind::Configured { config } => langfuse_parts(config, self.project_id)?,
            Kind::Otlp { url, setting } => otlp_parts(setting, &url)?,
        };
        if let Target::Http { settings, .. } = &mut target {
            for (header, value) in &self.headers {
                environment::header(
                    &mut settings.headers,
                    "Destination::with_header",
                    header,
                    value.expose(),
                )?;
            }
            if let Some(timeout) = self.timeout.or(langfuse.timeout) {
                settings.timeout = timeout;
            }
            if let Some(compression) = self.compression {
                settings.compression = compression;
            }
        }
        let capture = Capture {
            content: match &target {
                Target::Terminal(settings) => settings.show_content,
                _ => content.unwrap_or(!merely_named),
            },
            functions: surroundings.function_content,
        };
        let mut texts = surroundings.texts.clone();
        texts.masks.extend(self.masks);
        Ok(Checked {
            name,
            limits,
            share: TraceShare::new(share),
            only_genai: self.only_genai.unwrap_or(surroundings.only_genai),
            shape: Shape {
                mapping: self.mapping,
                genai_content: self.genai_content,
                capture,
                texts,
            },
            target,
        })
    }
}

#[cfg(feature = "metrics")]
impl Destination {
    /// Whether it takes metrics and throws them away.
    pub(crate) fn discards_metrics(&self) -> bool {
        match &self.kind {
            Kind::Langfuse { .. } | Kind::Configured { .. } => true,
            Kind::Otlp { url, .. } => {
                self.mapping == Some(Mapping::Langfuse) || langfuse::is_endpoint(url)
            }
            Kind::Terminal | Kind::InMemory(_) => false,
        }
    }

    /// The settings of requests with metrics.
    pub(crate) fn check_metrics(
        self,
        surroundings: &Surroundings<'_>,
    ) -> Result<crate::metrics::Setup, ConfigError> {
        let setting = match self.kind {
            Kind::Otlp { setting, .. } if self.is_of_environment => setting,
            _ => "TelemetryBuilder::with_metrics",
        };
        let expected = "an OTLP backend that takes metrics, such as \
                        `http://localhost:4318/v1/metrics`; Langfuse discards them";
        if self.discards_metrics() {
            return Err(ConfigError::invalid(setting, langfuse::NAME, expected));
        }
        let interval = self.flush_interval;
        let checked = self.check(surroundings)?;
        let Target::Http { settings, .. } = checked.target else {
            return Err(ConfigError::invalid(setting, checked.name, expected));
        };
        Ok(crate::metrics::Setup {
            name: checked.name,
            http: *settings,
            schedule: crate::metrics::Schedule::new(interval, surroundings.environment)?,
            texts: checked.shape.texts,
        })
    }
}

fn langfuse_parts(
    config: LangfuseConfig,
    project_id: Option<String>,
) -> Result<(String, Target), ConfigError> {
    Ok((
        format!("{} at {}", langfuse::NAME, config.host()),
        Target::Http {
            settings: Box::new(config.http_settings()?),
            exposed: config.is_exposed().then(|| config.host().to_owned()),
            project: Some(Project::new(config, project_id)),
        },
    ))
}

fn otlp_parts(setting: &str, url: &str) -> Result<(String, Target), ConfigError> {
    let url = environment::url(setting, url)?;
    let settings = HttpSettings {
        headers: HeaderMap::new(),
        timeout: OTLP_TIMEOUT,
        compression: Compression::default(),
        credentials: "OTEL_EXPORTER_OTLP_HEADERS or Destination::with_header",
        account: String::new(),
        url,
    };
    Ok((
        format!("OTLP at {}", settings.url.origin().ascii_serialization()),
        Target::Http {
            settings: Box::new(settings),
            exposed: None,
            project: None,
        },
    ))
}

/// A sentence about the settings, without any secret.
impl fmt::Display for Checked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Capture { content, functions } = self.shape.capture;
        let sent = match (content, functions) {
            (false, _) => "no content",
            (true, false) => "content except arguments and results of functions",
            (true, true) => "content",
        };
        let only = match self.only_genai {
            true => " with a GenAI span",
            false => "",
        };
        write!(
            formatter,
            "{}: {}{only}, {sent}, sent at {} spans or after {:?}",
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
