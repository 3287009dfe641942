//! The equation as the line of Python that solves it.
//!
//! Contract: pure; there is a program only where there is one solution. What it prints is what
//! Python would print, decimals included.

use super::equation::{self, Equation, Problem};
use super::rational::Rational;

/// A program and what came of running it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The solution as an expression: `(14-11)/3`.
    pub(crate) expression: String,
    /// The expression, named and printed.
    pub(crate) code: String,
    /// What the program printed, with its line feed.
    pub(crate) logs: String,
}

/// The program that solves the first equation in `question`.
pub(crate) fn program(question: &str) -> Option<Program> {
    let equation = equation::find(question).ok()?;
    write(&equation).ok().flatten()
}

fn write(equation: &Equation) -> Result<Option<Program>, Problem> {
    let Equation {
        unknown,
        left,
        right,
        decimal,
    } = equation;
    let (left, right) = if left.coefficient.is_zero() {
        (right, left)
    } else {
        (left, right)
    };
    let coefficient = left.coefficient.subtract(right.coefficient)?;
    if coefficient.is_zero() {
        return Ok(None);
    }
    let result = right.constant.subtract(left.constant)?;
    let difference = if left.constant.is_zero() {
        right.constant.write(*decimal)
    } else if left.constant.is_negative() {
        let added = left.constant.magnitude()?.write(*decimal);
        format!("{}+{added}", right.constant.write(*decimal))
    } else {
        let subtracted = left.constant.write(*decimal);
        format!("{}-{subtracted}", right.constant.write(*decimal))
    };
    let expression = if coefficient == Rational::ONE {
        difference
    } else {
        let divisor = enclosed(&coefficient.write(*decimal));
        format!("{}/{divisor}", enclosed(&difference))
    };
    let solution = result.divide(coefficient)?;
    // Python's division and its decimals give a float, sums of integers an integer.
    let printed = if expression.contains(['/', '.']) {
        format!("{:?}", solution.as_float())
    } else {
        solution.write(false)
    };
    Ok(Some(Program {
        code: format!("{unknown} = {expression}\nprint({unknown})"),
        logs: format!("{printed}\n"),
        expression,
    }))
}

/// In parentheses, unless it is a plain number.
fn enclosed(text: &str) -> String {
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        text.to_owned()
    } else {
        format!("({text})")
    }
}
