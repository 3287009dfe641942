//! Draws one block of a trace.
//!
//! Contract: a pure function of the block and the settings. Every entry has one line with its name,
//! however narrow the terminal; what does not fit is left out in an order that keeps the more
//! telling facts longer. No line is wider than the terminal (from [`NARROWEST`] columns on).
//! Indentation stops at a third of the width or so; deeper levels say their depth as a number.

use std::time::Duration;

use super::assembly::Block;
use super::entry::{Entry, Tokens};
use super::figures::{duration, thousands};
use super::forest::{Row, rows};
use super::settings::Settings;
use super::style::{Canvas, Paint};
use super::text;
use crate::model::{Level, ObservationType};

/// Columns where there is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// Below that many columns lines wrap.
const NARROWEST: usize = 20;
/// Columns that a title gets, if it needs them, before anything else.
const SHORTEST_TITLE: usize = 24;
/// Columns of a usual duration and the gap before it.
const DURATION: usize = 8;
/// Levels that are indented at most.
const DEEPEST: usize = 16;

/// The block as text, with an empty line at its end.
pub(crate) fn render(block: &Block, settings: &Settings) -> String {
    let columns = settings.width.unwrap_or(DEFAULT_WIDTH).max(NARROWEST);
    let rows = rows(&block.entries);
    let sums = sums(&block.entries, &rows);
    let mut tree = Tree {
        canvas: Canvas::new(settings.color),
        columns,
        indented: (columns / 6).min(DEEPEST),
        path: Vec::new(),
    };
    tree.header(block, &rows);
    for (row, sum) in rows.iter().zip(sums) {
        tree.entry(row, &block.entries[row.entry], sum);
    }
    tree.canvas.end_line();
    tree.canvas.into_text()
}

/// A fact behind a title. What has the lowest rank is left out first.
struct Fact {
    rank: u8,
    gap: &'static str,
    paint: Paint,
    text: String,
}

impl Fact {
    fn new(rank: u8, paint: Paint, text: String) -> Self {
        Self {
            rank,
            gap: "  ",
            paint,
            text,
        }
    }

    fn width(&self) -> usize {
        self.gap.len() + text::width(&self.text)
    }
}

struct Tree {
    canvas: Canvas,
    columns: usize,
    /// Levels that are indented.
    indented: usize,
    /// Of each level down to the current row, whether no sibling follows.
    path: Vec<bool>,
}

impl Tree {
    fn header(&mut self, block: &Block, rows: &[Row]) {
        let Some(first) = block.entries.first() else {
            return;
        };
        let count = block.entries.len();
        let spans = if count == 1 { "span" } else { "spans" };
        let mut facts = vec![Fact::new(
            1,
            Paint::Quiet,
            format!("{} {spans}", thousands(count as u64)),
        )];
        // What the line of the root does not tell.
        let whole = duration(span_of(&block.entries));
        let root = rows.first().map(|row| &block.entries[row.entry]);
        if root.is_none_or(|root| duration(root.duration()) != whole) {
            facts.push(Fact::new(0, Paint::Quiet, whole));
        }
        if block.is_continuation {
            facts.push(Fact::new(2, Paint::Quiet, "continued".into()));
        }
        if block.is_incomplete {
            facts.push(Fact::new(
                3,
                Paint::Warning,
                match block.still_open {
                    0 => "incomplete".into(),
                    open => format!("incomplete, {} open", thousands(open as u64)),
                },
            ));
        }
        let title = format!("trace {}", first.trace_id);
        // A part of an id finds nothing, but that a block is not the whole trace matters more.
        let is_whole = !block.is_continuation && !block.is_incomplete;
        let needed = if is_whole && text::width(&title) <= self.columns {
            self.columns
        } else {
            SHORTEST_TITLE
        };
        self.title(self.columns, needed, Paint::Quiet, &title, facts);
    }

    fn entry(&mut self, row: &Row, entry: &Entry, sum: Option<Tokens>) {
        self.path.truncate(row.depth.saturating_sub(1));
        if row.depth > 0 {
            self.path.push(row.is_last);
        }
        let above = self.guides(row.depth.saturating_sub(1).min(self.indented));
        let own = if row.depth > self.indented {
            format!("⋯{} ", row.depth)
        } else if row.depth == 0 {
            String::new()
        } else if row.is_last {
            "└─ ".into()
        } else {
            "├─ ".into()
        };
        self.canvas.add(Paint::Quiet, &above);
        self.canvas.add(Paint::Quiet, &own);
        let columns = self
            .columns
            .saturating_sub(text::width(&above) + text::width(&own));
        // Only the root stands for what is below it.
        let tokens = match (entry.tokens, row.depth) {
            (None, 0) => sum,
            (own, _) => own,
        };
        // Nothing but the duration, which is short, makes a title shorter than that.
        let shortest = SHORTEST_TITLE.min(columns.saturating_sub(DURATION));
        let needed = shortest.max(columns / 2);
        let facts = facts(entry, tokens);
        self.title(columns, needed, Paint::Strong, &entry.name, facts);
        self.details(row, entry);
    }

