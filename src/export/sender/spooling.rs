//! When it cannot be sent: to disk, back to the others, or counted as lost.
//!
//! With a spool, nothing waits in memory for longer than the budget, and a shutdown turns to the disk
//! while there is time for that. Without one, what is left at the deadline is lost.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::work_loop::{Closing, Parcel, Rounds};
use super::{Message, Request};
use crate::export::report::DropReason;
use crate::export::scheduler::Waiting;
use crate::export::spool::NotKept;
use crate::otlp::transport::Transport;

/// How many bytes a second are written to disk at least when little time is left.
const DISK_SPEED: usize = 50 << 20;
/// How long a shutdown waits for a backend that is down, if there is a disk to turn to.
const PATIENCE: Duration = Duration::from_secs(1);

impl<T: Transport> Rounds<T> {
    /// To disk; if that cannot be, back to the others while there is room.
    pub(crate) fn save(&mut self, parcel: Parcel) {
        let Request { encoded, ticket } = parcel.request;
        let kept = match &self.setup.shelf {
            Some(shelf) => shelf.put(&encoded, ticket),
            None => Err((NotKept::Disk, ticket)),
        };
        let Err((why, mut ticket)) = kept else {
            return;
        };
        let has_room = !self.setup.queue.is_half_full() && !self.setup.budget.is_zero();
        if self.setup.shelf.is_none() || !(has_room || self.closing.is_some()) {
            let reason = match why {
                NotKept::Limit => DropReason::SpoolFull,
                NotKept::Disk => DropReason::Unreachable,
            };
            return ticket.dropped(reason, ticket.spans());
        }
        if self.is_saving {
            // The backend may take it until the deadline.
            self.is_saving = false;
            self.has_no_disk = true;
        }
        let request = Request { encoded, ticket };
        let parcel = Parcel {
            request,
            file: None,
        };
        self.outbox.push(Waiting::new(parcel, Instant::now()));
    }

    /// To disk with what has waited for too long, and with everything when little time is left.
    pub(crate) fn save_if_due(&mut self, now: Instant) {
        if self.setup.shelf.is_none() {
            return;
        }
        for parcel in self.outbox.expired(now) {
            self.save(parcel);
        }
        if self.save_at().is_none_or(|at| at > now) {
            return;
        }
        self.is_saving = true;
        let is_up = self.outbox.is_up();
        let waiting: Vec<_> = self.outbox.drain().collect();
        let (landed, flying): (HashMap<_, _>, _) = std::mem::take(&mut self.flights)
            .into_iter()
            // What is on disk already may as well arrive.
            .partition(|(_, flight)| !is_up || flight.parcel.request.file.is_none());
        self.flights = flying;
        for (_, flight) in landed {
            // It may arrive all the same: better twice than never.
            flight.task.abort();
            self.outbox.give_back(flight.permit);
            let mut parcel = flight.parcel.request;
            match (parcel.file.take(), &self.setup.shelf) {
                (Some(file), Some(shelf)) => {
                    self.files -= 1;
                    shelf.put_back(file);
                }
                _ => self.save(parcel),
            }
        }
        waiting.into_iter().for_each(|parcel| self.save(parcel));
    }

    /// When to turn to the disk with everything.
    pub(crate) fn save_at(&self) -> Option<Instant> {
        let Closing { at, deadline } = self.closing?;
        if self.setup.shelf.is_none() || self.is_saving || self.has_no_disk {
            return None;
        }
        let left = deadline.saturating_duration_since(at);
        let bytes = self.setup.queue.bytes();
        let needed =
            Duration::from_millis(200) + Duration::from_secs_f64(bytes as f64 / DISK_SPEED as f64);
        let save_at = at + (left - needed.min(left / 2));
        Some(match self.outbox.is_up() {
            true => save_at,
            false => save_at.min(at + PATIENCE),
        })
    }

    /// The deadline has passed.
    pub(crate) fn give_up(&mut self) {
        let flights = std::mem::take(&mut self.flights);
        let flying = flights.into_values().map(|flight| flight.parcel.request);
        let waiting: Vec<_> = self.outbox.drain().collect();
        for parcel in flying.chain(waiting) {
            self.lose(parcel);
        }
        while let Ok(message) = self.inbox.try_recv() {
            if let Message::Deliver(request) = message {
                self.lose(Parcel {
                    request,
                    file: None,
                });
            }
        }
    }

    pub(crate) fn lose(&self, parcel: Parcel) {
        let Parcel { mut request, file } = parcel;
        match (file, &self.setup.shelf) {
            (Some(file), Some(shelf)) => shelf.put_back(file),
            _ => request
                .ticket
                .dropped(DropReason::Deadline, request.ticket.spans()),
        }
    }
}
