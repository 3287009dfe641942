//! What became of the spans: the counters of a destination and the report made of them.
//!
//! Every span that a destination was offered is counted exactly once in `made`, and ends up in
//! exactly one of `exported`, `spooled`, `dropped` or, while it is under way, `pending`; one that waits
//! on disk moves from `spooled` to `exported` when this process sends it. A span that was not sampled, or
//! whose trace is outside of the destination's share, was never offered: leaving it out is what was asked
//! for, not a loss. The counters are part of the queue's state and change under its lock, so a report
//! never shows a span twice or not at all.

use std::fmt;

/// Why a span was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The queue's bound of spans or bytes was reached.
    QueueFull,
    /// The backend answered, and refused the span.
    Rejected,
    /// The backend did not answer, or answered that it cannot take anything now, for longer than the
    /// [budget of retries](crate::TelemetryBuilder::with_retry_budget).
    Unreachable,
    /// The backend takes no request of this size, even with this span alone in it and its largest
    /// fields truncated.
    TooLarge,
    /// The spool's bound was reached, and this was among the oldest in it.
    SpoolFull,
    /// The span's file in the spool is not what was written.
    SpoolDamaged,
    /// The span's file in the spool was removed by somebody else.
    SpoolMissing,
    /// The backend failed for the request with this span again and again while it took others. The request
    /// is kept in the spool folder, for a person to look at.
    SetAside,
    /// Only traces with a GenAI span are
    /// [wanted](crate::TelemetryBuilder::with_only_genai), and the span's trace had none yet when its
    /// spans could not wait any longer: for want of room or time, or because of a flush.
    Undecided,
    /// The span ended after the shutdown.
    AfterShutdown,
    /// The deadline of the shutdown passed before the span was delivered.
    Deadline,
    /// A fault of this crate.
    Internal,
}

impl DropReason {
    pub(crate) const ALL: [Self; 12] = [
        Self::QueueFull,
        Self::Rejected,
        Self::Unreachable,
        Self::TooLarge,
        Self::SpoolFull,
        Self::SpoolDamaged,
        Self::SpoolMissing,
        Self::SetAside,
        Self::Undecided,
        Self::AfterShutdown,
        Self::Deadline,
        Self::Internal,
    ];
}

impl fmt::Display for DropReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::QueueFull => "the queue was full",
            Self::Rejected => "the backend refused them",
            Self::Unreachable => "the backend could not be reached",
            Self::TooLarge => "they were too large for the backend",
            Self::SpoolFull => "the spool was full",
            Self::SpoolDamaged => "their spool file was damaged",
            Self::SpoolMissing => "their spool file was removed",
            Self::SetAside => "the backend failed for their request while it took others",
            Self::Undecided => "their trace had no GenAI span yet when they could wait no longer",
            Self::AfterShutdown => "they ended after the shutdown",
            Self::Deadline => "the shutdown's deadline passed",
            Self::Internal => "a fault in tracing-genai",
        })
    }
}

/// What became of the spans of every destination since the start.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tracing_genai::testing::InMemory;
/// use tracing_genai::{DropReason, Telemetry};
///
/// let telemetry = Telemetry::builder()
///     .with_destination(InMemory::new().destination())
///     .build()?;
/// let report = telemetry.flush(Duration::from_secs(5));
/// assert_eq!((report.exported(), report.dropped(), report.pending()), (0, 0, 0));
/// for destination in &report.destinations {
///     for (reason, spans) in &destination.dropped_by_reason {
///         assert_ne!(*reason, DropReason::Internal, "{spans} spans");
///     }
/// }
/// # Ok::<(), tracing_genai::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// One entry a destination, in the order in which they were configured.
    pub destinations: Vec<DestinationReport>,
    /// Of how many model calls content was given up, because more was waiting to be read than the
    /// memory of a call may hold. Their spans are there all the same, with what was read before, and
    /// with the token counts and the outcome that stand at the end of the answer.
    pub content_lost: u64,
}

impl Report {
    /// Spans delivered, summed over the destinations.
    pub fn exported(&self) -> u64 {
        self.destinations.iter().map(|d| d.exported).sum()
    }

