//! Settings in code. They take precedence over the environment, which takes precedence over the defaults.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{IdGenerator, ShouldSample};

use super::metering::MetricsSettings;
use super::resource::Process;
use super::running::Telemetry;
use super::sampling::SpanLimitSettings;
use crate::config::code::{CodeSetting, InCode};
use crate::config::environment::Environment;
use crate::destination::Destination;
use crate::export::delivery::DeliverySettings;
use crate::export::queue::Limits;
use crate::pipeline::limits::TextLimitSettings;
use crate::pipeline::mask::Mask;
use crate::runs::RunLimits;

/// Collects the settings of a [`Telemetry`].
///
/// Whatever is not set in code comes from the environment, else from the defaults; the
/// [guide](crate::guide::settings) has the table of variables.
///
/// # Examples
///
/// ```
/// use tracing_genai::{Destination, Telemetry};
///
/// let telemetry = Telemetry::builder()
///     .with_service_name("tutor")
///     .with_deployment_environment("staging")
///     .with_destination(Destination::otlp("http://localhost:4318/v1/traces"))
///     .build()?;
/// # Ok::<(), tracing_genai::ConfigError>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build` or `init`"]
pub struct TelemetryBuilder {
    /// What was set, for people.
    pub(super) in_code: InCode,
    pub(super) destinations: Vec<Destination>,
    pub(super) environment_destinations: bool,
    pub(super) process: Process,
    pub(super) filter: Option<String>,
    pub(super) environment: Environment,
    pub(super) ids: Option<Box<dyn IdGenerator>>,
    pub(super) sampler: Option<Box<dyn ShouldSample>>,
    pub(super) span_limits: SpanLimitSettings,
    pub(super) limits: Limits,
    pub(super) delivery: DeliverySettings,
    pub(super) metrics: MetricsSettings,
    pub(super) content: Option<bool>,
    pub(super) only_genai: Option<bool>,
    pub(super) function_content: Option<bool>,
    pub(super) redacts: Option<bool>,
    pub(super) masks: Vec<Mask>,
    pub(super) text_limits: TextLimitSettings,
    pub(super) debug: Option<bool>,
    pub(super) uses_baggage: bool,
    /// Whether the first span in a trace that began elsewhere is a root.
    pub(super) marks_remote: bool,
    pub(super) no_derived_tools: bool,
    /// Whether the program exports, not this crate.
    pub(super) has_no_destinations: bool,
    pub(super) follow: RunLimits,
}

impl Telemetry {
    /// Starts with the defaults: everything comes from the environment.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::default()
    }
}

impl TelemetryBuilder {
    /// Adds a destination. Destinations in code replace those of the environment, unless
    /// [`TelemetryBuilder::with_environment_destinations`] asks for both.
    pub fn with_destination(mut self, destination: Destination) -> Self {
        self.destinations.push(destination);
        self
    }

    /// Sets whether the destinations of the environment are used beside those in code. Defaults to
    /// `false`.
    pub fn with_environment_destinations(mut self, used: bool) -> Self {
        self.in_code.set("with_environment_destinations", used);
        self.environment_destinations = used;
        self
    }

    /// Sets whether this telemetry exports spans itself. Defaults to `true`. With `false`, model calls are
    /// recorded and spans get the attributes of their context, but only the exporters of your own tracer
    /// provider send them, such as a [`MappingExporter`](super::MappingExporter).
    pub fn with_destinations(mut self, used: bool) -> Self {
        self.in_code.set("with_destinations", used);
        self.has_no_destinations = !used;
        self
    }

    /// Reads these variables instead of the environment of the process.
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing_genai::Telemetry;
    ///
    /// let telemetry = Telemetry::builder()
    ///     .with_variables([("OTEL_SERVICE_NAME", "tutor")])
    ///     .build()?;
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn with_variables<K: Into<String>, V: Into<String>>(
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

    /// Sets the name of this program in traces; takes precedence over `OTEL_SERVICE_NAME`. Defaults to
    /// `unknown_service:` and the name of the executable.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.in_code.set("with_service_name", &name);
        self.process.service_name = Some(name);
        self
    }

