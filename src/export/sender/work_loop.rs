//! The loop of the sender: wait, look at what has happened, send what may be sent.
//!
//! The runtime only waits and sends: everything is decided between its waits, on a plain thread, where
//! sentences to a person find their subscriber. The [`Scheduler`] decides which request is sent when.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_channel::mpsc::UnboundedReceiver;
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, Id, JoinSet};

use super::batch::{Batch, Command};
use super::event::{SenderEvent, next};
use crate::diagnostics::Diagnostics;
use crate::export::queue::Queue;
use crate::export::report::DropReason;
use crate::export::scheduler::{History, Permit, Room, Scheduler, Standing, Waiting};
use crate::export::spool::{ClaimedFile, Spool};
use crate::otlp::outcome::SendOutcome;
use crate::otlp::retry::chance;
use crate::otlp::split::LARGEST;
use crate::otlp::transport::{Transport, silently};

/// What the sender needs to know.
pub(crate) struct SenderSetup<T> {
    pub(crate) queue: Arc<Queue>,
    pub(crate) transport: T,
    pub(crate) budget: Duration,
    pub(crate) spool: Option<Arc<Spool>>,
    pub(crate) diagnostics: Diagnostics,
}

/// A request under way. It stays here, so that it can be saved when time is up.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) batch: Waiting<Batch>,
    pub(super) permit: Permit,
    started: Instant,
    pub(super) task: AbortHandle,
}

/// The end of the telemetry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing {
    pub(super) at: Instant,
    pub(super) deadline: Instant,
}

pub(super) struct WorkLoop<T> {
    pub(super) setup: SenderSetup<T>,
    runtime: Runtime,
    pub(super) inbox: UnboundedReceiver<Command>,
    is_open: bool,
    pub(super) scheduler: Scheduler<Batch>,
    tasks: JoinSet<SendOutcome>,
    pub(super) transfers: HashMap<Id, Transfer>,
    /// The settings are wrong: files wait until something is taken.
    is_misconfigured: bool,
    /// The size of the smallest request of several spans that is too large.
    too_large: usize,
    pub(super) closing: Option<Closing>,
    /// The end is near: what comes goes to disk.
    pub(super) is_saving: bool,
    /// It was tried, and the disk does not take it.
    pub(super) has_no_disk: bool,
}

impl<T: Transport> WorkLoop<T> {
    pub(super) fn new(
        setup: SenderSetup<T>,
        runtime: Runtime,
        inbox: UnboundedReceiver<Command>,
    ) -> Self {
        Self {
            scheduler: Scheduler::new(setup.budget),
            setup,
            runtime,
            inbox,
            is_open: true,
            tasks: JoinSet::new(),
            transfers: HashMap::new(),
            is_misconfigured: false,
            too_large: LARGEST + 1,
            closing: None,
            is_saving: false,
            has_no_disk: false,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.is_late(now) {
                self.give_up();
                break;
            }
            if let Some(spool) = &self.setup.spool {
                spool.refresh(now);
            }
            self.save_if_due(now);
            self.sync();
            self.send(now);
            self.report_backlog(now);
            if self.is_done(now) {
                self.give_up();
                break;
            }
            let wake_at = self.wake_at(now);
            let Self {
                runtime,
                inbox,
                is_open,
                tasks,
                ..
            } = &mut self;
            let inbox = is_open.then_some(inbox);
            let event = silently(|| runtime.block_on(next(inbox, tasks, wake_at)));
            self.handle(event, Instant::now());
            self.setup.queue.report_losses(&self.setup.diagnostics);
        }
        self.sync();
        self.tasks.abort_all();
        // Without waiting for the system's own resolver, which may take its time.
        self.runtime.shutdown_background();
    }

    fn handle(&mut self, event: SenderEvent, now: Instant) {
        match event {
            SenderEvent::Command(Command::Deliver(batch)) => self.keep(Waiting::new(batch, now)),
            SenderEvent::Command(Command::Flush) => {
                self.scheduler.hurry(now);
                if let (Some(spool), true) = (&self.setup.spool, self.scheduler.is_up()) {
                    spool.hurry();
                }
            }
            SenderEvent::Command(Command::Close(deadline)) => {
                if self.closing.is_none() {
                    self.closing = Some(Closing { at: now, deadline });
                    self.scheduler.hurry(now);
                    if let Some(spool) = &self.setup.spool {
                        // Whatever has vanished from it is to be in the last report.
                        spool.refresh_soon();
                    }
                }
            }
            SenderEvent::Closed => self.is_open = false,
            SenderEvent::Done(id, outcome) => {
                if let Some(transfer) = self.transfers.remove(&id) {
                    self.settle(transfer, outcome, now);
                }
            }
            SenderEvent::Time => {}
        }
    }

