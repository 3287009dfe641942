//! Names as most providers write them.

use std::borrow::Cow;

/// A name in snake case: `maxOutputTokens` is `max_output_tokens`.
pub(crate) fn snake_case(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    Cow::Owned(snake)
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn both_ways_to_write_a_name_are_the_same() {
        for (name, expected) in [
            ("maxOutputTokens", "max_output_tokens"),
            ("topK", "top_k"),
            ("TopP", "top_p"),
            ("top_K", "top_k"),
            ("max_tokens", "max_tokens"),
            ("größeB", "größe_b"),
            ("", ""),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
