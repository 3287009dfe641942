//! The rows: a backend, the processes, and what has to become of their spans.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{Plan, Running, Word, run};
use crate::row::{Expected, Row};
use crate::sink::{Answer, Request, Sink};
use crate::tls::{Fault, TlsServer};

type Case = fn(usize) -> Row;

pub const ALL: &[(&str, Case)] = &[
    ("healthy", |size| {
        plain(size, |_| Answer::Takes, NOTHING_LOST)
    }),
    ("outage: refused connections", refused),
    ("outage: 503", |size| {
        plain(
            size,
            |r| bad_for(r, 1_500, Answer::Status(503)),
            NOTHING_LOST,
        )
    }),
    ("outage: no answer", |size| {
        plain(size, |r| bad_for(r, 1_500, Answer::Hangs), NOTHING_LOST)
    }),
    ("outage: 503, spool, next", |size| {
        spooled(size, Answer::Status(503))
    }),
    ("flapping", |size| plain(size, flaps, NOTHING_LOST)),
    ("poison: always 500", |size| {
        poison(size, Answer::Status(500))
    }),
    ("poison: never answered", |size| poison(size, Answer::Hangs)),
    ("HTML with 200", html),
    ("partial success", partial),
    ("connection breaks after body", |size| {
        plain(size, |r| every_third(r, Answer::Breaks), TAKEN_SILENTLY)
    }),
    ("slow-loris", |size| {
        plain(size, |r| first(r, Answer::Drips), TAKEN_SILENTLY)
    }),
    ("endless answer", |size| {
        plain(size, |r| first(r, Answer::Endless), TAKEN_SILENTLY)
    }),
    ("Retry-After of 2^64", |size| retry_after(size)),
    ("TLS: unknown authority", |_| {
        tls(Fault::SelfSigned, "SSL_CERT_FILE")
    }),
    ("TLS: expired", |_| tls(Fault::Expired, "renew")),
    ("TLS: other name", |_| tls(Fault::OtherName, "host name")),
    ("kill -9, five times", killed),
    ("several processes, one spool", several),
    ("disk: takes nothing", no_disk),
    ("disk: spool is full", full_spool),
    ("disk: folder vanishes", vanishes),
    ("disk: hostile files", hostile_files),
];

const NOTHING_LOST: Expected = Expected {
    losses: &[],
    is_ambiguous: false,
    error: None,
    is_prompt: false,
};

const TAKEN_SILENTLY: Expected = Expected {
    is_ambiguous: true,
    ..NOTHING_LOST
};

fn bad_for(request: &Request, millis: u64, answer: Answer) -> Answer {
    match request.at < Duration::from_millis(millis) {
        true => answer,
        false => Answer::Takes,
    }
}

fn flaps(request: &Request) -> Answer {
    match request.at.as_millis() / 300 % 2 {
        0 => Answer::Takes,
        _ => Answer::Status(503),
    }
}

fn first(request: &Request, answer: Answer) -> Answer {
    match request.number < 3 {
        true => answer,
        false => Answer::Takes,
    }
}

fn every_third(request: &Request, answer: Answer) -> Answer {
    match request.number % 3 {
        0 => answer,
        _ => Answer::Takes,
    }
}

fn url(sink: &Sink) -> String {
    format!("http://{}/v1/traces", sink.address)
}

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(sink: &Sink) -> Self {
        let name = format!("tracing-genai-faults-{}", sink.address.port());
        Self(std::env::temp_dir().join(name))
    }

    fn requests(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.0)
            .unwrap()
            .map(|file| file.unwrap().path());
        let is_request = |path: &PathBuf| path.extension().is_some_and(|one| one == "otlp");
        let mut files: Vec<_> = files.filter(is_request).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One process and memory only.
fn plain(
    size: usize,
    behaviour: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    expected: Expected,
) -> Row {
    let sink = Sink::start(behaviour);
    let mut plan = Plan::new(url(&sink));
    plan.spans *= size;
    Row::new(vec![run(&plan)], &sink, None, expected)
}

