//! It keeps spans on disk for the next process, for the same backend and account only, and within its limit.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use tracing_genai::{Destination, DropReason, Report, Telemetry, TelemetryBuilder};

use crate::support::collector::Collector;
use crate::support::folder::Folder;
use crate::support::net::unused_address;
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, make_spans};

/// The files of a folder whose names have this ending.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.to_str().unwrap().ends_with(end))
        .collect();
    files.sort();
    files
}

fn langfuse(address: SocketAddr, public_key: &str) -> Destination {
    Destination::langfuse(public_key, "sk-lf-geheim").with_base_url(format!("http://{address}"))
}

fn spooling(folder: &Path) -> TelemetryBuilder {
    builder().with_spool_dir(folder)
}

fn telemetry(folder: &Path, address: SocketAddr) -> Telemetry {
    spooling(folder)
        .with_destination(langfuse(address, "pk-lf-1"))
        .build()
        .unwrap()
}

/// Ends spans while their backend is down, and shuts down.
fn spool(folder: &Path, address: SocketAddr, spans: usize) -> Report {
    let telemetry = telemetry(folder, address);
    make_spans(&telemetry, spans);
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.spooled(), report.dropped()), (spans as u64, 0));
    assert_eq!((report.exported(), report.pending()), (0, 0));
    report
}

fn recovered(report: &Report) -> u64 {
    report.destinations.iter().map(|d| d.recovered).sum()
}

#[test]
fn what_is_left_at_the_shutdown_is_sent_by_the_next_process() {
    let (folder, address) = (Folder::new(), unused_address());
    let started = Instant::now();
    let report = spool(&folder, address, 1_200);
    assert!(report.to_string().contains("1200 kept on disk"), "{report}");
    // The shutdown does not wait for a backend that is known to be down.
    assert!(started.elapsed() < SOON / 2);

    let collector = Collector::on(address, |_, _| ().into_response());
    let telemetry = telemetry(&folder, address);
    make_spans(&telemetry, 3);
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), recovered(&report)), (3, 1_200));
    assert_eq!((report.spooled(), report.dropped()), (0, 0));
    let ids: HashSet<_> = collector.taken().into_iter().map(|s| s.span_id).collect();
    assert_eq!((ids.len(), collector.taken().len()), (1_203, 1_203));
    assert_eq!(files(&folder, "").len(), 0);
}

#[test]
fn files_are_private_and_hold_no_key() {
    let (folder, address) = (Folder::new(), unused_address());
    spool(&folder, address, 3);
    let files = files(&folder, "");
    assert_eq!(files.len(), 1);
    let content = fs::read(&files[0]).unwrap();
    let text = format!("{files:?} {}", String::from_utf8_lossy(&content));
    assert!(
        !text.contains("geheim") && !text.contains("pk-lf-1"),
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&files[0])), (0o700, 0o600));
    }
}

#[test]
fn what_this_process_spooled_and_sent_is_exported() {
    let (folder, address) = (Folder::new(), unused_address());
    let telemetry = spooling(&folder)
        .with_destination(langfuse(address, "pk-lf-1"))
        .with_retry_budget(Duration::ZERO)
        .build()
        .unwrap();
    make_spans(&telemetry, 7);
    let report = telemetry.flush(SOON);
    assert_eq!((report.spooled(), report.exported()), (7, 0), "{report}");
    let _collector = Collector::on(address, |_, _| ().into_response());
    wait_until(|| telemetry.report().spooled() == 0);
    let report = telemetry.report();
    assert_eq!((report.exported(), recovered(&report)), (7, 0), "{report}");
}

