//! The rounds of the courier: wait, look at what has happened, send what may be sent.
//!
//! The runtime only waits and sends: everything is decided between its waits, on a plain thread, where
//! sentences to a person find their subscriber. [`Outbox`] decides which request is sent when.

use std::collections::HashMap;
use std::time::Instant;

use futures_channel::mpsc::UnboundedReceiver;
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, Id, JoinSet};

use super::event::{Event, next};
use super::{Message, Request, Setup};
use crate::export::report::DropReason;
use crate::export::scheduler::{Outbox, Permit, Waiting};
use crate::export::spool::{Claimed, Shelf};
use crate::otlp::outcome::SendOutcome;
use crate::otlp::retry::chance;
use crate::otlp::transport::{Transport, silently};

/// Files under way while requests from memory wait.
const FILES: usize = 2;

/// What waits to be sent: a request, and the file it came from.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) request: Request,
    pub(crate) file: Option<Claimed>,
}

/// An attempt under way. The request stays here, so that it can be saved when time is up.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) parcel: Waiting<Parcel>,
    pub(crate) permit: Permit,
    started: Instant,
    pub(crate) task: AbortHandle,
}

/// The end of the telemetry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    pub(crate) at: Instant,
    pub(crate) deadline: Instant,
}

pub(crate) struct Rounds<T> {
    pub(crate) setup: Setup<T>,
    pub(crate) runtime: Runtime,
    pub(crate) inbox: UnboundedReceiver<Message>,
    pub(crate) is_open: bool,
    pub(crate) outbox: Outbox<Parcel>,
    pub(crate) tasks: JoinSet<SendOutcome>,
    pub(crate) flights: HashMap<Id, Flight>,
    /// Flights of files.
    pub(crate) files: usize,
    /// The settings are wrong: files wait until something is taken.
    pub(crate) holds_files: bool,
    /// The size of the smallest request of several spans that was too large.
    pub(crate) refused: usize,
    pub(crate) closing: Option<Closing>,
    /// The end is near: what comes goes to disk.
    pub(crate) is_saving: bool,
    /// It was tried, and the disk does not take it.
    pub(crate) has_no_disk: bool,
}

