//! Sums and differences of token counts.

use crate::model::message::Usage;

/// The sum of all counts; `None` if there are none.
pub(super) fn sum(usages: impl Iterator<Item = Usage>) -> Option<Usage> {
    usages.reduce(Usage::plus)
}

/// What is left of a total; `None` if more was counted than the total.
pub(super) fn rest(total: Usage, counted: Usage) -> Option<Usage> {
    total.minus(counted)
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