#[test]
fn memory_that_runs_short_during_an_outage_is_moved_to_disk() {
    let (folder, address) = (Folder::new(), unused_address());
    let telemetry = spooling(&folder)
        .with_destination(langfuse(address, "pk-lf-1").with_flush_at(50))
        .with_queue_spans(2_000)
        .build()
        .unwrap();
    for _ in 0..100 {
        make_spans(&telemetry, 100);
        // A file is much slower to write than a span is to make.
        wait_until(|| telemetry.report().pending() <= 1_500);
    }
    let report = telemetry.report();
    assert_eq!(report.dropped(), 0, "{report}");
    assert!(report.spooled() >= 8_000, "{report}");
    assert_eq!(report.spooled() + report.pending(), 10_000, "{report}");
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.spooled(), report.dropped()), (10_000, 0));
}

#[test]
fn files_for_others_are_kept() {
    let (folder, address) = (Folder::new(), unused_address());
    spool(&folder, address, 5);
    let collector = Collector::on(address, |_, _| ().into_response());
    let telemetry = spooling(&folder)
        .with_destination(langfuse(address, "pk-lf-2"))
        .build()
        .unwrap();
    make_spans(&telemetry, 1);
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), recovered(&report)), (1, 0));
    assert_eq!(collector.taken().len(), 1);
    assert_eq!(files(&folder, ".otlp").len(), 1);
}

#[test]
fn a_file_that_was_damaged_is_kept_aside_and_the_others_are_sent() {
    let (folder, address) = (Folder::new(), unused_address());
    spool(&folder, address, 5);
    spool(&folder, address, 6);
    let damaged = &files(&folder, ".otlp")[0];
    let mut content = fs::read(damaged).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(damaged, content).unwrap();

    let collector = Collector::on(address, |_, _| ().into_response());
    let report = telemetry(&folder, address).shutdown(SOON);
    assert_eq!(recovered(&report), 6, "{report}");
    assert_eq!(collector.taken().len(), 6);
    assert_eq!(files(&folder, ".corrupt").len(), 1);
    assert_eq!(files(&folder, "").len(), 1);
}

#[test]
fn a_file_from_the_future_is_a_file() {
    let (folder, address) = (Folder::new(), unused_address());
    spool(&folder, address, 5);
    let file = &files(&folder, ".otlp")[0];
    let name = file.file_name().unwrap().to_str().unwrap();
    let later = folder.join(format!("99999999999999{}", &name[14..]));
    fs::rename(file, later).unwrap();
    spool(&folder, address, 2);
    assert_eq!(files(&folder, ".otlp").len(), 2);
    let collector = Collector::on(address, |_, _| ().into_response());
    let report = telemetry(&folder, address).shutdown(SOON);
    assert_eq!((recovered(&report), collector.taken().len()), (7, 7));
}

#[test]
fn over_its_limit_the_oldest_are_lost_and_counted() {
    let (folder, address) = (Folder::new(), unused_address());
    let telemetry = spooling(&folder)
        .with_destination(langfuse(address, "pk-lf-1").with_flush_at(10))
        .with_retry_budget(Duration::ZERO)
        .with_spool_limit(2_500)
        .build()
        .unwrap();
    make_spans(&telemetry, 100);
    let report = telemetry.shutdown(SOON);
    let destination = &report.destinations[0];
    let full =
        |(reason, count): &(DropReason, u64)| (*reason == DropReason::SpoolFull).then_some(*count);
    let lost: u64 = destination.dropped_by_reason.iter().filter_map(full).sum();
    assert!(lost > 0 && destination.spooled > 0, "{report}");
    assert_eq!(lost + destination.spooled, 100, "{report}");
    let sizes = files(&folder, ".otlp").into_iter();
    let bytes: u64 = sizes.map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes <= 2_500, "{bytes}");
}

#[test]
fn without_a_folder_that_can_be_written_to_delivery_goes_on_from_memory() {
    let address = unused_address();
    // Nobody can create a folder below a file, not even root.
    let file = std::env::current_exe().unwrap();
    let telemetry = telemetry(&file.join("spool"), address);
    make_spans(&telemetry, 5);
    wait_until(|| telemetry.report().destinations[0].last_error.is_some());
    let collector = Collector::on(address, |_, _| ().into_response());
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (5, 0), "{report}");
    assert_eq!(collector.taken().len(), 5);
}