    /// Puts a request to the others; on disk, if it is too late for anything else.
    fn keep(&mut self, batch: Waiting<Batch>) {
        if self.is_saving {
            self.save(batch);
        } else {
            self.scheduler.push(batch);
        }
    }

    /// The spool, if files may be sent.
    fn source(&self) -> Option<&Spool> {
        let may_send = !self.is_misconfigured && !self.is_saving;
        self.setup.spool.as_deref().filter(|_| may_send)
    }

    fn send(&mut self, now: Instant) {
        if self.is_saving {
            return;
        }
        loop {
            let spool = self.setup.spool.as_ref();
            let spool = spool.filter(|_| !self.is_misconfigured);
            let file = |standing| {
                let claimed = spool?.claim(standing, now)?;
                let batch = Batch {
                    encoded: claimed.request,
                    in_flight: claimed.in_flight,
                    files: claimed.files,
                };
                Some(Waiting::with_history(batch, claimed.history, now))
            };
            let Some((permit, batch)) = self.scheduler.next(now, file) else {
                return;
            };
            self.transfer(batch, permit, now);
        }
    }

    fn transfer(&mut self, batch: Waiting<Batch>, permit: Permit, now: Instant) {
        let encoded = &batch.request.encoded;
        if encoded.body.len() >= self.too_large && encoded.spans > 1 {
            self.scheduler.give_back(permit);
            let message = "larger than a request that was refused".into();
            return self.split(batch.request, message);
        }
        let sending = silently(|| self.setup.transport.send(encoded));
        let task = self.tasks.spawn_on(sending, self.runtime.handle());
        let transfer = Transfer {
            batch,
            permit,
            started: now,
            task,
        };
        self.transfers.insert(transfer.task.id(), transfer);
    }

    fn settle(&mut self, transfer: Transfer, outcome: Option<SendOutcome>, now: Instant) {
        let Transfer {
            batch: mut waiting,
            permit,
            started,
            ..
        } = transfer;
        let Some(outcome) = outcome else {
            // A panic: the guard counts it, or the files wait on.
            self.put_files_back(waiting.request.files, waiting.history);
            return self.scheduler.give_back(permit);
        };
        let batch = &mut waiting.request;
        self.setup.diagnostics.debug(format_args!(
            "{}: a request of {} spans, {} bytes, {outcome} after {} ms",
            self.setup.queue.name(),
            batch.encoded.spans,
            batch.encoded.body.len(),
            now.saturating_duration_since(started).as_millis()
        ));
        match outcome {
            SendOutcome::Unavailable {
                message,
                retry_after,
            } => {
                let history = &mut waiting.history;
                let failures = self
                    .scheduler
                    .failed(permit, history, retry_after, chance(), now);
                if failures > 1 {
                    self.setup.diagnostics.warn_about(
                        self.setup.queue.name(),
                        "down",
                        format_args!(
                            "{} takes nothing for now, spans are kept: {message}",
                            self.setup.queue.name()
                        ),
                    );
                }
                batch.in_flight.failed(message);
                return self.put_back(waiting, now);
            }
            _ => self.scheduler.answered(permit, now),
        }
        match outcome {
            SendOutcome::Delivered { rejected, message } => {
                self.is_misconfigured = false;
                if rejected > 0 {
                    // The error first: whoever waits for the count reads a complete report.
                    batch.in_flight.failed(message);
                    batch.in_flight.dropped(DropReason::Rejected, rejected);
                }
                batch.in_flight.exported(batch.in_flight.spans());
                self.remove(waiting.request.files);
            }
            SendOutcome::Rejected { message } => {
                self.drop(waiting.request, DropReason::Rejected, message);
            }
            SendOutcome::Misconfigured { message } => {
                self.refused(waiting, DropReason::Rejected, message);
            }
            SendOutcome::NoClient { message } => {
                self.refused(waiting, DropReason::Unreachable, message);
            }
            SendOutcome::TooLarge { message } => {
                let encoded = &batch.encoded;
                if encoded.spans > 1 {
                    self.too_large = self.too_large.min(encoded.body.len());
                }
                self.split(waiting.request, message);
            }
            SendOutcome::Unavailable { .. } => {}
        }
    }

