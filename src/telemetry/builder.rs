//! Settings: code beats environment beats default.

use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{ResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracerProvider};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use super::environment::{self, ConsoleSwitch, Environment, variable};
use super::error::ConfigError;
use super::guard::Guard;
use super::handle::{self, Handle};
use super::{Active, Inner, Telemetry};
use crate::context::{SeededIds, Traces};
use crate::diagnostics::{self, Diagnostics, StandardError};
use crate::export::console::Console;
use crate::export::destination::{Checked, Destination};
use crate::export::dispatcher;
use crate::export::filter::ExportFilter;
use crate::export::otlp::Otlp;
use crate::export::processor::{Pipeline, Pipelines, Processor};
use crate::export::queue::{Limits, Queue, SharedBytes};
use crate::export::transport::HttpTransport;
use crate::langfuse;

/// The SDK keeps the first 128 attributes of a span and drops the rest; a model call with its
/// parameters, and what the user adds to it, comes close to that.
const MAX_ATTRIBUTES: u32 = 1_024;
const ATTRIBUTE_COUNT_LIMIT: &str = "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT";
/// The same for events, of which a function's result and error are the last: after 128 lines of
/// log they would be gone.
const MAX_EVENTS: u32 = 4_096;
const EVENT_COUNT_LIMIT: &str = "OTEL_SPAN_EVENT_COUNT_LIMIT";

/// Collects settings for a [`Telemetry`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build` or `init`"]
pub struct TelemetryBuilder {
    destinations: Vec<Destination>,
    environment_destinations: bool,
    service_name: Option<String>,
    resource_attributes: Vec<KeyValue>,
    filter: Option<String>,
    environment: Environment,
    ids: Option<Box<dyn IdGenerator>>,
    limits: Limits,
    uses_baggage: bool,
}

impl TelemetryBuilder {
    /// Adds a destination. Destinations named in code replace those of the environment, unless
    /// [`TelemetryBuilder::with_environment_destinations`] asks for both.
    pub fn with_destination(mut self, destination: Destination) -> Self {
        self.destinations.push(destination);
        self
    }

    /// Uses the destinations that the environment names beside those named in code.
    pub fn with_environment_destinations(mut self) -> Self {
        self.environment_destinations = true;
        self
    }

