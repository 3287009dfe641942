//! What becomes of requests that wait for the disk.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures_channel::mpsc::unbounded;
use url::Url;

use super::{MOST_BYTES, MOST_SPANS, PlainBatch, SpillSetup, Writer};
use crate::diagnostics::Diagnostics;
use crate::export::queue::{Limits, Queue};
use crate::export::report::DropReason;
use crate::export::sample::{in_flight, span};
use crate::export::sender::{Command, Commands};
use crate::export::spool::{EndpointId, Spool};
use crate::otlp::encoded::Compression;
use crate::otlp::split::LARGEST;
use crate::pipeline::sample_rate::SampleRate;

/// A disk, what waits for it, and a sender that takes the rest.
struct Disk {
    folder: PathBuf,
    queue: Arc<Queue>,
    writer: Writer,
    inbox: mpsc::Receiver<PlainBatch>,
    batches: Option<mpsc::Sender<PlainBatch>>,
    sent: futures_channel::mpsc::UnboundedReceiver<Command>,
}

impl Disk {
    fn new(name: &str) -> Self {
        let name = format!("spill-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let queue = Queue::new("test".into(), Limits::default(), SampleRate::ALL);
        let url = Url::parse("http://here/v1/traces").expect("an address");
        let endpoint = EndpointId::new(&url, "");
        let known = [endpoint.clone()];
        let (shared, log) = (Arc::clone(&queue), Diagnostics::default());
        let spool = Spool::new(folder.clone(), 1 << 30, endpoint, &known, shared, log);
        let (commands, sent) = unbounded();
        let (batches, inbox) = mpsc::channel();
        let setup = SpillSetup {
            spool: Arc::new(spool),
            queue: Arc::clone(&queue),
            compression: Compression::Gzip,
            sender: Commands::new(commands),
        };
        Self {
            folder,
            queue,
            writer: Writer::new(setup, Arc::default()),
            inbox,
            batches: Some(batches),
            sent,
        }
    }

    /// So many batches of so many spans and bytes wait.
    fn wait(&self, batches: usize, spans: usize, bytes: usize) {
        for _ in 0..batches {
            let mut in_flight = in_flight(&self.queue, spans);
            in_flight.set_bytes(bytes);
            let message = vec![7; bytes];
            let batch = PlainBatch { message, in_flight };
            self.writer.waiting.fetch_add(bytes, Ordering::Relaxed);
            let batches = self.batches.as_ref().expect("an open channel");
            batches.send(batch).expect("a receiver");
        }
    }

    /// Writes all of it; how many spans each file has.
    fn write(&mut self) -> Vec<u64> {
        self.batches = None;
        let Self { writer, inbox, .. } = self;
        writer.run(inbox);
        let Ok(files) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let names = files.map(|file| file.expect("a file").file_name());
        let spans = names.filter_map(|name| {
            let name = name.into_string().expect("text");
            let name = name.strip_suffix(".otlp")?;
            name.split('-').nth(3)?.parse().ok()
        });
        let mut spans: Vec<_> = spans.collect();
        spans.sort_unstable();
        spans
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn what_waits_becomes_one_file() {
    let mut disk = Disk::new("one");
    disk.wait(20, 100, 10_000);
    assert_eq!(disk.queue.bytes(), 200_000);
    assert_eq!(disk.write(), [2_000]);
    let report = disk.queue.report();
    assert_eq!(
        (report.made, report.spooled, report.pending),
        (2_000, 2_000, 0)
    );
    assert_eq!(disk.queue.bytes(), 0);
    assert_eq!(disk.writer.waiting.load(Ordering::Relaxed), 0);
}

#[test]
fn a_file_has_no_more_spans_than_a_request_should_have() {
    let mut disk = Disk::new("spans");
    disk.wait(20, 500, 10);
    let files = disk.write();
    assert!(files.iter().all(|spans| *spans <= MOST_SPANS), "{files:?}");
    assert_eq!((files.len(), files.iter().sum()), (3, 10_000));
}

#[test]
fn the_better_they_compress_the_more_go_into_a_file() {
    for (ratio, expected) in [(1.0, &[3, 4][..]), (0.1, &[7])] {
        let mut disk = Disk::new("bytes");
        disk.writer.ratio = ratio;
        disk.wait(7, 1, MOST_BYTES / 8);
        assert_eq!(disk.write(), expected);
    }
}

#[test]
fn while_spans_come_faster_than_they_are_made_ready_nothing_is_compressed() {
    let mut disk = Disk::new("lag");
    let bytes = LARGEST / 4;
    disk.wait(6, 1, bytes);
    let is_plain = |disk: &Disk| {
        let files = fs::read_dir(&disk.folder).expect("a folder");
        let lengths = files.map(|file| file.expect("a file").metadata().expect("a file").len());
        lengths.max() > Some(bytes as u64)
    };
    let limits = Limits::default();
    disk.queue.push(span(), limits.bytes / 4);
    assert_eq!(disk.write(), [2, 4]);
    assert!(is_plain(&disk));
}

#[test]
fn what_the_disk_does_not_take_goes_to_the_sender() {
    let mut disk = Disk::new("none");
    fs::write(&disk.folder, "no folder").expect("a file");
    disk.wait(3, 10, 100);
    assert_eq!(disk.write(), [0; 0]);
    let Ok(Command::Deliver(batch)) = disk.sent.try_recv() else {
        panic!("nothing was handed over");
    };
    assert_eq!((batch.encoded.spans, batch.in_flight.spans()), (30, 30));
    assert_eq!(disk.queue.bytes(), batch.encoded.body.len());
    assert_eq!(disk.queue.report().pending, 30);
    fs::remove_file(&disk.folder).expect("the file");
}

#[test]
fn after_the_deadline_of_a_shutdown_nothing_is_written() {
    let mut disk = Disk::new("late");
    disk.wait(3, 10, 100);
    let now = Instant::now();
    disk.queue.close(now);
    assert!(!disk.queue.wait_finished(now + Duration::from_millis(1)));
    assert_eq!(disk.write(), [0; 0]);
    let report = disk.queue.report();
    assert_eq!((report.spooled, report.pending), (0, 0));
    assert_eq!(report.dropped_by_reason, [(DropReason::Deadline, 30)]);
}