impl<T: Transport> Rounds<T> {
    pub(crate) fn new(
        setup: Setup<T>,
        runtime: Runtime,
        inbox: UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            outbox: Outbox::new(setup.budget),
            setup,
            runtime,
            inbox,
            is_open: true,
            tasks: JoinSet::new(),
            flights: HashMap::new(),
            files: 0,
            holds_files: false,
            refused: usize::MAX,
            closing: None,
            is_saving: false,
            has_no_disk: false,
        }
    }

    pub(crate) fn run(mut self) {
        loop {
            let now = Instant::now();
            if self.is_late(now) {
                self.give_up();
                break;
            }
            if let Some(shelf) = &self.setup.shelf {
                shelf.refresh(now);
            }
            self.save_if_due(now);
            self.send(now);
            self.report_backlog(now);
            if self.is_done() {
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
            self.setup.queue.say_losses(&self.setup.diagnostics);
        }
        self.tasks.abort_all();
        // Without waiting for the system's own resolver, which may take its time.
        self.runtime.shutdown_background();
    }

    fn handle(&mut self, event: Event, now: Instant) {
        match event {
            Event::Message(Message::Deliver(request)) => {
                let parcel = Parcel {
                    request,
                    file: None,
                };
                self.keep(Waiting::new(parcel, now));
            }
            Event::Message(Message::Hurry) => {
                self.outbox.hurry(now);
                if let (Some(shelf), true) = (&self.setup.shelf, self.outbox.is_up()) {
                    shelf.hurry();
                }
            }
            Event::Message(Message::Close(deadline)) => {
                if self.closing.is_none() {
                    self.closing = Some(Closing { at: now, deadline });
                    self.outbox.hurry(now);
                }
            }
            Event::Closed => self.is_open = false,
            Event::Done(id, outcome) => {
                if let Some(flight) = self.flights.remove(&id) {
                    self.files -= usize::from(flight.parcel.request.file.is_some());
                    self.settle(flight, outcome, now);
                }
            }
            Event::Time => {}
        }
    }

    /// Puts a request to the others; on disk, if it is too late for anything else.
    fn keep(&mut self, parcel: Waiting<Parcel>) {
        if self.is_saving {
            self.save(parcel.request);
        } else {
            self.outbox.push(parcel);
        }
    }

    fn send(&mut self, now: Instant) {
        if self.is_saving {
            return;
        }
        while let Some(permit) = self.outbox.permit(now) {
            let next = if self.files < FILES {
                self.file(now).or_else(|| self.outbox.pop(now))
            } else {
                self.outbox.pop(now).or_else(|| self.file(now))
            };
            match next {
                Some(parcel) => self.fly(parcel, permit, now),
                None => return self.outbox.give_back(permit),
            }
        }
    }

    fn file(&self, now: Instant) -> Option<Waiting<Parcel>> {
        let shelf = self.setup.shelf.as_ref().filter(|_| !self.holds_files)?;
        let (file, encoded, ticket) = shelf.claim(now)?;
        let parcel = Parcel {
            request: Request { encoded, ticket },
            file: Some(file),
        };
        Some(Waiting::new(parcel, now))
    }

    fn fly(&mut self, parcel: Waiting<Parcel>, permit: Permit, now: Instant) {
        let encoded = &parcel.request.request.encoded;
        if encoded.body.len() >= self.refused && encoded.spans > 1 {
            // As large as one that was refused.
            self.outbox.give_back(permit);
            return self.split(parcel, "larger than a request that was refused".into());
        }
        let sending = silently(|| self.setup.transport.send(encoded));
        let task = self.tasks.spawn_on(sending, self.runtime.handle());
        self.files += usize::from(parcel.request.file.is_some());
        let flight = Flight {
            parcel,
            permit,
            started: now,
            task,
        };
        self.flights.insert(flight.task.id(), flight);
    }

    fn settle(&mut self, flight: Flight, outcome: Option<SendOutcome>, now: Instant) {
        let Flight {
            mut parcel,
            permit,
            started,
            ..
        } = flight;
        let Some(outcome) = outcome else {
            // A panic: the ticket counts it, or the file waits on.
            if let (Some(file), Some(shelf)) = (parcel.request.file, &self.setup.shelf) {
                shelf.put_back(file);
            }
            return self.outbox.give_back(permit);
        };
        let Request { encoded, ticket } = &mut parcel.request.request;
        self.setup.diagnostics.debug(format_args!(
            "{}: a request of {} spans, {} bytes, {outcome} after {} ms",
            self.setup.queue.name(),
            encoded.spans,
            encoded.body.len(),
            now.saturating_duration_since(started).as_millis()
        ));
        match outcome {
            SendOutcome::Delivered { rejected, message } => {
                self.outbox.answered(permit, now);
                self.holds_files = false;
                if rejected > 0 {
                    // The error first: whoever waits for the count reads a complete report.
                    ticket.failed(message);
                    ticket.dropped(DropReason::Rejected, rejected);
                }
                ticket.exported(ticket.spans());
                self.forget(parcel.request.file);
            }
            SendOutcome::Rejected { message } => {
                self.outbox.answered(permit, now);
                ticket.failed(message);
                ticket.dropped(DropReason::Rejected, ticket.spans());
                self.forget(parcel.request.file);
            }
            SendOutcome::Misconfigured { message } | SendOutcome::NoClient { message } => {
                self.outbox.answered(permit, now);
                ticket.failed(message);
                match (parcel.request.file, &self.setup.shelf) {
                    // Settings can be put right, and the file is still there then.
                    (Some(file), Some(shelf)) => {
                        self.holds_files = true;
                        shelf.put_back(file);
                    }
                    _ => ticket.dropped(DropReason::Rejected, ticket.spans()),
                }
            }
            SendOutcome::TooLarge { message } => {
                self.outbox.answered(permit, now);
                if encoded.spans > 1 {
                    self.refused = self.refused.min(encoded.body.len());
                }
                self.split(parcel, message);
            }
            SendOutcome::Unavailable {
                message,
                retry_after,
            } => {
                let failures = self.outbox.failed(permit, retry_after, chance(), now);
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
                ticket.failed(message);
                self.put_back(parcel, now);
            }
        }
    }

    fn put_back(&mut self, mut parcel: Waiting<Parcel>, now: Instant) {
        match (parcel.request.file.take(), &self.setup.shelf) {
            (Some(file), Some(shelf)) => shelf.put_back(file),
            _ if self.is_saving => self.save(parcel.request),
            _ => {
                let has_room = !self.setup.queue.is_half_full();
                if let Some(parcel) = self.outbox.put_back(parcel, has_room, chance(), now) {
                    self.save(parcel);
                }
            }
        }
    }

    pub(crate) fn forget(&self, file: Option<Claimed>) {
        if let (Some(file), Some(shelf)) = (file, &self.setup.shelf) {
            shelf.remove(file);
        }
    }

    fn report_backlog(&self, now: Instant) {
        let has_files = |shelf: &Shelf| !self.holds_files && shelf.next_at(now).is_some();
        let backlog = self.setup.shelf.as_ref().is_some_and(has_files) || self.files > 0;
        let takes = self.outbox.is_up() && !self.is_saving;
        self.setup.queue.set_backlog(backlog && takes);
    }

    fn wake_at(&self, now: Instant) -> Option<Instant> {
        let shelf = self.setup.shelf.as_ref();
        let files = match shelf {
            Some(shelf) if !self.holds_files && !self.is_saving => shelf.next_at(now),
            _ => None,
        };
        let closing = self.closing.map(|closing| closing.deadline);
        let save_at = self.save_at();
        let outbox = self.outbox.wake_at(files, shelf.is_some());
        let refresh = shelf.map(|shelf| shelf.refresh_at(now));
        [outbox, closing, save_at, refresh]
            .into_iter()
            .flatten()
            .min()
    }

    fn is_late(&self, now: Instant) -> bool {
        self.closing.is_some_and(|closing| closing.deadline <= now)
            || self.setup.queue.is_abandoned()
    }

    /// Whether nothing more will come, and nothing more can be done.
    fn is_done(&self) -> bool {
        let has_files = |shelf: &Shelf| shelf.next_at(Instant::now()).is_some();
        let can_send = self.outbox.is_up() && !self.is_saving && !self.holds_files;
        let has_files = can_send && self.setup.shelf.as_ref().is_some_and(has_files);
        !self.is_open && self.flights.is_empty() && self.outbox.is_empty() && !has_files
    }
}
