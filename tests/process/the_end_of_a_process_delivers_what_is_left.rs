//! By dropping the guard, by a signal, or by a flush at the end of each call.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::collector::Collector;
use crate::program::{run_until, stderr, with_langfuse};
use crate::wait::wait_for;

#[test]
fn dropping_the_guard_delivers_what_is_left() {
    for name in ["answers", "answers in a runtime", "panics"] {
        let (collector, output) = with_langfuse(name);
        assert_eq!(
            output.status.success(),
            name != "panics",
            "{}",
            stderr(&output)
        );
        let spans = collector.spans();
        assert_eq!(spans.len(), 1, "{name}");
        assert_eq!(spans[0].text("langfuse.observation.output"), Some("WHAT"));
        assert!(
            !stderr(&output).contains("tracing-genai:"),
            "{}",
            stderr(&output)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_delivers_what_is_left_on_request() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let collector = Collector::start();
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
            // Nothing is sent before.
            ("OTEL_SERVICE_NAME", "signalled"),
        ];
        let (mut child, _input) = run_until("ready", "waits for a signal", &variables);
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(collector.spans().len(), 1);
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_the_process_at_once() {
    // A backend that never answers: the shutdown would wait for it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
    let (mut child, _input) = run_until("ready", "waits long after a signal", &variables);
    let begun = Instant::now();
    let code = wait_for(|| {
        // The first one may not have been noticed before the next is there.
        let kill = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .stderr(Stdio::null())
            .status();
        assert!(kill.is_ok());
        child.try_wait().unwrap()
    });
    assert_eq!(code.code(), Some(143));
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_flush_at_the_end_of_each_call_needs_no_end_of_the_process() {
    let (collector, output) = with_langfuse("is called three times and frozen");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(collector.spans().len(), 3);
}
