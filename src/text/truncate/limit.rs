//! How long a text may be, and where it is truncated.

/// How long a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LengthLimit {
    pub(crate) unit: Unit,
    pub(crate) max: usize,
}

/// What a length is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Characters,
}

impl Unit {
    pub(super) fn size(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Characters => text.chars().count(),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
        }
    }
}

impl LengthLimit {
    pub(super) fn fits(self, text: &str) -> bool {
        // No text has more characters than bytes.
        text.len() <= self.max || self.unit.size(text) <= self.max
    }

    pub(super) fn head(self, text: &str) -> &str {
        match self.unit {
            Unit::Bytes => head(text, self.max),
            Unit::Characters => head_of_characters(text, self.max),
        }
    }
}

/// The text, or as much of its head as has so many bytes.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The text, or as many of its first characters.
pub(crate) fn head_of_characters(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
