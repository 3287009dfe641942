//! Keys that belong to another region of the cloud: local servers stand for the regions.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::backends::checkup::Prober;
use crate::backends::checkup::{Checkup, Problem, ProblemKind};
use crate::backends::langfuse::config::LangfuseConfig;
use crate::backends::langfuse::examine::{REGIONS, Region, examine};
use crate::config::secret::Secret;

const PUBLIC: &str = "pk-lf-11111111-1111-4111-8111-11111111abcd";
const SECRET: &str = "sk-lf-22222222-2222-4222-8222-22222222cdef";
const UNKNOWN: &str = "401 Unauthorized\r\n\r\n{\"message\":\"Invalid credentials.\"}";
const KNOWN: &str = "200 OK\r\n\r\n{\"data\":[{\"id\":\"p\",\"name\":\"n\"}]}";

/// A region that answers like this; counts how often it was asked.
fn region(answer: &'static str) -> (&'static str, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let url = format!("http://{}", listener.local_addr().expect("is bound"));
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _request = stream.read(&mut [0; 8_192]);
            count.fetch_add(1, Ordering::SeqCst);
            let (status, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
            let length = body.len();
            let _left = stream.write_all(
                format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
                    .as_bytes(),
            );
        }
    });
    (url.leak(), asked)
}

fn examined(at: &str, regions: &[Region]) -> Problem {
    let config = LangfuseConfig::new(PUBLIC.into(), Secret::new(SECRET), Some(at)).unwrap();
    let settings = config.http_settings().unwrap();
    let prober = Prober::new(&settings, config.keys().into()).unwrap();
    let mut checkup = Checkup::default();
    examine(&config, &settings, &prober, regions, &mut checkup);
    prober.scrub(&mut checkup);
    assert!(!format!("{checkup:?}").contains(SECRET));
    let mut failed = checkup
        .checks
        .into_iter()
        .filter_map(|check| check.outcome.err());
    failed.next().unwrap()
}

#[test]
fn keys_of_another_region_are_told_by_its_name() {
    let (eu, _) = region(UNKNOWN);
    let (us, _) = region(KNOWN);
    let problem = examined(eu, &[("EU", eu), ("US", us)]);
    assert_eq!(problem.kind, ProblemKind::Region);
    let advice =
        format!("belong to the region US, but {eu} was asked: set LANGFUSE_BASE_URL={us} ");
    assert!(problem.sentence.contains(&advice), "{problem}");
}

#[test]
fn keys_that_no_region_knows_are_told_as_such() {
    let (eu, _) = region(UNKNOWN);
    let (us, asked) = region(UNKNOWN);
    let problem = examined(eu, &[("EU", eu), ("US", us)]);
    assert_eq!(problem.kind, ProblemKind::Credentials);
    assert!(
        problem.sentence.contains("nor does any other region"),
        "{problem}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn keys_of_a_langfuse_of_ones_own_go_to_nobody_else() {
    let (own, _) = region(UNKNOWN);
    let (us, asked) = region(KNOWN);
    let problem = examined(own, &[("US", us)]);
    assert_eq!(problem.kind, ProblemKind::Credentials);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn the_regions_have_addresses_of_the_cloud() {
    for (name, url) in REGIONS {
        let url = reqwest::Url::parse(url).expect("an address");
        let host = url.host_str().unwrap_or_default();
        assert!(host.ends_with("cloud.langfuse.com"), "{name}");
        assert_eq!(url.scheme(), "https");
    }
}