    /// Spans lost, summed over the destinations.
    pub fn dropped(&self) -> u64 {
        self.destinations
            .iter()
            .map(DestinationReport::dropped)
            .sum()
    }

    /// Spans that wait on disk, summed over the destinations.
    pub fn spooled(&self) -> u64 {
        self.destinations.iter().map(|d| d.spooled).sum()
    }

    /// Spans neither delivered nor spooled nor lost yet, summed over the destinations.
    pub fn pending(&self) -> u64 {
        self.destinations.iter().map(|d| d.pending).sum()
    }
}

/// What became of the spans of one destination since the start.
///
/// `made == exported + spooled + dropped() + pending`, always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DestinationReport {
    /// The destination's name, for people.
    pub name: String,
    /// Spans that the destination was offered: all that were sampled, of traces in its share
    /// ([`Destination::with_sample_rate`](crate::Destination::with_sample_rate)).
    pub made: u64,
    /// Spans delivered.
    pub exported: u64,
    /// Spans that wait on disk, for this process or the next one to send them; see
    /// [`with_spool_dir`](crate::TelemetryBuilder::with_spool_dir).
    pub spooled: u64,
    /// Spans under way.
    pub pending: u64,
    /// Spans lost, by reason; reasons with no loss are absent.
    pub dropped_by_reason: Vec<(DropReason, u64)>,
    /// Spans of traces without a GenAI span, where only traces with one are
    /// [wanted](crate::TelemetryBuilder::with_only_genai). They are in no other number here; while their
    /// trace is not decided, they are pending.
    pub left_out: u64,
    /// Spans delivered that other processes had left in the spool. They were made there, so they are
    /// in no other number here.
    pub recovered: u64,
    /// The message of the last failed delivery; `None` if all succeeded.
    pub last_error: Option<String>,
}

impl DestinationReport {
    /// Spans lost.
    pub fn dropped(&self) -> u64 {
        self.dropped_by_reason.iter().map(|(_, count)| count).sum()
    }
}

impl fmt::Display for DestinationReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {} of {} spans delivered",
            self.name, self.exported, self.made
        )?;
        if self.spooled > 0 {
            write!(formatter, ", {} kept on disk", self.spooled)?;
        }
        for (reason, count) in &self.dropped_by_reason {
            write!(formatter, ", {count} lost because {reason}")?;
        }
        if self.left_out > 0 {
            write!(
                formatter,
                ", {} more left out as no part of a GenAI trace",
                self.left_out
            )?;
        }
        if self.pending > 0 {
            write!(formatter, ", {} still under way", self.pending)?;
        }
        if let Some(error) = &self.last_error {
            write!(formatter, "; last error: {error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, destination) in self.destinations.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            destination.fmt(formatter)?;
        }
        Ok(())
    }
}

/// The counters behind a [`DestinationReport`].
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Those that were left out afterwards included.
    pub(crate) made: u64,
    pub(crate) exported: u64,
    pub(crate) spooled: u64,
    pub(crate) left_out: u64,
    pub(crate) recovered: u64,
    dropped: [u64; DropReason::ALL.len()],
    pub(crate) last_error: Option<String>,
}

impl Counts {
    pub(crate) fn drop(&mut self, reason: DropReason, count: u64) {
        self.dropped[reason as usize] += count;
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.iter().sum()
    }

    pub(crate) fn dropped_for(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    pub(crate) fn pending(&self) -> u64 {
        let settled = self.exported + self.spooled + self.dropped() + self.left_out;
        self.made.saturating_sub(settled)
    }

    pub(crate) fn report(&self, name: &str) -> DestinationReport {
        DestinationReport {
            name: name.to_owned(),
            made: self.made.saturating_sub(self.left_out),
            exported: self.exported,
            spooled: self.spooled,
            left_out: self.left_out,
            recovered: self.recovered,
            pending: self.pending(),
            dropped_by_reason: DropReason::ALL
                .iter()
                .map(|&reason| (reason, self.dropped[reason as usize]))
                .filter(|(_, count)| *count > 0)
                .collect(),
            last_error: self.last_error.clone(),
        }
    }
}
