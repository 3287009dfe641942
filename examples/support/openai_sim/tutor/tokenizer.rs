//! Free text to the tokens an equation can be made of.
//!
//! Contract: total and linear in the text. Whatever cannot be part of an equation becomes a
//! [`Token::Boundary`]; whatever can, but not of a linear one, a [`Token::Foreign`], so that
//! the rest of `x² + 3x = 5` is not mistaken for an equation of its own.

use super::equation::Problem;
use super::rational::Rational;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Number {
        value: Rational,
        decimal: bool,
    },
    Letter(char),
    Plus,
    Minus,
    Times,
    Divide,
    Open,
    Close,
    Equals,
    /// Mathematics the tutor has no answer to: powers, inequalities, numbers too long.
    Foreign(Problem),
    /// Words, punctuation, line ends: no equation reaches across.
    Boundary,
}

/// A token and whether white space came before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spaced {
    pub(super) token: Token,
    pub(super) space_before: bool,
}

pub(super) fn tokenize(text: &str) -> Vec<Spaced> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut space_before = false;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() && first != '\n' {
            space_before = true;
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (token, length) = next(rest, first);
        tokens.push(Spaced {
            token,
            space_before,
        });
        space_before = false;
        rest = &rest[length..];
    }
    tokens
}

/// The token `rest` begins with and its length in bytes, at least that of `first`.
fn next(rest: &str, first: char) -> (Token, usize) {
    if let Some(length) = number_length(rest) {
        let literal = &rest[..length];
        let token = match Rational::parse(literal) {
            Ok(value) => Token::Number {
                value,
                decimal: literal.contains('.'),
            },
            Err(problem) => Token::Foreign(problem),
        };
        return (token, length);
    }
    if first.is_alphabetic() {
        let length = word_length(rest);
        let token = if length == first.len_utf8() {
            Token::Letter(first)
        } else {
            Token::Boundary
        };
        return (token, length);
    }
    let length = first.len_utf8();
    let token = match first {
        '=' | '<' | '>' | '!' | '≠' | '≤' | '≥' => return relation(rest, first),
        '+' => Token::Plus,
        '-' | '−' | '–' => Token::Minus,
        '*' | '×' | '·' | '⋅' => Token::Times,
        '/' | '÷' => Token::Divide,
        '(' => Token::Open,
        ')' => Token::Close,
        '^' | '²' | '³' | '√' | '%' => Token::Foreign(Problem::NotLinear),
        _ => Token::Boundary,
    };
    (token, length)
}

/// A lone `=` is an equation, every other relation is something else.
fn relation(rest: &str, first: char) -> (Token, usize) {
    let length = prefix_length(rest, |next| "=<>!≠≤≥".contains(next));
    let token = match &rest[..length] {
        "=" => Token::Equals,
        // Sentences end like that.
        marks if marks.chars().all(|mark| mark == '!') => Token::Boundary,
        _ => Token::Foreign(Problem::NotLinear),
    };
    (token, length.max(first.len_utf8()))
}

/// The length of `12`, `1.5` or `.5`; the full stop after a sentence's last number is left.
fn number_length(rest: &str) -> Option<usize> {
    let digits = |text: &str| prefix_length(text, |next| next.is_ascii_digit());
    let whole = digits(rest);
    let fraction = rest[whole..].strip_prefix('.').map_or(0, digits);
    match (whole, fraction) {
        (0, 0) => None,
        (whole, 0) => Some(whole),
        (whole, fraction) => Some(whole + 1 + fraction),
    }
}

/// The length of a word; `it's` is one, with its apostrophe.
fn word_length(rest: &str) -> usize {
    let mut length = prefix_length(rest, char::is_alphabetic);
    while let Some(after) = rest[length..].strip_prefix(['\'', '’']) {
        let more = prefix_length(after, char::is_alphabetic);
        if more == 0 {
            break;
        }
        length = rest.len() - after.len() + more;
    }
    length
}

fn prefix_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|next| !belongs(next)).unwrap_or(text.len())
}
