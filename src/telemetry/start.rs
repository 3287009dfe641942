//! Starts the threads of the destinations, whose settings have been checked.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;

use super::startup_log::StartupLog;
use crate::destination::{Checked, Target};
use crate::diagnostics::Diagnostics;
use crate::export::delivery::Delivery;
use crate::export::only_genai::OnlyGenAi;
use crate::export::otlp_exporter::Otlp;
use crate::export::pipelines::{Pipeline, Pipelines};
use crate::export::queue::{Limits, Queue};
use crate::export::sender::{Courier, Setup};
use crate::export::spool::{Addressee, Shelf, Spool};
use crate::export::worker;
use crate::export::worker::Consumer;
use crate::otlp::encoded::Compression;
use crate::otlp::transport::{HttpTransport, Transport};
use crate::pipeline;
use crate::terminal::Console;
use crate::terminal::exporter::Terminal;

/// Starts all of them.
pub(super) fn all(
    destinations: Vec<Checked>,
    delivery: Delivery,
    diagnostics: &Diagnostics,
    startup_log: &mut StartupLog,
) -> Pipelines {
    let addressees: Vec<_> = destinations.iter().filter_map(addressee).collect();
    // Without a backend nothing would ever be sent from it.
    let spool = delivery.spool.filter(|_| !addressees.is_empty());
    let spool = spool.map(|(folder, limit)| {
        let (spool, problem) = Spool::open(folder, limit, &addressees, diagnostics.clone());
        if let Some(problem) = problem {
            startup_log.warn(problem);
        }
        spool
    });
    let starter = Starter {
        budget: delivery.budget,
        spool,
        parts: destinations.len(),
        diagnostics: diagnostics.clone(),
    };
    let pipelines = destinations.into_iter().map(|one| starter.start(one));
    Pipelines::new(pipelines.collect())
}

fn addressee(destination: &Checked) -> Option<Addressee> {
    match &destination.target {
        Target::Http { settings, .. } => Some(Addressee::new(&settings.url, &settings.account)),
        _ => None,
    }
}

/// What the destinations have in common.
struct Starter {
    budget: Duration,
    spool: Option<Arc<Spool>>,
    /// Among how many the memory is divided.
    parts: usize,
    diagnostics: Diagnostics,
}

impl Starter {
    fn start(&self, destination: Checked) -> Pipeline {
        let addressee = addressee(&destination);
        let Checked {
            name,
            limits,
            share,
            only_genai,
            pipeline,
            target,
            ..
        } = destination;
        let limits = Limits {
            bytes: limits.bytes / self.parts.max(1),
            ..limits
        };
        let lane = Lane {
            queue: Queue::new(name, limits, share),
            sieve: only_genai.then_some(limits),
            diagnostics: self.diagnostics.clone(),
        };
        let queue = Arc::clone(&lane.queue);
        let wants_opened = only_genai || matches!(target, Target::Terminal(_));
        match target {
            Target::Http {
                settings, exposed, ..
            } => {
                let notice =
                    exposed.map(|host| format!("keys travel unencrypted to {host}: use https"));
                let compression = settings.compression;
                let shelf = self
                    .spool
                    .as_ref()
                    .zip(addressee)
                    .map(|(spool, addressee)| {
                        Shelf::new(Arc::clone(spool), addressee, Arc::clone(&queue))
                    });
                let transport = move || HttpTransport::new(*settings);
                self.otlp(lane, pipeline, compression, transport, shelf, notice);
            }
            Target::InMemory(memory) => {
                self.otlp(lane, pipeline, Compression::None, || memory, None, None);
            }
            Target::Terminal(settings) => {
                lane.start(move || Terminal {
                    console: Console::on_standard_error(settings),
                    pipeline,
                    held: None,
                });
            }
        }
        Pipeline {
            queue,
            wants_opened,
        }
    }

    fn otlp<T: Transport + 'static>(
        &self,
        lane: Lane,
        pipeline: pipeline::Pipeline,
        compression: Compression,
        transport: impl FnOnce() -> T + Send + 'static,
        shelf: Option<Shelf>,
        notice: Option<String>,
    ) {
        let (budget, diagnostics) = (self.budget, self.diagnostics.clone());
        let queue = Arc::clone(&lane.queue);
        // What is on disk counts until it has been looked at.
        queue.set_backlog(shelf.is_some());
        lane.start(move || Otlp {
            pipeline,
            compression,
            resource: ResourceAttributesWithSchema::default(),
            courier: Courier::start(Setup {
                queue: Arc::clone(&queue),
                transport: transport(),
                budget,
                shelf: shelf.clone(),
                diagnostics: diagnostics.clone(),
            }),
            queue,
            shelf,
            diagnostics,
            notice,
        });
    }
}

/// The way of the spans to one destination.
struct Lane {
    queue: Arc<Queue>,
    /// Only traces with a GenAI span pass; the limits are those of the queue.
    sieve: Option<Limits>,
    diagnostics: Diagnostics,
}

impl Lane {
    fn start<C: Consumer + 'static>(self, consumer: impl FnOnce() -> C + Send + 'static) {
        let queue = Arc::clone(&self.queue);
        match self.sieve {
            Some(limits) => worker::start(self.queue, self.diagnostics, move || {
                OnlyGenAi::new(consumer(), queue, limits)
            }),
            None => worker::start(self.queue, self.diagnostics, consumer),
        }
    }
}
