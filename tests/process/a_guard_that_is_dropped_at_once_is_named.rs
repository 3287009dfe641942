//! `let _ = init()?` drops the guard before anything has happened. The first model call or observation after that says
//! so, once; a program that keeps its guard reads nothing of it.

use tracing_genai::observation;

use crate::program::{run, stderr};

const KEEPS_IT: &str = "KEEPS_IT";

/// The program.
pub fn program() {
    let guard = tracing_genai::init().unwrap();
    let _kept = std::env::var_os(KEEPS_IT).is_some().then_some(guard);
    for _ in 0..2 {
        drop(observation::tool("solve").start());
    }
}

/// How often the program reads of it.
fn said(variables: &[(&str, &str)]) -> usize {
    let output = run("drops its guard", variables);
    assert!(output.status.success(), "{}", stderr(&output));
    stderr(&output)
        .matches("`let _ = …` drops it at once")
        .count()
}

#[test]
fn once_and_only_if_it_was_dropped() {
    assert_eq!(said(&[]), 1);
    assert_eq!(said(&[(KEEPS_IT, "1")]), 0);
}
