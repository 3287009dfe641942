//! When to report what was lost.
//!
//! Pure: counters and the time in, facts for sentences out. Each reason is reported at most once a minute
//! together with what was lost meanwhile, so that all sentences together name every loss but those of the
//! last minute, which the report names.

use std::time::{Duration, Instant};

use super::report::{Counts, DropReason};

const PAUSE: Duration = Duration::from_secs(60);

/// What was reported when, by reason.
#[derive(Debug, Default)]
pub(crate) struct LossLog {
    reported: [u64; DropReason::ALL.len()],
    at: [Option<Instant>; DropReason::ALL.len()],
}

impl LossLog {
    /// What is to be reported now; it counts as reported.
    pub(crate) fn due(&mut self, counts: &Counts, now: Instant) -> Vec<(DropReason, u64)> {
        let mut due = Vec::new();
        for (reason, lost) in self.unreported(counts) {
            if self.time_of(reason, now) <= now {
                self.reported[reason as usize] = counts.dropped_for(reason);
                self.at[reason as usize] = Some(now);
                due.push((reason, lost));
            }
        }
        due
    }

    /// When there will be something to report.
    pub(crate) fn next(&self, counts: &Counts, now: Instant) -> Option<Instant> {
        let unreported = self.unreported(counts);
        unreported
            .into_iter()
            .map(|(reason, _)| self.time_of(reason, now))
            .min()
    }

    fn time_of(&self, reason: DropReason, now: Instant) -> Instant {
        let last = self.at[reason as usize];
        last.and_then(|last| last.checked_add(PAUSE)).unwrap_or(now)
    }

    fn unreported(&self, counts: &Counts) -> Vec<(DropReason, u64)> {
        DropReason::ALL
            .into_iter()
            // The telemetry reports these at its end, when the threads that could report them are gone.
            .filter(|reason| !matches!(reason, DropReason::AfterShutdown | DropReason::Deadline))
            .map(|reason| {
                let lost = counts.dropped_for(reason);
                (reason, lost.saturating_sub(self.reported[reason as usize]))
            })
            .filter(|(_, lost)| *lost > 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_reported_but_each_reason_once_a_minute() {
        let (mut losses, mut counts) = (LossLog::default(), Counts::default());
        let start = Instant::now();
        assert_eq!(losses.next(&counts, start), None);
        counts.drop(DropReason::QueueFull, 3);
        assert_eq!(losses.next(&counts, start), Some(start));
        assert_eq!(losses.due(&counts, start), [(DropReason::QueueFull, 3)]);

        counts.drop(DropReason::QueueFull, 4);
        counts.drop(DropReason::Rejected, 1);
        let second = start + Duration::from_secs(1);
        assert_eq!(losses.due(&counts, second), [(DropReason::Rejected, 1)]);
        assert_eq!(losses.next(&counts, second), Some(start + PAUSE));
        assert_eq!(
            losses.due(&counts, start + PAUSE),
            [(DropReason::QueueFull, 4)]
        );
        assert_eq!(losses.next(&counts, start + PAUSE), None);
    }
}
