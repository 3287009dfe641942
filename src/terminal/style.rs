//! Colours: the few escape sequences that the tree uses.
//!
//! Contract: every painted piece of text closes itself, so that cutting the output between two
//! pieces never leaves a terminal coloured. Only the sixteen basic colours and dim are used: they
//! follow the theme of the terminal, light or dark.

const RESET: &str = "\x1b[0m";

/// What a piece of text is, as far as its colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Strong,
    Quiet,
    Model,
    Agent,
    Tool,
    Step,
    Warning,
    Error,
}

impl Paint {
    /// The colour of a kind of observation.
    pub(crate) fn of_kind(kind: &str) -> Self {
        match kind {
            "generation" | "embedding" => Self::Model,
            "agent" => Self::Agent,
            "tool" => Self::Tool,
            _ => Self::Step,
        }
    }

    const fn sequence(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Quiet => "\x1b[2m",
            Self::Model => "\x1b[36m",
            Self::Agent => "\x1b[35m",
            Self::Tool => "\x1b[32m",
            Self::Step => "\x1b[34m",
            Self::Warning => "\x1b[33m",
            Self::Error => "\x1b[31m",
        }
    }
}

/// Text under construction, with colours or without.
pub(crate) struct Canvas {
    text: String,
    color: bool,
}

impl Canvas {
    pub(crate) fn new(color: bool) -> Self {
        Self {
            text: String::new(),
            color,
        }
    }

    /// Appends a piece.
    pub(crate) fn add(&mut self, paint: Paint, piece: &str) {
        let sequence = if self.color { paint.sequence() } else { "" };
        // Blank pieces need no colour; guides of a deep tree are mostly blank.
        if sequence.is_empty() || piece.trim().is_empty() {
            self.text.push_str(piece);
        } else {
            self.text.push_str(sequence);
            self.text.push_str(piece);
            self.text.push_str(RESET);
        }
    }

    /// Appends a piece without colour of its own.
    pub(crate) fn plain(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Ends the line.
    pub(crate) fn end_line(&mut self) {
        self.text.push('\n');
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
