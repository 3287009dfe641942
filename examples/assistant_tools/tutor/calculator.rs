//! What the example's tool can compute: numbers with `+ - * /` and parentheses.
//!
//! Contract: total; anything else is no number. It stands for the interpreter that a real program would
//! start.

/// The value of `code`.
pub(crate) fn calculate(code: &str) -> Option<f64> {
    let code: String = code.split_whitespace().collect();
    let mut rest = code.as_str();
    let value = sum(&mut rest, 0)?;
    rest.is_empty().then_some(value)
}

/// Deep enough for any expression a model writes.
const MAX_DEPTH: usize = 50;

fn sum(rest: &mut &str, depth: usize) -> Option<f64> {
    let mut value = product(rest, depth)?;
    while let Some(sign) = take(rest, &['+', '-']) {
        let right = product(rest, depth)?;
        value += if sign == '+' { right } else { -right };
    }
    Some(value)
}

fn product(rest: &mut &str, depth: usize) -> Option<f64> {
    let mut value = factor(rest, depth)?;
    while let Some(sign) = take(rest, &['*', '/']) {
        let right = factor(rest, depth)?;
        value = if sign == '*' {
            value * right
        } else {
            value / right
        };
    }
    Some(value)
}

fn factor(rest: &mut &str, depth: usize) -> Option<f64> {
    if depth > MAX_DEPTH {
        return None;
    }
    if take(rest, &['-']).is_some() {
        return factor(rest, depth + 1).map(|value| -value);
    }
    if take(rest, &['(']).is_some() {
        let value = sum(rest, depth + 1)?;
        return take(rest, &[')']).map(|_| value);
    }
    let end = rest
        .find(|character: char| !(character.is_ascii_digit() || character == '.'))
        .unwrap_or(rest.len());
    let (number, after) = rest.split_at(end);
    *rest = after;
    number.parse().ok()
}

/// The next character, if it is one of `wanted`.
fn take(rest: &mut &str, wanted: &[char]) -> Option<char> {
    let next = rest.chars().next().filter(|next| wanted.contains(next))?;
    *rest = &rest[next.len_utf8()..];
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::calculate;

    #[test]
    fn expressions_have_values_and_everything_else_has_none() {
        for (code, value) in [
            ("(14-11)/3", Some(1.0)),
            ("2 + 3 * 4", Some(14.0)),
            ("-(2.5 - 4) * 2", Some(3.0)),
            ("7", Some(7.0)),
            ("", None),
            ("2 +", None),
            ("(1", None),
            ("1 2 x", None),
            ("print(1)", None),
        ] {
            assert_eq!(calculate(code), value, "{code}");
        }
        assert_eq!(calculate(&"(".repeat(100_000)), None);
        assert_eq!(calculate(&"-".repeat(100_000)), None);
    }
}
