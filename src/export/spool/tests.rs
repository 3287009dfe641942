//! What other processes leave in the folder, and what becomes of files that others touch.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use super::name::Key;
use super::{ClaimedFile, EndpointId, NotKept, RESCAN, Spool, file, name, random};
use crate::diagnostics::Diagnostics;
use crate::export::queue::{InFlight, Limits, Queue};
use crate::export::report::DropReason;
use crate::export::sample::in_flight;
use crate::export::scheduler::{History, Standing};
use crate::otlp::encoded::{Compression, Encoded};
use crate::pipeline::sample_rate::SampleRate;

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("spool-{:x}", random())))
    }

    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.0) else {
            return Vec::new();
        };
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names
            .map(|name| name.into_string().expect("text"))
            .collect();
        names.sort();
        names
    }

    fn requests(&self) -> usize {
        let names = self.names().into_iter();
        names.filter(|name| name.ends_with(".otlp")).count()
    }

    fn bytes(&self) -> u64 {
        let names = self.names().into_iter();
        names
            .map(|name| fs::metadata(self.0.join(name)).map_or(0, |file| file.len()))
            .sum()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn endpoint() -> EndpointId {
    let url = Url::parse("http://here/v1/traces").expect("an address");
    EndpointId::new(&url, "")
}

const LIMIT: u64 = 1_000_000;

fn spool_of(folder: &Folder, limit: u64) -> (Spool, Arc<Queue>) {
    let queue = Queue::new("test".into(), Limits::default(), SampleRate::ALL);
    let spool = Spool::new(
        folder.0.clone(),
        limit,
        endpoint(),
        &[endpoint()],
        Arc::clone(&queue),
        Diagnostics::default(),
    );
    (spool, queue)
}

fn request(spans: u64) -> Encoded {
    Encoded {
        body: vec![7; 500].into(),
        compression: Compression::None,
        spans,
    }
}

fn put(spool: &Spool, queue: &Arc<Queue>) -> Result<(), NotKept> {
    let result = spool.put(&request(1), in_flight(queue, 1), History::default());
    result.map_err(|(why, mut in_flight)| {
        in_flight.dropped(DropReason::SpoolFull, in_flight.spans());
        why
    })
}

struct Claimed {
    file: ClaimedFile,
    request: Encoded,
    in_flight: InFlight,
}

/// Takes one file, also a small one.
fn claim(spool: &Spool, now: Instant) -> Option<Claimed> {
    let (file, request, _) = spool.claim_file(now, |index| index.take(Standing::Regular, now))?;
    Some(Claimed {
        file,
        in_flight: spool.queue.in_flight_from_disk(true, request.spans, 1),
        request,
    })
}

/// A file of a process that has ended.
fn left(folder: &Folder, number: u64) -> PathBuf {
    let key = Key {
        written: 1_700_000_000_000,
        token: 0xdead,
        number,
        spans: 2,
    };
    let request = request(2);
    let content = [&file::header(&request, &endpoint())[..], &request.body].concat();
    let path = folder.0.join(key.file(endpoint().tag()));
    fs::create_dir_all(&folder.0).expect("a folder");
    fs::write(&path, content).expect("a file");
    path
}

fn lost(queue: &Queue, reason: DropReason) -> u64 {
    let report = queue.report();
    let of = report.dropped_by_reason.iter();
    of.filter(|(of, _)| *of == reason)
        .map(|(_, count)| count)
        .sum()
}

#[test]
fn a_file_is_sent_by_who_holds_the_lock_of_its_writer() {
    let folder = Folder::new();
    let (writer, queue) = spool_of(&folder, LIMIT);
    let (other, _) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    assert_eq!(put(&writer, &queue), Ok(()));
    other.refresh(now);
    assert!(claim(&other, now).is_none(), "its writer is alive");
    let own = claim(&writer, now).expect("its own file");
    writer.put_back(own.file, History::default());

    drop(own.in_flight);
    drop(writer);
    assert_eq!(folder.names().len(), 1, "no lock is left");
    other.refresh(now + RESCAN / 4);
    assert!(claim(&other, now).is_none(), "it was not looked at again");
    other.refresh(now + RESCAN);
    let (third, _) = spool_of(&folder, LIMIT);
    let claimed = claim(&other, now).expect("the file that was left");
    assert_eq!((claimed.request.spans, claimed.in_flight.spans()), (1, 1));
    third.refresh(now);
    assert!(claim(&third, now).is_none(), "it is being sent");
    other.remove(claimed.file);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn what_a_killed_process_has_left_is_sent_or_removed() {
    let folder = Folder::new();
    let request = left(&folder, 1);
    let part = left(&folder, 2);
    fs::rename(&part, format!("{}.part", part.display())).expect("a file");
    // The system has released the locks, and their files are still there.
    for token in [0xdead, 0xbeef] {
        fs::write(folder.0.join(name::lock(token)), "").expect("a file");
    }
    let (spool, _) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    spool.refresh(now);
    assert_eq!(
        folder.names(),
        [request
            .file_name()
            .and_then(|name| name.to_str())
            .expect("text")]
    );
    let claimed = claim(&spool, now).expect("the request");
    spool.remove(claimed.file);
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_file_that_another_process_has_sent_meanwhile_is_not_missed() {
    let folder = Folder::new();
    let first = left(&folder, 1);
    left(&folder, 2);
    let (spool, queue) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    spool.refresh(now);
    fs::remove_file(first).expect("the file");
    let second = claim(&spool, now).expect("the other file");
    assert!(claim(&spool, now).is_none());
    spool.remove(second.file);
    assert_eq!(folder.requests(), 0);
    assert_eq!(queue.report().dropped(), 0);
}

#[test]
fn a_file_of_ones_own_that_vanishes_is_lost() {
    let folder = Folder::new();
    let (spool, queue) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    for _ in 0..5 {
        assert_eq!(put(&spool, &queue), Ok(()));
    }
    let under_way = claim(&spool, now).expect("a file");
    let names = folder.names().into_iter().filter(|n| n.ends_with(".otlp"));
    let names: Vec<_> = names.skip(1).collect();
    // Whether it is found out when it is to be sent, or when the folder is looked at.
    fs::remove_file(folder.0.join(&names[0])).expect("a file");
    let next = claim(&spool, now).expect("the next file");
    assert_eq!(lost(&queue, DropReason::SpoolMissing), 1);
    fs::remove_file(folder.0.join(&names[2])).expect("a file");
    spool.refresh(now + 2 * RESCAN);
    assert_eq!(lost(&queue, DropReason::SpoolMissing), 2);
    let report = queue.report();
    assert_eq!((report.made, report.spooled, report.pending), (5, 3, 0));
    for mut claimed in [under_way, next] {
        claimed.in_flight.exported(1);
        spool.remove(claimed.file);
    }
    fs::remove_dir_all(&folder.0).expect("a folder");
    spool.refresh(now + 4 * RESCAN);
    let report = queue.report();
    assert_eq!(
        (report.exported, report.dropped(), report.spooled),
        (2, 3, 0)
    );
    // The folder comes back with the next file.
    assert_eq!(put(&spool, &queue), Ok(()));
    assert_eq!((folder.requests(), folder.names().len()), (1, 2));
}

#[test]
fn the_limit_is_that_of_the_folder() {
    let folder = Folder::new();
    fs::create_dir_all(&folder.0).expect("a folder");
    // Of somebody else, for somebody else, set aside.
    let foreign = Key {
        written: 1,
        token: 1,
        number: 1,
        spans: 1,
    };
    for (name, bytes) in [
        ("notes.txt".to_owned(), 1_000),
        (foreign.file("ffffffffffffffff"), 1_000),
    ] {
        fs::write(folder.0.join(name), vec![0; bytes]).expect("a file");
    }
    let aside = format!("{}.corrupt", foreign.file(endpoint().tag()));
    fs::write(folder.0.join(&aside), [0; 1_000]).expect("a file");
    let limit = 10_000;
    let spools: Vec<_> = (0..4).map(|_| spool_of(&folder, limit)).collect();
    let mut kept = 0;
    for _ in 0..20 {
        for (spool, queue) in &spools {
            kept += u64::from(put(spool, queue).is_ok());
            assert!(folder.bytes() <= limit, "{}", folder.bytes());
        }
    }
    assert!(kept > 4, "{kept}");
    assert!(folder.bytes() > limit / 2, "{}", folder.bytes());
    assert!(!folder.names().contains(&aside), "it goes first");
    assert!(folder.names().contains(&"notes.txt".to_owned()));
    for (_, queue) in &spools {
        let report = queue.report();
        let full = lost(queue, DropReason::SpoolFull);
        assert_eq!((report.made, full), (20, 20 - report.spooled));
    }
}

#[test]
fn over_the_limit_the_oldest_go() {
    let folder = Folder::new();
    let (spool, queue) = spool_of(&folder, 10_000);
    let now = Instant::now();
    left(&folder, 1);
    for _ in 0..50 {
        assert_eq!(put(&spool, &queue), Ok(()));
        assert!(folder.bytes() <= 10_000);
    }
    let first = claim(&spool, now).expect("a file");
    assert_eq!(first.request.spans, 1, "what was left before has gone");
    let report = queue.report();
    assert!(report.spooled >= 8, "{report}");
    assert_eq!(report.spooled + report.dropped(), 50);
    let huge = Encoded {
        body: vec![0; 20_000].into(),
        ..request(1)
    };
    let refused = spool.put(&huge, in_flight(&queue, 1), History::default());
    assert_eq!(refused.map_err(|(why, _)| why), Err(NotKept::Limit));
}

#[test]
fn a_file_that_is_mostly_a_hole_is_neither_read_nor_counted() {
    let folder = Folder::new();
    let path = left(&folder, 1);
    let file = fs::OpenOptions::new().append(true).open(&path);
    file.expect("the file").set_len(6 << 30).expect("room");
    let (spool, queue) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    assert_eq!(put(&spool, &queue), Ok(()));
    let own = claim(&spool, now).expect("the file that is whole");
    assert_eq!(own.request.spans, 1);
    let aside = |name: &String| name.ends_with(".corrupt");
    assert_eq!(folder.names().iter().filter(|name| aside(name)).count(), 1);
}

#[test]
fn what_lies_in_the_folder_besides_is_left_alone() {
    let folder = Folder::new();
    fs::create_dir_all(folder.0.join("a folder.otlp")).expect("a folder");
    for name in ["notes.txt", ".hidden", "1-2-3.otlp", "package.lock"] {
        fs::write(folder.0.join(name), "mine").expect("a folder");
    }
    let (spool, _) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    spool.refresh(now);
    spool.refresh(now + RESCAN);
    assert!(claim(&spool, now).is_none());
    assert_eq!(folder.names().len(), 5);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_open_to_others_draws_one_warning() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    assert_eq!(
        super::check(folder.0.clone()),
        [""; 0],
        "it makes a private one"
    );
    for (mode, warnings) in [(0o755, 1), (0o770, 1), (0o700, 0)] {
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).expect("a folder");
        let problems = super::check(folder.0.clone());
        assert_eq!(problems.len(), warnings, "{problems:?}");
        assert!(problems.iter().all(|one| one.contains("chmod 700")));
    }
    assert_eq!(folder.names(), [""; 0], "the try has left nothing");
}

#[test]
fn what_is_known_of_a_request_goes_with_its_file() {
    let folder = Folder::new();
    let (spool, queue) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    let mut history = History::default();
    history.fail(None, None, 1.0, now);
    history.fail(
        Some(now + Duration::from_secs(1)),
        None,
        1.0,
        now + Duration::from_secs(2),
    );
    let kept = spool.put(&request(1), in_flight(&queue, 1), history);
    assert!(kept.is_ok() && history.is_suspect());
    assert!(spool.next_at(Standing::Regular, now).is_none());
    let due_at = spool.next_at(Standing::Suspect, now).expect("a pause");
    // Also when the folder is looked at again.
    spool.refresh(now + RESCAN);
    assert!(spool.claim(Standing::Suspect, now).is_none());
    let mut claimed = spool.claim(Standing::Suspect, due_at).expect("the file");
    let mut in_flight = claimed.in_flight;
    let name = spool.set_aside(claimed.files.remove(0));
    in_flight.dropped(DropReason::SetAside, 1);
    assert!(name.ends_with(".otlp.failed"), "{name}");
    assert!(PathBuf::from(name).exists());
    let report = queue.report();
    assert_eq!(
        (report.spooled, report.dropped(), report.pending),
        (0, 1, 0)
    );
}

#[test]
fn small_files_are_sent_together_until_one_of_them_fails() {
    let folder = Folder::new();
    let (spool, queue) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    for _ in 0..5 {
        assert_eq!(put(&spool, &queue), Ok(()));
    }
    left(&folder, 1);
    spool.refresh(now + 2 * RESCAN);
    // Spans of another process are counted otherwise.
    let other = spool.claim(Standing::Regular, now).expect("a file");
    assert_eq!((other.files.len(), other.request.spans), (1, 2));
    let own = spool.claim(Standing::Regular, now).expect("files");
    assert_eq!((own.files.len(), own.request.spans), (5, 5));
    assert_eq!(own.in_flight.spans(), 5);
    assert_eq!(own.request.body, vec![7; 5 * 500]);
    for file in own.files {
        spool.put_back(file, History::joined());
    }
    for _ in 0..5 {
        let one = spool.claim(Standing::Regular, now).expect("a file");
        assert_eq!((one.files.len(), one.request.body.len()), (1, 500));
    }
    assert!(spool.claim(Standing::Regular, now).is_none());
}

#[test]
fn large_files_are_sent_alone() {
    let folder = Folder::new();
    let (spool, queue) = spool_of(&folder, LIMIT);
    let now = Instant::now();
    for bytes in [500, 40_000, 500, 600] {
        let request = Encoded {
            body: vec![7; bytes].into(),
            ..request(1)
        };
        let put = spool.put(&request, in_flight(&queue, 1), History::default());
        assert!(put.is_ok());
    }
    let claim = || spool.claim(Standing::Regular, now);
    let claimed = std::iter::from_fn(claim).map(|claimed| claimed.request.body.len());
    assert_eq!(claimed.collect::<Vec<_>>(), [500, 40_000, 1_100]);
}
