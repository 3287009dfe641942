//! When to say what was lost.
//!
//! Pure: counters and the time in, sentences' facts out. Each reason is said at most once a minute,
//! and what was lost meanwhile is said with the next time, so that all sentences together name every
//! loss but the last minute's, which the report names.

use std::time::{Duration, Instant};

use super::report::{Counts, DropReason};

const PAUSE: Duration = Duration::from_secs(60);

/// What was said when, by reason.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    said: [u64; DropReason::ALL.len()],
    at: [Option<Instant>; DropReason::ALL.len()],
}

impl Losses {
    /// What is to be said now; it counts as said.
    pub(crate) fn due(&mut self, counts: &Counts, now: Instant) -> Vec<(DropReason, u64)> {
        let mut due = Vec::new();
        for (reason, lost) in self.unsaid(counts) {
            if self.time_of(reason, now) <= now {
                self.said[reason as usize] = counts.dropped_for(reason);
                self.at[reason as usize] = Some(now);
                due.push((reason, lost));
            }
        }
        due
    }

    /// When there will be something to say.
    pub(crate) fn next(&self, counts: &Counts, now: Instant) -> Option<Instant> {
        let unsaid = self.unsaid(counts);
        unsaid
            .into_iter()
            .map(|(reason, _)| self.time_of(reason, now))
            .min()
    }

    fn time_of(&self, reason: DropReason, now: Instant) -> Instant {
        let last = self.at[reason as usize];
        last.and_then(|last| last.checked_add(PAUSE)).unwrap_or(now)
    }

    fn unsaid(&self, counts: &Counts) -> Vec<(DropReason, u64)> {
        DropReason::ALL
            .into_iter()
            // The guard says these: they happen when the threads that could say them end.
            .filter(|reason| !matches!(reason, DropReason::AfterShutdown | DropReason::Deadline))
            .map(|reason| {
                let lost = counts.dropped_for(reason);
                (reason, lost.saturating_sub(self.said[reason as usize]))
            })
            .filter(|(_, lost)| *lost > 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_losses_are_said_but_each_reason_once_a_minute() {
        let (mut losses, mut counts) = (Losses::default(), Counts::default());
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
