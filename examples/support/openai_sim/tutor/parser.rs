//! Tokens of one side of an equation to `coefficient * unknown + constant`.
//!
//! Contract: recursive descent with a bounded depth, so no text can exhaust the stack. A
//! product of two terms with the unknown, or a division by it, is [`Problem::NotLinear`].

use super::equation::Problem;
use super::rational::Rational;
use super::tokenizer::{Spaced, Token};

const MAX_DEPTH: usize = 32;

/// `coefficient * unknown + constant`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    pub(super) coefficient: Rational,
    pub(super) constant: Rational,
}

impl Linear {
    fn number(constant: Rational) -> Self {
        Self {
            coefficient: Rational::ZERO,
            constant,
        }
    }

    fn add(self, other: Self) -> Result<Self, Problem> {
        Ok(Self {
            coefficient: self.coefficient.add(other.coefficient)?,
            constant: self.constant.add(other.constant)?,
        })
    }

    fn scale(self, factor: Rational) -> Result<Self, Problem> {
        Ok(Self {
            coefficient: self.coefficient.multiply(factor)?,
            constant: self.constant.multiply(factor)?,
        })
    }

    fn multiply(self, other: Self) -> Result<Self, Problem> {
        if other.coefficient.is_zero() {
            self.scale(other.constant)
        } else if self.coefficient.is_zero() {
            other.scale(self.constant)
        } else {
            Err(Problem::NotLinear)
        }
    }

    fn divide(self, other: Self) -> Result<Self, Problem> {
        if !other.coefficient.is_zero() {
            return Err(Problem::NotLinear);
        }
        self.scale(Rational::ONE.divide(other.constant)?)
    }
}

/// Parses the whole of `tokens`; gives its unknown too, if it has one.
pub(super) fn parse(tokens: &[Spaced]) -> Result<(Linear, Option<char>), Problem> {
    let mut parser = Parser {
        tokens,
        unknown: None,
    };
    let value = parser.sum(0)?;
    if parser.tokens.is_empty() {
        Ok((value, parser.unknown))
    } else {
        Err(Problem::NoEquation)
    }
}

struct Parser<'tokens> {
    tokens: &'tokens [Spaced],
    unknown: Option<char>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.first().map(|spaced| spaced.token)
    }

    fn take(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.token)
    }

    fn sum(&mut self, depth: usize) -> Result<Linear, Problem> {
        let mut value = self.product(depth)?;
        while let Some(operator @ (Token::Plus | Token::Minus)) = self.peek() {
            self.take();
            let mut term = self.product(depth)?;
            if operator == Token::Minus {
                term = term.scale(Rational::MINUS_ONE)?;
            }
            value = value.add(term)?;
        }
        Ok(value)
    }

    fn product(&mut self, depth: usize) -> Result<Linear, Problem> {
        let mut value = self.signed(depth)?;
        loop {
            match self.peek() {
                Some(Token::Times) => {
                    self.take();
                    value = value.multiply(self.signed(depth)?)?;
                }
                Some(Token::Divide) => {
                    self.take();
                    value = value.divide(self.signed(depth)?)?;
                }
                Some(Token::Number { .. } | Token::Letter(_) | Token::Open) => {
                    value = value.multiply(self.operand(depth)?)?;
                }
                _ => return Ok(value),
            }
        }
    }

    fn signed(&mut self, depth: usize) -> Result<Linear, Problem> {
        let mut negative = false;
        while let Some(sign @ (Token::Plus | Token::Minus)) = self.peek() {
            self.take();
            negative ^= sign == Token::Minus;
        }
        let value = self.operand(depth)?;
        if negative {
            value.scale(Rational::MINUS_ONE)
        } else {
            Ok(value)
        }
    }

    fn operand(&mut self, depth: usize) -> Result<Linear, Problem> {
        match self.take() {
            Some(Token::Number { value, .. }) => Ok(Linear::number(value)),
            Some(Token::Letter(letter)) => {
                if *self.unknown.get_or_insert(letter) != letter {
                    return Err(Problem::SeveralUnknowns);
                }
                Ok(Linear {
                    coefficient: Rational::ONE,
                    constant: Rational::ZERO,
                })
            }
            Some(Token::Open) if depth >= MAX_DEPTH => Err(Problem::TooLarge),
            Some(Token::Open) => {
                let value = self.sum(depth + 1)?;
                match self.take() {
                    Some(Token::Close) => Ok(value),
                    _ => Err(Problem::NoEquation),
                }
            }
            _ => Err(Problem::NoEquation),
        }
    }
}
