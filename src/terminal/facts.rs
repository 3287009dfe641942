//! What stands behind the name of a span: its kind, model, tokens, cost and time.
//!
//! Pure. Tokens and costs are counted once: what an agent reports is already the sum of the calls below it.

use super::entry::{Entry, Used};
use super::figures::{dollars, duration, thousands};
use super::forest::Row;
use super::style::Paint;
use super::text;
use crate::model::ObservationType;

/// A fact behind a title. What has the lowest rank is left out first.
pub(super) struct Fact {
    pub(super) rank: u8,
    pub(super) gap: &'static str,
    pub(super) paint: Paint,
    pub(super) text: String,
}

impl Fact {
    pub(super) fn new(rank: u8, paint: Paint, text: String) -> Self {
        Self {
            rank,
            gap: "  ",
            paint,
            text,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.gap.len() + text::width(&self.text)
    }
}

/// What is known of a span besides its name.
pub(super) fn facts(entry: &Entry, used: Option<Used>) -> Vec<Fact> {
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
    if let Some(used) = used {
        facts.extend(counts(&used).map(|counts| Fact::new(4, Paint::Plain, counts)));
        let details = token_details(&used);
        if !details.is_empty() {
            facts.push(Fact {
                gap: " ",
                ..Fact::new(1, Paint::Quiet, format!("({details})"))
            });
        }
        let cost = used.cost.map(dollars);
        facts.extend(cost.map(|cost| Fact::new(3, Paint::Plain, cost)));
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

fn counts(used: &Used) -> Option<String> {
    Some(match (used.input, used.output) {
        (Some(input), Some(output)) => {
            format!("{} → {} tokens", thousands(input), thousands(output))
        }
        (Some(input), None) => format!("{} tokens in", thousands(input)),
        (None, Some(output)) => format!("{} tokens out", thousands(output)),
        (None, None) => return None,
    })
}

fn token_details(used: &Used) -> String {
    let details = [
        (used.cache_read, "cached"),
        (used.cache_write, "to cache"),
        (used.reasoning, "reasoning"),
        (used.audio_input, "audio in"),
        (used.audio_output, "audio out"),
    ];
    let details: Vec<String> = details
        .into_iter()
        .filter_map(|(count, what)| Some((count.filter(|count| *count > 0)?, what)))
        .map(|(count, what)| format!("{} {what}", thousands(count)))
        .collect();
    details.join(", ")
}

/// What each row and everything below it has used.
pub(super) fn sums(entries: &[Entry], rows: &[Row]) -> Vec<Option<Used>> {
    let mut sums: Vec<Option<Used>> = vec![None; rows.len()];
    // Children come after their parents, so backwards every row is complete when it is reached.
    for (index, row) in rows.iter().enumerate().rev() {
        let entry = &entries[row.entry];
        if let Some(own) = entry.used {
            // What an agent or a function reports is already the sum of the calls below it.
            let calls_a_model = entry.kind.as_deref().is_some_and(|kind| {
                kind == ObservationType::Generation.as_str()
                    || kind == ObservationType::Embedding.as_str()
            });
            let below = sums[index].unwrap_or_default();
            sums[index] = Some(match calls_a_model {
                true => sum(own, below),
                false => Used {
                    cost: own.cost.or(below.cost),
                    ..own
                },
            });
        }
        if let (Some(parent), Some(own)) = (row.parent, sums[index]) {
            sums[parent] = Some(sum(sums[parent].unwrap_or_default(), own));
        }
    }
    sums
}

/// The sum of input, of output and of costs; details are not summed up.
fn sum(a: Used, b: Used) -> Used {
    fn add<T>(a: Option<T>, b: Option<T>, add: impl FnOnce(T, T) -> T) -> Option<T> {
        match (a, b) {
            (Some(a), Some(b)) => Some(add(a, b)),
            (one, other) => one.or(other),
        }
    }
    Used {
        input: add(a.input, b.input, u64::saturating_add),
        output: add(a.output, b.output, u64::saturating_add),
        cost: add(a.cost, b.cost, |a, b| a + b),
        ..Used::default()
    }
}
