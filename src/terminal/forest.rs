//! The order in which spans are drawn: parents before children, siblings by their start.
//!
//! Contract: every entry gets exactly one row, whatever the ids and parent links are: missing,
//! doubled, pointing at themselves or in a circle. A circle is opened at the member that started
//! first. Nothing recurses, so depth costs no stack.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;

use super::entry::Entry;

/// One entry in its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Index of the entry.
    pub(crate) entry: usize,
    /// Index of the row of the parent, always an earlier one.
    pub(crate) parent: Option<usize>,
    /// Levels above it.
    pub(crate) depth: usize,
    /// Whether no sibling follows.
    pub(crate) is_last: bool,
    pub(crate) has_children: bool,
}

/// The rows, from top to bottom.
pub(crate) fn rows(entries: &[Entry]) -> Vec<Row> {
    let mut parents = parents(entries);
    // Sorted once; whoever is appended in this order is in order among its siblings.
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|&index| {
        let entry = &entries[index];
        (entry.start, entry.end, entry.span_id.to_bytes())
    });
    open_circles(&mut parents, &order);

    let mut roots = Vec::new();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for &index in &order {
        match parents[index] {
            Some(parent) => children[parent].push(index),
            None => roots.push(index),
        }
    }

    let mut rows = Vec::with_capacity(entries.len());
    let mut pending = Vec::new();
    push_siblings(&mut pending, &roots, None, 0);
    while let Some(row) = pending.pop() {
        let own = children[row.entry].as_slice();
        push_siblings(&mut pending, own, Some(rows.len()), row.depth + 1);
        rows.push(Row {
            has_children: !own.is_empty(),
            ..row
        });
    }
    rows
}

/// Puts siblings on the stack, the first on top.
fn push_siblings(pending: &mut Vec<Row>, siblings: &[usize], parent: Option<usize>, depth: usize) {
    for (place, &entry) in siblings.iter().enumerate().rev() {
        pending.push(Row {
            entry,
            parent,
            depth,
            is_last: place + 1 == siblings.len(),
            has_children: false,
        });
    }
}

/// The index of each entry's parent. Of entries with the same id, the first is the parent.
fn parents(entries: &[Entry]) -> Vec<Option<usize>> {
    let mut by_id: HashMap<SpanId, usize> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        by_id.entry(entry.span_id).or_insert(index);
    }
    entries
        .iter()
        .map(|entry| by_id.get(&entry.parent?).copied())
        .collect()
}

/// Makes a root of one member of every circle.
fn open_circles(parents: &mut [Option<usize>], order: &[usize]) {
    const UNKNOWN: usize = usize::MAX;
    let mut place = vec![0; parents.len()];
    for (position, &index) in order.iter().enumerate() {
        place[index] = position;
    }
    // By which walk an entry was reached; a walk that meets itself has found a circle.
    let mut walk_of = vec![UNKNOWN; parents.len()];
    for walk in 0..parents.len() {
        let mut next = Some(walk);
        while let Some(index) = next {
            if walk_of[index] != UNKNOWN {
                if walk_of[index] == walk {
                    open_circle(parents, &place, index);
                }
                break;
            }
            walk_of[index] = walk;
            next = parents[index];
        }
    }
}

fn open_circle(parents: &mut [Option<usize>], place: &[usize], member: usize) {
    let (mut first, mut index) = (member, member);
    while let Some(parent) = parents[index].filter(|parent| *parent != member) {
        index = parent;
        if place[index] < place[first] {
            first = index;
        }
    }
    parents[first] = None;
}
