//! A process that makes spans and says what became of them, and how it is run.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tracing_genai::{Destination, Report, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::memory;
use crate::sink::POISON;

/// Tells this program to be such a process.
const PLAN: &str = "FAULTS_PLAN";

/// What the process does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub url: String,
    pub spans: usize,
    /// Of the text of each.
    pub bytes: usize,
    /// Spans a second; 0 is as fast as it can be.
    pub rate: usize,
    /// Every so many spans one makes its request a bad one; 0 is never.
    pub poison: usize,
    pub timeout: Duration,
    pub budget: Duration,
    pub flush: Duration,
    pub exit: Duration,
    pub spool: Option<PathBuf>,
    pub spool_limit: u64,
    /// Whether it waits for a line between two halves of its spans.
    pub pauses: bool,
    /// Whether files may only be so small that no request fits.
    pub has_no_disk: bool,
    /// The file with the only authority that is trusted.
    pub authority: Option<PathBuf>,
}

impl Plan {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            spans: 2_000,
            bytes: 200,
            rate: 1_000,
            poison: 0,
            timeout: Duration::from_millis(500),
            budget: Duration::from_secs(60),
            flush: Duration::from_secs(20),
            exit: Duration::from_secs(5),
            spool: None,
            spool_limit: 1 << 30,
            pauses: false,
            has_no_disk: false,
            authority: None,
        }
    }
}

/// What the process says.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Word {
    pub made: u64,
    pub exported: u64,
    pub recovered: u64,
    pub spooled: u64,
    pub pending: u64,
    pub dropped: Vec<(String, u64)>,
    pub error: Option<String>,
    pub peak_kib: u64,
}

impl Word {
    fn of(report: &Report) -> Self {
        let one = &report.destinations[0];
        let dropped = one.dropped_by_reason.iter();
        Self {
            made: one.made,
            exported: one.exported,
            recovered: one.recovered,
            spooled: one.spooled,
            pending: one.pending,
            dropped: dropped
                .map(|(reason, spans)| (format!("{reason:?}"), *spans))
                .collect(),
            error: one.last_error.clone(),
            peak_kib: memory("VmHWM:"),
        }
    }

    pub fn is_balanced(&self) -> bool {
        let dropped: u64 = self.dropped.iter().map(|(_, spans)| spans).sum();
        self.made == self.exported + self.spooled + dropped + self.pending
    }
}

/// A process that runs.
pub struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(plan: &Plan) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut command = match plan.has_no_disk {
            true => {
                let mut shell = Command::new("sh");
                shell
                    .args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\""])
                    .arg(this);
                shell
            }
            false => Command::new(this),
        };
        if let Some(file) = &plan.authority {
            command.env("SSL_CERT_FILE", file);
        }
        let mut child = command
            .env(PLAN, serde_json::to_string(plan).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    /// What it says next.
    pub fn word(&mut self) -> Word {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Lets it go on after a pause.
    pub fn go_on(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it says last.
    pub fn finish(mut self) -> Word {
        let mut text = String::new();
        self.lines.read_to_string(&mut text).unwrap();
        assert!(self.child.wait().unwrap().success(), "{text}");
        let last = text.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// Runs such a process to its end.
pub fn run(plan: &Plan) -> Word {
    Running::start(plan).finish()
}

/// Is such a process, if it was started as one.
pub fn is_one() -> bool {
    let Ok(plan) = std::env::var(PLAN) else {
        return false;
    };
    let plan: Plan = serde_json::from_str(&plan).unwrap();
    let destination = Destination::otlp(&plan.url)
        .with_timeout(plan.timeout)
        .with_flush_at(20)
        .with_flush_interval(Duration::from_millis(50));
    let mut builder = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(destination)
        .with_retry_budget(plan.budget)
        .with_spool_limit(plan.spool_limit);
    if let Some(folder) = &plan.spool {
        builder = builder.with_spool_dir(folder);
    }
    let telemetry = builder.build().unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let half = if plan.pauses {
            plan.spans / 2
        } else {
            plan.spans
        };
        make(&plan, 0..half);
        if plan.pauses {
            say(&telemetry.flush(plan.flush));
            std::io::stdin().read_line(&mut String::new()).unwrap();
            make(&plan, half..plan.spans);
        }
    });
    telemetry.flush(plan.flush);
    say(&telemetry.shutdown(plan.exit));
    true
}

fn say(report: &Report) {
    let mut out = std::io::stdout();
    let word = serde_json::to_string(&Word::of(report)).unwrap();
    writeln!(out, "{word}").unwrap();
    out.flush().unwrap();
}

fn make(plan: &Plan, numbers: std::ops::Range<usize>) {
    let (begun, first) = (Instant::now(), numbers.start);
    for number in numbers {
        if let Some(due) = ((number - first) * 1_000_000).checked_div(plan.rate) {
            let due = begun + Duration::from_micros(due as u64);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let text = noise(number as u64, plan.bytes);
        let is_poison = plan.poison > 0 && number % plan.poison == plan.poison / 2;
        let span = tracing::info_span!("work", text, otel.name = tracing::field::Empty);
        if is_poison {
            span.record("otel.name", POISON);
        }
        span.in_scope(|| ());
    }
}

/// Text that does not compress well.
fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let letters = (0..bytes).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'0' + ((state >> 57) as u8 & 0x3F))
    });
    letters.collect()
}