    /// Sets where this program runs, such as `production`: at most 40 lower-case letters, digits, `-` and
    /// `_`, not starting with `langfuse`.
    ///
    /// It becomes the resource attribute `deployment.environment.name`. Takes precedence over
    /// `LANGFUSE_TRACING_ENVIRONMENT` and over that attribute in `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn with_deployment_environment(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.in_code.set("with_deployment_environment", &name);
        self.process.environment = Some(name);
        self
    }

    /// Sets which release of this program runs; takes precedence over `LANGFUSE_RELEASE` and the
    /// variables in which platforms provide the commit.
    pub fn with_release(mut self, release: impl Into<String>) -> Self {
        let release = release.into();
        self.in_code.set("with_release", &release);
        self.process.release = Some(release);
        self
    }

    /// Adds an attribute of the process, such as `service.version`; takes precedence over the same key in
    /// `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn with_resource_attribute(
        mut self,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let key = key.into();
        self.in_code
            .add("with_resource_attribute", format_args!("{key}=…"));
        self.process
            .attributes
            .push(KeyValue::new(key, value.into()));
        self
    }

    /// Sets which spans are exported, in the syntax of
    /// [`Targets`](tracing_subscriber::filter::Targets), such as `info,my_crate=debug`; takes precedence
    /// over `TRACING_GENAI_FILTER`. Defaults to `info`, without the spans of the HTTP stack. This crate's own
    /// spans are always exported.
    pub fn with_filter(mut self, directives: impl Into<String>) -> Self {
        let directives = directives.into();
        self.in_code.set("with_filter", &directives);
        self.filter = Some(directives);
        self
    }

    /// Sets the sampler, which decides which traces are recorded; takes precedence over
    /// `OTEL_TRACES_SAMPLER`. Defaults to one that records every trace, except those whose caller decided
    /// against it.
    ///
    /// The sampler decides when a trace begins, before a model is known.
    /// [`Destination::with_sample_rate`] is the simpler way to record a share of the traces.
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.in_code
            .set("with_sampler", format_args!("{sampler:?}"));
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Sets the generator of trace and span ids. Defaults to random trace ids, and span ids that grow within a
    /// process ([`Telemetry::id_generator`](crate::Telemetry::id_generator)).
    pub fn with_id_generator(mut self, ids: impl IdGenerator + 'static) -> Self {
        self.in_code.set("with_id_generator", "custom");
        self.ids = Some(Box::new(ids));
        self
    }

    /// Sets how many attributes a span keeps; takes precedence over `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`.
    /// Defaults to 1,024.
    pub fn with_max_attributes(mut self, attributes: u32) -> Self {
        self.in_code.set("with_max_attributes", attributes);
        self.span_limits.attributes = Some(attributes);
        self
    }

    /// Sets how many events a span keeps; takes precedence over `OTEL_SPAN_EVENT_COUNT_LIMIT`. Defaults
    /// to 4,096.
    pub fn with_max_events(mut self, events: u32) -> Self {
        self.in_code.set("with_max_events", events);
        self.span_limits.events = Some(events);
        self
    }

    /// Sets how many links a span keeps; takes precedence over `OTEL_SPAN_LINK_COUNT_LIMIT`. Defaults to
    /// 128.
    pub fn with_max_links(mut self, links: u32) -> Self {
        self.in_code.set("with_max_links", links);
        self.span_limits.links = Some(links);
        self
    }

    /// Sets whether the configuration and the outcome of every request are logged, as events of level
    /// DEBUG with the target [`TARGET`](crate::diagnostics::TARGET); takes precedence over
    /// `LANGFUSE_DEBUG`. Defaults to `false`. Content and keys are never logged.
    pub fn with_debug(mut self, debug: bool) -> Self {
        self.in_code.set("with_debug", debug);
        self.debug = Some(debug);
        self
    }

    /// Sets whether the attributes of a [`scope`](crate::context::scope) travel in W3C baggage: to the
    /// services that continue a trace, and from the services before this one, under the names of
    /// Langfuse's SDKs. Defaults to `false`.
    ///
    /// Baggage goes out with every request that propagates the OpenTelemetry context, whoever receives
    /// it.
    pub fn with_baggage(mut self, baggage: bool) -> Self {
        self.in_code.set("with_baggage", baggage);
        self.uses_baggage = baggage;
        self
    }

    /// Sets whether Langfuse takes the first span of this process in a trace that began elsewhere for a root.
    /// Use it behind a service that does not send its spans to the same Langfuse, which names a trace after its
    /// root. Defaults to `false`: a trace keeps the name of the span where it began.
    pub fn with_remote_roots(mut self, roots: bool) -> Self {
        self.in_code.set("with_remote_roots", roots);
        self.marks_remote = roots;
        self
    }

    /// Sets whether a tool that a model asked for gets a span of its own, from the answer that asked to
    /// the request that brings the result. Defaults to `true`.
    ///
    /// Such a span is marked as derived. None is made if a span with the same `gen_ai.tool.call.id` has
    /// already ended, such as one of [`observation::tool`](crate::observation::tool).
    pub fn with_derived_tools(mut self, derived: bool) -> Self {
        self.in_code.set("with_derived_tools", derived);
        self.no_derived_tools = !derived;
        self
    }

    /// Sets how many runs of assistants are followed at once. Defaults to 1,024. Beyond that, the run that
    /// has had no news for longest is exported as far as it was seen.
    pub fn with_run_limit(mut self, runs: usize) -> Self {
        self.in_code.set("with_run_limit", runs);
        self.follow.runs = runs;
        self
    }

    /// Sets for how long a run is followed after its expiry if its end was not seen. Defaults to ten minutes.
    pub fn with_run_patience(mut self, patience: Duration) -> Self {
        self.in_code
            .set("with_run_patience", format_args!("{patience:?}"));
        self.follow.patience = patience;
        self
    }

    /// Sets for how long the span of a run that has ended waits for messages and steps that the program may
    /// still read. Defaults to five seconds. The span keeps the run's own end time, and a flush does not
    /// wait.
    pub fn with_run_grace(mut self, grace: Duration) -> Self {
        self.in_code
            .set("with_run_grace", format_args!("{grace:?}"));
        self.follow.grace = grace;
        self
    }

    /// The variables that it reads.
    pub(crate) fn variables(&self) -> &Environment {
        &self.environment
    }

    /// Whether the destinations of the environment are used.
    pub(crate) fn uses_environment_destinations(&self) -> bool {
        self.destinations.is_empty() || self.environment_destinations
    }

    /// What was set in code, for people: first of the destinations.
    pub(crate) fn in_code(&self) -> impl Iterator<Item = &CodeSetting> {
        let destinations = self.destinations.iter();
        let of_destinations = destinations.flat_map(|destination| destination.in_code().iter());
        of_destinations.chain(self.in_code.iter())
    }
}