fn refused(size: usize) -> Row {
    let sink = Sink::start_after(Duration::from_millis(1_500), |_| Answer::Takes);
    let mut plan = Plan::new(url(&sink));
    plan.spans *= size;
    Row::new(vec![run(&plan)], &sink, None, NOTHING_LOST)
}

/// The backend is down for as long as the first process lives.
fn spooled(size: usize, answer: Answer) -> Row {
    let (sink, folder, mut plan) = down(answer);
    plan.spans *= size;
    let first = run(&plan);
    let next = run(&next(&plan));
    Row::new(vec![first, next], &sink, Some(&folder.0), NOTHING_LOST)
}

/// A backend that answers so as long as the folder has no file called `up`, and a process that does not wait.
fn down(answer: Answer) -> (Sink, Folder, Plan) {
    // The behaviour needs to know the folder, whose name comes of the sink.
    let switch: &'static std::sync::OnceLock<PathBuf> = Box::leak(Box::default());
    let sink = Sink::start(
        move |_| match switch.get().is_some_and(|file| file.exists()) {
            true => Answer::Takes,
            false => answer,
        },
    );
    let folder = Folder::new(&sink);
    switch.set(folder.0.join("up")).unwrap();
    let mut plan = Plan::new(url(&sink));
    plan.budget = Duration::from_millis(300);
    plan.flush = Duration::from_secs(3);
    plan.exit = Duration::from_secs(3);
    plan.spool = Some(folder.0.clone());
    (sink, folder, plan)
}

/// The process that comes after; the backend is up from now on.
fn next(plan: &Plan) -> Plan {
    fs::write(plan.spool.as_ref().unwrap().join("up"), b"").unwrap();
    Plan {
        spans: 1,
        flush: Duration::from_secs(30),
        pauses: false,
        has_no_disk: false,
        ..plan.clone()
    }
}

/// Two of the requests are bad ones, and a spool is on.
fn poison(size: usize, answer: Answer) -> Row {
    let sink = Sink::start(move |request| match request.is_poisoned {
        true => answer,
        false => Answer::Takes,
    });
    let folder = Folder::new(&sink);
    let mut plan = Plan::new(url(&sink));
    plan.spans = 4_000 * size;
    plan.poison = plan.spans / 2;
    plan.spool = Some(folder.0.clone());
    let expected = Expected {
        is_prompt: true,
        ..NOTHING_LOST
    };
    Row::new(vec![run(&plan)], &sink, Some(&folder.0), expected)
}

fn html(size: usize) -> Row {
    let expected = Expected {
        losses: &["Rejected"],
        error: Some("proxy"),
        ..NOTHING_LOST
    };
    plain(size, |_| Answer::Html, expected)
}

fn partial(size: usize) -> Row {
    let expected = Expected {
        losses: &["Rejected"],
        error: Some("too many"),
        ..NOTHING_LOST
    };
    plain(size, |_| Answer::Rejects(3), expected)
}

fn retry_after(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::RetryAfterForEver);
    plan.spans *= size;
    let first = run(&plan);
    let next = run(&next(&plan));
    Row::new(vec![first, next], &sink, Some(&folder.0), NOTHING_LOST)
}

fn tls(fault: Fault, advice: &'static str) -> Row {
    let server = TlsServer::start(fault);
    let nobody = Sink::start(|_| Answer::Takes);
    let mut plan = Plan::new(format!("{}/v1/traces", server.url));
    plan.spans = 100;
    plan.budget = Duration::ZERO;
    let folder = Folder::new(&nobody);
    if fault != Fault::SelfSigned {
        // Only the name or the time is wrong.
        let file = folder.0.join("authority.pem");
        fs::create_dir_all(&folder.0).unwrap();
        fs::write(&file, &server.authority).unwrap();
        plan.authority = Some(file);
    }
    let expected = Expected {
        losses: &["Unreachable"],
        error: Some(advice),
        ..NOTHING_LOST
    };
    let row = Row::new(vec![run(&plan)], &nobody, None, expected);
    assert_eq!(server.requests(), 0);
    row
}

