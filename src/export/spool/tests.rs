//! What other processes leave in the folder, with a clock of the test's own.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use url::Url;

use super::name::Name;
use super::owner::Owner;
use super::{Addressee, STALE, Shelf, Spool, file};
use crate::diagnostics::Diagnostics;
use crate::export::queue::{Limits, Queue};
use crate::otlp::encoded::{Compression, Encoded};
use crate::pipeline::sample_rate::SampleRate;

/// A folder that is gone afterwards.
struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn addressee() -> Addressee {
    Addressee::new(
        &Url::parse("http://here/v1/traces").expect("an address"),
        "",
    )
}

fn spool() -> (Folder, Arc<Spool>, Shelf) {
    let folder = std::env::temp_dir().join(format!("spool-{}", Owner::this_process().token));
    let diagnostics = Diagnostics::default();
    let (spool, problem) = Spool::open(folder.clone(), 1_000_000, &[addressee()], diagnostics);
    assert_eq!(problem, None);
    let queue = Queue::new("test".into(), Limits::default(), SampleRate::ALL);
    let shelf = Shelf::new(Arc::clone(&spool), addressee(), queue);
    (Folder(folder), spool, shelf)
}

/// A file of another process, and its content.
fn left(number: u64) -> (Name, Vec<u8>) {
    let request = Encoded {
        body: vec![1, 2, 3].into(),
        compression: Compression::None,
        spans: 2,
    };
    let name = Name {
        written: 1_700_000_000_000,
        token: "other".into(),
        number,
        spans: 2,
        tag: addressee().tag().into(),
    };
    (name, file::write(&request, &addressee()))
}

/// One that works somewhere else, so that nobody here knows whether it still runs.
fn stranger() -> Owner {
    Owner::parse("1-5-elsewhere-other").expect("an owner")
}

#[test]
fn a_file_that_a_stranger_sends_is_left_to_it_but_not_for_ever() {
    let (folder, spool, shelf) = spool();
    let (name, content) = left(1);
    let path = folder.0.join(name.sent_by(&stranger()));
    fs::write(&path, content).expect("a folder");
    let now = Instant::now();
    spool.scan(now);
    assert!(shelf.claim(now).is_none());
    // However the clock on the wall jumps: only what is seen to last counts.
    spool.scan(now + STALE / 2);
    assert!(path.exists());
    spool.scan(now + STALE);
    let (file, request, ticket) = shelf.claim(now).expect("the file");
    assert_eq!((request.spans, ticket.spans()), (2, 2));
    shelf.put_back(file);
    assert!(folder.0.join(name.waiting()).exists());
}

#[test]
fn half_a_file_is_removed_when_its_writer_is_gone() {
    let (folder, spool, _) = spool();
    let (name, content) = left(1);
    let path = folder.0.join(name.written_by(&stranger()));
    fs::write(&path, &content[..10]).expect("a folder");
    let now = Instant::now();
    spool.scan(now);
    assert!(path.exists());
    spool.scan(now + STALE);
    assert!(!path.exists());
}

#[test]
fn a_file_that_another_process_has_taken_meanwhile_is_not_missed() {
    let (folder, spool, shelf) = spool();
    for number in 1..=2 {
        let (name, content) = left(number);
        fs::write(folder.0.join(name.waiting()), content).expect("a folder");
    }
    let now = Instant::now();
    spool.scan(now);
    fs::remove_file(folder.0.join(left(1).0.waiting())).expect("the file");
    let (second, ..) = shelf.claim(now).expect("the other file");
    assert!(shelf.claim(now).is_none());
    shelf.remove(second);
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0);
}

#[test]
fn what_lies_in_the_folder_besides_is_left_alone() {
    let (folder, spool, shelf) = spool();
    for name in ["notes.txt", ".hidden", "1-2-3.otlp"] {
        fs::write(folder.0.join(name), "mine").expect("a folder");
    }
    let now = Instant::now();
    spool.scan(now);
    spool.scan(now + 2 * STALE);
    assert!(shelf.claim(now).is_none());
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 3);
}