    /// The lines below a title.
    fn details(&mut self, row: &Row, entry: &Entry) {
        let mut guides = self.guides(row.depth.min(self.indented));
        guides.push_str(if row.has_children && row.depth < self.indented {
            "│ "
        } else {
            "  "
        });
        if let Some(problem) = &entry.problem {
            let paint = match problem.level {
                Level::Error => Paint::Error,
                _ => Paint::Warning,
            };
            let line = format!("! {} {}", problem.level, problem.message);
            self.detail(&guides, "", paint, line.trim_end());
        }
        if let Some(input) = &entry.input {
            self.detail(&guides, "input   ", Paint::Plain, input);
        }
        if let Some(output) = &entry.output {
            self.detail(&guides, "output  ", Paint::Plain, output);
        }
        for (level, line) in &entry.log {
            let paint = match level {
                Level::Error => Paint::Error,
                Level::Warning => Paint::Warning,
                _ => Paint::Quiet,
            };
            self.detail(&guides, "log     ", paint, line);
        }
    }

    fn detail(&mut self, guides: &str, label: &str, paint: Paint, line: &str) {
        let used = text::width(guides) + label.len();
        self.canvas.add(Paint::Quiet, guides);
        self.canvas.add(Paint::Quiet, label);
        let line = text::cut(line, self.columns.saturating_sub(used));
        self.canvas.add(paint, &line);
        self.canvas.end_line();
    }

    /// The lines that come down from the first `levels` levels.
    fn guides(&self, levels: usize) -> String {
        self.path
            .iter()
            .take(levels)
            .map(|is_last| if *is_last { "   " } else { "│  " })
            .collect()
    }

    /// A title and as many facts as fit behind it, which leave it `needed` columns if it is long.
    fn title(
        &mut self,
        columns: usize,
        needed: usize,
        paint: Paint,
        title: &str,
        mut facts: Vec<Fact>,
    ) {
        let needed = text::width(title).min(needed);
        let mut used: usize = facts.iter().map(Fact::width).sum();
        while needed + used > columns {
            let ranks = facts.iter().enumerate();
            let Some((least, _)) = ranks.min_by_key(|(_, fact)| fact.rank) else {
                break;
            };
            used -= facts.remove(least).width();
        }
        let title = text::cut(title, columns.saturating_sub(used));
        self.canvas.add(paint, &title);
        for fact in &facts {
            self.canvas.plain(fact.gap);
            self.canvas.add(fact.paint, &fact.text);
        }
        self.canvas.end_line();
    }
}

/// What is known of a span besides its name.
fn facts(entry: &Entry, tokens: Option<Tokens>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(kind) = &entry.kind {
        facts.push(Fact::new(5, Paint::of_kind(kind), kind.clone()));
    }
    // Many names end in the model already.
    if let Some(model) = &entry.model
        && !entry.name.split(' ').any(|word| word == model)
    {
        facts.push(Fact::new(3, Paint::Plain, model.clone()));
    }
    if let Some(tokens) = tokens {
        facts.push(Fact::new(4, Paint::Plain, counts(&tokens)));
        let details = token_details(&tokens);
        if !details.is_empty() {
            facts.push(Fact {
                gap: " ",
                ..Fact::new(1, Paint::Quiet, format!("({details})"))
            });
        }
    }
    facts.push(Fact::new(6, Paint::Quiet, duration(entry.duration())));
    if let Some(time) = entry.time_to_first_token {
        facts.push(Fact::new(
            2,
            Paint::Quiet,
            format!("ttft {}", duration(time)),
        ));
    }
    facts
}

fn counts(tokens: &Tokens) -> String {
    match (tokens.input, tokens.output) {
        (Some(input), Some(output)) => {
            format!("{} → {} tokens", thousands(input), thousands(output))
        }
        (Some(input), None) => format!("{} tokens in", thousands(input)),
        (None, output) => format!("{} tokens out", thousands(output.unwrap_or(0))),
    }
}

fn token_details(tokens: &Tokens) -> String {
    let details = [
        (tokens.cache_read, "cached"),
        (tokens.cache_write, "to cache"),
        (tokens.reasoning, "reasoning"),
        (tokens.audio_input, "audio in"),
        (tokens.audio_output, "audio out"),
    ];
    let details: Vec<String> = details
        .into_iter()
        .filter_map(|(count, what)| Some((count.filter(|count| *count > 0)?, what)))
        .map(|(count, what)| format!("{} {what}", thousands(count)))
        .collect();
    details.join(", ")
}

/// The tokens of each row and everything below it.
fn sums(entries: &[Entry], rows: &[Row]) -> Vec<Option<Tokens>> {
    let mut sums: Vec<Option<Tokens>> = vec![None; rows.len()];
    // Children come after their parents, so backwards every row is complete when it is reached.
    for (index, row) in rows.iter().enumerate().rev() {
        let entry = &entries[row.entry];
        if let Some(own) = entry.tokens {
            // What an agent or a function reports is already the sum of the calls below it.
            let calls_a_model = entry.kind.as_deref().is_some_and(|kind| {
                kind == ObservationType::Generation.as_str()
                    || kind == ObservationType::Embedding.as_str()
            });
            let below = sums[index].filter(|_| calls_a_model);
            sums[index] = Some(sum(own, below.unwrap_or_default()));
        }
        if let (Some(parent), Some(own)) = (row.parent, sums[index]) {
            sums[parent] = Some(sum(sums[parent].unwrap_or_default(), own));
        }
    }
    sums
}

/// The sum of input and of output; details are not summed up.
fn sum(a: Tokens, b: Tokens) -> Tokens {
    let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    };
    Tokens {
        input: add(a.input, b.input),
        output: add(a.output, b.output),
        ..Tokens::default()
    }
}

/// From the first start to the last end.
fn span_of(entries: &[Entry]) -> Duration {
    let start = entries.iter().map(|entry| entry.start).min();
    let end = entries.iter().map(|entry| entry.end).max();
    match (start, end) {
        (Some(start), Some(end)) => end.duration_since(start).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