/// Each process spools a half of its spans, says so, and is killed while it tries to send them.
fn killed(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::Status(503));
    plan.spans = 400 * size;
    plan.pauses = true;
    let mut words = Vec::new();
    for _ in 0..5 {
        let mut process = Running::start(&plan);
        words.push(process.word());
        process.kill();
    }
    words.push(run(&next(&plan)));
    Row::new(words, &sink, Some(&folder.0), NOTHING_LOST)
}

/// Three at once leave spans, and three at once send them.
fn several(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::Status(503));
    plan.spans = 500 * size;
    let at_once = |plan: &Plan| -> Vec<Word> {
        let running = [(); 3].map(|()| Running::start(plan));
        running.map(Running::finish).into()
    };
    let mut words = at_once(&plan);
    words.extend(at_once(&next(&plan)));
    Row::new(words, &sink, Some(&folder.0), NOTHING_LOST)
}

/// Every file that is written is too large for the disk.
fn no_disk(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::Status(503));
    plan.has_no_disk = cfg!(unix);
    plan.bytes = 2_000;
    plan.spans = 1_000 * size;
    plan.budget = Duration::from_millis(300);
    plan.flush = Duration::from_secs(30);
    fs::create_dir_all(&folder.0).unwrap();
    let up = folder.0.join("up");
    let process = Running::start(&plan);
    thread::sleep(Duration::from_secs(2));
    fs::write(up, b"").unwrap();
    Row::new(vec![process.finish()], &sink, Some(&folder.0), NOTHING_LOST)
}

fn full_spool(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::Status(503));
    plan.spans = 2_000 * size;
    plan.bytes = 1_000;
    plan.spool_limit = 300_000;
    let first = run(&plan);
    let bytes: u64 = fs::read_dir(&folder.0)
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes <= plan.spool_limit, "{bytes}");
    let expected = Expected {
        losses: &["SpoolFull"],
        ..NOTHING_LOST
    };
    let next = run(&next(&plan));
    Row::new(vec![first, next], &sink, Some(&folder.0), expected)
}

/// Somebody removes the folder while a process works with it.
fn vanishes(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::Status(503));
    plan.spans = 1_000 * size;
    plan.pauses = true;
    let mut process = Running::start(&plan);
    process.word();
    fs::remove_dir_all(&folder.0).unwrap();
    process.go_on();
    let first = process.finish();
    let expected = Expected {
        losses: &["SpoolMissing"],
        ..NOTHING_LOST
    };
    let next = run(&next(&plan));
    Row::new(vec![first, next], &sink, Some(&folder.0), expected)
}

/// A file with a hole of six GiB, one that is cut, one with another beginning, and files of others.
fn hostile_files(size: usize) -> Row {
    let (sink, folder, mut plan) = down(Answer::Status(503));
    plan.spans = 400 * size;
    let first = run(&plan);
    let files = folder.requests();
    let open = |path: &PathBuf| OpenOptions::new().write(true).open(path).unwrap();
    open(&files[0]).set_len(6 << 30).unwrap();
    open(&files[1]).set_len(10).unwrap();
    let mut bytes = fs::read(&files[2]).unwrap();
    bytes[..4].copy_from_slice(b"\0\0\0\0");
    fs::write(&files[2], bytes).unwrap();
    fs::write(folder.0.join("notes.txt"), b"not ours").unwrap();
    fs::create_dir(folder.0.join("folder.otlp")).unwrap();
    let expected = Expected {
        losses: &["SpoolDamaged"],
        ..NOTHING_LOST
    };
    let started = Instant::now();
    let next = run(&next(&plan));
    assert!(started.elapsed() < Duration::from_secs(40));
    Row::new(vec![first, next], &sink, Some(&folder.0), expected)
}
