//! What cannot be sent: to disk, back to the others, or counted as lost.
//!
//! With a spool, nothing waits in memory for longer than the budget, and a shutdown turns to the disk
//! while there is time for that. Without one, what is left at the deadline is lost.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::batch::{Batch, Command};
use super::work_loop::{Closing, WorkLoop};
use crate::export::queue::InFlight;
use crate::export::report::DropReason;
use crate::export::scheduler::Waiting;
use crate::export::spool::NotKept;
use crate::otlp::transport::Transport;

/// How many bytes a second are written to disk at least when little time is left.
const DISK_SPEED: usize = 50 << 20;
/// How long a shutdown waits for a backend that is down, if there is a disk to turn to.
const PATIENCE: Duration = Duration::from_secs(1);

impl<T: Transport> WorkLoop<T> {
    /// To disk, unless it is there already; if that cannot be, back to the others while there is room.
    pub(super) fn save(&mut self, waiting: Waiting<Batch>) {
        let Waiting {
            request, history, ..
        } = waiting;
        let Batch {
            encoded,
            in_flight,
            files,
        } = request;
        if !files.is_empty() {
            return self.put_files_back(files, history);
        }
        let kept = match &self.setup.spool {
            Some(spool) => spool.put(&encoded, in_flight, history),
            None => Err((NotKept::Disk, in_flight)),
        };
        let Err((why, mut in_flight)) = kept else {
            return;
        };
        let has_room = !self.setup.queue.is_half_full() && !self.setup.budget.is_zero();
        if self.setup.spool.is_none() || !(has_room || self.closing.is_some()) {
            let reason = match why {
                NotKept::Limit => DropReason::SpoolFull,
                NotKept::Disk => DropReason::Unreachable,
            };
            return in_flight.dropped(reason, in_flight.spans());
        }
        if self.is_saving {
            // The backend may take it until the deadline.
            self.is_saving = false;
            self.has_no_disk = true;
        }
        let batch = Batch::new(encoded, in_flight);
        let waiting = Waiting::with_history(batch, history, Instant::now());
        self.scheduler.push(waiting);
    }

    /// Once for all that has been saved.
    pub(super) fn sync(&self) {
        if let Some(spool) = &self.setup.spool {
            spool.sync();
        }
    }

    /// To disk with what has waited for too long, and with everything when little time is left.
    pub(super) fn save_if_due(&mut self, now: Instant) {
        if self.setup.spool.is_none() {
            return;
        }
        for waiting in self.scheduler.expired(now) {
            self.save(waiting);
        }
        if self.save_at().is_none_or(|at| at > now) {
            return;
        }
        self.is_saving = true;
        let is_up = self.scheduler.is_up();
        let waiting = self.scheduler.drain();
        let (stopped, going_on): (HashMap<_, _>, _) = std::mem::take(&mut self.transfers)
            .into_iter()
            // What is on disk already may as well arrive.
            .partition(|(_, transfer)| !is_up || transfer.batch.request.files.is_empty());
        self.transfers = going_on;
        for (_, transfer) in stopped {
            // It may arrive all the same: better twice than never.
            transfer.task.abort();
            self.scheduler.give_back(transfer.permit);
            self.save(transfer.batch);
        }
        waiting.into_iter().for_each(|waiting| self.save(waiting));
    }

    /// When to turn to the disk with everything.
    pub(super) fn save_at(&self) -> Option<Instant> {
        let Closing { at, deadline } = self.closing?;
        if self.setup.spool.is_none() || self.is_saving || self.has_no_disk {
            return None;
        }
        let left = deadline.saturating_duration_since(at);
        let bytes = self.setup.queue.bytes();
        let needed =
            Duration::from_millis(200) + Duration::from_secs_f64(bytes as f64 / DISK_SPEED as f64);
        let save_at = at + (left - needed.min(left / 2));
        Some(match self.scheduler.is_up() {
            true => save_at,
            false => save_at.min(at + PATIENCE),
        })
    }

    /// Nothing more is sent: what is left is lost, unless it is on disk.
    pub(super) fn give_up(&mut self) {
        let under_way = std::mem::take(&mut self.transfers);
        let under_way = under_way.into_values().map(|transfer| transfer.batch);
        let waiting = self.scheduler.drain();
        for waiting in under_way.chain(waiting) {
            match waiting.request.files.is_empty() {
                true => lose(waiting.request.in_flight),
                false => self.put_files_back(waiting.request.files, waiting.history),
            }
        }
        while let Ok(command) = self.inbox.try_recv() {
            if let Command::Deliver(batch) = command {
                lose(batch.in_flight);
            }
        }
    }
}

fn lose(mut in_flight: InFlight) {
    in_flight.dropped(DropReason::Deadline, in_flight.spans());
}
