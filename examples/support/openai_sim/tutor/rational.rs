//! Exact fractions for the tutor.
//!
//! Contract: always in lowest terms with a positive denominator, so `==` is equality of
//! value; every operation that could leave 128 bits says [`Problem::TooLarge`] instead of
//! wrapping or panicking. Floating point is avoided so that 0.1 + 0.2 is 0.3 in an answer.

use super::equation::Problem;

/// Longest fractional part that is written as a decimal; longer ones stay fractions.
const MAX_DECIMAL_PLACES: u32 = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    pub(super) const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    pub(super) const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };
    pub(super) const MINUS_ONE: Self = Self {
        numerator: -1,
        denominator: 1,
    };

    fn new(numerator: i128, denominator: i128) -> Result<Self, Problem> {
        if denominator == 0 {
            return Err(Problem::NotLinear);
        }
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).map_err(|_| Problem::TooLarge)?;
        let sign = denominator.signum();
        // `divisor` is positive; only the negation of i128::MIN can overflow.
        Ok(Self {
            numerator: (numerator / divisor)
                .checked_mul(sign)
                .ok_or(Problem::TooLarge)?,
            denominator: (denominator / divisor)
                .checked_mul(sign)
                .ok_or(Problem::TooLarge)?,
        })
    }

    /// Reads `digits` or `digits.digits`.
    pub(super) fn parse(literal: &str) -> Result<Self, Problem> {
        let (whole, fraction) = literal.split_once('.').unwrap_or((literal, ""));
        let digits = format!("{whole}{fraction}");
        let places = u32::try_from(fraction.len()).map_err(|_| Problem::TooLarge)?;
        let numerator = digits.parse().map_err(|_| Problem::TooLarge)?;
        let denominator = 10_i128.checked_pow(places).ok_or(Problem::TooLarge)?;
        Self::new(numerator, denominator)
    }

    pub(super) fn add(self, other: Self) -> Result<Self, Problem> {
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        let (left, right) = left.zip(right).ok_or(Problem::TooLarge)?;
        let denominator = self.denominator.checked_mul(other.denominator);
        let (numerator, denominator) = left
            .checked_add(right)
            .zip(denominator)
            .ok_or(Problem::TooLarge)?;
        Self::new(numerator, denominator)
    }

    pub(super) fn subtract(self, other: Self) -> Result<Self, Problem> {
        self.add(other.multiply(Self::MINUS_ONE)?)
    }

    pub(super) fn multiply(self, other: Self) -> Result<Self, Problem> {
        let numerator = self.numerator.checked_mul(other.numerator);
        let denominator = self.denominator.checked_mul(other.denominator);
        let (numerator, denominator) = numerator.zip(denominator).ok_or(Problem::TooLarge)?;
        Self::new(numerator, denominator)
    }

    /// Division by zero is not linear.
    pub(super) fn divide(self, other: Self) -> Result<Self, Problem> {
        let numerator = self.numerator.checked_mul(other.denominator);
        let denominator = self.denominator.checked_mul(other.numerator);
        let (numerator, denominator) = numerator.zip(denominator).ok_or(Problem::TooLarge)?;
        Self::new(numerator, denominator)
    }

    pub(super) fn magnitude(self) -> Result<Self, Problem> {
        if self.is_negative() {
            self.multiply(Self::MINUS_ONE)
        } else {
            Ok(self)
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// `7`, `7/3`, or with `decimal`, where it ends within twelve places, `2.5`.
    pub(super) fn write(self, decimal: bool) -> String {
        let Self {
            numerator,
            denominator,
        } = self;
        if denominator == 1 {
            return numerator.to_string();
        }
        decimal
            .then(|| self.as_decimal())
            .flatten()
            .unwrap_or_else(|| format!("{numerator}/{denominator}"))
    }

    /// As exact as Python's would be.
    pub(super) fn as_float(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    fn as_decimal(self) -> Option<String> {
        let places =
            (1..=MAX_DECIMAL_PLACES).find(|places| 10_i128.pow(*places) % self.denominator == 0)?;
        let scaled = self
            .numerator
            .checked_mul(10_i128.pow(places) / self.denominator)?;
        let magnitude = scaled.unsigned_abs();
        let unit = 10_u128.pow(places);
        let sign = if scaled < 0 { "-" } else { "" };
        let width = places as usize;
        Some(format!(
            "{sign}{}.{:0width$}",
            magnitude / unit,
            magnitude % unit
        ))
    }
}

fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}