    /// The name of this program in traces; beats `OTEL_SERVICE_NAME`.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// An attribute of the process, such as `service.version`; beats `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn with_resource_attribute(
        mut self,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.resource_attributes
            .push(KeyValue::new(key.into(), value.into()));
        self
    }

    /// Which spans are exported, in the syntax of
    /// [`Targets`](tracing_subscriber::filter::Targets), such as `info,my_crate=debug`; beats
    /// `TRACING_GENAI_FILTER`. The spans of this crate are never hidden.
    pub fn with_filter(mut self, directives: impl Into<String>) -> Self {
        self.filter = Some(directives.into());
        self
    }

    /// Reads these variables in place of the process'.
    pub fn with_environment<K: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.environment = Environment::Given(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        );
        self
    }

    /// Makes trace and span ids.
    pub fn with_id_generator(mut self, ids: impl IdGenerator + 'static) -> Self {
        self.ids = Some(Box::new(ids));
        self
    }

    /// How many finished spans may wait for each destination. 65,536 unless said otherwise; over
    /// it, the newest is dropped and counted.
    pub fn with_queue_spans(mut self, spans: usize) -> Self {
        self.limits.spans = spans.max(1);
        self
    }

    /// How many bytes of finished spans may wait, over all destinations. 64 MiB unless said
    /// otherwise; over it, the newest span is dropped and counted.
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// Carries what a [`scope`](crate::context::scope) says in W3C baggage, to services that continue a
    /// trace, and takes from it what services before this one said, under the names of Langfuse's
    /// SDKs.
    ///
    /// Off unless asked for: baggage goes out with every request that propagates the OpenTelemetry
    /// context, to whomever it is addressed.
    pub fn with_baggage(mut self) -> Self {
        self.uses_baggage = true;
        self
    }

    /// Checks the settings and starts the destinations. Touches nothing global: add
    /// [`Telemetry::layer`] to your subscriber.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used; the error says which and what it should be.
    pub fn build(self) -> Result<Telemetry, ConfigError> {
        self.build_with_notes().map(|(telemetry, _)| telemetry)
    }

    /// [`TelemetryBuilder::build`], and sets the global subscriber: this telemetry's layer, and the
    /// crate's own sentences on standard error.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used, or if a global subscriber is set already.
    pub fn init(self) -> Result<Guard, ConfigError> {
        let (telemetry, fallback) = self.build_with_notes()?;
        let own = Targets::new().with_target(diagnostics::TARGET, tracing::Level::INFO);
        let subscriber = tracing_subscriber::registry()
            .with(telemetry.layer())
            .with(StandardError.with_filter(own));
        // Not `try_init`, which also sets the logger of the `log` crate if some crate in the graph has
        // turned that on, and fails where there is one.
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|_| ConfigError::SubscriberAlreadySet)?;
        if fallback {
            telemetry.diagnostics().hint(
                "nothing configured",
                format_args!("traces are shown here; {}", langfuse::HINT),
            );
        }
        Ok(telemetry.guard())
    }

    /// Also says whether the terminal is used because nothing else is configured.
    fn build_with_notes(self) -> Result<(Telemetry, bool), ConfigError> {
        let environment = &self.environment;
        let filter = self.filter()?;
        let resource = self.resource()?;
        let disabled = environment.switch(variable::OTEL_SDK_DISABLED)? == Some(true);
        let (destinations, fallback) = self.destinations()?;
        let checked = destinations
            .into_iter()
            .map(|destination| destination.check(environment))
            .collect::<Result<Vec<_>, _>>()?;
        let diagnostics = Diagnostics::default();
        let traces = Arc::<Traces>::default();
        let projects = checked.iter().filter_map(Checked::project).collect();
        if disabled || checked.is_empty() {
            let inner = Inner {
                active: None,
                pipelines: Pipelines::default(),
                traces,
                uses_baggage: self.uses_baggage,
                filter,
                diagnostics,
            };
            return Ok((
                Telemetry {
                    inner: Arc::new(inner),
                },
                false,
            ));
        }
        let bytes = SharedBytes::default();
        let pipelines = Pipelines::new(
            checked
                .into_iter()
                .map(|destination| start(destination, self.limits, &bytes, &diagnostics))
                .collect(),
        );
        let mut provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_span_processor(Processor::new(
                pipelines.clone(),
                Arc::clone(&traces),
                self.uses_baggage,
            ));
        if environment.get(ATTRIBUTE_COUNT_LIMIT).is_none() {
            provider = provider.with_max_attributes_per_span(MAX_ATTRIBUTES);
        }
        if environment.get(EVENT_COUNT_LIMIT).is_none() {
            provider = provider.with_max_events_per_span(MAX_EVENTS);
        }
        let ids = self
            .ids
            .unwrap_or_else(|| Box::new(RandomIdGenerator::default()));
        provider = provider.with_id_generator(SeededIds(Ids(ids)));
        let provider = provider.build();
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let tracer = provider.tracer_with_scope(scope);
        let inner = Inner {
            active: Some(Active {
                handle: Handle::new(handle::Inner {
                    tracer: tracer.clone(),
                    diagnostics: diagnostics.clone(),
                    traces: Arc::clone(&traces),
                    uses_baggage: self.uses_baggage,
                    projects,
                }),
                tracer,
                _provider: provider,
            }),
            pipelines,
            traces,
            uses_baggage: self.uses_baggage,
            filter,
            diagnostics,
        };
        let telemetry = Telemetry {
            inner: Arc::new(inner),
        };
        Ok((telemetry, fallback))
    }

    fn filter(&self) -> Result<ExportFilter, ConfigError> {
        let (setting, directives) = match &self.filter {
            Some(directives) => ("TelemetryBuilder::with_filter", directives.clone()),
            None => match self.environment.get(variable::FILTER) {
                Some(directives) => (variable::FILTER, directives),
                None => return Ok(ExportFilter::default()),
            },
        };
        ExportFilter::parse(&directives).map_err(|error| {
            ConfigError::invalid(
                setting,
                directives,
                format!("directives such as `info,my_crate=debug` ({error})"),
            )
        })
    }

    fn resource(&self) -> Result<Resource, ConfigError> {
        let environment = &self.environment;
        let mut attributes = Vec::new();
        if let Some(value) = environment.get(variable::OTEL_RESOURCE_ATTRIBUTES) {
            let pairs = environment::pairs(variable::OTEL_RESOURCE_ATTRIBUTES, &value, true)?;
            attributes.extend(
                pairs
                    .into_iter()
                    .map(|(key, value)| KeyValue::new(key, value)),
            );
        }
        if let Some(name) = environment.get(variable::OTEL_SERVICE_NAME) {
            attributes.push(KeyValue::new(SERVICE_NAME, name));
        }
        attributes.extend(self.resource_attributes.iter().cloned());
        if let Some(name) = &self.service_name {
            attributes.push(KeyValue::new(SERVICE_NAME, name.clone()));
        }
        if attributes
            .iter()
            .all(|pair| pair.key.as_str() != SERVICE_NAME)
        {
            attributes.push(KeyValue::new(SERVICE_NAME, unknown_service()));
        }
        let builder = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector) as Box<dyn ResourceDetector>);
        Ok(builder.with_attributes(attributes).build())
    }

    /// Also says whether the terminal is used because nothing else is configured.
    fn destinations(&self) -> Result<(Vec<Destination>, bool), ConfigError> {
        let mut destinations = self.destinations.clone();
        let mut off_on_purpose = !destinations.is_empty();
        if destinations.is_empty() || self.environment_destinations {
            let (named, disabled) = Destination::from_environment(&self.environment)?;
            destinations.extend(named);
            off_on_purpose |= disabled;
            match self.environment.console()? {
                Some(ConsoleSwitch::On | ConsoleSwitch::WithContent) => {
                    destinations.push(Destination::terminal());
                }
                Some(ConsoleSwitch::Off) => off_on_purpose = true,
                None => {}
            }
        }
        let fallback = destinations.is_empty() && !off_on_purpose;
        if fallback {
            destinations.push(Destination::terminal());
        }
        Ok((destinations, fallback))
    }
}

