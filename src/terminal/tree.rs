//! Draws one block of a trace.
//!
//! Contract: a pure function of the block and the settings. Every entry has one line with its name,
//! however narrow the terminal; what does not fit is left out in an order that keeps the more
//! telling facts longer. No line is wider than the terminal (from [`NARROWEST`] columns on).
//! Indentation stops at a third of the width or so; deeper levels say their depth as a number.

use std::time::Duration;

use super::assembly::Block;
use super::entry::{Entry, Used};
use super::facts::{Fact, facts, sums};
use super::figures::{duration, thousands};
use super::forest::{Row, rows};
use super::settings::Settings;
use super::style::{Canvas, Paint};
use super::text;
use crate::model::Level;

/// Columns where there is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// Below that many columns lines wrap.
const NARROWEST: usize = 20;
/// Columns that a title gets, if it needs them, before anything else.
const SHORTEST_TITLE: usize = 24;
/// Columns of a user, a session or the tags at most.
const ABOUT: usize = 32;
/// Columns of a usual duration and the gap before it.
const DURATION: usize = 8;
/// Characters of a trace's id that tell it from others nearby.
const SHORT_ID: usize = 8;
/// Levels that are indented at most.
const DEEPEST: usize = 16;

/// The block as text, with an empty line at its end.
pub(crate) fn render(block: &Block, settings: &Settings) -> String {
    let rows = rows(&block.entries);
    let sums = sums(&block.entries, &rows);
    let mut tree = Tree::new(settings);
    tree.header(block, &rows);
    for (row, sum) in rows.iter().zip(sums) {
        tree.entry(row, &block.entries[row.entry], sum);
    }
    tree.canvas.end_line();
    tree.canvas.into_text()
}

/// A span that has ended in a trace that has not, as one line.
pub(crate) fn render_step(entry: &Entry, settings: &Settings) -> String {
    let mut tree = Tree::new(settings);
    let mut trace_id = entry.trace_id.to_string();
    trace_id.truncate(SHORT_ID);
    let mark = format!("⋯ {trace_id}  ");
    tree.canvas.add(Paint::Quiet, &mark);
    let columns = tree.columns.saturating_sub(text::width(&mark));
    let mut facts = facts(entry, entry.used);
    if let Some(problem) = &entry.problem {
        let message = text::cut(&problem.message, columns / 2);
        let text = format!("! {} {message}", problem.level);
        let paint = paint_of(problem.level);
        facts.push(Fact::new(7, paint, text.trim_end().to_owned()));
    }
    tree.title(columns, SHORTEST_TITLE, Paint::Strong, &entry.name, facts);
    tree.canvas.into_text()
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
    fn new(settings: &Settings) -> Self {
        let columns = settings.width.unwrap_or(DEFAULT_WIDTH).max(NARROWEST);
        Self {
            canvas: Canvas::new(settings.color),
            columns,
            indented: (columns / 6).min(DEEPEST),
            path: Vec::new(),
        }
    }

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
        facts.extend(about(&block.entries, rows));
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

    fn entry(&mut self, row: &Row, entry: &Entry, sum: Option<Used>) {
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
        let used = match (entry.used, row.depth) {
            (None, 0) => sum,
            (own, _) => own,
        };
        // Nothing but the duration, which is short, makes a title shorter than that.
        let shortest = SHORTEST_TITLE.min(columns.saturating_sub(DURATION));
        let needed = shortest.max(columns / 2);
        let facts = facts(entry, used);
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
            let line = format!("! {} {}", problem.level, problem.message);
            self.detail(&guides, "", paint_of(problem.level), line.trim_end());
        }
        if let Some(input) = &entry.input {
            self.detail(&guides, "input   ", Paint::Plain, input);
        }
        if let Some(output) = &entry.output {
            self.detail(&guides, "output  ", Paint::Plain, output);
        }
        for (level, line) in &entry.log {
            self.detail(&guides, "log     ", paint_of(*level), line);
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

/// Whom the trace is about: what the topmost span says that says it.
fn about(entries: &[Entry], rows: &[Row]) -> Vec<Fact> {
    let find = |get: fn(&Entry) -> Option<&String>| {
        let mut found = rows.iter().filter_map(|row| get(&entries[row.entry]));
        found.next()
    };
    [
        ("user", find(|entry| entry.user.as_ref())),
        ("session", find(|entry| entry.session.as_ref())),
        ("tags", find(|entry| entry.tags.as_ref())),
    ]
    .into_iter()
    .filter_map(|(what, value)| {
        let text = format!("{what} {}", text::cut(value?, ABOUT));
        Some(Fact::new(1, Paint::Plain, text))
    })
    .collect()
}

fn paint_of(level: Level) -> Paint {
    match level {
        Level::Error => Paint::Error,
        Level::Warning => Paint::Warning,
        _ => Paint::Quiet,
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
