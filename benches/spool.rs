//! What it costs to deliver what a process has left on disk, when there is very much of it.
//!
//! ```sh
//! cargo bench --bench spool            # 10,000 and 100,000 files
//! cargo bench --bench spool -- 40000   # as many as that
//! ```
//!
//! A plain program. One span is spooled, and its file copied under other names, as if a process had left them
//! all; then a telemetry with the same folder and a backend that is up delivers them. "processor" is what
//! this process used for each file, its backend included; "time" is what went by. To reach: no more than
//! 100 µs of the processor a file, however many there are.
#![expect(clippy::print_stdout, reason = "the table is for whoever runs this")]
#![expect(clippy::unwrap_used, reason = "a measurement stops by panicking")]
#![expect(unreachable_pub, reason = "nothing of a program is reachable")]

#[allow(dead_code, reason = "another benchmark needs all of it")]
mod backend;
mod memory;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use backend::{Backend, Fault};
use memory::peak_mib;
use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

const LONG: Duration = Duration::from_secs(600);

fn main() {
    let words = std::env::args().skip(1);
    let mut counts: Vec<usize> = words.filter_map(|word| word.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![10_000, 100_000];
    }
    println!(
        "{:>9} {:>10} {:>16} {:>16} {:>10}",
        "files", "time", "time a file", "processor a file", "peak"
    );
    for files in counts {
        deliver(files);
    }
}

/// Leaves so many files and delivers them.
fn deliver(files: usize) {
    let bad_for = Duration::from_secs(2);
    let backend = Backend::start(Fault::Answers(503), bad_for);
    let begun = Instant::now();
    let folder = std::env::temp_dir().join(format!("spool-{}", backend.address.port()));
    let url = format!("http://{}/v1/traces", backend.address);
    let telemetry = telemetry(&url, &folder);
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        tracing::info_span!("work", input = "what").in_scope(|| ());
    });
    let report = telemetry.shutdown(Duration::from_secs(1));
    assert_eq!(report.spooled(), 1, "{report}");
    multiply(&folder, files);
    std::thread::sleep(bad_for.saturating_sub(begun.elapsed()));

    let (begun, processor) = (Instant::now(), processor());
    let telemetry = self::telemetry(&url, &folder);
    let report = telemetry.flush(LONG);
    let (time, processor) = (begun.elapsed(), self::processor() - processor);
    assert_eq!(report.destinations[0].recovered, files as u64, "{report}");
    telemetry.shutdown(LONG);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    fs::remove_dir_all(&folder).unwrap();
    println!(
        "{files:>9} {:>8.2} s {:>13.1} µs {:>13.1} µs {:>6} MiB",
        time.as_secs_f64(),
        time.as_secs_f64() * 1e6 / files as f64,
        processor.as_secs_f64() * 1e6 / files as f64,
        peak_mib(),
    );
}

fn telemetry(url: &str, folder: &Path) -> Telemetry {
    Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(url))
        .with_retry_budget(Duration::ZERO)
        .with_spool_dir(folder)
        .build()
        .unwrap()
}

/// Copies the only request in the folder until there are so many.
fn multiply(folder: &Path, files: usize) {
    let is_request = |path: &PathBuf| path.extension().is_some_and(|one| one == "otlp");
    let mut paths = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let first = paths.find(is_request).unwrap();
    let content = fs::read(&first).unwrap();
    let name = first.file_name().unwrap().to_str().unwrap();
    // The third part of a name is a number.
    let mut parts: Vec<_> = name.split('-').map(str::to_owned).collect();
    for number in 0..files - 1 {
        parts[2] = format!("{:08}", 1_000 + number);
        fs::write(folder.join(parts.join("-")), &content).unwrap();
    }
}

/// The time of the processor that this process has used; nothing where the system does not say.
fn processor() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok());
    // A hundred a second on every Linux.
    Duration::from_millis(ticks.sum::<u64>() * 10)
}
