//! From settings to a running telemetry: everything is checked before anything starts.

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, SdkTracerProvider};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use super::builder::TelemetryBuilder;
use super::guard::Guard;
use super::prepared::Prepared;
use super::running::{Active, Inner, Telemetry};
use super::startup_log::StartupLog;
use super::{program_log, sampling, settings, start};
use crate::backends;
use crate::config::error::ConfigError;
use crate::context::handle;
use crate::context::handle::Handle;
use crate::context::missing;
use crate::context::{GrowingIds, Remote, SeededIds, Traces};
use crate::conventions::SCHEMA_URL;
use crate::destination::Checked;
use crate::diagnostics;
use crate::diagnostics::StandardError;
use crate::export::deferred::DeferredSpans;
use crate::export::fan_out::FanOut;
use crate::pipeline::capture;
use crate::recorder::{Recorder, ToolSpans};
use crate::telemetry::processor::Processor;
use crate::text::secrets;
use crate::wire;

impl TelemetryBuilder {
    /// Checks the settings and starts the destinations. It touches nothing global: add
    /// [`Telemetry::layer`] to your subscriber.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used; the error names it and what it should be.
    pub fn build(self) -> Result<Telemetry, ConfigError> {
        self.assemble().map(|(telemetry, _)| telemetry)
    }

    /// Does what [`TelemetryBuilder::build`] does, and sets the global subscriber: the layer of this
    /// telemetry, the program's log and the crate's own diagnostics. The log goes to standard error, warnings
    /// and errors unless `RUST_LOG` says otherwise, and without the fields of spans, which are content.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used, or if a global subscriber is already set.
    pub fn init(self) -> Result<Guard, ConfigError> {
        let mut startup_log = StartupLog::default();
        let directives = program_log::directives(&self.environment, &mut startup_log)?;
        let (telemetry, fallback) = self.assemble()?;
        let level = telemetry.diagnostics().level();
        let own = Targets::new().with_target(diagnostics::TARGET, level);
        let subscriber = tracing_subscriber::registry()
            .with(telemetry.layer())
            .with(StandardError.with_filter(own))
            .with(program_log::layer(directives));
        // Not `try_init`, which also sets the logger of the `log` crate if some crate in the graph has
        // turned that on, and fails where there is one.
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|_| ConfigError::SubscriberAlreadySet)?;
        StartupLog::emit(&startup_log.into(), telemetry.diagnostics());
        if fallback {
            telemetry.diagnostics().hint(
                "nothing configured",
                format_args!("traces are shown here; {}", backends::hint()),
            );
        }
        Ok(telemetry.guard())
    }

    /// The telemetry, and whether it has the terminal only because nothing else is configured.
    fn assemble(self) -> Result<(Telemetry, bool), ConfigError> {
        let environment = &self.environment;
        let records_for_others = self.has_no_destinations;
        let Prepared {
            resource,
            disabled,
            destinations: mut checked,
            fallback,
            has_unknown_capture,
            text_limits,
            delivery,
            span_limits,
            filter,
            metrics_targets,
            mut startup_log,
            diagnostics,
        } = self.prepare()?;
        let traces = Arc::<Traces>::default();
        let baggage = self.uses_baggage.then(backends::baggage_names).flatten();
        let remote = Remote {
            baggage,
            marks_roots: self.marks_remote,
        };
        let tools = (!self.no_derived_tools).then(Arc::<ToolSpans>::default);
        let sampler = sampling::sampler(self.sampler, environment, &mut checked)?;

        if has_unknown_capture {
            startup_log.warn(capture::unknown());
        }
        startup_log.debug(format!(
            "variables found: {}",
            settings::found(environment).join(", ")
        ));
        let is_unused = checked.is_empty() && !metrics_targets.is_any() && !records_for_others;
        if disabled || is_unused {
            startup_log.debug("nothing is recorded: no destination, or switched off".into());
            missing::is_on_purpose();
            let inner = Inner {
                active: None,
                metering: None,
                deferred: Arc::new(DeferredSpans::new(FanOut::default())),
                fan_out: FanOut::default(),
                traces,
                remote,
                tools: None,
                filter,
                diagnostics,
                startup_log: startup_log.into(),
            };
            return Ok((Telemetry::new(inner), false));
        }
        startup_log.debug(format!("the process is {}", display(&resource)));
        startup_log.debug(format!("sampled by {sampler:?}"));
        checked
            .iter()
            .for_each(|one| startup_log.debug(one.to_string()));

        let account = checked.iter().find_map(Checked::account);
        let wants_media = checked.iter().any(|one| one.pipeline.capture.sends_media());
        let fan_out = start::all(
            checked,
            delivery,
            text_limits.kept(),
            &diagnostics,
            &mut startup_log,
        );
        let deferred = Arc::new(DeferredSpans::new(fan_out.clone()));
        let (metrics, metering) = metrics_targets.start(&fan_out, &resource, &diagnostics);
        let recorder = Arc::new(Recorder::new(
            diagnostics.clone(),
            tools.clone(),
            Arc::clone(&deferred),
            self.follow,
            wire::Limits {
                field_bytes: text_limits.kept(),
                medium_bytes: if wants_media { text_limits.medium } else { 0 },
            },
            metrics,
            Arc::clone(&traces),
        ));
        let ids = self.ids.unwrap_or_else(|| Box::new(GrowingIds::default()));
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler)
            .with_span_limits(span_limits)
            .with_id_generator(SeededIds(Ids(ids)))
            .with_span_processor(Processor::new(
                fan_out.clone(),
                Arc::clone(&traces),
                remote,
                tools.clone(),
                Arc::clone(&deferred),
                Some(Arc::clone(&recorder)),
            ))
            .build();
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url(SCHEMA_URL)
            .build();
        let tracer = provider.tracer_with_scope(scope);
        let inner = Inner {
            active: Some(Active {
                handle: Handle::new(handle::Inner {
                    tracer: tracer.clone(),
                    diagnostics: diagnostics.clone(),
                    traces: Arc::clone(&traces),
                    baggage,
                    trace_url: Box::new(move |trace_id| {
                        let (account, settings) = account.as_ref()?;
                        account.trace_url(trace_id, settings)
                    }),
                    check_environment: backends::check_environment_name,
                    kept_bytes: text_limits.kept(),
                    attached: Box::new(Arc::clone(&recorder)),
                }),
                recorder,
                tracer,
                _provider: provider,
            }),
            metering,
            fan_out,
            traces,
            remote,
            tools,
            deferred,
            filter,
            diagnostics,
            startup_log: startup_log.into(),
        };
        Ok((Telemetry::new(inner), fallback))
    }
}

fn display(resource: &Resource) -> String {
    let mut pairs: Vec<_> = resource
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.sort_unstable();
    // A token may have been given by mistake.
    secrets::redacted(&pairs.join(", ")).into_owned()
}

/// The SDK takes a generator by its type only.
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
