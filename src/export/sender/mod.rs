//! The thread that delivers a destination's encoded requests.
//!
//! Contract: every request that comes in goes out, to disk, or is counted as lost, and the thread ends
//! by the deadline of the shutdown. Up to four requests are under way at once, so neither a slow
//! backend nor a slow request holds back the next.

mod event;
mod split;
mod spooling;
mod work_loop;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use futures_channel::mpsc::{UnboundedSender, unbounded};
use opentelemetry::Context;

use self::work_loop::Rounds;
use super::queue::{Queue, Ticket};
use super::spool::Shelf;
use crate::diagnostics::Diagnostics;
use crate::otlp::encoded::Encoded;
use crate::otlp::transport;
use crate::otlp::transport::Transport;

/// An encoded request and the spans in it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) encoded: Encoded,
    pub(crate) ticket: Ticket,
}

/// What the courier is told.
#[derive(Debug)]
pub(crate) enum Message {
    Deliver(Request),
    /// Somebody waits.
    Hurry,
    /// What is not delivered by then is lost.
    Close(Instant),
}

/// What the courier needs to know.
pub(crate) struct Setup<T> {
    pub(crate) queue: Arc<Queue>,
    pub(crate) transport: T,
    pub(crate) budget: Duration,
    pub(crate) shelf: Option<Shelf>,
    pub(crate) diagnostics: Diagnostics,
}

/// The way to the thread.
pub(crate) struct Courier {
    messages: UnboundedSender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    pub(crate) fn start<T: Transport + 'static>(setup: Setup<T>) -> Self {
        let (messages, inbox) = unbounded();
        let queue = Arc::clone(&setup.queue);
        let started = thread::Builder::new()
            .name("tracing-genai-send".into())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                let _idle = Idle(Arc::clone(&setup.queue));
                match transport::runtime() {
                    Ok(runtime) => Rounds::new(setup, runtime, inbox).run(),
                    Err(message) => setup.queue.failed(message),
                }
            });
        let thread = started.map_err(|error| {
            queue.set_backlog(false);
            queue.failed(format!("no thread could be started: {error}"));
        });
        Self {
            messages,
            thread: thread.ok(),
        }
    }

    /// Without a thread, what a message holds counts as lost to a fault.
    pub(crate) fn tell(&self, message: Message) {
        let _ = self.messages.unbounded_send(message);
    }

    /// Waits until everything is settled.
    pub(crate) fn finish(self) {
        self.messages.close_channel();
        if let Some(thread) = self.thread {
            // A thread that has panicked has dropped its tickets.
            let _ = thread.join();
        }
    }
}

/// Nobody waits for a thread that has ended.
struct Idle(Arc<Queue>);

impl Drop for Idle {
    fn drop(&mut self) {
        self.0.set_backlog(false);
    }
}
