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

/// The longest beginning of `text` of at most `limit` tokens that ends where a word does.
pub(crate) fn beginning(text: &str, limit: u64) -> &str {
    let mut end = 0;
    for piece in pieces(text) {
        if count(&text[..end + piece.len()]) > limit {
            break;
        }
        end += piece.len();
    }
    &text[..end]
}

/// `text` as a stream brings it: word by word, each with the space before it.
pub(crate) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut after_space = true;
    for (position, character) in text.char_indices() {
        let is_space = character.is_whitespace();
        if is_space && !after_space {
            pieces.push(&text[start..position]);
            start = position;
        }
        after_space = is_space;
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// `text` as a stream brings what is no prose: a few characters at a time.
pub(crate) fn fragments(text: &str) -> Vec<&str> {
    const CHARACTERS: usize = 7;
    let mut fragments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(CHARACTERS);
        let (fragment, after) = rest.split_at(end.map_or(rest.len(), |(position, _)| position));
        fragments.push(fragment);
        rest = after;
    }
    fragments
}
