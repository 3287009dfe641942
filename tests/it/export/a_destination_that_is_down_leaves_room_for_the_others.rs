//! Destinations share the spool folder: each may take its equal part of the limit, and no more.

use std::time::Duration;

use tracing_genai::{Compression, Destination, DropReason, observation};

use crate::support::folder::Folder;
use crate::support::net::unused_address;
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, within};

const LIMIT: u64 = 400_000;

#[test]
fn in_the_spool_folder() {
    let folder = Folder::new();
    let down = || {
        let url = format!("http://{}", unused_address());
        Destination::otlp(url).with_compression(Compression::None)
    };
    let telemetry = builder()
        .with_spool_dir(&*folder)
        .with_spool_limit(LIMIT)
        .with_retry_budget(Duration::from_millis(200))
        .with_destination(down().with_flush_at(20))
        .with_destination(down().with_only_genai(true))
        .build()
        .unwrap();
    within(&telemetry, || {
        for number in 0..400 {
            tracing::info_span!("work", text = "x".repeat(2_000)).in_scope(|| ());
            if number % 40 == 0 {
                drop(observation::generation("chat").start());
            }
        }
    });
    wait_until(|| telemetry.report().pending() == 0);
    let report = telemetry.shutdown(SOON);
    let [greedy, modest] = &report.destinations[..] else {
        panic!("{report}");
    };
    assert_eq!((modest.spooled, modest.dropped()), (10, 0), "{report}");
    assert_eq!(greedy.made, greedy.spooled + greedy.dropped(), "{report}");
    assert_eq!(
        greedy.dropped_by_reason[0].0,
        DropReason::SpoolFull,
        "{report}"
    );
    // Of the files of 20 spans each, as many as fit into a half.
    assert!((40..=90).contains(&greedy.spooled), "{report}");
    let files = std::fs::read_dir(&*folder).unwrap();
    let bytes: u64 = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes <= LIMIT / 2 + 20_000, "{bytes}");
}
