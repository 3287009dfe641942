//! By dropping the guard, by a signal, or by a flush at the end of each call.

use std::process::Command;

use crate::collector::Collector;
use crate::program::{run_until, stderr, with_langfuse};

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

#[test]
fn a_flush_at_the_end_of_each_call_needs_no_end_of_the_process() {
    let (collector, output) = with_langfuse("is called three times and frozen");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(collector.spans().len(), 3);
}
