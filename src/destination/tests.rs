//! The defaults that a backend's settings document are those of the code.

use std::time::Duration;

use crate::backends;
use crate::config::setting::Default;
use crate::export::queue::Limits;

fn default_of(name: &str) -> &'static str {
    let mut rows = backends::settings();
    let row = rows.find(|row| row.names.contains(&name));
    match row.map(|row| row.default) {
        Some(Default::Value(value)) => value,
        other => panic!("{name} has the default {other:?}"),
    }
}

#[test]
fn of_a_batch_and_its_time() {
    let limits = Limits::default();
    assert_eq!(
        default_of("LANGFUSE_FLUSH_AT"),
        limits.batch_spans.to_string()
    );
    let seconds = default_of("LANGFUSE_FLUSH_INTERVAL").parse();
    assert_eq!(seconds.map(Duration::from_secs), Ok(limits.linger));
}