const SERVICE_NAME: &str = "service.name";

/// What OpenTelemetry's specification calls a service without a name.
fn unknown_service() -> String {
    std::env::current_exe()
        .ok()
        .as_deref()
        .and_then(|path| path.file_name()?.to_str())
        .map_or_else(
            || "unknown_service".to_owned(),
            |name| format!("unknown_service:{name}"),
        )
}

fn start(
    destination: Checked,
    limits: Limits,
    bytes: &SharedBytes,
    diagnostics: &Diagnostics,
) -> Pipeline {
    let diagnostics = diagnostics.clone();
    let queue = |name: String, limits| Queue::new(name, limits, Arc::clone(bytes));
    match destination {
        Checked::Http {
            name,
            settings,
            shape,
            exposed,
            ..
        } => {
            let queue = queue(name, limits);
            let voice = diagnostics.clone();
            dispatcher::start(Arc::clone(&queue), diagnostics, move || {
                let notice =
                    exposed.map(|host| format!("keys travel unencrypted to {host}: use https"));
                Otlp::new(shape, HttpTransport::new(*settings), voice).with_notice(notice)
            });
            Pipeline {
                queue,
                wants_opened: false,
            }
        }
        Checked::InMemory(memory, shape) => {
            let queue = queue("memory".into(), limits);
            let voice = diagnostics.clone();
            dispatcher::start(Arc::clone(&queue), diagnostics, move || {
                Otlp::new(shape, memory, voice)
            });
            Pipeline {
                queue,
                wants_opened: false,
            }
        }
        Checked::Terminal(settings) => {
            // A person waits: a span is shown when it has ended.
            let limits = Limits {
                linger: std::time::Duration::ZERO,
                ..limits
            };
            let queue = queue("terminal".into(), limits);
            dispatcher::start(Arc::clone(&queue), diagnostics, move || {
                Console::on_standard_error(settings)
            });
            Pipeline {
                queue,
                wants_opened: true,
            }
        }
    }
}

/// The SDK wants a generator by its type.
#[derive(Debug)]
struct Ids(Box<dyn IdGenerator>);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        self.0.new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}
