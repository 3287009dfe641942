//! How many tokens a text is.
//!
//! Contract: pure, deterministic, zero for the empty text, and never less for a longer one.
//! An estimate in place of a vocabulary of megabytes: English prose comes out near four
//! characters a token, numbers at three digits a token, punctuation at one each.

/// A word's first six bytes are one token, each further six another.
const BYTES_PER_WORD_TOKEN: usize = 6;
const DIGITS_PER_TOKEN: usize = 3;
/// What a chat template adds around each message: role and delimiters.
const PER_MESSAGE: u64 = 4;
/// What a chat template adds so that the model begins its answer.
const PER_PROMPT: u64 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Space,
    Other,
}

impl Kind {
    fn of(character: char) -> Self {
        match character {
            digit if digit.is_ascii_digit() => Self::Number,
            letter if letter.is_alphanumeric() => Self::Word,
            space if space.is_whitespace() => Self::Space,
            _ => Self::Other,
        }
    }

    fn tokens(self, bytes: usize, characters: usize) -> usize {
        match self {
            Self::Word => bytes.div_ceil(BYTES_PER_WORD_TOKEN),
            Self::Number => bytes.div_ceil(DIGITS_PER_TOKEN),
            // A space belongs to the word after it.
            Self::Space => 0,
            Self::Other => characters,
        }
    }
}

/// The tokens of `text`.
pub(crate) fn count(text: &str) -> u64 {
    let mut total = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = Kind::of(first);
        let end = rest
            .find(|next| Kind::of(next) != kind)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        total += kind.tokens(run.len(), run.chars().count());
        rest = after;
    }
    total as u64
}

/// The tokens of a prompt of several messages, instructions included.
pub(crate) fn count_prompt<'text>(messages: impl IntoIterator<Item = &'text str>) -> u64 {
    messages.into_iter().map(count_message).sum::<u64>() + PER_PROMPT
}

/// The tokens of one message of a prompt.
pub(crate) fn count_message(text: &str) -> u64 {
    count(text) + PER_MESSAGE
}
