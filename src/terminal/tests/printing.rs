//! From notices to the writer.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::Status;

use super::{SETTINGS, Settings, TRACE, With, id, span};
use crate::conventions::observation;
use crate::terminal::{Console, Printed};

/// Keeps what each call has written.
#[derive(Clone, Default)]
struct Paper {
    writes: Arc<Mutex<Vec<String>>>,
    is_torn: bool,
}

impl Paper {
    fn writes(&self) -> Vec<String> {
        self.writes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_torn {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.writes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn printed(written: u64, lost: u64) -> Printed {
    Printed { written, lost }
}

#[test]
fn a_trace_is_one_write_when_its_last_span_ends() {
    let paper = Paper::default();
    let mut console = Console::new(SETTINGS, Box::new(paper.clone()));
    let now = Instant::now();
    console.opened(TRACE, id(1));
    console.opened(TRACE, id(2));
    assert_eq!(
        console.ended(&span(2, 1, "child", 1, 2), now),
        printed(0, 0)
    );
    assert!(paper.writes().is_empty());
    assert_eq!(console.ended(&span(1, 0, "root", 0, 3), now), printed(2, 0));
    let writes = paper.writes();
    assert_eq!(writes.len(), 1);
    assert!(writes[0].contains("└─ child"), "{}", writes[0]);
    assert!(writes[0].ends_with("\n\n"));
    assert_eq!(console.next_deadline(), None);
}

#[test]
fn what_waits_is_printed_by_the_sweep_or_the_drain() {
    let paper = Paper::default();
    let mut console = Console::new(SETTINGS, Box::new(paper.clone()));
    let now = Instant::now();
    console.opened(TRACE, id(1));
    console.ended(&span(2, 1, "early", 1, 2), now);
    let deadline = now + Duration::from_secs(60);
    assert_eq!(console.next_deadline(), Some(deadline));
    assert_eq!(
        console.sweep(deadline - Duration::from_millis(1)),
        printed(0, 0)
    );
    assert_eq!(console.sweep(deadline), printed(1, 0));
    console.ended(&span(3, 1, "later", 3, 4), deadline);
    assert_eq!(console.drain(), printed(1, 0));
    assert_eq!(console.drain(), printed(0, 0));
    let writes = paper.writes();
    assert!(writes[0].contains("incomplete, 1 open"), "{}", writes[0]);
    assert!(writes[1].contains("continued"), "{}", writes[1]);
}

#[test]
fn a_broken_writer_is_counted_and_nothing_more() {
    let paper = Paper {
        is_torn: true,
        ..Paper::default()
    };
    let mut console = Console::new(SETTINGS, Box::new(paper));
    let now = Instant::now();
    assert_eq!(console.ended(&span(1, 0, "root", 0, 3), now), printed(0, 1));
    assert_eq!(
        console.ended(&span(2, 0, "other", 0, 3), now),
        printed(0, 1)
    );
}

/// A console on a terminal, the trace of which has begun with span 1.
fn live() -> (Console, Paper) {
    let paper = Paper::default();
    let settings = Settings {
        live: true,
        ..SETTINGS
    };
    let mut console = Console::new(settings, Box::new(paper.clone()));
    console.opened(TRACE, id(1));
    (console, paper)
}

#[test]
fn on_a_terminal_the_steps_of_a_long_trace_are_lines_and_its_end_is_the_tree() {
    let (mut console, paper) = live();
    let now = Instant::now();
    let mut failed = span(2, 1, "look up", 0, 2_500).with(observation::TYPE, "tool");
    failed.status = Status::error("no such city");
    console.ended(&span(3, 2, "deeper", 10, 20), now);
    console.ended(&failed, now);
    console.ended(&span(4, 1, "answer", 2_500, 2_600), now);
    console.ended(&span(1, 0, "root", 0, 3_000), now);
    let writes = paper.writes();
    insta::assert_snapshot!(writes.concat(), @r#"
    ⋯ c639c248  look up  tool  2.50s  ! ERROR no such city
    ⋯ c639c248  answer  0.10s
    trace c639c2482eeb2306df724c3265ea0c62  4 spans
    root  3.00s
    ├─ look up  tool  2.50s
    │  │ ! ERROR no such city
    │  └─ deeper  0.01s
    └─ answer  0.10s
    "#);
    assert_eq!(writes.len(), 3);
}

#[test]
fn a_step_is_shown_when_its_trace_turns_out_to_be_long() {
    let (mut console, paper) = live();
    let now = Instant::now();
    console.ended(&span(2, 1, "quick", 0, 10), now);
    let long = now + Duration::from_secs(2);
    assert_eq!(console.next_deadline(), Some(long));
    assert_eq!(console.sweep(long), printed(0, 0));
    assert_eq!(paper.writes(), ["⋯ c639c248  quick  0.01s\n"]);
    console.sweep(long + Duration::from_secs(100));
    assert_eq!(paper.writes().len(), 1, "nothing is shown twice");
    console.ended(&span(1, 0, "root", 0, 200_000), long);
    assert!(paper.writes()[1].contains("└─ quick"));
}

#[test]
fn a_short_trace_and_what_is_no_terminal_have_no_steps() {
    let (mut console, paper) = live();
    let now = Instant::now();
    console.ended(&span(2, 1, "quick", 0, 10), now);
    console.ended(&span(1, 0, "root", 0, 20), now);
    assert_eq!(paper.writes().len(), 1);

    let paper = Paper::default();
    let mut console = Console::new(SETTINGS, Box::new(paper.clone()));
    console.opened(TRACE, id(1));
    console.ended(&span(2, 1, "slow", 0, 50_000), now);
    console.sweep(now + Duration::from_secs(50));
    assert!(paper.writes().is_empty());
}
