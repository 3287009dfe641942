//! A row of the table, and whether its numbers agree.

use std::collections::BTreeMap;
use std::path::Path;

use crate::process::Word;
use crate::sink::Sink;

/// What a row has to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    /// Spans may be lost, for these reasons.
    pub losses: &'static [&'static str],
    /// Requests are taken without an answer that says so.
    pub is_ambiguous: bool,
    /// A part of the last error.
    pub error: Option<&'static str>,
    /// No span of a good request comes late.
    pub is_prompt: bool,
}

/// What became of the spans of one or more processes.
pub struct Row {
    words: Vec<Word>,
    arrived: u64,
    duplicates: u64,
    late: usize,
    /// Spans in files that can be sent, and in those that a process has found to be damaged.
    on_disk: u64,
    damaged: u64,
    expected: Expected,
}

impl Row {
    /// `words` is the last of each process.
    pub fn new(words: Vec<Word>, sink: &Sink, folder: Option<&Path>, expected: Expected) -> Self {
        let (arrived, duplicates) = sink.arrived();
        let spans = |extension| folder.map_or(0, |folder| spans(folder, extension));
        Self {
            words,
            arrived,
            duplicates,
            late: sink.late(),
            on_disk: spans(".otlp"),
            damaged: spans(".corrupt"),
            expected,
        }
    }

    fn sum(&self, of: impl Fn(&Word) -> u64) -> u64 {
        self.words.iter().map(of).sum()
    }

    /// Whoever made them.
    fn exported(&self) -> u64 {
        self.sum(|word| word.exported + word.recovered)
    }

    fn dropped(&self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for (reason, spans) in self.words.iter().flat_map(|word| &word.dropped) {
            *all.entry(reason.clone()).or_default() += spans;
        }
        if self.damaged > 0 {
            all.insert("SpoolDamaged".into(), self.damaged);
        }
        all
    }

    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for word in self.words.iter().filter(|word| !word.is_balanced()) {
            problems.push(format!("a process contradicts itself: {word:?}"));
        }
        let (made, exported) = (self.sum(|word| word.made), self.exported());
        let dropped = self.dropped();
        let pending = self.sum(|word| word.pending);
        let accounted = exported + self.on_disk + dropped.values().sum::<u64>() + pending;
        if made != accounted {
            problems.push(format!(
                "{made} were made and {accounted} are accounted for"
            ));
        }
        let is_true = match self.expected.is_ambiguous {
            true => (exported..=made).contains(&self.arrived),
            false => self.arrived == exported,
        };
        if !is_true {
            problems.push(format!(
                "{exported} are said to be exported, {} have arrived",
                self.arrived
            ));
        }
        for reason in dropped.keys() {
            if !self.expected.losses.contains(&reason.as_str()) {
                problems.push(format!("lost because of {reason}"));
            }
        }
        if let Some(part) = self.expected.error {
            let says = |word: &Word| {
                word.error
                    .as_ref()
                    .is_some_and(|error| error.contains(part))
            };
            if !self.words.iter().any(says) {
                problems.push(format!("no error says `{part}`: {:?}", self.words));
            }
        }
        if self.expected.is_prompt && self.late > 0 {
            problems.push(format!("{} spans were more than a second late", self.late));
        }
        problems
    }

    pub fn print(&self, name: &str) {
        let dropped = self.dropped();
        let dropped: Vec<_> = dropped
            .iter()
            .map(|(reason, spans)| format!("{spans} {reason}"))
            .collect();
        println!(
            "{name:<30} {:>6} {:>8} {:>7} {:>7} {:>7} {:>6} {:>5} {:>7} {:<9} {}",
            self.sum(|word| word.made),
            self.exported(),
            self.arrived,
            self.on_disk,
            self.sum(|word| word.pending),
            self.duplicates,
            self.late,
            self.words
                .iter()
                .map(|word| word.peak_kib)
                .max()
                .unwrap_or_default()
                / 1_024,
            if self.problems().is_empty() {
                "balanced"
            } else {
                "WRONG"
            },
            dropped.join(", "),
        );
    }
}

pub fn print_head() {
    println!(
        "{:<30} {:>6} {:>8} {:>7} {:>7} {:>7} {:>6} {:>5} {:>7} {:<9} dropped",
        "row",
        "made",
        "exported",
        "arrived",
        "on disk",
        "pending",
        "twice",
        "late",
        "MiB",
        "verdict"
    );
}

/// How many spans the files with this extension hold, by their names.
fn spans(folder: &Path, extension: &str) -> u64 {
    let Ok(files) = std::fs::read_dir(folder) else {
        return 0;
    };
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let spans = names.filter(|name| name.ends_with(extension)).map(|name| {
        let part = name.split('-').nth(3).map(str::to_owned);
        part.and_then(|part| part.parse::<u64>().ok())
            .unwrap_or_default()
    });
    spans.sum()
}
