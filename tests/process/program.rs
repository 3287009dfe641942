//! The programs that the tests run, and how they run them: this binary again, with variables of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::Duration;

use tracing_genai::ConfigError;

use crate::collector::Collector;
use crate::{
    a_guard_that_is_dropped_at_once_is_named, a_json_log_beside_traces_stays_whole,
    a_mask_that_feeds_itself_is_named, a_program_keeps_its_log,
    a_traced_client_without_a_telemetry_says_so,
    handlers_on_worker_threads_are_traces_of_their_own, keys_and_masked_texts_are_not_printed,
    the_doctor_explains_certificates_and_proxies, the_terminal_shows_nothing_secret_of_a_request,
    two_processes,
};

/// The variable that tells this binary to be a program, and which one.
const PROGRAM: &str = "PROGRAM_UNDER_TEST";

/// The function that the programs call.
#[tracing::instrument(ret)]
pub fn answer(question: &str) -> String {
    question.to_uppercase()
}

/// Runs the program that the variable names; does nothing if the tests run as tests.
pub fn program() {
    match std::env::var(PROGRAM).as_deref() {
        Ok("answers") => {
            let _telemetry = tracing_genai::init().unwrap();
            answer("what");
        }
        Ok("answers in a runtime") => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                let _telemetry = tracing_genai::init().unwrap();
                answer("what");
            });
        }
        Ok("panics") => {
            let _telemetry = tracing_genai::init().unwrap();
            answer("what");
            panic!("on purpose");
        }
        Ok("inits twice") => {
            let _telemetry = tracing_genai::init().unwrap();
            let error = tracing_genai::init().unwrap_err();
            assert_eq!(error, ConfigError::SubscriberAlreadySet);
            let text = error.to_string();
            assert!(
                text.contains("telemetry.layer()") && text.contains("span_processor"),
                "{text}"
            );
        }
        Ok("spools and waits") => {
            let telemetry = tracing_genai::init().unwrap();
            for _ in 0..50 {
                answer("what");
            }
            let report = telemetry.telemetry().flush(Duration::from_secs(20));
            assert_eq!((report.spooled(), report.dropped()), (50, 0), "{report}");
            say_and_wait("spooled");
        }
        Ok("waits for a signal") => {
            let _telemetry = tracing_genai::init().unwrap().flush_on_signals().unwrap();
            answer("what");
            say_and_wait("ready");
        }
        Ok("waits long after a signal") => {
            let guard = tracing_genai::init().unwrap();
            let guard = guard.with_timeout(Duration::from_secs(3_600));
            let _telemetry = guard.flush_on_signals().unwrap();
            answer("what");
            say_and_wait("ready");
        }
        Ok("is called three times and frozen") => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let telemetry = tracing_genai::init().unwrap();
            for call in 1..=3 {
                runtime.block_on(async {
                    answer("what");
                    let flush = telemetry.telemetry().flush_async(Duration::from_secs(20));
                    assert_eq!(flush.await.exported(), call);
                });
            }
            // It does not run again, like a function that is frozen between calls.
            std::process::exit(0);
        }
        Ok("is refused") => {
            let telemetry = tracing_genai::init().unwrap();
            for _ in 0..3 {
                answer("what");
                telemetry.telemetry().flush(Duration::from_secs(20));
            }
        }
        Ok("logs") => a_program_keeps_its_log::program(),
        Ok("drops its guard") => a_guard_that_is_dropped_at_once_is_named::program(),
        Ok("logs as JSON") => a_json_log_beside_traces_stays_whole::program(),
        Ok("serves from worker threads") => {
            handlers_on_worker_threads_are_traces_of_their_own::program();
        }
        Ok("sends a request full of secrets") => {
            the_terminal_shows_nothing_secret_of_a_request::program();
        }
        Ok("feeds itself") => a_mask_that_feeds_itself_is_named::program(),
        Ok("calls without a telemetry") => a_traced_client_without_a_telemetry_says_so::program(),
        Ok("masks") => keys_and_masked_texts_are_not_printed::masks(),
        Ok("asks another") => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let answer = runtime.block_on(two_processes::ask_with(this("serves").into()));
            assert!(answer.unwrap().contains("x = 1"));
        }
        Ok("serves") => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(two_processes::serve()).unwrap();
        }
        Ok("is examined") => the_doctor_explains_certificates_and_proxies::program(),
        Ok("is misconfigured") => {
            let error = tracing_genai::init().unwrap_err();
            assert!(error.to_string().contains("LANGFUSE_SECRET_KEY"), "{error}");
        }
        _ => {}
    }
}

/// Prints a word for the process that has started this one, and goes on for as long as that one lives.
fn say_and_wait(word: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{word}").unwrap();
    out.flush().unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Runs a program to its end.
pub fn run(name: &str, variables: &[(&str, &str)]) -> Output {
    command(name, variables).output().unwrap()
}

/// Runs a program until it prints a word; it goes on until its input is dropped.
pub fn run_until(word: &str, name: &str, variables: &[(&str, &str)]) -> (Child, ChildStdin) {
    let mut command = command(name, variables);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test harness may have begun the line.
    let has_said = lines.any(|line| line.unwrap().ends_with(word));
    assert!(has_said, "{}", stderr(&child.wait_with_output().unwrap()));
    (child, input)
}

/// This binary as that program, in the same environment.
fn this(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "program", "--nocapture", "--test-threads", "1"])
        .env(PROGRAM, name);
    command
}

/// An example, which `cargo test` builds as well.
pub fn example(name: &str) -> PathBuf {
    built(&format!("examples/{name}"))
}

/// A command of the package, which `cargo test` builds with the feature that it needs.
pub fn binary(name: &str) -> PathBuf {
    built(name)
}

fn built(path: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().unwrap().parent().unwrap();
    let path = folder.join(path);
    assert!(
        path.exists(),
        "build it first: cargo build --bins --examples --all-features"
    );
    path
}

/// This binary as that program, with these variables and none that this crate reads beside them.
fn command(name: &str, variables: &[(&str, &str)]) -> Command {
    set_up(this(name), variables)
}

/// A command with these variables and none that this crate reads beside them.
pub fn set_up(mut command: Command, variables: &[(&str, &str)]) -> Command {
    for (variable, _) in std::env::vars() {
        if ["LANGFUSE_", "OTEL_", "TRACING_GENAI_", "RUST_LOG"]
            .iter()
            .any(|prefix| variable.starts_with(prefix))
        {
            command.env_remove(variable);
        }
    }
    command
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied());
    command
}

/// What a process has printed on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a program whose environment names a Langfuse.
pub fn with_langfuse(name: &str) -> (Collector, Output) {
    let collector = Collector::start();
    let output = run(
        name,
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", &collector.url),
        ],
    );
    (collector, output)
}
