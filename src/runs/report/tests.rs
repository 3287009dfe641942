//! Who gets which counts.

use crate::runs::report::*;

fn usage(input: u64, output: u64) -> Usage {
    Usage::new(input, output)
}

fn none() -> Usage {
    usage(0, 0)
}

fn all((steps, rest): &(Vec<Option<Usage>>, Option<Usage>)) -> Usage {
    let counts = steps.iter().chain([rest]).flatten().copied();
    sum(counts).unwrap_or_default()
}

#[test]
fn steps_that_are_all_there_keep_their_counts() {
    let steps = vec![Some(usage(60, 12)), Some(usage(40, 8))];
    let spread = spread(steps.clone(), Some(usage(100, 20)), true);
    assert_eq!(spread, (steps, None));
}

#[test]
fn what_is_left_goes_to_the_last_step_without_counts() {
    let steps = vec![None, Some(usage(60, 12)), None];
    let spread = spread(steps, Some(usage(100, 20)), true);
    let expected = vec![Some(none()), Some(usage(60, 12)), Some(usage(40, 8))];
    assert_eq!(spread, (expected, None));
}

#[test]
fn what_is_left_of_steps_with_counts_belongs_to_one_that_was_not_seen() {
    let spread = spread(vec![Some(usage(60, 12))], Some(usage(100, 20)), true);
    assert_eq!(spread, (vec![Some(usage(60, 12))], Some(usage(40, 8))));
}

#[test]
fn a_run_without_steps_counts_by_itself() {
    assert_eq!(
        spread(vec![], Some(usage(9, 1)), true),
        (vec![], Some(usage(9, 1)))
    );
    assert_eq!(spread(vec![], Some(none()), true), (vec![], None));
    assert_eq!(spread(vec![], None, true), (vec![], None));
}

#[test]
fn counts_that_contradict_the_runs_are_none() {
    let cached = Usage {
        cache_read_input_tokens: 50,
        ..usage(10, 1)
    };
    for wrong in [
        usage(101, 1),
        usage(1, 21),
        cached,
        usage(u64::MAX, u64::MAX),
    ] {
        for steps in [vec![Some(wrong)], vec![Some(wrong), None, Some(wrong)]] {
            let spread = spread(steps, Some(usage(100, 20)), true);
            assert_eq!(all(&spread), usage(100, 20), "{wrong:?}");
            assert!(spread.0.iter().all(|step| *step == Some(none())));
        }
    }
}

#[test]
fn a_run_that_goes_on_has_steps_without_counts_rather_than_estimated_ones() {
    let steps = vec![Some(usage(60, 12)), None];
    let expected = vec![Some(usage(60, 12)), Some(none())];
    assert_eq!(spread(steps.clone(), None, false), (expected, None));
    // After its end nobody will count what the server did not.
    assert_eq!(spread(steps.clone(), None, true), (steps, None));
}
