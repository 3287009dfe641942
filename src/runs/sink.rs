//! Where reports of runs go, and how they become spans.

use std::time::{Instant, SystemTime};

use opentelemetry::trace::SpanContext;

use super::report::RunReport;
use super::run::Run;
use crate::span::{AttributeSet, FinishedSpan, SpanParent};
use crate::wire::RunObject;

/// Makes and measures the spans of runs. Implemented by the recorder.
pub(crate) trait SpanSink {
    /// Whether a function call needs a span. The program's own code may have made one since then.
    fn wants_function(&self, call_id: Option<&str>, since: Instant) -> bool;

    /// The trace of this parent has a run in this thread of messages.
    fn in_conversation(&mut self, parent: &SpanParent, thread: &str);

    /// Makes a span of work that is over.
    fn finished(&mut self, span: FinishedSpan, parent: &SpanParent);

    /// Measures a run whose span has these attributes, after so many generations and tools.
    fn measure_run(
        &mut self,
        span: &SpanContext,
        sets: &[&AttributeSet],
        times: (SystemTime, SystemTime),
        calls: (usize, usize),
    );
}

/// Takes reports of runs.
pub(super) trait ReportSink {
    /// Who makes a call.
    type Creator: Clone;
    /// What stands for a run until it is reported.
    type Agent;
    /// What later spans of a reported run are children of.
    type Parent;

    /// A run has begun in a thread of messages: live views of traces have to wait for it.
    fn begin(&mut self, creator: &Self::Creator, thread: &str, began: SystemTime) -> Self::Agent;

    /// A run and everything below it.
    fn run(
        &mut self,
        agent: Self::Agent,
        run: &Run<Self::Creator>,
        report: &RunReport,
    ) -> Self::Parent;

    /// What became known of a run after it was reported.
    fn late(&mut self, parent: &Self::Parent, report: RunReport);

    /// A run that somebody else has created is over.
    fn foreign(
        &mut self,
        creator: &Self::Creator,
        times: (SystemTime, SystemTime),
        run: &RunObject,
    );
}