    /// Nothing is taken until somebody corrects the settings. Files are still there then.
    fn refused(&mut self, waiting: Waiting<Batch>, reason: DropReason, message: String) {
        if waiting.request.files.is_empty() {
            return self.drop(waiting.request, reason, message);
        }
        self.is_misconfigured = true;
        waiting.request.in_flight.failed(message);
        self.put_files_back(waiting.request.files, waiting.history);
        if let Some(spool) = &self.setup.spool {
            spool.release();
        }
    }

    /// It is lost; of several files each gets a request of its own first.
    pub(super) fn drop(&self, mut batch: Batch, reason: DropReason, message: String) {
        batch.in_flight.failed(message);
        if batch.files.len() > 1 {
            return self.put_files_back(batch.files, History::joined());
        }
        batch.in_flight.dropped(reason, batch.in_flight.spans());
        self.remove(batch.files);
    }

    fn put_back(&mut self, waiting: Waiting<Batch>, now: Instant) {
        if !waiting.request.files.is_empty() {
            return match waiting.history.is_exhausted() {
                true => self.set_aside(waiting.request),
                false => self.put_files_back(waiting.request.files, waiting.history),
            };
        }
        if self.is_saving {
            return self.save(waiting);
        }
        let room = Room {
            in_memory: !self.setup.queue.is_half_full(),
            on_disk: self.setup.spool.is_some(),
        };
        if let Some(waiting) = self.scheduler.put_back(waiting, room, now) {
            self.save(waiting);
        }
    }

    /// It was tried often enough.
    fn set_aside(&self, mut batch: Batch) {
        let spans = batch.in_flight.spans();
        let (Some(file), Some(spool)) = (batch.files.pop(), &self.setup.spool) else {
            return;
        };
        let name = spool.set_aside(file);
        batch.in_flight.dropped(DropReason::SetAside, spans);
        self.setup.diagnostics.warn(
            "spool set aside",
            format_args!(
                "a request of {spans} spans failed again and again while {} took others: it is kept as {name}",
                self.setup.queue.name()
            ),
        );
    }

    pub(super) fn put_files_back(&self, files: Vec<ClaimedFile>, history: History) {
        if let Some(spool) = &self.setup.spool {
            files
                .into_iter()
                .for_each(|file| spool.put_back(file, history));
        }
    }

    fn remove(&self, files: Vec<ClaimedFile>) {
        if let Some(spool) = &self.setup.spool {
            files.into_iter().for_each(|file| spool.remove(file));
        }
    }

    /// Whether a flush has to wait for files.
    fn report_backlog(&self, now: Instant) {
        let has_files = self.has_files(now) || self.scheduler.files_under_way() > 0;
        let takes = self.scheduler.is_up() && !self.is_saving;
        self.setup.queue.set_backlog(has_files && takes);
    }

    /// Whether files wait that are no suspects.
    fn has_files(&self, now: Instant) -> bool {
        self.source()
            .is_some_and(|spool| spool.next_at(Standing::Regular, now).is_some())
    }

    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let files = |standing| self.source()?.next_at(standing, now);
        let spool = self.setup.spool.as_ref();
        let next = self.scheduler.wake_at(files, spool.is_some());
        let closing = self.closing.map(|closing| closing.deadline);
        let save_at = self.save_at();
        let refresh = spool.map(|spool| spool.refresh_at(now));
        [next, closing, save_at, refresh]
            .into_iter()
            .flatten()
            .min()
    }

    fn is_late(&self, now: Instant) -> bool {
        self.closing.is_some_and(|closing| closing.deadline <= now)
            || self.setup.queue.is_abandoned()
    }

    /// Whether nothing more will come, and nothing more can be done. Suspects on disk are not waited for.
    fn is_done(&self, now: Instant) -> bool {
        let can_wait = |transfer: &Transfer| {
            !transfer.batch.request.files.is_empty() && transfer.batch.history.is_suspect()
        };
        !self.is_open
            && self.transfers.values().all(can_wait)
            && self.scheduler.is_empty()
            && !(self.scheduler.is_up() && self.has_files(now))
    }
}
