//! The terminal destination: a trace as one tree on standard error.
//!
//! Contract: a trace is one block and a block is one write, so that trees of several traces and
//! the lines of a log never mix. On a terminal, the steps of a trace that takes long are also shown as
//! they end, a line each, so that nobody wonders whether the program still works. Nothing here fails to the outside: a terminal that is gone costs
//! the block, which is counted. The parts are strictly apart: [`assembly`] decides *when* a block
//! is complete and knows neither text nor clock, [`entry`] reads a span into the few short texts
//! that are shown of it (so a held span costs a few kilobytes, whatever its content), [`tree`] draws
//! and knows neither time nor terminal. Only this file writes.

use std::io::{self, Write};
use std::time::Instant;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;

mod assembly;
mod content;
mod entry;
pub(crate) mod exporter;
mod facts;
mod figures;
mod forest;
mod settings;
mod style;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use assembly::{Assembly, Block, Limits};
use entry::Entry;
pub(crate) use settings::Settings;

/// What became of the spans of the blocks that a call has written, in spans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Written.
    pub(crate) written: u64,
    /// Lost, because the writer refused their block.
    pub(crate) lost: u64,
}

/// Collects spans and prints each trace when it is complete.
pub(crate) struct Console {
    assembly: Assembly,
    settings: Settings,
    /// Asks for the width anew before each block, because windows are resized.
    measure: Option<fn() -> Option<usize>>,
    writer: Box<dyn Write + Send>,
}

impl Console {
    /// Prints to `writer`, in the width that the settings name.
    pub(crate) fn new(settings: Settings, writer: Box<dyn Write + Send>) -> Self {
        let limits = match settings.live {
            true => Limits::live(),
            false => Limits::default(),
        };
        Self {
            assembly: Assembly::new(limits),
            settings,
            measure: None,
            writer,
        }
    }

    /// Prints to standard error, in the width that it has at that moment.
    pub(crate) fn on_standard_error(settings: Settings) -> Self {
        Self {
            measure: Some(settings::standard_error_width),
            ..Self::new(settings, Box::new(io::stderr()))
        }
    }

    /// A span has started.
    pub(crate) fn opened(&mut self, trace_id: TraceId, span_id: SpanId) -> Printed {
        let blocks = self.assembly.opened(trace_id, span_id);
        self.print(blocks)
    }

    /// A span has ended.
    pub(crate) fn ended(&mut self, span: &SpanData, now: Instant) -> Printed {
        let entry = Entry::read(span, self.settings.show_content);
        let blocks = self.assembly.ended(entry, now);
        self.print_steps(now);
        self.print(blocks)
    }

    /// Prints what has waited long enough.
    pub(crate) fn sweep(&mut self, now: Instant) -> Printed {
        let blocks = self.assembly.sweep(now);
        self.print_steps(now);
        self.print(blocks)
    }

    /// Prints whatever is held, as it is.
    pub(crate) fn drain(&mut self) -> Printed {
        let blocks = self.assembly.drain();
        self.print(blocks)
    }

    /// When [`Console::sweep`] will have something to print.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.assembly.next_deadline()
    }

    /// What cannot be written counts when the block of the span cannot be written.
    fn print_steps(&mut self, now: Instant) {
        let steps = self.assembly.steps(now);
        if steps.is_empty() {
            return;
        }
        self.resize();
        let lines = steps
            .iter()
            .map(|step| tree::render_step(step, &self.settings));
        let lines: String = lines.collect();
        let _ = self.write(&lines);
    }

    fn resize(&mut self) {
        if let Some(measure) = self.measure {
            self.settings.width = measure();
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }

    fn print(&mut self, blocks: Vec<Block>) -> Printed {
        let mut printed = Printed::default();
        if blocks.is_empty() {
            return printed;
        }
        self.resize();
        for block in blocks {
            let text = tree::render(&block, &self.settings);
            let written = self.write(&text);
            let spans = block.entries.len() as u64;
            match written {
                Ok(()) => printed.written += spans,
                Err(_) => printed.lost += spans,
            }
        }
        printed
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Console")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
