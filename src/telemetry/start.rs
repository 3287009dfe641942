//! Starts the threads of the destinations, whose settings have been checked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;

use super::startup_log::StartupLog;
use crate::destination::{Checked, Target};
use crate::diagnostics::Diagnostics;
use crate::export::delivery::Delivery;
use crate::export::fan_out::{Branch, FanOut};
use crate::export::feedback::Feedback;
use crate::export::only_genai::OnlyGenAi;
use crate::export::otlp_exporter::OtlpExporter;
use crate::export::queue::{Limits, Queue};
use crate::export::sender::{Sender, SenderSetup};
use crate::export::spool::{self, EndpointId, Spool};
use crate::export::worker::{self, Consumer};
use crate::otlp::encode::Encoder;
use crate::otlp::encoded::Compression;
use crate::otlp::transport::{HttpTransport, Transport};
use crate::pipeline::Pipeline;
use crate::terminal::Console;
use crate::terminal::exporter::Terminal;

/// Starts all destinations. `kept_bytes` is how much of a text is kept until it is sent.
pub(super) fn all(
    destinations: Vec<Checked>,
    delivery: Delivery,
    kept_bytes: usize,
    diagnostics: &Diagnostics,
    startup_log: &mut StartupLog,
) -> FanOut {
    let endpoints: Vec<_> = destinations.iter().filter_map(endpoint).collect();
    // Without a backend the spool would never be sent.
    let spool = delivery.spool.filter(|_| !endpoints.is_empty());
    if let Some((folder, _)) = &spool {
        let problems = spool::check(folder.clone());
        problems.into_iter().for_each(|one| startup_log.warn(one));
    }
    let starter = Starter {
        budget: delivery.budget,
        spool,
        endpoints,
        parts: destinations.len(),
        feedback: Arc::new(Feedback::new(diagnostics.clone())),
        diagnostics: diagnostics.clone(),
    };
    let branches = destinations.into_iter().map(|one| starter.start(one));
    FanOut::new(branches.collect(), kept_bytes)
}

fn endpoint(destination: &Checked) -> Option<EndpointId> {
    match &destination.target {
        Target::Http { settings, .. } => Some(EndpointId::new(&settings.url, &settings.account)),
        _ => None,
    }
}

/// What the destinations have in common.
struct Starter {
    budget: Duration,
    /// The folder and its bound in bytes.
    spool: Option<(PathBuf, u64)>,
    /// The endpoints of all destinations.
    endpoints: Vec<EndpointId>,
    /// The number of destinations, which share the memory.
    parts: usize,
    /// Of the masks of all of them.
    feedback: Arc<Feedback>,
    diagnostics: Diagnostics,
}

impl Starter {
    fn start(&self, destination: Checked) -> Branch {
        let endpoint = endpoint(&destination);
        let Checked {
            name,
            limits,
            share,
            only_genai,
            pipeline,
            target,
            is_standard,
        } = destination;
        let limits = Limits {
            bytes: limits.bytes / self.parts.max(1),
            ..limits
        };
        let queue = Queue::new(name, limits, share);
        let wants_opened = only_genai || matches!(target, Target::Terminal(_));
        let worker = Worker {
            queue: Arc::clone(&queue),
            only_genai: only_genai.then_some(limits),
            feedback: pipeline.has_masks().then(|| Arc::clone(&self.feedback)),
            diagnostics: self.diagnostics.clone(),
        };
        match target {
            Target::Http {
                settings, exposed, ..
            } => {
                let notice =
                    exposed.map(|host| format!("keys travel unencrypted to {host}: use https"));
                let compression = settings.compression;
                let spool = endpoint.and_then(|endpoint| self.spool(endpoint, &queue));
                let transport = move || HttpTransport::new(*settings);
                self.otlp(worker, pipeline, compression, transport, spool, notice);
            }
            Target::InMemory(memory) => {
                self.otlp(worker, pipeline, Compression::None, || memory, None, None);
            }
            Target::Terminal(settings) => {
                worker.start(move || Terminal {
                    console: Console::on_standard_error(settings),
                    pipeline,
                    in_flight: None,
                });
            }
        }
        Branch {
            queue,
            wants_opened,
            is_standard,
        }
    }

    fn spool(&self, endpoint: EndpointId, queue: &Arc<Queue>) -> Option<Arc<Spool>> {
        let (folder, limit) = self.spool.clone()?;
        let (queue, diagnostics) = (Arc::clone(queue), self.diagnostics.clone());
        let spool = Spool::new(folder, limit, endpoint, &self.endpoints, queue, diagnostics);
        Some(Arc::new(spool))
    }

    fn otlp<T: Transport + 'static>(
        &self,
        worker: Worker,
        pipeline: Pipeline,
        compression: Compression,
        transport: impl FnOnce() -> T + Send + 'static,
        spool: Option<Arc<Spool>>,
        notice: Option<String>,
    ) {
        let (budget, diagnostics) = (self.budget, self.diagnostics.clone());
        let queue = Arc::clone(&worker.queue);
        // Files on disk count as a backlog until they have been read.
        queue.set_backlog(spool.is_some());
        worker.start(move || OtlpExporter {
            pipeline,
            compression,
            encoder: Encoder::default(),
            resource: Resource::builder_empty().build(),
            sender: Sender::start(SenderSetup {
                queue: Arc::clone(&queue),
                transport: transport(),
                budget,
                spool: spool.clone(),
                diagnostics: diagnostics.clone(),
            }),
            queue,
            spool,
            spill: None,
            diagnostics,
            notice,
        });
    }
}

/// The thread of a destination, before it starts.
struct Worker {
    queue: Arc<Queue>,
    /// Only traces with a GenAI span pass; the limits are those of the queue.
    only_genai: Option<Limits>,
    /// If it has masks.
    feedback: Option<Arc<Feedback>>,
    diagnostics: Diagnostics,
}

impl Worker {
    fn start<C: Consumer + 'static>(self, consumer: impl FnOnce() -> C + Send + 'static) {
        let queue = Arc::clone(&self.queue);
        match self.only_genai {
            Some(limits) => worker::start(self.queue, self.feedback, self.diagnostics, move || {
                OnlyGenAi::new(consumer(), queue, limits)
            }),
            None => worker::start(self.queue, self.feedback, self.diagnostics, consumer),
        }
    }
}
