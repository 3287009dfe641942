//! The model behind the simulator: a mathematics tutor that answers in one or two sentences.
//!
//! Contract: pure, total, deterministic; any text gets an answer, the first linear equation
//! in it gets a right one. Endpoints call [`answer`] and know nothing of algebra; a new kind
//! of question the simulator should understand is a change here and nowhere else.

mod equation;
mod parser;
mod program;
mod rational;
mod tokenizer;

use equation::{Equation, Problem};
pub(crate) use program::program;
use rational::Rational;

const EXAMPLE: &str = "3x + 11 = 14";

/// Answers `question` as a tutor would who was told to be brief.
pub(crate) fn answer(question: &str) -> String {
    match equation::find(question).and_then(|equation| explain(&equation)) {
        Ok(explanation) => explanation,
        Err(Problem::NoEquation) => {
            format!("Send me an equation such as {EXAMPLE} and I will help you solve it.")
        }
        Err(Problem::NotLinear) => {
            format!("I can only solve linear equations such as {EXAMPLE}.")
        }
        Err(Problem::SeveralUnknowns) => {
            "I can only solve equations with a single unknown.".to_owned()
        }
        Err(Problem::TooLarge) => "That equation is too large for me.".to_owned(),
    }
}

/// Like [`answer`], and nothing for a question without an equation.
pub(crate) fn solve(question: &str) -> Option<String> {
    match equation::find(question) {
        Err(Problem::NoEquation) => None,
        _ => Some(answer(question)),
    }
}

/// The steps from the equation to its solution, in one sentence.
fn explain(equation: &Equation) -> Result<String, Problem> {
    let Equation {
        unknown,
        left,
        right,
        decimal,
    } = equation;
    // The side that holds the unknown is named first, as a person would write it.
    let (left, right) = if left.coefficient.is_zero() {
        (right, left)
    } else {
        (left, right)
    };
    let coefficient = left.coefficient.subtract(right.coefficient)?;
    let constant = left.constant;
    if coefficient.is_zero() {
        let every = if constant == right.constant {
            "Every"
        } else {
            "No"
        };
        return Ok(format!("{every} value of {unknown} solves that equation."));
    }

    let number = |value: Rational| value.write(*decimal);
    let scaled_unknown = scaled(coefficient, *unknown, *decimal);
    let first_step = if !right.coefficient.is_zero() {
        Some(format!("Collect the {unknown} terms on one side"))
    } else if constant.is_negative() {
        Some(format!(
            "Add {} to both sides",
            number(constant.magnitude()?)
        ))
    } else if !constant.is_zero() {
        Some(format!("Subtract {} from both sides", number(constant)))
    } else {
        None
    };
    let result = right.constant.subtract(constant)?;
    let solution = number(result.divide(coefficient)?);
    Ok(match (first_step, coefficient == Rational::ONE) {
        (Some(step), true) => format!("{step} to get {unknown} = {solution}."),
        (Some(step), false) => format!(
            "{step} to get {scaled_unknown} = {}, so {unknown} = {solution}.",
            number(result)
        ),
        (None, true) => format!("The equation already says it: {unknown} = {solution}."),
        (None, false) => format!(
            "Divide both sides by {} to get {unknown} = {solution}.",
            number(coefficient)
        ),
    })
}

/// `3x`, `-x`, `(1/2)x`.
fn scaled(coefficient: Rational, unknown: char, decimal: bool) -> String {
    if coefficient == Rational::ONE {
        unknown.to_string()
    } else if coefficient == Rational::MINUS_ONE {
        format!("-{unknown}")
    } else {
        let number = coefficient.write(decimal);
        if number.contains('/') {
            format!("({number}){unknown}")
        } else {
            format!("{number}{unknown}")
        }
    }
}
