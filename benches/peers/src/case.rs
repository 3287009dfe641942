//! One case: functions or calls that one library traces, in a process of its own.

use std::hint::black_box;
use std::ops::Range;
use std::time::Duration;

use cpu_time::{ProcessTime, ThreadTime};
use serde::{Deserialize, Serialize};

use crate::memory;
use crate::peer::Peer;

/// Tells this program to be a case.
pub(crate) const ROLE: &str = "PEERS_CASE";

/// What the function is asked.
pub(crate) const QUESTION: &str = "Solve 3x + 11 = 14";

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Case {
    pub(crate) peer: Peer,
    pub(crate) address: String,
    /// Functions or calls.
    pub(crate) count: u32,
    /// How many are made without a pause: fewer than the queue of the SDK's processor holds.
    pub(crate) burst: u32,
    /// In milliseconds, after each burst.
    pub(crate) pause: u64,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) caller_us: f64,
    pub(crate) process_us: f64,
    pub(crate) peak_mib: f64,
    /// Of what was measured, where only it knows.
    #[serde(default)]
    pub(crate) version: Option<String>,
}

impl Case {
    pub(crate) fn new(peer: Peer, divisor: u32) -> Self {
        let (count, pause) = peer.amount();
        Self {
            peer,
            address: String::new(),
            count: count / divisor,
            burst: 400,
            pause,
        }
    }

    pub(crate) fn run(&self) -> Outcome {
        self.peer.run(self)
    }

    /// Measures all of them, from the first until `end` has delivered all of them.
    pub(crate) fn measure<T>(
        &self,
        started: T,
        call: impl Fn(&T, Range<u32>),
        end: impl FnOnce(T),
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let process = ProcessTime::now();
        let mut done = 0;
        while done < self.count {
            let next = self.count.min(done + self.burst);
            let caller = ThreadTime::now();
            call(&started, done..next);
            outcome.caller_us += microseconds(caller.elapsed());
            done = next;
            std::thread::sleep(Duration::from_millis(self.pause));
        }
        end(started);
        outcome.process_us = microseconds(process.elapsed());
        outcome.peak_mib = memory::peak_mib() as f64;
        outcome
    }
}

/// What the function does.
pub(crate) fn work(question: &str, number: u32) -> usize {
    black_box(question.len() + number as usize)
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
