//! Any text: no panic, time in proportion to its length, and a key in it never stays.
//!
//! `cargo +nightly fuzz run secrets CORPUS tests/fixtures`. The net is private, so its source is compiled in
//! rather than opened up.

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use text::secrets;

const LONGEST: usize = 1 << 16;
const PATIENCE: Duration = Duration::from_secs(2);

/// Where keys stand in what people log, with a mark where the key is.
const PLACES: [&str; 6] = [
    " KEY ",
    "\nAuthorization: Bearer KEY\n",
    "\n{\"api_key\":\"KEY\"}\n",
    "\napi_key=KEY\n",
    "\nhttps://example.com/?key=KEY&a=1\n",
    "\n'KEY'\n",
];

fn timed(text: &str) -> String {
    let start = Instant::now();
    let redacted = secrets::redacted(text).into_owned();
    assert!(start.elapsed() < PATIENCE, "too slow");
    redacted
}

fuzz_target!(|text: &str| {
    timed(text);
    // Put together, so that no key stands in this source.
    let key = ["sk-proj", "-Zk3vT9qLw2Rb8Xn5Hd7Jf4Mc6Pg1Sy0AaBb"].concat();
    let place = PLACES[text.len() % PLACES.len()].replace("KEY", &key);
    let middle = (0..=text.len() / 2)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default();
    let (before, after) = text.split_at(middle);
    let redacted = timed(&format!("{before}{place}{after}"));
    assert!(!redacted.contains(&key), "{redacted}");
    // What is slow when long is found when short.
    if !text.is_empty() && text.len() <= 16 && text.bytes().map(u32::from).sum::<u32>() % 256 == 0 {
        timed(&text.repeat(LONGEST / text.len()));
    }
});