#[test]
fn without_such_a_folder_what_is_left_at_the_deadline_is_lost_and_counted() {
    let file = std::env::current_exe().unwrap();
    let telemetry = telemetry(&file.join("spool"), unused_address());
    make_spans(&telemetry, 5);
    let report = telemetry.shutdown(Duration::from_millis(400));
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::Deadline, 5)],
        "{report}"
    );
}

#[test]
fn two_processes_on_one_folder_send_every_file_once() {
    let (folder, address) = (Folder::new(), unused_address());
    for _ in 0..10 {
        spool(&folder, address, 20);
    }
    let collector = Collector::on(address, |_, _| ().into_response());
    let both = [(); 2].map(|()| telemetry(&folder, address));
    let recovered: u64 = both.map(|t| recovered(&t.shutdown(SOON))).iter().sum();
    assert_eq!((recovered, collector.taken().len()), (200, 200));
}

#[test]
fn oversized_files_are_split_on_disk() {
    let (folder, address) = (Folder::new(), unused_address());
    spool(&folder, address, 100);
    let collector = Collector::on(address, |_, request| {
        if request.spans().len() > 30 {
            StatusCode::PAYLOAD_TOO_LARGE.into_response()
        } else {
            ().into_response()
        }
    });
    let report = telemetry(&folder, address).shutdown(SOON);
    assert_eq!(recovered(&report), 100, "{report}");
    let ids: HashSet<_> = collector.taken().into_iter().map(|s| s.span_id).collect();
    assert_eq!((ids.len(), collector.taken().len()), (100, 100));
    assert_eq!(files(&folder, "").len(), 0);
}

#[test]
fn wrong_credentials_cost_no_file() {
    let (folder, address) = (Folder::new(), unused_address());
    spool(&folder, address, 5);
    {
        let _refusing = Collector::on(address, |_, _| StatusCode::UNAUTHORIZED.into_response());
        let report = telemetry(&folder, address).shutdown(SOON);
        assert_eq!((recovered(&report), report.dropped()), (0, 0), "{report}");
    }
    assert_eq!(files(&folder, ".otlp").len(), 1);
}

#[test]
fn many_small_files_take_few_requests_and_a_refused_one_costs_no_other() {
    let (folder, address) = (Folder::new(), unused_address());
    for spans in 1..=10 {
        spool(&folder, address, spans);
    }
    let collector = Collector::on(address, |_, request| match request.spans().len() {
        // The file of seven spans, and whatever it is sent with.
        7 | 11.. => StatusCode::BAD_REQUEST.into_response(),
        _ => ().into_response(),
    });
    let report = telemetry(&folder, address).shutdown(SOON);
    assert_eq!(recovered(&report), 55 - 7, "{report}");
    assert_eq!(collector.taken().len(), 55 - 7);
    assert_eq!(collector.requests().len(), 11);
    assert_eq!(files(&folder, "").len(), 0);
}

#[cfg(unix)]
#[test]
fn a_file_that_somebody_removes_is_lost_and_counted() {
    let (folder, address) = (Folder::new(), unused_address());
    let telemetry = spooling(&folder)
        .with_destination(langfuse(address, "pk-lf-1"))
        .with_retry_budget(Duration::ZERO)
        .build()
        .unwrap();
    make_spans(&telemetry, 7);
    telemetry.flush(SOON);
    assert_eq!(telemetry.report().spooled(), 7);
    fs::remove_file(&files(&folder, ".otlp")[0]).unwrap();
    let report = telemetry.shutdown(SOON);
    let destination = &report.destinations[0];
    let missing = [(DropReason::SpoolMissing, 7)];
    assert_eq!(destination.dropped_by_reason, missing, "{report}");
    assert_eq!(report.spooled(), 0, "{report}");
}
