//! From notices to the writer.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{SETTINGS, TRACE, id, span};
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
