//! The messages that a run began with.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::runs::threads::*;

fn key() -> ThreadId {
    ThreadId {
        server: "host:443".to_owned(),
        thread: "t".to_owned(),
    }
}

fn object(id: &str, run: Option<&str>, at: Option<u64>, text: &str) -> MessageObject {
    MessageObject {
        id: Some(id.to_owned()),
        run_id: run.map(str::to_owned),
        created_at: at.map(Duration::from_secs),
        role: if run.is_some() { "assistant" } else { "user" }.to_owned(),
        parts: Message::user(text).parts,
        ..MessageObject::default()
    }
}

fn texts(messages: &[Arc<Message>]) -> Vec<String> {
    let text = |message: &Arc<Message>| match message.parts.first() {
        Some(crate::model::message::Part::Text { content }) => content.clone(),
        _ => String::new(),
    };
    messages.iter().map(text).collect()
}

fn begun(threads: &mut Threads, run: &str) -> Vec<String> {
    texts(&threads.begin(&key(), run).messages)
}

#[test]
fn a_message_is_kept_once() {
    let mut threads = Threads::new();
    threads.made(&key(), &[Message::user("first")]);
    threads.seen(&key(), &object("m2", None, Some(2), "second"), true);
    for _ in 0..3 {
        threads.seen(&key(), &object("m1", None, Some(1), "first"), false);
        threads.seen(&key(), &object("m2", None, Some(2), "second"), false);
    }
    assert_eq!(begun(&mut threads, "r"), ["first", "second"]);
}

#[test]
fn the_same_words_twice_are_two_messages() {
    let mut threads = Threads::new();
    threads.seen(&key(), &object("m1", None, Some(1), "yes"), true);
    threads.seen(&key(), &object("m2", None, Some(2), "yes"), true);
    assert_eq!(begun(&mut threads, "r"), ["yes", "yes"]);
}

#[test]
fn older_pages_come_before() {
    let mut threads = Threads::new();
    threads.seen(&key(), &object("m3", None, Some(30), "three"), true);
    threads.seen(&key(), &object("m1", None, Some(10), "one"), false);
    threads.seen(&key(), &object("m2", Some("r0"), Some(20), "two"), false);
    // Where the server says nothing, the order of the sights has to do.
    threads.seen(&key(), &object("m4", None, None, "four"), false);
    assert_eq!(begun(&mut threads, "r"), ["one", "two", "three", "four"]);
}

#[test]
fn a_run_begins_with_what_was_there_and_nothing_later() {
    let mut threads = Threads::new();
    let at = Duration::from_secs(5);
    threads.seen(&key(), &object("m1", None, Some(5), "one"), true);
    let first = threads.begin(&key(), "r1");
    assert!(!first.is_whole);
    threads.seen(&key(), &object("m3", None, Some(5), "three"), true);
    let second = threads.begin(&key(), "r2");
    for (id, run, text) in [
        ("m0", None, "zero"),
        ("m2", Some("r1"), "two"),
        ("m4", Some("r2"), "four"),
    ] {
        threads.seen(&key(), &object(id, run, Some(5), text), false);
    }
    let mut older = texts(&threads.older(&key(), "r1", (at, first.moment)));
    older.sort_unstable();
    assert_eq!(older, ["one", "zero"]);
    let mut older = texts(&threads.older(&key(), "r2", (at, second.moment)));
    older.sort_unstable();
    assert_eq!(older, ["one", "three", "two", "zero"]);
}

#[test]
fn of_a_long_thread_the_latest_stay_and_a_note_says_so() {
    let mut threads = Threads::new();
    let count = MESSAGES as u64 + 10;
    // Seen again, they are not counted again.
    for _ in 0..3 {
        for number in 0..count {
            let message = object(
                &format!("m{number}"),
                None,
                Some(number),
                &number.to_string(),
            );
            threads.seen(&key(), &message, false);
        }
    }
    let begun = begun(&mut threads, "r");
    assert_eq!(begun.len(), MESSAGES + 1);
    assert_eq!(begun[0], "<10 earlier messages are not kept>");
    assert_eq!(begun[1], "10");
    assert_eq!(begun.last().unwrap(), &(count - 1).to_string());
}

#[test]
fn bytes_are_bounded_for_a_thread_and_for_all() {
    let mut threads = Threads::new();
    let text = "x".repeat(BYTES / 4);
    for thread in 0..ALL_BYTES / BYTES * 2 {
        let key = ThreadId {
            thread: thread.to_string(),
            ..key()
        };
        for number in 0..8 {
            let message = object(&format!("m{number}"), None, Some(number), &text);
            threads.seen(&key, &message, true);
        }
    }
    assert!(threads.bytes <= ALL_BYTES, "{}", threads.bytes);
    let mut sum = 0;
    while let Some((_, thread)) = threads.threads.pop_oldest() {
        assert!(thread.bytes <= BYTES);
        sum += thread.bytes;
    }
    assert_eq!(sum, threads.bytes);
}

#[test]
fn a_message_that_is_larger_than_its_thread_may_be_stays_alone() {
    let mut threads = Threads::new();
    threads.seen(&key(), &object("m1", None, Some(1), "small"), true);
    let large = "x".repeat(BYTES * 2);
    threads.seen(&key(), &object("m2", None, Some(2), &large), true);
    let begun = begun(&mut threads, "r");
    assert_eq!(begun.len(), 2);
    assert_eq!(begun[1].len(), large.len());
}

#[test]
fn a_thread_that_is_deleted_is_forgotten() {
    let mut threads = Threads::new();
    threads.made(&key(), &[Message::user("first")]);
    threads.forget(&key());
    assert_eq!(threads.bytes, 0);
    assert_eq!(begun(&mut threads, "r"), [""; 0]);
}
