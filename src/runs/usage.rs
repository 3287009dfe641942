//! Sums and differences of token counts.

use crate::model::message::Usage;

/// The sum of all counts; `None` if there are none.
pub(super) fn sum(usages: impl Iterator<Item = Usage>) -> Option<Usage> {
    usages.reduce(|sum, usage| {
        let both = each(sum, usage, |sum, count| Some(sum.saturating_add(count)));
        both.unwrap_or(sum)
    })
}

/// What is left of a total; `None` if more was counted than the total.
pub(super) fn rest(total: Usage, counted: Usage) -> Option<Usage> {
    each(total, counted, u64::checked_sub)
}

/// Combines each count of one with the same count of the other; `None` if that fails for any of them.
fn each(one: Usage, other: Usage, count: impl Fn(u64, u64) -> Option<u64>) -> Option<Usage> {
    let of = |count_of: fn(&Usage) -> u64| count(count_of(&one), count_of(&other));
    Some(Usage {
        input_tokens: of(|usage| usage.input_tokens)?,
        output_tokens: of(|usage| usage.output_tokens)?,
        cache_read_input_tokens: of(|usage| usage.cache_read_input_tokens)?,
        cache_write_input_tokens: of(|usage| usage.cache_write_input_tokens)?,
        reasoning_output_tokens: of(|usage| usage.reasoning_output_tokens)?,
        audio_input_tokens: of(|usage| usage.audio_input_tokens)?,
        audio_output_tokens: of(|usage| usage.audio_output_tokens)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_rests_do_not_overflow() {
        let huge = Usage::new(u64::MAX, u64::MAX);
        assert_eq!(sum([huge, huge].into_iter()), Some(huge));
        assert_eq!(sum([].into_iter()), None);
        assert_eq!(rest(Usage::new(1, 0), Usage::new(0, 1)), None);
    }
}
