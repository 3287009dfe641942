//! Sends metrics by OTLP, with the SDK's periodic reader and our own transport.
//!
//! Contract: a request is built, compressed and addressed like those of spans, so no variable and no feature
//! of another crate can change it. The SDK's reader knows no deadline of its own and waits for as long as a
//! request takes: the deadline of a flush is kept here, by ending the request. A request that a backend
//! cannot take now is repeated until its time-out, or the deadline of who waits; what did not arrive then
//! is part of the next one, since sums go on (with deltas it is lost), and is said.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use tokio::runtime::Runtime;

use super::{Schedule, masked};
use crate::diagnostics::Diagnostics;
use crate::otlp::encoded::Encoded;
use crate::otlp::outcome::SendOutcome;
use crate::otlp::retry::{backoff, chance};
use crate::otlp::transport;
use crate::otlp::transport::{HttpSettings, HttpTransport, Transport, silently};
use crate::pipeline::redaction::Redaction;

/// Where and how.
pub(crate) struct MetricsSetup {
    /// For people.
    pub(crate) name: String,
    pub(crate) http: HttpSettings,
    pub(crate) schedule: Schedule,
    pub(crate) redaction: Redaction,
}

/// A provider of meters, and the way of what they measure.
#[derive(Debug)]
pub(crate) struct Delivery {
    provider: SdkMeterProvider,
    line: Arc<Line>,
}

/// What the reader's thread shares with who waits for it.
#[derive(Debug)]
struct Line {
    /// When the last of those who wait stops waiting.
    deadline: Mutex<Option<Instant>>,
    is_closed: AtomicBool,
}

impl Line {
    fn deadline(&self) -> MutexGuard<'_, Option<Instant>> {
        self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A flush under way.
#[derive(Debug)]
#[must_use = "nobody waits for it otherwise"]
pub(crate) struct Flushing {
    done: Receiver<()>,
    deadline: Instant,
}

impl Flushing {
    /// Until it is done, at most to its deadline.
    pub(crate) fn wait(self) {
        let left = self.deadline.saturating_duration_since(Instant::now());
        // Late or not: what can be done has been done.
        let _ = self.done.recv_timeout(left);
    }
}

impl Delivery {
    pub(crate) fn start(setup: MetricsSetup, resource: Resource, diagnostics: Diagnostics) -> Self {
        let line = Arc::new(Line {
            deadline: Mutex::new(None),
            is_closed: AtomicBool::new(false),
        });
        let exporter = Exporter {
            name: setup.name,
            temporality: setup.schedule.temporality,
            http: setup.http,
            redaction: setup.redaction,
            line: Arc::clone(&line),
            diagnostics,
            sender: Mutex::new(None),
        };
        let reader = PeriodicReader::builder(exporter)
            .with_interval(setup.schedule.interval)
            .build();
        let provider = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(reader)
            .build();
        Self { provider, line }
    }

    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter_with_scope(super::scope())
    }

    /// Sends what was measured so far.
    pub(crate) fn flush(&self, deadline: Instant) -> Flushing {
        self.begin(deadline, |_| ())
    }

    /// Sends what was measured, for the last time.
    pub(crate) fn shutdown(&self, deadline: Instant) -> Flushing {
        self.begin(deadline, |delivery| {
            // The SDK sends once more when it is shut down, for which it has its own time.
            delivery.line.is_closed.store(true, Ordering::Relaxed);
            let _ = delivery.provider.shutdown();
        })
    }

    fn begin(&self, deadline: Instant, then: impl FnOnce(&Self) + Send + 'static) -> Flushing {
        let (sender, done) = channel();
        {
            let mut latest = self.line.deadline();
            *latest = (*latest).max(Some(deadline));
        }
        let delivery = Self {
            provider: self.provider.clone(),
            line: Arc::clone(&self.line),
        };
        // Without a thread nobody sends, and the receiver learns of it at once.
        let _ = thread::Builder::new()
            .name("tracing-genai-metrics".into())
            .spawn(move || {
                // A failure has been said already.
                let _ = delivery.provider.force_flush();
                delivery.line.deadline().take_if(|at| *at <= deadline);
                then(&delivery);
                let _ = sender.send(());
            });
        Flushing { done, deadline }
    }
}

struct Exporter {
    name: String,
    http: HttpSettings,
    redaction: Redaction,
    temporality: Temporality,
    line: Arc<Line>,
    diagnostics: Diagnostics,
    /// Made on the reader's thread, away from any runtime of the application.
    sender: Mutex<Option<Sender>>,
}

struct Sender {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    transport: HttpTransport,
    /// It was said that the settings are wrong, and saying it again changes nothing.
    has_said: bool,
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime within another one panics.
            runtime.shutdown_background();
        }
    }
}

impl Sender {
    fn new(http: &HttpSettings) -> Result<Self, String> {
        Ok(Self {
            runtime: Some(transport::runtime()?),
            transport: HttpTransport::new(http.clone()),
            has_said: false,
        })
    }

    /// `None` if there was no answer in time.
    fn send(&self, request: &Encoded, within: Duration) -> Option<SendOutcome> {
        let runtime = self.runtime.as_ref()?;
        silently(|| {
            let sending = self.transport.send(request);
            runtime.block_on(async { tokio::time::timeout(within, sending).await.ok() })
        })
    }
}

impl Exporter {
    /// When an attempt that began then has to end.
    fn until(&self, began: Instant) -> Instant {
        let own = || began.checked_add(self.http.timeout).unwrap_or(began);
        self.line.deadline().unwrap_or_else(own)
    }

    fn deliver(&self, request: &Encoded) -> Result<(), String> {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = match &mut *sender {
            Some(sender) => sender,
            none => none.insert(Sender::new(&self.http)?),
        };
        let began = Instant::now();
        let mut failures = 0;
        loop {
            let left = self.until(began).saturating_duration_since(Instant::now());
            let outcome = sender.send(request, left);
            let Some(outcome) = outcome else {
                return Err("no answer in time".into());
            };
            match outcome {
                SendOutcome::Delivered { rejected, message } => {
                    sender.has_said = false;
                    return if rejected > 0 {
                        Err(format!("{rejected} data points were refused: {message}"))
                    } else {
                        Ok(())
                    };
                }
                SendOutcome::Unavailable {
                    message,
                    retry_after,
                } => {
                    failures += 1;
                    let pause = retry_after.unwrap_or_else(|| backoff(failures, chance()));
                    let left = self.until(began).saturating_duration_since(Instant::now());
                    if pause >= left {
                        return Err(message);
                    }
                    thread::sleep(pause);
                }
                SendOutcome::Misconfigured { message } => {
                    return if std::mem::replace(&mut sender.has_said, true) {
                        Ok(())
                    } else {
                        Err(message)
                    };
                }
                SendOutcome::Rejected { message }
                | SendOutcome::TooLarge { message }
                | SendOutcome::NoClient { message } => {
                    return Err(message);
                }
            }
        }
    }
}

impl PushMetricExporter for Exporter {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        if self.line.is_closed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut request = ExportMetricsServiceRequest::from(metrics);
        masked::rewrite(&mut request, &self.redaction);
        let encoded = Encoded::of(&request, self.http.compression, 0);
        self.deliver(&encoded).map_err(|message| {
            self.diagnostics.warn_about(
                &self.name,
                "metrics",
                format_args!("metrics did not arrive, {}: {message}", self.name),
            );
            OTelSdkError::InternalFailure(message)
        })
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}
