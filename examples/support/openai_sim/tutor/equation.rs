//! Finds the linear equation in a text.
//!
//! Contract: around each equals sign the longest stretch that reads as mathematics is taken
//! on either side; the first pair that parses and holds exactly one unknown wins. Heuristics
//! about English (an "a" or "I" beside a number is no unknown) live here and nowhere else.

use super::parser::{self, Linear};
use super::tokenizer::{Spaced, Token, tokenize};

/// Why there is nothing to solve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoEquation,
    NotLinear,
    SeveralUnknowns,
    TooLarge,
}

/// `left = right`, both linear in `unknown`.
#[derive(Debug)]
pub(super) struct Equation {
    pub(super) unknown: char,
    pub(super) left: Linear,
    pub(super) right: Linear,
    /// Written with decimals, so the answer is too.
    pub(super) decimal: bool,
}

/// The first linear equation in `text`, or why the first that looks like one is none.
pub(super) fn find(text: &str) -> Result<Equation, Problem> {
    let tokens = tokenize(text);
    let mut problem = Problem::NoEquation;
    for (position, spaced) in tokens.iter().enumerate() {
        if spaced.token != Token::Equals {
            continue;
        }
        match around(&tokens, position) {
            Ok(equation) => return Ok(equation),
            Err(found) if problem == Problem::NoEquation => problem = found,
            Err(_) => {}
        }
    }
    Err(problem)
}

/// The equation around the equals sign at `position`.
fn around(tokens: &[Spaced], position: usize) -> Result<Equation, Problem> {
    let left = left_side(tokens, position)?;
    let right = right_side(tokens, position)?;
    if left.is_empty() || right.is_empty() {
        return Err(Problem::NoEquation);
    }
    let (left_value, left_unknown) = parser::parse(left)?;
    let (right_value, right_unknown) = parser::parse(right)?;
    let unknown = match (left_unknown, right_unknown) {
        (None, None) => return Err(Problem::NoEquation),
        (Some(one), Some(other)) if one != other => return Err(Problem::SeveralUnknowns),
        (Some(unknown), _) | (None, Some(unknown)) => unknown,
    };
    let decimal = left
        .iter()
        .chain(right)
        .any(|spaced| matches!(spaced.token, Token::Number { decimal: true, .. }));
    Ok(Equation {
        unknown,
        left: left_value,
        right: right_value,
        decimal,
    })
}

fn left_side(tokens: &[Spaced], equals: usize) -> Result<&[Spaced], Problem> {
    let mut depth = 0_usize;
    let mut start = equals;
    for index in (0..equals).rev() {
        let Spaced { token, .. } = tokens[index];
        if let Token::Foreign(problem) = token {
            return Err(problem);
        }
        if !is_mathematics(token)
            || (index + 1 < equals && !joins(tokens[index], tokens[index + 1]))
        {
            break;
        }
        match token {
            Token::Close => depth += 1,
            Token::Open if depth == 0 => break,
            Token::Open => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            start = index;
        }
    }
    let side = &tokens[start..equals];
    // Markdown's emphasis and bullets.
    let marks = side
        .iter()
        .take_while(|spaced| spaced.token == Token::Times)
        .count();
    Ok(&side[marks..])
}

fn right_side(tokens: &[Spaced], equals: usize) -> Result<&[Spaced], Problem> {
    let first = equals + 1;
    let mut depth = 0_usize;
    let mut end = first;
    for index in first..tokens.len() {
        let Spaced { token, .. } = tokens[index];
        if let Token::Foreign(problem) = token {
            return Err(problem);
        }
        if !is_mathematics(token) || (index > first && !joins(tokens[index - 1], tokens[index])) {
            break;
        }
        match token {
            Token::Open => depth += 1,
            Token::Close if depth == 0 => break,
            Token::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            end = index + 1;
        }
    }
    let side = &tokens[first..end];
    // A dash after the equation, the end of Markdown's emphasis.
    let marks = side
        .iter()
        .rev()
        .take_while(|spaced| is_operator(spaced.token))
        .count();
    Ok(&side[..side.len() - marks])
}

/// Whether two neighbours can belong to the same side.
fn joins(left: Spaced, right: Spaced) -> bool {
    match (left.token, right.token) {
        // "a 3x", "x y": the unknown follows its coefficient.
        (Token::Letter(_), Token::Number { .. } | Token::Letter(_))
        | (Token::Number { .. } | Token::Close, Token::Number { .. }) => false,
        (Token::Number { .. } | Token::Close, Token::Letter(letter)) => {
            !(right.space_before && matches!(letter, 'a' | 'A' | 'I'))
        }
        _ => true,
    }
}

fn is_operator(token: Token) -> bool {
    matches!(
        token,
        Token::Plus | Token::Minus | Token::Times | Token::Divide
    )
}

fn is_mathematics(token: Token) -> bool {
    !matches!(token, Token::Equals | Token::Foreign(_) | Token::Boundary)
}
