//! `init()` writes the program's log to standard error, warnings unless `RUST_LOG` says otherwise, and never the
//! fields of spans, which are content.

use crate::program::{run, stderr};

#[tracing::instrument]
fn greet(name: &str) {
    tracing::info!("greeting");
    tracing::warn!(times = 2, "greeted too often");
}

/// The program.
pub fn program() {
    let _telemetry = tracing_genai::init().unwrap();
    greet("a name that is content");
}

/// What the program writes with this `RUST_LOG`, without the traces.
fn written(directives: &str) -> String {
    let variables = [("TRACING_GENAI_CONSOLE", "off"), ("RUST_LOG", directives)];
    let output = run("logs", &variables);
    assert!(output.status.success(), "{}", stderr(&output));
    let written = stderr(&output);
    assert!(!written.contains("a name that is content"), "{written}");
    written
}

#[test]
fn warnings_without_directives() {
    let written = written("");
    assert!(
        written.contains("WARN") && written.contains("greeted too often times=2"),
        "{written}"
    );
    assert!(!written.contains("greeting"), "{written}");
}

#[test]
fn what_the_directives_say() {
    assert!(written("info").contains("greeting"));
    assert!(!written("error").contains("greeted"));
    assert!(written("off,process=info").contains("greeting"));
}

#[test]
fn a_directive_that_is_not_known_is_named_and_the_others_count() {
    let written = written("[span{x=1}]=debug,info");
    assert!(written.contains("greeting"), "{written}");
    assert!(
        written.contains("RUST_LOG has the directive `[span{x=1}]=debug`"),
        "{written}"
    );
}
